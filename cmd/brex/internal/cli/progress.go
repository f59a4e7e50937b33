package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/mirror"
)

// progressEvery is how often a run says how far it is.
const progressEvery = 5 * time.Second

// progress says on standard error how far a run is: rows, requests, their rate, and what is waited for.
type progress struct {
	app *App

	mu      sync.Mutex
	running map[string]mirror.Event
	order   []string
	said    map[string]int // rows
	waiting string
	began   time.Time
	sent    int
}

// mirror takes the events of the run.
func (p *progress) mirror(e mirror.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case mirror.EventDone, mirror.EventSkipped, mirror.EventFailed:
		delete(p.running, e.Stream)
	default:
		if p.running == nil {
			p.running = map[string]mirror.Event{}
		}
		if _, known := p.running[e.Stream]; !known {
			p.order = append(p.order, e.Stream)
		}
		p.running[e.Stream] = e
	}
}

// client takes the events of the requests.
func (p *progress) client(_ context.Context, e brex.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Kind {
	case brex.EventAttempt:
		p.sent++
		p.waiting = ""
	case brex.EventRetry:
		p.waiting = fmt.Sprintf("; waiting %v to repeat %s", e.Wait.Round(time.Second), e.Operation)
	case brex.EventLimited:
		p.waiting = "; waiting for Brex's rate limit"
	}
}

// start says how far the run is, from time to time, until the function it returns is called.
func (p *progress) start() (stop func()) {
	p.mu.Lock()
	p.began, p.sent, p.said = time.Now(), 0, map[string]int{}
	p.mu.Unlock()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.say()
			}
		}
	})
	return func() { close(done); wg.Wait() }
}

func (p *progress) say() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range p.order {
		e, ok := p.running[name]
		if ok && e.Rows > p.said[name] {
			p.said[name] = e.Rows
			p.app.note("%s: %s, %d requests", name, countRows(e.Rows), e.Requests)
		}
	}
	p.app.note("%d requests, %.1f a second%s", p.sent, float64(p.sent)/time.Since(p.began).Seconds(), p.waiting)
}
