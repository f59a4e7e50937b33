package brextest_test

import (
	"encoding/base64"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	for _, tc := range []struct {
		path  string
		limit string
		want  int
	}{
		{"/v1/expenses", "77", 1500}, {"/v1/vendors", "", 30},
		{"/v2/users", "", 40}, {"/v2/users", "7", 40}, {"/v2/users", "40", 40}, {"/v2/users", "1000", 40},
		{"/v2/transactions/card/primary", "500", 1200}, {"/v1/vendors", "1", 30}, {"/v2/cards", "59", 60},
	} {
		t.Run(tc.path+" "+tc.limit, func(t *testing.T) {
			target := tc.path
			if tc.limit != "" {
				target += "?limit=" + tc.limit
			}
			got := ids(s.all(target))
			require.Len(t, got, tc.want)
			seen := map[string]bool{}
			for _, id := range got {
				if seen[id] {
					t.Fatalf("%s twice", id)
				}
				seen[id] = true
			}
		})
	}
	first := s.get("/v1/expenses")
	require.Len(t, first.items(t), 100, "the default limit")
	require.NotEmpty(t, first.cursor(t))
	require.Contains(t, s.get("/v2/users").json(t), "next_cursor", "null at the end, not absent")
}

// TestListOrder: the other order has the same rows, and the same pages from
// the other end, with and without filters.
func TestListOrder(t *testing.T) {
	t.Parallel()
	newest, oldest := newSandbox(t, small), newSandbox(t, small, brextest.WithOldestFirst())
	account := ids(newest.all("/v2/accounts/cash"))[0]
	for _, path := range []string{"/v1/expenses?limit=33", "/v1/expenses?limit=3&status[]=VOID&status[]=OUT_OF_POLICY",
		"/v1/expenses?updated_at_start=2026-10-01T00:00:00", "/v1/expenses?purchased_at_end=2026-01-01T00:00:00", "/v1/trips",
		"/v2/transactions/card/primary?limit=50", "/v1/transfers", "/v2/transactions/cash/" + account, "/v2/accounts/cash/" + account + "/statements"} {
		a, b := ids(newest.all(path)), ids(oldest.all(path))
		require.NotEmpty(t, a, path)
		slices.Reverse(b)
		require.Equal(t, a, b, path)
	}
}

// TestArrivals: with an offset for a cursor, what arrives makes rows come
// twice.
func TestArrivals(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, brextest.WithListMode(brextest.ListArrivals))
	first := s.get("/v2/users?limit=10")
	second := s.get("/v2/users?limit=10&cursor=" + url.QueryEscape(first.cursor(t)))
	require.Equal(t, ids(first.items(t))[9], ids(second.items(t))[0])
	require.Greater(t, len(s.all("/v2/users?limit=10")), 40)
	require.Len(t, s.all("/v2/users?limit=1"), 40)
}

// TestCursorsFollowChanges: a cursor remembers a place only as long as the
// list is what it was; after that it is an offset.
func TestCursorsFollowChanges(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	card := ids(s.all("/v2/cards"))[0]
	page := s.get("/v1/expenses?limit=10&status[]=VOID&status[]=DRAFT")
	want := ids(page.items(t))
	_, err := s.Purchase(card, 100, "Shop")
	require.NoError(t, err)
	next := s.get("/v1/expenses?limit=10&status[]=VOID&status[]=DRAFT&cursor=" + url.QueryEscape(page.cursor(t)))
	require.Equal(t, want[9], ids(next.items(t))[0], "moved down by the new one")
}

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	last := "9999"
	for _, e := range s.all("/v1/expenses") {
		at := e["purchased_at"].(string)
		if at > last {
			t.Fatalf("%s after %s", at, last)
		}
		last = at
	}
	last = "9999"
	for _, tx := range s.all("/v2/transactions/card/primary") {
		at := tx["posted_at_date"].(string)
		if at > last {
			t.Fatalf("%s after %s", at, last)
		}
		last = at
	}
	require.LessOrEqual(t, s.all("/v1/expenses")[0]["updated_at"].(string), "2026-11-02T12:00:00.000Z", "nothing lies in the future")
}

func TestBadListParameters(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	cursor := s.get("/v1/expenses?limit=10&status[]=SETTLED").cursor(t)
	require.NotEmpty(t, cursor)
	beyond := base64.StdEncoding.EncodeToString([]byte(`{"limit":10,"offset":-5,"for":"x"}`))
	for _, tc := range []struct{ target, message string }{
		{"/v1/expenses?limit=0", "limit is invalid: number must be at least 1"},
		{"/v1/expenses?limit=-1", "limit is invalid"},
		{"/v1/expenses?limit=101", "limit is invalid: number must be at most 100"},
		{"/v1/expenses?limit=1000", "limit is invalid"},
		{"/v1/expenses?limit=ten", "limit is invalid: value must be an integer"},
		{"/v1/expenses?limit=0x10", "limit is invalid: value must be an integer"},
		{"/v1/expenses?limit=1e1", "limit is invalid: value must be an integer"},
		{"/v1/expenses?limit=99999999999999999999", "limit is invalid"},
		{"/v1/expenses?limit=1&limit=2", "limit is invalid: it is given more than once"},
		{"/v2/users?limit=1001", "limit is invalid: number must be at most 1000"},
		{"/v3/accounting/records?limit=1001", "limit is invalid: number must be at most 1000"},
		{"/v1/webhooks/groups?limit=1001", "limit is invalid: number must be at most 1000"},
		{"/v3/accounting/records?updated_at[gte]=lately", "updated_at[gte] is invalid: want a date and time like 2026-01-31T12:00:00, or a date"},
		{"/v3/accounting/records?updated_at[eq]=2026-01-01", "not supported: updated_at[eq]"},
		{"/v3/accounting/records?updated_at=2026-01-01", "not supported: updated_at"},
		{"/v3/accounting/records?review_status=DONE", `review_status is invalid: value is not one of the allowed values ["READY_FOR_EXPORT",`},
		{"/v1/expenses?cursor=garbled", "cursor is invalid"},
		{"/v1/expenses?cursor=" + beyond, "cursor is invalid"},
		{"/v1/expenses?cursor=" + url.QueryEscape(cursor), "cursor is invalid"}, // other filters
		{"/v1/expenses?limit=20&status[]=SETTLED&cursor=" + url.QueryEscape(cursor), "cursor is invalid"},
		{"/v1/expenses/card?limit=10&status[]=SETTLED&cursor=" + url.QueryEscape(cursor), "cursor is invalid"},
		{"/v1/expenses?status[]=settled", "status[] is invalid"},
		{"/v1/expenses?expense_type[]=CAR", "expense_type[] is invalid"},
		{"/v1/expenses?status=SETTLED", "not supported: status"},
		{"/v1/expenses?offset=3", "not supported: offset"},
		{"/v1/expenses?expand[]=everything", "expand[] is invalid"},
		{"/v1/expenses?expand[]=user&expand[]=receipts", `expand[] is invalid: value is not one of the allowed values ["location",`},
		{"/v1/expenses/expense_x?expand[]=everything", "expand[] is invalid"},
		{"/v2/transactions/card/primary?expand[]=user", `expand[] is invalid: value is not one of the allowed values ["expense_id"]`},
		{"/v1/expenses?load_custom_fields=yes", "load_custom_fields is invalid: value must be a boolean"},
		{"/v1/expenses?load_custom_fields=T", "load_custom_fields is invalid: value must be a boolean"},
		{"/v1/expenses?purchased_at_start=yesterday", "purchased_at_start is invalid"},
		{"/v1/expenses?purchased_at_start=2026-01-01", "purchased_at_start is invalid"},
		{"/v1/expenses?%zz", "query is invalid"},
		{"/v2/users?expand[]=manager", "expand[] is invalid"},
		{"/v2/users?status[]=CLOSED", "status[] is invalid"},
		{"/v2/accounts/cash?cursor=x", "not supported: cursor"},
		{"/v2/accounts/card?limit=1", "not supported: limit"},
		{"/v2/users/me?limit=1", "not supported: limit"},
		{"/v2/transactions/card/primary?posted_at_end=2026-01-01T00:00:00", "not supported: posted_at_end"},
	} {
		t.Run(tc.target, func(t *testing.T) {
			s := &sandbox{Handler: s.Handler, t: t}
			wantProblem(t, s.get(tc.target), 400, tc.message)
		})
	}
	t.Run("the limit may be left out under a cursor", func(t *testing.T) {
		page := s.get("/v1/expenses?status[]=SETTLED&cursor=" + url.QueryEscape(cursor))
		require.Len(t, page.items(t), 10)
	})
}

func TestListModes(t *testing.T) {
	t.Parallel()
	t.Run("an empty page in the middle", func(t *testing.T) {
		s := newSandbox(t, brextest.WithListMode(brextest.ListEmptyPage))
		second := s.get("/v2/users?limit=10&cursor=" + s.get("/v2/users?limit=10").cursor(t))
		require.Empty(t, second.items(t))
		require.NotEmpty(t, second.cursor(t))
		require.Len(t, s.all("/v2/users?limit=10"), 40, "no row is lost")
		require.Len(t, s.all("/v2/users"), 40, "a single page is as it was")
	})
	t.Run("a repeated cursor", func(t *testing.T) {
		s := newSandbox(t, brextest.WithListMode(brextest.ListRepeatedCursor))
		first := s.get("/v2/users?limit=10").cursor(t)
		second := s.get("/v2/users?limit=10&cursor=" + first)
		require.Equal(t, first, second.cursor(t))
		require.Len(t, second.items(t), 10)
	})
}

func TestDateZones(t *testing.T) {
	t.Parallel()
	lax, strict := newSandbox(t), newSandbox(t, brextest.WithStrictZone(true))
	for _, tc := range []struct {
		value       string
		lax, strict int
	}{
		{"2026-10-01T00:00:00", 200, 200},
		{"2026-10-01T23:59:59.999", 200, 200},
		{"2026-10-01T00:00:00Z", 200, 400},
		{"2026-10-01T00:00:00.5Z", 200, 400},
		{"2026-10-01T02:00:00%2B02:00", 200, 400},
		{"2026-10-01T02:00:00+02:00", 200, 400},
		{"2026-13-01T00:00:00", 400, 400},
		{"1790812800", 400, 400},
	} {
		require.Equal(t, tc.lax, lax.get("/v1/expenses?purchased_at_start="+tc.value).Status, tc.value)
		require.Equal(t, tc.strict, strict.get("/v1/expenses?purchased_at_start="+tc.value).Status, tc.value)
	}
	// The same instant, three ways.
	want := lax.get("/v1/expenses?limit=1&purchased_at_end=2026-10-01T00:00:00").items(t)
	require.Equal(t, want, lax.get("/v1/expenses?limit=1&purchased_at_end=2026-10-01T00:00:00Z").items(t))
	require.Equal(t, want, lax.get("/v1/expenses?limit=1&purchased_at_end=2026-10-01T02:00:00%2B02:00").items(t))
}
