package brex

import (
	"errors"
	"reflect"
	"time"
)

// observe tells the observer, if there is one.
func (c *config) observe(k *call, e Event) {
	if c.observer == nil {
		return
	}
	e.Operation, e.Method, e.Path, e.IdempotencyKey = k.op.ID, k.op.Method, k.op.Path, k.key
	var failed *Error
	if errors.As(e.Err, &failed) {
		snapshot := *failed // later stages add to theirs
		e.Err = &snapshot
	}
	c.observer(k.ctx, e)
}

// observeStage tells of a whole call, and of the page it read.
func observeStage(c *config, next handler) handler {
	if c.observer == nil {
		return next
	}
	return func(k *call) error {
		start := time.Now()
		err := next(k)
		if items, more, ok := k.page(); ok && err == nil {
			c.observe(k, Event{Kind: EventPage, Items: items, More: more})
		}
		over := Event{Kind: EventCall, Attempt: k.attempt, Status: k.answer.status, Took: time.Since(start), TraceID: k.traceID, Err: err}
		var e *Error
		if errors.As(err, &e) {
			over.Outcome = e.Outcome()
		}
		c.observe(k, over)
		return err
	}
}

// attemptStage tells of one attempt.
func attemptStage(c *config, next handler) handler {
	if c.observer == nil {
		return next
	}
	return func(k *call) error {
		start := time.Now()
		err := next(k)
		e := Event{Kind: EventAttempt, Attempt: k.attempt, Status: k.answer.status, Took: time.Since(start), TraceID: k.traceID, Err: err}
		if k.answer.status != 0 {
			e.RetryAfter = retryAfter(k.answer.header)
		}
		c.observe(k, e)
		return err
	}
}

// page is what the answer holds where it is a page of any type.
func (k *call) page() (items int, more, ok bool) {
	v := reflect.Indirect(reflect.ValueOf(k.decoded))
	if !k.op.Paginated || v.Kind() != reflect.Struct {
		return 0, false, false
	}
	list, next := v.FieldByName("Items"), v.FieldByName("NextCursor")
	if list.Kind() != reflect.Slice || next.Kind() != reflect.String {
		return 0, false, false
	}
	return list.Len(), next.Len() > 0, true
}

func (c *config) quotaUsed(k *call, q *quota, used int) {
	c.observe(k, Event{Kind: EventQuota, Quota: q.name, Used: used, Limit: q.limit})
}
