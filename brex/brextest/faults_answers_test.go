package brextest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// TestResponsesThatGrow: what the faults make of a response must still be what
// the documents allow, or what Brex says it may add.
func TestResponsesThatGrow(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	s.everyRow = true
	doc, method, path := pathOf(t, "listExpenses")

	s.FailNext("listExpenses", brextest.NullEverywhere(), 1)
	got := s.get("/v1/expenses?expand[]=merchant&expand[]=user&limit=50") // contract validates it
	for _, item := range got.items(t) {
		for name, value := range item {
			switch name {
			case "id", "updated_at":
				require.NotNil(t, value, name)
			default:
				require.Nil(t, value, name)
			}
		}
	}
	require.NotEmpty(t, got.cursor(t), "the list must not end here")

	s.FailNext("listExpenses", brextest.UnknownFields(), 1)
	got = s.raw("GET", "/v1/expenses?expand[]=merchant&limit=50", "", "Authorization", "Bearer "+s.Token())
	require.Contains(t, got.json(t), "addedInCamelCase")
	for _, item := range got.items(t) {
		require.Contains(t, item, "added_by_brex_later")
		if merchant, ok := item["merchant"].(map[string]any); ok {
			require.Contains(t, merchant, "added_by_brex_later", "in nested objects too")
		}
	}
	s.FailNext("updateUser", brextest.UnknownFields(), 1)
	user := s.get("/v2/users/me").json(t)["id"].(string)
	got = s.raw("PUT", "/v2/users/"+user, `{"metadata":{"team":"a"}}`, "Authorization", "Bearer "+s.Token(), "Content-Type", "application/json", "Idempotency-Key", "grow")
	require.Equal(t, map[string]any{"team": "a"}, got.json(t)["metadata"], "a map of texts has no room for more")

	s.FailNext("listExpenses", brextest.UnknownEnums(), 1)
	got = s.raw("GET", "/v1/expenses?limit=50", "", "Authorization", "Bearer "+s.Token())
	for _, item := range got.items(t) {
		require.Contains(t, item["status"], "UNKNOWN_")
		require.Contains(t, item["expense_type"], "UNKNOWN_")
		if amount, ok := item["billing_amount"].(map[string]any); ok {
			require.NotContains(t, amount["currency"], "UNKNOWN_", "a currency is no enum in the documents")
		}
	}
	_, err := validate(doc, method, path, 200, got.Body)
	require.Error(t, err, "enums are closed in the documents")

	// The remembered response of a key is not touched.
	s.FailNext("createVendor", brextest.NullEverywhere(), 1)
	created := s.do("POST", "/v1/vendors", `{"company_name":"Once"}`, key("once")...)
	require.Nil(t, created.json(t)["company_name"])
	require.Equal(t, "Once", s.do("POST", "/v1/vendors", `{"company_name":"Once"}`, key("once")...).json(t)["company_name"])
}

// TestClientSurvivesGrowth: the SDK decodes each list whatever Brex adds.
func TestClientSurvivesGrowth(t *testing.T) {
	t.Parallel()
	for _, fault := range []brextest.Fault{brextest.UnknownEnums(), brextest.UnknownFields(), brextest.NullEverywhere()} {
		t.Run(fault.String(), func(t *testing.T) {
			t.Parallel()
			h, err := brextest.NewHandler(small)
			require.NoError(t, err)
			h.AddRule(brextest.Rule{Fault: fault})
			client := clientOf(t, h)
			_, err = client.Expenses.List(t.Context(), brex.ExpenseListParams{})
			require.NoError(t, err)
			_, err = client.Vendors.List(t.Context(), brex.VendorListParams{})
			require.NoError(t, err)
			_, err = client.Transfers.List(t.Context(), brex.TransferListParams{})
			require.NoError(t, err)
			_, err = client.Cards.List(t.Context(), brex.CardListParams{})
			require.NoError(t, err)
			_, err = client.Users.List(t.Context(), brex.UserListParams{})
			require.NoError(t, err)
		})
	}
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	s.FailNext("createVendor", brextest.Duplicate(), 1)
	require.Equal(t, 200, s.do("POST", "/v1/vendors", `{"company_name":"Twice sent"}`, key("k")...).Status)
	require.Len(t, s.all("/v1/vendors?name=twice"), 1, "the key made it one")

	// createDepartment takes a key, and without one a proxy makes two.
	known := len(s.all("/v2/departments"))
	s.ResetRequests()
	s.FailNext("createDepartment", brextest.Duplicate(), 1)
	require.Equal(t, 200, s.do("POST", "/v2/departments", `{"name":"Doubled"}`).Status)
	require.Len(t, s.Requests(), 2, "both were received")
	require.Len(t, s.all("/v2/departments"), known+2)
}

// TestSlowResponses runs in a bubble, where hours pass at once.
func TestSlowResponses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h, err := brextest.NewHandler(small)
		require.NoError(t, err)
		client := clientOf(t, h, brex.WithTimeout(0), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}))
		took := func(f brextest.Fault) time.Duration {
			h.FailNext("getCompany", f, 1)
			start := time.Now()
			_, err := client.Company.Get(t.Context())
			require.NoError(t, err)
			return time.Since(start)
		}
		require.Equal(t, time.Hour, took(brextest.Latency(time.Hour)))
		require.Equal(t, 8*time.Second, took(brextest.SlowBody(8*time.Second)))

		// What had its response too late was carried out all the same.
		h.FailNext("createVendor", brextest.Latency(time.Hour), 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err = client.Vendors.Create(ctx, brex.CreateVendorRequest{CompanyName: "Late"})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		page, err := client.Vendors.List(t.Context(), brex.VendorListParams{Name: "Late"})
		require.NoError(t, err)
		require.Len(t, page.Items, 1)

		// Close lets go.
		h.FailNext("getCompany", brextest.SlowBody(time.Hour), 1)
		time.AfterFunc(time.Second, h.Close)
		_, err = client.Company.Get(t.Context())
		require.Error(t, err)
	})
}

// TestSlowBodyOnTheWire: the status arrives before the body.
func TestSlowBodyOnTheWire(t *testing.T) {
	t.Parallel()
	s := brextest.NewServer(t, small)
	s.FailNext("getCompany", brextest.SlowBody(time.Hour), 1)
	r, err := http.NewRequest("GET", s.URL+"/v2/company", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.Token())
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, 200, resp.StatusCode)
	require.NotZero(t, resp.ContentLength)
	s.Handler.Close()
	_, err = resp.Body.Read(make([]byte, 1))
	require.Error(t, err, "not a byte in the first eighth of an hour")
}

func TestRules(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	status := func(method, target string) int {
		return s.raw(method, target, "", "Authorization", "Bearer "+s.Token()).Status
	}
	s.AddRule(brextest.Rule{Operation: "getMe", Fault: brextest.Status(500, ""), Skip: 2, Count: 1})
	require.Equal(t, []int{200, 200, 500, 200}, []int{status("GET", "/v2/users/me"), status("GET", "/v2/users/me"), status("GET", "/v2/users/me"), status("GET", "/v2/users/me")})

	s.AddRule(brextest.Rule{Method: "GET", Fault: brextest.Status(503, ""),
		Match: func(r brextest.Request) bool { return r.Query.Get("limit") == "7" }})
	require.Equal(t, []int{200, 503, 503, 200}, []int{status("GET", "/v2/users?limit=8"), status("GET", "/v2/users?limit=7"), status("GET", "/v2/titles?limit=7"), status("GET", "/v2/titles")})
	require.Zero(t, s.PendingFaults(), "a rule without an end is not waited for")
	s.ClearFaults()

	// A rate strikes the same calls each time.
	pattern := func(seed uint64) (struck string) {
		s := newSandbox(t, small)
		s.AddRule(brextest.Rule{Operation: "getMe", Fault: brextest.Status(500, ""), Rate: 0.3, Seed: seed})
		for range 200 {
			struck += string(rune('0' + s.raw("GET", "/v2/users/me", "", "Authorization", "Bearer "+s.Token()).Status/500))
		}
		return struck
	}
	require.Equal(t, pattern(1), pattern(1))
	require.NotEqual(t, pattern(1), pattern(2))
	require.InDelta(t, 60, strings.Count(pattern(3), "1"), 25)

	require.Panics(t, func() { s.AddRule(brextest.Rule{}) })
	require.Panics(t, func() { s.AddRule(brextest.Rule{Fault: brextest.Hang(), Rate: 1.5}) })
	require.Panics(t, func() { s.AddRule(brextest.Rule{Fault: brextest.Hang(), Skip: -1}) })
}
