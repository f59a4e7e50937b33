package cli

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/mirror"
)

const (
	progressEvery = 200 * time.Millisecond
	progressAfter = time.Second     // of work, before which nobody wonders
	silentAfter   = 2 * time.Second // without a response, the host is said to be silent
	attemptsMost  = 4               // of a call that may be repeated: the default of brex.RetryPolicy, which this program keeps
)

// progress says on one line of a terminal, on standard error, how far long work is and what it waits for. The line is drawn only
// while requests are under way, and is gone before anything else is written. All methods do nothing on nil, which is where
// standard error is not a terminal.
type progress struct {
	w      io.Writer
	width  int          // columns of the terminal
	window *brex.Window // Brex's limit, for all clients of the command

	mu    sync.Mutex
	stop  func() // ends the drawing; nil before it begins
	drawn bool   // the line is there
	asked bool   // a question stands on the line, until the next request
	inRow bool   // standard output, on the same terminal, ends within a line

	host      string
	began     time.Time // of the first request
	heard     time.Time // when the last response arrived
	underway  []sending
	limited   int                  // requests that wait for the limiter
	repeats   map[string]time.Time // operations that are to be repeated, and when
	sent      int
	lists     []listed
	streams   []mirror.Event // under way
	done, all int            // of work whose extent is known, 0 where it is not
	what      string         // that is counted by done
}

// sending is a request without a response.
type sending struct {
	operation string
	attempt   int
	since     time.Time
}

// listed is what was read of a list.
type listed struct {
	operation   string
	rows, pages int
}

// newProgress is progress on a terminal of that many columns; nil where there is none.
func newProgress(w io.Writer, width int) *progress {
	window, err := brex.NewWindow(1000, time.Minute) // Brex's limit, which a client keeps by itself as well
	if width <= 0 || err != nil {
		return nil
	}
	return &progress{w: w, width: width, window: window, repeats: map[string]time.Time{}}
}

// options are those by which a client of a host reports what it does.
func (p *progress) options(base string) []brex.Option {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.host = hostOf(base)
	return []brex.Option{brex.WithObserver(p.client), brex.WithLimiter(&watchedLimiter{p.window, p})}
}

// watchedLimiter reports what waits.
type watchedLimiter struct {
	brex.Penalizer
	p *progress
}

// Acquire waits for a slot.
func (l *watchedLimiter) Acquire(ctx context.Context) error {
	l.p.wait(1)
	defer l.p.wait(-1)
	return l.Penalizer.Acquire(ctx)
}

func (p *progress) wait(more int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	p.limited += more
}

// client follows the requests.
func (p *progress) client(_ context.Context, e brex.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	switch e.Kind {
	case brex.EventSend:
		if p.asked { // the question was answered
			p.asked, p.began, p.sent = false, time.Now(), 0
		}
		p.sent++
		delete(p.repeats, e.Operation)
		p.underway = append(p.underway, sending{e.Operation, e.Attempt, time.Now()})
	case brex.EventAttempt:
		i := slices.IndexFunc(p.underway, func(s sending) bool { return s.operation == e.Operation && s.attempt == e.Attempt })
		if i >= 0 { // the oldest of its like, so that silence is never overstated
			p.underway = slices.Delete(p.underway, i, i+1)
		}
		if e.Status != 0 {
			p.heard = time.Now()
		}
	case brex.EventRetry:
		p.repeats[e.Operation] = time.Now().Add(e.Wait)
	case brex.EventCall:
		delete(p.repeats, e.Operation)
	case brex.EventPage:
		i := slices.IndexFunc(p.lists, func(l listed) bool { return l.operation == e.Operation })
		if i < 0 {
			i, p.lists = len(p.lists), append(p.lists, listed{operation: e.Operation})
		}
		p.lists[i].rows, p.lists[i].pages = p.lists[i].rows+e.Items, p.lists[i].pages+1
	}
}

// mirror follows the streams of a copy.
func (p *progress) mirror(e mirror.Event) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.streams, func(s mirror.Event) bool { return s.Stream == e.Stream })
	over := e.Kind == mirror.EventDone || e.Kind == mirror.EventSkipped || e.Kind == mirror.EventFailed
	switch {
	case over && i >= 0:
		p.streams = slices.Delete(p.streams, i, i+1)
	case over:
	case i < 0:
		p.streams = append(p.streams, e)
	default:
		p.streams[i] = e
	}
}

// count begins to count what is done of something; all is 0 where it is unknown how much there is.
func (p *progress) count(what string, all int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.all, p.done = what, all, 0
	p.start()
	p.began, p.sent = time.Now(), 0 // a question may have stood before it
}

// step counts one.
func (p *progress) step() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
}

// start begins to draw, once.
func (p *progress) start() {
	if p.stop != nil {
		return
	}
	p.began = time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	var drawing sync.WaitGroup
	drawing.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				p.draw()
			}
		}
	})
	p.stop = func() { cancel(); drawing.Wait() }
}

// end removes the line for good.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	stop := p.stop
	p.mu.Unlock()
	if stop != nil {
		stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}
