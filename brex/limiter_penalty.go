package brex

import "time"

// penalty is what a Window has learned from refusals. Its zero value permits the whole limit.
type penalty struct {
	active  bool
	pause   time.Time // nothing is granted before
	cut     int       // then so many slots: those whose responses were not a refusal
	until   time.Time // and from here on the whole limit again
	length  time.Duration
	strikes int // refusals since the whole limit last held for a window
	stale   int // slots that were in flight when the last refusal came: what becomes of them says nothing new
	refused int // of them, those refused and not yet released
}

// leastShare of the limit is what a cut leaves, so that one refusal at the start of a program does
// not stall it.
const leastShare = 10

// Penalize holds everyone back after a 429 for a request that the Window had allowed. Until
// retryAfter has passed, nothing is sent; then, for one window, only as many requests as had got
// through before the refusal. After that the whole limit is tried again. If that is refused too,
// the cut lasts twice as long as before, up to 16 windows. So a server that allows less than the
// limit refuses only the few requests in flight, more and more rarely, and what it allows is used.
// A retryAfter longer than the Window's length is not about this limit and is ignored.
func (w *Window) Penalize(retryAfter time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if retryAfter > w.length || w.inFlight == 0 {
		return
	}
	now := time.Now()
	w.expire(now)
	w.penalty.strike(now, retryAfter, w) // those who wait are looked after by the Release that follows
}

func (p *penalty) strike(now time.Time, retryAfter time.Duration, w *Window) {
	p.refused++
	pause := retryAfter
	if p.stale == 0 { // news
		if p.most(now, w.limit); !p.active {
			p.strikes = 0
		}
		least := max(1, w.limit/leastShare)
		if pause == 0 && w.n < least { // the cut alone would let too many go again
			pause = min(w.length, w.length/60<<min(p.strikes, 6))
		}
		p.cut = max(w.n, least)
		p.until = now.Add(pause + w.length<<min(p.strikes, 4))
		p.active, p.length, p.stale, p.strikes = true, w.length, w.inFlight, p.strikes+1
	}
	if at := now.Add(pause); at.After(p.pause) {
		p.pause = at
	}
}

// answered counts a Release.
func (p *penalty) answered() {
	if p.stale == 0 {
		p.refused = 0
		return
	}
	p.stale--
	if p.refused > 0 {
		p.refused--
		return
	}
	p.cut++ // it was under way when another was refused, and was not
}

// most is how many slots may be taken now, of limit.
func (p *penalty) most(now time.Time, limit int) int {
	switch {
	case now.Before(p.pause):
		return 0
	case now.Before(p.until):
		return min(p.cut, limit)
	case now.After(p.until.Add(p.length)):
		p.active = false // a whole window passed without a refusal
	}
	return limit
}

// next is when to look again: at slot, when one is free, or when the penalty changes.
func (p *penalty) next(slot time.Time) time.Time {
	now := time.Now()
	switch {
	case now.Before(p.pause):
		return p.pause
	case now.Before(p.until) && (slot.IsZero() || p.until.Before(slot)):
		return p.until
	}
	return slot
}
