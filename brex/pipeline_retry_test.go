package brex

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// waits are the times between the attempts of a call that is always answered with status and header.
func waits(t *testing.T, policy RetryPolicy, header ...string) []time.Duration {
	t.Helper()
	var sent []time.Time
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		sent = append(sent, time.Now())
		return reply(503, "", header...), nil
	}), WithRetryPolicy(policy))
	if _, err := send(t.Context(), client, opRead); err == nil {
		t.Fatal("no error")
	}
	between := make([]time.Duration, 0, len(sent))
	for i := 1; i < len(sent); i++ {
		between = append(between, sent[i].Sub(sent[i-1]))
	}
	return between
}

// Full jitter: each wait lies between zero and its bound, the bounds double up to the cap, and both ends are reached nearly.
func TestWaitsFullJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bounds := []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond}
		low, high := make([]float64, len(bounds)), make([]float64, len(bounds))
		for i := range low {
			low[i] = 1
		}
		for range 400 {
			got := waits(t, RetryPolicy{MaxAttempts: 6, BaseDelay: 100 * time.Millisecond, MaxDelay: 500 * time.Millisecond})
			if len(got) != len(bounds) {
				t.Fatalf("%d waits", len(got))
			}
			for i, w := range got {
				if w < 0 || w > bounds[i] {
					t.Fatalf("wait %d is %v, its bound %v", i+1, w, bounds[i])
				}
				part := float64(w) / float64(bounds[i])
				low[i], high[i] = min(low[i], part), max(high[i], part)
			}
		}
		for i := range bounds { // the chance of a false alarm is 0.9^400
			if low[i] > 0.1 || high[i] < 0.9 {
				t.Errorf("wait %d lies between %.2f and %.2f of its bound; it is not full jitter", i+1, low[i], high[i])
			}
		}
	})
}

func TestWaitsDefaultPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 50 {
			got := waits(t, RetryPolicy{})
			for i, bound := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second} {
				if len(got) != 3 || got[i] > bound {
					t.Fatalf("waits %v", got)
				}
			}
		}
	})
}

// Retry-After is honoured to the second, up to the cap; above, the call ends at once and the error tells the value.
func TestWaitsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tiny := RetryPolicy{MaxAttempts: 2, BaseDelay: time.Nanosecond, MaxDelay: time.Nanosecond}
		if got := waits(t, tiny, "Retry-After", "7"); len(got) != 1 || got[0] != 7*time.Second {
			t.Errorf("seconds: %v", got)
		}
		date := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
		if got := waits(t, tiny, "Retry-After", date); len(got) != 1 || got[0] != 30*time.Second {
			t.Errorf("date: %v", got)
		}
		if got := waits(t, tiny, "Retry-After", " 70 "); len(got) != 1 || got[0] != 70*time.Second {
			t.Errorf("at the cap: %v", got)
		}
		for _, header := range []string{"71", "86400", "9999999999999999999999", "Fri, 31 Dec 2126 23:59:59 GMT"} {
			client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
				return reply(429, `{"message":"slow down"}`, "Retry-After", header), nil
			}))
			start := time.Now()
			_, err := send(t.Context(), client, opDeclared)
			e := asError(t, err)
			if !errors.Is(err, ErrRetryAfter) || !errors.Is(err, ErrRateLimited) || e.RetryAfter < 71*time.Second || e.RetryAfter > 366*24*time.Hour {
				t.Errorf("Retry-After %s: %v, %v", header, e.RetryAfter, err)
			}
			if !strings.Contains(err.Error(), "retry after "+e.RetryAfter.String()) || time.Since(start) != 0 {
				t.Errorf("Retry-After %s: %v after %v", header, err, time.Since(start))
			}
		}
	})
}

func TestRetryAfterHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for in, want := range map[string]time.Duration{
			"": 0, "0": 0, "7": 7 * time.Second, "-3": 0, "-99999999999999999999": 0, "1.5": 0, "soon": 0, "\x00": 0, "0x10": 0, "1e9": 0,
			"99999999999999999999": 365 * 24 * time.Hour, "31536001": 365 * 24 * time.Hour,
			time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat):            0,
			time.Now().Add(time.Hour).UTC().Format(http.TimeFormat):             time.Hour,
			time.Now().Add(time.Hour).UTC().Format(time.RFC850):                 time.Hour,
			time.Now().Add(time.Hour).UTC().Format(time.ANSIC):                  time.Hour,
			time.Now().Add(900 * 24 * time.Hour).UTC().Format(http.TimeFormat):  365 * 24 * time.Hour,
			time.Now().Add(-900 * 24 * time.Hour).UTC().Format(http.TimeFormat): 0,
		} {
			if got := retryAfter(http.Header{"Retry-After": {in}}); got != want {
				t.Errorf("Retry-After %q is %v, want %v", in, got, want)
			}
		}
	})
}

// The budget holds however many attempts are allowed, and the error says that it ended the call.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start, requests := time.Now(), 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			requests++
			return reply(503, "", "Retry-After", "10"), nil
		}), WithRetryPolicy(RetryPolicy{MaxAttempts: 1000, Budget: time.Minute}))
		_, err := send(t.Context(), client, opRead)
		if took := time.Since(start); !errors.Is(err, ErrBudget) || !errors.Is(err, ErrServer) || took > time.Minute || took < 40*time.Second || requests > 7 {
			t.Errorf("%d requests in %v: %v", requests, took, err)
		}
	})
}

// lateLimiter holds the first back.
type lateLimiter struct{ hold time.Duration }

func (*lateLimiter) Release() {}

func (l *lateLimiter) Acquire(ctx context.Context) error {
	defer func() { l.hold = 0 }()
	return sleep(ctx, l.hold)
}

// The budget begins with the first attempt, not with the wait for its turn: else a call that came late in a queue would not be repeated.
func TestBudgetBeginsWithTheFirstAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			if requests++; requests == 1 {
				return reply(503, ""), nil
			}
			return reply(200, `{"id":"thing_1"}`), nil
		}), WithLimiter(&lateLimiter{hold: time.Hour}))
		if _, err := send(t.Context(), client, opRead); err != nil || requests != 2 {
			t.Errorf("%d requests, %v", requests, err)
		}
	})
}

// A context that ends during a wait ends the call at that moment, with its error and its cause, and leaves nothing behind:
// synctest would report a goroutine that stays blocked.
func TestContextEndsAWait(t *testing.T) {
	why := errors.New("payroll was called off")
	for name, tc := range map[string]struct {
		context func(context.Context) (context.Context, context.CancelFunc)
		is      error
		took    time.Duration
	}{
		"cancelled": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			timer := time.AfterFunc(5*time.Second, func() { cancel(why) })
			return ctx, func() { timer.Stop(); cancel(nil) }
		}, context.Canceled, 5 * time.Second},
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, 9*time.Second, why)
		}, context.DeadlineExceeded, 9 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
				return reply(503, "", "Retry-After", "60"), nil
			}))
			ctx, cancel := tc.context(t.Context())
			defer cancel()
			start := time.Now()
			_, err := send(ctx, client, opDeclared)
			if time.Since(start) != tc.took || !errors.Is(err, tc.is) || !errors.Is(err, why) || !errors.Is(err, ErrServer) {
				t.Errorf("%s: after %v: %v", name, time.Since(start), err)
			}
			if e := asError(t, err); e.Outcome() != OutcomeUnknown || e.Attempts != 1 || strings.Contains(e.Error(), "\n") {
				t.Errorf("%s: %s after %d attempts: %q", name, e.Outcome(), e.Attempts, e)
			}
		})
	}
}

// A context that is over already sends nothing.
func TestContextOverBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	requests := 0
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		requests++
		return nil, r.Context().Err()
	}))
	for _, op := range opClasses {
		if _, err := send(ctx, client, op); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", op.ID, err)
		}
	}
	if requests > len(opClasses) {
		t.Errorf("%d requests", requests)
	}
}

func TestWithoutRetry(t *testing.T) {
	for _, op := range opClasses {
		for _, f := range faultKinds[:5] {
			synctest.Test(t, func(t *testing.T) {
				server := &faultyBrex{op: op, fault: f, faults: 1, keys: map[string]bool{}}
				if _, err := send(t.Context(), newTestClient(t, server), op, WithoutRetry()); err == nil || server.requests != 1 {
					t.Errorf("%s, %s: %d requests, %v", op.ID, f.name, server.requests, err)
				}
				server = &faultyBrex{op: op, fault: f, faults: 1, keys: map[string]bool{}}
				client := newTestClient(t, server, WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
				if _, err := send(t.Context(), client, op); err == nil || server.requests != 1 {
					t.Errorf("%s, %s: %d requests with MaxAttempts 1, %v", op.ID, f.name, server.requests, err)
				}
			})
		}
	}
}

func TestRetryPolicyCheck(t *testing.T) {
	for _, p := range []RetryPolicy{{MaxAttempts: -1}, {BaseDelay: -1}, {MaxDelay: -1}, {MaxRetryAfter: -1}, {Budget: -1},
		{BaseDelay: time.Minute}, {BaseDelay: 2, MaxDelay: 1}, {MaxDelay: time.Millisecond}} {
		if _, err := New(WithToken(testToken), WithRetryPolicy(p)); !errors.Is(err, ErrUsage) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, p := range []RetryPolicy{{}, {MaxAttempts: 1}, {BaseDelay: time.Second, MaxDelay: time.Second}} {
		if _, err := New(WithToken(testToken), WithRetryPolicy(p)); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// A DELETE whose repeat finds nothing has worked, but only where an earlier attempt may have done it.
func TestDeletedMeanwhile(t *testing.T) {
	gone := status(404)
	withResult := *opDelete
	withResult.ID, withResult.Result = "deleteWithResponse", "Thing"
	for name, tc := range map[string]struct {
		op    *wire.Operation
		first func(*http.Request) (*http.Response, error)
		ok    bool
	}{
		"404 at once":         {opDelete, gone, false},
		"after a reset":       {opDelete, netFailure("read", io.EOF), true},
		"after 503":           {opDelete, status(503), true},
		"after a cut off 200": {opDelete, cutShort, true},
		"after 429":           {opDelete, status(429), false},
		"after a refused one": {opDelete, netFailure("dial", io.EOF), false},
		"with an answer":      {&withResult, status(503), false}, // there is none to give
		"of a read":           {opRead, status(503), false},
		"of a PUT":            {opPut, status(503), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				if n++; n == 1 {
					return tc.first(r)
				}
				return gone(r)
			}))
			var response Response
			_, err := send(t.Context(), client, tc.op, WithResponse(&response))
			if (err == nil) != tc.ok {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				t.Errorf("%s: %v is not ErrNotFound", name, err)
			}
			if response.StatusCode != 404 {
				t.Errorf("%s: status %d", name, response.StatusCode)
			}
		})
	}
}

// An attempt that was stopped before it was sent keeps what the one before it was answered.
func TestStoppedBeforeSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("the shared store is away")
		limiter := &scriptedLimiter{errors: []error{nil, broken}}
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			return reply(503, `{"message":"overloaded"}`), nil
		}), WithLimiter(limiter))
		_, err := send(t.Context(), client, opDeclared)
		e := asError(t, err)
		if !errors.Is(err, broken) || !errors.Is(err, ErrServer) || e.Attempts != 1 || e.Outcome() != OutcomeUnknown || e.Message != "overloaded" || e.TraceID != "trace-1" {
			t.Errorf("%d attempts, %s: %v", e.Attempts, e.Outcome(), err)
		}
		limiter.errors = []error{broken}
		_, err = send(t.Context(), client, opDeclared)
		if e = asError(t, err); !errors.Is(err, broken) || e.Attempts != 0 || e.Outcome() != OutcomeNotSent || e.StatusCode != 0 {
			t.Errorf("%d attempts, %s: %v", e.Attempts, e.Outcome(), err)
		}
	})
}

type scriptedLimiter struct {
	errors []error
	held   int
}

func (l *scriptedLimiter) Acquire(context.Context) error {
	if len(l.errors) == 0 {
		l.held++
		return nil
	}
	err := l.errors[0]
	l.errors = l.errors[1:]
	if err == nil {
		l.held++
	}
	return err
}

func (l *scriptedLimiter) Release() { l.held-- }

// What may wait exactly as long as the budget lasts does.
func TestBudgetToTheInstant(t *testing.T) {
	for budget, want := range map[time.Duration]int{10 * time.Second: 2, 10*time.Second - 1: 1} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
				requests++
				return reply(429, "", "Retry-After", "10"), nil
			}), WithRetryPolicy(RetryPolicy{MaxAttempts: 2, BaseDelay: 1, MaxDelay: 1, Budget: budget}))
			_, err := send(t.Context(), client, opRead)
			if requests != want || errors.Is(err, ErrBudget) != (want == 1) {
				t.Errorf("budget %v: %d requests, %v", budget, requests, err)
			}
		})
	}
}

// A context that has ended when an answer is there is what ends the call, whatever the answer says of waiting; no retry is told of.
func TestContextOverAtTheResponse(t *testing.T) {
	for _, header := range []string{"99999", "1", ""} {
		ctx, cancel := context.WithCancel(t.Context())
		retries := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			cancel()
			return reply(429, "", "Retry-After", header), nil
		}), WithObserver(func(_ context.Context, e Event) {
			if e.Kind == EventRetry {
				retries++
			}
		}))
		_, err := send(ctx, client, opRead)
		if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrRateLimited) || errors.Is(err, ErrRetryAfter) || retries != 0 {
			t.Errorf("Retry-After %q: %d retries, %v", header, retries, err)
		}
	}
}

func TestSleep(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, d := range []time.Duration{0, -1, time.Hour} {
		if err := sleep(over, d); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: %v", d, err)
		}
	}
	for _, d := range []time.Duration{0, -1, 1} {
		if err := sleep(t.Context(), d); err != nil {
			t.Errorf("%v: %v", d, err)
		}
	}
}
