package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
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
		if p.asked { // the question has its answer
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

// count begins to count what is done of something; all is 0 where nobody knows how much there is.
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

// draw writes the line, or removes it where there is nothing to say.
func (p *progress) draw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	busy := len(p.underway)+p.limited+len(p.repeats) > 0 || p.what != "" && (p.all == 0 || p.done < p.all)
	if !busy || p.asked || p.inRow || time.Since(p.began) < progressAfter {
		p.erase()
		return
	}
	// A failure has nowhere to be reported, here as below.
	_, _ = io.WriteString(p.w, "\r"+output.Truncate(output.Clean(p.text(time.Now())), p.width-1)+"\x1b[K")
	p.drawn = true
}

// erase removes the line.
func (p *progress) erase() {
	if p.drawn {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

// text is the line: what is waited for comes first, since a narrow terminal cuts off the rest.
func (p *progress) text(now time.Time) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if waiting := p.waiting(now); waiting != "" {
		parts = append(parts, waiting)
	}
	switch {
	case p.what != "" && p.all > 0:
		add("%d of %d %s", p.done, p.all, p.what)
		if took := now.Sub(p.began); p.done > 0 && p.done < p.all {
			add("about %v left", (took / time.Duration(p.done) * time.Duration(p.all-p.done)).Round(time.Second))
		}
	case p.what != "":
		add("%d %s", p.done, p.what)
	}
	for _, s := range p.streams {
		add("%s: %s, %d requests", s.Stream, countRows(s.Rows), s.Requests)
	}
	if n := len(p.lists); n > 0 && len(p.streams) == 0 && p.what == "" {
		add("%s: %s, %d page(s)", p.lists[n-1].operation, countRows(p.lists[n-1].rows), p.lists[n-1].pages)
	}
	add("%.1f requests a second", float64(p.sent)/now.Sub(p.began).Seconds())
	return strings.Join(parts, ", ")
}

// waiting says what is waited for, where that takes long.
func (p *progress) waiting(now time.Time) string {
	if len(p.underway) > 0 {
		first := slices.MinFunc(p.underway, func(a, b sending) int { return a.since.Compare(b.since) })
		since := first.since
		if p.heard.After(since) {
			since = p.heard
		}
		if silent := now.Sub(since); silent >= silentAfter {
			text := fmt.Sprintf("%s has not responded for %d s", p.host, int(silent.Seconds()))
			if first.attempt > 1 {
				text += fmt.Sprintf(", attempt %d of %d", first.attempt, attemptsMost)
			}
			return text
		}
		return ""
	}
	if p.limited > 0 {
		return "waiting for Brex's rate limit"
	}
	for operation, at := range p.repeats {
		if left := at.Sub(now); left >= time.Second {
			return fmt.Sprintf("repeating %s in %d s", operation, int(left.Seconds()))
		}
	}
	return ""
}

// above returns w for what stands above the line, which is removed before each write. cut is where it is noted that a write ended
// within a line.
func (p *progress) above(w io.Writer, cut *bool) io.Writer { return aboveLine{p, w, cut} }

type aboveLine struct {
	p   *progress
	w   io.Writer
	cut *bool
}

func (a aboveLine) Write(b []byte) (int, error) {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	a.p.erase()
	n, err := a.w.Write(b)
	*a.cut = n > 0 && b[n-1] != '\n'
	return n, err
}
