package webhook

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/webhooks"
)

// SecretSource provides a Handler with the current secrets. A Verifier is a SecretSource whose
// secrets never change; a SecretCache fetches them from the API. Both methods are called
// concurrently.
type SecretSource interface {
	// Current returns the secrets to try first. An error means that no secrets are available; the
	// delivery is then refused with a status that makes Brex send it again.
	Current(ctx context.Context) (*Verifier, error)
	// Refresh is called if none of the stale secrets matches a delivery, which may be forged. It
	// returns newer secrets, or stale itself if there are none. An error means that newer ones
	// might exist: the delivery is then neither accepted nor refused for good.
	Refresh(ctx context.Context, stale *Verifier) (*Verifier, error)
}

// Current returns the Verifier itself.
func (v *Verifier) Current(context.Context) (*Verifier, error) {
	if v == nil || len(v.keys) == 0 {
		return nil, ErrNoSecret
	}
	return v, nil
}

// Refresh returns the Verifier itself: its secrets never change.
func (v *Verifier) Refresh(ctx context.Context, _ *Verifier) (*Verifier, error) {
	return v.Current(ctx)
}

// UsableSecrets returns those secrets of Webhooks.Secrets (listWebhookSecrets) that may verify a
// delivery: all except the revoked ones.
func UsableSecrets(list []webhooks.WebhookSecret) []wire.Secret {
	var usable []wire.Secret
	for _, s := range list {
		if s.Status != webhooks.WebhookSecretStatusRevoked {
			usable = append(usable, s.Secret)
		}
	}
	return usable
}

// Defaults of a SecretCache.
const (
	DefaultRefreshInterval = time.Minute      // the least time between two fetches for secrets that do not fit
	DefaultMaxAge          = time.Hour        // after which secrets are fetched anew, mismatch or not
	firstRetry             = 10 * time.Second // the least time between two fetches while there are no secrets at all
	fetchTimeout           = 10 * time.Second
)

// CacheOption is an option of a SecretCache.
type CacheOption interface{ cacheOption(*SecretCache) error }

type cacheOption func(*SecretCache) error

func (o cacheOption) cacheOption(c *SecretCache) error { return o(c) }

// WithRefreshInterval sets the least time between two fetches that are made because no secret
// matches. It protects Brex's request limit from forged deliveries, each of which would otherwise
// cause a fetch.
func WithRefreshInterval(d time.Duration) CacheOption {
	return cacheOption(func(c *SecretCache) error {
		if d <= 0 {
			return fmt.Errorf("webhook: WithRefreshInterval: %v is not above zero", d)
		}
		c.interval = d
		return nil
	})
}

// WithMaxAge sets the time after which secrets are fetched anew even if they match, so that a
// revoked one is forgotten.
func WithMaxAge(d time.Duration) CacheOption {
	return cacheOption(func(c *SecretCache) error {
		if d <= 0 {
			return fmt.Errorf("webhook: WithMaxAge: %v is not above zero", d)
		}
		c.maxAge = d
		return nil
	})
}

// SecretCache is a SecretSource that fetches the secrets at the first delivery, and again if a
// delivery is signed with a secret it does not know, so that a rotation needs no restart and loses
// no event. For that it fetches at most once a minute, once for all waiting deliveries. If a fetch
// fails it keeps the secrets it has; while it has none at all it tries every ten seconds.
//
// Forged deliveries can use up the fetch of the minute just when Brex begins to sign only with a
// new secret. Brex's deliveries then get a 401 until the minute is over, and are accepted when Brex
// sends them again.
type SecretCache struct {
	fetch    func(context.Context) (*Verifier, error)
	now      func() time.Time
	interval time.Duration
	maxAge   time.Duration

	mu      sync.Mutex
	current *Verifier
	fetched time.Time     // when current was
	tried   time.Time     // when the last fetch began
	missed  time.Time     // when the last one began that was made because no secret fitted
	lastErr error         // of the last fetch
	flight  chan struct{} // closed when the fetch under way ends; nil when there is none
}

// NewSecretCache returns a cache over fetch, which reads the secrets from the API or from another
// place:
//
//	webhook.NewSecretCache(func(ctx context.Context) ([]brex.Secret, error) {
//		list, err := client.Webhooks.Secrets(ctx)
//		return webhook.UsableSecrets(list), err
//	})
//
// Secrets that are empty or cannot be decoded are left out, and a fetch without any usable one
// counts as a failure. A fetch may take ten seconds.
func NewSecretCache[S SigningSecret](fetch func(context.Context) ([]S, error), opts ...CacheOption) (*SecretCache, error) {
	if fetch == nil {
		return nil, errors.New("webhook: NewSecretCache: fetch is nil")
	}
	c := &SecretCache{now: time.Now, interval: DefaultRefreshInterval, maxAge: DefaultMaxAge}
	c.fetch = func(ctx context.Context) (*Verifier, error) {
		secrets, err := fetch(ctx)
		if err != nil {
			return nil, err
		}
		return usableOf(secrets)
	}
	for _, o := range opts {
		if o == nil {
			return nil, errors.New("webhook: an option is nil")
		}
		if err := o.cacheOption(c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func usableOf[S SigningSecret](secrets []S) (*Verifier, error) {
	v, first := &Verifier{}, ErrNoSecret
	for i, s := range secrets {
		key, err := decodeSecret(reveal(s))
		if err == nil {
			v.keys = append(v.keys, wire.NewSecret(string(key)))
		} else if i == 0 {
			first = err
		}
	}
	if len(v.keys) == 0 {
		return nil, first
	}
	return v, nil
}

// Current returns the secrets, fetching them when there are none or they are older than the maximum
// age.
func (c *SecretCache) Current(ctx context.Context) (*Verifier, error) {
	c.mu.Lock()
	current := c.current
	old := current == nil || c.now().Sub(c.fetched) > c.maxAge
	c.mu.Unlock()
	if !old {
		return current, nil
	}
	v, err := c.load(ctx, current, false)
	if v == nil {
		return nil, err
	}
	return v, nil
}

// Refresh returns newer secrets than the stale ones, fetching them unless that was done within the
// refresh interval.
func (c *SecretCache) Refresh(ctx context.Context, stale *Verifier) (*Verifier, error) {
	return c.load(ctx, stale, true)
}

// String returns the name of the type and nothing about the secrets.
func (c *SecretCache) String() string { return "webhook.SecretCache" }

// GoString returns String.
func (c *SecretCache) GoString() string { return c.String() }

// load returns the secrets and the error of the fetch that should have replaced the stale ones.
// missed says that they do not fit.
func (c *SecretCache) load(ctx context.Context, stale *Verifier, missed bool) (*Verifier, error) {
	c.mu.Lock()
	if c.current != stale && c.current != nil {
		defer c.mu.Unlock()
		return c.current, nil // someone else replaced them meanwhile
	}
	flight := c.flight
	if flight == nil {
		now := c.now()
		if !c.mayFetch(now, missed) {
			defer c.mu.Unlock()
			return c.current, c.lastErr
		}
		if missed {
			c.missed = now
		}
		flight = make(chan struct{})
		c.flight, c.tried = flight, now
		// One caller that goes away must not fail the others, so that the fetch does not end with
		// its context.
		go c.run(context.WithoutCancel(ctx), flight, now)
	}
	c.mu.Unlock()
	select {
	case <-flight:
	case <-ctx.Done():
		return nil, fmt.Errorf("webhook: waiting for the signing secrets: %w", context.Cause(ctx))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current, c.lastErr
}

// mayFetch is asked with the lock held.
func (c *SecretCache) mayFetch(now time.Time, missed bool) bool {
	last, wait := c.tried, c.interval
	switch {
	case c.current == nil:
		wait = min(wait, firstRetry)
	case missed && c.lastErr == nil:
		last = c.missed // secrets that were fetched for another reason may have been replaced a second later
	}
	since := now.Sub(last)
	return last.IsZero() || since >= wait || since < 0 // a clock that was set back must not stop fetching
}

func (c *SecretCache) run(ctx context.Context, flight chan struct{}, now time.Time) {
	v, err := (*Verifier)(nil), errors.New("webhook: fetching the signing secrets did not end")
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("webhook: fetching the signing secrets panicked: %v", p)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.lastErr = err; err == nil {
			c.current, c.fetched = v, now
		}
		c.flight = nil
		close(flight)
	}()
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if v, err = c.fetch(ctx); err != nil {
		err = fmt.Errorf("webhook: fetching the signing secrets: %w", err)
	}
}
