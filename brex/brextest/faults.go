package brextest

import (
	"crypto/tls"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Fault is a failure on purpose. See Handler.FailNext.
type Fault struct {
	name      string
	instead   *answer                         // the response; the operation is not carried out
	rewrite   func(*operation, []byte) []byte // of the body, after the operation was carried out
	drop      bool                            // the connection is closed, nothing was carried out
	dropAfter bool                            // the connection is closed, the operation was carried out
	hang      bool
	twice     bool          // carried out, or delivered, twice
	held      bool          // of a webhook: it waits before it is sent, see hold
	hold      time.Duration // how long, on the company's clock
	late      time.Duration // wait before the response
	slow      time.Duration // time that the body takes
}

// String names the fault, as the control API does.
func (f Fault) String() string { return f.name }

// Status responds with a status and a body, which is sent as JSON; the
// operation is not carried out.
func Status(code int, body string) Fault {
	return Fault{name: "status " + strconv.Itoa(code), instead: &answer{status: code, body: []byte(body)}}
}

// RetryAfter responds with 429 and a Retry-After header in whole seconds, rounded up; the operation
// is not carried out.
func RetryAfter(d time.Duration) Fault {
	a := (&problem{status: http.StatusTooManyRequests, kind: "TOO_MANY_REQUESTS", message: "Too Many Requests"}).answer()
	a.retryAfter = strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
	return Fault{name: "retry-after " + a.retryAfter, instead: &a}
}

// HTML responds with a status and an HTML page, as a proxy does that cannot
// reach Brex; the operation is not carried out.
func HTML(code int) Fault {
	return Fault{name: "html " + strconv.Itoa(code), instead: &answer{status: code, kind: "text/html; charset=utf-8",
		body: []byte("<html><head><title>" + http.StatusText(code) + "</title></head><body>upstream</body></html>\n")}}
}

// EmptyBody carries out the operation and responds with its status and no body.
func EmptyBody() Fault {
	f := Rewrite(func([]byte) []byte { return nil })
	f.name = "empty-body"
	return f
}

// TruncatedJSON carries out the operation and sends the first half of its body as if that were all
// of it.
func TruncatedJSON() Fault {
	f := Rewrite(func(body []byte) []byte { return body[:len(body)/2] })
	f.name = "truncated-json"
	return f
}

// Rewrite carries out the operation and passes the body of its response through
// f, for everything the other faults don't cover: a number as text, a member
// that is missing.
func Rewrite(f func(body []byte) []byte) Fault {
	return Fault{name: "rewrite", rewrite: func(_ *operation, body []byte) []byte { return f(body) }}
}

// UnknownEnums carries out the operation and puts UNKNOWN_ before each value
// that the documents take from a list: Brex may add values at any time.
// Discriminators are among them.
func UnknownEnums() Fault {
	return Fault{name: "unknown-enums", rewrite: changes{enums: true}.apply}
}

// UnknownFields carries out the operation and adds members that no document
// has to each object of the response: Brex may add them at any time.
func UnknownFields() Fault {
	return Fault{name: "unknown-fields", rewrite: changes{fields: true}.apply}
}

// NullEverywhere carries out the operation and returns null for each member that the documents
// allow to be null, those that it leaves out included. Only next_cursor keeps its value: its null
// means that the list ends.
func NullEverywhere() Fault {
	return Fault{name: "null-everywhere", rewrite: changes{nulls: true}.apply}
}

// Latency carries out the operation at once and responds d later, by the real clock. A client that
// gives up before cannot know that it was carried out.
func Latency(d time.Duration) Fault { return Fault{name: "latency " + d.String(), late: d} }

// SlowBody carries out the operation, sends the status and the headers at once, and spreads the
// body over d by the real clock.
func SlowBody(d time.Duration) Fault { return Fault{name: "slow-body " + d.String(), slow: d} }

// Duplicate carries out the operation twice and sends the second response, as when a proxy loses
// its connection and sends the request again without telling anyone. With an idempotency key only
// one thing is made.
func Duplicate() Fault { return Fault{name: "duplicate", twice: true} }

// ResetBeforeAccept resets the connection; nothing was carried out.
//
// On a connection that was used before, Go's http.Transport sends a GET, or a
// request with an Idempotency-Key, again by itself: each attempt uses up one
// of FailNext's n. Without keep-alives every attempt is the caller's own.
func ResetBeforeAccept() Fault { return Fault{name: "reset-before-accept", drop: true} }

// ResetAfterAccept carries out the operation and resets the connection without
// a response. The client cannot tell it from ResetBeforeAccept, and only the
// same idempotency key makes it safe to send the request again.
func ResetAfterAccept() Fault { return Fault{name: "reset-after-accept", dropAfter: true} }

// Hang carries out nothing and sends nothing until the client gives up or the server is closed.
func Hang() Fault { return Fault{name: "hang", hang: true} }

// meet runs one request of an operation into the fault. carryOut does what was
// asked for; it is nil where a request cannot be carried out.
func (f Fault) meet(h *Handler, w http.ResponseWriter, r *http.Request, op *operation, entry Request, carryOut func() answer) (a answer) {
	abort := func() {
		h.requests.add(entry)
		reset(w)
	}
	switch {
	case f.drop:
		abort()
	case f.hang:
		h.pause(r, -1)
		abort()
	case f.instead != nil:
		a = *f.instead
	default:
		if f.twice {
			first := entry
			first.Status = carryOut().status
			h.requests.add(first)
		}
		a = carryOut()
	}
	if f.rewrite != nil {
		// Never in place: the response may be remembered under its key.
		a.body = f.rewrite(op, append([]byte(nil), a.body...))
	}
	if f.slow > 0 {
		a.dribble = func(w http.ResponseWriter, body []byte) { h.dribble(w, r, body, f.slow) }
	}
	if f.dropAfter || f.late > 0 && !h.pause(r, f.late) {
		abort()
	}
	return a
}

// reset ends a connection at once, so that the client sees it reset and not
// closed in good order. What has no connection of its own, such as HTTP/2 or a
// test without a network, is aborted.
func reset(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		plain := conn
		if secure, is := conn.(*tls.Conn); is {
			plain = secure.NetConn()
		}
		if tcp, is := plain.(*net.TCPConn); is {
			_ = tcp.SetLinger(0) // fails when it is closed already
		}
		_ = plain.Close()
	}
	panic(http.ErrAbortHandler)
}

// pause waits for d, or with -1 without end. It is false when the client or
// the server has gone.
func (h *Handler) pause(r *http.Request, d time.Duration) bool {
	var passed <-chan time.Time
	if d >= 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-passed:
		return true
	case <-r.Context().Done():
	case <-h.closed:
	}
	return false
}

// slowParts is into how many parts SlowBody cuts a body.
const slowParts = 8

// dribble writes a body over the time of a SlowBody fault.
func (h *Handler) dribble(w http.ResponseWriter, r *http.Request, body []byte, d time.Duration) {
	flush := http.NewResponseController(w)
	for i := range slowParts {
		_ = flush.Flush() // a writer that cannot flush gets all at the end
		if !h.pause(r, d/slowParts) {
			panic(http.ErrAbortHandler)
		}
		// An error here means that the client has gone; the next pause says so.
		_, _ = w.Write(body[len(body)*i/slowParts : len(body)*(i+1)/slowParts])
	}
}
