package brex

import (
	"errors"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// observe calls the observer, if there is one.
func (c *config) observe(k *call, e Event) {
	if c.observer == nil {
		return
	}
	e.Operation, e.Method, e.Path, e.IdempotencyKey = k.op.ID, k.op.Method, k.op.Path, k.key
	if failed, ok := errors.AsType[*Error](e.Err); ok {
		snapshot := *failed // later stages add to theirs
		e.Err = &snapshot
	}
	c.observer(k.ctx, e)
}

// observeStage reports a whole call, as an event of the kind, and the page it read.
func observeStage(c *config, kind EventKind, next handler) handler {
	if c.observer == nil {
		return next
	}
	return func(k *call) error {
		start := time.Now()
		err := next(k)
		if page, ok := k.out.(wire.Target); ok && err == nil {
			items, more := page.Page()
			c.observe(k, Event{Kind: EventPage, Items: items, More: more})
		}
		over := Event{Kind: kind, Attempt: k.attempt, Status: k.response.status, Took: time.Since(start), TraceID: k.traceID, Err: err}
		if e, ok := errors.AsType[*Error](err); ok {
			over.Outcome = e.Outcome()
		}
		c.observe(k, over)
		return err
	}
}

// sendStage reports that an attempt begins, so that an observer can say for how long Brex has been silent.
func sendStage(c *config, next handler) handler {
	if c.observer == nil {
		return next
	}
	return func(k *call) error {
		c.observe(k, Event{Kind: EventSend, Attempt: k.attempt + 1})
		return next(k)
	}
}

// attemptStage reports one attempt.
func attemptStage(c *config, next handler) handler {
	if c.observer == nil {
		return next
	}
	return func(k *call) error {
		start := time.Now()
		err := next(k)
		e := Event{Kind: EventAttempt, Attempt: k.attempt, Status: k.response.status, Took: time.Since(start), TraceID: k.traceID, Err: err}
		if k.response.status != 0 {
			e.RetryAfter = retryAfter(k.response.header)
		}
		c.observe(k, e)
		return err
	}
}
