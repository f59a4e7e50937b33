package brex

import (
	"context"
	"crypto/sha256"
	"runtime"
	"sync"
	"testing"
	"time"
)

// One Window per token and host, for as long as a client holds it.
func TestSharedWindow(t *testing.T) {
	limiter := func(opts ...Option) Limiter {
		c, err := New(opts...)
		if err != nil {
			t.Fatal(err)
		}
		return c.caller.cfg.limiter
	}
	a, own := limiter(WithToken("shared-1")), window(t, 1, 1)
	if limiter(WithTokenSource(tokenFunc(nil)), WithLimiter(own)) != Limiter(own) || limiter(WithTokenSource(tokenFunc(nil)), WithLimiter(nil)) != nil {
		t.Error("a limiter that is given is not used")
	}
	for name, other := range map[string]Limiter{
		"same token":          limiter(WithToken("shared-1")),
		"the older host":      limiter(WithToken("shared-1"), WithBaseURL("https://platform.brexapis.com")),
		"another spelling":    limiter(WithToken("shared-1"), WithBaseURL("https://API.brex.com:443/")),
		"options in any turn": limiter(WithBaseURL(DefaultBaseURL), WithToken("shared-1")),
	} {
		if other != a {
			t.Errorf("%s: another Window", name)
		}
	}
	for name, other := range map[string]Limiter{
		"other token":  limiter(WithToken("shared-2")),
		"other host":   limiter(WithToken("shared-1"), WithBaseURL("https://proxy.example")),
		"token source": limiter(WithTokenSource(tokenFunc(nil))),
		"own":          limiter(WithToken("shared-1"), WithLimiter(window(t, 1, 1))),
		"none":         limiter(WithToken("shared-1"), WithLimiter(nil)),
	} {
		if other == a {
			t.Errorf("%s: the same Window", name)
		}
	}
	if limiter(WithTokenSource(tokenFunc(nil))) == limiter(WithTokenSource(tokenFunc(nil))) {
		t.Error("two token sources share a Window")
	}
	runtime.KeepAlive(a)
}

// Concurrent clients of one token get one Window, and the table does not keep Windows that nobody holds.
func TestSharedWindowCleanup(t *testing.T) {
	present := func() (n int) {
		sharedWindows.mu.Lock()
		defer sharedWindows.mu.Unlock()
		for i := range 100 {
			if _, ok := sharedWindows.held[sharedKey{"cleanup.example", [sha256.Size]byte{byte(i)}}]; ok {
				n++
			}
		}
		return n
	}
	func() {
		held := make([]*Window, 100)
		for i := range held {
			held[i] = sharedWindow(sharedKey{"cleanup.example", [sha256.Size]byte{byte(i)}})
		}
		if n := present(); n != 100 {
			t.Errorf("%d of 100 windows in the table", n)
		}
		runtime.KeepAlive(held)
	}()
	for i := 0; i < 1000 && present() > 0; i++ { // cleanups run some time after the collection that finds the Window gone
		runtime.GC()
		runtime.Gosched()
	}
	if n := present(); n > 0 {
		t.Errorf("%d windows that nobody holds are still in the table", n)
	}

	var all sync.WaitGroup
	var same [16]*Window
	for i := range same {
		all.Go(func() { same[i] = sharedWindow(sharedKey{host: "together.example"}) })
	}
	all.Wait()
	for _, w := range same {
		if w != same[0] {
			t.Error("two Windows for one token and host")
		}
	}
}

// What the limiter costs a call: one Acquire and one Release, nobody waiting.
func BenchmarkWindow(b *testing.B) {
	for name, length := range map[string]time.Duration{"filling": time.Hour, "expiring": time.Nanosecond} {
		b.Run(name, func(b *testing.B) {
			requests := windowRequests
			if length == time.Hour {
				requests = b.N + 1
			}
			w := window(b, requests, length)
			ctx := context.Background()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if err := w.Acquire(ctx); err != nil {
					b.Fatal(err)
				}
				w.Release()
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		w := window(b, windowRequests, time.Nanosecond)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if err := w.Acquire(context.Background()); err != nil {
					b.Fatal(err)
				}
				w.Release()
			}
		})
	})
}
