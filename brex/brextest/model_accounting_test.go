package brextest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// wantCode checks an error in accounting's own shape and returns its details.
func wantCode(t testing.TB, got result, status int, code string) m {
	t.Helper()
	require.Equal(t, status, got.Status, "%s", got.Body)
	require.Equal(t, code, got.json(t)["error_code"], "%s", got.Body)
	details, _ := got.json(t)["details"].(m)
	return details
}

func TestIntegrations(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small, brextest.WithToken("none")))
	first := idOf(w.call("createIntegration", `{"vendor":"NETSUITE","vendor_account_id":"1"}`))
	details := wantCode(t, w.try("createIntegration", `{"vendor":"XERO","vendor_account_id":"2"}`), 409, "ACTIVE_INTEGRATION_EXISTS")
	require.Equal(t, m{"existing_integration_id": first, "existing_vendor": "NETSUITE", "requested_vendor": "XERO"}, details)
	require.Equal(t, "DISABLED", w.call("disconnectIntegration", "", first)["status"])
	details = wantCode(t, w.try("disconnectIntegration", "", first), 409, "INTEGRATION_NOT_ACTIVE")
	require.Equal(t, "DISABLED", details["current_status"])
	second := idOf(w.call("createIntegration", `{"vendor":"XERO","vendor_account_id":"2"}`))
	details = wantCode(t, w.try("reactivateIntegration", "", first), 409, "ACTIVE_INTEGRATION_EXISTS")
	require.Equal(t, second, details["existing_integration_id"])
	w.call("disconnectIntegration", "", second)
	require.Equal(t, "ACTIVE", w.call("reactivateIntegration", "", first)["status"])

	wantCode(t, w.try("createIntegration", `{"vendor":"XERO"}`), 400, "INVALID_REQUEST")
	wantCode(t, w.try("disconnectIntegration", "", "nope"), 404, "NOT_FOUND")
	wantCode(t, w.raw("GET", "/v3/accounting/records", "", "Authorization", "Bearer none"), 403, "FORBIDDEN")
	wantCode(t, w.raw("GET", "/v3/accounting/records", "", "Authorization", "Bearer nobody"), 401, "UNAUTHORIZED")
	wantCode(t, w.try("queryAccountingRecords", "", "review_status=DONE"), 400, "INVALID_REQUEST")
}

func (w *walker) records(query string) (list []m) {
	w.t.Helper()
	for cursor := ""; ; {
		page := w.call("queryAccountingRecords", "", "limit=40&"+query+cursor)
		for _, item := range page["items"].([]any) {
			list = append(list, item.(m))
		}
		require.Equal(w.t, page["next_cursor"] != nil, page["has_next_page"])
		if page["next_cursor"] == nil {
			require.Equal(w.t, float64(len(list)), page["total_count"])
			return list
		}
		cursor = "&cursor=" + page["next_cursor"].(string)
	}
}

func TestAccountingRecords(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, brextest.WithSize(brextest.Size{Expenses: 500, CardTransactions: 1})))
	all := w.records("")
	require.Greater(t, len(all), 250)
	w.everyRow = false // they are all validated by now
	seen, fractions := map[string]int{}, 0
	for _, r := range all {
		for _, key := range []string{"type", "source_type", "review_status"} {
			seen[r[key].(string)]++
		}
		if amount := r["amount"].(m)["amount"].(float64); amount != float64(int64(amount)) {
			fractions++
		}
	}
	for _, word := range []string{"CARD_EXPENSE_POST", "REIMBURSEMENT_EXPENSE_APPROVAL", "BILL_EXPENSE", "CARD", "BILL", "PREPARE", "REVIEW",
		"READY_FOR_EXPORT", "EXPORTED"} {
		require.NotZero(t, seen[word], "no %s in %v", word, seen)
	}
	require.NotZero(t, fractions)

	// A record says what its expense says, in major units.
	for _, r := range all[:30] {
		e := w.call("getExpense", "", r["source_id"].(string))
		require.InDelta(t, e["billing_amount"].(m)["amount"].(float64)/100, r["amount"].(m)["amount"], 1e-9)
		require.Equal(t, e["memo"], r["memo"])
		require.Len(t, r["line_items"], 2)
		require.NotEmpty(t, r["line_items"].([]any)[0].(m)["accounting_field_values"])
	}
	require.Len(t, w.call("getAccountingRecord", "", all[0]["id"].(string), "single_entry=true")["line_items"], 1)
	require.Equal(t, all[3], w.call("getAccountingRecord", "", all[3]["id"].(string)))

	// Filters.
	count := func(keep func(m) bool) (n int) {
		for _, r := range all {
			if keep(r) {
				n++
			}
		}
		return n
	}
	const at = "2026-08-01T00:00:00.000Z"
	since := count(func(r m) bool { return r["updated_at"].(string) >= at })
	require.NotZero(t, since)
	require.Len(t, w.records("updated_at[gte]=2026-08-01"), since, "a day is its start")
	require.Len(t, w.records("updated_at[lt]="+at), len(all)-since)
	require.Len(t, w.records("source_type=BILL"), count(func(r m) bool { return r["source_type"] == "BILL" }))
	require.Len(t, w.records("ids="+all[1]["id"].(string)+"&ids="+all[7]["id"].(string)+"&ids=nope"), 2)
	wantCode(t, w.try("queryAccountingRecords", "", "updated_at[gte]=soon"), 400, "INVALID_REQUEST")
	wantCode(t, w.try("queryAccountingRecords", "", "updated_at=2026-08-01"), 400, "INVALID_REQUEST")
}

func TestExportResults(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	ready, early := w.records("review_status=READY_FOR_EXPORT"), w.records("review_status=PREPARE")
	one, two, three := ready[0]["id"].(string), ready[1]["id"].(string), ready[2]["id"].(string)
	report := func(results ...m) result { return w.try("reportAccountingExportResults", js(m{"results": results})) }
	success := func(id string) m {
		return m{"accounting_record_id": id, "success": m{"reference_id": "JE-1"}}
	}
	failure := func(id string) m {
		return m{"accounting_record_id": id, "failure": m{"error_message": "the period is closed"}}
	}
	require.Equal(t, []any{one}, wantCode(t, report(success(one), failure(one)), 422, "DUPLICATE_ACCOUNTING_RECORD_IDS")["duplicate_accounting_record_ids"])
	require.Equal(t, []any{"nope"}, wantCode(t, report(success(one), success("nope")), 404, "NOT_FOUND")["not_found_export_entry_source_ids"])
	notReady := early[0]["id"].(string)
	require.Equal(t, []any{notReady}, wantCode(t, report(success(notReady)), 422, "ACCOUNTING_RECORD_NOT_READY_FOR_EXPORT")["not_ready_for_export_accounting_record_ids"])
	wantCode(t, report(m{"accounting_record_id": one}), 422, "INVALID_REQUEST")
	wantCode(t, report(m{"accounting_record_id": one, "success": m{}, "failure": m{"error_message": "x"}}), 422, "INVALID_REQUEST")
	require.Equal(t, "READY_FOR_EXPORT", w.call("getAccountingRecord", "", one)["review_status"], "all or nothing")

	w.Advance(time.Minute)
	got := report(success(one), failure(two), success(three))
	require.Equal(t, []any{one, two, three}, got.json(t)["updated_accounting_record_ids"])
	exported := w.call("getAccountingRecord", "", one)
	require.Equal(t, "EXPORTED", exported["review_status"])
	require.Equal(t, "2026-11-02T12:01:00.000Z", exported["updated_at"])
	require.Greater(t, exported["version"], ready[0]["version"])
	require.Equal(t, "2026-11-02T12:01:00.000Z", w.call("getExpense", "", exported["source_id"].(string))["exported_at"])
	require.Equal(t, "REVIEW", w.call("getAccountingRecord", "", two)["review_status"])
	require.Len(t, w.records("review_status=READY_FOR_EXPORT"), len(ready)-3)
	require.Len(t, w.records("updated_at[gte]=2026-11-02T12:01:00Z"), 3)

	w.Advance(6 * 24 * time.Hour)
	require.Equal(t, "READY_FOR_EXPORT", w.call("getAccountingRecord", "", notReady)["review_status"], "it gets ready by itself")
}

// TestRecordCountsFollow: what a filter finds is counted again when the clock
// or a client has changed something.
func TestRecordCountsFollow(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	w.everyRow = false
	seen := map[int]bool{}
	times := 12
	if testing.Short() {
		times = 3
	}
	for range times {
		sum := 0
		for _, status := range []string{"PREPARE", "REVIEW", "READY_FOR_EXPORT", "EXPORTED"} {
			n := len(w.records("review_status=" + status)) // which holds the count against the rows
			if status == "REVIEW" {
				seen[n] = true
			}
			sum += n
		}
		require.Len(t, w.records(""), sum)
		w.Advance(13 * time.Hour)
	}
	require.Greater(t, len(seen), 1)
	ready := w.records("review_status=READY_FOR_EXPORT")
	w.call("reportAccountingExportResults", js(m{"results": []m{{"accounting_record_id": ready[0]["id"], "success": m{}}}}))
	require.Len(t, w.records("review_status=READY_FOR_EXPORT"), len(ready)-1)
}
