package brex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// errorStage turns everything but a whole 2xx into an *Error that knows its outcome. It counts the attempts.
func errorStage(next handler) handler {
	return func(k *call) error {
		k.attempt++
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

// plain is the cause of a broken exchange: the caller's context, the timeout of the attempt, or the error with a text that
// may be shown. context.DeadlineExceeded stands for the caller's deadline only.
func (k *call) plain(err error) error {
	if k.ctx.Err() != nil {
		return contextError(k.ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return attemptTimeout{}
	}
	for {
		var wrapped *url.Error
		if !errors.As(err, &wrapped) || wrapped.Err == nil {
			return foreign{err, k.hide(err.Error(), 300)}
		}
		err = wrapped.Err // url.Error's text holds the query
	}
}

// hide makes a foreign text one short line without the token, the query, card and account numbers.
func (k *call) hide(text string, most int) string {
	for _, hidden := range []struct{ text, name string }{{k.token, "[token]"}, {k.target.RawQuery, "[query]"}} {
		if len(hidden.text) >= 8 {
			text = strings.ReplaceAll(text, hidden.text, hidden.name)
		}
	}
	return shorten(hideNumbers(oneLine(text, 8<<10)), most)
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

func (attemptTimeout) Error() string   { return "no complete answer within the timeout of an attempt" }
func (attemptTimeout) Timeout() bool   { return true }
func (attemptTimeout) Temporary() bool { return true }

// foreign is an error of net/http or a transport, with the text that may be shown.
type foreign struct {
	error
	text string
}

func (f foreign) Error() string { return f.text }
func (f foreign) Unwrap() error { return f.error }

type noAnswer struct{ error }

func (n noAnswer) Is(target error) bool { return target == ErrNoAnswer }
func (n noAnswer) Unwrap() error        { return n.error }

// cutOff is a 2xx whose body could not be read to its end.
type cutOff struct{ error }

func (c cutOff) Error() string        { return "the answer was cut off: " + c.error.Error() }
func (c cutOff) Is(target error) bool { return target == ErrBadAnswer }
func (c cutOff) Unwrap() error        { return c.error }

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

// retryAfter reads the header of that name: seconds or an HTTP date, 0 when absent, past or senseless.
func retryAfter(h http.Header) time.Duration {
	const most = 365 * 24 * time.Hour
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.ParseInt(v, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(n, 0), int64(most/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(time.Until(at), 0), most)
	}
	return 0
}
