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

func (c *clock) now() time.Time {
	return c.base().UTC().Add(time.Duration(c.offset.Load()))
}

// Now returns the company's present.
func (h *Handler) Now() time.Time { return h.clock.now() }

// Advance moves the company's clock and lets happen what falls due: scheduled
// transfers are sent, payments arrive, cash transactions appear. It panics on
// a negative duration: time does not run backwards.
func (h *Handler) Advance(d time.Duration) {
	if d < 0 {
		panic("brextest: Advance by a negative duration")
	}
	h.clock.offset.Add(int64(d))
	h.settle(h.clock.now())
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
