package agent

import (
	"context"
	"errors"
	"sync"

	"github.com/brex-go/sdk/brex"
)

// WithLog are the options of a client whose changes are a person's: each request that is not a read
// is written to the log and synced before it is sent, and its outcome after it. One that cannot be
// written is not sent.
func (l *Log) WithLog(person string, via string) []brex.Option {
	p := &people{log: l, person: person, via: via, open: map[string][]Record{}}
	return []brex.Option{brex.WithGuard(p.before), brex.WithObserver(p.after)}
}

// people writes the changes of a person.
type people struct {
	log         *Log
	person, via string

	mu   sync.Mutex
	open map[string][]Record // requests without an outcome, by operation and key
}

func (p *people) before(_ context.Context, q *brex.Prepared) error {
	if q.Operation.Access == brex.AccessRead {
		return nil
	}
	r := Record{Kind: KindPerson, ID: newID("p"), Agent: p.person, Via: p.via, Verdict: Allow}
	r.describe(q, factsOf(q))
	if err := p.log.Append(r.withSentence(nil)); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	name := q.Operation.ID + " " + q.Key
	p.open[name] = append(p.open[name], r)
	return nil
}

func (p *people) after(_ context.Context, e brex.Event) {
	if e.Kind != brex.EventCall {
		return
	}
	name := e.Operation + " " + e.IdempotencyKey
	p.mu.Lock()
	waiting := p.open[name]
	if len(waiting) == 0 {
		p.mu.Unlock()
		return
	}
	r := waiting[0]
	if p.open[name] = waiting[1:]; len(waiting) == 1 {
		delete(p.open, name)
	}
	p.mu.Unlock()
	r.Kind, r.Args, r.Verdict, r.Status = KindOutcome, nil, "", e.Status
	r.Outcome = outcomeText(e.Err)
	_ = p.log.Append(r.withSentence(nil)) // the log refuses everything from now on; VerifyLog reports the request as open
}

// outcomeText is the outcome of a request as the log has it.
func outcomeText(err error) string {
	if err == nil {
		return string(brex.OutcomeDone)
	}
	var e *brex.Error
	if errors.As(err, &e) {
		return string(e.Outcome())
	}
	return string(brex.OutcomeUnknown)
}
