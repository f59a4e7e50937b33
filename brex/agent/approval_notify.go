package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/webhook"
)

// Notifier tells people that a request waits for them. An error does not change that it waits.
type Notifier interface {
	Notify(ctx context.Context, a Approval) error
}

// Approver decides about a request at once, on another way than the agent's connection. ErrUndecided
// leaves it waiting, and so does any other error.
type Approver interface {
	Decide(ctx context.Context, a Approval) (approve bool, by Person, err error)
}

// ErrUndecided is the error of an Approver that does not decide.
var ErrUndecided = errors.New("agent: not decided yet")

// Webhook is a Notifier that posts each request as JSON, signed in the form of Standard Webhooks, so
// that the receiver can tell it from a forgery. It sends no request body and no reason of the agent.
type Webhook struct {
	url, secret string
	client      *http.Client
	encode      func(Approval) (any, error)
}

// NewWebhook makes a Webhook to an https address, or http on this machine. secret is in the form
// "whsec_" and base64. encode is what is posted; the members of Notice if it is nil. A Slack
// incoming webhook wants {"text": ...}.
func NewWebhook(address, secret string, encode func(Approval) (any, error)) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1") {
		return nil, errors.New("agent: the address of a webhook must be an https URL")
	}
	if _, err := webhook.Sign(secret, "id", time.Now(), nil); err != nil {
		return nil, errors.New("agent: the secret of a webhook must be whsec_ and base64")
	}
	if encode == nil {
		encode = func(a Approval) (any, error) { return NoticeOf(a), nil }
	}
	client := &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return &Webhook{address, secret, client, encode}, nil
}

// Notice is what a Webhook posts.
type Notice struct {
	Type      string    `json:"type"` // "agent.approval.requested"
	ID        string    `json:"id"`
	Agent     string    `json:"agent"`
	Operation string    `json:"operation"`
	Amounts   []string  `json:"amounts,omitempty"` // "12.50 USD"
	Facts     []Fact    `json:"facts,omitempty"`
	Why       string    `json:"why"`
	Approvers []string  `json:"approvers"`
	Expires   time.Time `json:"expires"`
}

// NoticeOf is the notice of a request.
func NoticeOf(a Approval) Notice {
	n := Notice{"agent.approval.requested", a.ID, a.Agent, a.Operation, nil, a.Facts, a.Why, a.Approvers, a.Expires}
	for _, m := range a.Amounts {
		n.Amounts = append(n.Amounts, m.String())
	}
	return n
}

// Notify posts the request. The error names neither address nor secret.
func (w *Webhook) Notify(ctx context.Context, a Approval) error {
	value, err := w.encode(a)
	if err != nil {
		return fmt.Errorf("agent: webhook: %w", err)
	}
	req, err := webhook.NewRequest(ctx, w.url, brex.NewSecret(w.secret), value, webhook.WithID(a.ID))
	if err != nil {
		return errors.New("agent: webhook: the request cannot be made")
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return errors.New("agent: webhook: no response")
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("agent: webhook: status %d", resp.StatusCode)
	}
	return nil
}

// notifyTime bounds how long an agent's call waits for a Notifier or an Approver.
const notifyTime = 15 * time.Second

// pending gathers what the person needs to know, tells people, and asks the Approver. It returns the
// error of the call, nil if it may be sent now.
func (s *Session) pending(ctx context.Context, a *attempt, approval Approval) error {
	g := s.guard
	if approval.ID != a.id {
		return &PendingError{approval} // asked before
	}
	approval.Facts = Facts(ctx, g.client, a.prepared)
	ctx, cancel := context.WithTimeout(ctx, notifyTime)
	defer cancel()
	if g.notifier != nil {
		_ = g.notifier.Notify(ctx, approval) // the request waits, whether or not anybody was told
	}
	if g.approver == nil {
		return &PendingError{approval}
	}
	approve, by, err := g.approver.Decide(ctx, approval)
	if err != nil {
		return &PendingError{approval}
	}
	event := eventDenied
	if approve {
		event = eventApproved
	}
	if err := g.ledger.decide(ctx, g.log, approval.ID, by, event); err != nil {
		return errors.Join(err, &PendingError{approval})
	}
	if !approve {
		return &DeniedError{a.id, Decision{Verdict: Deny, Rule: "approvals", Reason: "a person refused this request"}}
	}
	a.id, a.reserved = newID("r"), false
	return s.settleDecision(ctx, a)
}

// Facts are those of a request that a person decides, as Facts reads them now. Those of when it was
// asked remain where its body is not kept.
func (g *Guard) Facts(ctx context.Context, a Approval) []Fact {
	if a.Request == nil {
		return a.Facts
	}
	return Facts(ctx, g.client, a.Request)
}

// Fact is a line of what a person must know before money moves.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Facts are what a person must know before a request is sent, read from Brex now: the company, the
// account that pays, the payee as Brex has it with the last four digits of the account, whether it
// was paid before, the amounts, the other members of the request, and the key. What cannot be found
// out is said to be not known. Show them when the person decides.
func Facts(ctx context.Context, client *brex.Client, p *brex.Prepared) []Fact {
	return (&finder{ctx: ctx, client: client, facts: factsOf(p), prepared: p}).all()
}
