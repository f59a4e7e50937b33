package brex

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// errorStage turns everything but a whole 2xx into an *Error that knows its outcome. It counts the attempts.
func errorStage(next handler) handler {
	return func(k *call) error {
		if k.attempt++; k.attempt == 1 {
			k.began = time.Now()
		}
		k.answer.status = 0
		err := next(k)
		if k.answer.status != 0 {
			k.traceID = k.hide(k.answer.header.Get("X-Brex-Trace-Id"), 100)
		}
		switch {
		case k.answer.status == 0:
			return k.networkError(err)
		case k.answer.status/100 != 2:
			return k.statusError()
		case err != nil:
			var cut cutOff
			if errors.As(err, &cut) {
				err = cutOff{k.plain(cut.error)}
			}
			return k.fail(OutcomeDone, err)
		default:
			return nil
		}
	}
}

// networkError is a failure without an answer.
func (k *call) networkError(err error) *Error {
	outcome := OutcomeUnknown
	if k.conn.notSent(err) {
		outcome = OutcomeNotSent
	}
	return k.fail(outcome, noAnswer{k.plain(err)})
}

// statusError is an answer other than 2xx. 4xx means Brex did not do it, but for the two that tell of a request given up on
// the way; after 5xx and anything odd, nobody knows.
func (k *call) statusError() *Error {
	status := k.answer.status
	e := k.fail(OutcomeUnknown, nil)
	e.readErrorBody(k.answer.body.Bytes(), k.hide)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Scopes = slices.Clone(k.op.Scopes)
		e.outcome = OutcomeRefused
	case status == http.StatusRequestTimeout || status == 499:
	case status/100 == 4, status == http.StatusTemporaryRedirect, status == http.StatusPermanentRedirect:
		e.outcome = OutcomeRefused
	}
	if status/100 == 3 {
		e.Message = "a redirect, which is not followed: check the base URL"
	}
	if k.ctx.Err() != nil {
		e.Err = contextError(k.ctx)
	}
	return e
}

// retryAfter is how long the response asks to wait.
func retryAfter(h http.Header) time.Duration { return wire.RetryAfter(h, time.Now()) }
