package brex

import (
	"errors"
	"net/http"
	"strings"
	"testing"
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

// Options in a context and options of the call add up; the call's win. The context's stay as they were.
func TestCallOptionsAddUp(t *testing.T) {
	var got http.Header
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r.Header
		return reply(200, `{"id":"x"}`), nil
	}))
	ctx := WithCallOptions(t.Context(), WithHeader("X-A", "outer"), WithIdempotencyKey("outer-key"))
	for range 2 {
		if _, err := send(ctx, client, opDeclared, nil, WithHeader("X-A", "inner"), WithIdempotencyKey("inner-key")); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got["X-A"], ",") != "outer,inner" || got.Get("Idempotency-Key") != "inner-key" {
			t.Errorf("%v", got)
		}
		if _, err := send(ctx, client, opDeclared); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got["X-A"], ",") != "outer" || got.Get("Idempotency-Key") != "outer-key" {
			t.Errorf("%v", got)
		}
	}
}
