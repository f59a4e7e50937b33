package brextest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// TestEmployee: with all scopes, but for the own things only.
func TestEmployee(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, brextest.WithSize(brextest.Size{Expenses: 500, CardTransactions: 1}))
	as := func(method, target, body string) result {
		got := s.raw(method, target, body, "Authorization", "Bearer "+s.TokenFor(brextest.RoleEmployee), "Idempotency-Key", "k")
		s.contract(got)
		return got
	}
	me := as("GET", "/v2/users/me", "").json(t)["id"].(string)
	require.NotEqual(t, s.get("/v2/users/me").json(t)["id"], me)
	other := s.get("/v2/users/me").json(t)["id"].(string)

	mine := map[string]string{}
	for _, path := range []string{"/v1/expenses", "/v2/cards", "/v2/spend_limits", "/v1/budgets", "/v1/trips"} {
		items := as("GET", path, "").items(t)
		require.NotEmpty(t, items, path)
		require.Less(t, len(items), len(s.all(path)), path)
		mine[path] = idOf(items[0])
		require.Equal(t, 200, as("GET", path+"/"+mine[path], "").Status, path)
	}
	for _, e := range as("GET", "/v1/expenses", "").items(t) {
		require.Equal(t, me, e["user_id"])
	}
	foreign := ids(s.all("/v1/expenses?user_id[]=" + other))[0]
	card := ids(s.all("/v2/cards?user_id=" + other))[0]
	for _, tc := range []struct{ method, target, body string }{
		{"GET", "/v1/expenses/" + foreign, ""},
		{"GET", "/v1/expenses?user_id[]=" + other, ""},
		{"PUT", "/v1/expenses/card/" + foreign, `{"memo":"x"}`},
		{"POST", "/v1/expenses/card/" + ids(s.all("/v1/expenses/card?user_id[]=" + other))[0] + "/receipt_upload", `{"receipt_name":"x"}`},
		{"GET", "/v2/cards/" + card, ""},
		{"GET", "/v2/cards/" + card + "/pan", ""},
		{"GET", "/v2/cards?user_id=" + other, ""},
		{"POST", "/v2/cards/" + card + "/lock", `{"reason":"FRAUD"}`},
		{"GET", "/v2/users/" + other + "/limit", ""},
		{"PUT", "/v2/users/" + me, `{"status":"DISABLED"}`},
		{"POST", "/v2/cards", `{}`},
		{"GET", "/v1/transfers", ""},
		{"GET", "/v1/webhooks/secrets", ""},
		{"POST", "/v2/spend_limits", `{}`},
		{"GET", "/v3/accounting/records", ""},
	} {
		got := as(tc.method, tc.target, tc.body)
		require.Equal(t, 403, got.Status, "%s %s: %s", tc.method, tc.target, got.Body)
	}
	require.Equal(t, 200, as("PUT", "/v1/expenses/card/"+mine["/v1/expenses"], `{"memo":"x"}`).Status)
	require.Equal(t, 401, as("GET", "/v2/accounts/cash", "").Status, "not the role for the business account")
	require.Equal(t, 200, as("GET", "/v2/users", "").Status)
	require.Panics(t, func() { s.TokenFor("JANITOR") })
	require.Equal(t, s.Token(), s.TokenFor(brextest.RoleAdmin))
}

func TestWithoutBusinessAccount(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithoutBusinessAccount())
	for _, path := range []string{"/v2/accounts/cash", "/v2/accounts/cash/primary", "/v2/accounts/cash/x/statements", "/v1/vendors", "/v1/vendors/x"} {
		got := s.get(path)
		require.Equal(t, 401, got.Status, path)
		require.Equal(t, "UNAUTHORIZED", got.json(t)["type"])
	}
	for _, path := range []string{"/v2/accounts/card", "/v1/expenses", "/v2/users"} {
		require.Equal(t, 200, s.get(path).Status, path)
	}
}
