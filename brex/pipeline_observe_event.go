package brex

import (
	"context"
	"log/slog"
	"time"
)

// EventKind is the kind of an Event: an attempt, a wait, a retry, a page or a call.
type EventKind string

// Kinds of events, each with the fields it sets. Kind, Operation, Method, Path and, if the call has
// one, IdempotencyKey are always set.
const (
	EventSend    EventKind = "send"    // an attempt begins, past the limiter: Attempt; not of a file at the upload host
	EventAttempt EventKind = "attempt" // an attempt has ended: Attempt, Status, Took, TraceID, RetryAfter, Err
	EventRetry   EventKind = "retry"   // the call will be repeated: Attempt that failed, Status, Wait before the next, Err
	EventLimited EventKind = "limited" // the limiter held an attempt back for a millisecond or more: Attempt it is for, Wait
	EventPage    EventKind = "page"    // a page of a list was read: Items, More
	EventUpload  EventKind = "upload"  // a file arrived at the upload host, or not: as EventCall, which was about its address
	EventCall    EventKind = "call"    // the call is over: Attempt made, Status, Took, TraceID, Outcome and Err if it failed
)

// Event reports a step of a call, see WithObserver. Like an Error, it holds no token, header,
// query, id or body.
type Event struct {
	Kind           EventKind
	Operation      string // operationId, "createTransfer"
	Method         string
	Path           string // path with {parameters} in place of ids
	IdempotencyKey string

	Attempt    int           // 1 for the first request of the call
	Status     int           // 0 without a response
	Took       time.Duration // of the attempt, or of the whole call
	Wait       time.Duration // begun by EventRetry, over with EventLimited
	RetryAfter time.Duration // what Brex asked for, 0 when it did not
	TraceID    string        // X-Brex-Trace-Id
	Outcome    Outcome       // of a failed call
	Err        error         // an *Error; do not change it

	Items int  // of the page
	More  bool // the list goes on
}

// WithObserver calls f for each Event of a call, in order, in the goroutine of the call and with
// its context. Calls run concurrently, so f must be safe for concurrent use; the time it takes is
// added to the call. Several observers are called in the order given.
func WithObserver(f func(context.Context, Event)) Option {
	return func(c *config) error {
		if f == nil {
			return usageError("WithObserver: the function is nil")
		}
		if first := c.observer; first != nil {
			c.observer = func(ctx context.Context, e Event) { first(ctx, e); f(ctx, e) }
			return nil
		}
		c.observer = f
		return nil
	}
}

// LogValue returns the fields that are set as attributes of a structured log.
func (e Event) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("kind", string(e.Kind)), slog.String("operation", e.Operation)}
	text := func(name, v string) {
		if v != "" {
			attrs = append(attrs, slog.String(name, v))
		}
	}
	number := func(name string, v int) {
		if v != 0 {
			attrs = append(attrs, slog.Int(name, v))
		}
	}
	span := func(name string, v time.Duration) {
		if v != 0 {
			attrs = append(attrs, slog.Duration(name, v))
		}
	}
	number("attempt", e.Attempt)
	number("status", e.Status)
	span("took", e.Took)
	span("wait", e.Wait)
	span("retry_after", e.RetryAfter)
	if e.Kind == EventPage {
		attrs = append(attrs, slog.Int("items", e.Items), slog.Bool("more", e.More))
	}
	text("trace_id", e.TraceID)
	text("idempotency_key", e.IdempotencyKey)
	text("outcome", string(e.Outcome))
	if e.Err != nil {
		attrs = append(attrs, slog.String("error", e.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}
