package brextest

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits are how much one client may do, see WithLimits. In each field 0
// stands for Brex's documented number and None for no limit.
type Limits struct {
	Requests           int // in any 60 seconds; 1,000
	Transfers          int // made in any 24 hours, in both directions; 1,000
	InternationalWires int // made in any 24 hours; 100
	Cards              int // made in any 24 hours; 5,000
}

const (
	requestWindow  = time.Minute
	creationWindow = 24 * time.Hour
)

// WithLimits refuses with a 429 what goes beyond Brex's limits. Without this
// option nothing is limited, so that a test that sends 2,000 requests to a
// company whose clock stands still is not stopped by accident; WithLimits with
// the zero Limits is what Brex documents.
//
// The windows roll on the company's clock. That clock stands unless
// Advance moves it, so that a client which really waits needs one that runs:
// WithClock(time.Now).
//
// Each client has its own limits: a token, or what is issued to one OAuth
// client. A request that is refused for a limit does not count, one that fails
// for another reason does. What an idempotency key replays is not made again.
func WithLimits(l Limits) Option {
	return func(c *config) error {
		for _, f := range []struct {
			name  string
			value *int
			usual int
		}{
			{"Requests", &l.Requests, 1000},
			{"Transfers", &l.Transfers, 1000},
			{"InternationalWires", &l.InternationalWires, 100},
			{"Cards", &l.Cards, 5000},
		} {
			switch {
			case *f.value == 0:
				*f.value = f.usual
			case *f.value < None || *f.value > maxRows:
				return fmt.Errorf("WithLimits: %s is %d; it is 0 (Brex's number), None, or at most %d", f.name, *f.value, maxRows)
			}
		}
		c.limits = &l
		return nil
	}
}

// RetryHint is what a 429 for a limit says about the wait. Brex documents
// nothing.
type RetryHint int

// The hints.
const (
	HintSeconds RetryHint = iota // Retry-After: 17, rounded up
	HintDate                     // Retry-After: Mon, 02 Nov 2026 12:00:17 GMT, by the clock of WithClock, whatever Advance added
	HintNone                     // no Retry-After
)

// WithRetryHint chooses how a 429 for a limit tells when to come back, by
// default in seconds. It changes no fault.
func WithRetryHint(hint RetryHint) Option {
	return func(c *config) error {
		if hint < HintSeconds || hint > HintNone {
			return fmt.Errorf("WithRetryHint: %d is not a hint", hint)
		}
		c.retryHint = hint
		return nil
	}
}

// limiter counts what clients do. It has a lock of its own, because requests
// are counted before anything else is locked.
type limiter struct {
	mu      sync.Mutex
	windows map[windowName]*window
}

type windowName struct {
	client string
	what   limited
}

// limited is what is counted.
type limited string

const (
	limitRequests limited = "requests"
	limitTransfer limited = "transfers"
	limitWire     limited = "international_wires"
	limitCards    limited = "cards"
)

// window holds the instants of what counts, oldest first.
type window struct{ times []time.Time }

// wait says how long it takes until one more fits below most.
func (w *window) wait(now time.Time, length time.Duration, most int) time.Duration {
	first := 0
	for first < len(w.times) && now.Sub(w.times[first]) >= length {
		first++
	}
	if first > 0 {
		w.times = append(w.times[:0], w.times[first:]...)
	}
	if len(w.times) < most {
		return 0
	}
	return length - now.Sub(w.times[len(w.times)-most])
}

func (l *limiter) window(client string, what limited) *window {
	name := windowName{client, what}
	w := l.windows[name]
	if w == nil {
		if l.windows == nil {
			l.windows = map[windowName]*window{}
		}
		w = &window{}
		l.windows[name] = w
	}
	return w
}

// wait says how long the client must wait before it may do one more.
func (l *limiter) wait(client string, what limited, now time.Time, length time.Duration, most int) time.Duration {
	if most == None {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window(client, what).wait(now, length, most)
}

// take is wait, and counts when there is none.
func (l *limiter) take(client string, what limited, now time.Time, length time.Duration, most int) time.Duration {
	if most == None {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	w := l.window(client, what)
	d := w.wait(now, length, most)
	if d == 0 {
		w.times = append(w.times, now)
	}
	return d
}

// clear forgets everything, as a new sandbox would.
func (l *limiter) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.windows = nil
}

// tooMany is the 429 of a limit.
func (h *Handler) tooMany(what limited, wait time.Duration) *problem {
	p := &problem{status: http.StatusTooManyRequests, kind: "TOO_MANY_REQUESTS", message: "Too Many Requests"}
	if what != limitRequests {
		p.message = "the limit of " + string(what) + " in 24 hours is reached"
	}
	wait = (wait + time.Second - 1).Truncate(time.Second)
	switch h.config.retryHint {
	case HintSeconds:
		p.retryAfter = strconv.FormatInt(int64(wait/time.Second), 10)
	case HintDate:
		// The client's clock is the one that WithClock reads.
		at := h.clock.base().UTC().Add(wait + time.Second - 1).Truncate(time.Second)
		p.retryAfter = at.Format(http.TimeFormat)
	}
	return p
}

// admitRequest counts a request against the rolling minute.
func (h *Handler) admitRequest(c *call) *problem {
	if h.config.limits == nil {
		return nil
	}
	if d := h.limiter.take(c.token.account(), limitRequests, c.now, requestWindow, h.config.limits.Requests); d > 0 {
		return h.tooMany(limitRequests, d)
	}
	return nil
}

// paymentKind is how a transfer that is asked for would travel, "" when it
// names nobody: the operation will say so.
func (c *call) paymentKind() string {
	to := c.body.obj("counterparty")
	if to.str("type") != "VENDOR" {
		return ""
	}
	i, found := c.state.instrument(to.str("payment_instrument_id"))
	if !found {
		return ""
	}
	return i.kind()
}
