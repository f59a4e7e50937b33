package brex

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// plain is the cause of a broken exchange: the caller's context, the timeout of the attempt, or the
// error with a text that may be shown. context.DeadlineExceeded stands for the caller's deadline
// only.
func (k *call) plain(err error) error {
	if k.ctx.Err() != nil {
		return contextError(k.ctx)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return attemptTimeout{}
	}
	err = wire.WithoutLocation(err)
	for {
		var wrapped *url.Error
		if !errors.As(err, &wrapped) || wrapped.Err == nil {
			return foreign{err, k.hide(err.Error(), 300)}
		}
		err = wrapped.Err // url.Error's text holds the query
	}
}

// hide makes a foreign text one short line without the token, the query, the caller's own headers,
// card and account numbers.
func (k *call) hide(text string, most int) string {
	replace := func(hidden, name string) {
		if len(hidden) >= 8 {
			text = strings.ReplaceAll(text, hidden, name)
		}
	}
	replace(k.token, "[token]")
	replace(k.target.RawQuery, "[query]")
	for _, values := range k.opts.header {
		for _, v := range values {
			replace(v, "[header]")
		}
	}
	return shorten(hideNumbers(oneLine(text, 8<<10)), most)
}

// contextError is why a context ended: Canceled or DeadlineExceeded, and the cause where the caller
// gave one.
func contextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == cause { //nolint:errorlint // the same error would be said twice
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// attemptTimeout is the end of one attempt, not of the caller's context.
type attemptTimeout struct{}

func (attemptTimeout) Error() string   { return "no complete response within the timeout of an attempt" }
func (attemptTimeout) Timeout() bool   { return true }
func (attemptTimeout) Temporary() bool { return true }

// foreign is an error of net/http or a transport, with the text that may be shown.
type foreign struct {
	error
	text string
}

func (f foreign) Error() string { return f.text }
func (f foreign) Unwrap() error { return f.error }

type noResponse struct{ error }

func (n noResponse) Is(target error) bool { return target == ErrNoResponse }
func (n noResponse) Unwrap() error        { return n.error }

// cutOff is a 2xx whose body could not be read to its end.
type cutOff struct{ error }

func (c cutOff) Error() string        { return "the response was cut off: " + c.error.Error() }
func (c cutOff) Is(target error) bool { return target == ErrBadResponse }
func (c cutOff) Unwrap() error        { return c.error }
