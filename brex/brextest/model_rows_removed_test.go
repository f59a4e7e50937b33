package brextest_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// rowsOf are the rows of a table by the control API.
func rowsOf(s *sandbox, table string) []map[string]any {
	s.t.Helper()
	page := control{s.t, s.Handler}.ok("GET", "state/"+table+"?limit=200", "")
	var rows []map[string]any
	for _, item := range page["items"].([]any) {
		rows = append(rows, item.(map[string]any))
	}
	return rows
}

// Whatever row is removed, every table can be shown afterwards, and time goes on.
func TestRemoveRowOfEveryTable(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads every table after each of some hundred removals")
	}
	s := newSandbox(t, small, brextest.WithControl())
	b := bankOf(s)
	require.Equal(t, 200, s.do("POST", "/v1/transfers", b.pay(b.ach, 700, ""), key("pay")...).Status)
	tables := control{t, s.Handler}.ok("GET", "state", "")["tables"].([]any)
	require.NotEmpty(t, tables)
	var names []string
	for _, table := range tables {
		names = append(names, table.(map[string]any)["name"].(string))
	}
	for _, name := range names {
		for i, row := range rowsOf(s, name) {
			id, _ := row["id"].(string)
			if id == "" {
				id, _ = row["budget_id"].(string)
			}
			if i%3 == 0 && id != "" {
				require.NoError(t, s.RemoveRow(name, id), name)
				require.ErrorContains(t, s.RemoveRow(name, id), "there is no row")
			}
		}
		for _, other := range names {
			rowsOf(s, other)
		}
	}
	s.Advance(40 * 24 * time.Hour)
	for _, name := range names {
		rowsOf(s, name)
	}
	var saved bytes.Buffer
	require.NoError(t, s.Snapshot(&saved))
	again := newSandbox(t, brextest.WithSnapshot(&saved), brextest.WithControl())
	for _, name := range names {
		require.Len(t, rowsOf(again, name), len(rowsOf(s, name)), name)
	}
}

// With a transfer go its bookings, and its money comes back.
func TestRemoveTransfer(t *testing.T) {
	t.Parallel()
	s, twin := newSandbox(t, small), newSandbox(t, small) // to the twin, nothing happens
	b := bankOf(s)
	for _, after := range []time.Duration{0, 10 * 24 * time.Hour} { // under way, and booked
		id := s.do("POST", "/v1/transfers", b.pay(b.ach, 12_345, ""), key(after.String())...).json(t)["id"].(string)
		s.Advance(after)
		twin.Advance(after)
		booked := 0
		for _, tx := range s.all("/v2/transactions/cash/" + b.primary) {
			if tx["transfer_id"] == id {
				booked++
			}
		}
		require.Equal(t, after > 0, booked == 1)
		require.NoError(t, s.RemoveRow("transfers", id))
		require.Equal(t, 404, s.get("/v1/transfers/"+id).Status)
		s.Advance(20 * 24 * time.Hour) // nothing is due for it any more
		twin.Advance(20 * 24 * time.Hour)
		require.Len(t, s.all("/v2/transactions/cash/"+b.primary), len(twin.all("/v2/transactions/cash/"+b.primary)))
		available, current := s.balances(b.primary)
		wantAvailable, wantCurrent := twin.balances(b.primary)
		require.Equal(t, wantAvailable, available)
		require.Equal(t, wantCurrent, current)
	}
	made := ""
	for _, tx := range s.all("/v2/transactions/cash/" + b.primary) {
		if id, _ := tx["transfer_id"].(string); id != "" {
			made = id
		}
	}
	require.NotEmpty(t, made)
	require.NoError(t, s.RemoveRow("transfers", made))
	for _, tx := range s.all("/v2/transactions/cash/" + b.primary) {
		require.NotEqual(t, made, tx["transfer_id"])
	}
}

// The receipts of made-up expenses can be fetched from where a response says.
func TestMadeReceipts(t *testing.T) {
	t.Parallel()
	server := brextest.NewServer(t, small)
	s := &sandbox{Handler: server.Handler, t: t}
	seen := map[string]bool{}
	for _, e := range s.all("/v1/expenses?expand[]=receipts.download_uris") {
		receipts, _ := e["receipts"].([]any)
		for _, r := range receipts {
			for _, uri := range r.(map[string]any)["download_uris"].([]any) {
				seen[uri.(string)] = true
			}
		}
	}
	require.NotEmpty(t, seen)
	for uri := range seen {
		got := s.raw("GET", uri, "")
		require.Equal(t, 200, got.Status, uri)
		require.Equal(t, "application/pdf", got.Header.Get("Content-Type"))
		require.True(t, bytes.HasPrefix(got.Body, []byte("%PDF-1.4")))
		break
	}
	require.Equal(t, 404, s.raw("GET", brextest.UploadPath+"/receipts/receipt_unknown.pdf", "").Status)
}
