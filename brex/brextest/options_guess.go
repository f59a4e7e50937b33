package brextest

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// This file holds switches for what Brex documents not at all, or in two ways.

// WithStrictZone makes date-time filters that carry a zone a 400. Whether Brex
// does is open: its own examples carry none, some clients send Z. By default
// both forms are taken, and one without a zone is UTC.
func WithStrictZone(strict bool) Option {
	return func(c *config) error { c.strictZone = strict; return nil }
}

// WithStrictQuery makes query parameters that the operation does not have a 400.
// Clients that work against Brex send some, so that by default they are ignored,
// and noted in Request.Unknown, the request log and the page. The SDK's own tests
// switch it on.
func WithStrictQuery() Option {
	return func(c *config) error { c.strictQuery = true; return nil }
}

// KeyReuse is what a reused idempotency key with another body gets. Brex
// documents nothing.
type KeyReuse int

// Responses to a reused key.
const (
	ConflictOnReuse KeyReuse = iota // 409
	ReplayFirst                     // the first response, as if the body were the same
)

// WithKeyReuse chooses what a reused idempotency key with another body gets;
// by default a 409.
func WithKeyReuse(reuse KeyReuse) Option {
	return func(c *config) error {
		if reuse != ConflictOnReuse && reuse != ReplayFirst {
			return fmt.Errorf("WithKeyReuse: %d is not such a rule", reuse)
		}
		c.keyReuse = reuse
		return nil
	}
}

// WithKeyRetention says how long an idempotency key is remembered, on the
// company's clock; 0 is for ever. The default is 24 hours; Brex documents
// nothing.
func WithKeyRetention(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return errors.New("WithKeyRetention: negative")
		}
		c.keyRetention = d
		return nil
	}
}

// WithKeysEverywhere makes every POST and PUT know idempotency keys, as Brex's
// guide says. By default only the operations do whose document declares the
// header, and elsewhere a key has no effect.
func WithKeysEverywhere() Option {
	return func(c *config) error { c.keysAlways = true; return nil }
}

// WithBadTokenStatus chooses what a token gets that is unknown, expired or revoked: 401, which is
// the default, or 403. Brex has been seen to respond with both. Without any token the response is
// always a 401 without a body.
func WithBadTokenStatus(status int) Option {
	return func(c *config) error {
		if status != http.StatusUnauthorized && status != http.StatusForbidden {
			return fmt.Errorf("WithBadTokenStatus: %d is neither 401 nor 403", status)
		}
		c.badToken = status
		return nil
	}
}

// WithUnusedTokenLifetime lets a user token expire when it was not used for so
// long, on the company's clock. Brex's documents say 30 days and 90 days; by
// default the sandbox's tokens don't expire. The tokens of OAuth have times of
// their own.
func WithUnusedTokenLifetime(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return errors.New("WithUnusedTokenLifetime: the time is not above zero")
		}
		c.unusedFor = d
		return nil
	}
}
