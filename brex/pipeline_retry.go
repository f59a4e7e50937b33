package brex

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/brex-go/sdk/brex/wire"
)

// retryStage repeats what may be repeated, until it works, is refused for good, or the policy or
// the context ends it. It is the only loop over attempts, of calls and of files sent to the upload
// host.
func retryStage(c *config, repeatable func(*call, *Error) bool, next handler) handler {
	policy := c.retry.withDefaults()
	return func(k *call) error {
		var waits *backoff.ExponentialBackOff
		var last *Error
		before := k.attempt // a file can be sent to a second address
		for {
			sent := k.attempt
			err := next(k)
			e, failed := errors.AsType[*Error](err)
			if !failed {
				return err
			}
			if k.deleted() {
				return nil
			}
			if k.attempt == sent && last != nil { // stopped before this attempt was sent: the last one's error says more
				return last.and(e.Err)
			}
			e.outcome = k.settle(e.outcome)
			if k.attempt == sent || k.opts.noRetry || k.attempt-before >= policy.MaxAttempts || !repeatable(k, e) {
				return e
			}
			if waits == nil {
				waits = policy.schedule()
			}
			wait := waits.NextBackOff()
			if e.StatusCode == http.StatusUnauthorized {
				wait = 0 // there is a new token
			}
			wait = max(wait, e.RetryAfter)
			switch {
			case k.ctx.Err() != nil:
				return e.and(contextError(k.ctx))
			case e.RetryAfter > policy.MaxRetryAfter:
				return e.and(ErrRetryAfter)
			case time.Since(k.began)+wait > policy.Budget:
				return e.and(ErrBudget)
			}
			if c.logger != nil {
				c.logger.LogAttrs(k.ctx, slog.LevelInfo, "brex retry", slog.String("operation", k.op.ID), slog.Int("attempt", k.attempt),
					slog.Duration("wait", wait), slog.Int("status", k.response.status))
			}
			c.observe(k, Event{Kind: EventRetry, Attempt: k.attempt, Status: k.response.status, Wait: wait, Err: e})
			if ctxErr := sleep(k.ctx, wait); ctxErr != nil {
				return e.and(ctxErr)
			}
			last = e
		}
	}
}

// repeatable is the retry policy, as the package doc lists it.
func repeatable(k *call, e *Error) bool {
	var cut cutOff
	switch {
	case e.StatusCode == http.StatusTooManyRequests:
		return true // refused before anything was done
	case e.StatusCode == http.StatusUnauthorized:
		return k.newToken // refused, and the token source has another token by now
	case e.StatusCode == 0 && e.outcome == OutcomeNotSent && k.left == "":
		return true // no connection was made, in no attempt
	case e.StatusCode == 0, errors.As(e.Err, &cut):
		return safeToRepeat(k.op)
	}
	switch e.StatusCode {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return safeToRepeat(k.op)
	}
	return false
}

// safeToRepeat is true where a second request has no second effect: by the method's meaning, or
// because the document declares the Idempotency-Key header, which every attempt carries unchanged.
func safeToRepeat(op *wire.Operation) bool {
	switch op.Method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
		return true
	}
	return op.Idempotency == wire.IdempotencyRequired || op.Idempotency == wire.IdempotencyOptional
}

// settle keeps what the attempts leave behind: a refusal of the repeat does not undo what the first
// one may have done. It returns the outcome of the call so far.
func (k *call) settle(outcome Outcome) Outcome {
	if k.op.Method == http.MethodGet {
		return outcome
	}
	if outcome == OutcomeDone || outcome == OutcomeUnknown && k.left == "" {
		k.left = outcome
	}
	if k.left != "" {
		return k.left
	}
	return outcome
}

// sleep waits for d or until ctx ends, whose error it returns then.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		if ctx.Err() != nil {
			return contextError(ctx)
		}
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return contextError(ctx)
	case <-timer.C:
		return nil
	}
}
