package brex

import (
	"context"
	"slices"
	"sync"
	"time"
)

// part is a part of the range at work, or waiting for it.
type part struct {
	TimeRange
	seen   map[string]bool   // ids given out by this part; only its worker touches it
	before []map[string]bool // and by those it was split from, which are read no more

	pages        int // read so far
	oldest, last time.Time
	step         float64 // what the last page added to the time between them, in nanoseconds
	splitWanted  bool
}

// A part that is long is split whether anyone has time or not: into short ones, so that there are
// checkpoints and the ids in memory are few.
const (
	longPart  = 48  // pages that a part may still have, by a guess that is first made after
	guessFrom = 4   // pages
	mostPages = 256 // that are read of a part, should the guess have been too low
	shortPart = 24  // pages of each piece, about
)

func newPart(r TimeRange, before ...map[string]bool) *part {
	return &part{TimeRange: r, seen: map[string]bool{}, before: before}
}

// add reports whether the id is new.
func (c *part) add(id string) bool {
	if c.seen[id] || slices.ContainsFunc(c.before, func(given map[string]bool) bool { return given[id] }) {
		return false
	}
	c.seen[id] = true
	return true
}

// message goes from a worker to the one who iterates: items, the end of a part, or an error.
type message[T any] struct {
	part     *part
	items    []T
	finished bool
	err      error
}

// plan shares the parts out among the workers.
type plan[T any] struct {
	src     ranged[T]
	out     chan message[T]
	workers int
	wg      sync.WaitGroup

	mu      sync.Mutex
	change  *sync.Cond
	queue   []*part
	running []*part
	idle    int
	stopped bool
	open    []TimeRange // not finished as seen by the one who iterates; only settle and remaining use it
}

func newPlan[T any](ctx context.Context, src ranged[T], ranges []TimeRange, workers int) *plan[T] {
	// The buffer is what bounds the memory: a worker waits when the items are not taken off its
	// hands.
	p := &plan[T]{src: src, out: make(chan message[T], workers), workers: workers, open: slices.Clone(ranges)}
	p.change = sync.NewCond(&p.mu)
	for _, r := range ranges {
		p.queue = append(p.queue, newPart(r))
	}
	stop := context.AfterFunc(ctx, p.stop)
	for range workers {
		p.wg.Add(1)
		go p.work(ctx)
	}
	go func() {
		p.wg.Wait()
		stop()
		close(p.out)
	}()
	return p
}

// finish ends the workers, whatever they are doing, and waits for them.
func (p *plan[T]) finish(cancel context.CancelFunc) {
	cancel()
	p.stop()
	for range p.out { // lets workers go that wait to hand something over
	}
}

func (p *plan[T]) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	p.change.Broadcast()
}

func (p *plan[T]) work(ctx context.Context) {
	defer p.wg.Done()
	for {
		next := p.next()
		if next == nil {
			return
		}
		if err := p.read(ctx, next); err != nil {
			if ctx.Err() == nil {
				p.send(ctx, message[T]{err: err})
			}
			p.stop()
			return
		}
	}
}

// next is the next part to read. A worker that finds none asks for the longest part at work to be
// split, and waits.
func (p *plan[T]) next() *part {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle++
	defer func() { p.idle-- }()
	for {
		switch {
		case p.stopped || len(p.queue) == 0 && len(p.running) == 0:
			p.change.Broadcast()
			return nil
		case len(p.queue) > 0:
			taken := p.queue[0]
			p.queue = p.queue[1:]
			p.running = append(p.running, taken)
			return taken
		}
		if victim := p.longest(); victim != nil {
			victim.splitWanted = true
		}
		p.change.Wait()
	}
}

// longest is the part at work whose splitting saves most time: it is read anew, but by all who are
// idle.
func (p *plan[T]) longest() *part {
	var best *part
	most := 2.0 // pages; below that the requests are not worth it
	for _, c := range p.running {
		left := c.left()
		saved := left - (left+float64(c.pages))/float64(p.idle+1)
		if saved > most && left > float64(c.pages)/2 && c.To.Sub(c.From) >= 2*narrowest {
			best, most = c, saved
		}
	}
	return best
}

// left guesses the pages still to come from how much of the part's time the items so far span, and
// how fast the last page added to that. A wrong guess costs requests, never items.
func (c *part) left() float64 {
	if c.pages == 0 {
		return 0
	}
	width := float64(c.To.Sub(c.From))
	spanned := min(max(float64(c.last.Sub(c.oldest))/width, 0.001), 1)
	byAverage := float64(c.pages) * (1 - spanned) / spanned
	byLast := (1 - spanned) / min(max(c.step/width, 0.001), 1)
	return max(byAverage, byLast)
}

// read pages through a part until its end, or until it is split.
func (p *plan[T]) read(ctx context.Context, c *part) error {
	defer p.leave(c)
	list := func(ctx context.Context, cursor string) (*Page[T], error) { return p.src.list(ctx, c.wide(), cursor) }
	for page, err := range pages(ctx, "", nil, list) {
		if err != nil {
			return err
		}
		fresh, oldest, last := p.sift(c, page.Items)
		if len(fresh) > 0 && !p.send(ctx, message[T]{part: c, items: fresh}) {
			return contextError(ctx)
		}
		if page.NextCursor != "" && p.split(c, oldest, last) {
			return nil
		}
	}
	p.send(ctx, message[T]{part: c, finished: true})
	return nil
}

// sift picks the items of a page that the part has to give, and widens the time between its oldest
// and its last.
func (p *plan[T]) sift(c *part, items []T) (fresh []T, oldest, last time.Time) {
	fresh = make([]T, 0, len(items))
	oldest, last = c.oldest, c.last
	for _, item := range items {
		at := p.src.at(item)
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
		if at.After(last) {
			last = at
		}
		// What lies in a neighbour's millisecond is the neighbour's to give.
		if edge := c.wide(); !c.owns(at) && !at.Before(edge.From) && !at.After(edge.To) {
			continue
		}
		if c.add(p.src.id(item)) {
			fresh = append(fresh, item)
		}
	}
	return fresh, oldest, last
}

// split notes a page and, when other workers wait or the part is long, puts the part back in
// pieces.
func (p *plan[T]) split(c *part, oldest, last time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.pages++
	c.step = float64(last.Sub(oldest) - c.last.Sub(c.oldest))
	c.oldest, c.last = oldest, last
	pieces := 1
	switch {
	case c.splitWanted && p.idle > 0:
		pieces = 2 * (p.idle + 1)
	case c.pages >= guessFrom && c.left() > max(longPart, 2*float64(c.pages)), c.pages >= mostPages:
		pieces = 2 + int(float64(c.pages)+c.left())/shortPart
	case p.idle > 0:
		p.change.Broadcast() // there is more to go by now
	}
	c.splitWanted = false
	ranges := c.TimeRange.split(pieces)
	if len(ranges) == 1 { // nothing to do, or too narrow
		return false
	}
	before := append(slices.Clip(c.before), c.seen)
	for _, r := range ranges {
		p.queue = append(p.queue, newPart(r, before...))
	}
	return true
}

// leave takes a part off the work and wakes those who wait for one.
func (p *plan[T]) leave(c *part) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = slices.DeleteFunc(p.running, func(o *part) bool { return o == c })
	p.change.Broadcast()
}

func (p *plan[T]) send(ctx context.Context, m message[T]) bool {
	select {
	case p.out <- m:
		return true
	case <-ctx.Done():
		return false
	}
}

// settle takes a finished part out of what remains.
func (p *plan[T]) settle(done *part) {
	var open []TimeRange
	for _, r := range p.open {
		if r.From.Before(done.From) {
			open = append(open, TimeRange{r.From, earlier(r.To, done.From)})
		}
		if r.To.After(done.To) {
			open = append(open, TimeRange{later(r.From, done.To), r.To})
		}
	}
	p.open = slices.DeleteFunc(open, func(r TimeRange) bool { return !r.From.Before(r.To) })
}

// remaining is what a resumed backfill has to read, neighbouring parts joined.
func (p *plan[T]) remaining() []TimeRange {
	open := slices.Clone(p.open)
	slices.SortFunc(open, func(a, b TimeRange) int { return a.From.Compare(b.From) })
	joined := []TimeRange{}
	for _, r := range open {
		if n := len(joined); n > 0 && joined[n-1].To.Equal(r.From) {
			joined[n-1].To = r.To
			continue
		}
		joined = append(joined, r)
	}
	return joined
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
