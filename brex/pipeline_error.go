package brex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// errorStage turns everything but a whole 2xx into an *Error that knows its outcome.
func errorStage(next handler) handler {
	return func(k *call) error {
		k.answer.status = 0
		err := next(k)
		switch {
		case err != nil && k.answer.status == 0:
			return k.networkError(err)
		case err != nil && k.answer.status/100 == 2:
			return k.fail(OutcomeDone, err)
		case k.answer.status/100 == 2:
			return nil
		default:
			return k.statusError()
		}
	}
}

// networkError is a failure without an answer.
func (k *call) networkError(err error) *Error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // url.Error's text holds the query
	}
	outcome := OutcomeUnknown
	if dialFailed(err) {
		outcome = OutcomeNotSent
	}
	if k.ctx.Err() != nil {
		err = contextError(k.ctx)
	} else if errors.Is(err, context.DeadlineExceeded) {
		err = attemptTimeout{}
	}
	return k.fail(outcome, noAnswer{err})
}

// contextError is why a context ended: Canceled or DeadlineExceeded, and the cause where the caller gave one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == cause {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// attemptTimeout is the end of one attempt, not of the caller's context.
type attemptTimeout struct{}

func (attemptTimeout) Error() string { return "no complete answer within the timeout of an attempt" }
func (attemptTimeout) Timeout() bool { return true }

type noAnswer struct{ error }

func (n noAnswer) Is(target error) bool { return target == ErrNoAnswer }
func (n noAnswer) Unwrap() error        { return n.error }

// statusError is an answer other than 2xx. 4xx means Brex did not do it; after 5xx and anything odd, nobody knows.
func (k *call) statusError() *Error {
	status := k.answer.status
	e := k.fail(OutcomeUnknown, nil)
	e.readErrorBody(k.answer.body.Bytes())
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Scopes = k.op.Scopes
		e.outcome = OutcomeRefused
	case status/100 == 4:
		e.outcome = OutcomeRefused
	case status/100 == 3:
		e.outcome = OutcomeRefused
		e.Message = "a redirect, which is not followed: check the base URL"
	}
	if k.token != "" {
		e.Message = strings.ReplaceAll(e.Message, k.token, "[token]")
	}
	return e
}

// retryAfter reads the header of that name: seconds or an HTTP date, 0 when absent, past or senseless.
func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if n, err := strconv.ParseInt(v, 10, 64); err == nil {
		return time.Duration(min(max(n, 0), int64(365*24*time.Hour/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
