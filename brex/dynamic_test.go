package brex_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// sent records the requests of dynamic calls and answers them all alike.
type sent struct {
	answer string
	paths  []string
	bodies []json.RawMessage
}

func (s *sent) RoundTrip(req *http.Request) (*http.Response, error) {
	s.paths = append(s.paths, req.Method+" "+req.URL.RequestURI())
	if req.Body != nil {
		var raw json.RawMessage
		if json.NewDecoder(req.Body).Decode(&raw) == nil {
			s.bodies = append(s.bodies, raw)
		}
	}
	return stub{[]byte(s.answer)}.RoundTrip(req)
}

func dynamicClient(t *testing.T) (*brex.Client, *sent) {
	rec := &sent{answer: `{"items":[],"id":"x"}`}
	client, err := brex.New(brex.WithToken("token"), brex.WithHTTPClient(&http.Client{Transport: rec}))
	require.NoError(t, err)
	return client, rec
}

func TestCallSendsWhatTheDocumentSays(t *testing.T) {
	for _, tc := range []struct {
		operation string
		params    any
		want      string
		body      string
	}{
		{"team/get_v2_users_by_id", map[string]any{"id": "u/1"}, "GET /v2/users/u%2F1", ""},
		{"getUserById", json.RawMessage(`{"id":"u1","load_custom_fields":true}`), "GET /v2/users/u1?load_custom_fields=true", ""},
		{"listExpenses", map[string]any{"user_id": []string{"a", "b"}, "limit": 5, "purchased_at_start": "2026-11-01"},
			"GET /v1/expenses?user_id%5B%5D=a&user_id%5B%5D=b&purchased_at_start=2026-11-01T00%3A00%3A00&limit=5", ""},
		{"listExpenses", map[string]any{"status[]": "SETTLED"}, "GET /v1/expenses?status%5B%5D=SETTLED", ""},
		{"listUsers", map[string]any{"email": "a@example.com", "email[]": []string{"b@example.com"}}, "GET /v2/users?email=a%40example.com&email%5B%5D=b%40example.com", ""},
		{"queryAccountingRecords", map[string]any{"updated_at": map[string]any{"gte": "2026-11-01"}}, "GET /v3/accounting/records?updated_at%5Bgte%5D=2026-11-01", ""},
		{"updateExpense", map[string]any{"expense_id": "e1", "memo": ""}, "PUT /v1/expenses/card/e1", `{"memo":""}`},
		{"updateExpense", map[string]any{"expense_id": "e1", "body": map[string]any{"memo": nil}}, "PUT /v1/expenses/card/e1", `{"memo":null}`},
		{"getCompany", nil, "GET /v2/company", ""},
		{"unlockCard", struct {
			ID string `json:"id"`
		}{"c1"}, "POST /v2/cards/c1/unlock", ""},
	} {
		client, rec := dynamicClient(t)
		raw, err := client.Call(t.Context(), tc.operation, tc.params)
		require.NoError(t, err, tc.operation)
		require.JSONEq(t, rec.answer, string(raw))
		require.Equal(t, []string{tc.want}, rec.paths)
		if tc.body != "" {
			require.JSONEq(t, tc.body, string(rec.bodies[0]))
		} else {
			require.Empty(t, rec.bodies)
		}
	}
}

func TestCallRefusesBeforeSending(t *testing.T) {
	for _, tc := range []struct {
		operation string
		params    any
		want      string
	}{
		{"nope", nil, `"nope" is no operation`},
		{"getUserById", nil, "id is missing"},
		{"getUserById", map[string]any{"id": ".."}, `id is "..", which is not an id`},
		{"getUserById", map[string]any{"id": "u", "expandd": "x"}, "expandd is no parameter of getUserById; it takes id, "},
		{"getCompany", map[string]any{"id": "u"}, "id is no parameter of getCompany; it takes none"},
		{"listExpenses", map[string]any{"limit": "many"}, "limit must be a whole number"},
		{"listExpenses", map[string]any{"limit": 101}, "Limit is 101"},
		{"listExpenses", map[string]any{"purchased_at_start": "yesterday"}, "purchased_at_start must be a time"},
		{"listExpenses", map[string]any{"load_custom_fields": "maybe"}, "load_custom_fields must be true or false"},
		{"queryAccountingRecords", map[string]any{"updated_at": "2026"}, "updated_at must be an object"},
		{"createVendor", map[string]any{}, "body.company_name is missing; it must be a text"},
		{"createVendor", map[string]any{"company_name": 7}, "body.company_name must be a text"},
		{"createVendor", map[string]any{"body": map[string]any{"company_name": "A"}, "phone": "1"}, "phone stands beside body"},
		{"createVendor", []byte(`[1]`), "the parameters must be one JSON object"},
		{"createVendor", []byte(`{"company_name":`), "the parameters must be one JSON object"},
		{"createVendor", map[string]any{"company_name": func() {}}, "the parameters cannot be encoded"},
	} {
		client, rec := dynamicClient(t)
		_, err := client.Call(t.Context(), tc.operation, tc.params)
		require.ErrorIs(t, err, brex.ErrUsage, tc.operation)
		require.ErrorContains(t, err, tc.want)
		require.Empty(t, rec.paths, "nothing may be sent")
		var e *brex.Error
		if errors.As(err, &e) {
			require.Equal(t, brex.OutcomeNotSent, e.Outcome())
		}
	}
}

func TestCallAllReadsEveryPage(t *testing.T) {
	server := brextest.NewServer(t)
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	raw, err := brex.Collect(client.CallAll(t.Context(), "team/get_v2_users", map[string]any{"limit": 7}))
	require.NoError(t, err)
	typed, err := brex.Collect(client.Users.All(t.Context(), brex.UserListParams{}))
	require.NoError(t, err)
	require.Len(t, raw, len(typed))
	for i := range raw {
		var user brex.User
		require.NoError(t, json.Unmarshal(raw[i], &user))
		require.Equal(t, typed[i].ID, user.ID)
	}
	_, err = brex.Collect(client.CallAll(context.Background(), "getCompany", nil))
	require.ErrorContains(t, err, "is no list with pages; use Call")
}

func TestRequiredScopes(t *testing.T) {
	scopes, err := brex.RequiredScopes("listUsers", "team/get_v2_users_by_id", "listExpenses", "createTransfer", "getCompany")
	require.NoError(t, err)
	require.Equal(t, []string{"companies.readonly", "expenses.card.readonly", "transfers", "users.readonly"}, scopes)
	scopes, err = brex.RequiredScopes("listUsers", "updateUser")
	require.NoError(t, err)
	require.Equal(t, []string{"users"}, scopes, "the write scope serves the read too")
	_, err = brex.RequiredScopes("listUser")
	require.ErrorIs(t, err, brex.ErrUsage)
}
