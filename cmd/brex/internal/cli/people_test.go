package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// jsonOf runs a command and reads its JSON.
func jsonOf[T any](t *testing.T, s setup, args ...string) (v T) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(s.run(t, append(args, "-o", "json")...).ok(t).out))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&v))
	return v
}

func TestObjectsAreNamedByPeople(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	users := jsonOf[[]object](t, s, "users", "list", "--all")
	u := users[1]
	for _, name := range []string{u.id(), u.text("email"), strings.ToUpper(u.text("email")), u.text("first_name") + " " + u.text("last_name")} {
		got := jsonOf[object](t, s, "users", "get", name)
		require.Equal(t, u.id(), got.id(), name)
	}
	require.Contains(t, s.run(t, "users", "get", "nobody@example.com").fails(t, exitNotFound), `there is no user "nobody@example.com"`)

	seen := map[string][]object{}
	var four, shared string
	for _, c := range jsonOf[[]object](t, s, "cards", "list", "--all") {
		if !c.over() {
			seen[c.text("last_four")] = append(seen[c.text("last_four")], c)
			seen[c.text("card_name")] = append(seen[c.text("card_name")], c)
		}
	}
	for name, cards := range seen {
		switch {
		case len(cards) == 1 && len(name) == 4:
			four = name
		case len(cards) > 1 && len(name) > 4:
			shared = name
		}
	}
	require.Equal(t, seen[four][0].id(), jsonOf[object](t, s, "cards", "get", four).id())
	line := s.run(t, "cards", "get", shared).fails(t, exitUsage)
	require.Contains(t, line, "say which by id: ")
	require.Contains(t, line, seen[shared][0].id())
	require.Contains(t, line, "ending "+seen[shared][0].text("last_four"))
}

func TestWhatLooksLikeAnID(t *testing.T) {
	for text, want := range map[string]bool{
		"cuuser_ckrz3n9b9013i01h5hgdyz7jh": true, "0f8fad5b-d9cb-469f-a165-70867728950e": true, "ckrz3n9b9013i01h5hgdyz7jh": true,
		"4242": false, "maya@example.com": false, "Maya Lopez": false, "AWS_2": false, "Operating": false, "interdepartmentalaffairs": false, "": false,
	} {
		require.Equal(t, want, looksLikeID(text), text)
	}
}

// payable finds a vendor with one way to pay it, the name of which no other vendor has.
func payable(t *testing.T, s setup, kind string) (name string, i instrument) {
	t.Helper()
	names := map[string]int{}
	vendors := jsonOf[[]object](t, s, "vendors", "list", "--all", "--show-secrets")
	for _, v := range vendors {
		names[v.text("company_name")]++
	}
	for _, v := range vendors {
		if all := instruments(v); len(all) == 1 && all[0].kind == kind && names[v.text("company_name")] == 1 {
			return v.text("company_name"), all[0]
		}
	}
	t.Fatal("the sandbox has no such vendor")
	return "", instrument{}
}

func TestTransfersCreate(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	vendor, i := payable(t, s, "ACH")
	account := jsonOf[[]object](t, s, "accounts", "list", "--type", "cash")[0]
	pay := []string{"transfers", "create", "--to", vendor, "--amount", "1250.07USD", "--from", account.text("name"), "--memo", "INV-4711", "--idempotency-key", "pay-1"}

	for _, wrong := range [][]string{
		{"--amount", "0USD"}, {"--amount", "-1USD"}, {"--amount", "12.345USD"}, {"--amount", "12.34"}, {"--by", "cash"}, {"--by", "wire"}, {"--to", ""}, {"--memo", strings.Repeat("x", 91)},
	} {
		s.run(t, append(pay, append(wrong, "--yes", "--company", companyID(t, server))...)...).fails(t, exitUsage)
	}
	s.run(t, append(pay, "--to", "Nobody Inc", "--yes", "--company", companyID(t, server))...).fails(t, exitNotFound)
	require.Zero(t, sentTo(server, "createTransfer"))

	s.person, s.stdin = true, "n\n"
	r := s.run(t, pay...)
	require.Equal(t, exitFailure, r.code)
	for _, want := range []string{"company  ", "BREX_TOKEN", "127.0.0.1:", account.text("name") + " (" + account.id() + "), balance " + amountText(account["available_balance"]), vendor + ", ach ending " + i.lastFour,
		"1250.07 USD", "INV-4711", "pay-1", "paid before", "not confirmed; nothing was sent"} {
		require.Contains(t, r.err, want)
	}
	require.Zero(t, sentTo(server, "createTransfer"))

	require.Contains(t, r.err, "paid before  never")
	require.NotContains(t, r.err, "but there is")

	s.stdin = "y\n"
	made := s.run(t, pay...).ok(t)
	sent := server.Requests()
	last := sent[len(sent)-1]
	require.Equal(t, "pay-1", last.Header.Get("Idempotency-Key"))
	require.JSONEq(t, `{"amount":{"amount":125007,"currency":"USD"},"counterparty":{"type":"VENDOR","payment_instrument_id":"`+i.id+`"},
		"originating_account":{"type":"BREX_CASH","id":"`+account.id()+`"},"description":"INV-4711","external_memo":"INV-4711"}`, string(last.Body))

	// A payment that waits for its day is named, as the invoice may be the same.
	require.Contains(t, made.out, "PROCESSING")
	s.stdin = "n\n"
	require.Regexp(t, `paid before  never \(\d+ transfers looked at\), but there is 1250\.07 USD on \S+ \(transfer_\w+\), PROCESSING`, s.run(t, pay...).err)
	id := jsonOf[[]object](t, s, "transfers", "list", "--limit", "1")[0].id()
	server.Advance(7 * 24 * time.Hour)
	require.Contains(t, s.run(t, pay...).err, "paid before  yes, 1250.07 USD on ")
	require.Contains(t, s.run(t, pay...).err, "("+id+")")
}

// Where the facts cannot be read, the prompt says so instead of leaving them out.
func TestFactsThatAreNotKnown(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	_, i := payable(t, s, "ACH")
	server.FailNext("listTransfers", brextest.Status(403, "{}"), 1)
	server.FailNext("getCompany", brextest.Status(403, "{}"), 1)
	s.person, s.stdin = true, "n\n"
	r := s.run(t, "call", "createTransfer", "--params", `{"amount":{"amount":100,"currency":"USD"},"counterparty":{"type":"VENDOR","payment_instrument_id":"`+i.id+
		`"},"originating_account":{"type":"BREX_CASH","id":"dpacc_00000000000000000000000001"},"description":"d","external_memo":"m"}`)
	require.Contains(t, r.err, "not known: status 403")
	require.Contains(t, r.err, "(name and balance not known)")
	require.Contains(t, r.err, "m (inside: d)")
}

func amountText(v any) string {
	if m := amountOf(v); m != nil {
		return m.String()
	}
	return "not known"
}
