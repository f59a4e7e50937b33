// Package leases is what limiters that count on a server have in common: a process's queue and its
// leases, and what happens while the server is away.
package leases

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Server keeps the slots of one bucket. A lease is named by a number that is unique in the process;
// one that was not released ends Config.Lease after it was granted, by the server's clock.
type Server interface {
	// Acquire grants the leases first, first+1 and so on, at most n.
	Acquire(ctx context.Context, first int64, n int) (Grant, error)
	// Release ends the leases in done one window from now, also where the server does not know them
	// any more, and those in unused at once.
	Release(ctx context.Context, done, unused []int64) error
	// Penalize counts a 429 for a lease that was granted at that time of the server's clock.
	Penalize(ctx context.Context, granted time.Time, retryAfter time.Duration) error
	// Close keeps everyone from new leases for that long.
	Close(ctx context.Context, d time.Duration) error
	// Fatal reports whether waiting does not help against the error.
	Fatal(err error) bool
}

// Grant is the server's response to Acquire.
type Grant struct {
	Slots int
	At    time.Time     // by the server's clock
	Wait  time.Duration // when to ask for what was not granted
}

const (
	longestCall  = 5 * time.Second       // of the server: a lease that is granted later is not used
	longestPause = time.Second           // between two calls while someone waits
	jitter       = 20 * time.Millisecond // so that the replicas do not ask at the same moment
	mostAtOnce   = 10                    // leases asked for in one call, so that no replica takes them all
)

var errSlow = errors.New("its response came too late")

// Limiter is a brex.Penalizer that counts on a Server. Goroutines that wait are served in order;
// one more, which lives only while somebody waits, asks the server.
type Limiter struct {
	server Server
	config Config
	share  *brex.Window // used while the server is away, nil to wait

	mu      sync.Mutex
	waiting list.List // of chan error, for one value each
	asking  bool      // whether ask runs
	wake    func()    // ends its pause
	next    int64     // the name of the next lease
	held    []lease   // oldest first
	failed  error     // why the server is away, nil when it is not
	away    time.Time // since when
	asked   time.Time // when it failed last
	alone   time.Time // when the share was used last, zero when the server need not know
	ended   []ended   // leases to release
	sending bool      // whether send runs
}

type lease struct {
	name    int64
	granted time.Time // by the server's clock
	share   bool
}

type ended struct {
	name   int64
	at     time.Time
	unused bool
}

// New returns a Limiter on the server. It does no I/O.
func New(server Server, config Config) *Limiter {
	l := &Limiter{server: server, config: config, wake: func() {}}
	if config.replicas > 0 {
		l.share, _ = brex.NewWindow(config.Requests/config.replicas, config.Window) // the options checked it
	}
	return l
}

// Acquire is that of brex.Limiter.
func (l *Limiter) Acquire(ctx context.Context) error {
	l.mu.Lock()
	if ctx.Err() != nil {
		defer l.mu.Unlock()
		return l.ctxError(ctx)
	}
	granted := make(chan error, 1)
	place := l.waiting.PushBack(granted)
	if !l.asking {
		l.asking = true
		go l.ask()
	}
	l.mu.Unlock()
	select {
	case err := <-granted:
		return err
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case err := <-granted: // at the same moment: who has a slot must use or release it
		return err
	default:
	}
	l.waiting.Remove(place)
	if l.waiting.Len() == 0 {
		l.wake()
	}
	return l.ctxError(ctx)
}

// ctxError says why there is no slot. The lock is held.
func (l *Limiter) ctxError(ctx context.Context) error {
	err := ctx.Err()
	if cause := context.Cause(ctx); cause != err { //nolint:errorlint // the same error would be said twice
		err = fmt.Errorf("%w: %w", err, cause)
	}
	if l.failed != nil {
		return fmt.Errorf("%s: waiting for the limiter's server: %w: %w", l.config.name, err, l.failed)
	}
	return err
}

// Release is that of brex.Limiter. Which request has ended is unknown: the oldest lease goes, so
// that each request in flight keeps one that is at least as young as itself.
func (l *Limiter) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.held) == 0 {
		return
	}
	oldest := l.held[0]
	l.held = l.held[1:]
	if oldest.share {
		l.share.Release()
	}
	l.ended = append(l.ended, ended{name: oldest.name, at: time.Now()})
	l.flush()
}

// Penalize is that of brex.Penalizer.
func (l *Limiter) Penalize(retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if retryAfter > l.config.Window || len(l.held) == 0 {
		return
	}
	if l.share != nil {
		l.share.Penalize(retryAfter) // ignored unless it is in use
	}
	granted := l.held[0].granted
	go func() { // when it fails, the next refusal says the same
		ctx, cancel := l.call()
		defer cancel()
		_ = l.server.Penalize(ctx, granted, retryAfter)
	}()
}

func (l *Limiter) call() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), l.config.call())
}

// ask asks the server for slots until nobody waits.
func (l *Limiter) ask() {
	for {
		l.mu.Lock()
		n := min(l.waiting.Len(), mostAtOnce)
		if n == 0 {
			l.asking = false
			l.mu.Unlock()
			return
		}
		first := l.next
		l.next += int64(n)
		l.mu.Unlock()

		grant, err := l.acquire(first, n)
		l.mu.Lock()
		pause := time.Duration(0)
		switch {
		case err != nil:
			pause = l.refuse(err, first, n)
		case !l.grant(grant, first) || grant.Slots < n:
			pause = min(grant.Wait, longestPause) + rand.N(jitter)
		}
		ctx, wake := context.WithTimeout(context.Background(), pause)
		if l.wake = wake; l.waiting.Len() == 0 {
			wake()
		}
		useShare := l.failed != nil && l.share != nil && time.Since(l.away) >= l.config.Lease()
		l.mu.Unlock()
		if useShare {
			l.fromShare(ctx)
			wake()
		}
		<-ctx.Done()
		wake()
	}
}

func (l *Limiter) acquire(first int64, n int) (Grant, error) {
	ctx, cancel := l.call()
	defer cancel()
	if d := l.unknown(); d > 0 {
		if err := l.server.Close(ctx, d); err != nil {
			return Grant{}, err
		}
	}
	l.alone = time.Time{} // nobody but ask writes it
	sent := time.Now()
	grant, err := l.server.Acquire(ctx, first, n)
	if err == nil && time.Since(sent) > l.config.call() {
		return Grant{}, errSlow
	}
	return grant, err
}

// unknown is for how long requests may count that the share allowed. Those in flight are not among
// them: the server learns of them from their Release.
func (l *Limiter) unknown() time.Duration {
	if l.alone.IsZero() {
		return 0
	}
	window, attempt := l.config.Window, l.config.Attempt
	return min(max(window, attempt), attempt+window-time.Since(l.alone))
}

// grant hands out what was granted, and reports whether all of it found someone. The lock is held.
func (l *Limiter) grant(g Grant, first int64) (all bool) {
	l.failed = nil
	for i := range int64(g.Slots) {
		if all = l.hand(lease{name: first + i, granted: g.At}); !all {
			l.ended = append(l.ended, ended{first + i, time.Now(), true})
		}
	}
	l.flush()
	return all
}

func (l *Limiter) hand(granted lease) bool {
	front := l.waiting.Front()
	if front == nil {
		return false
	}
	l.held = append(l.held, granted)
	l.waiting.Remove(front).(chan error) <- nil
	return true
}

// refuse notes an error, and returns when to ask again. The lock is held.
func (l *Limiter) refuse(err error, first int64, n int) time.Duration {
	if l.server.Fatal(err) {
		for l.waiting.Len() > 0 {
			granted := l.waiting.Remove(l.waiting.Front()).(chan error)
			granted <- fmt.Errorf("%s: the limiter's server: %w", l.config.name, err)
		}
		return 0
	}
	now := time.Now()
	l.ended = slices.DeleteFunc(l.ended, l.over) // it may be away for long
	for i := range int64(n) {                    // it may have granted them
		l.ended = append(l.ended, ended{first + i, now, true})
	}
	if l.failed == nil || now.Sub(l.asked) > 2*longestCall { // what it did while nobody asked is unknown
		l.away = now
	}
	l.failed, l.asked = err, now
	return min(longestPause, longestPause/20+now.Sub(l.away)/4) + rand.N(jitter)
}

// fromShare grants what the share of this replica allows, until nobody waits or it is time to ask
// the server again: once that is there, no replica goes on without it for longer than this.
func (l *Limiter) fromShare(ctx context.Context) {
	for l.waits() && l.share.Acquire(ctx) == nil {
		l.mu.Lock()
		handed := l.hand(lease{name: l.next, share: true})
		if l.next++; handed {
			l.alone = time.Now()
		}
		l.mu.Unlock()
		if !handed {
			l.share.Release()
		}
	}
}

func (l *Limiter) waits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len() > 0
}

// flush has the leases that ended released, by a goroutine of its own: nobody waits for it. One
// that is not released ends by itself, only later. The lock is held.
func (l *Limiter) flush() {
	if len(l.ended) > 0 && !l.sending {
		l.sending = true
		go l.send()
	}
}

// over reports whether the lease has ended by itself, or would as soon as by a Release now.
func (l *Limiter) over(e ended) bool {
	if e.unused {
		return time.Since(e.at) >= l.config.Lease()
	}
	return time.Since(e.at) >= l.config.Attempt
}

func (l *Limiter) send() {
	for {
		var done, unused []int64
		l.mu.Lock()
		batch := slices.DeleteFunc(l.ended, l.over)
		l.ended, l.sending = nil, len(batch) > 0
		l.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, e := range batch {
			if e.unused {
				unused = append(unused, e.name)
			} else {
				done = append(done, e.name)
			}
		}
		ctx, cancel := l.call()
		err := l.server.Release(ctx, done, unused)
		cancel()
		if err != nil {
			l.mu.Lock()
			if !l.server.Fatal(err) { // the next Release or grant takes them along
				l.ended = append(batch, l.ended...)
			}
			l.sending = false
			l.mu.Unlock()
			return
		}
	}
}
