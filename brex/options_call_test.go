package brex

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/gen/team"
)

func TestWithHeader(t *testing.T) {
	refused := map[string]string{"": "v", "a b": "v", "a:b": "v", "a\r\nb": "v", "é": "v", "X-Ok": "a\r\nInjected: b", "X-Nul": "a\x00", "X-Del": "\x7f",
		"X-Idempotency-Key": "k", "x-idempotency-key": "k", "cOnNection": "close"}
	for _, name := range ownHeaders {
		refused[name], refused[strings.ToLower(name)] = "v", "v"
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { t.Error("sent"); return reply(200, "{}"), nil }))
	for name, value := range refused {
		_, err := send(t.Context(), client, opRead, WithHeader(name, value))
		if e := asError(t, err); !errors.Is(err, ErrUsage) || e.Outcome() != OutcomeNotSent {
			t.Errorf("%q: %q: %v", name, value, err)
		}
	}
	for _, opt := range []CallOption{WithResponse(nil), WithIdempotencyKey(""), WithIdempotencyKey(strings.Repeat("k", 256)), WithIdempotencyKey("a b"), WithIdempotencyKey("é"), WithIdempotencyKey("a\n")} {
		if _, err := send(t.Context(), client, opDeclared, opt); !errors.Is(err, ErrUsage) {
			t.Errorf("option: %v", err)
		}
	}
}

// Headers add up, the last key counts, and an option that is nil is none.
func TestCallOptionsAddUp(t *testing.T) {
	var got http.Header
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r.Header
		return reply(200, `{"id":"x"}`), nil
	}))
	_, err := send(t.Context(), client, opDeclared, WithHeader("X-A", "1"), WithIdempotencyKey("first"), nil, WithHeader("X-A", "2"), WithIdempotencyKey("last"))
	require.NoError(t, err)
	require.Equal(t, []string{"1", "2"}, got["X-A"])
	require.Equal(t, "last", got.Get("Idempotency-Key"))
}

// foreignOption is an option of somebody else's Caller.
type foreignOption struct{}

func (foreignOption) CallOption() {}

// An option that this package does not know is refused, on every way to a call: passing it over would drop what it was for.
func TestForeignOption(t *testing.T) {
	client := newTestClient(t, nothingSent(t))
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"typed": func() error { _, err := client.Users.Me(ctx, UserMeParams{}, foreignOption{}); return err },
		"list":  func() error { _, err := Collect(client.Users.All(ctx, UserListParams{}, foreignOption{})); return err },
		"raw": func() error {
			_, err := team.NewClient(client.Caller()).GetMe(ctx, UserMeParams{}, foreignOption{})
			return err
		},
		"dynamic": func() error { _, err := client.Call(ctx, "getMe", nil, foreignOption{}); return err },
		"backfill": func() error {
			_, err := Collect(client.Expenses.Backfill(ctx, time.Unix(0, 0), time.Unix(9, 0), ExpenseBackfillOptions{}, foreignOption{}))
			return err
		},
		"upload":  func() error { _, err := client.Receipts.Match(ctx, textFile(), foreignOption{}); return err },
		"prepare": func() error { _, err := client.Prepare("getMe", nil, foreignOption{}); return err },
	} {
		err := call()
		require.ErrorIs(t, err, ErrUsage, name)
		require.ErrorContains(t, err, "brex.foreignOption is not one of package brex", name)
		require.Equal(t, OutcomeNotSent, asError(t, err).Outcome(), name)
	}
}
