package brextest

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Fault is something that goes wrong on purpose. See Handler.FailNext.
type Fault struct {
	instead   *answer             // answered; the operation is not carried out
	rewrite   func([]byte) []byte // of the body, after the operation was carried out
	drop      bool
	dropAfter bool
	hang      bool
}

// Status answers with a status and a body, which is sent as JSON; the
// operation is not carried out.
func Status(code int, body string) Fault {
	return Fault{instead: &answer{status: code, body: []byte(body)}}
}

// RetryAfter answers 429 with a Retry-After header in whole seconds, rounded
// up; the operation is not carried out.
func RetryAfter(d time.Duration) Fault {
	a := (&problem{status: http.StatusTooManyRequests, kind: "TOO_MANY_REQUESTS", message: "Too Many Requests"}).answer()
	a.retryAfter = strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
	return Fault{instead: &a}
}

// HTML answers with a status and an HTML page, as a proxy does that cannot
// reach Brex; the operation is not carried out.
func HTML(code int) Fault {
	return Fault{instead: &answer{status: code, kind: "text/html; charset=utf-8",
		body: []byte("<html><head><title>" + http.StatusText(code) + "</title></head><body>upstream</body></html>\n")}}
}

// EmptyBody carries out the operation and answers its status without a body.
func EmptyBody() Fault { return Rewrite(func([]byte) []byte { return nil }) }

// TruncatedJSON carries out the operation and answers the first half of its
// body as if that were all of it.
func TruncatedJSON() Fault {
	return Rewrite(func(body []byte) []byte { return body[:len(body)/2] })
}

// Rewrite carries out the operation and passes the body of its answer through
// f, for everything the other faults don't cover: an unknown enum value, a
// member that is null, a number as text.
func Rewrite(f func(body []byte) []byte) Fault { return Fault{rewrite: f} }

// ResetBeforeAccept closes the connection; nothing was carried out.
//
// On a connection that was used before, Go's http.Transport sends a GET, or a
// request with an Idempotency-Key, again by itself: each attempt uses up one
// of FailNext's n. Without keep-alives every attempt is the caller's own.
func ResetBeforeAccept() Fault { return Fault{drop: true} }

// ResetAfterAccept carries out the operation and closes the connection without
// an answer. The client cannot tell it from ResetBeforeAccept, and only the
// same idempotency key makes it safe to send the request again.
func ResetAfterAccept() Fault { return Fault{dropAfter: true} }

// Hang carries out nothing and answers nothing until the client gives up or
// the server is closed.
func Hang() Fault { return Fault{hang: true} }

// FailNext makes the next n calls of an operation meet f instead of success.
// The operation is named by its operationId; "" or "*" stands for any. Faults
// of one operation strike in the order they were given, before those given for
// any. It panics on an operationId that Brex does not have and on n < 1: both
// would otherwise let a test pass that tested nothing.
//
// A fault strikes before the token is looked at, and never on a path or method
// that Brex does not have.
func (h *Handler) FailNext(operationID string, f Fault, n int) {
	if operationID == "" {
		operationID = anyOperation
	}
	if operationID != anyOperation {
		h.mustKnow(operationID)
	}
	if n < 1 {
		panic("brextest: FailNext: n is less than 1")
	}
	h.faults.add(operationID, f, n)
}

// PendingFaults says how many calls still have a fault before them: 0 at the
// end of a test that meant to meet them all.
func (h *Handler) PendingFaults() int { return h.faults.pending() }

// ClearFaults forgets all faults that have not struck.
func (h *Handler) ClearFaults() { h.faults.clear() }

const anyOperation = "*"

type faultList struct {
	mu     sync.Mutex
	queued []queuedFault
}

type queuedFault struct {
	operation string
	fault     Fault
	left      int
}

func (l *faultList) add(operation string, f Fault, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued = append(l.queued, queuedFault{operation, f, n})
}

func (l *faultList) take(operation string) Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range []string{operation, anyOperation} {
		for i := range l.queued {
			q := &l.queued[i]
			if q.operation != name {
				continue
			}
			f := q.fault
			if q.left--; q.left == 0 {
				l.queued = append(l.queued[:i], l.queued[i+1:]...)
			}
			return f
		}
	}
	return Fault{}
}

func (l *faultList) pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, q := range l.queued {
		n += q.left
	}
	return n
}

func (l *faultList) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued = nil
}
