package brextest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func TestKeysEverywhere(t *testing.T) {
	t.Parallel()
	create := func(s *sandbox, body string) result {
		return s.do("POST", "/v1/referrals", body, key("k")...) // its document declares no key
	}
	const body = `{"referral_code":"a","applicant":{"first_name":"A","last_name":"B","email":"a@b.example"}}`
	plain, all := newSandbox(t, small), newSandbox(t, small, brextest.WithKeysEverywhere())
	require.NotEqual(t, create(plain, body).Body, create(plain, body).Body)
	require.Equal(t, create(all, body).Body, create(all, body).Body)
	require.Equal(t, 409, create(all, strings.Replace(body, `"a"`, `"b"`, 1)).Status)

	field := idOf(all.do("POST", "/v1/fields", `{"name":"F","group":"ERP","remote_id":"R1"}`, key("f")...).json(t))
	require.Equal(t, 200, all.do("PUT", "/v1/fields/"+field, `{"is_disabled":true}`, key("p")...).Status)
	require.Equal(t, 409, all.do("PUT", "/v1/fields/"+field, `{"is_disabled":false}`, key("p")...).Status)
	require.Equal(t, 200, all.do("DELETE", "/v1/fields/"+field, "", key("d")...).Status)
	require.Equal(t, 404, all.do("DELETE", "/v1/fields/"+field, "", key("d")...).Status, "a DELETE knows no key")
}

func TestBadTokenStatus(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithBadTokenStatus(403), brextest.WithToken("other", "users.readonly"))
	got := s.raw("GET", "/v2/users", "", "Authorization", "Bearer nope")
	require.Equal(t, []any{403, "FORBIDDEN"}, []any{got.Status, got.json(t)["type"]})
	require.Contains(t, string(got.Body), "Invalid or Revoked Token")
	require.Equal(t, 403, s.raw("GET", "/v3/accounting/records", "", "Authorization", "Bearer nope").Status)
	require.Equal(t, 401, s.raw("GET", "/v2/users", "").Status)
	_, err := brextest.NewHandler(brextest.WithBadTokenStatus(404))
	require.ErrorContains(t, err, "404 is neither 401 nor 403")
}

func TestUnusedTokenLifetime(t *testing.T) {
	t.Parallel()
	option := brextest.WithUnusedTokenLifetime(30 * 24 * time.Hour)
	s := newSandbox(t, small, option, brextest.WithToken("other", "users.readonly"))
	other := func() int { return s.raw("GET", "/v2/users", "", "Authorization", "Bearer other").Status }
	for range 3 {
		s.Advance(29 * 24 * time.Hour)
		require.Equal(t, 200, s.get("/v2/users").Status, "each use counts")
	}
	require.Equal(t, 401, other(), "never used")
	require.Equal(t, 401, other(), "and it stays expired")
	saved := snapshotOf(t, s)
	require.NoError(t, s.Reset())
	require.Equal(t, 200, other())

	h, err := brextest.NewHandler(brextest.WithSnapshot(strings.NewReader(saved)), option, brextest.WithToken("other", "users.readonly"))
	require.NoError(t, err)
	s = &sandbox{Handler: h, t: t}
	require.Equal(t, 401, other())
	s.Advance(29 * 24 * time.Hour)
	require.Equal(t, 200, s.get("/v2/users").Status)
	s.Advance(30 * 24 * time.Hour)
	wantProblem(t, s.do("GET", "/v2/users", ""), http.StatusUnauthorized, "Invalid or Revoked Token")
	_, err = brextest.NewHandler(brextest.WithUnusedTokenLifetime(0))
	require.ErrorContains(t, err, "not above zero")
}

func TestNoLastCursor(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithListMode(brextest.ListNoLastCursor))
	for _, path := range []string{"/v2/users", "/v2/accounts/cash", "/v1/budgets", "/v3/accounting/records?limit=1000"} {
		last := s.get(path).json(t)
		require.NotEmpty(t, last["items"])
		require.NotContains(t, last, "next_cursor", path)
	}
	require.NotEmpty(t, s.get("/v2/users?limit=1").cursor(t))
	require.Len(t, s.all("/v2/users?limit=7"), 40)
}

// TestOneOAuthClientIsOneAccount: another login, or another token for client
// credentials, is the same client: to limits, to keys and to its endpoint.
func TestOneOAuthClientIsOneAccount(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithOAuthClient("app", "secret"), brextest.WithOAuthClient("app2", "secret"),
		brextest.WithLimits(brextest.Limits{Requests: 3}))
	token := func(client string) string {
		got := s.raw("POST", brextest.IssuerPath+"/v1/token", "grant_type=client_credentials&scope=vendors&client_secret=secret&client_id="+client,
			"Content-Type", "application/x-www-form-urlencoded")
		return got.json(t)["access_token"].(string)
	}
	create := func(token string) result {
		return s.raw("POST", "/v1/vendors", `{"company_name":"A"}`, "Authorization", "Bearer "+token, "Idempotency-Key", "k")
	}
	first := create(token("app"))
	require.Equal(t, 200, first.Status)
	require.Equal(t, first.Body, create(token("app")).Body)
	other := create(token("app2"))
	require.Equal(t, 200, other.Status)
	require.NotEqual(t, first.Body, other.Body, "another client's key is another key")
	hook := func(client string) int {
		return s.raw("POST", "/v1/webhooks", `{"url":"https://a.example/","event_types":["USER_UPDATED"]}`,
			"Authorization", "Bearer "+token(client), "Idempotency-Key", client).Status
	}
	require.Equal(t, 200, hook("app"))
	require.Equal(t, 429, hook("app"), "the limit is the client's")
	s.Advance(time.Minute)
	require.Equal(t, 200, hook("app2"))
	got := s.raw("POST", "/v1/webhooks", `{"url":"https://b.example/","event_types":["USER_UPDATED"]}`,
		"Authorization", "Bearer "+token("app"), "Idempotency-Key", "again")
	wantProblem(t, got, 409, "already registered")
}
