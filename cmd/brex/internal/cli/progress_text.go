package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

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
