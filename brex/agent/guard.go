package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Guard lets agents use a client under the decisions of a Decider. It is safe for concurrent use,
// also by several processes with the same ledger and log.
type Guard struct {
	client   *brex.Client
	decider  Decider
	ledger   *Ledger
	log      *Log
	now      func() time.Time
	expiry   time.Duration
	notifier Notifier
	approver Approver

	mu        sync.Mutex
	companyID string // of the token, once it is known
}

// Option is a setting of a Guard.
type Option func(*Guard) error

// WithNotifier calls n for each request that a person must decide.
func WithNotifier(n Notifier) Option {
	return func(g *Guard) error { g.notifier = n; return nil }
}

// WithApprover asks a at once for each request that a person must decide. Without it, and if it does
// not decide, the request waits for Ledger.Approve.
func WithApprover(a Approver) Option {
	return func(g *Guard) error { g.approver = a; return nil }
}

// WithExpiry sets how long a request waits for a person; a day unless given. After it, it is
// refused.
func WithExpiry(d time.Duration) Option {
	return func(g *Guard) error {
		if d <= 0 {
			return errors.New("agent: WithExpiry: the duration must be positive")
		}
		g.expiry = d
		return nil
	}
}

// WithClock sets the clock of the guard and of its ledger.
func WithClock(now func() time.Time) Option {
	return func(g *Guard) error { g.now, g.ledger.now = now, now; return nil }
}

// NewGuard makes a guard. A nil decider denies everything except Search and Describe.
func NewGuard(client *brex.Client, decider Decider, ledger *Ledger, log *Log, opts ...Option) (*Guard, error) {
	if client == nil || ledger == nil || log == nil {
		return nil, errors.New("agent: NewGuard needs a client, a ledger and a log")
	}
	g := &Guard{client: client, decider: decider, ledger: ledger, log: log, now: time.Now, expiry: 24 * time.Hour}
	if decider == nil {
		g.decider = nothing{}
	}
	for _, opt := range opts {
		if err := opt(g); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// Ledger is the ledger of the guard.
func (g *Guard) Ledger() *Ledger { return g.ledger }

// Log is the log of the guard.
func (g *Guard) Log() *Log { return g.log }

// Decider is the decider of the guard.
func (g *Guard) Decider() Decider { return g.decider }

// nothing is the Decider where there is no policy.
type nothing struct{}

func (nothing) Decide(Request) Decision {
	return Decision{Verdict: Deny, Rule: "no policy", Reason: "there is no policy, so nothing is granted",
		Hint: "a person makes one with brex agents policy init, and names it with --policy"}
}
func (nothing) Grants(string, *brex.Operation) bool { return true } // Search shows what a policy could grant
func (nothing) Hash() string                        { return "none" }

// DeniedError is the refusal of a call. Nothing was sent.
type DeniedError struct {
	ID       string // of the record in the log
	Decision Decision
}

// Error names the rule, the reason and what to do.
func (e *DeniedError) Error() string {
	text := fmt.Sprintf("denied by %s: %s; nothing was sent", e.Decision.Rule, e.Decision.Reason)
	if e.Decision.Hint != "" {
		text += "; " + e.Decision.Hint
	}
	return text
}

// PendingError says that a person must decide first. Nothing was sent yet.
type PendingError struct{ Approval Approval }

// Error names the request, the rule and what to do.
func (e *PendingError) Error() string {
	a := e.Approval
	return fmt.Sprintf("request %s waits for the approval of a person (%s: %s) until %s; nothing was sent yet; "+
		"ask for its state with the id %s, and once it is approved make the same call again", a.ID, a.Rule, a.Why,
		a.Expires.UTC().Format(time.RFC3339), a.ID)
}

// ErrArguments is the error of a call whose arguments cannot be used. Nothing was sent.
var ErrArguments = errors.New("agent: the arguments cannot be used")

// company checks that the token is of the company. It asks Brex once (getCompany): a token keeps its
// company.
func (g *Guard) company(ctx context.Context, id string) error {
	g.mu.Lock()
	known := g.companyID
	g.mu.Unlock()
	if known == "" {
		c, err := g.client.Company.Get(ctx)
		if err != nil {
			return fmt.Errorf("the company of the token cannot be found out: %w", err)
		}
		known = c.ID
		g.mu.Lock()
		g.companyID = known
		g.mu.Unlock()
	}
	if known != id {
		return errors.New("the token is of another company than the policy")
	}
	return nil
}

// handleAlphabet has no vowels and no characters that look alike.
const handleAlphabet = "bcdfghjkmnpqrstvwxz23456789"

// randomLetters returns n random letters and digits.
func randomLetters(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = handleAlphabet[int(b[i])%len(handleAlphabet)]
	}
	return string(b)
}

func newID(prefix string) string { return prefix + "-" + randomLetters(10) }
