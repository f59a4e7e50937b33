package brextest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// defaultRequestLog is how many requests are kept; maxLoggedBody how much of
// each body. A sandbox that runs for weeks must not grow with its traffic.
const (
	defaultRequestLog = 2048
	maxLoggedBody     = 16 << 10
)

// Request is one request that the sandbox received.
type Request struct {
	Method      string
	Path        string
	Query       url.Values
	Header      http.Header
	Body        []byte // at most the first 16 KiB
	OperationID string // "" for a path or method that Brex does not have
	Status      int    // status of the response; 0 if the connection was closed without one

	At       time.Time     // when it arrived, by the company's clock
	Duration time.Duration // until the response was ready, by the machine's clock

	// Unknown names the query parameters that the operation does not have. They
	// were ignored, or the request refused (WithStrictQuery).
	Unknown []string

	body   []byte // all of it; the ring does not keep it
	chance string // of a webhook: what chaos goes by instead of counting
	began  time.Time
}

// Requests returns the requests received, oldest first: all since the start or
// the last ResetRequests, or the latest when there were more than the log
// holds (WithRequestLog). What is returned belongs to the caller.
func (h *Handler) Requests() []Request { return h.requests.list() }

// ResetRequests empties the log.
func (h *Handler) ResetRequests() { h.requests.reset() }

// requestLog is a ring.
type requestLog struct {
	mu    sync.Mutex
	limit int
	ring  []Request
	next  int // place of the oldest, once the ring is full

	watchers []*func(Request) // called under mu with each request, its whole body included
}

func (h *Handler) newRequest(r *http.Request, op *operation, body []byte) Request {
	entry := Request{
		At:     h.clock.now(),
		began:  time.Now(),
		Method: r.Method,
		Path:   r.URL.Path,
		Query:  r.URL.Query(),
		Header: r.Header.Clone(),
		Body:   append([]byte(nil), body[:min(len(body), maxLoggedBody)]...),
		body:   body,
	}
	if op != nil {
		entry.OperationID, entry.Unknown = op.id, op.unknown(entry.Query)
	}
	return entry
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, watch := range l.watchers {
		(*watch)(r)
	}
	r.body = nil
	r.Duration = time.Since(r.began)
	switch {
	case l.limit <= 0:
	case len(l.ring) < l.limit:
		l.ring = append(l.ring, r)
	default:
		l.ring[l.next] = r
		l.next = (l.next + 1) % l.limit
	}
}

func (l *requestLog) list() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Request, 0, len(l.ring))
	for i := range l.ring {
		r := l.ring[(l.next+i)%len(l.ring)]
		r.Header, r.Unknown = r.Header.Clone(), slices.Clone(r.Unknown)
		r.Body = append([]byte(nil), r.Body...)
		query := make(url.Values, len(r.Query))
		for k, v := range r.Query {
			query[k] = append([]string(nil), v...)
		}
		r.Query = query
		out = append(out, r)
	}
	return out
}

func (l *requestLog) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ring, l.next = nil, 0
}

// WithRequestHook calls f with each request after its response, or without one, in the order in
// which they enter the log. f must not call the sandbox.
func WithRequestHook(f func(Request)) Option {
	return func(c *config) error {
		if f == nil {
			return errors.New("WithRequestHook: no function")
		}
		c.onRequest = f
		return nil
	}
}
