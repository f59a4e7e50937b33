package agent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
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
	KindReplace  Kind = "replace"  // the log begins in place of one that does not verify
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

// encode writes the line of the record, with its line break. The time is encoded as a string, whose
// bytes are those of time.Time at a third of the cost.
func (r *Record) encode(b *bytes.Buffer) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Version int    `json:"v"`
		Seq     int64  `json:"seq"`
		At      string `json:"ts"`
		*Record
	}{r.Version, r.Seq, r.At.Format(time.RFC3339Nano), r})
}

// decodeRecord reads a line that encode wrote, and nothing else.
func decodeRecord(line []byte) (r Record, err error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return r, errors.New("it is not a record of this version")
	}
	var again bytes.Buffer
	if err := r.encode(&again); err != nil || !bytes.Equal(again.Bytes(), line) {
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
	what := cmp.Or(r.Operation, r.Tool)
	switch r.Kind {
	case KindStart:
		r.Say = r.Agent + " began a session"
	case KindLook:
		r.Say = r.Agent + " used " + r.Tool
	case KindStop:
		r.Say = "Everything was " + r.Outcome + " by " + r.By
	case KindRefused:
		r.Say = r.Agent + " was refused " + cmp.Or(what, "a call") + " before a decision"
		if r.By != "" {
			r.Say = r.By + " may not decide request " + r.ID + " of " + r.Agent
		} else if r.Rule != "" {
			r.Say += " (" + r.Rule + ")"
		}
	case KindApproval:
		verb := " approved request "
		if r.Verdict == Deny {
			verb = " refused request "
		}
		r.Say = r.By + verb + r.ID + " of " + r.Agent + " for " + what
	case KindPerson:
		r.Say = r.Agent + " used the program to send " + what + r.argsText()
	case KindOutcome:
		r.Say = "Request " + r.ID + " of " + r.Agent + " for " + what + ": " + r.Outcome
	case KindRotate:
		r.Say = "The log goes on in the next file"
	case KindReplace:
		r.Say = r.By + " began this log in place of one that does not verify, now " + r.Args["folder"] + " with SHA-256 " + r.Args["sha256"]
	case KindDecision:
		r.Say = r.Agent + decided[r.Verdict] + what + r.argsText() + " by " + r.Rule
		if d != nil && d.Reason != "" {
			r.Say += ": " + d.Reason
		}
	}
	r.Say += "."
	return r
}

var decided = map[Verdict]string{Allow: " was allowed ", Ask: " must wait for a person's approval of ", Deny: " was denied "}

// argsText names the amount, the payee and the account of the arguments.
func (r *Record) argsText() (text string) {
	for _, part := range [...]struct{ word, name string }{{" ", "amount"}, {" to ", "payee"}, {" from ", "from"}} {
		if v := r.Args[part.name]; v != "" {
			text += part.word + v
		}
	}
	if text == "" {
		return ""
	}
	return " of" + text
}
