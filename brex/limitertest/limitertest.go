// Package limitertest tests implementations of brex.Limiter.
//
//	func TestLimiter(t *testing.T) {
//		limit := limitertest.Limit{Requests: 10, Window: time.Second, Lease: 4 * time.Second}
//		limitertest.Run(t, limit, func(t *testing.T) func() brex.Limiter {
//			bucket := newBucket(t)
//			return func() brex.Limiter { return newLimiter(bucket, limit) }
//		})
//	}
package limitertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Limit is what the limiters under test allow. The clock is real, so the suite takes about eight
// windows and two leases.
type Limit struct {
	Requests int           // in any Window, at least 4
	Window   time.Duration // at least some 100 round trips to the server, such as a second

	// Lease is how long after its Acquire the slot of a holder that vanished may stay taken, at
	// least 3 windows. 0 says that a slot is taken until its Release: the limiter counts in its own
	// process only.
	Lease time.Duration
}

// Run checks that a limiter does what brex.Limiter promises, and Penalizer if it is one. open makes
// a bucket in which nothing was sent, and returns a function that makes a limiter on it as another
// process would have one; where limiters share nothing, it returns the same one each time. A bucket
// that cannot be empty, because what others sent is unknown, may let the first wait.
func Run(t *testing.T, limit Limit, open func(t *testing.T) func() brex.Limiter) {
	t.Helper()
	if limit.Requests < 4 || limit.Window <= 0 {
		t.Fatalf("limitertest: at least 4 requests, in a window above zero: %+v", limit)
	}
	for _, c := range []struct {
		name string
		test func(*suite)
	}{
		{"LeavesNoGoroutines", (*suite).leavesNoGoroutines}, // alone, since it counts them
		{"Exact", (*suite).exact},
		{"Shared", (*suite).shared},
		{"ContextEnds", (*suite).contextEnds},
		{"ReleaseWithoutAcquire", (*suite).releaseWithoutAcquire},
		{"HolderVanishes", (*suite).holderVanishes},
		{"NeverIdle", (*suite).neverIdle},
		{"Penalize", (*suite).penalize},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name != "LeavesNoGoroutines" {
				t.Parallel()
			}
			c.test(&suite{T: t, Limit: limit, limiter: open(t)})
		})
	}
}

// suite is one test, with its bucket.
type suite struct {
	*testing.T
	Limit
	limiter func() brex.Limiter
}

// acquire fails the test if there is no slot within d.
func (s *suite) acquire(l brex.Limiter, d time.Duration) {
	s.Helper()
	if err := s.try(l, d); err != nil {
		s.Fatalf("no slot within %v: %v", d, err)
	}
}

func (s *suite) try(l brex.Limiter, d time.Duration) error {
	ctx, cancel := context.WithTimeout(s.Context(), d)
	defer cancel()
	return l.Acquire(ctx)
}

// take acquires n slots that are free. The first may wait for a bucket that is just opened.
func (s *suite) take(l brex.Limiter, n int) {
	s.Helper()
	for range n {
		s.acquire(l, 5*s.Window)
	}
}

// span is a request: Brex counts it at some moment between the two.
type span struct{ sent, received time.Time }

// In no window are there more than the limit, wherever between its sending and its response each
// counts; and the limit is used.
func (s *suite) exact() {
	var mu sync.Mutex
	var spans []span
	first := s.limiter()
	s.take(first, 1)
	first.Release()
	end := time.Now().Add(4 * s.Window)
	ctx, cancel := context.WithDeadline(s.Context(), end)
	defer cancel()
	var all sync.WaitGroup
	for range 3 {
		l := s.limiter()
		for range s.Requests {
			all.Go(func() {
				for {
					ctx, cancel := ctx, context.CancelFunc(func() {})
					if rand.IntN(5) == 0 {
						ctx, cancel = context.WithTimeout(ctx, rand.N(s.Window))
					}
					err := l.Acquire(ctx)
					cancel()
					if time.Now().After(end) {
						if err == nil {
							l.Release()
						}
						return
					}
					if err != nil {
						continue
					}
					sent := time.Now()
					time.Sleep(rand.N(s.Window / 4))
					mu.Lock()
					spans = append(spans, span{sent, time.Now()})
					mu.Unlock()
					l.Release()
				}
			})
		}
	}
	all.Wait()
	for _, at := range spans {
		n := 0
		for _, o := range spans {
			if !o.sent.After(at.sent) && o.received.After(at.sent.Add(-s.Window)) {
				n++
			}
		}
		if n > s.Requests {
			s.Fatalf("%d requests in a window of %v, the limit is %d", n, s.Window, s.Requests)
		}
	}
	if len(spans) <= s.Requests { // how many more depends on the machine
		s.Errorf("%d requests in four windows of %d: no slot was free again", len(spans), s.Requests)
	}
}

// What one has taken another does not get, until a window after its Release.
func (s *suite) shared() {
	one, other := s.limiter(), s.limiter()
	s.take(one, s.Requests)
	if s.try(other, s.Window/4) == nil {
		s.Fatal("a slot above the limit")
	}
	released := time.Now()
	one.Release()
	s.acquire(other, 3*s.Window)
	if waited := time.Since(released); waited < s.Window {
		s.Errorf("a slot was free %v after its Release, before the window of %v had passed", waited, s.Window)
	}
}

// A context that ends is the end of Acquire, with its error and its cause, and takes no slot.
func (s *suite) contextEnds() {
	l := s.limiter()
	over, cancel := context.WithCancel(s.Context())
	cancel()
	if err := l.Acquire(over); !errors.Is(err, context.Canceled) {
		s.Errorf("with a context that is over: %v", err)
	}
	s.take(l, s.Requests)
	why := errors.New("enough")
	ctx, stop := context.WithCancelCause(s.Context())
	result := make(chan error, 1)
	go func() { result <- l.Acquire(ctx) }()
	time.Sleep(s.Window / 10)
	stop(why)
	ended := time.Now()
	if err := <-result; !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		s.Errorf("canceled with a cause: %v", err)
	}
	if took := time.Since(ended); took > s.Window/2 {
		s.Errorf("Acquire returned %v after its context had ended", took)
	}
	if err := s.try(l, s.Window/10); !errors.Is(err, context.DeadlineExceeded) {
		s.Errorf("after the deadline: %v", err)
	}
	for range s.Requests {
		l.Release()
	}
	var all sync.WaitGroup
	for range 5 * s.Requests { // many end in the moment in which the slots come
		all.Go(func() {
			if s.try(l, s.Window*9/10+rand.N(s.Window/5)) == nil {
				l.Release()
			}
		})
	}
	all.Wait()
	last := time.Now()
	s.take(l, s.Requests)
	if took := time.Since(last); took > 5*s.Window/2 { // sooner than a slot that was lost is free by itself
		s.Errorf("all slots were free %v after their last Release: one was taken by an Acquire that failed", took)
	}
}

// A Release too many makes no room and takes none.
func (s *suite) releaseWithoutAcquire() {
	l := s.limiter()
	for range 2 * s.Requests {
		l.Release()
	}
	s.take(l, s.Requests)
	if s.try(l, s.Window/4) == nil {
		s.Error("a slot above the limit")
	}
}

// Who never releases, because its process died, keeps the slot while its request may count, and no
// longer.
func (s *suite) holderVanishes() {
	if s.Lease == 0 {
		s.Skip("the limiter counts in its own process")
	}
	dead, next := s.limiter(), s.limiter()
	s.take(dead, s.Requests-1)
	taken := time.Now()
	s.take(dead, 1)
	for range s.Requests {
		s.acquire(next, s.Lease+3*s.Window)
		if after := time.Since(taken); after < s.Window {
			s.Fatalf("a slot was free %v after the Acquire of one that was never released", after)
		}
	}
	if after := time.Since(taken); after > s.Lease+2*s.Window {
		s.Errorf("all slots were free after %v, want about %v", after, s.Lease)
	}
}

// A holder that has a request in flight at any time, each of them a short one, never loses its slot:
// a Release must not be that of the youngest lease, or the last request is left with an old one.
func (s *suite) neverIdle() {
	if s.Lease == 0 {
		s.Skip("the limiter counts in its own process")
	}
	busy, other := s.limiter(), s.limiter()
	s.take(busy, 1)
	for end := time.Now().Add(s.Lease + s.Window/2); time.Now().Before(end); {
		time.Sleep(s.Window / 2)
		s.take(busy, 1)
		busy.Release()
	}
	released := time.Now()
	n := 0
	for s.try(other, s.Window*9/10-time.Since(released)) == nil && time.Since(released) < s.Window {
		n++
	}
	if n > s.Requests-2 { // one is in flight, and one was released just now
		s.Errorf("%d slots of %d for another one, with a request in flight and one that ended in this window", n, s.Requests)
	}
}

// After a 429 nobody sends before the wait is over, and then fewer than the limit for a window.
func (s *suite) penalize() {
	one, other := s.limiter(), s.limiter()
	p, ok := one.(brex.Penalizer)
	if !ok {
		s.Skip("it is not a Penalizer")
	}
	s.take(one, s.Requests/2)
	for range s.Requests / 2 {
		one.Release()
	}
	time.Sleep(3 * s.Window / 4) // so that these are free again before the wait is over
	s.take(one, 1)
	p.Penalize(s.Window / 2)
	p.Penalize(1000 * s.Window) // not about this limit
	refused := time.Now()
	p.Release()
	time.Sleep(s.Window / 4) // until the other knows
	s.acquire(other, 3*s.Window)
	other.Release()
	waited := time.Since(refused)
	if waited < s.Window/2 {
		s.Errorf("a slot %v after a refusal that asked for %v", waited, s.Window/2)
	}
	n := 1
	if waited < s.Window {
		n++ // the refused one still counts
	}
	for s.try(other, s.Window/5) == nil {
		other.Release()
		n++
	}
	if n >= s.Requests {
		s.Errorf("%d slots right after the wait, the whole limit", n)
	}
	time.Sleep(2 * s.Window)
	for n = 0; n < s.Requests; n++ {
		s.acquire(other, s.Window/2)
	}
}

// Whoever has waited leaves nothing behind.
func (s *suite) leavesNoGoroutines() {
	l := s.limiter()
	s.take(l, s.Requests)
	time.Sleep(s.Window / 10)
	before := runtime.NumGoroutine()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if s.try(l, s.Window/4) == nil {
				s.Error("a slot above the limit")
			}
		})
	}
	all.Wait()
	for range s.Requests {
		l.Release()
	}
	after := 0
	for range 100 {
		if after = runtime.NumGoroutine(); after <= before {
			return
		}
		time.Sleep(s.Window / 20)
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	s.Errorf("%d goroutines before, %d after:\n%s", before, after, strings.TrimSpace(string(stacks)))
}
