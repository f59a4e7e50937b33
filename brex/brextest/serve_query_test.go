package brextest_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// lenient is a sandbox as users get it.
func lenient(t *testing.T, opts ...brextest.Option) *sandbox {
	t.Helper()
	h, err := brextest.NewHandler(append([]brextest.Option{small}, opts...)...)
	require.NoError(t, err)
	return &sandbox{Handler: h, t: t}
}

// TestUnknownParameters: published clients send parameters that no document has.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	s, strict := lenient(t, brextest.WithControl()), newSandbox(t, small)
	for target, unknown := range map[string][]string{
		"/v2/accounts/cash?limit=100": {"limit"},
		"/v2/accounts/card?cursor=x":  {"cursor"},
		"/v2/users/me?limit=1":        {"limit"},
		"/v2/spend_limits?parent_budget_id=b&status=x&spend_budget_status=y":        {"parent_budget_id", "spend_budget_status", "status"},
		"/v1/budgets?budget_program_status=":                                        {"budget_program_status"},
		"/v1/expenses?status=SETTLED&limit=2":                                       {"status"}, // which is status[]
		"/v3/accounting/records?updated_at[eq]=2026-01-01":                          {"updated_at[eq]"},
		"/v2/transactions/card/primary?posted_at_end=2026-01-01T00:00:00&%22%3Cb=1": {`"<b`, "posted_at_end"},
		"/v1/expenses?limit=2":                                                      nil,
	} {
		got := s.get(target)
		require.Equal(t, 200, got.Status, "%s: %s", target, got.Body)
		log := s.Requests()
		require.Equal(t, unknown, log[len(log)-1].Unknown, target)
		if unknown == nil {
			continue
		}
		require.NotEmpty(t, got.Body)
		path, _, _ := strings.Cut(target, "?")
		if !strings.Contains(target, "&limit=2") {
			require.Equal(t, string(s.get(path).Body), string(got.Body), "as if it were not there")
		}
		refused := strict.get(target)
		wantProblem(t, refused, 400, "query parameter is not supported: ")
		log = strict.Requests()
		require.Equal(t, unknown, log[len(log)-1].Unknown, "noted also where it is refused")
	}
	// What it does have is checked as before, and a cursor does not depend on the others.
	wantProblem(t, s.get("/v1/expenses?more=1&limit=101"), 400, "limit is invalid")
	cursor := s.get("/v1/expenses?limit=2&more=1").cursor(t)
	require.Equal(t, 200, s.get("/v1/expenses?less=2&cursor="+cursor).Status)

	r := httptest.NewRequest("GET", "http://127.0.0.1/_sandbox/requests", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.True(t, bytes.Contains(w.Body.Bytes(), []byte(`"unknown_parameters":["less"]`)), "%s", w.Body)
}

// TestLimitZero: a published client sends it by default.
func TestLimitZero(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	for _, path := range []string{"/v1/expenses", "/v2/users", "/v2/cards", "/v1/vendors", "/v1/transfers", "/v3/accounting/records",
		"/v1/webhooks/groups", "/v2/transactions/card/primary", "/v1/trips", "/v2/budgets"} {
		require.Equal(t, string(s.get(path).Body), string(s.get(path+"?limit=0").Body), path)
	}
	first := s.get("/v1/expenses?limit=0")
	require.Len(t, first.items(t), 100)
	require.Len(t, s.get("/v1/expenses?limit=0&cursor="+first.cursor(t)).items(t), 100)
	wantProblem(t, s.get("/v1/expenses?limit=-1"), 400, "limit is invalid")
}

// TestCardAccountIDs: Brex names card accounts as it does companies.
func TestCardAccountIDs(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	var accounts []map[string]any
	require.NoError(t, json.Unmarshal(s.get("/v2/accounts/card").Body, &accounts))
	require.NotEmpty(t, accounts)
	for _, a := range accounts {
		require.Regexp(t, "^cuacc_c[a-z0-9]{24}$", a["id"])
		require.NotEqual(t, s.get("/v2/company").json(t)["id"], a["id"])
	}
}

// TestExportResultsRefusal: the document has no 400 for a body that is wrong.
func TestExportResultsRefusal(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	for _, body := range []string{"", "{", "[]", "{}", `{"results":null}`, `{"results":{}}`, `{"results":[{}]}`, `{"results":[7]}`,
		`{"results":[{"accounting_record_id":"x"}]}`, `{"results":[],"more":1}`} {
		got := s.do("POST", "/v3/accounting/records/export-results", body)
		require.Equal(t, 422, got.Status, "%s: %s", body, got.Body)
		require.Equal(t, "INVALID_REQUEST", got.json(t)["error_code"])
	}
	// Another operation of the same API documents the 400.
	require.Equal(t, 400, s.do("POST", "/v3/accounting/integration", "{}").Status)
	require.Equal(t, 400, s.get("/v3/accounting/records?limit=x").Status)
}
