package agent

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
)

// prepare is a payment as it would be sent.
func (f *fixture) prepare(t testing.TB, memo string) *brex.Prepared {
	t.Helper()
	memo = clean(memo)
	if memo == "" || len(memo) > 80 || strings.ContainsFunc(memo, func(r rune) bool { return r > '~' }) { // Brex takes ASCII only
		memo = "INV-0000"
	}
	p, err := f.client.Prepare("createTransfer", f.transfer(60000, memo))
	require.NoError(t, err)
	return p
}

func (f *fixture) asked(t testing.TB, memo string) Approval {
	t.Helper()
	_, err := f.as(t, "payer").Money(background, "createTransfer", f.transfer(60000, memo), "because")
	var pending *PendingError
	require.ErrorAs(t, err, &pending)
	return pending.Approval
}

// An approval is of one agent, its arguments, one policy, until it expires, by an approver who is
// not the agent; what is shown has the payee as Brex has it.
func TestApprovals(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ledger, log := f.guard.Ledger(), f.guard.Log()
	approve := func(id string, by Person) error { return ledger.Approve(background, log, id, by) }
	pay := func(g *Guard, memo string) error {
		s, err := g.As("payer", SessionOptions{User: "bot"})
		require.NoError(t, err)
		_, err = s.Money(background, "createTransfer", f.transfer(60000, memo), "because")
		return err
	}
	a := f.asked(t, "INV-1000")
	require.Equal(t, a.ID, f.asked(t, "INV-1000").ID, "the same request is asked for once")
	var text strings.Builder
	for _, fact := range a.Facts {
		text.WriteString(fact.Name + "=" + fact.Value + "\n")
	}
	for _, want := range []string{"company=", "to=", " ending ", "amount=600.00 USD", "memo=INV-1000", "balance ", "paid before="} {
		require.Contains(t, text.String(), want)
	}
	require.ErrorContains(t, approve("r-none", Person{Name: "cfo"}), "is not known")
	require.ErrorContains(t, approve(a.ID, Person{Name: "intern"}), "not one of its approvers")
	require.ErrorContains(t, approve(a.ID, Person{}), "not one of its approvers")
	require.NoError(t, approve(a.ID, Person{Name: "cfo"}))
	var pending *PendingError
	require.ErrorAs(t, pay(f.guard, "INV-1001"), &pending, "other arguments")
	require.ErrorAs(t, pay(f.open(t, f.policy(t, "per_day: 5000.00", "per_day: 5001.00")), "INV-1000"), &pending, "another policy")
	require.Zero(t, f.wire.Load())

	// The policy decides again when it is sent.
	later := f.open(t, f.policy(t), WithClock(func() time.Time { return f.now.Add(12 * time.Hour) }))
	require.ErrorContains(t, pay(later, "INV-1000"), "transfers.hours")
	f.now = f.now.Add(24 * time.Hour)
	f.guard.now, ledger.now = func() time.Time { return f.now }, func() time.Time { return f.now }
	state, err := ledger.Approval(background, a.ID)
	require.NoError(t, err)
	require.Equal(t, Expired, state.State)
	require.ErrorAs(t, pay(f.guard, "INV-1000"), &pending, "it has expired")
	require.ErrorContains(t, approve(a.ID, Person{Name: "cfo"}), "is expired")

	// The user that the agent runs as cannot approve, nor one that is not known.
	b := pending.Approval
	require.ErrorContains(t, approve(b.ID, Person{Name: "cfo", User: "bot"}), "could be the agent itself")
	require.ErrorContains(t, approve(b.ID, Person{Name: "cfo"}), "could be the agent itself")
	require.NoError(t, approve(b.ID, Person{Name: "cfo", User: "ada"}))
	require.NoError(t, pay(f.guard, "INV-1000"))
	require.EqualValues(t, 1, f.wire.Load())
	require.ErrorAs(t, pay(f.guard, "INV-1000"), &pending, "an approval counts once")

	c := f.asked(t, "INV-1002")
	require.NoError(t, ledger.Refuse(background, log, c.ID, Person{Name: "cfo"}))
	var denied *DeniedError
	require.ErrorAs(t, pay(f.guard, "INV-1002"), &denied)
	_, err = f.as(t, "reader").Pending(background, c.ID)
	require.ErrorContains(t, err, "is not known", "another agent's request")
	all, err := ledger.Approvals(background)
	require.NoError(t, err)
	require.Equal(t, c.ID, all[0].ID)
	require.EqualValues(t, 1, f.wire.Load())
}

// What Brex refused is not spent; what may have happened is, and is not sent again unasked.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	f := setup(t)
	s := f.as(t, "payer")
	spent := func() int {
		past, err := f.guard.Ledger().Spent(background, "payer")
		require.NoError(t, err)
		return len(past.Spends)
	}
	f.sandbox.FailNext("createTransfer", brextest.Status(400, `{"message":"no"}`), 1)
	_, err := s.Money(background, "createTransfer", f.transfer(40000, "INV-2000"), "x")
	require.Error(t, err)
	require.Zero(t, spent())
	f.sandbox.FailNext("createTransfer", brextest.ResetAfterAccept(), 9)
	_, err = s.Money(background, "createTransfer", f.transfer(40000, "INV-2001"), "x")
	require.Error(t, err)
	f.sandbox.ClearFaults()
	require.Equal(t, 1, spent())
	var pending *PendingError
	_, err = s.Money(background, "createTransfer", f.transfer(40000, "INV-2001"), "x")
	require.ErrorAs(t, err, &pending)
	require.Equal(t, "same request", pending.Approval.Rule)
}

// Stop halts all agents of the ledger, also of other processes, until Start.
func TestStop(t *testing.T) {
	t.Parallel()
	f := setup(t)
	s := f.as(t, "payer")
	require.NoError(t, f.open(t, f.policy(t)).Ledger().Stop("ada"))
	_, err := s.Money(background, "createTransfer", f.transfer(40000, "INV-2000"), "x")
	require.ErrorContains(t, err, "all agents are stopped")
	_, err = s.Read(background, ReadRequest{Operation: "listVendors"})
	require.ErrorContains(t, err, "all agents are stopped")
	require.NoError(t, f.guard.Ledger().Start())
	_, err = s.Read(background, ReadRequest{Operation: "listVendors"})
	require.NoError(t, err)
}

// Without a policy everything is denied, and it says how to make one; a search works.
func TestNoPolicy(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.guard = f.open(t, nil)
	s := f.as(t, "anybody")
	_, err := s.Read(background, ReadRequest{Operation: "listVendors"})
	require.ErrorContains(t, err, "brex agents policy init")
	found, err := s.Search(background, "vendors")
	require.NoError(t, err)
	require.Contains(t, found.Text, "listVendors")
	_, err = s.Describe(background, "listVendors")
	require.NoError(t, err)
}

// A token of another company moves nothing and reads nothing, and the company of a token is asked
// for once.
func TestOtherCompany(t *testing.T) {
	t.Parallel()
	var seen []string
	f := setup(t, brextest.WithRequestHook(func(r brextest.Request) { seen = append(seen, r.Method+" "+r.Path) }))
	seen = nil
	read := func() error {
		_, err := f.as(t, "payer").Read(background, ReadRequest{Operation: "listVendors", Rows: 1})
		return err
	}
	require.NoError(t, read())
	require.NoError(t, read())
	require.Equal(t, []string{"GET /v2/company", "GET /v1/vendors", "GET /v1/vendors"}, seen)

	seen, f.guard = nil, f.open(t, f.policy(t, "company: "+f.company, "company: another"))
	_, err := f.as(t, "payer").Money(background, "createTransfer", f.transfer(40000, "INV-2000"), "x")
	require.ErrorContains(t, err, "denied by company")
	require.ErrorContains(t, read(), "denied by company")
	require.Equal(t, []string{"GET /v2/company"}, seen)
	past, err := f.guard.Ledger().Spent(background, "payer")
	require.NoError(t, err)
	require.Empty(t, past.Spends)
}

// After text of others, a payment asks unless the policy says otherwise, also in another process.
func TestAfterUntrusted(t *testing.T) {
	t.Parallel()
	f := setup(t)
	policy := f.policy(t, "after_untrusted: allow", "after_untrusted: ask")
	pay := func(memo string) error {
		s, err := f.open(t, policy).As("payer", SessionOptions{})
		require.NoError(t, err)
		_, err = s.Money(background, "createTransfer", f.transfer(100, memo), "x")
		return err
	}
	require.NoError(t, pay("INV-3000"))
	_, err := f.as(t, "payer").Read(background, ReadRequest{Operation: "listVendors", Fields: []string{"id"}})
	require.NoError(t, err)
	require.NoError(t, pay("INV-3001"), "ids are not text of others")
	_, err = f.as(t, "payer").Read(background, ReadRequest{Operation: "listVendors"})
	require.NoError(t, err)
	require.ErrorContains(t, pay("INV-3002"), "after_untrusted")
	f.now = f.now.Add(2 * time.Hour)
	require.NoError(t, pay("INV-3003"))
}

// yes is an Approver that approves as the cfo.
type yes struct{ seen Approval }

func (y *yes) Decide(_ context.Context, a Approval) (bool, Person, error) {
	y.seen = a
	return true, Person{Name: "cfo", From: "test"}, nil
}

// The notifier posts a signed notice, and an approver decides at once.
func TestNotifierAndApprover(t *testing.T) {
	t.Parallel()
	f := setup(t)
	secret := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	got := make(chan Notice, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var n Notice
		if err != nil || webhook.Verify(body, r.Header, []string{secret}) != nil || json.Unmarshal(body, &n) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got <- n
	}))
	t.Cleanup(hook.Close)
	notifier, err := NewWebhook(hook.URL, secret, nil)
	require.NoError(t, err)
	approver := new(yes)
	f.guard = f.open(t, f.policy(t), WithNotifier(notifier), WithApprover(approver))
	answer, err := f.as(t, "payer").Money(background, "createTransfer", f.transfer(60000, "INV-4000"), "SECRET reason")
	require.NoError(t, err)
	require.Contains(t, answer.Text, "600.00 USD")
	n := <-got
	require.Equal(t, []string{"600.00 USD"}, n.Amounts)
	require.Equal(t, approver.seen.ID, n.ID)
	require.EqualValues(t, 1, f.wire.Load())
	for _, bad := range []string{"http://evil.example/x", "ftp://a", "https://", "::"} {
		_, err := NewWebhook(bad, secret, nil)
		require.Error(t, err, bad)
	}
	_, err = NewWebhook("https://hooks.example/x", "secret", nil)
	require.Error(t, err)
}

// A request with account numbers is not kept: the agent makes the call again.
func TestAccountNumbersAreNotKept(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.guard = f.open(t, f.policy(t, "    vendors: read", "    vendors: {level: full, fields: all, hours: any, approvers: [cfo]}"))
	params := json.RawMessage(`{"company_name":"Acme","payment_accounts":[{"details":{"type":"ACH","account_number":"000123456789","routing_number":"021000021","account_type":"CHECKING","account_class":"BUSINESS"}}]}`)
	s := f.as(t, "payer")
	_, err := s.Write(background, "createVendor", params)
	require.ErrorContains(t, err, "call brex_money")
	_, err = s.Money(background, "createVendor", params, "x")
	var pending *PendingError
	require.ErrorAs(t, err, &pending)
	text, err := json.Marshal(pending.Approval)
	require.NoError(t, err)
	require.NotContains(t, string(text), "000123456789")
	require.NoError(t, f.guard.Ledger().Approve(background, f.guard.Log(), pending.Approval.ID, Person{Name: "cfo"}))
	require.Nil(t, pending.Approval.Request)
	_, err = s.Money(background, "createVendor", params, "x")
	require.NoError(t, err)
}

// permissive is a Decider that allows everything: what it cannot loosen is the guard's own.
type permissive struct{}

func (permissive) Decide(Request) Decision             { return Decision{Verdict: Allow, Rule: "all"} }
func (permissive) Grants(string, *brex.Operation) bool { return true }
func (permissive) Hash() string                        { return "all" }

// A Decider that allows everything gets no card numbers, no request that is not understood, and no
// class of request by the wrong tool.
func TestFixedChecks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.guard = f.open(t, permissive{})
	s := f.as(t, "anybody")
	_, err := s.Money(background, "getCardNumber", json.RawMessage(`{"id":"card_1"}`), "x")
	require.ErrorContains(t, err, "denied by never")
	_, err = s.Write(background, "createTransfer", f.transfer(1, "INV-1"))
	require.ErrorContains(t, err, "call brex_money")
	_, err = s.Read(background, ReadRequest{Operation: "createTitle", Params: json.RawMessage(`{"name":"x"}`)})
	require.ErrorContains(t, err, "call brex_write")
	for want, change := range map[string][2]string{
		"a member twice": {`"amount":{`, `"amount":{"amount":1,`}, "an amount of the request cannot be read": {`:60000`, `:6e4`}} {
		p := f.prepare(t, "INV-1")
		body := strings.Replace(string(p.Body), change[0], change[1], 1)
		require.NotEqual(t, string(p.Body), body)
		p.Body = json.RawMessage(body)
		require.ErrorContains(t, s.settleDecision(background, &attempt{id: newID("r"), tool: ToolMoney, prepared: p, facts: factsOf(p)}), want)
	}
	require.Zero(t, f.wire.Load())
}

// A reservation that does not follow an approval of the same id makes a ledger unusable.
func TestReservationFollowsApproval(t *testing.T) {
	t.Parallel()
	x := newIndex()
	require.NoError(t, x.apply(entry{Event: eventReserved, ID: "r-1", Agent: "a"}))
	require.Error(t, x.apply(entry{Event: eventReserved, ID: "r-1", Agent: "a"}))
	require.Error(t, x.apply(entry{Event: eventCommitted, ID: "r-2"}))
}

// The calls of a minute are counted over processes.
func TestCallsAMinute(t *testing.T) {
	t.Parallel()
	f := setup(t)
	policy := f.policy(t, "1000/min", "3/min")
	call := func() error {
		s, err := f.open(t, policy).As("payer", SessionOptions{})
		require.NoError(t, err)
		_, err = s.Read(background, ReadRequest{Operation: "listVendors", Rows: 1})
		return err
	}
	for range 3 {
		require.NoError(t, call())
	}
	require.ErrorContains(t, call(), "agents.payer.calls")
	f.now = f.now.Add(time.Minute)
	require.NoError(t, call())
}
