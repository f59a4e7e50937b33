package brex

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/internal/decode"
	"github.com/brex-go/sdk/brex/wire"
)

// Option is an option of New. It checks its value; New returns the first error.
type Option func(*config) error

type config struct {
	client     *http.Client
	token      func(context.Context) (*oauth2.Token, error) // a function, so that printing a service does not show it
	reject     func(token string)                           // reports a token that Brex refused with 401 to its source; can be nil
	fixed      *[sha256.Size]byte                           // names the token where it is fixed
	baseURL    *url.URL
	cardNumber *url.URL // host of getCardNumber, nil for the document's
	timeout    time.Duration
	maxBody    int64
	retry      RetryPolicy
	limiter    Limiter
	noLimiter  bool
	guards     []func(context.Context, *Prepared) error
	logger     *slog.Logger
	observer   func(context.Context, Event) // nil for none
	userAgent  string
	agent      []string // userAgent as the value of its header
	timeLayout string
	decode     func([]byte, any) error
	drifts     *drifts // nil for none

	noValidation bool              // requests are sent as they are
	upload       http.RoundTripper // to the upload host, nil for a plain one
}

// WithToken sets a fixed user token or access token.
func WithToken(token string) Option {
	return func(c *config) error {
		if err := checkToken(token); err != nil {
			return fmt.Errorf("WithToken: %w", err)
		}
		fixed := &oauth2.Token{AccessToken: token}
		c.token = func(context.Context) (*oauth2.Token, error) { return fixed, nil }
		c.reject = nil
		sum := sha256.Sum256([]byte(token))
		c.fixed = &sum
		return nil
	}
}

// WithTokenSource sets the source that is asked for a token before every attempt. The source must
// be safe for concurrent use and keep its token until it expires, as the sources of
// golang.org/x/oauth2 do. If the source has the method TokenContext(ctx), as that of package
// brexoauth, it is given the call's context; if it has Reject(token), it is told which token Brex
// refused with 401.
func WithTokenSource(source oauth2.TokenSource) Option {
	return func(c *config) error {
		if source == nil {
			return usageError("WithTokenSource: the source is nil")
		}
		c.token = func(context.Context) (*oauth2.Token, error) { return source.Token() }
		if s, ok := source.(interface {
			TokenContext(context.Context) (*oauth2.Token, error)
		}); ok {
			c.token = s.TokenContext
		}
		c.reject = nil
		if s, ok := source.(interface{ Reject(token string) bool }); ok {
			c.reject = func(token string) { s.Reject(token) }
		}
		c.fixed = nil
		return nil
	}
}

// WithBaseURL sets another base URL than DefaultBaseURL: that of the sandbox, or of a proxy. Plain
// http is refused except on loopback, since the token would travel unprotected.
func WithBaseURL(base string) Option {
	return func(c *config) error {
		u, err := checkBase(base)
		if err != nil {
			return fmt.Errorf("WithBaseURL: %w", err)
		}
		c.baseURL = u
		return nil
	}
}

// WithCardNumberURL sets the host of getCardNumber, the only operation to which the documents give
// a host of its own (https://secure-platform.brexapis.com, and
// https://secure-platform.staging.brexapps.com on staging); others report that the usual host
// serves it too. It is used with any base URL. Without it, a base URL that is not Brex's serves
// this operation as well.
func WithCardNumberURL(base string) Option {
	return func(c *config) error {
		u, err := checkBase(base)
		if err != nil {
			return fmt.Errorf("WithCardNumberURL: %w", err)
		}
		c.cardNumber = u
		return nil
	}
}

// WithHTTPClient sends through a copy of hc, with its transport, cookie jar and timeout. Redirects
// are never followed, because they would carry the token elsewhere.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return usageError("WithHTTPClient: the client is nil")
		}
		c.client = hc
		return nil
	}
}

// WithTimeout limits the time of each attempt, from sending to the end of the response. The default
// is 60 s; zero means no limit.
func WithTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d < 0 {
			return usageError("WithTimeout: %v is negative", d)
		}
		c.timeout = d
		return nil
	}
}

// WithRetryPolicy sets how often and for how long calls are repeated.
func WithRetryPolicy(p RetryPolicy) Option {
	return func(c *config) error {
		if err := p.check(); err != nil {
			return err
		}
		c.retry = p
		return nil
	}
}

// WithLimiter replaces the limiter, which by default is a Window of 1,000 requests in 60 s shared
// by all clients of this process with the same token and host; a client with a token source has a
// Window of its own, so give clients that share a source one Window. nil sets none.
func WithLimiter(l Limiter) Option {
	return func(c *config) error {
		c.limiter, c.noLimiter = l, l == nil
		return nil
	}
}

// WithLogger writes one record per call: Debug when it worked, Warn when it failed, Info before a
// retry. No record holds a token, a header, a query or a body.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			return usageError("WithLogger: the logger is nil")
		}
		c.logger = l
		return nil
	}
}

// WithApplication prepends the name and version of your program to the User-Agent: "payroll/1.4".
func WithApplication(name string) Option {
	return func(c *config) error {
		if name == "" || oneLine(name, 200) != name {
			return usageError("WithApplication: %q must be one line of 1 to 200 characters", name)
		}
		c.userAgent = name + " " + userAgent
		return nil
	}
}

// WithZonedTimes writes date-time filters with their zone, 2026-11-01T00:00:00Z. By default they
// are written in UTC without one, as Brex's own examples do; which of the two an operation accepts
// is not documented.
func WithZonedTimes() Option {
	return func(c *config) error {
		c.timeLayout = wire.LayoutZoned
		return nil
	}
}

// WithMaxResponse limits the body of a response, in bytes. The default is 64 MiB. A larger one is
// an ErrBadResponse, and is not cut off.
func WithMaxResponse(bytes int64) Option {
	return func(c *config) error {
		if bytes < 1 {
			return usageError("WithMaxResponse: %d bytes", bytes)
		}
		c.maxBody = bytes
		return nil
	}
}

// WithJSON sets another decoder of responses. It must do what json.Unmarshal does: heed json tags and
// UnmarshalJSON methods, and set every field. It must not keep data, nor strings or slices that
// point into it: data lies in a pooled buffer, which is overwritten when the call ends, because
// responses can hold card numbers. Turn off a mode in which the decoder does not copy strings.
// Requests and Brex's error bodies are still encoding/json's.
func WithJSON(decode func(data []byte, v any) error) Option {
	return func(c *config) error {
		if decode == nil {
			return usageError("WithJSON: the function is nil")
		}
		c.decode = decode
		return nil
	}
}

// WithoutValidation sends requests as they are. By default those that Brex would refuse, or that it
// would misread at a cost, fail with ErrUsage before anything is sent, as each method says. Ids and
// page sizes are checked anyway. With this option Client.Call does not check bodies and listed
// values against the document either.
func WithoutValidation() Option {
	return func(c *config) error {
		c.noValidation = true
		return nil
	}
}

func newConfig(opts []Option) (*config, error) {
	c := &config{client: http.DefaultClient, timeout: time.Minute, maxBody: 64 << 20, userAgent: userAgent, timeLayout: wire.LayoutLocal,
		decode: decode.JSON}
	c.baseURL, _ = url.Parse(DefaultBaseURL)
	for i, o := range opts {
		if o == nil {
			return nil, usageError("option %d is nil", i+1)
		}
		if err := o(c); err != nil {
			return nil, err
		}
	}
	if c.token == nil {
		return nil, usageError("no token: use WithToken, WithTokenSource or NewFromEnv with BREX_TOKEN set")
	}
	hc := *c.client
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.client = &hc
	c.agent = []string{c.userAgent}
	c.share()
	return c, nil
}

func checkToken(token string) error {
	if problem := wire.TokenProblem(token); problem != "" {
		return usageError("%s", problem)
	}
	return nil
}
