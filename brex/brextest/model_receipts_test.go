package brextest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func (w *walker) receipts(expense string) []any {
	w.t.Helper()
	return w.call("getExpense", "", expense, "expand[]=receipts.download_uris")["receipts"].([]any)
}

func TestReceiptUpload(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	expense := w.first("listExpenses_1")
	before := len(w.receipts(expense))
	w.Advance(time.Minute)
	link := w.call("receiptUpload", `{"receipt_name":"lunch.pdf"}`, expense)
	uri := link["uri"].(string)
	require.Contains(t, uri, brextest.UploadPath)
	require.Len(t, w.receipts(expense), before, "nothing is there before the file is")

	got := w.put(uri, "%PDF", "Authorization", "Bearer "+w.Token())
	require.Equal(t, 400, got.Status)
	require.Contains(t, string(got.Body), "Never send the Brex token")
	require.Equal(t, 403, w.put(strings.Split(uri, "?")[0], "%PDF").Status, "without the signature")
	require.Equal(t, 400, w.put(uri, "").Status, "without a file")
	require.Equal(t, 200, w.put(uri, "%PDF", "Content-Type", "application/pdf").Status)
	receipts := w.receipts(expense)
	require.Len(t, receipts, before+1)
	last := receipts[before].(m)
	require.Equal(t, link["id"], last["id"])
	require.Equal(t, "2026-11-02T12:01:00.000Z", w.call("getExpense", "", expense)["updated_at"])
	download, err := url.Parse(last["download_uris"].([]any)[0].(string))
	require.NoError(t, err)
	file := w.raw("GET", download.RequestURI(), "")
	require.Equal(t, "%PDF", string(file.Body))
	require.Equal(t, "application/pdf", file.Header.Get("Content-Type"))

	require.Equal(t, 200, w.put(uri, "%PDF").Status, "the same bytes again change nothing")
	require.Equal(t, 403, w.put(uri, "other").Status, "another file is refused")
	require.Len(t, w.receipts(expense), before+1)
	require.Equal(t, 405, w.raw("POST", download.RequestURI(), "x").Status)

	wantProblem(t, w.try("receiptUpload", `{"receipt_name":""}`, expense), 400, "receipt_name is invalid")
	wantProblem(t, w.try("receiptUpload", `{"receipt_name":"re\u00e7u.pdf"}`, expense), 400, "receipt_name is invalid")
	require.Equal(t, 404, w.try("receiptUpload", `{"receipt_name":"a"}`, "expense_nope").Status)

	// Half an hour is too late.
	uri = w.call("receiptUpload", `{"receipt_name":"late.pdf"}`, expense)["uri"].(string)
	w.Advance(30 * time.Minute)
	got = w.put(uri, "%PDF")
	require.Equal(t, 403, got.Status)
	require.Contains(t, string(got.Body), "expired")

	// Faults and the request log know the upload host.
	uri = w.call("receiptUpload", `{"receipt_name":"x.pdf"}`, expense)["uri"].(string)
	w.FailNext(brextest.UploadFile, brextest.Status(503, ""), 1)
	require.Equal(t, 503, w.put(uri, "%PDF").Status)
	require.Equal(t, 200, w.put(uri, "%PDF").Status)
	requests := w.Requests()
	require.Equal(t, brextest.UploadFile, requests[len(requests)-1].OperationID)
}

// TestUploadSize: 50 MB, and not a byte more.
func TestUploadSize(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("uploads 50 MB twice")
	}
	w := newWalker(t, newSandbox(t, small))
	expense := w.first("listExpenses_1")
	uri := w.call("receiptUpload", `{"receipt_name":"big.pdf"}`, expense)["uri"].(string)
	file := strings.Repeat("x", 50<<20+1)
	got := w.put(uri, file)
	require.Equal(t, 400, got.Status)
	require.Contains(t, string(got.Body), "EntityTooLarge")
	require.Equal(t, 200, w.put(uri, file[1:]).Status)
}

func TestReceiptMatch(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	var bare, named string
	for _, e := range w.all("/v1/expenses/card") {
		if len(e["receipts"].([]any)) == 0 && e["payment_status"] != "DECLINED" && e["payment_status"] != "CANCELED" && e["status"] != "VOID" {
			if bare == "" {
				bare = e["id"].(string)
			}
			named = e["id"].(string)
		}
	}
	upload := func(name string) {
		require.Equal(t, 200, w.put(w.call("receiptMatch", js(m{"receipt_name": name}))["uri"].(string), "scan of "+name).Status)
	}
	upload("IMG_1.jpg")
	upload("for " + named + ".jpg")
	require.Empty(t, w.receipts(bare), "matching takes a while")
	w.Advance(5 * time.Minute)
	require.Len(t, w.receipts(named), 1)
	require.Len(t, w.receipts(bare), 1)
}

// TestMatchBetweenMilliseconds: a clock of its own stands between two of them,
// and what is due in the second must not be looked for in the first for ever.
func TestMatchBetweenMilliseconds(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithClock(func() time.Time { return brextest.DefaultNow.Add(123_456_789) }))
	require.Equal(t, brextest.DefaultNow.Add(123*time.Millisecond), s.Now())
	link := s.do("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"a.pdf"}`).json(t)
	require.Equal(t, 200, s.put(link["uri"].(string), "%PDF-1.7").Status)
	s.Advance(3 * time.Minute)
	found := 0
	for _, e := range s.all("/v1/expenses") {
		for _, r := range e["receipts"].([]any) {
			if r.(m)["id"] == link["id"] {
				found++
			}
		}
	}
	require.Equal(t, 1, found)
}
