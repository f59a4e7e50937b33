package brextest_test

import (
	"bytes"
	"net/url"
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

// TestDisabledUser: the tokens of a user who was disabled are refused, and never become those of the next one in the list.
func TestDisabledUser(t *testing.T) {
	t.Parallel()
	s := newApplication(t, brextest.WithToken("bxt_second", "users", "transfers.readonly"))
	call := func(token, method, target, body string) result {
		t.Helper()
		got := s.raw(method, target, body, "Authorization", "Bearer "+token)
		s.contract(got)
		return got
	}
	meOf := func(token string) string {
		got := call(token, "GET", "/v2/users/me", "")
		require.Equal(t, 200, got.Status, "%s", got.Body)
		return got.json(t)["id"].(string)
	}
	access, refresh := s.tokens()
	machine := s.post("token", url.Values{"grant_type": {"client_credentials"}, "scope": {"users.readonly"}}).json(t)["access_token"].(string)
	code := s.back(s.authorize()).Get("code")
	employee := s.TokenFor(brextest.RoleEmployee)
	admin, staff := meOf(s.Token()), meOf(employee)
	require.NotEqual(t, admin, staff)
	require.Equal(t, admin, meOf(access))

	// Another user going changes nothing for these two.
	third := s.all("/v2/users")[2]["id"].(string)
	require.Equal(t, 200, call("bxt_second", "PUT", "/v2/users/"+third, `{"status":"DISABLED"}`).Status)
	require.Equal(t, []string{admin, staff}, []string{meOf(s.Token()), meOf(employee)})

	require.Equal(t, 200, call("bxt_second", "PUT", "/v2/users/"+admin, `{"status":"DISABLED"}`).Status)
	for _, token := range []string{s.Token(), "bxt_second", access} {
		for _, target := range []string{"/v2/users/me", "/v2/users", "/v1/transfers"} {
			wantProblem(t, call(token, "GET", target, ""), 401, "Invalid or Revoked Token")
		}
		require.Equal(t, 401, call(token, "PUT", "/v2/users/"+admin, `{"status":"ACTIVE"}`).Status)
	}
	wantOAuthError(t, s.refresh(refresh), 400, "invalid_grant")
	wantOAuthError(t, s.exchange(code), 400, "invalid_grant")
	require.Equal(t, "access_denied", s.back(s.authorize()).Get("error"))
	require.Equal(t, staff, meOf(employee), "it is not the admin's")
	require.Equal(t, 200, call(machine, "GET", "/v2/users", "").Status, "it is no user's")
	require.Equal(t, admin, meOf(machine))

	// Saved and continued, it is the same; reset, everything is as before.
	var saved bytes.Buffer
	require.NoError(t, s.Snapshot(&saved))
	again, err := brextest.NewHandler(brextest.WithSnapshot(&saved), brextest.WithOAuthClient("app", "secret", callbackURL))
	require.NoError(t, err)
	s2 := &sandbox{Handler: again, t: t}
	require.Equal(t, 401, s2.raw("GET", "/v2/users/me", "", "Authorization", "Bearer "+s.Token()).Status)
	require.Equal(t, 401, s2.raw("GET", "/v2/users/me", "", "Authorization", "Bearer "+access).Status)
	require.Equal(t, 200, s2.raw("GET", "/v2/users/me", "", "Authorization", "Bearer "+machine).Status)
	require.NoError(t, s.Reset())
	require.Equal(t, admin, meOf(s.Token()))

	// The employee, likewise.
	require.Equal(t, 200, call("bxt_second", "PUT", "/v2/users/"+staff, `{"status":"DISABLED"}`).Status)
	require.Equal(t, 401, call(employee, "GET", "/v2/users/me", "").Status)
	require.Equal(t, admin, meOf(s.Token()))
	require.Equal(t, 200, call("bxt_second", "PUT", "/v2/users/"+staff, `{"status":"ACTIVE"}`).Status)
	require.Equal(t, staff, meOf(employee))

	refused := newSandbox(t, small, brextest.WithBadTokenStatus(403))
	me := refused.get("/v2/users/me").json(t)["id"].(string)
	require.Equal(t, 200, refused.do("PUT", "/v2/users/"+me, `{"status":"DISABLED"}`).Status)
	require.Equal(t, 403, refused.get("/v2/company").Status)
}
