package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/internal/journal"
	"github.com/brex-go/sdk/brex/money"
)

// State is the state of an approval.
type State string

// The states of an approval.
const (
	Waiting  State = "waiting"
	Approved State = "approved" // and not sent yet
	Refused  State = "refused"
	Expired  State = "expired" // nobody decided in time: a refusal
	Sent     State = "sent"    // or about to be; see Outcome
)

// Approval is a request of an agent that a person decides. It counts once, for the agent, the
// arguments and the policy that it was asked for, until it expires.
type Approval struct {
	ID        string         `json:"id"` // "r-7f3k9q"
	Agent     string         `json:"agent"`
	Operation string         `json:"operation"`
	Request   *brex.Prepared `json:"request,omitempty"` // nil if its body has secrets: the agent must call again
	Amounts   []money.Money  `json:"amounts,omitempty"`
	Facts     []Fact         `json:"facts,omitempty"`  // as Brex had them when it was asked
	Reason    string         `json:"reason,omitempty"` // in the words of the agent: show it last, and quoted
	Rule      string         `json:"rule"`             // why it is asked
	Why       string         `json:"why"`              // the same as a sentence

	Fingerprint string    `json:"fingerprint"` // of agent and arguments
	Policy      string    `json:"policy"`      // hash
	Key         string    `json:"key"`         // idempotency key
	Asked       time.Time `json:"asked"`
	Expires     time.Time `json:"expires"`
	Approvers   []string  `json:"approvers"`
	User        string    `json:"user,omitempty"` // operating-system user of the agent, if known
	SameUser    bool      `json:"same_user,omitempty"`

	State   State     `json:"-"`
	By      Person    `json:"-"`
	Decided time.Time `json:"-"`
	Outcome string    `json:"-"` // of the request, once it was sent: done, refused, unknown
}

// Person is who decides: Name is one of the policy's approvers, User the operating-system user,
// From where the decision was made, "program" or "page".
type Person struct {
	Name string `json:"name"`
	User string `json:"user,omitempty"`
	From string `json:"from,omitempty"`
}

// ErrApproval is the error of an approval that cannot be decided or used: unknown, expired, decided
// already, or by somebody who may not.
var ErrApproval = errors.New("agent: approval")

func (a *Approval) decided(e entry) *Approval {
	c := *a
	c.State, c.Decided = Approved, e.At
	if e.Event == eventDenied {
		c.State = Refused
	}
	if e.By != nil {
		c.By = *e.By
	}
	return &c
}

func (a *Approval) finished(e entry) *Approval {
	c := *a
	c.Outcome = e.Outcome
	return &c
}

// approvalOf is the approval with its state at a time.
func (q *request) approvalOf(at time.Time) Approval {
	a := *q.approval
	switch {
	case q.event == eventDenied:
		a.State = Refused
	case q.event != eventAsked && q.event != eventApproved:
		a.State = Sent
	case !at.Before(a.Expires):
		a.State = Expired
	case q.event == eventAsked:
		a.State = Waiting
	default:
		a.State = Approved
	}
	return a
}

// Approvals returns all approvals that were asked for, the newest first.
func (l *Ledger) Approvals(ctx context.Context) (all []Approval, err error) {
	err = l.locked(ctx, func(*journal.Locked[entry]) error {
		for _, id := range l.index.asked {
			all = append(all, l.index.requests[id].approvalOf(l.now()))
		}
		return nil
	})
	slices.Reverse(all)
	return all, err
}

// Approval returns one approval.
func (l *Ledger) Approval(ctx context.Context, id string) (a Approval, err error) {
	err = l.locked(ctx, func(*journal.Locked[entry]) error {
		q := l.index.requests[id]
		if q == nil || q.approval == nil {
			return fmt.Errorf("%w %q is not known", ErrApproval, id)
		}
		a = q.approvalOf(l.now())
		return nil
	})
	return a, err
}

// ask notes that a person is asked. The same request that waits already is not asked for twice.
func (l *Ledger) ask(j *journal.Locked[entry], a Approval) (Approval, error) {
	if err := l.note(j, entry{Event: eventAsked, ID: a.ID, Agent: a.Agent, Approval: &a}); err != nil {
		return a, err
	}
	return l.index.requests[a.ID].approvalOf(l.now()), nil
}

// found returns the last approval of the same agent, arguments and policy. One that was asked for
// before the same request went without it, under another policy, is over: it was for one payment.
func (l *Ledger) found(fingerprint, policy string) (Approval, bool) {
	q, sent := l.index.requests[l.index.byMAC[fingerprint]], l.index.sent[fingerprint]
	if q == nil || q.approval.Policy != policy || sent != nil && sent != q && sent.event != eventReleased && sent.at.After(q.at) {
		return Approval{}, false
	}
	return q.approvalOf(l.now()), true
}

// open reports whether a person was asked for the same request, and what they say still counts.
func (l *Ledger) open(fingerprint, policy string) bool {
	a, ok := l.found(fingerprint, policy)
	return ok && (a.State == Waiting || a.State == Approved || a.State == Refused && l.now().Before(a.Expires))
}

// Approve approves a request that waits. by must be one of its approvers, and another
// operating-system user than that of the agent, where that is known and the policy does not say
// same_user_approves. The decision is written to the log first.
func (l *Ledger) Approve(ctx context.Context, log *Log, id string, by Person) error {
	return l.decide(ctx, log, id, by, eventApproved)
}

// Refuse refuses a request that waits, or that is approved and not sent yet.
func (l *Ledger) Refuse(ctx context.Context, log *Log, id string, by Person) error {
	return l.decide(ctx, log, id, by, eventDenied)
}

func (l *Ledger) decide(ctx context.Context, log *Log, id string, by Person, event string) error {
	return l.locked(ctx, func(j *journal.Locked[entry]) error {
		q := l.index.requests[id]
		if q == nil || q.approval == nil {
			return fmt.Errorf("%w %q is not known", ErrApproval, id)
		}
		a := q.approvalOf(l.now())
		err := a.mayDecide(by, event)
		rec := Record{Kind: KindApproval, ID: id, Agent: a.Agent, Operation: a.Operation, Policy: a.Policy, By: cmp.Or(cleanCell(by.Name, 64), "somebody"), From: by.From,
			User: by.User, Verdict: map[string]Verdict{eventApproved: Allow, eventDenied: Deny}[event]}
		if err != nil {
			rec.Kind, rec.Verdict, rec.Rule = KindRefused, Deny, "approvals"
		}
		if logged := log.Append(rec.withSentence(nil)); logged != nil {
			return errors.Join(err, logged)
		}
		if err != nil {
			return err
		}
		return l.note(j, entry{Event: event, ID: id, By: &by})
	})
}

func (a Approval) mayDecide(by Person, event string) error {
	switch {
	case a.State != Waiting && !(a.State == Approved && event == eventDenied):
		return fmt.Errorf("%w %s is %s and cannot be decided", ErrApproval, a.ID, a.State)
	case !slices.Contains(a.Approvers, by.Name):
		return fmt.Errorf("%w %s: %q is not one of its approvers, %v", ErrApproval, a.ID, by.Name, a.Approvers)
	case event == eventApproved && !a.SameUser && a.User != "" && (by.User == "" || by.User == a.User):
		return fmt.Errorf("%w %s: the agent runs as the user %q, who could be the agent itself; approve as another user, "+
			"or run the agents' server as another one (brex mcp serve)", ErrApproval, a.ID, a.User)
	}
	return nil
}
