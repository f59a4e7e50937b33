package brex

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// errorStage turns everything but a whole 2xx into an *Error that knows its outcome. It counts the
// attempts.
func errorStage(next handler) handler {
	return func(k *call) error {
		if k.attempt++; k.attempt == 1 {
			k.began = time.Now()
		}
		k.response.status = 0
		err := next(k)
		if k.response.status != 0 {
			k.traceID = k.hide(k.response.header.Get("X-Brex-Trace-Id"), 100)
		}
		switch {
		case k.response.status == 0:
			return k.networkError(err)
		case k.response.status/100 != 2:
			return k.statusError()
		case err != nil:
			var cut cutOff
			if errors.As(err, &cut) {
				err = cutOff{k.plain(cut.error)}
			}
			return k.fail(OutcomeUnknown, err) // what there is of it cannot be judged
		default:
			return nil
		}
	}
}

// networkError is a failure without a response.
func (k *call) networkError(err error) *Error {
	outcome := OutcomeUnknown
	if k.conn.notSent(err) {
		outcome = OutcomeNotSent
	}
	return k.fail(outcome, noResponse{k.plain(err)})
}

// statusError is a response other than 2xx. 4xx means Brex did not do it, except the two for a
// request given up on the way, and those that may be about an earlier request under the same key;
// after 5xx and anything odd, the outcome is unknown.
func (k *call) statusError() *Error {
	status := k.response.status
	e := k.fail(OutcomeUnknown, nil)
	e.readErrorBody(k.response.body.Bytes(), k.hide)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Scopes = slices.Clone(k.op.Scopes)
		e.outcome = OutcomeRefused
	case status == http.StatusRequestTimeout || status == 499 || k.aboutTheKey(e):
		e.keyUsed = k.aboutTheKey(e)
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

// aboutTheKey reports whether a refusal may be about the idempotency key: used before with another
// body, or by a request that is still being carried out. Then the payment that was asked for may
// have been made.
func (k *call) aboutTheKey(e *Error) bool {
	switch e.StatusCode {
	case http.StatusConflict:
		return k.op.Idempotency != wire.IdempotencyNone
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return strings.Contains(strings.ToLower(e.Type+e.Code+e.Message), "idempoten")
	}
	return false
}

// retryAfter is how long the response asks to wait.
func retryAfter(h http.Header) time.Duration { return wire.RetryAfter(h, time.Now()) }
