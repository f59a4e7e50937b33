package brex

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// CallOption sets something of one call.
type CallOption func(*callOptions)

type callOptions struct {
	key      string
	header   http.Header
	response *Response
	noRetry  bool
	prefetch bool
	err      error // the first mistake in an option, reported by the call
}

// Response is what WithResponse keeps of a call.
type Response struct {
	StatusCode     int         // status that the last attempt was answered with, 0 when it had no answer
	Header         http.Header `json:"-"` // header of that answer
	TraceID        string      // X-Brex-Trace-Id of the last answer
	Body           []byte      `json:"-"` // the body as received; a member that Brex added yesterday can be read from it
	Attempts       int         // how often the request was sent, failed connections included
	IdempotencyKey string      // the key that was sent, empty for none
}

// String shows neither header nor body.
func (r Response) String() string {
	return fmt.Sprintf("brex.Response(status %d, %d bytes, %d attempts, trace %s)", r.StatusCode, len(r.Body), r.Attempts, r.TraceID)
}

// Format is String for any verb.
func (r Response) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is String, as structured logs would show the body.
func (r Response) LogValue() slog.Value { return slog.StringValue(r.String()) }

// WithIdempotencyKey sends key instead of a random one. Use it, best with KeyFrom, for every call whose repetition by another
// run of your program must not repeat its effect. Only for POST and PUT; 1 to 255 visible ASCII characters.
func WithIdempotencyKey(key string) CallOption {
	return func(o *callOptions) {
		o.key = key
		o.fail(checkKey(key))
	}
}

// WithHeader adds a header of your own. Those that the pipeline sets (Authorization, Idempotency-Key, ...) are refused.
func WithHeader(name, value string) CallOption {
	return func(o *callOptions) {
		if !isToken(name) || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			o.fail(usageError("WithHeader: %q is not a header, or its value not one line", name))
			return
		}
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(ownHeaders, name) {
			o.fail(usageError("WithHeader: %s is set by the client itself", name))
			return
		}
		if o.header == nil {
			o.header = http.Header{}
		}
		o.header[name] = append(o.header[name], value)
	}
}

// ownHeaders are those that the pipeline or net/http sets. net/http repeats requests that carry X-Idempotency-Key on its own.
var ownHeaders = []string{"Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Length", "Content-Type", "Host",
	"Idempotency-Key", "Trailer", "Transfer-Encoding", "User-Agent", "X-Idempotency-Key"}

// isToken reports whether s is a token in the sense of RFC 9110, as names of headers are.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// WithResponse fills r with what came back, also when the call fails. With a list that reads several pages, it holds the
// last one.
func WithResponse(r *Response) CallOption {
	return func(o *callOptions) {
		if r == nil {
			o.fail(usageError("WithResponse: the pointer is nil"))
			return
		}
		o.response = r
	}
}

// WithoutRetry sends the request once, whatever happens.
func WithoutRetry() CallOption {
	return func(o *callOptions) { o.noRetry = true }
}

// WithPrefetch lets Pages and All request the next page while the present one is worked on, so that a slow consumer and a slow
// server wait at the same time. One page is requested ahead, no more; leaving the loop cancels it. It cannot go with
// WithResponse, which would be filled behind the reader's back.
func WithPrefetch() CallOption {
	return func(o *callOptions) { o.prefetch = true }
}

// prefetches reports whether the options of a list ask for prefetching.
func prefetches(ctx context.Context, opts []CallOption) bool {
	o := optionsFrom(with(ctx, opts))
	return o != nil && o.prefetch
}

func (o *callOptions) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

type optionsKey struct{}

// with hands the options of a call to the pipeline through the context, past the generated client. Options that the context
// has already stay, unless they are set anew.
func with(ctx context.Context, opts []CallOption) context.Context {
	if len(opts) == 0 {
		return ctx
	}
	o := &callOptions{}
	if outer := optionsFrom(ctx); outer != nil {
		*o = *outer
		o.header = outer.header.Clone()
	}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if o.prefetch && o.response != nil {
		o.fail(usageError("WithPrefetch does not go with WithResponse: the response would change while it is read"))
	}
	return context.WithValue(ctx, optionsKey{}, o)
}

// WithCallOptions attaches options to a context for calls through a generated client made with Client.Caller. They hold for
// every call made with that context: one with an idempotency key is for one request only.
func WithCallOptions(ctx context.Context, opts ...CallOption) context.Context { return with(ctx, opts) }

func optionsFrom(ctx context.Context) *callOptions {
	o, _ := ctx.Value(optionsKey{}).(*callOptions)
	return o
}

// checkLimit refuses page sizes that the operation does not give, which Brex answers with 400.
func checkLimit(limit string, most int) error {
	n, err := strconv.Atoi(limit)
	switch {
	case err != nil || n < 1:
		return usageError("Limit is %s; a page has at least one item", limit)
	case most > 0 && n > most:
		return usageError("Limit is %s; this operation gives pages of 1 to %d items", limit, most)
	}
	return nil
}
