package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// A list has --from, --to and --month exactly where its rows have a time, and the help says who filters.
func TestWindowOfEveryList(t *testing.T) {
	byBrex := map[string]string{"listExpenses": "purchased_at", "listExpenses_1": "purchased_at"}
	half := map[string]string{"listPrimaryCardTransactions": "posted_at_date", "listCashTransactions": "posted_at_date"}
	here := map[string]string{"queryAccountingRecords": "posted_at", "listPrimaryCardStatements": "period.end_date", "listCashStatements": "period.end_date",
		"listTransfers": "created_at", "listTrips": "created_at", "listTripBookings": "created_at"}
	for _, op := range brex.Operations() {
		if op.List == "" {
			continue
		}
		w := windowOf(op)
		switch {
		case byBrex[op.ID] != "":
			require.Equal(t, byBrex[op.ID], w.member)
			require.Contains(t, w.about(), "Brex filters.")
		case half[op.ID] != "":
			require.Equal(t, half[op.ID], w.member)
			require.Contains(t, w.about(), "by the start only")
		case here[op.ID] != "":
			require.NotNil(t, w, op.ID)
			require.Equal(t, here[op.ID], w.member)
			require.Contains(t, w.about(), "no such filter")
		default:
			require.Nil(t, w, op.ID)
		}
	}
	for _, noun := range []string{"expenses", "transactions", "statements", "transfers", "trips", "accounting-records"} {
		help := sandbox(t, noun, "list", "--help").ok(t).out
		for _, want := range []string{"--from time", "--to time", "--month month", "Days and months are those of UTC"} {
			require.Contains(t, strings.Join(strings.Fields(help), " "), want, noun)
		}
	}
	require.NotContains(t, sandbox(t, "users", "list", "--help").ok(t).out, "--month")
}

func TestWindowFilters(t *testing.T) {
	const transfers = `{"items":[{"id":"a","created_at":"2026-09-30"},{"id":"b","created_at":"2026-10-01"},{"id":"c","created_at":"2026-10-31"},
		{"id":"d","created_at":"2026-11-01"},{"id":"e","created_at":null}]}`
	const trips = `{"items":[{"id":"a","created_at":"2026-09-30T23:59:59.999"},{"id":"b","created_at":"2026-10-01T00:00:00Z"},
		{"id":"c","created_at":"2026-10-31T23:59:59.9999Z"},{"id":"d","created_at":"2026-11-01T01:00:00+02:00"},{"id":"e","created_at":"2026-11-01T00:00:00Z"}]}`
	for _, tc := range []struct{ body, args, want, note string }{
		{transfers, "transfers list --month 2026-10", "b c", "1 row without created_at left out"},
		{transfers, "transfers list --from 2026-10-01", "b c d", "left out"},
		{transfers, "transfers list --from 2026-10-01T15:00:00Z --to 2026-10-31T00:00:00Z", "b c", "left out"},
		{transfers, "transfers list --to 2026-09-30", "a", "left out"},
		{transfers, "transfers list --month 2026-10 --limit 1", "b", "1 row shown, there may be more"},
		{trips, "trips list --month 2026-10", "b c d", ""},
		{trips, "trips list --from 2026-11-01", "e", ""},
	} {
		s := answering(t, tc.body)
		for _, format := range []string{"jsonl", "csv", "table"} {
			r := s.run(t, append(strings.Fields(tc.args), "-o", format)...).ok(t)
			require.Contains(t, r.err, tc.note, tc.args)
			if format == "jsonl" {
				var ids []string
				for _, line := range lines(t, r.out) {
					ids = append(ids, line[len(`{"id":"`):][:1])
				}
				require.Equal(t, tc.want, strings.Join(ids, " "), tc.args)
				continue
			}
			require.Len(t, lines(t, r.out), 1+len(strings.Fields(tc.want)), "%s", tc.args)
		}
	}
}

// Brex is asked for no more than it has to read, and rows are looked at all the same.
func TestWindowNarrowsWhatBrexSends(t *testing.T) {
	var queries []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.Query().Encode())
		_, _ = io.WriteString(w, `{"items":[]}`)
	}))
	t.Cleanup(server.Close)
	s := on(server.URL, "bxt_x")
	s.now = func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		args string
		want []string
	}{
		{"expenses list --month 2026-10 --limit 3 -o json", []string{"purchased_at_start=2026-09-30T23%3A59%3A59.999", "purchased_at_end=2026-11-01T00%3A00%3A00"}},
		{"expenses list --from 7d -o json", []string{"purchased_at_start=2026-11-13T11%3A59%3A59.999"}},
		{"transactions list --month 2026-10", []string{"posted_at_start=2026-09-30T00%3A00%3A00"}},
		{"trips list --month 2026-10", nil},
	} {
		queries = nil
		s.run(t, strings.Fields(tc.args)...).ok(t)
		require.Len(t, queries, 1)
		for _, want := range tc.want {
			require.Contains(t, queries[0], want)
		}
		require.NotContains(t, queries[0], "limit=3", "a page may show a few of its rows only")
	}
	for args, want := range map[string]string{
		"expenses list --month 2026-10 --from 7d":               "--month and --from exclude each other",
		"expenses list --month 2026-10 --purchased-at-start 7d": "--month and --purchased-at-start exclude each other",
		"expenses list --to 2026-10-01 --purchased-at-end 7d":   "--to and --purchased-at-end exclude each other",
		"trips list --from 2026-10-02 --to 2026-10-01":          "--from 2026-10-02 is after --to 2026-10-01",
		"trips list --month October":                            "must be a month, such as 2026-10",
		"statements list --from yesterday":                      "is not a time",
	} {
		queries = nil
		require.Contains(t, s.run(t, strings.Fields(args)...).fails(t, exitUsage), want)
		require.Empty(t, queries)
	}
}

// -o curl shows what a list would send, with its names looked up, and sends nothing else.
func TestCurlOfLists(t *testing.T) {
	r := setup{}.run(t, "expenses", "list", "--month", "2026-10", "-o", "curl").ok(t)
	require.Contains(t, r.out, "/v1/expenses?")
	require.Contains(t, r.out, "purchased_at_start=2026-09-30T23%3A59%3A59.999")
	require.Contains(t, setup{}.run(t, "titles", "list", "-o", "curl").ok(t).out, "/v2/titles")
	require.Contains(t, setup{}.run(t, "cards", "list", "--user-id", "cuuser_1", "-o", "curl").fails(t, exitUsage), "no token")
	server := brextest.NewServer(t)
	on := on(server.URL, server.Token())
	maya := jsonOf[object](t, on, "users", "get", "maya.park@halcyon.example").id()
	require.Contains(t, on.run(t, "cards", "list", "--user-id", "maya.park@halcyon.example", "-o", "curl").ok(t).out, "user_id="+maya)
	require.Zero(t, sentTo(server, "listCards"))
}
