package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

func TestReceiptsUploadAndDownload(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	expense := ""
	for _, e := range jsonOf[[]object](t, s, "expenses", "list", "--expense-type", "card", "--all") {
		if l, _ := e["receipts"].([]any); len(l) == 0 {
			expense = e.id()
		}
	}
	dir := t.TempDir()
	file, to := filepath.Join(dir, "lunch.pdf"), filepath.Join(dir, "out")
	require.NoError(t, os.WriteFile(file, []byte("%PDF-1.4 lunch"), 0o600))
	up := jsonOf[uploaded](t, s, "receipts", "upload", file, expense)
	require.Equal(t, expense, up.Expense)
	require.Contains(t, s.run(t, "receipts", "upload", filepath.Join(dir, "none.pdf"), expense).err, "none.pdf")

	require.Contains(t, s.run(t, "receipts", "download", expense).fails(t, exitUsage), "needs --to")
	require.Contains(t, s.run(t, "receipts", "download", "--to", to).fails(t, exitUsage), "needs either --month")
	server.ResetRequests()
	r := s.run(t, "receipts", "download", "--to", to, expense).ok(t)
	require.Contains(t, r.err, "1 receipt(s) downloaded, 0 were there already")
	for _, q := range server.Requests() {
		if q.OperationID == "" { // the storage host's
			require.Empty(t, q.Header.Get("Authorization"), "the storage host saw the token")
		}
	}
	files, err := filepath.Glob(filepath.Join(to, "*.pdf"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.4 lunch", string(text))
	require.Regexp(t, `/\d{4}-\d\d-\d\d_.*_[0-9a-f]{12}\.pdf$`, files[0])
	manifest, err := os.ReadFile(filepath.Join(to, manifestName))
	require.NoError(t, err)
	require.Contains(t, string(manifest), `"sha256":"`)
	require.Regexp(t, `"purchased_at":"2025-11-\d\dT[0-9:.]+Z"`, string(manifest))

	require.Contains(t, s.run(t, "receipts", "download", "--to", to, expense).ok(t).err, "0 receipt(s) downloaded, 1 were there already")
	require.NoError(t, os.WriteFile(files[0], []byte("%PDF-1.4 lunck"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(to, manifestName), append(manifest, `{"expense_id":"cut`...), 0o600))
	require.Contains(t, s.run(t, "receipts", "download", "--to", to, expense).ok(t).err, "1 receipt(s) downloaded, 0 were there already", "a changed file is fetched again")
	text, err = os.ReadFile(files[0])
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.4 lunch", string(text))
}

// refusing is a storage host that refuses, and fails.
type refusing struct{ status int }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: r.status, Header: http.Header{}, Body: http.NoBody, ContentLength: 0}, nil
}

func TestReceiptsThatCannotBeFetched(t *testing.T) {
	server := brextest.NewServer(t)
	client, err := brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL), brex.WithUploadTransport(refusing{403}), brex.WithLimiter(nil))
	require.NoError(t, err)
	for e, err := range client.Expenses.All(t.Context(), brex.ExpenseListParams{Expand: []string{"receipts.download_uris"}}) {
		require.NoError(t, err)
		if len(e.Receipts) == 0 {
			continue
		}
		server.ResetRequests()
		var w countingWriter
		_, err = client.Receipts.Download(t.Context(), e.ID, e.Receipts[0].ID, 0, &w)
		require.ErrorIs(t, err, brex.ErrDownload)
		require.NotContains(t, err.Error(), ".pdf", "the address is as good as a password")
		require.Len(t, server.Requests(), 2, "a fresh link was asked for once more")
		require.Zero(t, w)
		_, err = client.Receipts.Download(t.Context(), e.ID, "another", 0, &w)
		require.ErrorIs(t, err, brex.ErrUsage)
		_, err = client.Receipts.Download(t.Context(), e.ID, e.Receipts[0].ID, 1, &w)
		require.ErrorIs(t, err, brex.ErrUsage)
		return
	}
	t.Fatal("the sandbox has no receipt")
}

type countingWriter int

func (w *countingWriter) Write(p []byte) (int, error) {
	*w += countingWriter(len(p))
	return len(p), nil
}

// What is only shown sends nothing, and the sandbox in memory has receipts, too.
func TestReceiptsWithoutANetwork(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "lunch.pdf")
	require.NoError(t, os.WriteFile(file, []byte("%PDF-1.4 lunch"), 0o600))
	r := setup{}.run(t, "receipts", "upload", file, "expense_1", "--dry-run").ok(t)
	require.Contains(t, r.out, "POST /v1/expenses/card/expense_1/receipt_upload")
	require.Contains(t, r.err, "then "+file+" (14 bytes) goes to the address in the response")
	require.Contains(t, setup{}.run(t, "receipts", "match", file, "--dry-run").ok(t).out, "receipt_match")
	require.Contains(t, setup{}.run(t, "receipts", "match", file, "-o", "curl").fails(t, exitUsage), "--dry-run shows the first")
	require.Contains(t, setup{}.run(t, "receipts", "match", dir, "--dry-run").fails(t, exitUsage), "is not a file")
	require.Contains(t, sandbox(t, "receipts", "match", file, "--read-only").fails(t, exitAuth), "read only")

	to := filepath.Join(dir, "out")
	require.Regexp(t, `[1-9]\d* receipt\(s\) downloaded`, sandbox(t, "receipts", "download", "--month", "2026-10", "--to", to).ok(t).err)
	files, err := filepath.Glob(filepath.Join(to, "*.pdf"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	require.Contains(t, sandbox(t, "receipts", "download", "--month", "2026-10", "--to", to).ok(t).err, "0 receipt(s) downloaded")

	require.Contains(t, sandbox(t, "titles", "create", "--name", "x", "-o", "curl").fails(t, exitUsage), "is in memory")
	require.Contains(t, sandbox(t, "titles", "create", "--name", "x").ok(t).err, "in memory, and gone when the command ends")
	require.Empty(t, sandbox(t, "titles", "list").ok(t).err)
	require.Contains(t, sandbox(t, "titles", "create", "--name", "x", "--dry-run").ok(t).out, "Host: the sandbox in memory")
}
