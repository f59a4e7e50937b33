package brex

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

// Every attempt asks for a token, so that a retry uses one that was refreshed while it waited.
func TestTokenPerAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		given := 0
		var seen []string
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			seen = append(seen, r.Header.Get("Authorization"))
			if len(seen) < 3 {
				return reply(503, ""), nil
			}
			return reply(200, `{"id":"x"}`), nil
		}), WithTokenSource(tokenFunc(func() (*oauth2.Token, error) {
			given++
			return &oauth2.Token{AccessToken: "token-" + string(rune('0'+given)), TokenType: "bearer"}, nil
		})))
		if _, err := send(t.Context(), client, opRead); err != nil || !slices.Equal(seen, []string{"Bearer token-1", "Bearer token-2", "Bearer token-3"}) {
			t.Errorf("%q, %v", seen, err)
		}
	})
}

// A token that ran out under way: the call is repeated at once with the new one, once, with the same idempotency key. It is
// safe for an operation that declares no key as well: 401 means that nothing was done.
func TestTokenRefreshed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		current := "old"
		var keys []string
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			if r.Header.Get("Authorization") != "Bearer new" {
				current = "new" // the source notices meanwhile
				return reply(401, ""), nil
			}
			return reply(200, `{"id":"x"}`), nil
		}), WithTokenSource(tokenFunc(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: current}, nil })))
		start := time.Now()
		if _, err := send(t.Context(), client, opUndeclared); err != nil || len(keys) != 2 || keys[0] != keys[1] || time.Since(start) != 0 {
			t.Errorf("keys %q after %v, %v", keys, time.Since(start), err)
		}
		current, keys = "old", nil
		if _, err := send(t.Context(), client, opRead, WithoutRetry()); !errors.Is(err, ErrUnauthorized) || len(keys) != 1 {
			t.Errorf("without retry: %d requests, %v", len(keys), err)
		}
	})
}

// A source that fails after the 401 leaves the 401 as the error; one that fails before a retry keeps what is known so far.
func TestTokenSourceFailsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for first, want := range map[int]Outcome{401: OutcomeRefused, 503: OutcomeUnknown} {
			var asked, requests atomic.Int32
			client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
				requests.Add(1)
				return reply(first, `{"message":"m"}`), nil
			}), WithTokenSource(tokenFunc(func() (*oauth2.Token, error) {
				if asked.Add(1) > 1 {
					return nil, errors.New("the issuer is down")
				}
				return &oauth2.Token{AccessToken: "t"}, nil
			})))
			_, err := send(t.Context(), client, opDeclared)
			e := asError(t, err)
			if requests.Load() != 1 || e.StatusCode != first || e.Outcome() != want || e.Attempts != 1 || e.Message != "m" || errors.Is(err, ErrAuth) != (first == 503) {
				t.Errorf("%d: %d requests, %s, %v", first, requests.Load(), e.Outcome(), err)
			}
		}
	})
}

// ownSource is a token source with the methods that package brexoauth's has besides Token.
type ownSource struct {
	current  string
	rejected []string
	err      error
	blocks   bool
}

func (s *ownSource) Token() (*oauth2.Token, error) { return nil, errors.New("must not be called") }

func (s *ownSource) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	if s.blocks {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return &oauth2.Token{AccessToken: s.current}, s.err
}

func (s *ownSource) Reject(token string) bool {
	s.rejected = append(s.rejected, token)
	s.current = "renewed"
	return true
}

// A source that can be told of a refused token renews it, and the call goes through.
func TestTokenRejected(t *testing.T) {
	s := &ownSource{current: "revoked"}
	var seen []string
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Get("Authorization"))
		if len(seen) == 1 {
			return reply(401, ""), nil
		}
		return reply(200, `{"id":"x"}`), nil
	}), WithTokenSource(s))
	if _, err := send(t.Context(), client, opRead); err != nil || !slices.Equal(seen, []string{"Bearer revoked", "Bearer renewed"}) {
		t.Errorf("%q, %v", seen, err)
	}
	if !slices.Equal(s.rejected, []string{"revoked"}) {
		t.Errorf("rejected %q", s.rejected)
	}
}

// Waiting for a token ends with the call's context, and is reported as that.
func TestTokenWaitsNoLongerThanTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { panic("nothing may be sent") }),
			WithTokenSource(&ownSource{blocks: true}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := send(ctx, client, opRead)
		var e *Error
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrAuth) || !errors.As(err, &e) || e.Outcome() != OutcomeNotSent {
			t.Errorf("%v", err)
		}
	})
}

type shownError struct{ error }

func (shownError) TokenError() string { return "sign in again" }
func (s shownError) Unwrap() error    { return s.error }

// The text of a source's error is hidden, unless it was made to be shown.
func TestTokenErrorText(t *testing.T) {
	secret := errors.New("body with the refresh token")
	for want, err := range map[string]error{"token source: sign in again": shownError{secret}, "from the token source": secret} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { panic("nothing may be sent") }), WithTokenSource(&ownSource{err: err}))
		_, got := send(t.Context(), client, opRead)
		if !errors.Is(got, ErrAuth) || !errors.Is(got, secret) || !strings.Contains(got.Error(), want) || strings.Contains(got.Error(), "refresh token") {
			t.Errorf("%v", got)
		}
	}
}
