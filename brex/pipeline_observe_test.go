package brex

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type contextMark struct{}

type answers = []func(*http.Request) (*http.Response, error)

// watch returns an observer, and a function that returns what it saw since, each event in a few words.
func watch(t *testing.T) (Option, func() []string) {
	var mu sync.Mutex // a backfill makes calls side by side
	var seen []string
	begun := 0
	take := func() []string {
		mu.Lock()
		defer mu.Unlock()
		all := seen
		seen = nil
		return all
	}
	return WithObserver(func(ctx context.Context, e Event) {
		mu.Lock()
		defer mu.Unlock()
		if ctx.Value(contextMark{}) != "mine" || e.Operation == "" || e.Method == "" || !strings.HasPrefix(e.Path, "/v") {
			t.Errorf("not the call's context, or not its operation: %+v", e)
		}
		text := fmt.Sprintf("%s %d %d", e.Kind, e.Attempt, e.Status)
		switch e.Kind {
		case EventPage:
			text = fmt.Sprintf("page %d %v", e.Items, e.More)
		case EventLimited:
			text = fmt.Sprintf("limited %d %v", e.Attempt, e.Wait)
		case EventAttempt:
			text += fmt.Sprintf(" %v %v", e.Took, e.RetryAfter)
		case EventCall:
			text += fmt.Sprintf(" %v %s", e.Took.Round(time.Second), e.Outcome)
		}
		if e.Status != 0 && e.Kind != EventRetry && e.TraceID != "trace-1" {
			t.Errorf("no trace id: %+v", e)
		}
		if (e.Err != nil) != (e.Outcome != "") && e.Kind == EventCall {
			t.Errorf("%+v", e)
		}
		switch { // each attempt began, once
		case e.Kind == EventSend:
			begun = e.Attempt
			return
		case e.Kind == EventAttempt && begun != e.Attempt:
			t.Errorf("attempt %d ended, attempt %d began", e.Attempt, begun)
		}
		seen = append(seen, strings.TrimSpace(text))
	}), take
}

// Every step of a call is told, in order, with the call's context.
func TestObserver(t *testing.T) {
	for name, tc := range map[string]struct {
		answers answers
		limit   int
		call    func(context.Context, *Client) error
		want    []string
	}{
		"a read": {answers{body(`{"id":"x"}`)}, 9,
			func(ctx context.Context, c *Client) error { _, err := send(ctx, c, opRead); return err },
			[]string{"attempt 1 200 1s 0s", "call 1 200 1s"}},
		"a retry": {answers{status(429, "Retry-After", "30"), body(`{"id":"x"}`)}, 900,
			func(ctx context.Context, c *Client) error { _, err := send(ctx, c, opRead); return err },
			[]string{"attempt 1 429 1s 30s", "retry 1 429", "attempt 2 200 1s 0s", "call 2 200 32s"}},
		"a failure": {answers{status(500)}, 9,
			func(ctx context.Context, c *Client) error { _, err := send(ctx, c, opUndeclared); return err },
			[]string{"attempt 1 500 1s 0s", "call 1 500 1s unknown"}},
		"no answer": {answers{netFailure("read", errors.New("reset"))}, 9,
			func(ctx context.Context, c *Client) error { _, err := send(ctx, c, opUndeclared); return err },
			[]string{"attempt 1 0 1s 0s", "call 1 0 1s unknown"}},
		"not sent": {nil, 9,
			func(ctx context.Context, c *Client) error {
				_, err := send(ctx, c, opRead, WithIdempotencyKey("k"))
				return err
			},
			[]string{"call 0 0 0s not sent"}},
		"an unusable answer": {answers{body(``)}, 9,
			func(ctx context.Context, c *Client) error { _, err := send(ctx, c, opRead); return err },
			[]string{"attempt 1 200 1s 0s", "call 1 200 1s unknown"}},
		"pages and the limiter": {answers{body(`{"items":[{"id":"a"},{"id":"b"}],"next_cursor":"n"}`), body(`{"items":[]}`)}, 1,
			func(ctx context.Context, c *Client) error {
				_, err := Collect(c.Users.All(ctx, UserListParams{}))
				return err
			},
			[]string{"attempt 1 200 1s 0s", "page 2 true", "call 1 200 1s", "limited 1 1m0s", "attempt 1 200 1s 0s", "page 0 false", "call 1 200 1m1s"}},
		"pages of any type": {answers{body(`{"items":[{"id":"a"}]}`)}, 1,
			func(ctx context.Context, c *Client) error {
				_, err := Collect(c.CallAll(ctx, "listUsers", nil))
				return err
			},
			[]string{"attempt 1 200 1s 0s", "page 1 false", "call 1 200 1s"}},
		"a payment": {answers{body(transferResponse)}, 9,
			func(ctx context.Context, c *Client) error { return pay(ctx, c) },
			[]string{"attempt 1 200 1s 0s", "call 1 200 1s"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				observer, seen := watch(t)
				client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
					n++
					time.Sleep(time.Second)
					return tc.answers[min(n, len(tc.answers))-1](r)
				}), observer, WithLimiter(window(t, tc.limit, time.Minute)))
				_ = tc.call(context.WithValue(t.Context(), contextMark{}, "mine"), client)
				if saw := seen(); !slices.Equal(saw, tc.want) {
					t.Errorf("saw %q, want %q", saw, tc.want)
				}
			})
		})
	}
}

// Several observers are called in turn; nil is refused.
func TestObservers(t *testing.T) {
	order := ""
	note := func(name string) Option {
		return WithObserver(func(_ context.Context, e Event) {
			if e.Kind == EventCall {
				order += name
			}
		})
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, `{"id":"x"}`), nil }), note("a"), note("b"), note("c"))
	if _, err := send(t.Context(), client, opRead); err != nil || order != "abc" {
		t.Errorf("%q, %v", order, err)
	}
	if _, err := New(WithToken(testToken), WithObserver(nil)); !errors.Is(err, ErrUsage) {
		t.Errorf("%v", err)
	}
}

// An observer that keeps or passes on what it was told sees it as it was then, and nothing of it is secret.
func TestEventsKeepAndHide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var kept []Event
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			return reply(503, `{"message":"card 4111111111111111","x":"body-secret"}`, "Set-Cookie", "header-secret", "Retry-After", "1"), nil
		}), WithObserver(func(_ context.Context, e Event) {
			kept = append(kept, e)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "e", e)
			slog.New(slog.NewTextHandler(&out, nil)).Info("m", "e", e)
			fmt.Fprintf(&out, "%v %+v %#v\n", e, e, e)
			b, err := json.Marshal(e)
			if err != nil {
				t.Error(err)
			}
			out.Write(b)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		defer cancel()
		_, err := send(ctx, client, opPut, WithHeader("X-Secret", "header-secret"))
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the context ends in the wait that Retry-After asks for: %v", err)
		}
		for _, e := range kept {
			if e.Kind != EventCall && errors.Is(e.Err, context.DeadlineExceeded) {
				t.Errorf("%s changed after it was told", e.Kind)
			}
		}
		for _, secret := range []string{testToken, "Bearer", "header-secret", "body-secret", "thing_1", "4111111111111111"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("an event shows %q: %s", secret, out.String())
			}
		}
	})
}
