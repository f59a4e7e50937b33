package brex

import (
	"bytes"
	"encoding/json"
	"sync"
	"sync/atomic"

	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
)

// Drift is something in a response of Brex that this version's documents do not know. It holds no
// value.
type Drift struct {
	Operation string    // operationId, "listExpenses"
	Kind      DriftKind // what is not known
	Path      string    // where, "items[].merchant.brand_new"; names that look like data are *
}

// DriftKind says what of a response is not known.
type DriftKind string

// Kinds of drift.
const (
	DriftMember DriftKind = schema.UnknownMember // a member that the document does not have
	DriftValue  DriftKind = schema.UnknownValue  // a string that the enum does not list
	DriftType   DriftKind = schema.UnknownType   // another JSON type, or null where the document does not allow it
)

// driftEvery is how often a response of an operation is looked at: the first, and one in so many
// from then on.
const driftEvery = 50

// driftMost bounds what is remembered of reports, so that a server that makes names up does not
// fill the memory.
const driftMost = 10_000

// WithDrift reports what responses have that the documents do not know: each finding once for the
// life of the client, in the goroutine of the call that met it, so that f is called concurrently.
// The first response of each operation is looked at, and then one in 50 or in what [WithDriftEvery]
// says; on average that adds a fifth to a quarter to the time of a page. What a typed result does not
// show stays readable through [WithResponse].
func WithDrift(f func(Drift)) Option {
	return func(c *config) error {
		if f == nil {
			return usageError("WithDrift: the function is nil")
		}
		c.drift().report = f
		return nil
	}
}

// WithDriftEvery lets WithDrift look at one response in n of each operation, after the first; 1
// looks at all.
func WithDriftEvery(n int) Option {
	return func(c *config) error {
		if n < 1 {
			return usageError("WithDriftEvery: %d is below 1", n)
		}
		c.drift().every = uint64(n)
		return nil
	}
}

// drifts is what a client has seen of drift.
type drifts struct {
	report func(Drift)
	every  uint64

	counts sync.Map // *wire.Operation to *atomic.Uint64
	mu     sync.Mutex
	seen   map[Drift]bool
}

// drift is made by the first of the two options.
func (c *config) drift() *drifts {
	if c.drifts == nil {
		c.drifts = &drifts{every: driftEvery, seen: map[Drift]bool{}}
	}
	return c.drifts
}

// look compares a response with its document, if it is its turn.
func (d *drifts) look(op *wire.Operation, body []byte) {
	if d == nil || d.report == nil || op.Result == "" {
		return
	}
	count, ok := d.counts.Load(op)
	if !ok {
		count, _ = d.counts.LoadOrStore(op, new(atomic.Uint64))
	}
	if (count.(*atomic.Uint64).Add(1)-1)%d.every != 0 {
		return
	}
	doc, err := schema.Load(op.API)
	if err != nil {
		return // an operation of no document
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var response any
	if dec.Decode(&response) != nil {
		return // the judge says what is wrong
	}
	doc.Compare(op, response, func(u schema.Unknown) {
		if found := (Drift{op.ID, DriftKind(u.Kind), u.Path}); d.first(found) {
			d.report(found)
		}
	})
}

// first reports whether a finding is new.
func (d *drifts) first(found Drift) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.seen[found] || len(d.seen) >= driftMost {
		return false
	}
	d.seen[found] = true
	return true
}
