package brex_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// drifting is a client of the sandbox, and what it reported.
func drifting(t *testing.T, server *brextest.Server, opts ...brex.Option) (*brex.Client, func() []string) {
	var mu sync.Mutex
	var seen []string
	client, err := brex.New(append([]brex.Option{brex.WithBaseURL(server.URL), brex.WithToken(server.Token()), brex.WithLimiter(nil),
		brex.WithDrift(func(d brex.Drift) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, fmt.Sprintf("%s %s %s", d.Operation, d.Kind, d.Path))
		})}, opts...)...)
	require.NoError(t, err)
	return client, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(slices.Values(seen))
	}
}

// Every list of the sandbox is as documented: what it serves is no drift.
func TestDriftOfDocumentedResponses(t *testing.T) {
	server := brextest.NewServer(t)
	client, seen := drifting(t, server, brex.WithDriftEvery(1))
	for _, op := range brex.Operations() {
		if op.List != "" && len(op.PathParams) == 0 {
			_, err := brex.Collect(client.CallAll(t.Context(), op.ID, nil))
			require.NoError(t, err, op.ID)
		}
	}
	require.Empty(t, seen())
}

// Unknown members and values are reported, each once, however many rows have them; the call works as before.
func TestDriftIsReportedOnce(t *testing.T) {
	server := brextest.NewServer(t)
	client, seen := drifting(t, server, brex.WithDriftEvery(1))
	server.FailNext("listUsers", brextest.UnknownFields(), 2)
	for range 2 {
		_, err := client.Users.List(t.Context(), brex.UserListParams{})
		require.NoError(t, err)
	}
	first := seen()
	require.NotEmpty(t, first)
	for _, found := range first {
		require.Contains(t, found, "listUsers member ")
	}
	require.Equal(t, len(first), len(slices.Compact(slices.Clone(first))), "each once: %q", first)

	server.FailNext("listVendors", brextest.UnknownEnums(), 1)
	_, err := client.Vendors.List(t.Context(), brex.VendorListParams{})
	require.NoError(t, err)
	require.Contains(t, strings.Join(seen(), "\n"), "listVendors value items[].payment_accounts[].details.")
}

// The first response of an operation is looked at, and then one in 50: what every page has is reported within 50 pages.
func TestDriftSampling(t *testing.T) {
	requests, from := 0, 0
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		requests++
		body := `{"id":"u1"}`
		if requests > from {
			body = `{"id":"u1","brand_new":"4111111111111111"}`
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
	for _, from = range []int{0, 1, 25, 49, 50} {
		requests = 0
		var seen []brex.Drift
		client, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: transport}),
			brex.WithDrift(func(d brex.Drift) { seen = append(seen, d) }))
		require.NoError(t, err)
		at := 0
		for i := 1; i <= from+60 && at == 0; i++ {
			_, err := client.Users.Me(t.Context(), brex.UserMeParams{})
			require.NoError(t, err)
			if len(seen) > 0 && at == 0 {
				at = i
			}
		}
		require.NotZero(t, at, "from %d on", from)
		require.LessOrEqual(t, at-from, 50, "from %d on", from)
		require.Equal(t, []brex.Drift{{Operation: "getMe", Kind: brex.DriftMember, Path: "brand_new"}}, seen)
	}
}

// Kinds and places, without a value: names that look like data are not shown, types and nulls that no document allows are.
func TestDriftKinds(t *testing.T) {
	for body, want := range map[string][]string{
		`{"id":"u1","first_name":"A","last_name":"B","email":"a@example.com"}`: nil,
		`{"id":7,"status":null}`:                                        {"getMe type id"},
		`{"id":"u1","status":"ON_LEAVE"}`:                               {"getMe value status"},
		`{"id":null}`:                                                   {"getMe type id"},
		`{"id":"u1","metadata":{"cuuser_123456789":"x"}}`:               nil,
		`{"id":"u1","acct_123456789":1,"two words":{"a":1}}`:            {"getMe member *"},
		`{"id":"u1","custom_fields":[{"brand_new":1},{"brand_new":2}]}`: {"getMe member custom_fields[].brand_new"},
		`[]`: {"getMe type "},
	} {
		var seen []string
		client, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: stub{[]byte(body)}}),
			brex.WithDrift(func(d brex.Drift) { seen = append(seen, fmt.Sprintf("%s %s %s", d.Operation, d.Kind, d.Path)) }))
		require.NoError(t, err)
		_, _ = client.Users.Me(t.Context(), brex.UserMeParams{})
		require.Equal(t, want, seen, body)
	}
	_, err := brex.New(brex.WithToken("t"), brex.WithDrift(nil))
	require.ErrorIs(t, err, brex.ErrUsage)
	_, err = brex.New(brex.WithToken("t"), brex.WithDriftEvery(0))
	require.ErrorIs(t, err, brex.ErrUsage)
}
