package brextest

import (
	"fmt"
	"sync"
)

// Rule says which calls meet a fault. What it leaves open fits every call.
type Rule struct {
	Operation string             // an operationId, or WebhookDelivery; "" or "*" for any call
	Method    string             // GET, POST, PUT or DELETE; "" for any
	Match     func(Request) bool // more conditions; called under a lock, so it must not call the sandbox
	Fault     Fault
	Skip      int     // so many of the calls that fit are let through first
	Count     int     // so many meet the fault; 0 for all
	Rate      float64 // the share, between 0 and 1, of those that meet it; 0 for all
	Seed      uint64  // chooses which, with a Rate: the same seed and the same calls meet the same faults
}

// AddRule makes calls, or the deliveries of webhooks, meet a fault. Rules for one operation are
// looked at before those for any, and earlier ones first; the first that strikes counts. It panics
// on an operationId that Brex does not have and on numbers that make no sense: such a rule would
// let a test pass that tested nothing.
//
// A fault strikes before the token and the limits are looked at, and never on
// a path or method that Brex does not have.
func (h *Handler) AddRule(r Rule) {
	if r.Operation == "" {
		r.Operation = anyOperation
	}
	if err := h.checkRule(r); err != nil {
		panic("brextest: " + err.Error())
	}
	h.faults.add(r)
}

func (h *Handler) checkRule(r Rule) error {
	switch {
	case r.Operation != anyOperation && h.known[r.Operation] == nil:
		return fmt.Errorf("%q is not an operation of the Brex API", r.Operation)
	case r.Fault.name == "":
		return fmt.Errorf("the rule has no fault")
	case r.Fault.held && r.Fault.hold <= 0:
		return fmt.Errorf("DeliverLate: the time is not above zero")
	case !r.Fault.fits(h.known[r.Operation]):
		return fmt.Errorf("%s cannot happen to %s: a webhook on its way (%s) meets other faults than a call", r.Fault, r.Operation, WebhookDelivery)
	case r.Skip < 0 || r.Count < 0:
		return fmt.Errorf("the Skip or Count of the rule is negative")
	case !(r.Rate >= 0 && r.Rate <= 1):
		return fmt.Errorf("the Rate of the rule is not between 0 and 1")
	}
	return nil
}

// FailNext makes the next n calls of an operation meet f instead of success.
// It is AddRule for the usual case; n must be at least 1.
func (h *Handler) FailNext(operationID string, f Fault, n int) {
	if n < 1 {
		panic("brextest: FailNext: n is less than 1")
	}
	h.AddRule(Rule{Operation: operationID, Fault: f, Count: n})
}

// PendingFaults says how many calls still have a fault before them: 0 at the
// end of a test that meant to meet them all. Rules without a Count don't add
// to it.
func (h *Handler) PendingFaults() int {
	n := 0
	for _, r := range h.faults.list() {
		n += r.Count
	}
	return n
}

// ClearFaults forgets all rules, and ends the chaos of WithChaos.
func (h *Handler) ClearFaults() { h.faults.reset(nil) }

const anyOperation = "*"

// faultList decides which call meets which fault.
type faultList struct {
	mu    sync.Mutex
	rules []*activeRule
	chaos *chaos
}

// activeRule is a rule with what has happened to it so far.
type activeRule struct {
	Rule
	random *rng
}

func (l *faultList) add(r Rule) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = append(l.rules, &activeRule{r, identity{r.Seed}.random("rule", 0)})
}

// take returns the fault that a request meets; one without a name is none.
func (l *faultList) take(r *Request, op *operation) Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := []string{op.id, anyOperation}
	if op.id == WebhookDelivery {
		names = names[:1]
	}
	for _, name := range names {
		for i, rule := range l.rules {
			if rule.Operation != name || !rule.strikes(r) {
				continue
			}
			if rule.Count > 0 {
				if rule.Count--; rule.Count == 0 {
					l.rules = append(l.rules[:i:i], l.rules[i+1:]...)
				}
			}
			return rule.Fault
		}
	}
	if l.chaos != nil {
		return l.chaos.next(r, op)
	}
	return Fault{}
}

func (a *activeRule) strikes(r *Request) bool {
	switch {
	case a.Method != "" && a.Method != r.Method:
		return false
	case a.Match != nil && !a.Match(*r):
		return false
	case a.Skip > 0:
		a.Skip--
		return false
	}
	return a.Rate == 0 || a.random.share() < a.Rate
}

// share returns a number in [0, 1).
func (r *rng) share() float64 { return float64(r.next()>>11) / (1 << 53) }

// list returns the rules as they stand.
func (l *faultList) list() []Rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	rules := make([]Rule, len(l.rules))
	for i, r := range l.rules {
		rules[i] = r.Rule
	}
	return rules
}

func (l *faultList) reset(c *chaos) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules, l.chaos = nil, c
}
