package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/brex-go/sdk/brex"
)

// The names of the tools, as the log has them.
const (
	ToolSearch   = "brex_search"
	ToolDescribe = "brex_describe"
	ToolRead     = "brex_read"
	ToolTotal    = "brex_total"
	ToolWrite    = "brex_write"
	ToolMoney    = "brex_money"
	ToolPending  = "brex_pending"
)

// Answer is the result of a call: Text for a model to read, and the facts that a program wants,
// which encode as a JSON object. Neither repeats the other.
type Answer struct {
	Text       string
	Structured any
}

// ReadRequest is a read of an operation of the class read.
type ReadRequest struct {
	Operation string          `json:"operation"`
	Params    json.RawMessage `json:"params,omitempty"` // as for brex.Client.Call; handles stand for ids
	Fields    []string        `json:"fields,omitempty"` // "amount", "merchant.raw_descriptor"; a few that are telling if empty
	Rows      int             `json:"rows,omitempty"`   // at most; 20 if 0
	Cursor    string          `json:"cursor,omitempty"` // of the result before; then the other fields are not needed
}

// ReadResult is the structured part of the result of a read.
type ReadResult struct {
	Rows   int    `json:"rows"`
	More   bool   `json:"more"`
	Cursor string `json:"cursor,omitempty"` // goes on with the next row
}

// Read returns rows of a list, or one object, as a table. It ends early where the table would be
// too long, and says how to go on; no row is lost in between.
func (s *Session) Read(ctx context.Context, q ReadRequest) (*Answer, error) {
	resume, err := s.handles.resume(&q)
	if err != nil {
		return nil, errors.Join(err, s.Refuse(ToolRead, "cursor"))
	}
	a, err := s.begin(ctx, ToolRead, q.Operation, q.Params, "")
	if err != nil {
		return nil, err
	}
	t, err := s.newTable(a, q)
	shown := 0
	if err == nil {
		err = s.fill(ctx, a, t, resume, q)
		shown = len(t.rows)
	}
	if err := errors.Join(err, s.finish(ctx, a, err, shown)); err != nil {
		return nil, cleanError(err)
	}
	return t.answer(), nil
}

// fill reads rows until the table is full.
func (s *Session) fill(ctx context.Context, a *attempt, t *table, from position, q ReadRequest) error {
	if t.untrusted() {
		if err := s.guard.ledger.noteUntrusted(ctx, s.agent); err != nil {
			return err
		}
	}
	if a.prepared.Operation.List == "" {
		raw, err := s.guard.client.Send(ctx, a.prepared)
		if err != nil {
			return err
		}
		_, err = t.add(raw)
		return err
	}
	for page, err := range s.guard.client.CallPages(ctx, a.prepared.Operation.ID, pageParams(a, from.cursor, t.most+1)) {
		if err != nil {
			return err
		}
		for i, raw := range page.Items {
			if i < from.skip {
				continue
			}
			fits, err := t.add(raw)
			if err != nil {
				return err
			}
			if !fits {
				t.more, t.cursor = true, s.handles.keep(position{q, from.cursor, i})
				return nil
			}
		}
		from = position{cursor: page.NextCursor}
	}
	return nil
}

// Write sends a request of the class write, which changes something other than money.
func (s *Session) Write(ctx context.Context, operation string, params json.RawMessage) (*Answer, error) {
	return s.send(ctx, ToolWrite, operation, params, "")
}

// Money sends a request that moves money or changes who can spend. reason is for the person who
// approves it, in the words of the agent. The error is a *PendingError where a person must decide
// first; the same call again, once it is approved, sends it.
func (s *Session) Money(ctx context.Context, operation string, params json.RawMessage, reason string) (*Answer, error) {
	return s.send(ctx, ToolMoney, operation, params, reason)
}

func (s *Session) send(ctx context.Context, tool, operation string, params json.RawMessage, reason string) (*Answer, error) {
	a, err := s.begin(ctx, tool, operation, params, reason)
	if err != nil {
		return nil, err
	}
	return s.carryOut(ctx, a)
}

// SendResult is the structured part of the result of Write and Money.
type SendResult struct {
	ID      string `json:"id"` // of the record in the log
	Outcome string `json:"outcome"`
	Result  string `json:"result,omitempty"` // handle of what was made or changed
	Status  string `json:"status,omitempty"`
}

// carryOut sends what begin has allowed.
func (s *Session) carryOut(ctx context.Context, a *attempt) (*Answer, error) {
	ctx = context.WithoutCancel(ctx) // what was begun is finished, and its outcome noted
	raw, err := s.guard.client.Send(ctx, a.prepared)
	ended := s.finish(ctx, a, err, 0)
	if err == nil && ended != nil {
		err = fmt.Errorf("agent: %s was carried out, do not repeat it; its outcome could not be noted", a.prepared.Operation.ID)
	}
	if err != nil {
		return nil, cleanError(errors.Join(err, ended))
	}
	r := SendResult{ID: a.id, Outcome: string(brex.OutcomeDone)}
	var body map[string]any
	if json.Unmarshal(raw, &body) == nil {
		if id, ok := body["id"].(string); ok {
			r.Result = s.handles.of(a.prepared.Operation, id)
		}
		if status, ok := body["status"].(string); ok {
			r.Status = cleanCell(status, 40)
		}
	}
	text := fmt.Sprintf("done: %s", a.prepared.Operation.ID)
	if amounts := a.amounts(); len(amounts) > 0 {
		text += " of " + amountsText(amounts)
	}
	if r.Result != "" {
		text += ", " + r.Result
	}
	if r.Status != "" {
		text += ", status " + r.Status
	}
	return &Answer{Text: text + "\n", Structured: r}, nil
}

// PendingResult is the structured part of the result of Pending.
type PendingResult struct {
	ID      string `json:"id"`
	State   State  `json:"state"`
	Outcome string `json:"outcome,omitempty"`
	Expires string `json:"expires,omitempty"`
}

// Pending returns the state of a request of this agent that a person decides.
func (s *Session) Pending(ctx context.Context, id string) (*Answer, error) {
	a, err := s.guard.ledger.Approval(ctx, id)
	if err == nil && a.Agent != s.agent {
		err = fmt.Errorf("%w %q is not known", ErrApproval, cleanCell(id, 40))
	}
	if err != nil {
		return nil, errors.Join(err, s.Refuse(ToolPending, "unknown id"))
	}
	r := PendingResult{ID: a.ID, State: a.State, Outcome: a.Outcome}
	text := map[State]string{Waiting: "waits for a person", Approved: "is approved: make the same call again to send it",
		Refused: "was refused by a person", Expired: "expired: nobody decided in time, which is a refusal", Sent: "was sent"}[a.State]
	if a.State == Waiting {
		r.Expires = a.Expires.UTC().Format(time.RFC3339)
		text += " until " + r.Expires
	}
	if a.Outcome != "" {
		text += ", outcome " + a.Outcome
	}
	return &Answer{Text: fmt.Sprintf("request %s (%s) %s\n", a.ID, a.Operation, text), Structured: r}, s.looked(ToolPending)
}

// looked notes a call that needs no decision: it sends nothing.
func (s *Session) looked(tool string) error {
	r := s.record(KindLook, newID("r"), tool)
	return s.guard.log.Append(r.withSentence(nil))
}
