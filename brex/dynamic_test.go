package brex_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
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
	rec := &sent{answer: `{"items":[],"id":"x","monthly_limit":null}`}
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
		{"getUserById", `{"id":"u1"}`, "GET /v2/users/u1", ""},
		{"getUserById", []byte("{\"id\":\"u1\"}\n"), "GET /v2/users/u1", ""},
		{"getCompany", nil, "GET /v2/company", ""},
		{"getCompany", " ", "GET /v2/company", ""},
		{"getCompany", json.RawMessage(nil), "GET /v2/company", ""},
		{"getCompany", json.RawMessage("null"), "GET /v2/company", ""},
		{"setUserLimit", `{"id":"u1","monthly_limit":{"amount":9007199254740993}}`, "POST /v2/users/u1/limit", `{"monthly_limit":{"amount":9007199254740993}}`},
		{"setUserLimit", map[string]any{"id": "u1", "monthly_limit": map[string]any{"amount": int64(9007199254740993)}}, "POST /v2/users/u1/limit",
			`{"monthly_limit":{"amount":9007199254740993}}`},
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
			require.Equal(t, tc.body, string(rec.bodies[0]))
		} else {
			require.Empty(t, rec.bodies)
		}
	}
}

func TestCallRefusesBeforeSending(t *testing.T) {
	dollars := 19.99 // which is not 1,999 cents
	for _, tc := range []struct {
		operation string
		params    any
		want      string
	}{
		{"nope", nil, `"nope" is not an operation`},
		{"getUserById", nil, "id is missing"},
		{"getUserById", map[string]any{"userid": "u"}, "id is missing; it must be the id of an object. getUserById takes id, load_custom_fields"},
		{"getUserById", map[string]any{"id": nil}, "id must be a string"},
		{"getUserById", `{"id":"u"}]`, "one JSON object, and nothing after it"},
		{"getUserById", `"u"`, "the parameters must be one JSON object, by name"},
		{"listExpenses", map[string]any{"status": "SETTLED", "status[]": "DRAFT"}, "status is given twice, as status and as status[]"},
		{"listExpenses", map[string]any{"status": "SETLED"}, `status[] is "SETLED"; it must be one of DRAFT, SUBMITTED`},
		{"listExpenses", map[string]any{"limit": 5.5}, "limit must be a whole number"},
		{"setUserLimit", map[string]any{"id": "u", "monthly_limit": map[string]any{"amount": dollars * 100}}, "must be a whole number without point"},
		{"setUserLimit", `{"id":"u","monthly_limit":{"amount":700.0}}`, "body.monthly_limit.amount is 700.0; it must be a whole number without point"},
		{"createCard", `{"owner":{"type":"USER","user_id":"u"},"card_name":"x","card_type":"PHYSICAL","limit_type":"USER"}`,
			"mailing_address is required for a physical card"},
		{"createUser", `{"first_name":"Zoë","last_name":"B","email":"z@example.com"}`, "first_name holds 'ë'"},
		{"getUserById", map[string]any{"id": ".."}, `id is "..", which is not an id`},
		{"getUserById", map[string]any{"id": "u", "expandd": "x"}, "expandd is not a parameter of getUserById; it takes id, "},
		{"getCompany", map[string]any{"id": "u"}, "id is not a parameter of getCompany; it takes none"},
		{"listExpenses", map[string]any{"limit": "many"}, "limit must be a whole number"},
		{"listExpenses", map[string]any{"limit": 101}, "Limit is 101"},
		{"listExpenses", map[string]any{"purchased_at_start": "yesterday"}, "purchased_at_start must be a time"},
		{"listExpenses", map[string]any{"load_custom_fields": "maybe"}, "load_custom_fields must be true or false"},
		{"queryAccountingRecords", map[string]any{"updated_at": "2026"}, "updated_at must be an object"},
		{"createVendor", map[string]any{}, "body.company_name is missing; it must be a string"},
		{"createVendor", map[string]any{"company_name": 7}, "body.company_name must be a string"},
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
	server := brextest.NewServer(t, brextest.WithStrictQuery())
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
	require.ErrorContains(t, err, "is not a list; use Call")
}

// WithoutValidation is the way to what Brex added since this version was made.
func TestCallWithoutValidation(t *testing.T) {
	rec := &sent{answer: `{"items":[],"id":"x"}`}
	client, err := brex.New(brex.WithToken("token"), brex.WithHTTPClient(&http.Client{Transport: rec}), brex.WithoutValidation())
	require.NoError(t, err)
	for _, tc := range []struct{ operation, params string }{
		{"createVendor", `{"company_name":"Ä","brand_new":[1]}`}, {"listExpenses", `{"status":"BRAND_NEW"}`},
	} {
		_, err = client.Call(t.Context(), tc.operation, tc.params)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"POST /v1/vendors", "GET /v1/expenses?status%5B%5D=BRAND_NEW"}, rec.paths)
	require.JSONEq(t, `{"company_name":"Ä","brand_new":[1]}`, string(rec.bodies[0]))
	_, err = client.Call(t.Context(), "getUserById", `{"id":"u","nme":"x"}`)
	require.ErrorContains(t, err, "nme is not a parameter of getUserById", "it would have no place")
}

// The one answer of which no member is documented may be empty, as it may for FieldValues.Delete.
func TestCallWithAnEmptyResponse(t *testing.T) {
	client, err := brex.New(brex.WithToken("token"), brex.WithHTTPClient(&http.Client{Transport: &sent{}}))
	require.NoError(t, err)
	raw, err := client.Call(t.Context(), "deleteFieldValues", `{"field_id":"f","items":[{"brex_id":"a"}]}`)
	require.NoError(t, err)
	require.Nil(t, raw)
	_, err = client.Call(t.Context(), "getCompany", nil)
	require.ErrorIs(t, err, brex.ErrBadResponse)
}

// Of two amounts nobody knows which one is meant.
func TestDynamicMemberTwice(t *testing.T) {
	client, err := brex.New(brex.WithToken("t"), brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"items":[]}`))}, nil
	})}))
	require.NoError(t, err)
	for params, twice := range map[string]string{
		`{"limit":1,"limit":2}`: "limit",
		`{"body":{"amount":{"amount":100,"currency":"USD"},"amount":{"amount":5}}}`: "amount",
		`{"body":{"amount":{"amount":1,"currency":"USD","\u0061mount":5}}}`:         "amount",
		`{"body":{"list":[{"a":1},{"a":[{"b":"a","b":2}]}]}}`:                       "b",
		`{"ids":["limit","limit"],"limit":1}`:                                       "",
		`{"user_id":["a","a"],"limit":1}`:                                           "",
	} {
		_, err := client.Call(t.Context(), "listUsers", params)
		if twice == "" {
			require.NotContains(t, fmt.Sprint(err), "twice", params)
			continue
		}
		require.ErrorIs(t, err, brex.ErrUsage, params)
		require.ErrorContains(t, err, `"`+twice+`" twice`, params)
	}
}

// goldenCall is a request in testdata/golden as parameters of a dynamic call.
func goldenCall(tb testing.TB, op *brex.Operation) (request goldenRequest, params map[string]any) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "golden", op.ID+".json"))
	require.NoError(tb, err, "add a case to TestWire and write it with: go test ./brex -run TestWire -update")
	require.NoError(tb, json.Unmarshal(text, &request))
	params = map[string]any{}
	if request.Body != nil {
		params["body"] = request.Body
	}
	given := strings.Split(request.Path, "/")
	for i, part := range strings.Split(op.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			params[strings.TrimSuffix(name, "}")] = given[i]
		}
	}
	for name, values := range request.Query {
		if object, member, deep := strings.Cut(strings.TrimSuffix(name, "]"), "["); deep && member != "" { // updated_at[gte]
			if params[object] == nil {
				params[object] = map[string]string{}
			}
			params[object].(map[string]string)[member] = values[0]
			continue
		}
		params[name] = values
		if i := slices.IndexFunc(op.Query, func(p wire.Param) bool { return p.Name == name }); !strings.HasPrefix(op.Query[i].Type, "[]") {
			params[name] = values[0]
		}
	}
	return request, params
}

type goldenRequest struct {
	Method, Path string
	Query        url.Values
	Body         json.RawMessage
}

// Every operation, under both its names, makes the request that its method makes.
func TestCallOfEveryOperation(t *testing.T) {
	for _, op := range brex.Operations() {
		want, params := goldenCall(t, op)
		for _, name := range []string{op.ID, op.Action} {
			rec := &sent{answer: `{}`}
			client, err := brex.New(brex.WithToken("token"), brex.WithLimiter(nil), brex.WithZonedTimes(), brex.WithHTTPClient(&http.Client{Transport: rec}))
			require.NoError(t, err)
			_, err = client.Call(t.Context(), name, params)
			require.NotErrorIs(t, err, brex.ErrUsage, name)
			require.Len(t, rec.paths, 1, name)
			method, uri, _ := strings.Cut(rec.paths[0], " ")
			got, err := url.Parse(uri)
			require.NoError(t, err)
			require.Equal(t, want.Method, method, name)
			require.Equal(t, want.Path, got.EscapedPath(), name)
			require.Equal(t, want.Query.Encode(), got.Query().Encode(), name)
			require.Equal(t, want.Body != nil, len(rec.bodies) > 0, name)
			if want.Body != nil {
				require.JSONEq(t, string(want.Body), string(rec.bodies[0]), name)
			}
		}
	}
}

// Whatever JSON stands for the parameters: no panic, and what is refused is not sent.
func FuzzCall(f *testing.F) {
	ops := brex.Operations()
	for i, op := range ops {
		_, params := goldenCall(f, op)
		text, err := json.Marshal(params)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), string(text))
	}
	f.Add(uint8(0), `null`)
	f.Fuzz(func(t *testing.T, i uint8, params string) {
		rec := &sent{answer: `{}`}
		client, err := brex.New(brex.WithToken("token"), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: rec}))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Call(t.Context(), ops[int(i)%len(ops)].ID, params)
		if errors.Is(err, brex.ErrUsage) == (len(rec.paths) > 0) {
			t.Errorf("%s: sent %v, %v", params, rec.paths, err)
		}
	})
}

// TestFormerOperationIDs: programs written after the document of 2025 know webhooks by other names.
func TestFormerOperationIDs(t *testing.T) {
	for former, now := range map[string]string{"createSubscription": "createWebhookSubscription", "listSubscription": "listWebhookSubscriptions",
		"listSecrets": "listWebhookSecrets", "getSubscriptionById": "getWebhookSubscription", "updateSubscription": "updateWebhookSubscription"} {
		was, ok := brex.LookupOperation(former)
		require.True(t, ok, former)
		is, ok := brex.LookupOperation(now)
		require.True(t, ok, now)
		require.Same(t, is, was)
		for _, op := range brex.Operations() {
			require.NotEqual(t, former, op.ID, "it means something else now")
		}
	}
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	client, err := brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL))
	require.NoError(t, err)
	made, err := client.Call(t.Context(), "createSubscription", map[string]any{"url": "https://example.com/a", "event_types": []string{"USER_UPDATED"}})
	require.NoError(t, err)
	var subscription struct{ ID string }
	require.NoError(t, json.Unmarshal(made, &subscription))
	for _, name := range []string{"listSubscription", "listSecrets", "getSubscriptionById"} {
		params := map[string]any{}
		if name == "getSubscriptionById" {
			params["id"] = subscription.ID
		}
		raw, err := client.Call(t.Context(), name, params)
		require.NoError(t, err, name)
		require.NotEmpty(t, raw)
	}
}
