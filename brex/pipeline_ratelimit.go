package brex

import "context"

// Limiter holds calls back so that Brex's limit is kept. Window is the one used by default; another implementation can
// share its count between processes.
type Limiter interface {
	// Acquire waits for a slot, or until ctx ends, whose error it returns.
	Acquire(ctx context.Context) error
	// Release tells that the answer of an acquired slot has arrived, or that there will be none.
	Release()
}

// rateLimitStage takes a slot for every attempt, retries included, and gives it back when the answer has arrived.
func rateLimitStage(limiter Limiter, next handler) handler {
	if limiter == nil {
		return next
	}
	return func(k *call) error {
		if err := limiter.Acquire(k.ctx); err != nil {
			return k.fail(OutcomeNotSent, err)
		}
		defer limiter.Release()
		return next(k)
	}
}
