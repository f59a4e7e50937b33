package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/internal/journal"
)

// SessionOptions say where a session comes from. They are written to the log.
type SessionOptions struct {
	Host    string // what the agent's host says it is; not to be trusted
	Via     string // "stdio", "http", or the name of a program
	Profile string
	User    string // operating-system user that the agent runs as, if known: it may not approve
}

// Session is the access of one agent. It is safe for concurrent use.
type Session struct {
	guard   *Guard
	agent   string
	opts    SessionOptions
	handles handles
}

// As begins a session of an agent, and notes it in the log. Whether the policy has the agent shows
// in each decision.
func (g *Guard) As(agent string, opts SessionOptions) (*Session, error) {
	if !nameOf.MatchString(agent) {
		return nil, fmt.Errorf("agent: %q is not the name of an agent", agent)
	}
	opts.Host, opts.Via, opts.Profile = cleanCell(opts.Host, 80), cleanCell(opts.Via, 40), cleanCell(opts.Profile, 80)
	s := &Session{guard: g, agent: agent, opts: opts, handles: newHandles()}
	return s, g.log.Append(s.record(KindStart, "", "").withSentence(nil))
}

func (s *Session) record(kind Kind, id, tool string) Record {
	return Record{Kind: kind, ID: id, Agent: s.agent, Host: s.opts.Host, Via: s.opts.Via, Profile: s.opts.Profile, Tool: tool,
		Policy: s.guard.decider.Hash()}
}

// Refuse notes a call that was refused before it reached a method of the session, such as one of an
// unknown tool or with arguments that do not fit. why is one word of the caller, never text of the
// agent.
func (s *Session) Refuse(tool, why string) error {
	r := s.record(KindRefused, newID("r"), cleanCell(tool, 40))
	r.Verdict, r.Rule = Deny, why
	return s.guard.log.Append(r.withSentence(nil))
}

// attempt is one call of an agent on its way.
type attempt struct {
	id       string
	tool     string
	reason   string
	params   map[string]any // of a read, with ids in place of handles
	prepared *brex.Prepared
	facts    *facts
	decision Decision
	reserved bool
	mac      string
}

// classesOf are the classes of requests that a tool sends.
var classesOf = map[string][]brex.Access{
	ToolRead: {brex.AccessRead}, ToolTotal: {brex.AccessRead}, ToolWrite: {brex.AccessWrite},
	ToolMoney: {brex.AccessMoney, brex.AccessSensitive},
}

var toolOf = map[brex.Access]string{brex.AccessRead: ToolRead, brex.AccessWrite: ToolWrite, brex.AccessMoney: ToolMoney, brex.AccessSensitive: ToolMoney}

// begin prepares, decides, reserves and logs a call. After it, the request may be sent, and finish
// must be called.
func (s *Session) begin(ctx context.Context, tool, operation string, params json.RawMessage, reason string) (*attempt, error) {
	a := &attempt{id: newID("r"), tool: tool, reason: cleanCell(reason, 300)}
	if err := s.prepare(a, operation, params); err != nil {
		r := s.record(KindRefused, a.id, tool)
		r.Verdict, r.Rule = Deny, "arguments"
		if op, ok := brex.LookupOperation(operation); ok {
			r.Operation = op.ID
		}
		return nil, errors.Join(err, s.guard.log.Append(r.withSentence(nil)))
	}
	return a, s.settleDecision(ctx, a)
}

// settleDecision decides about a prepared request, reserves what was allowed and logs the decision.
// Without an error, the request may be sent.
func (s *Session) settleDecision(ctx context.Context, a *attempt) error {
	pending, err := s.decide(ctx, a)
	if err == nil && a.decision.Verdict == Allow && a.decision.Company != "" {
		if wrong := s.guard.company(ctx, a.decision.Company); wrong != nil {
			a.decision.Verdict, a.decision.Rule, a.decision.Hint = Deny, "company", "a person can run brex mcp check"
			a.decision.Reason = "the company of the token is not known to be that of the policy"
		}
	}
	if err != nil {
		a.decision = Decision{Verdict: Deny, Rule: "ledger", Reason: "the ledger cannot be used"}
	}
	logged := s.guard.log.Append(s.decisionRecord(a).withSentence(&a.decision))
	if a.reserved && (logged != nil || a.decision.Verdict != Allow) {
		err = errors.Join(err, s.guard.ledger.settle(ctx, a.id, string(brex.OutcomeNotSent), true))
	}
	switch {
	case err != nil || logged != nil:
		return errors.Join(err, logged)
	case pending != nil:
		return s.pending(ctx, a, *pending)
	case a.decision.Verdict != Allow:
		return &DeniedError{a.id, a.decision}
	}
	return nil
}

// prepare makes the request of a call.
func (s *Session) prepare(a *attempt, operation string, params json.RawMessage) error {
	op, ok := brex.LookupOperation(operation)
	if !ok {
		return fmt.Errorf("%w: %q is not an operation; search for one", ErrArguments, cleanCell(operation, 60))
	}
	plain, err := s.handles.resolve(params)
	if err != nil {
		return err
	}
	var opts []brex.CallOption
	if op.Method == "POST" || op.Method == "PUT" {
		opts = append(opts, brex.WithIdempotencyKey("agent-"+a.id))
	}
	a.prepared, err = Prepare(s.guard.client, s.guard.decider, s.agent, op.ID, plain, opts...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrArguments, err)
	}
	if op.Access == brex.AccessRead && len(plain) > 0 {
		dec := json.NewDecoder(bytes.NewReader(plain))
		dec.UseNumber()
		if err := dec.Decode(&a.params); err != nil {
			return fmt.Errorf("%w: the parameters must be an object", ErrArguments)
		}
	}
	a.facts = factsOf(a.prepared)
	a.mac = s.guard.ledger.fingerprint(s.agent, a.prepared, a.facts)
	return nil
}

// Prepare prepares a request as a session of the agent does: a transfer asks for approval in Brex
// where it does not say, unless the decider is a Policy that lets it go without. Decide on it to
// learn what would be decided about a call.
func Prepare(client *brex.Client, d Decider, agent, operation string, params any, opts ...brex.CallOption) (*brex.Prepared, error) {
	prepared, err := client.Prepare(operation, params, opts...)
	if err != nil || prepared.Operation.ID != "createTransfer" {
		return prepared, err
	}
	body := factsOf(prepared).body
	if p, ok := d.(*Policy); body == nil || body["approval_type"] != nil || ok && p.unattended(agent) {
		return prepared, nil
	}
	body["approval_type"] = "MANUAL"
	return client.Prepare(operation, map[string]any{"body": body}, opts...)
}

func (p *Policy) unattended(agent string) bool {
	a := p.agents[agent]
	return a != nil && a.grants["transfers"] != nil && a.grants["transfers"].unattended
}

// decide finds the decision, and reserves what was allowed. It returns the approval that the
// request waits for, if it does.
func (s *Session) decide(ctx context.Context, a *attempt) (waiting *Approval, err error) {
	l := s.guard.ledger
	at := s.guard.now()
	calls, err := l.countCall(s.agent, at)
	if err != nil {
		return nil, err
	}
	q := Request{Agent: s.agent, Prepared: a.prepared, At: at, Ledger: Snapshot{Calls: calls}, facts: a.facts}
	if d, ok := s.fixed(a); !ok {
		a.decision = d
		return nil, nil
	}
	if a.facts.access == brex.AccessRead || a.facts.access == brex.AccessWrite {
		a.decision = s.guard.decider.Decide(q)
		if a.decision.Verdict != Ask {
			return nil, nil
		}
	}
	err = l.locked(ctx, func(j *journal.Locked[entry]) error {
		q.Ledger = l.index.snapshot(s.agent, at)
		q.Ledger.Calls = calls
		a.decision = s.guard.decider.Decide(q)
		if a.decision.Verdict == Allow && l.index.sentBefore(a.mac, at) {
			a.decision.Verdict, a.decision.Rule, a.decision.Reason = Ask, "same request", "the same request was sent before, or may have been"
		}
		if a.decision.Verdict == Allow && l.open(a.mac, s.guard.decider.Hash()) {
			a.decision.Verdict, a.decision.Rule, a.decision.Reason = Ask, "approvals", "a person was asked for this request"
		}
		if a.decision.Verdict == Ask {
			waiting, err = s.asked(j, a)
			if err != nil || waiting != nil {
				return err
			}
		}
		if a.decision.Verdict != Allow {
			a.decision.Verdict = Deny
			return nil
		}
		if err := l.note(j, entry{Event: eventReserved, ID: a.id, Agent: s.agent, Resource: a.decision.Resource, Amounts: a.amounts(), MAC: a.mac}); err != nil {
			return err
		}
		a.reserved = true
		return nil
	})
	return waiting, err
}

// amounts are what is reserved: what the guard reads in the request itself, whatever the Decider
// says.
func (a *attempt) amounts() (all []brex.Money) {
	if a.facts.effect != nil {
		all, _ = a.facts.amounts()
	}
	return all
}

// fixed are the checks that no Decider can loosen.
func (s *Session) fixed(a *attempt) (Decision, bool) {
	op := a.prepared.Operation
	d := Decision{Verdict: Deny, Resource: ResourceOf(op)}
	readable := true
	if a.facts.effect != nil {
		_, readable = a.facts.amounts()
	}
	switch {
	case s.guard.ledger.Stopped():
		d.Rule, d.Reason, d.Hint = "stopped", "all agents are stopped", "a person starts them again"
	case never[op.ID]:
		d.Rule, d.Reason = "never", "card numbers are never shown to agents"
	case a.facts.fault != "":
		d.Rule, d.Reason = "request", a.facts.fault
	case !readable:
		d.Rule, d.Reason, d.Hint = "request", "an amount of the request cannot be read", "name amounts in whole minor units with their currency"
	case !slices.Contains(classesOf[a.tool], a.facts.access):
		d.Rule, d.Reason, d.Hint = "tool", fmt.Sprintf("%s is %s, and not of %s", op.ID, describeAccess(a.facts.access), a.tool), "call "+toolOf[a.facts.access]
	default:
		return d, true
	}
	return d, false
}

// asked looks for the approval of a request that a person must decide, or asks for one. It changes
// the decision to Allow if there is one.
func (s *Session) asked(j *journal.Locked[entry], a *attempt) (*Approval, error) {
	l, hash := s.guard.ledger, s.guard.decider.Hash()
	if old, ok := l.found(a.mac, hash); ok {
		switch old.State {
		case Approved:
			a.decision.Verdict, a.decision.Reason = Allow, old.By.Name+" approved it"
			a.id, a.prepared.Key = old.ID, old.Key
			return nil, nil
		case Waiting:
			return &old, nil
		case Refused:
			if s.guard.now().Before(old.Expires) {
				a.decision.Rule, a.decision.Reason = "approvals", "a person refused this request"
				return nil, nil
			}
		}
	}
	if len(a.decision.Approvers) == 0 {
		a.decision.Reason, a.decision.Hint = "a person must approve it, and the policy names none", ""
		return nil, nil
	}
	now := s.guard.now().UTC()
	ask := Approval{ID: a.id, Agent: s.agent, Operation: a.prepared.Operation.ID, Amounts: a.amounts(), Reason: a.reason,
		Rule: a.decision.Rule, Why: a.decision.Reason, Fingerprint: a.mac, Policy: hash, Key: a.prepared.Key, Asked: now,
		Expires: now.Add(s.guard.expiry), Approvers: a.decision.Approvers, User: s.opts.User, SameUser: a.decision.SameUser}
	ask.Facts = bodyFacts(a.facts.body, "")
	if !hasSecret(a.facts.body) {
		ask.Request = a.prepared
	}
	got, err := l.ask(j, ask)
	return &got, err
}

// finish notes how a request ended.
func (s *Session) finish(ctx context.Context, a *attempt, failed error, rows int) error {
	r := s.record(KindOutcome, a.id, a.tool)
	r.Operation, r.Key, r.Rows, r.Outcome = a.prepared.Operation.ID, a.prepared.Key, rows, outcomeText(failed)
	var e *brex.Error
	if errors.As(failed, &e) {
		r.Status = e.StatusCode
	}
	var err error
	if a.reserved {
		nothing := r.Outcome == string(brex.OutcomeNotSent) || r.Outcome == string(brex.OutcomeRefused) && r.Status != 409 // which is of an earlier request with the key
		err = s.guard.ledger.settle(ctx, a.id, r.Outcome, nothing)
	}
	if hasMessage(failed) {
		err = errors.Join(err, s.guard.ledger.noteUntrusted(ctx, s.agent))
	}
	return errors.Join(err, s.guard.log.Append(r.withSentence(nil)))
}
