package brextest

import (
	"sync/atomic"
	"time"
)

// DefaultNow is the company's present when no clock is given: a Monday noon.
// It stands still until Advance moves it, so that a test sees the same dates
// on every day.
var DefaultNow = time.Date(2026, time.November, 2, 12, 0, 0, 0, time.UTC)

// clock is the company's time: a base that may move by itself, and what
// Advance added.
type clock struct {
	base   func() time.Time
	offset atomic.Int64
}

// now is in whole milliseconds, as every time in the company is: what is due at
// an instant is then due by whichever of the two it is compared.
func (c *clock) now() time.Time {
	return c.base().UTC().Add(time.Duration(c.offset.Load())).Truncate(time.Millisecond)
}

// Now returns the company's present, in whole milliseconds.
func (h *Handler) Now() time.Time { return h.clock.now() }

// Advance moves the company's clock and lets happen what falls due, each at its own time: scheduled
// transfers are sent, payments arrive, cash transactions appear, and webhooks are delivered, again
// when they failed. When it returns, the receivers have responded. It panics on a negative
// duration: time does not run backwards.
//
// A receiver that calls Advance while it handles a delivery only moves the
// clock; what falls due is delivered later.
func (h *Handler) Advance(d time.Duration) {
	if d < 0 {
		panic("brextest: Advance by a negative duration")
	}
	if !h.delivering.TryLock() {
		h.clock.offset.Add(int64(d))
		h.settle(h.clock.now())
		return
	}
	defer h.delivering.Unlock()
	for {
		h.settle(h.clock.now())
		h.deliver()
		if d == 0 {
			return
		}
		step := h.nextThing().Sub(h.clock.now())
		if step <= 0 {
			step = time.Minute // a clock of its own has passed it meanwhile
		}
		step = min(max(step, time.Millisecond), d)
		h.clock.offset.Add(int64(step))
		d -= step
	}
}

// nextThing says when something is due next.
func (h *Handler) nextThing() time.Time {
	next := h.nextDelivery()
	h.mu.RLock()
	defer h.mu.RUnlock()
	if due := h.state.nextDue.Load(); due != 0 && time.UnixMilli(due).Before(next) {
		next = time.UnixMilli(due)
	}
	return next
}

// settle brings the state up to now.
func (h *Handler) settle(now time.Time) {
	h.mu.RLock()
	due := h.state.due(now)
	h.mu.RUnlock()
	if !due {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state.settle(now)
}
