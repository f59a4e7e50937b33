package brex

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// Limiter delays calls so that Brex's limit is kept. The default is a Window; another
// implementation can share its count between processes. A Limiter that is a Penalizer too is
// informed of refusals.
type Limiter interface {
	// Acquire waits for a slot. If ctx ends first, it returns the context's error.
	Acquire(ctx context.Context) error
	// Release says that the response for an acquired slot has arrived, or that there will be none.
	Release()
}

// Penalizer is a Limiter that holds everyone back when Brex refuses a request that the Limiter had
// allowed, because others use the token or Brex allows less than it documents.
type Penalizer interface {
	Limiter
	// Penalize says that the response for an acquired slot was a 429. It comes before the slot's
	// Release. retryAfter is the wait that Brex asked for, 0 if it did not.
	Penalize(retryAfter time.Duration)
}

// rateLimitStage takes a slot for every attempt, retries included, and gives it back when the
// response has arrived.
func rateLimitStage(c *config, next handler) handler {
	limiter := c.limiter
	if limiter == nil {
		return next
	}
	penalizer, _ := limiter.(Penalizer)
	return func(k *call) error {
		var start time.Time
		if c.observer != nil {
			start = time.Now()
		}
		if err := limiter.Acquire(k.ctx); err != nil {
			return k.fail(OutcomeNotSent, err)
		}
		defer limiter.Release()
		if c.observer != nil {
			if waited := time.Since(start); waited >= time.Millisecond {
				c.observe(k, Event{Kind: EventLimited, Attempt: k.attempt + 1, Wait: waited})
			}
		}
		sent := k.attempt
		err := next(k)
		if penalizer != nil && k.attempt > sent && k.response.status == http.StatusTooManyRequests {
			if d := retryAfter(k.response.header); d > 0 || !slices.Contains(limitedByDay, k.op) {
				penalizer.Penalize(d)
			}
		}
		return err
	}
}

// limitedByDay are operations that Brex also limits in 24 hours. Their 429 without a Retry-After
// may be about that limit, which holding everyone back for a minute does not help.
var limitedByDay = []*wire.Operation{operations.CreateTransfer, operations.CreateIncomingTransfer, operations.CreateCard}
