package brex

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Every attempt takes one slot and gives it back, whatever becomes of it.
func TestLimiterHoldsEveryAttempt(t *testing.T) {
	for _, f := range faultKinds {
		for _, op := range opClasses {
			synctest.Test(t, func(t *testing.T) {
				limiter := &countingLimiter{}
				server := &faultyBrex{op: op, fault: f, faults: 2, keys: map[string]bool{}}
				_, _ = send(t.Context(), newTestClient(t, server, WithLimiter(limiter)), op)
				if limiter.acquired != server.requests || limiter.released != limiter.acquired {
					t.Errorf("%s, %s: %d requests, %d slots taken, %d given back", op.ID, f.name, server.requests, limiter.acquired, limiter.released)
				}
			})
		}
	}
}

type countingLimiter struct{ acquired, released int }

func (l *countingLimiter) Acquire(ctx context.Context) error { l.acquired++; return ctx.Err() }
func (l *countingLimiter) Release()                          { l.released++ }

// The slot is given back when the whole answer is there, not when its header is, and also when the transport panics.
func TestLimiterReleasesAfterTheBody(t *testing.T) {
	limiter := &countingLimiter{}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		res := reply(200, "")
		res.Body = readerFunc(func(p []byte) (int, error) {
			if limiter.released != 0 {
				t.Error("released before the body was read")
			}
			return copy(p, `{"id":"x"}`), errEnd
		})
		return res, nil
	}), WithLimiter(limiter))
	_, _ = send(t.Context(), client, opRead, WithoutRetry())
	if limiter.released != 1 {
		t.Errorf("released %d times", limiter.released)
	}
	func() {
		defer func() { _ = recover() }()
		broken := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { panic("transport") }), WithLimiter(limiter))
		_, _ = send(t.Context(), broken, opRead)
	}()
	if limiter.released != 2 {
		t.Errorf("released %d times after a panic", limiter.released)
	}
}

var errEnd = errors.New("end")

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
func (readerFunc) Close() error                 { return nil }

// A context that ends while a call waits for a slot ends the call: nothing was sent.
func TestLimiterWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 1, time.Hour)
		requests := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			requests++
			return reply(200, `{"id":"x"}`), nil
		}), WithLimiter(w))
		if _, err := send(t.Context(), client, opUndeclared); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := send(ctx, client, opUndeclared)
		if e := asError(t, err); !errors.Is(err, context.DeadlineExceeded) || e.Outcome() != OutcomeNotSent || e.Attempts != 0 || requests != 1 || time.Since(start) != time.Minute {
			t.Errorf("%d requests, %s after %v: %v", requests, e.Outcome(), time.Since(start), err)
		}
	})
}

// Two clients, eight workers, a server that refuses what is above its limit in any window: no refusal, and nearly all that is
// permitted is used.
func TestLimiterAgainstServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, length = 100, time.Minute
		server := &limitedServer{limit: limit, length: length}
		w := window(t, limit, length)
		one, other := newTestClient(t, server, WithLimiter(w)), newTestClient(t, server, WithLimiter(w))
		ctx, cancel := context.WithTimeout(t.Context(), 5*length)
		defer cancel()
		var all sync.WaitGroup
		for i := range 8 {
			client := one
			if i%2 == 0 {
				client = other
			}
			all.Go(func() {
				for ctx.Err() == nil {
					_, _ = send(ctx, client, opRead, WithoutRetry())
				}
			})
		}
		all.Wait()
		if permitted := 5 * limit; server.refused != 0 || server.served < permitted*99/100 {
			t.Errorf("%d served of %d permitted, %d refused", server.served, permitted, server.refused)
		}
	})
}

// limitedServer counts arrivals in a rolling window, each answered after 200 ms, of which the way there takes 0 to 150.
type limitedServer struct {
	limit  int
	length time.Duration
	hint   bool // a refusal tells by Retry-After when to come again

	mu              sync.Mutex
	n               int
	arrived         []time.Time
	served, refused int
}

func (s *limitedServer) RoundTrip(*http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.n++
	way := time.Duration(s.n*37%151) * time.Millisecond
	s.mu.Unlock()
	time.Sleep(way)
	s.mu.Lock()
	cut := time.Now().Add(-s.length)
	for len(s.arrived) > 0 && !s.arrived[0].After(cut) {
		s.arrived = s.arrived[1:]
	}
	ok := len(s.arrived) < s.limit
	var hint []string
	if ok {
		s.arrived = append(s.arrived, time.Now())
		s.served++
	} else {
		s.refused++
		if s.hint {
			wait := time.Until(s.arrived[len(s.arrived)-s.limit].Add(s.length))
			hint = []string{"Retry-After", strconv.Itoa(int((wait + time.Second - 1) / time.Second))}
		}
	}
	s.mu.Unlock()
	time.Sleep(200*time.Millisecond - way)
	if !ok {
		return reply(429, "", hint...), nil
	}
	return reply(200, `{"id":"x"}`), nil
}
