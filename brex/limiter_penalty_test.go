package brex

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hammer lets eight workers of two clients that share a Window call for some windows.
func hammer(ctx context.Context, t *testing.T, server *limitedServer, w *Window) {
	one, other := newTestClient(t, server, WithLimiter(w)), newTestClient(t, server, WithLimiter(w))
	var all sync.WaitGroup
	for i := range 8 {
		client := one
		if i%2 == 0 {
			client = other
		}
		all.Go(func() {
			for ctx.Err() == nil {
				_, _ = send(ctx, client, opRead)
			}
		})
	}
	all.Wait()
}

// What is permitted is used, whatever the server really allows, and it refuses next to nothing: nothing where it allows what is
// documented, a few requests now and then where it allows less. Without the penalty, of 10,000 allowed at 500 a minute, 9,982 more were refused
// without a Retry-After and 160 with one.
func TestWindowSettles(t *testing.T) {
	for _, tc := range []struct {
		allowed     int
		least       float64 // of what is allowed
		mostRefused int     // in 20 windows, eight workers
	}{
		{1000, 0.99, 0},
		{900, 0.99, 60},
		{500, 0.99, 60},
		{120, 0.97, 60},
		{50, 0.97, 200}, // below a tenth of the limit it has to ask now and then
		{10, 0.97, 200},
	} {
		if testing.Short() && tc.allowed > 120 {
			continue // the more it allows, the more requests there are
		}
		for _, hint := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				const windows = 20
				server := &limitedServer{limit: tc.allowed, length: time.Minute, hint: hint}
				ctx, cancel := context.WithTimeout(t.Context(), windows*time.Minute)
				defer cancel()
				hammer(ctx, t, server, window(t, 1000, time.Minute))
				share := float64(server.served) / float64(windows*tc.allowed)
				t.Logf("%d allowed, Retry-After %v: %.3f used, %d refused", tc.allowed, hint, share, server.refused)
				if share < tc.least || server.refused > tc.mostRefused {
					t.Errorf("%d allowed, Retry-After %v: %.3f used, %d refused", tc.allowed, hint, share, server.refused)
				}
			})
		}
	}
}

// When others take a part of the limit for a while, the Window gives way, and takes the whole again afterwards.
func TestWindowRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limitedServer{limit: 200, length: time.Minute, hint: true}
		w := window(t, 500, time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 60*time.Minute)
		defer cancel()
		var done sync.WaitGroup
		done.Go(func() { hammer(ctx, t, server, w) })
		time.Sleep(5 * time.Minute)
		server.mu.Lock()
		server.limit = 500
		server.mu.Unlock()
		time.Sleep(35 * time.Minute) // a cut lasts 16 windows at the most
		server.mu.Lock()
		served, refused := server.served, server.refused
		server.mu.Unlock()
		done.Wait()
		if got := server.served - served; got < 20*500*99/100 || server.refused != refused || w.penalty.active {
			t.Errorf("%d of %d served, %d refused, penalty still active: %v", got, 20*500, server.refused-refused, w.penalty.active)
		}
	})
}

// Two clients that burst now and then, more than is permitted: nothing is refused, and all that is permitted is used.
func TestWindowBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, windows = 100, 6
		server := &limitedServer{limit: limit, length: time.Minute}
		w := window(t, limit, time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), windows*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		for i := range 2 {
			client := newTestClient(t, server, WithLimiter(w))
			for burst := time.Duration(i) * 13 * time.Second; burst < windows*time.Minute; burst += 40 * time.Second {
				for range 50 { // together 150 a minute
					all.Go(func() {
						time.Sleep(burst)
						_, _ = send(ctx, client, opRead, WithoutRetry())
					})
				}
			}
		}
		all.Wait()
		if server.refused != 0 || server.served < windows*limit*99/100 {
			t.Errorf("%d served of %d, %d refused", server.served, windows*limit, server.refused)
		}
	})
}

// acquireAll counts how many slots are to be had within d.
func acquireAll(t *testing.T, w *Window, d time.Duration) (n int) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for w.Acquire(ctx) == nil {
		n++
		w.Release()
	}
	return n
}

// One refusal out of nowhere costs its Retry-After, or a second, and then a minute at a tenth of the limit; no more.
func TestPenalizeOnce(t *testing.T) {
	for retryAfter, pause := range map[time.Duration]time.Duration{0: time.Second, 7 * time.Second: 7 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			w := window(t, 1000, time.Minute)
			if err := w.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Penalize(retryAfter)
			w.Release()
			start := time.Now()
			if got := acquireAll(t, w, pause-1); got != 0 {
				t.Errorf("%v: %d slots while all should wait", retryAfter, got)
			}
			if got := acquireAll(t, w, time.Second); got != 99 { // and the one that was refused
				t.Errorf("%v: %d slots after the wait, want 99", retryAfter, got)
			}
			if got := acquireAll(t, w, pause+time.Minute-1-time.Since(start)); got > 1 {
				t.Errorf("%v: %d slots more within a minute", retryAfter, got)
			}
			time.Sleep(time.Millisecond)
			if got := acquireAll(t, w, time.Millisecond); got < 998 {
				t.Errorf("%v: %d slots once the penalty is over", retryAfter, got)
			}
		})
	}
}

// What is not about this limit changes nothing: a wait longer than the window, a slot nobody took, an operation with a limit of
// its own that does not say how long to wait.
func TestPenalizeIgnores(t *testing.T) {
	w := window(t, 10, time.Minute)
	w.Penalize(time.Second)
	if err := w.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Penalize(time.Minute + 1)
	w.Release()
	transfers := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(429, ""), nil }), WithLimiter(w))
	_ = pay(t.Context(), transfers, WithoutRetry())
	if w.penalty.active {
		t.Errorf("%+v", w.penalty)
	}
	reads := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(429, ""), nil }), WithLimiter(w))
	_, _ = send(t.Context(), reads, opRead, WithoutRetry())
	if !w.penalty.active || w.inFlight != 0 {
		t.Errorf("%+v, %d in flight", w.penalty, w.inFlight)
	}
}

// A cut is what was answered without a refusal, also by requests that were under way. It lasts a window, twice as long each time
// the whole limit is refused again, and a window again after a quiet one.
func TestPenaltyCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window(t, 100, time.Minute)
		for range 20 {
			if err := w.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for range 12 {
			w.Release()
		}
		w.Penalize(time.Second)
		for range 8 { // one of them the refused
			w.Release()
		}
		if w.penalty.cut != 19 {
			t.Errorf("the cut is %d, want 19", w.penalty.cut)
		}
		for _, step := range []struct{ after, lasts time.Duration }{{61 * time.Second, 2 * time.Minute}, {2*time.Minute + 30*time.Second, 4 * time.Minute}, {6 * time.Minute, time.Minute}} {
			time.Sleep(step.after)
			if err := w.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Penalize(time.Second)
			w.Release()
			if lasts := time.Until(w.penalty.until) - time.Second; lasts != step.lasts {
				t.Errorf("the cut lasts %v, want %v", lasts, step.lasts)
			}
		}
	})
}

// take acquires n slots that are free.
func take(t *testing.T, w *Window, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	for i := range n {
		if err := w.Acquire(ctx); err != nil {
			t.Fatalf("slot %d of %d: %v", i+1, n, err)
		}
	}
}

func release(w *Window, n int) {
	for range n {
		w.Release()
	}
}

// The details, each on a Window of 100 a minute, with some slots answered and some in flight when the first refusal comes.
func TestPenaltyDetails(t *testing.T) {
	begin := func(t *testing.T, answered, inFlight int) *Window {
		w := window(t, 100, time.Minute)
		take(t, w, answered+inFlight)
		release(w, answered)
		return w
	}
	for name, f := range map[string]func(*testing.T){
		"what was answered a window ago is not in the cut": func(t *testing.T) {
			w := begin(t, 30, 0)
			time.Sleep(time.Minute)
			take(t, w, 1)
			w.Penalize(0)
			if w.penalty.cut != 10 {
				t.Errorf("the cut is %d, want the least", w.penalty.cut)
			}
		},
		"a wait as long as the window is about the limit": func(t *testing.T) {
			w := begin(t, 30, 1)
			w.Penalize(time.Minute)
			if got := time.Until(w.penalty.pause); got != time.Minute {
				t.Errorf("the pause is %v", got)
			}
		},
		"several refusals of what was in flight are one": func(t *testing.T) {
			w := begin(t, 30, 5)
			for range 3 {
				w.Penalize(time.Second)
			}
			release(w, 5)
			if w.penalty.strikes != 1 || w.penalty.cut != 32 || time.Until(w.penalty.until) != time.Minute+time.Second {
				t.Errorf("%+v", w.penalty)
			}
		},
		"a later refusal may ask for a longer wait": func(t *testing.T) {
			w := begin(t, 30, 5)
			w.Penalize(time.Second)
			w.Penalize(9 * time.Second)
			w.Penalize(2 * time.Second)
			if got := time.Until(w.penalty.pause); got != 9*time.Second {
				t.Errorf("the pause is %v", got)
			}
		},
		"with a tenth answered there is no wait without a Retry-After": func(t *testing.T) {
			w := begin(t, 10, 1)
			w.Penalize(0)
			w.Release()
			if w.penalty.cut != 10 || w.penalty.pause.After(time.Now()) {
				t.Errorf("%+v", w.penalty)
			}
		},
		"below a tenth the wait doubles with each refusal, up to a window": func(t *testing.T) {
			w := begin(t, 0, 0)
			for _, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
				want := time.Duration(seconds) * time.Second
				take(t, w, 1)
				w.Penalize(0)
				w.Release()
				if got := time.Until(w.penalty.pause); got != want {
					t.Errorf("the pause is %v, want %v", got, want)
				}
				time.Sleep(time.Until(w.penalty.until) + time.Second)
			}
			if w.penalty.strikes != 8 {
				t.Errorf("%d strikes", w.penalty.strikes)
			}
		},
		"a cut lasts 16 windows at the most": func(t *testing.T) {
			w := begin(t, 0, 0)
			for range 8 {
				take(t, w, 1)
				w.Penalize(time.Second)
				w.Release()
				time.Sleep(time.Until(w.penalty.until) + time.Second)
			}
			take(t, w, 1)
			w.Penalize(time.Second)
			if got := time.Until(w.penalty.until); got != 16*time.Minute+time.Second {
				t.Errorf("the cut lasts %v", got)
			}
		},
		"a window to the instant without a refusal forgets the strikes": func(t *testing.T) {
			for strikes, quiet := range map[int]time.Duration{2: 2*time.Minute + time.Second, 1: 2*time.Minute + time.Second + 1} {
				w := begin(t, 0, 1)
				w.Penalize(time.Second)
				w.Release()
				time.Sleep(quiet)
				take(t, w, 1)
				w.Penalize(time.Second)
				if w.penalty.strikes != strikes {
					t.Errorf("%d strikes after %v, want %d", w.penalty.strikes, quiet, strikes)
				}
			}
		},
		"a refusal that is over is not held against the next": func(t *testing.T) {
			w := begin(t, 30, 1)
			w.Penalize(0) // no wait, so that others go out before its Release
			time.Sleep(time.Minute)
			take(t, w, 1)
			w.Penalize(0)
			release(w, 2) // one of them is not of those in flight at the first refusal
			if w.penalty.refused != 0 || w.penalty.stale != 0 {
				t.Fatalf("%+v", w.penalty)
			}
			time.Sleep(4 * time.Minute)
			take(t, w, 5)
			w.Penalize(0)
			release(w, 5)
			if w.penalty.cut != 10+4 {
				t.Errorf("the cut is %d: the least and the four that were not refused make 14", w.penalty.cut)
			}
		},
		"the end of the cut grants what waits, sooner than a slot comes free": func(t *testing.T) {
			w := begin(t, 30, 1)
			w.Penalize(time.Second)
			w.Release()
			until := w.penalty.until
			time.Sleep(30 * time.Second)
			acquireAll(t, w, time.Millisecond)
			time.Sleep(30*time.Second + 500*time.Millisecond) // the first 30 have run out; take their place
			acquireAll(t, w, time.Millisecond)
			if err := w.Acquire(t.Context()); err != nil || !time.Now().Equal(until) {
				t.Errorf("granted %v after the end, %v", time.Since(until), err)
			}
		},
		"the end of the cut grants what waits behind slots in flight": func(t *testing.T) {
			w := begin(t, 30, 1)
			w.Penalize(time.Second)
			w.Release()
			until := w.penalty.until
			time.Sleep(time.Minute) // the first have run out
			take(t, w, w.penalty.cut)
			if err := w.Acquire(t.Context()); err != nil || !time.Now().Equal(until) {
				t.Errorf("granted %v after the end, %v", time.Since(until), err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
}
