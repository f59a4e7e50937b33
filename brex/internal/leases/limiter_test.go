package leases

import (
	"context"
	"errors"
	"maps"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/limitertest"
)

// memory is a Server in memory, which can be away, slow or wrong.
type memory struct {
	config Config

	mu     sync.Mutex
	slots  map[int64]time.Time
	closed time.Time
	cut    int // of Penalize, until cutEnd
	cutEnd time.Time
	calls  []string
	err    error
	slow   time.Duration
	hang   bool
}

func (m *memory) call(ctx context.Context, what string) error {
	m.mu.Lock()
	slow, hang := m.slow, m.hang
	m.mu.Unlock()
	if hang {
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(slow)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, what)
	return m.err
}

func (m *memory) Acquire(ctx context.Context, first int64, n int) (g Grant, err error) {
	if err := m.call(ctx, "acquire"); err != nil {
		return g, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(m.slots, func(_ int64, until time.Time) bool { return !until.After(now) })
	g = Grant{At: now, Wait: m.closed.Sub(now)}
	if g.Wait > 0 {
		return g, nil
	}
	most := m.config.Requests
	if now.Before(m.cutEnd) {
		most = m.cut
	}
	for ; g.Slots < n && len(m.slots) < most; g.Slots++ {
		m.slots[first+int64(g.Slots)] = now.Add(m.config.Lease())
	}
	g.Wait = time.Hour
	for _, until := range m.slots {
		g.Wait = min(g.Wait, until.Sub(now))
	}
	return g, nil
}

func (m *memory) Release(ctx context.Context, done, unused []int64) error {
	if err := m.call(ctx, "release"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range done {
		m.slots[name] = time.Now().Add(m.config.Window)
	}
	for _, name := range unused {
		delete(m.slots, name)
	}
	return nil
}

func (m *memory) Penalize(ctx context.Context, _ time.Time, retryAfter time.Duration) error {
	if err := errors.Join(m.call(ctx, "penalize"), m.Close(ctx, retryAfter)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut, m.cutEnd = max(1, len(m.slots)-1), m.closed.Add(m.config.Window)
	return nil
}

func (m *memory) Close(ctx context.Context, d time.Duration) error {
	if err := m.call(ctx, "close"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = time.Now().Add(d)
	return nil
}

var errFatal = errors.New("no such table")

func (m *memory) Fatal(err error) bool { return errors.Is(err, errFatal) }

func (m *memory) set(err error, slow time.Duration, hang bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err, m.slow, m.hang = err, slow, hang
}

func limiter(t *testing.T, opts ...Option) (*Limiter, *memory) {
	t.Helper()
	config, err := NewConfig("test", "bucket", append([]Option{Limit(10, time.Minute), Attempt(30 * time.Second)}, opts...))
	require.NoError(t, err)
	m := &memory{config: config, slots: map[int64]time.Time{}}
	return New(m, config), m
}

func try(t *testing.T, l *Limiter, d time.Duration) error {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return l.Acquire(ctx)
}

func TestSuite(t *testing.T) {
	limit := limitertest.Limit{Requests: 10, Window: 300 * time.Millisecond, Lease: 900 * time.Millisecond}
	limitertest.Run(t, limit, func(t *testing.T) func() brex.Limiter {
		config, err := NewConfig("test", "bucket", []Option{Limit(limit.Requests, limit.Window), Attempt(limit.Window)})
		require.NoError(t, err)
		m := &memory{config: config, slots: map[int64]time.Time{}}
		return func() brex.Limiter {
			l := New(m, config)
			l.next = time.Now().UnixNano() // other names than those of the others
			return l
		}
	})
}

var errDown = errors.New("connection refused")

// While the server is away all wait; who gives up learns why. Then it goes on.
func TestServerIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t)
		require.NoError(t, l.Acquire(t.Context()))
		m.set(errDown, 0, false)
		l.Release() // is lost
		err := try(t, l, 10*time.Minute)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorIs(t, err, errDown)
		require.ErrorContains(t, err, "test: waiting for the limiter's server: ")
		require.Less(t, len(m.calls), 700, "about once a second")

		m.set(nil, 0, false)
		require.NoError(t, l.Acquire(t.Context()))
		require.NoError(t, l.Acquire(t.Context()))
		synctest.Wait()
		require.NotErrorIs(t, try(t, l, 0), errDown)
	})
}

// A Release that meets a short outage is sent once the server is back: the slot is free a window later, not a lease.
func TestReleaseIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t)
		for range 10 {
			require.NoError(t, l.Acquire(t.Context()))
		}
		m.set(errDown, 0, false)
		l.Release()
		synctest.Wait()
		m.set(nil, 0, false)
		start := time.Now()
		require.NoError(t, l.Acquire(t.Context()))
		require.InDelta(t, time.Minute, time.Since(start), float64(2*time.Second))
	})
}

// Nobody waits for a server that hangs, except in Acquire, and there only as long as he likes.
func TestServerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t)
		require.NoError(t, l.Acquire(t.Context()))
		m.set(nil, 0, true)
		start := time.Now()
		l.Penalize(time.Second)
		l.Release()
		require.Zero(t, time.Since(start))
		require.ErrorIs(t, try(t, l, time.Second), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))
		time.Sleep(longestCall) // and then nothing is left of it: synctest would say so
	})
}

// However long the server is away, what is to be sent to it later does not grow without end.
func TestServerIsAwayForDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t, Share(2))
		m.set(errDown, 0, false)
		for end := time.Now().Add(48 * time.Hour); time.Now().Before(end); {
			if try(t, l, time.Minute) == nil {
				l.Release()
			}
		}
		synctest.Wait()
		require.Less(t, len(l.ended), 2*mostAtOnce*int(m.config.Lease()/time.Second))
		require.Less(t, cap(l.ended), 10_000)
	})
}

// A lease that was granted, but whose response was too long on its way, is not used: it may end too early.
func TestServerIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t)
		m.set(nil, longestCall+1, false)
		err := try(t, l, time.Minute)
		require.ErrorIs(t, err, errSlow)
		m.set(nil, longestCall, false)
		require.NoError(t, try(t, l, time.Minute))
		time.Sleep(time.Minute)
		require.Len(t, m.slots, 1, "what was not used was given back")
	})
}

func TestFatalErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t, Share(2))
		m.set(errFatal, 0, false)
		for range 3 {
			start := time.Now()
			err := l.Acquire(t.Context())
			require.ErrorIs(t, err, errFatal)
			require.ErrorContains(t, err, "test: the limiter's server: no such table")
			require.Zero(t, time.Since(start))
		}
		m.set(nil, 0, false)
		require.NoError(t, l.Acquire(t.Context()))
	})
}

// The share is used once nothing can count any more that the server had granted, and not above it. Back at the server, it is closed
// first for as long as what was sent can count.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t, Share(2)) // 5 of 10 a minute
		require.NoError(t, l.Acquire(t.Context()))
		m.set(errDown, 0, false)
		away := time.Now()
		require.NoError(t, l.Acquire(t.Context()))
		require.InDelta(t, m.config.Lease(), time.Since(away), float64(2*time.Second))
		require.GreaterOrEqual(t, time.Since(away), m.config.Lease())
		for range 4 {
			require.NoError(t, try(t, l, time.Second*2))
		}
		require.Error(t, try(t, l, 50*time.Second), "above its share")
		for range 6 { // one of them from before
			l.Release()
		}
		released := time.Now()
		require.NoError(t, l.Acquire(t.Context()))
		require.GreaterOrEqual(t, time.Since(released), time.Minute)

		m.set(nil, 0, false)
		m.calls = nil
		back := time.Now()
		require.NoError(t, l.Acquire(t.Context()))
		require.GreaterOrEqual(t, time.Since(back), 59*time.Second)
		require.Equal(t, []string{"close", "acquire"}, m.calls[:2])
		require.NotContains(t, m.calls[2:], "close", "once")
		l.Release()
		synctest.Wait()
		require.Len(t, m.slots, 2, "a request that was in flight counts, though the server had not granted it")
	})
}

// What was sent long ago cannot count: nobody is kept waiting for it.
func TestShareLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t, Share(2))
		m.set(errDown, 0, false)
		require.NoError(t, l.Acquire(t.Context()))
		l.Release()
		time.Sleep(m.config.Window + m.config.Attempt)
		m.set(nil, 0, false)
		m.calls = nil
		require.NoError(t, l.Acquire(t.Context()))
		synctest.Wait()
		require.NotContains(t, m.calls, "close")
	})
}

// An outage that nobody saw the middle of may be two, between which others were granted the limit.
func TestShareAfterAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t, Share(2))
		m.set(errDown, 0, false)
		require.Error(t, try(t, l, time.Second))
		time.Sleep(time.Hour)
		start := time.Now()
		require.NoError(t, l.Acquire(t.Context()))
		require.GreaterOrEqual(t, time.Since(start), m.config.Lease())
	})
}

func TestOptions(t *testing.T) {
	for text, opts := range map[string][]Option{
		"an option is nil": {nil},
		"WithLimit: 0 requests in 1m0s; at least 1 in 1ms":          {Limit(0, time.Minute)},
		"WithLimit: 1 requests in 0s":                               {Limit(1, 0)},
		"WithLimit: 1 requests in 25h0m0s":                          {Limit(1, 25*time.Hour)},
		"WithLimit: 1000001 requests in":                            {Limit(1_000_001, time.Minute)},
		"WithAttempt: 0s":                                           {Attempt(0)},
		"WithAttempt: 2562047h47m16.854775807s; at least":           {Attempt(math.MaxInt64)},
		"WithShare: the number of replicas":                         {Share(0)},
		"WithShare: 1000 requests are not enough for 1001 replicas": {Share(1001)},
	} {
		_, err := NewConfig("test", "bucket", opts)
		require.ErrorContains(t, err, text)
	}
	_, err := NewConfig("test", "", nil)
	require.ErrorContains(t, err, "test: NewLimiter: the bucket has no name")
	for _, bucket := range []string{"a\x00b", "a\xff", strings.Repeat("b", 256)} {
		_, err := NewConfig("test", bucket, nil)
		require.ErrorContains(t, err, "test: NewLimiter: the bucket's name ")
	}
	config, err := NewConfig("test", "bucket", nil)
	require.NoError(t, err)
	require.Equal(t, 125*time.Second, config.Lease())
}

// Which request ended is unknown: the lease that goes is the oldest, so that those in flight keep one that lasts.
func TestReleaseOfTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := limiter(t)
		require.NoError(t, l.Acquire(t.Context()))
		time.Sleep(20 * time.Second)
		require.NoError(t, l.Acquire(t.Context()))
		lasts := time.Now().Add(m.config.Lease())
		l.Release()
		synctest.Wait()
		require.Equal(t, map[int64]time.Time{0: time.Now().Add(time.Minute), 1: lasts}, m.slots)
	})
}

// Those who wait are served in the order in which they came.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := limiter(t)
		var mu sync.Mutex
		var order []int
		for i := range 30 {
			go func() {
				if l.Acquire(t.Context()) == nil {
					mu.Lock()
					order = append(order, i)
					mu.Unlock()
					l.Release()
				}
			}()
			synctest.Wait()
		}
		time.Sleep(5 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, order, 30)
		for at, i := range order {
			require.Equal(t, at/10, i/10, order) // slots that come free together wake in any order
		}
	})
}
