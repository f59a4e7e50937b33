package brextest_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestExpenseFilters compares each filter with a filter of the whole list.
func TestExpenseFilters(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	all := s.all("/v1/expenses")
	users := ids(s.all("/v2/users"))
	var budget, entity string
	for _, e := range all {
		if id, ok := e["budget_id"].(string); ok {
			budget = id
		}
		entity = e["spending_entity_id"].(string)
	}
	str := func(e map[string]any, key string) string { v, _ := e[key].(string); return v }
	between := func(e map[string]any, key, from, to string) bool {
		at := str(e, key)
		return at != "" && (from == "" || at >= from) && (to == "" || at <= to)
	}
	const from, to = "2026-08-01T00:00:00.000Z", "2026-09-15T12:00:00.000Z"
	bounds := func(name string) url.Values {
		return url.Values{name + "_start": {from}, name + "_end": {to}}
	}
	for _, tc := range []struct {
		name  string
		query url.Values
		keep  func(map[string]any) bool
	}{
		{"one user", url.Values{"user_id[]": {users[3]}}, func(e map[string]any) bool { return str(e, "user_id") == users[3] }},
		{"three users", url.Values{"user_id[]": users[:3]}, func(e map[string]any) bool { return slices.Contains(users[:3], str(e, "user_id")) }},
		{"status", url.Values{"status[]": {"DRAFT", "OUT_OF_POLICY"}}, func(e map[string]any) bool {
			return str(e, "status") == "DRAFT" || str(e, "status") == "OUT_OF_POLICY"
		}},
		{"type", url.Values{"expense_type[]": {"REIMBURSEMENT"}}, func(e map[string]any) bool { return str(e, "expense_type") == "REIMBURSEMENT" }},
		{"payment status", url.Values{"payment_status[]": {"DECLINED"}}, func(e map[string]any) bool { return str(e, "payment_status") == "DECLINED" }},
		{"budget", url.Values{"budget_id[]": {budget}}, func(e map[string]any) bool { return str(e, "budget_id") == budget }},
		{"entity", url.Values{"spending_entity_id[]": {entity}}, func(e map[string]any) bool { return str(e, "spending_entity_id") == entity }},
		{"purchased", bounds("purchased_at"), func(e map[string]any) bool { return between(e, "purchased_at", from, to) }},
		{"updated", bounds("updated_at"), func(e map[string]any) bool { return between(e, "updated_at", from, to) }},
		{"updated, open", url.Values{"updated_at_start": {from}}, func(e map[string]any) bool { return between(e, "updated_at", from, "") }},
		{"posted", bounds("payment_posted_at"), func(e map[string]any) bool { return between(e, "payment_posted_at", from, to) }},
		{"two filters", url.Values{"status[]": {"SETTLED"}, "user_id[]": users[:10]}, func(e map[string]any) bool {
			return str(e, "status") == "SETTLED" && slices.Contains(users[:10], str(e, "user_id"))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want []string
			for _, e := range all {
				if tc.keep(e) {
					want = append(want, str(e, "id"))
				}
			}
			require.NotEmpty(t, want, "the company has none of these")
			require.Less(t, len(want), len(all))
			require.Equal(t, want, ids(s.all("/v1/expenses?limit=40&"+tc.query.Encode())))
		})
	}
	require.Empty(t, s.all("/v1/expenses?user_id[]=cuuser_nobody"), "an unknown id is no error, and finds nothing")
}

func TestSplitExpenses(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	split := s.all("/v1/expenses?status[]=SPLIT")
	require.NotEmpty(t, split)
	parts := s.all("/v1/expenses?parent_expense_id[]=" + split[0]["id"].(string))
	require.Len(t, parts, 2)
	sum := 0.0
	for _, p := range parts {
		sum += p["original_amount"].(map[string]any)["amount"].(float64)
	}
	require.Equal(t, split[0]["original_amount"].(map[string]any)["amount"], sum)

	// A changed part is still a part.
	s.do("PUT", "/v1/expenses/card/"+parts[0]["id"].(string), `{"memo":"changed"}`)
	require.Len(t, s.all("/v1/expenses?parent_expense_id[]="+split[0]["id"].(string)), 2)
}

func TestExpand(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	plain := s.all("/v1/expenses")
	expandable := []string{"location", "department", "merchant", "user", "budget", "payment", "spending_entity", "policy"}
	for _, e := range plain {
		for _, name := range expandable {
			if e[name] != nil {
				t.Fatalf("%s without being asked for", name)
			}
		}
		require.Nil(t, e["custom_fields"])
		for _, r := range e["receipts"].([]any) {
			require.Nil(t, r.(map[string]any)["download_uris"])
		}
	}
	for _, name := range expandable {
		found := false
		for i, e := range s.all("/v1/expenses?expand[]=" + name) {
			if related, ok := e[name].(map[string]any); ok {
				found = true
				if id := plain[i][name+"_id"]; id != nil && name != "merchant" {
					require.Equal(t, id, related["id"])
				}
			}
			for _, other := range expandable {
				if other != name && e[other] != nil {
					t.Fatalf("%s when %s is asked for", other, name)
				}
			}
		}
		require.True(t, found, name)
	}
	uris := 0
	for _, e := range s.all("/v1/expenses?expand[]=receipts.download_uris") {
		for _, r := range e["receipts"].([]any) {
			uris += len(r.(map[string]any)["download_uris"].([]any))
		}
	}
	require.NotZero(t, uris)
}

// TestVariety: a company that is all alike would test nothing.
func TestVariety(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	seen := map[string]map[string]int{}
	note := func(list []map[string]any, keys ...string) {
		for _, item := range list {
			for _, key := range keys {
				if seen[key] == nil {
					seen[key] = map[string]int{}
				}
				switch v := item[key].(type) {
				case nil:
					seen[key]["null"]++
				case string:
					seen[key][v]++
				case map[string]any:
					if c, ok := v["currency"].(string); ok {
						seen[key][c]++
					}
				}
			}
		}
	}
	note(s.all("/v1/expenses"), "expense_type", "status", "payment_status", "memo", "original_amount", "billing_amount", "category")
	note(s.all("/v2/transactions/card/primary"), "type", "card_id", "expense_id")
	note(s.all("/v1/transfers"), "payment_type", "cancellation_reason")
	for key, values := range map[string][]string{
		"expense_type":        {"CARD", "BILLPAY", "REIMBURSEMENT", "CLAWBACK", "UNSET"},
		"status":              {"DRAFT", "SUBMITTED", "APPROVED", "OUT_OF_POLICY", "VOID", "CANCELED", "SPLIT", "SETTLED"},
		"payment_status":      {"NOT_STARTED", "PROCESSING", "DECLINED", "CLEARED", "REFUNDED"},
		"original_amount":     {"USD", "EUR", "GBP", "JPY", "KWD"},
		"memo":                {"null"},
		"billing_amount":      {"null", "USD"},
		"type":                {"PURCHASE", "REFUND", "COLLECTION", "REWARDS_CREDIT", "CHARGEBACK"},
		"card_id":             {"null"},
		"expense_id":          {"null"},
		"payment_type":        {"ACH", "DOMESTIC_WIRE", "CHEQUE", "INTERNATIONAL_WIRE"},
		"cancellation_reason": {"null"},
	} {
		for _, v := range values {
			require.NotZero(t, seen[key][v], "no %s %s in %v", key, v, seen[key])
		}
	}
	require.Greater(t, len(seen["category"]), 15)
}

func TestUpdateExpense(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	before := s.all("/v1/expenses")[5]
	id := before["id"].(string)
	s.Advance(time.Minute)
	got := s.do("PUT", "/v1/expenses/card/"+id, `{"memo":"Lunch with Ana"}`)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	require.Equal(t, "Lunch with Ana", got.json(t)["memo"])
	require.Equal(t, "2026-11-02T12:01:00.000Z", got.json(t)["updated_at"])

	after := s.get("/v1/expenses/" + id).json(t)
	for key, value := range before {
		if key != "memo" && key != "updated_at" {
			require.Equal(t, value, after[key], key)
		}
	}
	require.Equal(t, "Lunch with Ana", s.all("/v1/expenses")[5]["memo"], "the list shows it, in the same place")
	require.Equal(t, []string{id}, ids(s.all("/v1/expenses?updated_at_start=2026-11-02T12:01:00")), "and the filters know it")
	expanded := s.get("/v1/expenses/" + id + "?expand[]=user&expand[]=merchant").json(t)
	require.NotNil(t, expanded["user"])
	require.NotNil(t, expanded["merchant"])
	require.Nil(t, after["merchant"])

	require.Nil(t, s.do("PUT", "/v1/expenses/card/"+id, `{"memo":""}`).json(t)["memo"], `"" clears`)
	require.Nil(t, s.get("/v1/expenses/" + id).json(t)["memo"])
	s.do("PUT", "/v1/expenses/card/"+id, `{"memo":"again"}`)
	require.Equal(t, "again", s.do("PUT", "/v1/expenses/card/"+id, `{}`).json(t)["memo"], "absent changes nothing")

	for body, message := range map[string]string{
		`{"memo":"caf\u00e9"}`:  "memo is invalid",
		`{"memo":"café"}`:       "memo is invalid",
		`{"memo":7}`:            "memo is invalid",
		`{"memo":["x"]}`:        "memo is invalid",
		`{"note":"x"}`:          "note is not a known field",
		`[]`:                    "body is invalid",
		`{"memo":"x"`:           "body is invalid",
		``:                      "body is required",
		`null`:                  "body is invalid",
		`{"memo":"x"} trailing`: "body is invalid",
	} {
		wantProblem(t, s.do("PUT", "/v1/expenses/card/"+id, body), 400, message)
	}
	require.Equal(t, "again", s.get("/v1/expenses/" + id).json(t)["memo"])
	got = s.do("PUT", "/v1/expenses/card/expense_nope", `{"memo":"x"}`)
	require.Equal(t, 404, got.Status)
	require.Equal(t, "EXPENSE_NOT_FOUND", got.json(t)["code"])
	require.Equal(t, 415, s.do("PUT", "/v1/expenses/card/"+id, `memo=x`, "Content-Type", "application/x-www-form-urlencoded").Status)
}

func TestCardExpensesOnly(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	for _, e := range s.all("/v1/expenses/card") {
		require.Equal(t, "CARD", e["expense_type"])
	}
	other := s.all("/v1/expenses?expense_type[]=BILLPAY")[0]["id"].(string)
	require.Equal(t, 200, s.get("/v1/expenses/"+other).Status)
	require.Equal(t, 404, s.get("/v1/expenses/card/"+other).Status)
}

// TestRelationsHold: what an object names, exists.
func TestRelationsHold(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	exists := map[string]map[string]bool{}
	for name, path := range map[string]string{"user": "/v2/users", "card": "/v2/cards", "department": "/v2/departments",
		"location": "/v2/locations", "expense": "/v1/expenses", "transfer": "/v1/transfers", "limit": "/v2/spend_limits", "trip": "/v1/trips", "vendor": "/v1/vendors", "title": "/v2/titles"} {
		exists[name] = map[string]bool{}
		for _, id := range ids(s.all(path)) {
			exists[name][id] = true
		}
	}
	check := func(kind string, id any) {
		t.Helper()
		if id != nil {
			require.True(t, exists[kind][id.(string)], "no %s %s", kind, id)
		}
	}
	for _, e := range s.all("/v1/expenses?expand[]=payment") {
		check("user", e["user_id"])
		check("department", e["department_id"])
		check("location", e["location_id"])
		check("vendor", e["vendor_id"])
		check("limit", e["budget_id"])
		check("trip", e["trip_id"])
		if p, ok := e["payment"].(map[string]any); ok {
			check("card", p["paymentInstrument"].(map[string]any)["id"])
		}
	}
	linked := 0
	for _, tx := range s.all("/v2/transactions/card/primary") {
		check("card", tx["card_id"])
		check("expense", tx["expense_id"])
		if tx["expense_id"] != nil {
			linked++
		}
	}
	require.Greater(t, linked, 200)
	for _, u := range s.all("/v2/users") {
		check("user", u["manager_id"])
		check("title", u["title_id"])
	}
	for _, c := range s.all("/v2/cards") {
		check("user", c["owner"].(map[string]any)["user_id"])
		check("limit", c["budget_id"])
	}
	books := 0
	defer func() { require.NotZero(t, books) }()
	for _, account := range ids(s.all("/v2/accounts/cash")) {
		for _, tx := range s.all("/v2/transactions/cash/" + account) {
			if id, ok := tx["transfer_id"].(string); ok && !exists["transfer"][id] {
				got := s.get("/v1/transfers/" + id).json(t) // not in the list, but there
				require.Equal(t, "BOOK_TRANSFER", got["payment_type"])
				books++
			}
		}
	}
}

// TestCardTransactionFilters: by owner of the card, and by day.
func TestCardTransactionFilters(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	users := ids(s.all("/v2/users"))[2:4]
	owner := map[string]string{}
	for _, c := range s.all("/v2/cards") {
		owner[c["id"].(string)] = c["owner"].(map[string]any)["user_id"].(string)
	}
	var want, since []string
	for _, tx := range s.all("/v2/transactions/card/primary") {
		if card, _ := tx["card_id"].(string); slices.Contains(users, owner[card]) {
			want = append(want, tx["id"].(string))
		}
		if tx["posted_at_date"].(string) >= "2026-10-20" {
			since = append(since, tx["id"].(string))
		}
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, ids(s.all("/v2/transactions/card/primary?user_ids="+users[0]+"&user_ids="+users[1])))
	require.Equal(t, since, ids(s.all("/v2/transactions/card/primary?posted_at_start=2026-10-20T09:30:00")))
	require.Equal(t, 200, s.get("/v2/transactions/card/primary?expand[]=expense_id").Status)
	wantProblem(t, s.get("/v2/transactions/card/primary?expand[]=merchant"), 400, "expand[] is invalid")
}
