package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// attack is one try to pass the policy.
type attack func(r *rand.Rand, s *Session) error

// attacks are the ways to try, none of which is allowed by the policy.
func (f *fixture) attacks(replay, expired string, used json.RawMessage) []attack {
	money := func(operation, params string) func(*rand.Rand, *Session) error {
		return func(r *rand.Rand, s *Session) error {
			tools := []func() error{
				func() error { _, err := s.Money(background, operation, json.RawMessage(params), "x"); return err },
				func() error { _, err := s.Write(background, operation, json.RawMessage(params)); return err },
				func() error {
					_, err := s.Read(background, ReadRequest{Operation: operation, Params: json.RawMessage(params)})
					return err
				},
				func() error {
					_, err := s.Total(background, TotalRequest{Operation: operation, Params: json.RawMessage(params)})
					return err
				},
			}
			return tools[r.IntN(len(tools))]()
		}
	}
	pay := func(change func(r *rand.Rand, body map[string]any)) attack {
		return func(r *rand.Rand, s *Session) error {
			var body map[string]any
			_ = json.Unmarshal(f.transfer(1000, "INV-1234"), &body)
			change(r, body)
			text, err := json.Marshal(body)
			if err != nil {
				return err
			}
			name := []string{"createTransfer", "payments/post_v1_transfers"}[r.IntN(2)] // its alias
			if r.IntN(2) == 0 {
				text = fmt.Appendf(nil, `{"body":%s}`, text) // nested
			}
			_, err = s.Money(background, name, text, "x")
			return err
		}
	}
	raw := func(text string) attack {
		return func(_ *rand.Rand, s *Session) error {
			_, err := s.Money(background, "createTransfer", json.RawMessage(text), "x")
			return err
		}
	}
	ok := string(f.transfer(1000, "INV-1234"))
	all := []attack{
		pay(func(_ *rand.Rand, b map[string]any) {
			b["amount"] = map[string]any{"amount": 250001, "currency": "USD"}
		}),
		pay(func(_ *rand.Rand, b map[string]any) { b["amount"] = map[string]any{"amount": 1000, "currency": "EUR"} }),
		pay(func(_ *rand.Rand, b map[string]any) { b["amount"] = map[string]any{"amount": 1000, "currency": "usd"} }),
		pay(func(_ *rand.Rand, b map[string]any) { b["amount"] = map[string]any{"amount": 0, "currency": "USD"} }),
		pay(func(_ *rand.Rand, b map[string]any) { b["amount"] = map[string]any{"amount": -1, "currency": "USD"} }),
		pay(func(_ *rand.Rand, b map[string]any) {
			b["amount"] = map[string]any{"amount": 1e3 + 0.5, "currency": "USD"}
		}),
		pay(func(_ *rand.Rand, b map[string]any) { b["amount"] = map[string]any{"Amount": 1, "currency": "USD"} }),
		pay(func(r *rand.Rand, b map[string]any) {
			b["counterparty"] = map[string]any{"type": "VENDOR", "payment_instrument_id": f.payee + randomLetters(1+r.IntN(3))}
		}),
		pay(func(_ *rand.Rand, b map[string]any) {
			b["counterparty"] = map[string]any{"type": "VENDOR", "payment_instrument_id": "any"}
		}),
		pay(func(_ *rand.Rand, b map[string]any) {
			b["counterparty"] = map[string]any{"type": "VENDOR", "payment_instrument_id": strings.ToUpper(f.payee)}
		}),
		pay(func(_ *rand.Rand, b map[string]any) {
			b["counterparty"] = map[string]any{"type": "BOOK_TRANSFER", "recipient": map[string]any{"type": "ACCOUNT_ID", "id": f.account}}
		}),
		pay(func(_ *rand.Rand, b map[string]any) {
			b["counterparty"] = map[string]any{"type": "VENDOR", "payment_instrument_id": f.payee, "recipient": map[string]any{"type": "ACCOUNT_ID", "id": "x"}}
		}),
		pay(func(_ *rand.Rand, b map[string]any) {
			b["originating_account"] = map[string]any{"type": "BREX_CASH", "id": "dpacc_other"}
		}),
		pay(func(_ *rand.Rand, b map[string]any) { b["external_memo"] = "give me money" }),
		pay(func(_ *rand.Rand, b map[string]any) { b["description"] = "INV-1234\nand more" }),
		pay(func(_ *rand.Rand, b map[string]any) { b["approval_type"] = "AUTO" }),
		raw(strings.Replace(ok, `"amount":1000`, `"amount":1000,"amount":9900000`, 1)), // a member twice
		raw(strings.Replace(ok, `"amount":1000`, `"amount":1e9`, 1)),
		raw(strings.Replace(ok, `"amount":1000`, `"amount":"1000"`, 1)),
		raw(strings.Replace(ok, `"external_memo"`, `"counterparty":{"type":"VENDOR","payment_instrument_id":"x"},"external_memo"`, 1)),
		raw(ok + ok), raw(`[` + ok + `]`), raw(`{"body":` + ok + `,"amount":{"amount":1,"currency":"USD"}}`), raw(`null`), raw(`"`), raw(``),
		raw(string(used)), // an approval that was used already: asked for anew, not sent
		money("getCardNumber", `{"id":"card_1"}`), money("team/get_v2_cards_by_id_pan", `{"id":"card_1"}`), money("GETCARDNUMBER", `{"id":"card_1"}`),
		money("emailCardNumber", `{"id":"card_1","recipient_email":"a@b.example"}`), money("listWebhookSecrets", `{}`), money("listSecrets", `{}`),
		money("createWebhookSubscription", `{"url":"https://a.example","event_types":["TRANSFER_PROCESSED"]}`),
		money("createCard", `{"owner":{"type":"USER","user_id":"u"},"card_name":"x","card_type":"VIRTUAL","limit_type":"CARD","spend_controls":{"spend_limit":{"amount":99999,"currency":"USD"},"spend_duration":"MONTHLY"}}`),
		money("setUserLimit", `{"id":"u","monthly_limit":{"amount":1,"currency":"USD"}}`),
		money("createUser", `{"first_name":"a","last_name":"b","email":"a@b.example"}`), money("createVendor", `{"company_name":"x"}`),
		money("deleteVendor", `{"id":"v"}`), money("createTitle", `{"name":"x"}`), money("nothing", `{}`), money("createTransfer ", ok), money("CreateTransfer", ok),
		money("listExpenses", `{"expand":["budget"]}`), money("expenses/get_v1_expenses", `{"expand[]":["merchant","user"]}`), money("listTrips", `{}`),
		func(_ *rand.Rand, s *Session) error { _, err := s.Pending(background, "r-bcdfghjkmn"); return err },
		func(_ *rand.Rand, s *Session) error {
			_, err := s.Read(background, ReadRequest{Operation: "listVendors", Cursor: "cur-bcdfgh"})
			return err
		},
		func(_ *rand.Rand, s *Session) error {
			_, err := s.Read(background, ReadRequest{Operation: "getVendorById", Params: json.RawMessage(`{"id":"vnd-bcdf"}`)})
			return err
		},
		func(_ *rand.Rand, s *Session) error {
			return s.guard.ledger.Approve(background, s.guard.log, expired, Person{Name: "cfo"})
		},
		func(_ *rand.Rand, s *Session) error {
			return s.guard.ledger.Approve(background, s.guard.log, replay, Person{Name: "cfo"})
		},
	}
	return all
}

// 100,000 tries to pass a policy, by several agents and processes at once: none reaches the wire,
// and each has exactly one record in the log. -short makes 4,000.
func TestAttacks(t *testing.T) {
	f := setup(t)
	// No agent is left with anything to spend, and approvals are about: used, expired.
	payer := f.as(t, "payer")
	ask := func(memo string) string {
		_, err := payer.Money(background, "createTransfer", f.transfer(60000, memo), "x")
		var pending *PendingError
		require.ErrorAs(t, err, &pending)
		return pending.Approval.ID
	}
	used, expired := ask("INV-9001"), ask("INV-9002")
	require.NoError(t, f.guard.Ledger().Approve(background, f.guard.Log(), used, Person{Name: "cfo"}))
	_, err := payer.Money(background, "createTransfer", f.transfer(60000, "INV-9001"), "x")
	require.NoError(t, err)
	f.now = f.now.Add(25 * time.Hour)
	before, sent := len(f.records(t)), f.wire.Load()

	n := 100_000
	if testing.Short() {
		n = 4_000
	}
	const workers = 4
	attacks := f.attacks(used, expired, f.transfer(60000, "INV-9001"))
	var sessions []*Session
	var tries atomic.Int64
	base := f.now
	policy := f.policy(t, "approve_above: 500.00 USD", "approve_above: 5000.00 USD") // so that nobody is asked instead of a check
	for i := range workers {                                                         // each with a ledger and a log of its own, as processes have
		g := f.open(t, policy, WithClock(func() time.Time { return base.Add(time.Duration(tries.Load()) * 100 * time.Millisecond) }))
		s, err := g.As([]string{"payer", "reader", "stranger"}[i%3], SessionOptions{})
		require.NoError(t, err)
		sessions = append(sessions, s)
	}
	before += workers
	var wg sync.WaitGroup
	for i, s := range sessions {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for tries.Add(1) <= int64(n) {
				kind := r.IntN(len(attacks))
				if err := attacks[kind](r, s); err == nil {
					t.Errorf("attack %d was allowed for %s", kind, s.agent)
					return
				} else if errors.Is(err, ErrLedger) || errors.Is(err, ErrLog) {
					t.Errorf("attack %d: %v", kind, err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, sent, f.wire.Load(), "a request reached the wire")
	require.Equal(t, before+n, len(f.records(t)), "not one record for each try")
}

// Many processes and goroutines that spend at once never spend more than the budget of the day.
func TestBudgetRace(t *testing.T) {
	t.Parallel()
	f := setup(t)
	var wg sync.WaitGroup
	var paid atomic.Int64
	for i := range 6 {
		s, err := f.open(t, f.policy(t)).As("payer", SessionOptions{})
		require.NoError(t, err)
		for j := range 2 {
			wg.Go(func() {
				for k := range 4 {
					_, err := s.Money(background, "createTransfer", f.transfer(45000, fmt.Sprintf("INV-%d%d%d0", i, j, k)), "x")
					var denied *DeniedError
					if err == nil {
						paid.Add(1)
					} else if !errors.As(err, &denied) {
						t.Errorf("%v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	require.EqualValues(t, 11, paid.Load(), "11 of 450.00 USD fit into 5,000.00 USD")
	require.EqualValues(t, 11, f.wire.Load())
	_, err := f.as(t, "payer").Money(background, "createTransfer", f.transfer(5100, "INV-0000"), "x")
	require.ErrorContains(t, err, "agents.payer.transfers.per_day")
	f.now = f.now.Add(24 * time.Hour) // another day, the same month? No: December begins
	_, err = f.as(t, "payer").Money(background, "createTransfer", f.transfer(5100, "INV-0001"), "x")
	require.NoError(t, err)
}

// An approval is sent once, however many ask for it at once.
func TestApprovalRace(t *testing.T) {
	t.Parallel()
	f := setup(t)
	call := func(s *Session) error {
		_, err := s.Money(background, "createTransfer", f.transfer(60000, "INV-5555"), "x")
		return err
	}
	var pending *PendingError
	require.ErrorAs(t, call(f.as(t, "payer")), &pending)
	id := pending.Approval.ID
	require.NoError(t, f.guard.Ledger().Approve(background, f.guard.Log(), id, Person{Name: "cfo"}))
	var wg sync.WaitGroup
	var sent atomic.Int64
	for range 8 {
		g := f.open(t, f.policy(t))
		s, err := g.As("payer", SessionOptions{})
		require.NoError(t, err)
		wg.Go(func() {
			if call(s) == nil {
				sent.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, sent.Load())
	require.EqualValues(t, 1, f.wire.Load())
	require.ErrorIs(t, f.guard.Ledger().Approve(background, f.guard.Log(), id, Person{Name: "cfo"}), ErrApproval)
	var unknown *brex.Error
	require.False(t, errors.As(call(f.as(t, "payer")), &unknown))
}
