package agent

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// Verdict is what a policy decides about a request.
type Verdict string

// The verdicts. The zero Verdict is Deny.
const (
	Allow Verdict = "allow"
	Ask   Verdict = "ask" // a person must approve it
	Deny  Verdict = "deny"
)

// Request is what is decided: a prepared request of an agent at a time, with what the agent has
// spent.
type Request struct {
	Agent    string
	Prepared *brex.Prepared
	At       time.Time
	Ledger   Snapshot

	facts *facts // of Prepared, if they are known already
}

// Decision is a verdict and the rule that it follows from.
type Decision struct {
	Verdict  Verdict
	Rule     string // place in the policy, "agents.ap-agent.transfers.max"
	Reason   string // a sentence without text of others, "2,600.00 USD is above the limit of 2,500.00 USD"
	Hint     string // what to do about a denial, a sentence; may be empty
	Resource string // "transfers"

	Amounts   []money.Money // that the request spends or lets others spend, to be reserved
	Fields    []string      // of the response that may be shown, with their members; nil for all
	Expand    []string      // values of expand that were granted
	Rows      int           // at most, in one result
	Approvers []string      // who may approve it
	Company   string        // id of the company that the token must belong to; empty for any
	SameUser  bool          // the operating-system user of the agent may approve
}

// Decider decides on requests. Policy is one; a company can put its own policy engine here. Decide
// must be pure: the same request has the same decision, and deciding spends nothing. The guard
// refuses card numbers, reserves amounts and writes the log whatever the Decider.
type Decider interface {
	Decide(Request) Decision
	// Grants reports whether some request of the operation may be allowed or approved. It decides
	// what Search shows.
	Grants(agent string, op *brex.Operation) bool
	// Hash names the version of the rules in the log. An approval given under another version does
	// not count.
	Hash() string
}

// ErrPolicy is the error of a policy that cannot be read. Its text names the line and the field.
var ErrPolicy = errors.New("policy")

// Policy is a Decider read from a file.
type Policy struct {
	hash, company string
	zone          *time.Location
	agents        map[string]*agentRules
	text          []byte
}

type agentRules struct {
	name        string
	calls, rows int
	sameUser    bool
	grants      map[string]*grant // by resource
}

// Hash is the SHA-256 of the policy and of the files it names, as "sha256:…".
func (p *Policy) Hash() string { return p.hash }

// Company is the id of the company that the token must belong to; empty for any.
func (p *Policy) Company() string { return p.company }

// Text is the policy as it was read.
func (p *Policy) Text() string { return string(p.text) }

// Agents returns the names of the agents, sorted.
func (p *Policy) Agents() []string {
	return slices.Sorted(maps.Keys(p.agents))
}

// Grants reports whether the agent may use the operation in some way.
func (p *Policy) Grants(agent string, op *brex.Operation) bool {
	a := p.agents[agent]
	if a == nil || never[op.ID] {
		return false
	}
	return a.grants[ResourceOf(op)].allows(op, op.Access)
}

// Scopes returns the OAuth scopes that the agents together need, see brex.RequiredScopes, and that
// of getCompany, by which the guard knows the token's company. A token with more can do more than
// the policy lets it.
func (p *Policy) Scopes(agents ...string) ([]string, error) {
	return brex.RequiredScopes(p.operations(agents)...)
}

// MissingScopes returns the operations of Scopes for which the scopes of a token are not enough.
// Operations for which Brex documents no scope are not among them.
func (p *Policy) MissingScopes(granted []string, agents ...string) (operations []string) {
	for _, id := range p.operations(agents) {
		op, _ := brex.LookupOperation(id) // it is one
		if len(op.Scopes) > 0 && !slices.ContainsFunc(op.Scopes, func(s string) bool { return slices.Contains(granted, s) }) {
			operations = append(operations, id)
		}
	}
	return operations
}

// operations are those that agents may send, all agents if there are none, and that of the guard.
func (p *Policy) operations(agents []string) (ids []string) {
	if len(agents) == 0 {
		agents = p.Agents()
	}
	for _, op := range brex.Operations() {
		if op.ID == "getCompany" || slices.ContainsFunc(agents, func(name string) bool { return p.Grants(name, op) }) {
			ids = append(ids, op.ID)
		}
	}
	return ids
}
