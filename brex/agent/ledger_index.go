package agent

import (
	"fmt"
	"time"

	"github.com/brex-go/sdk/brex/money"
)

// index is what the records of a ledger say together.
type index struct {
	read      int // records taken into account
	requests  map[string]*request
	spends    map[string][]*request // by agent, in the order they were reserved
	untrusted map[string]time.Time  // by agent, the last time
	asked     []string              // ids of approvals, in their order
	byMAC     map[string]string     // id of the last approval asked for, by fingerprint
	sent      map[string]*request   // the last that was reserved, by fingerprint
}

// request is a request that reserves amounts or waits for an approval, or did.
type request struct {
	resource string
	amounts  []money.Money
	at       time.Time
	latest   time.Time // the latest time of this and those before it: a clock can be set back
	event    string    // the last one
	approval *Approval
}

func newIndex() index {
	return index{requests: map[string]*request{}, spends: map[string][]*request{}, untrusted: map[string]time.Time{}, byMAC: map[string]string{}, sent: map[string]*request{}}
}

// follow takes the records that were added into account.
func (x *index) follow(records []entry) error {
	for ; x.read < len(records); x.read++ {
		if err := x.apply(records[x.read]); err != nil {
			return fmt.Errorf("record %d: %w", x.read+1, err)
		}
	}
	return nil
}

func (x *index) apply(e entry) error {
	q := x.requests[e.ID]
	wrong := fmt.Errorf("%s does not follow what is known of %q", e.Event, e.ID)
	switch e.Event {
	case eventUntrusted:
		x.untrusted[e.Agent] = e.At
		return nil
	case eventAsked:
		if q != nil || e.Approval == nil {
			return wrong
		}
		x.requests[e.ID] = &request{event: e.Event, at: e.At, approval: e.Approval}
		x.asked = append(x.asked, e.ID)
		x.byMAC[e.Approval.Fingerprint] = e.ID
		return nil
	case eventReserved:
		if q != nil && q.event != eventApproved {
			return wrong
		}
		if q == nil {
			q = &request{}
			x.requests[e.ID] = q
		}
		q.resource, q.amounts, q.at, q.latest = e.Resource, e.Amounts, e.At, e.At
		all := x.spends[e.Agent]
		if n := len(all); n > 0 && all[n-1].latest.After(e.At) {
			q.latest = all[n-1].latest
		}
		x.spends[e.Agent] = append(all, q)
		x.sent[e.MAC] = q
	case eventApproved, eventDenied:
		if q == nil || q.event != eventAsked && !(q.event == eventApproved && e.Event == eventDenied) {
			return wrong
		}
		q.approval = q.approval.decided(e)
	case eventCommitted, eventReleased:
		if q == nil || q.event != eventReserved {
			return wrong
		}
		if q.approval != nil {
			q.approval = q.approval.finished(e)
		}
	default:
		return fmt.Errorf("%q is not an event of this version", e.Event)
	}
	q.event = e.Event
	return nil
}

// sentBefore reports whether the same request of the same agent was sent lately, or may have been.
func (x *index) sentBefore(mac string, at time.Time) bool {
	q := x.sent[mac]
	return q != nil && q.event != eventReleased && at.Sub(q.at) < ledgerReach
}

// snapshot is what a decision about the agent needs to know, at a time.
func (x *index) snapshot(agent string, at time.Time) Snapshot {
	s := Snapshot{Untrusted: at.Sub(x.untrusted[agent]) < taintedFor}
	all := x.spends[agent]
	first := len(all)
	for first > 0 && at.Sub(all[first-1].latest) < ledgerReach {
		first--
	}
	for _, q := range all[first:] {
		if q.event == eventReleased {
			continue
		}
		for _, m := range q.amounts {
			s.Spends = append(s.Spends, Spend{q.resource, m, q.at})
		}
	}
	return s
}
