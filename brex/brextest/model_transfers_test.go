package brextest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bank is what transfers need to know of the company.
type bank struct {
	primary, other           string
	ach, wire, cheque, world string // instruments
}

func bankOf(s *sandbox) bank {
	s.t.Helper()
	accounts := ids(s.all("/v2/accounts/cash"))
	b := bank{primary: accounts[0], other: accounts[1]}
	for _, v := range s.all("/v1/vendors") {
		for _, account := range v["payment_accounts"].([]any) {
			d := account.(map[string]any)["details"].(map[string]any)
			id := d["payment_instrument_id"].(string)
			switch d["type"] {
			case "ACH":
				b.ach = id
			case "DOMESTIC_WIRE":
				b.wire = id
			case "CHEQUE":
				b.cheque = id
			case "INTERNATIONAL_WIRE":
				b.world = id
			}
		}
	}
	return b
}

func (b bank) pay(instrument string, cents int64, more string) string {
	return fmt.Sprintf(`{"counterparty":{"type":"VENDOR","payment_instrument_id":%q},"amount":{"amount":%d,"currency":"USD"},`+
		`"description":"Invoice","external_memo":"INV-1","originating_account":{"type":"BREX_CASH","id":%q}%s}`, instrument, cents, b.primary, more)
}

func (s *sandbox) balances(account string) (available, current float64) {
	s.t.Helper()
	a := s.get("/v2/accounts/cash/" + account).json(s.t)
	return a["available_balance"].(map[string]any)["amount"].(float64), a["current_balance"].(map[string]any)["amount"].(float64)
}

func TestTransferMovesMoney(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	b := bankOf(s)
	available, current := s.balances(b.primary)
	transactions := len(s.all("/v2/transactions/cash/" + b.primary))
	known := len(s.all("/v1/transfers"))

	got := s.do("POST", "/v1/transfers", b.pay(b.ach, 12_345, ""), key("t1")...)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	transfer := got.json(t)
	id := transfer["id"].(string)
	require.Equal(t, "PROCESSING", transfer["status"])
	require.Equal(t, "ACH", transfer["payment_type"])
	require.Equal(t, "2026-11-02", transfer["process_date"])
	require.Equal(t, "2026-11-04", transfer["estimated_delivery_date"])
	require.Equal(t, "INV-1", transfer["external_memo"], "as sent")
	require.NotEqual(t, "Invoice", transfer["description"], "rewritten")
	require.Equal(t, id, ids(s.all("/v1/transfers"))[0], "the newest comes first")

	require.Equal(t, string(got.Body), string(s.do("POST", "/v1/transfers", b.pay(b.ach, 12_345, ""), key("t1")...).Body))
	require.Len(t, s.all("/v1/transfers"), known+1)
	a, c := s.balances(b.primary)
	require.Equal(t, []float64{available - 12_345, current}, []float64{a, c}, "held, not gone")

	s.Advance(57 * time.Hour) // 21:00 on the 4th
	require.Equal(t, "PROCESSED", s.get("/v1/transfers/" + id).json(t)["status"])
	var booked map[string]any
	for _, tx := range s.all("/v2/transactions/cash/" + b.primary) {
		if tx["transfer_id"] == id {
			booked = tx
		}
	}
	require.Equal(t, -12_345.0, booked["amount"].(map[string]any)["amount"])
	require.Equal(t, "PAYMENT", booked["type"])
	require.Equal(t, "2026-11-04", booked["posted_at_date"])
	require.Greater(t, len(s.all("/v2/transactions/cash/"+b.primary)), transactions)
	require.Equal(t, "PROCESSED", s.get("/v1/transfers/" + id).json(t)["status"], "once")
}

func TestTransferTimes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                 string
		after                time.Duration // from Monday noon
		instrument           func(bank) string
		status, send, arrive string
	}{
		{"wire on the same day", 0, func(b bank) string { return b.wire }, "PROCESSING", "2026-11-02", "2026-11-02"},
		{"late in the day", 9 * time.Hour, func(b bank) string { return b.wire }, "SCHEDULED", "2026-11-03", "2026-11-03"},
		{"on Saturday", 5 * 24 * time.Hour, func(b bank) string { return b.ach }, "SCHEDULED", "2026-11-09", "2026-11-11"},
		{"ACH over the weekend", 4 * 24 * time.Hour, func(b bank) string { return b.ach }, "PROCESSING", "2026-11-06", "2026-11-10"},
		{"cheque", 0, func(b bank) string { return b.cheque }, "PROCESSING", "2026-11-02", "2026-11-10"},
		{"international", 0, func(b bank) string { return b.world }, "PROCESSING", "2026-11-02", "2026-11-05"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSandbox(t, small)
			b := bankOf(s)
			s.Advance(tc.after)
			got := s.do("POST", "/v1/transfers", b.pay(tc.instrument(b), 100, ""), key("k")...).json(t)
			require.Equal(t, []any{tc.status, tc.send, tc.arrive}, []any{got["status"], got["process_date"], got["estimated_delivery_date"]})
			s.Advance(30 * 24 * time.Hour)
			require.Equal(t, "PROCESSED", s.get("/v1/transfers/" + got["id"].(string)).json(t)["status"])
		})
	}
}

func TestScheduledTransfer(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	b := bankOf(s)
	s.Advance(9 * time.Hour)
	id := s.do("POST", "/v1/transfers", b.pay(b.ach, 100, ""), key("k")...).json(t)["id"].(string)
	status := func() any { return s.get("/v1/transfers/" + id).json(t)["status"] }
	require.Equal(t, "SCHEDULED", status())
	s.Advance(15*time.Hour + 59*time.Minute) // 12:59 on Tuesday
	require.Equal(t, "SCHEDULED", status())
	s.Advance(time.Minute)
	require.Equal(t, "PROCESSING", status())
	s.Advance(56 * time.Hour)
	require.Equal(t, "PROCESSED", status())
}

func TestApproval(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	b := bankOf(s)
	available, _ := s.balances(b.primary)
	manual := func(cents int64, k string) string {
		got := s.do("POST", "/v1/transfers", b.pay(b.ach, cents, `,"approval_type":"MANUAL"`), key(k)...)
		require.Equal(t, "PENDING_APPROVAL", got.json(t)["status"], "%s", got.Body)
		return got.json(t)["id"].(string)
	}
	approved, denied, failed := manual(100, "a"), manual(200, "b"), manual(int64(available), "c")
	now, _ := s.balances(b.primary)
	require.Equal(t, available, now, "no money moves before an admin approves")

	require.NoError(t, s.ApproveTransfer(approved))
	require.NoError(t, s.DenyTransfer(denied))
	require.NoError(t, s.ApproveTransfer(failed))
	now, _ = s.balances(b.primary)
	require.Equal(t, available-100, now)
	require.Equal(t, "PROCESSING", s.get("/v1/transfers/" + approved).json(t)["status"])
	require.Equal(t, "APPROVAL_DENIED", s.get("/v1/transfers/" + denied).json(t)["cancellation_reason"])
	require.Equal(t, "INSUFFICIENT_FUNDS", s.get("/v1/transfers/" + failed).json(t)["cancellation_reason"])
	require.ErrorContains(t, s.ApproveTransfer(approved), "is PROCESSING")
	require.ErrorContains(t, s.ApproveTransfer("transfer_x"), "there is no transfer")

	require.ErrorContains(t, s.FailTransfer(approved, "BORED"), "not a cancellation reason")
	require.NoError(t, s.FailTransfer(approved, "USER_CANCELLED"))
	now, _ = s.balances(b.primary)
	require.Equal(t, available, now, "the money is back")
	require.ErrorContains(t, s.FailTransfer(approved, "USER_CANCELLED"), "is FAILED")
}

func TestBookTransfer(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	b := bankOf(s)
	fromA, fromC := s.balances(b.primary)
	toA, toC := s.balances(b.other)
	listed := len(s.all("/v1/transfers"))
	body := func(to string) string {
		return strings.Replace(b.pay("x", 5_000, ""), `{"type":"VENDOR","payment_instrument_id":"x"}`,
			fmt.Sprintf(`{"type":"BOOK_TRANSFER","recipient":{"type":"ACCOUNT_ID","id":%q}}`, to), 1)
	}
	got := s.do("POST", "/v1/transfers", body(b.other), key("b")...)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	require.Equal(t, "PROCESSED", got.json(t)["status"])
	require.Equal(t, b.other, got.json(t)["counterparty"].(map[string]any)["deposit_account_id"])
	a, c := s.balances(b.primary)
	require.Equal(t, []float64{fromA - 5_000, fromC - 5_000}, []float64{a, c})
	a, c = s.balances(b.other)
	require.Equal(t, []float64{toA + 5_000, toC + 5_000}, []float64{a, c})
	require.Equal(t, "INTRA_CUSTOMER_ACCOUNT_BOOK_TRANSFER", s.all("/v2/transactions/cash/" + b.other)[0]["type"])
	require.Len(t, s.all("/v1/transfers"), listed, "the list omits book transfers")
	require.Equal(t, 200, s.get("/v1/transfers/"+got.json(t)["id"].(string)).Status)

	wantProblem(t, s.do("POST", "/v1/transfers", body(b.primary), key("c")...), 400, "counterparty.recipient.id is invalid")
	wantProblem(t, s.do("POST", "/v1/transfers", body("dpacc_x"), key("c")...), 400, "counterparty.recipient.id is invalid")
}

func TestTransferBodies(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	b := bankOf(s)
	available, _ := s.balances(b.primary)
	good := b.pay(b.ach, 100, "")
	replace := func(old, new string) string {
		require.Contains(t, good, old)
		return strings.Replace(good, old, new, 1)
	}
	for _, tc := range []struct{ name, body, message string }{
		{"zero", b.pay(b.ach, 0, ""), "amount.amount is invalid"},
		{"negative", b.pay(b.ach, -5, ""), "amount.amount is invalid"},
		{"a fraction", replace(`"amount":100`, `"amount":100.5`), "amount.amount is invalid"},
		{"as text", replace(`"amount":100`, `"amount":"100"`), "amount.amount is invalid"},
		{"absurd", replace(`"amount":100`, `"amount":9223372036854775807`), "amount.amount is invalid"},
		{"another currency", replace("USD", "EUR"), "amount.currency is invalid"},
		{"no amount", replace(`"amount":{"amount":100,"currency":"USD"},`, ""), "amount is required"},
		{"no memo", replace(`"external_memo":"INV-1",`, ""), "external_memo is required"},
		{"a long memo", replace("INV-1", strings.Repeat("m", 91)), "external_memo is invalid"},
		{"a memo that is not ASCII", replace("INV-1", "Café"), "external_memo is invalid"},
		{"a description that is not ASCII", replace("Invoice", "naïve"), "description is invalid"},
		{"an unknown kind", replace("VENDOR", "PERSON"), "counterparty.type is invalid"},
		{"an unknown instrument", b.pay("pi_nope", 100, ""), "counterparty.payment_instrument_id is invalid"},
		{"an unknown account", replace(b.primary, "dpacc_nope"), "originating_account.id is invalid"},
		{"another account type", replace("BREX_CASH", "BANK"), "originating_account.type is invalid"},
		{"approval", b.pay(b.ach, 100, `,"approval_type":"AUTO"`), "approval_type is invalid"},
		{"unknown field", b.pay(b.ach, 100, `,"note":"x"`), "note is not a known field"},
		{"too much", b.pay(b.ach, int64(available)+1, ""), "Insufficient funds"},
		{"a cheque's memo", strings.Replace(b.pay(b.cheque, 100, ""), "INV-1", strings.Repeat("m", 41), 1), "external_memo is invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &sandbox{Handler: s.Handler, t: t}
			wantProblem(t, s.do("POST", "/v1/transfers", tc.body, key("k")...), 400, tc.message)
		})
	}
	now, _ := s.balances(b.primary)
	require.Equal(t, available, now)
	wantProblem(t, s.do("POST", "/v1/transfers", good), 400, "Idempotency-Key is required")
	for name, body := range map[string]string{
		"90 characters": replace("INV-1", strings.Repeat("m", 90)),
		"no currency":   replace(`,"currency":"USD"`, ""),
		"null currency": replace(`"USD"`, "null"),
		"ppro":          b.pay(b.ach, 100, `,"is_ppro_enabled":true`),
		"a cheque":      strings.Replace(b.pay(b.cheque, 100, ""), "INV-1", strings.Repeat("m", 40), 1),
	} {
		require.Equal(t, 200, s.do("POST", "/v1/transfers", body, key(name)...).Status, name)
	}
}

func TestIncomingTransfer(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	b := bankOf(s)
	available, current := s.balances(b.primary)
	banks := ids(s.all("/v1/linked_accounts"))
	body := func(bank string) string {
		return fmt.Sprintf(`{"counterparty":{"type":"BANK","id":%q},"receiving_account":{"type":"BREX_CASH","id":%q},`+
			`"amount":{"amount":7000},"description":"Top up"}`, bank, b.primary)
	}
	got := s.do("POST", "/v1/incoming_transfers", body(banks[0]), key("i")...)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	a, c := s.balances(b.primary)
	require.Equal(t, []float64{available, current}, []float64{a, c})
	s.Advance(57 * time.Hour)
	id := got.json(t)["id"].(string)
	require.Equal(t, "PROCESSED", s.get("/v1/transfers/" + id).json(t)["status"])
	found := false
	for _, tx := range s.all("/v2/transactions/cash/" + b.primary) {
		found = found || tx["transfer_id"] == id && tx["amount"].(map[string]any)["amount"] == 7000.0
	}
	require.True(t, found)
	wantProblem(t, s.do("POST", "/v1/incoming_transfers", body("bkconn_x"), key("j")...), 400, "counterparty.id is invalid")
}

// TestBalancesAddUp: statements chain, and the last one leads to the balance.
func TestBalancesAddUp(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	amount := func(m any) float64 { return m.(map[string]any)["amount"].(float64) }
	for _, account := range ids(s.all("/v2/accounts/cash")) {
		statements := s.all("/v2/accounts/cash/" + account + "/statements")
		for i := range len(statements) - 1 {
			require.Equal(t, amount(statements[i+1]["end_balance"]), amount(statements[i]["start_balance"]))
		}
		balance := amount(statements[0]["end_balance"])
		end := statements[0]["period"].(map[string]any)["end_date"].(string)
		for _, tx := range s.all("/v2/transactions/cash/" + account + "?limit=1000") {
			if tx["posted_at_date"].(string) > end {
				balance += amount(tx["amount"])
			}
		}
		_, current := s.balances(account)
		require.Equal(t, current, balance)
	}
}
