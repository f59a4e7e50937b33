package brex

import (
	"errors"
	"net/http"
	"slices"
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
