package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is what a record of the log reports.
type Kind string

// The kinds of records.
const (
	KindStart    Kind = "start"    // a session began
	KindDecision Kind = "decision" // what was decided about a request, before it is sent
	KindOutcome  Kind = "outcome"  // how a request that was allowed ended
	KindRefused  Kind = "refused"  // a call that did not get as far as a decision
	KindApproval Kind = "approval" // a person approved or refused
	KindLook     Kind = "look"     // a call that sends nothing: a search, a description, the state of an approval
	KindPerson   Kind = "person"   // a person's own change, before it is sent
	KindStop     Kind = "stop"     // everything was halted, or goes on again
	KindRotate   Kind = "rotate"   // the log goes on in the next file
)

// Record is one line of the log. It holds no secret, no memo and nothing that other people wrote:
// arguments are ids, amounts, dates and words of the API only.
type Record struct {
	Version   int               `json:"v"`
	Seq       int64             `json:"seq"` // from 1, over all files
	At        time.Time         `json:"ts"`
	Kind      Kind              `json:"kind"`
	ID        string            `json:"id,omitempty"`    // of the request
	Agent     string            `json:"agent,omitempty"` // or the person of a person's change
	Host      string            `json:"host,omitempty"`  // what the agent's host says it is; not to be trusted
	Via       string            `json:"via,omitempty"`   // "stdio", "http"
	Profile   string            `json:"profile,omitempty"`
	Tool      string            `json:"tool,omitempty"`
	Operation string            `json:"op,omitempty"`
	Access    string            `json:"access,omitempty"`
	Resource  string            `json:"resource,omitempty"`
	Args      map[string]string `json:"args,omitempty"`
	ArgsMAC   string            `json:"args_mac,omitempty"` // ties the record to the exact arguments
	Verdict   Verdict           `json:"verdict,omitempty"`
	Rule      string            `json:"rule,omitempty"`
	Policy    string            `json:"policy,omitempty"`
	Key       string            `json:"key,omitempty"`     // idempotency key
	Outcome   string            `json:"outcome,omitempty"` // done, refused, not sent, unknown
	Status    int               `json:"status,omitempty"`
	Rows      int               `json:"rows,omitempty"` // that were shown
	By        string            `json:"by,omitempty"`   // who approved
	User      string            `json:"user,omitempty"`
	From      string            `json:"from,omitempty"`
	Trace     string            `json:"trace,omitempty"` // traceparent
	Say       string            `json:"say"`             // the same as a sentence
	Prev      string            `json:"prev"`            // SHA-256 of the line before, in hex
}

// recordVersion is the form of records that this version of the package writes and reads.
const recordVersion = 1

// encode is the line of the record, with its line break.
func (r Record) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(r)
	return b.Bytes(), err
}

// decodeRecord reads a line that encode wrote, and nothing else.
func decodeRecord(line []byte) (r Record, err error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, errors.New("it is not a record of this version")
	}
	again, err := r.encode()
	if err != nil || !bytes.Equal(again, line) {
		return r, errors.New("it was not written by this program")
	}
	if r.Version != recordVersion {
		return r, fmt.Errorf("version %d is not known", r.Version)
	}
	return r, nil
}

// withSentence returns the record with the sentence that says the same. d is nil where nothing was
// decided by the policy.
func (r Record) withSentence(d *Decision) Record {
	var b strings.Builder
	what := r.Operation
	if what == "" {
		what = r.Tool
	}
	switch r.Kind {
	case KindStart:
		fmt.Fprintf(&b, "%s began a session.", r.Agent)
	case KindLook:
		fmt.Fprintf(&b, "%s used %s.", r.Agent, r.Tool)
	case KindStop:
		fmt.Fprintf(&b, "Everything was %s by %s.", r.Outcome, r.By)
	case KindRefused:
		if r.By != "" {
			fmt.Fprintf(&b, "%s may not decide request %s of %s.", r.By, r.ID, r.Agent)
			break
		}
		fmt.Fprintf(&b, "%s was refused %s before a decision", r.Agent, orNothing(what))
		if r.Rule != "" {
			fmt.Fprintf(&b, " (%s)", r.Rule)
		}
		b.WriteString(".")
	case KindApproval:
		verb := "approved"
		if r.Verdict == Deny {
			verb = "refused"
		}
		fmt.Fprintf(&b, "%s %s request %s of %s for %s.", r.By, verb, r.ID, r.Agent, what)
	case KindPerson:
		fmt.Fprintf(&b, "%s used the program to send %s%s.", r.Agent, what, r.argsText())
	case KindOutcome:
		fmt.Fprintf(&b, "Request %s of %s for %s: %s.", r.ID, r.Agent, what, r.Outcome)
	case KindRotate:
		b.WriteString("The log goes on in the next file.")
	case KindDecision:
		verb := map[Verdict]string{Allow: "was allowed", Ask: "must wait for a person's approval of", Deny: "was denied"}[r.Verdict]
		fmt.Fprintf(&b, "%s %s %s%s by %s", r.Agent, verb, what, r.argsText(), r.Rule)
		if d != nil && d.Reason != "" {
			fmt.Fprintf(&b, ": %s", d.Reason)
		}
		b.WriteString(".")
	}
	r.Say = b.String()
	return r
}

func orNothing(what string) string {
	if what == "" {
		return "a call"
	}
	return what
}

// argsText names the amount, the payee and the account of the arguments.
func (r Record) argsText() string {
	var b strings.Builder
	for _, part := range []struct{ word, name string }{{"", "amount"}, {"to ", "payee"}, {"from ", "from"}} {
		if v := r.Args[part.name]; v != "" {
			fmt.Fprintf(&b, " %s%s", part.word, v)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return " of" + b.String()
}
