package brex

import (
	"context"
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
	err      error // the first mistake in an option, reported by the call
}

// Response is what WithResponse keeps of a call.
type Response struct {
	StatusCode     int         // status of the last answer, 0 when there was none
	Header         http.Header // header of the last answer
	TraceID        string      // X-Brex-Trace-Id
	Body           []byte      // the body as received; a member that Brex added yesterday can be read from it
	Attempts       int         // how often the request was sent
	IdempotencyKey string      // the key that was sent, empty for none
}

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
		name = http.CanonicalHeaderKey(name)
		if slices.Contains(ownHeaders, name) {
			o.fail(usageError("WithHeader: %s is set by the client itself", name))
			return
		}
		if name == "" || strings.ContainsAny(name, " \r\n:") || strings.ContainsAny(value, "\r\n") {
			o.fail(usageError("WithHeader: %q is not a header", name))
			return
		}
		if o.header == nil {
			o.header = http.Header{}
		}
		o.header[name] = append(o.header[name], value)
	}
}

var ownHeaders = []string{"Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "Host", "Idempotency-Key",
	"Transfer-Encoding", "User-Agent"}

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

func (o *callOptions) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

type optionsKey struct{}

// with hands the options of a call to the pipeline through the context, past the generated client.
func with(ctx context.Context, opts []CallOption) context.Context {
	if len(opts) == 0 {
		return ctx
	}
	o := &callOptions{}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return context.WithValue(ctx, optionsKey{}, o)
}

// WithCallOptions attaches options to a context for calls through a generated client made with Client.Caller.
func WithCallOptions(ctx context.Context, opts ...CallOption) context.Context { return with(ctx, opts) }

func optionsFrom(ctx context.Context) *callOptions {
	o, _ := ctx.Value(optionsKey{}).(*callOptions)
	return o
}

// checkLimit holds a page size against what the operation gives.
func checkLimit(limit string, most int) error {
	n, err := strconv.Atoi(limit)
	if err != nil || n < 1 || most > 0 && n > most {
		return usageError("Limit is %s; this operation gives pages of 1 to %d items", limit, most)
	}
	return nil
}
