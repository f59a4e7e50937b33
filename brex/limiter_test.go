package brex

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func window(t testing.TB, requests int, length time.Duration) *Window {
	t.Helper()
	w, err := NewWindow(requests, length)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The promise, for random arrivals and durations: a server that counts a request at any moment between its sending and its
// answer sees at most the limit in any window. The worst such moments are the answer of the earlier and the sending of the
// later request: a slot may be taken only when its predecessor's answer is a whole window old.
func TestWindowIsExact(t *testing.T) {
	for seed := range seeds(60) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			limit, length := 1+rnd.IntN(8), time.Duration(1+rnd.IntN(5))*time.Second
			w := window(t, limit, length)
			type span struct{ sent, answered time.Time }
			var mu sync.Mutex
			var spans []span
			var all sync.WaitGroup
			for range 20 * limit {
				arrive := time.Duration(rnd.Int64N(int64(6 * length)))
				takes := time.Duration(rnd.Int64N(int64(length)))
				if rnd.IntN(3) == 0 {
					takes = time.Duration(rnd.Int64N(int64(3 * length)))
				}
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if rnd.IntN(5) == 0 {
					ctx, cancel = context.WithTimeout(ctx, arrive+time.Duration(rnd.Int64N(int64(2*length))))
				}
				all.Go(func() {
					defer cancel()
					time.Sleep(arrive)
					if w.Acquire(ctx) != nil {
						return
					}
					sent := time.Now()
					time.Sleep(takes)
					mu.Lock()
					spans = append(spans, span{sent, time.Now()})
					mu.Unlock()
					w.Release()
				})
			}
			all.Wait()
			// At each sending, those in flight and those answered within the last window, this one included.
			for _, s := range spans {
				counted := 0
				for _, o := range spans {
					if !o.sent.After(s.sent) && o.answered.After(s.sent.Add(-length)) {
						counted++
					}
				}
				if counted > limit {
					t.Fatalf("seed %d: %d slots counted at once, the limit is %d in %v", seed, counted, limit, length)
				}
			}
			if w.inFlight != 0 || w.waiting.Len() != 0 || w.timer != nil {
				t.Fatalf("seed %d: left behind: %d in flight, %d waiting, timer %v", seed, w.inFlight, w.waiting.Len(), w.timer)
			}
		})
	}
}

// And it does not waste what it may give: with quick answers, a full window goes out at once, the next one a window later.
func TestWindowGivesAllItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 10, time.Minute)
		start := time.Now()
		var at []time.Duration
		for range 35 {
			if err := w.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			at = append(at, time.Since(start))
			w.Release()
		}
		for i, got := range at {
			if want := time.Duration(i/10) * time.Minute; got != want {
				t.Errorf("request %d went out at %v, want %v", i, got, want)
			}
		}
	})
}

// Those who wait are served in the order they came, however many there are.
func TestWindowIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 3, time.Second)
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if err := w.Acquire(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
				w.Release()
			})
			synctest.Wait() // i stands in the queue before i+1 comes
		}
		all.Wait()
		// Slots that become free at the same moment wake several goroutines at once, which may then record in any order.
		for i, got := range order {
			if got/3 != i/3 {
				t.Fatalf("order %v", order)
			}
		}
	})
}

// A context that ends gives the place in the queue back, also when the slot is granted at the very same moment.
func TestWindowCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 1, time.Second)
		if err := w.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		got := make(chan error, 2)
		go func() { got <- w.Acquire(ctx) }()
		synctest.Wait()
		go func() { got <- w.Acquire(t.Context()) }()
		synctest.Wait()
		cancel(why)
		if err := <-got; !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
			t.Fatalf("the first in the queue got %v", err)
		}
		w.Release()
		start := time.Now()
		if err := <-got; err != nil || time.Since(start) != time.Second {
			t.Fatalf("the second in the queue got %v after %v", err, time.Since(start))
		}
		w.Release()
		if w.Acquire(ctx) == nil {
			t.Error("a context that is over got a slot")
		}

		// Slot and cancellation at the same instant, many times: no slot may be lost.
		for range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // the slot comes free in one second too
			if w.Acquire(ctx) == nil {
				w.Release()
			}
			cancel()
		}
		time.Sleep(time.Second)
		if err := w.Acquire(t.Context()); err != nil || w.inFlight != 1 {
			t.Fatalf("%v, %d in flight", err, w.inFlight)
		}
	})
}

// A slot that is granted in the moment its context ends goes to the next in the queue, and is not lost.
func TestWindowGrantMeetsCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 200 { // which of the two the waiting goroutine sees is up to the runtime
			w := window(t, 1, time.Hour)
			if err := w.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			first, second := make(chan error, 1), make(chan error, 1)
			go func() { first <- w.Acquire(ctx) }()
			synctest.Wait()
			go func() { second <- w.Acquire(t.Context()) }()
			synctest.Wait()
			w.mu.Lock()
			cancel()
			w.inFlight-- // as if the slot had never been used
			w.grant()
			w.mu.Unlock()
			if err := <-first; err == nil {
				w.mu.Lock()
				w.inFlight--
				w.grant()
				w.mu.Unlock()
			}
			synctest.Wait()
			select {
			case err := <-second:
				if err != nil || w.inFlight != 1 {
					t.Fatalf("%v, %d in flight", err, w.inFlight)
				}
			default:
				t.Fatal("the slot is lost")
			}
		}
	})
}

// One who comes when a slot has just become free does not overtake those who wait.
func TestWindowNoOvertaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 1, time.Second)
		if err := w.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Release()
		first := make(chan error, 1)
		go func() { first <- w.Acquire(t.Context()) }()
		synctest.Wait()
		w.mu.Lock()
		w.timer.Stop() // the timer is late
		w.mu.Unlock()
		time.Sleep(2 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if w.Acquire(ctx) == nil {
			t.Error("overtaken")
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

func TestWindowMisuse(t *testing.T) {
	for _, tc := range []struct {
		n int
		d time.Duration
	}{{0, time.Second}, {-1, time.Second}, {1, 0}, {1, -time.Second}} {
		if _, err := NewWindow(tc.n, tc.d); !errors.Is(err, ErrUsage) {
			t.Errorf("%+v: %v", tc, err)
		}
	}
	w := window(t, 2, time.Hour)
	for range 10 {
		w.Release() // without an Acquire
	}
	over, end := context.WithCancel(t.Context())
	end()
	if err := w.Acquire(over); !errors.Is(err, context.Canceled) || w.inFlight != 0 || w.n != 0 {
		t.Errorf("a context that is over, %d in flight, %d answered: %v", w.inFlight, w.n, err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 2, time.Hour)
		w.Release() // without an Acquire
		for i := range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			if err := w.Acquire(ctx); (err == nil) != (i < 2) {
				t.Errorf("slot %d: %v", i, err)
			}
			cancel()
		}
	})
}

// Under real concurrency, for the race detector: no more than the limit at a time, nobody left waiting.
func TestWindowConcurrent(t *testing.T) {
	w := window(t, 4, time.Microsecond)
	var running, most atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 300 {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if i%7 == 0 {
					ctx, cancel = context.WithTimeout(ctx, time.Microsecond)
				}
				if w.Acquire(ctx) == nil {
					n := running.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					runtime.Gosched()
					running.Add(-1)
					w.Release()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if most.Load() > 4 || w.inFlight != 0 || w.waiting.Len() != 0 {
		t.Errorf("%d at a time, %d in flight, %d waiting", most.Load(), w.inFlight, w.waiting.Len())
	}
}
