package brex

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// CallOption is an option of one call.
type CallOption = wire.CallOption

// callOption is every CallOption of this package.
type callOption func(*callOptions)

// CallOption implements wire.CallOption.
func (callOption) CallOption() {}

type callOptions struct {
	key      string
	header   http.Header
	response *Response
	noRetry  bool
	prefetch bool
	err      error // the first mistake in an option, reported by the call
}

// Response is what WithResponse records of a call. Printing it shows neither header nor body.
type Response struct {
	StatusCode     int         // status of the response to the last attempt, 0 without a response
	Header         http.Header `json:"-"` // header of that response
	TraceID        string      // X-Brex-Trace-Id of the last response
	Body           []byte      `json:"-"` // the body as received; a member that Brex added yesterday can be read from it
	Attempts       int         // how often the request was sent, failed connections included
	IdempotencyKey string      // the key that was sent, empty for none
}

// String returns status, attempts and trace id, without header and body.
func (r Response) String() string {
	return fmt.Sprintf("brex.Response(status %d, %d bytes, %d attempts, trace %s)", r.StatusCode, len(r.Body), r.Attempts, r.TraceID)
}

// Format prints String for every verb.
func (r Response) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue returns String, because structured logs would otherwise show the body.
func (r Response) LogValue() slog.Value { return slog.StringValue(r.String()) }

// WithIdempotencyKey sends key instead of a random one. Use it, best with KeyFrom, for every call
// that another run of your program may repeat but whose effect must not be repeated. It protects as
// long as Brex remembers the key, which is not documented. Only for POST and PUT; 1 to 255 visible
// ASCII characters.
func WithIdempotencyKey(key string) CallOption {
	return callOption(func(o *callOptions) {
		o.key = key
		o.fail(checkKey(key))
	})
}

// WithHeader adds a header. Those that the client sets (Authorization, Idempotency-Key and so on)
// are refused.
func WithHeader(name, value string) CallOption {
	return callOption(func(o *callOptions) {
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
	})
}

// ownHeaders are those that the pipeline or net/http sets. net/http repeats requests that carry
// X-Idempotency-Key on its own.
var ownHeaders = []string{"Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Length", "Content-Type", "Host",
	"Idempotency-Key", "Trailer", "Transfer-Encoding", "User-Agent", "X-Idempotency-Key"}

// isToken reports whether s is a token in the sense of RFC 9110, as names of headers are.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// WithResponse fills r with the response, also when the call fails. For a list of several pages it
// holds the last one.
func WithResponse(r *Response) CallOption {
	return callOption(func(o *callOptions) {
		if r == nil {
			o.fail(usageError("WithResponse: the pointer is nil"))
			return
		}
		o.response = r
	})
}

// WithoutRetry sends the request only once.
func WithoutRetry() CallOption {
	return callOption(func(o *callOptions) { o.noRetry = true })
}

// WithPrefetch makes Pages and All request the next page while the loop works on the present one.
// Only one page is requested ahead; leaving the loop cancels it. It cannot be combined with
// WithResponse, which would be filled while the loop reads it.
func WithPrefetch() CallOption {
	return callOption(func(o *callOptions) { o.prefetch = true })
}

func (o *callOptions) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

// optionsOf puts the options of a call together; nil ones are passed over.
func optionsOf(opts []CallOption) callOptions {
	var o callOptions
	o.take(opts)
	return o
}

// take adds options, in place: a call whose options lie in it needs no memory of their own.
func (o *callOptions) take(opts []CallOption) {
	for _, opt := range opts {
		switch set, own := opt.(callOption); {
		case own:
			set(o)
		case opt != nil:
			o.fail(usageError("an option of type %T is not one of package brex", opt))
		}
	}
	if o.prefetch && o.response != nil {
		o.fail(usageError("WithPrefetch does not go with WithResponse: the response would change while it is read"))
	}
}

// checkLimit refuses page sizes that the operation does not allow, for which Brex responds with
// 400.
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
