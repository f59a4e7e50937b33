package brex

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Brex's limit for each client id and account: so many requests in any window of this length.
const (
	windowRequests = 1000
	windowLength   = time.Minute
)

// Window is a Limiter that allows exactly a number of requests in any window of time. A request
// occupies a slot until one window has passed since its response arrived: counted from the sending,
// requests could overtake each other on the way and exceed the limit at Brex. Waiting goroutines
// are served in order. Any number of clients may share a Window; a free slot costs a call about 200
// ns and no allocation.
//
// It is a Penalizer: if Brex responds with 429 nevertheless, all users of the Window are held back,
// see Penalize.
type Window struct {
	limit  int
	length time.Duration

	mu       sync.Mutex
	inFlight int
	done     []time.Time // when the responses of the slots in use arrived: a ring, oldest at head
	head, n  int
	waiting  list.List // of chan struct{}, closed when the slot is granted
	timer    *time.Timer

	penalty penalty
}

// NewWindow returns a Window that allows so many requests in any time of the length.
func NewWindow(requests int, length time.Duration) (*Window, error) {
	if requests < 1 || length <= 0 {
		return nil, usageError("NewWindow: %d requests in %v; both must be above zero", requests, length)
	}
	return &Window{limit: requests, length: length, done: make([]time.Time, requests)}, nil
}

// Acquire takes a slot, and waits for one until ctx ends, whose error it then returns.
func (w *Window) Acquire(ctx context.Context) error {
	if ctx.Err() != nil {
		return contextError(ctx)
	}
	w.mu.Lock()
	if w.waiting.Len() == 0 && w.free() {
		w.inFlight++
		w.mu.Unlock()
		return nil
	}
	granted := make(chan struct{})
	place := w.waiting.PushBack(granted)
	w.grant() // slots may have become free since the last look
	w.mu.Unlock()

	select {
	case <-granted:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-granted: // granted at the same moment: give the slot back unused
		w.inFlight--
	default:
		w.waiting.Remove(place)
	}
	w.grant()
	return contextError(ctx)
}

// Release starts the time after which the slot is free again. A Release without an Acquire before
// it is ignored.
func (w *Window) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inFlight == 0 {
		return
	}
	w.inFlight--
	w.done[(w.head+w.n)%w.limit] = time.Now()
	w.n++
	w.penalty.answered()
	if w.waiting.Len() > 0 {
		w.grant()
	}
}

// free reports whether a slot is free. Those whose time has passed are looked for only when there
// is none without them.
func (w *Window) free() bool {
	if !w.penalty.active && w.inFlight+w.n < w.limit {
		return true
	}
	now := time.Now()
	w.expire(now)
	return w.inFlight+w.n < w.penalty.most(now, w.limit)
}

func (w *Window) expire(now time.Time) {
	cut := now.Add(-w.length)
	for w.n > 0 && !w.done[w.head].After(cut) {
		w.head = (w.head + 1) % w.limit
		w.n--
	}
}

// grant gives free slots to those who wait, first come first served.
func (w *Window) grant() {
	for w.waiting.Len() > 0 && w.free() {
		close(w.waiting.Remove(w.waiting.Front()).(chan struct{}))
		w.inFlight++
	}
	w.arm()
}

// arm sets the timer for the next slot, if anyone waits for it; with all slots in flight, Release
// comes first. It comes after free, which leaves only times to come.
func (w *Window) arm() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if w.waiting.Len() == 0 {
		return
	}
	var next time.Time
	if w.n > 0 {
		next = w.done[w.head].Add(w.length)
	}
	if next = w.penalty.next(next); next.IsZero() {
		return
	}
	w.timer = time.AfterFunc(time.Until(next), func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.grant()
	})
}

func defaultWindow() *Window {
	w, err := NewWindow(windowRequests, windowLength)
	if err != nil {
		panic("brex: the default limits are wrong: " + err.Error())
	}
	return w
}
