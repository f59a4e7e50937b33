package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// terminal is what is written to a terminal, with the lines that stood there.
type terminal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

// shown are the lines of progress, and what is left on the terminal in the end.
func (s *terminal) shown() (lines []string, left string) {
	text := s.all.String()
	for _, m := range regexp.MustCompile(`\r([^\r\n\x1b]+)\x1b\[K`).FindAllStringSubmatch(text, -1) {
		lines = append(lines, m[1])
	}
	for line := range strings.SplitAfterSeq(text, "\n") {
		parts := strings.Split(line, "\x1b[K")
		left += parts[len(parts)-1]
	}
	return lines, left
}

// slowly is a network on which the host responds to each request after the next of the delays, and then at once. A status
// other than 200 comes without a body.
type slowly struct {
	delays   []time.Duration
	statuses []int
	next     http.Handler

	mu sync.Mutex
	n  int
}

func (s *slowly) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	i := s.n
	s.n++
	s.mu.Unlock()
	if i < len(s.delays) {
		time.Sleep(s.delays[i])
	}
	if i < len(s.statuses) && s.statuses[i] != http.StatusOK {
		return &http.Response{StatusCode: s.statuses[i], Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	return transport{s.next}.RoundTrip(r)
}

// watched runs a command line with somebody watching, against a host that is slow. Time is that of the test.
func watched(t *testing.T, net *slowly, s setup, args ...string) (result, []string, string) {
	t.Helper()
	var r result
	var lines []string
	var left string
	synctest.Test(t, func(t *testing.T) {
		handler, err := brextest.NewHandler(brextest.WithSize(brextest.Size{Users: 2300}))
		require.NoError(t, err)
		net.next = handler
		screen := &terminal{}
		s.stderr, s.errWidth = screen, max(s.errWidth, 120)
		if s.env == nil {
			s.env = map[string]string{}
		}
		s.env["BREX_TOKEN"] = handler.Token()
		s.client = append(s.client, brex.WithHTTPClient(&http.Client{Transport: net}), brex.WithRetryPolicy(brex.RetryPolicy{}))
		r = s.run(t, args...)
		lines, left = screen.shown()
	})
	return r, lines, left
}

func TestProgressOfAList(t *testing.T) {
	r, lines, left := watched(t, &slowly{delays: []time.Duration{time.Second / 2, 1500 * time.Millisecond, 1500 * time.Millisecond}}, setup{}, "users", "list", "--all", "-o", "jsonl")
	r.ok(t)
	require.Equal(t, 2300, strings.Count(r.out, "\n"))
	require.NotContains(t, r.out, "\x1b")
	require.NotEmpty(t, lines)
	require.Regexp(t, `^listUsers: \d+ rows, \d page\(s\), [\d.]+ requests a second$`, lines[len(lines)-1])
	require.Empty(t, left, "the line is gone in the end")
}

func TestProgressOfASilentHost(t *testing.T) {
	net := &slowly{delays: []time.Duration{0, 9 * time.Second}, statuses: []int{http.StatusServiceUnavailable}}
	r, lines, left := watched(t, net, setup{}, "users", "list")
	r.ok(t)
	text := strings.Join(lines, "\n")
	require.Contains(t, text, "api.brex.com has not responded for 4 s, attempt 2 of 4")
	require.NotContains(t, text, "responded for 1 s")
	require.NotContains(t, text, "responded for 9 s")
	require.NotContains(t, left, "responded")
}

// Errors and notes stand on lines of their own, whole.
func TestProgressVanishesBeforeErrors(t *testing.T) {
	r, lines, left := watched(t, &slowly{delays: []time.Duration{5 * time.Second}, statuses: []int{http.StatusNotFound}}, setup{}, "users", "get", "cuuser_1")
	require.Equal(t, exitNotFound, r.code)
	require.NotEmpty(t, lines)
	require.Regexp(t, `^brex: [^\r\x1b]+\n$`, left)
}

func TestProgressOfTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := &terminal{}
		p := newProgress(screen, 80)
		window, err := brex.NewWindow(1, time.Minute)
		require.NoError(t, err)
		limiter := &watchedLimiter{window, p}
		require.NoError(t, limiter.Acquire(t.Context()))
		limiter.Release()
		require.NoError(t, limiter.Acquire(t.Context()))
		limiter.Release()
		p.end()
		lines, left := screen.shown()
		require.Contains(t, lines[0], "waiting for Brex's rate limit")
		require.Empty(t, left)
	})
}

func TestProgressOfManyKnowsTheTimeLeft(t *testing.T) {
	p := &progress{what: "rows", all: 40, done: 10, sent: 10, began: time.Unix(0, 0)}
	require.Equal(t, "10 of 40 rows, about 30s left, 1.0 requests a second", p.text(time.Unix(10, 0)))
}

// Who does not watch gets nothing, and no observer slows the calls.
func TestNoProgress(t *testing.T) {
	for name, s := range map[string]setup{
		"no terminal": {}, "dumb": {errWidth: 80, env: map[string]string{"TERM": "dumb"}},
	} {
		t.Run(name, func(t *testing.T) {
			var errs bytes.Buffer
			app := &App{Stderr: &errs, Stdout: io.Discard, Getenv: func(name string) string { return s.env[name] }, ErrWidth: func() int { return s.errWidth }}
			app.watch()
			require.Nil(t, app.progress)
			require.Empty(t, app.progress.options("https://api.brex.com"))
		})
	}
	app := &App{Stderr: io.Discard, Stdout: io.Discard, Getenv: func(name string) string { return map[string]string{"NO_COLOR": "1"}[name] }, ErrWidth: func() int { return 80 }}
	app.watch()
	require.NotNil(t, app.progress, "the line has no colour")
}

// A question stays, and so does a row that is not whole: the line is not drawn over them.
func TestProgressLeavesQuestionsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := &terminal{}
		p := newProgress(screen, 80)
		p.count("receipts", 0)
		_, _ = fmt.Fprint(p.above(screen, &p.asked), "Go on? [y/N] ")
		time.Sleep(5 * time.Second)
		p.end()
		require.Equal(t, "Go on? [y/N] ", screen.all.String())
	})
}
