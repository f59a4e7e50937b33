package brexoauth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// DefaultMargin is how long before its end an access token is renewed, so that it does not run out
// under way and a clock that is a little off does no harm.
const DefaultMargin = time.Minute

const (
	flightTimeout  = 2 * time.Minute  // for renewing once, waiting for other processes included
	earlyRetry     = 10 * time.Second // after renewing early failed, while the access token is good
	rejectInterval = 5 * time.Minute  // Reject believes no more often that a token is bad
)

// SourceOption is an option of a TokenSource.
type SourceOption func(*TokenSource) error

// WithMargin sets how long before its end an access token is renewed: by default DefaultMargin, and
// never more than half its life.
func WithMargin(d time.Duration) SourceOption {
	return func(s *TokenSource) error {
		if d < 0 {
			return usage("WithMargin: %v is negative", d)
		}
		s.margin = d
		return nil
	}
}

// TokenSource provides valid access tokens, for brex.WithTokenSource. It is safe for concurrent
// use; make one for each login and share it. It renews once for all waiting callers.
type TokenSource struct {
	client *Client
	margin time.Duration
	login  *login // nil for client credentials
	// obtain gets a token that is usable. With an error it may return one too, which serves as long
	// as it has not run out.
	obtain func(context.Context) (*Token, error)
	onEnd  func(*SignInError) // unless nil, called when the customer has to sign in again

	mu       sync.Mutex
	current  *Token
	rejected wire.Secret // an access token that the API refused
	retryAt  time.Time   // when to try again after renewing early failed
	flight   *flight
}

// flight is one renewal under way. The fields are written before done is closed.
type flight struct {
	done  chan struct{}
	token *Token
	err   error
}

func newSource(c *Client, opts []SourceOption) (*TokenSource, error) {
	s := &TokenSource{client: c, margin: DefaultMargin}
	for _, o := range opts {
		if o == nil {
			return nil, usage("an option is nil")
		}
		if err := o(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// TokenSource returns a source that keeps the login in store alive. It does no I/O; whether the
// store holds a login is checked by the first Token.
func (c *Client) TokenSource(store Store, opts ...SourceOption) (*TokenSource, error) {
	if store == nil {
		return nil, usage("TokenSource: the store is nil")
	}
	s, err := newSource(c, opts)
	if err != nil {
		return nil, err
	}
	s.login = &login{client: c, store: store, usable: s.usable}
	s.obtain = s.login.obtain
	return s, nil
}

// ClientCredentials returns a source of tokens for the application itself, without a customer, as
// the onboarding API needs them. It renews them by requesting new ones, so there is nothing to
// store.
func (c *Client) ClientCredentials(scopes []string, opts ...SourceOption) (*TokenSource, error) {
	if c.cfg.ClientSecret.IsZero() {
		return nil, usage("ClientCredentials: Config.ClientSecret is empty")
	}
	if len(scopes) == 0 {
		return nil, usage("ClientCredentials: no scopes")
	}
	s, err := newSource(c, opts)
	if err != nil {
		return nil, err
	}
	s.obtain = func(ctx context.Context) (*Token, error) {
		d, err := c.endpoints(ctx)
		if err != nil {
			return nil, err
		}
		t, _, failed := c.repeat(ctx, func() (*Token, *IssuerError) { return c.credentials(ctx, d, scopes) })
		if failed != nil {
			return nil, failed
		}
		return t, nil
	}
	return s, nil
}

// Token returns a valid access token, renewing it if necessary. It waits at most two minutes;
// TokenContext waits until its context ends. The token has no refresh token. It fails with a
// SignInError if the customer has to sign in again, with an IssuerError if Brex could not be asked,
// with ErrLocked or ErrNotSaved, and with the errors of the Store.
func (s *TokenSource) Token() (*oauth2.Token, error) { return s.TokenContext(context.Background()) }

// TokenContext is Token, but returns when ctx ends. A refresh under way continues, for the next
// caller.
func (s *TokenSource) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	t, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	return t.OAuth2(), nil
}

// Login returns the login behind the access token, without its tokens: for its scopes and times. It
// renews like TokenContext.
func (s *TokenSource) Login(ctx context.Context) (*Token, error) {
	t, err := s.token(ctx)
	if err != nil {
		return nil, err
	}
	t = t.clone()
	t.AccessToken, t.RefreshToken = wire.Secret{}, wire.Secret{}
	return t, nil
}

func (s *TokenSource) token(ctx context.Context) (*Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	now := s.client.now()
	if s.good(s.current, now) || now.Before(s.retryAt) && s.alive(s.current, now) {
		defer s.mu.Unlock()
		return s.current, nil
	}
	f := s.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		s.flight = f
		go s.renew(f)
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// renew runs apart from its callers' contexts: a refresh token that was sent is spent, and its
// response must be saved.
func (s *TokenSource) renew(f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), flightTimeout)
	defer cancel()
	t, err := s.obtain(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.client.now()
	switch {
	case err == nil:
		s.current, s.retryAt = t, time.Time{}
		f.token = t
	case t != nil && !errors.Is(err, ErrSignIn) && s.alive(t, now):
		s.current, s.retryAt = t, now.Add(earlyRetry)
		if failed := (*IssuerError)(nil); errors.As(err, &failed) && failed.accepted() {
			s.retryAt = t.Expiry // the refresh token is most likely spent: to send it again can only end the access token
		}
		f.token = t
	default:
		s.current = nil
		f.err = err
		if ended := (*SignInError)(nil); s.onEnd != nil && errors.As(err, &ended) {
			s.onEnd(ended)
		}
	}
	s.flight = nil
	close(f.done)
}

// usable says whether a stored token can be handed out as it is.
func (s *TokenSource) usable(t *Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.good(t, s.client.now())
}

// good says whether a token needs no renewal. One from the future does: the clock was set back, so
// its end is not known.
func (s *TokenSource) good(t *Token, now time.Time) bool {
	if !s.alive(t, now) {
		return false
	}
	margin := min(s.margin, t.Expiry.Sub(t.Obtained)/2)
	return now.Before(t.Expiry.Add(-margin)) && !now.Before(t.Obtained.Add(-max(margin, DefaultMargin)))
}

// alive says whether a token has not run out.
func (s *TokenSource) alive(t *Token, now time.Time) bool {
	return t != nil && t.AccessToken != s.rejected && now.Before(t.Expiry)
}

// Reject says that the API refused an access token with 401. The next Token returns another one:
// from the store, if another process has renewed it, or by a refresh. A 401 has other causes as
// well (a business account that is not enabled, a role), so this is believed only of a token that
// is five minutes old or more; it returns whether it was.
func (s *TokenSource) Reject(accessToken string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.current
	if t == nil || accessToken == "" || t.AccessToken.Reveal() != accessToken || s.client.now().Sub(t.Obtained) < rejectInterval {
		return false
	}
	s.rejected = t.AccessToken
	return true
}

// Close waits for a refresh under way, and saves a login that could not be saved before. Call it
// before the program exits. The source can still be used.
func (s *TokenSource) Close(ctx context.Context) error {
	s.mu.Lock()
	f := s.flight
	s.mu.Unlock()
	if f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.login == nil {
		return nil
	}
	return s.login.flush(ctx)
}

// reload forgets the access token, so that the next one is of the login that is stored then.
func (s *TokenSource) reload(ctx context.Context) error {
	for {
		s.mu.Lock()
		f := s.flight
		if f == nil {
			s.current, s.rejected, s.retryAt = nil, wire.Secret{}, time.Time{}
			s.mu.Unlock()
			return nil
		}
		s.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// String returns a description without a token.
func (s *TokenSource) String() string {
	return fmt.Sprintf("brexoauth.TokenSource{ClientID: %q}", s.client.cfg.ClientID)
}

// GoString returns String.
func (s *TokenSource) GoString() string { return s.String() }

// Format prints String for every verb.
func (s *TokenSource) Format(f fmt.State, _ rune) { show(f, s.String()) }

// LogValue returns String.
func (s *TokenSource) LogValue() slog.Value { return slog.StringValue(s.String()) }
