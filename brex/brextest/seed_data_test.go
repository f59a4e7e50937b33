package brextest_test

import (
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// loaded is a sandbox over files. Its responses need not be what the documents
// say: they are what the files hold.
func loaded(t testing.TB, files map[string]string) *sandbox {
	t.Helper()
	data := fstest.MapFS{}
	for name, content := range files {
		data[name] = &fstest.MapFile{Data: []byte(content)}
	}
	s := newSandbox(t, brextest.WithData(data))
	s.asLoaded = true
	return s
}

func (s *sandbox) fetch(path string) result {
	return s.raw("GET", path, "", "Authorization", "Bearer "+s.Token())
}

// TestExports: responses that were saved years ago, with members missing and
// others that nobody knows, come back as they were.
func TestExports(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, brextest.WithData(os.DirFS("testdata/export")))
	require.Empty(t, s.Ignored())
	accounts := s.fetch("/v2/accounts/cash")
	require.Equal(t, `{"next_cursor":null,"items":[{"id":"dpacc_ckexport000000000000000001","description":"Operating Account","status":"ACTIVE",`+
		`"account_number":"668200000001","routing_number":"211179322","current_balance":{"amount":1250000,"currency":"USD"},`+
		`"available_balance":{"amount":900000,"currency":"USD"},"a_field_of_2031":{"kept":[1.10,null]}}]}`, string(accounts.Body))
	transactions := s.fetch("/v2/transactions/card/primary").items(t)
	require.Equal(t, []string{"pste_ckexport000000000000000001", "pste_ckexport000000000000000002"}, ids(transactions), "in the order of the file")
	require.Equal(t, "A_TYPE_OF_2031", transactions[1]["type"])
	require.Equal(t, "Payment – thank you", transactions[0]["description"])
	require.Len(t, s.fetch("/v2/transactions/card/primary?posted_at_start=2021-10-19T00:00:00").items(t), 1)

	require.Equal(t, accounts.items(t)[0], s.fetch("/v2/accounts/cash/primary").json(t), "the only account is the primary one")
	require.Empty(t, s.fetch("/v2/transactions/cash/dpacc_ckexport000000000000000001").items(t))
	require.Equal(t, "[]", string(s.get("/v2/accounts/card").Body))
	for _, path := range []string{"/v1/expenses", "/v2/users", "/v2/cards", "/v1/vendors", "/v1/transfers", "/v2/departments"} {
		require.Empty(t, s.all(path), path)
	}
	require.Equal(t, 200, s.get("/v2/users/me").Status)
	require.Equal(t, 200, s.get("/v2/company").Status)
}

func TestLoadedExpenses(t *testing.T) {
	t.Parallel()
	s := loaded(t, map[string]string{
		"expenses.json": `[
			{"id":"expense_b","updated_at":"2026-02-02T00:00:00Z","status":"SETTLED","user_id":"u1","expense_type":"CARD","parent_expense_id":"expense_a",
			 "merchant":{"raw_descriptor":"X","mcc":"1","country":"USA"},"user":null,"department_id":"d1","department":null,
			 "receipts":[{"id":"r1","download_uris":["https://x.example"],"new":1}],"custom_fields":[]},
			{"id":"expense_a","updated_at":"2026-01-01T00:00:00Z","status":"A_STATUS_OF_2031","user_id":"u2","expense_type":"BILLPAY"}]`,
		"users.json":       `{"items":[{"id":"u1","first_name":"A","last_name":"B","email":"a@x.example"}]}`,
		"departments.json": `{"items":[{"id":"d1","name":"Ops"}],"next_cursor":null}`,
		"company.json":     `{"id":"cuacc_x","legal_name":"Mine","mailing_address":{},"accountType":"BREX_CLASSIC"}`,
	})
	require.Equal(t, []string{"expense_b", "expense_a"}, ids(s.all("/v1/expenses")))
	require.Equal(t, []string{"expense_b"}, ids(s.all("/v1/expenses?user_id[]=u1&status[]=SETTLED&updated_at_start=2026-02-01T00:00:00")))
	require.Equal(t, []string{"expense_b"}, ids(s.all("/v1/expenses?parent_expense_id[]=expense_a")))
	require.Equal(t, []string{"expense_b"}, ids(s.all("/v1/expenses/card")))

	plain := s.get("/v1/expenses/expense_b").json(t)
	require.Nil(t, plain["merchant"])
	require.Nil(t, plain["custom_fields"])
	receipt := plain["receipts"].([]any)[0].(map[string]any)
	require.Nil(t, receipt["download_uris"])
	require.Equal(t, 1.0, receipt["new"])
	full := s.get("/v1/expenses/expense_b?expand[]=merchant&expand[]=user&expand[]=department&expand[]=receipts.download_uris&load_custom_fields=true").json(t)
	require.Equal(t, "X", full["merchant"].(map[string]any)["raw_descriptor"], "what the file holds")
	require.Equal(t, "A", full["user"].(map[string]any)["first_name"], "what another file holds")
	require.Equal(t, "Ops", full["department"].(map[string]any)["name"])
	require.NotNil(t, full["custom_fields"])
	require.Len(t, full["receipts"].([]any)[0].(map[string]any)["download_uris"], 1)

	require.Equal(t, "new", s.do("PUT", "/v1/expenses/card/expense_b", `{"memo":"new"}`).json(t)["memo"])
	require.Equal(t, []string{"expense_b", "expense_a"}, ids(s.all("/v1/expenses?limit=1")))
	require.Equal(t, "u1", s.get("/v2/users/me").json(t)["id"])
	require.Equal(t, "Mine", s.get("/v2/company").json(t)["legal_name"])
}

func TestLoadedCash(t *testing.T) {
	t.Parallel()
	s := loaded(t, map[string]string{
		"cash_accounts.json": `{"items":[{"id":"a1","name":"A","primary":false,"available_balance":{"amount":5}},
			{"id":"a2","name":"B","primary":true,"current_balance":{"amount":9000},"available_balance":{"amount":9000}}]}`,
		"cash_transactions.json":    `{"items":[{"id":"t2"}]}`,
		"cash_transactions_a1.json": `{"items":[{"id":"t1"},{"id":"t0"}]}`,
		"cash_statements_a1.json":   `[{"id":"s1"}]`,
		"vendors.json":              `[{"id":"v1","payment_accounts":[{"details":{"type":"ACH","payment_instrument_id":"p1"}}]}]`,
		"transfers.json": `[{"id":"tr1","status":"PROCESSING","estimated_delivery_date":"2021-01-01","amount":{"amount":1},
			"payment_type":"STABLECOIN","originating_account":{"type":"BREX_CASH","id":"gone"}}]`,
	})
	require.Equal(t, []string{"t1", "t0"}, ids(s.fetch("/v2/transactions/cash/a1").items(t)))
	require.Equal(t, []string{"t2"}, ids(s.fetch("/v2/transactions/cash/a2").items(t)), "the file without an account is the primary one's")
	require.Equal(t, []string{"s1"}, ids(s.fetch("/v2/accounts/cash/a1/statements").items(t)))
	require.Equal(t, "a2", s.fetch("/v2/accounts/cash/primary").json(t)["id"])
	require.Equal(t, "PROCESSING", s.get("/v1/transfers/tr1").json(t)["status"], "history stays as it was")

	got := s.do("POST", "/v1/transfers", (bank{primary: "a2"}).pay("p1", 900, ""), key("k")...)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	s.Advance(72 * time.Hour)
	require.Equal(t, "PROCESSED", s.get("/v1/transfers/" + got.json(t)["id"].(string)).json(t)["status"])
	require.Len(t, s.fetch("/v2/transactions/cash/a2").items(t), 2)
	require.Equal(t, 8100.0, s.fetch("/v2/accounts/cash/a2").json(t)["current_balance"].(map[string]any)["amount"])
}

func TestIgnoredFiles(t *testing.T) {
	t.Parallel()
	s := loaded(t, map[string]string{"README.md": "x", "error_401.json": "{}", "users.json": "[]", "Users.json": "[]",
		"cash_transactions_.json": "[]", "deep/users.json": "["})
	require.Equal(t, []string{"README.md", "Users.json", "cash_transactions_.json", "deep", "error_401.json"}, s.Ignored())
}

func TestBadData(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file, content, want string
	}{
		"not JSON":          {"users.json", `{"items":[`, "users.json: is not JSON"},
		"empty file":        {"users.json", "", "users.json: is not JSON"},
		"another shape":     {"users.json", `{"data":[]}`, "users.json: is neither a list answer"},
		"a number":          {"users.json", `7`, "users.json: is neither a list answer"},
		"items no array":    {"users.json", `{"items":{}}`, "users.json: is neither a list answer"},
		"item no object":    {"users.json", `[{"id":"a"},3]`, "users.json: item 1 is not a JSON object"},
		"item without id":   {"expenses.json", `[{"id":"a"},{"memo":"x"}]`, "expenses.json: item 1 has no id"},
		"id no text":        {"cards.json", `[{"id":12}]`, "cards.json: item 0 has no id"},
		"duplicate id":      {"vendors.json", `[{"id":"a"},{"id":"b"},{"id":"a"}]`, "vendors.json: item 2 has the id a"},
		"duplicate, newest": {"expenses.json", `[{"id":"a"},{"id":"b"},{"id":"a"}]`, "has the id a"},
		"unknown account":   {"cash_transactions_x.json", `[]`, "cash_transactions_x.json: cash_accounts.json has no account of that id"},
		"nobody's":          {"cash_transactions.json", `[]`, "cash_transactions.json: needs cash_accounts.json"},
		"company":           {"company.json", `[]`, "company.json: is not a JSON object"},
		"company, no id":    {"company.json", `{}`, "company.json: has no id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := brextest.NewHandler(brextest.WithData(fstest.MapFS{tc.file: &fstest.MapFile{Data: []byte(tc.content)}}))
			require.ErrorContains(t, err, "brextest: WithData: ")
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := brextest.NewHandler(brextest.WithData(os.DirFS("testdata/nowhere")))
	require.ErrorContains(t, err, "WithData")
	_, err = brextest.NewHandler(brextest.WithData(fstest.MapFS{}), small)
	require.ErrorContains(t, err, "WithData and WithSize exclude each other")
}

// savedFiles saves every list of a sandbox as WithData wants it, and says which
// responses they came from.
func savedFiles(from *sandbox) (files map[string]string, paths []string) {
	from.t.Helper()
	files = map[string]string{}
	save := func(name, path string) {
		files[name+".json"] = js(from.all(path))
		paths = append(paths, path)
	}
	for name, path := range map[string]string{"departments": "/v2/departments", "locations": "/v2/locations", "titles": "/v2/titles",
		"legal_entities": "/v2/legal_entities", "budgets": "/v2/budgets", "spend_limits": "/v2/spend_limits",
		"users": "/v2/users?load_custom_fields=true", "cards": "/v2/cards", "card_transactions": "/v2/transactions/card/primary",
		"cash_accounts": "/v2/accounts/cash", "vendors": "/v1/vendors", "linked_accounts": "/v1/linked_accounts", "transfers": "/v1/transfers",
		"fields": "/v1/fields", "accounting_records": "/v3/accounting/records", "trips": "/v1/trips", "referrals": "/v1/referrals",
		"budget_programs": "/v1/budget_programs", "card_statements": "/v2/accounts/card/primary/statements",
		"expenses": "/v1/expenses?load_custom_fields=true&expand[]=merchant&expand[]=payment&expand[]=policy&expand[]=receipts.download_uris"} {
		save(name, path)
	}
	for _, trip := range ids(from.all("/v1/trips")) {
		save("bookings_"+trip, "/v1/trips/"+trip+"/bookings")
	}
	for _, account := range ids(from.all("/v2/accounts/cash")) {
		save("cash_transactions_"+account, "/v2/transactions/cash/"+account)
		save("cash_statements_"+account, "/v2/accounts/cash/"+account+"/statements")
	}
	var values []map[string]any
	for _, field := range brexIDs(from.all("/v1/fields")) {
		path := "/v1/fields/" + field + "/values"
		values, paths = append(values, from.all(path)...), append(paths, path)
	}
	files["field_values.json"] = js(values)
	return files, paths
}

// TestRoundTrip: the responses of one sandbox are the data of another, which then
// responds the same.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	from := newSandbox(t, brextest.WithSize(brextest.Size{Expenses: 80, CardTransactions: 60, CashTransactions: 50}))
	files, paths := savedFiles(from)
	to := loaded(t, files)
	require.Empty(t, to.Ignored())
	for _, path := range paths {
		require.Equal(t, from.all(path), to.all(path), path)
	}
	// What was loaded can be changed, and is then as alive as the rest.
	limit := ids(to.all("/v2/spend_limits"))[0]
	require.Equal(t, 200, to.do("PUT", "/v2/spend_limits/"+limit, `{"name":"New"}`, "Idempotency-Key", "k").Status)
	require.Equal(t, from.get("/v2/spend_limits/" + limit).json(t)["current_period_balance"],
		to.get("/v2/spend_limits/" + limit).json(t)["current_period_balance"])
}
