package brex

import (
	"container/list"
	"runtime"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// What Brex allows in 24 hours per client id and account.
const (
	quotaLength    = 24 * time.Hour
	quotaTransfers = 1000
	quotaWires     = 100
	quotaCards     = 5000
)

// quotas counts what Brex limits by the day. A process that ends forgets it.
type quotas struct {
	transfers, wires, cards quota

	mu      sync.Mutex
	foreign map[string]bool // payment instruments whose transfers were answered as international wires
}

func newQuotas() *quotas {
	return &quotas{
		transfers: quota{name: "transfers", limit: quotaTransfers},
		wires:     quota{name: "international wires", limit: quotaWires},
		cards:     quota{name: "new cards", limit: quotaCards},
		foreign:   map[string]bool{},
	}
}

// of is the quota that an operation counts against, nil for none.
func (q *quotas) of(op *wire.Operation) *quota {
	switch {
	case !daily(op):
		return nil
	case op.ID == "createCard":
		return &q.cards
	}
	return &q.transfers
}

// daily reports whether Brex limits an operation by the day. That its 1,000 transfers are those of both directions is a guess on
// the safe side.
func daily(op *wire.Operation) bool {
	return op.ID == transferOperation || op.ID == "createIncomingTransfer" || op.ID == "createCard"
}

// hold keeps what was counted for a day, also when no client is left that holds it: the next one with the token must know.
func (q *quotas) hold() { time.AfterFunc(quotaLength, func() { runtime.KeepAlive(q) }) }

func (q *quotas) international(instrument string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.foreign[instrument]
}

func (q *quotas) learn(instrument string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if instrument != "" {
		q.foreign[instrument] = true
	}
}

// quota is a number of things in any 24 hours, each known by its idempotency key: a repeat with the same key makes nothing new.
type quota struct {
	name  string
	limit int

	mu    sync.Mutex
	known map[string]*made
	done  list.List // of *made that were answered, oldest first
}

type made struct {
	key    string
	calls  int // under way
	place  *list.Element
	at     time.Time // of the answer, where place is set
	proven bool      // the answer told that it was made
}

// reserve takes one, or says when one is free.
func (q *quota) reserve(key string, now time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forget(now)
	if q.known[key] == nil && len(q.known) >= q.limit {
		over := overQuota{name: q.name, limit: q.limit, wait: quotaLength}
		if first := q.done.Front(); first != nil {
			over.free = first.Value.(*made).at.Add(quotaLength)
			over.wait = over.free.Sub(now)
		}
		return over
	}
	q.enter(key)
	return nil
}

// join takes one for what was made already.
func (q *quota) join(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.enter(key)
}

func (q *quota) enter(key string) {
	m := q.known[key]
	if m == nil {
		if q.known == nil {
			q.known = map[string]*made{}
		}
		m = &made{key: key}
		q.known[key] = m
	}
	m.calls++
}

// forget drops what is a day old and not under way again.
func (q *quota) forget(now time.Time) {
	for e := q.done.Front(); e != nil; e = q.done.Front() {
		m := e.Value.(*made)
		if now.Sub(m.at) < quotaLength {
			return
		}
		q.done.Remove(e)
		m.place, m.proven = nil, false
		if m.calls == 0 {
			delete(q.known, m.key)
		}
	}
}

// settle counts a call from now on, the arrival of its answer, or gives back what was reserved if nothing was made. It returns
// how many are used.
func (q *quota) settle(key string, outcome Outcome) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	q.forget(now)
	m := q.known[key]
	m.calls--
	happened := outcome == OutcomeDone || outcome == OutcomeUnknown
	switch {
	case happened && !m.proven: // an unknown one may have been made by this repeat
		if m.place != nil {
			q.done.Remove(m.place)
		}
		m.at, m.place, m.proven = now, q.done.PushBack(m), outcome == OutcomeDone
	case !happened && m.calls == 0 && m.place == nil:
		delete(q.known, key)
	}
	return len(q.known)
}
