package cli

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

func TestSync(t *testing.T) {
	to := "sqlite:" + filepath.Join(t.TempDir(), "books.db")
	r := sandbox(t, "sync", "--to", to, "--streams", "users,departments,vendors", "-o", "json").ok(t)
	var lines []line
	require.NoError(t, json.Unmarshal([]byte(r.out), &lines))
	require.Len(t, lines, 3)
	for _, l := range lines {
		require.Equal(t, "done", l.Status)
		require.Equal(t, l.Rows, l.Added)
	}
	r = sandbox(t, "sync", "--to", to, "--streams", "users", "-o", "json").ok(t)
	require.Contains(t, r.out, `"added":0`)

	r = setup{}.run(t, "sync", "status", "--to", to, "-o", "csv").ok(t)
	require.Contains(t, r.out, "vendors,done,2026-11-02T12:00:00Z,0s")
	r = setup{}.run(t, "sync", "status", "--to", to, "--prometheus").ok(t)
	require.Regexp(t, `brex_sync_last_success_timestamp_seconds\{company="[^"]+",stream="users"\} \d+`, r.out)

	users := sandbox(t, "users", "list", "--limit", "2", "-o", "jsonl").ok(t)
	var user struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(strings.Split(users.out, "\n")[1]), &user))
	r = sandbox(t, "sync", "forget", "--to", to, "--user", user.ID).ok(t)
	require.Contains(t, r.err, "users: 1 row removed")
	r = sandbox(t, "sync", "--to", to, "--streams", "users", "-o", "json").ok(t)
	require.Contains(t, r.out, `"added":0`)
}

// Streams that the token may not read are left out with a code of their own, and failed ones with another.
func TestSyncExitCodes(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithToken("few", "companies.readonly", "users.readonly", "departments.readonly"))
	to := "dir:" + t.TempDir()
	r := on(server.URL, "few").run(t, "sync", "--to", to, "--streams", "departments,expenses")
	require.Contains(t, r.fails(t, exitPartly), "1 of 2 streams were not read")
	require.Regexp(t, `expenses +skipped  `, r.out, "no number of rows where none were read")
	server.AddRule(brextest.Rule{Operation: "listDepartments", Fault: brextest.Status(500, "")})
	require.Contains(t, on(server.URL, "few").run(t, "sync", "--to", to, "--streams", "departments,expenses").fails(t, exitFailure), "1 of 2 streams failed")
}

func TestSyncUsage(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		want string
		args []string
	}{
		{"--to must be sqlite:FILE", []string{"sync", "--to", "mysql://root:hunter2@host/x"}},
		{"there is no copy at", []string{"sync", "status", "--to", "sqlite:" + dir + "/none.db"}},
		{"is a list of", []string{"sync", "--streams", "people"}},
		{"is not a number of months", []string{"sync", "--to", "dir:" + dir, "--keep", "2y"}},
		{"is not stream.column", []string{"sync", "--to", "dir:" + dir, "--exclude", "email"}},
		{"needs a key", []string{"sync", "--to", "dir:" + dir, "--hash", "users.email"}},
		{"--notify must be an address", []string{"sync", "--to", "dir:" + dir, "--notify", "http://example.com"}},
		{"--watch 1s is too short", []string{"sync", "--watch", "1s"}},
		{"name the streams", []string{"export", "--to", dir}},
		{"--to is missing", []string{"export", "users"}},
		{"is not a month", []string{"export", "users", "--to", dir, "--month", "October"}},
		{"are about CSV", []string{"export", "users", "--to", dir, "--format", "parquet", "--csv-excel"}},
		{"is not a format", []string{"export", "users", "--to", dir, "--format", "xlsx"}},
		{"is not a stream", []string{"sync", "schema", "people"}},
		{"--user is missing", []string{"sync", "forget"}},
	} {
		text := sandbox(t, test.args...).fails(t, exitUsage)
		require.Contains(t, text, test.want, test.args)
		require.NotContains(t, text, "hunter2")
	}
	require.NoFileExists(t, dir+"/none.db")
}

func TestSyncNotify(t *testing.T) {
	var got []byte
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = make([]byte, r.ContentLength)
		_, _ = r.Body.Read(got)
	}))
	defer hook.Close()
	sandbox(t, "sync", "--to", "dir:"+t.TempDir(), "--streams", "titles", "--notify", hook.URL).ok(t)
	require.Contains(t, string(got), `"ok":true`)
	require.Contains(t, string(got), `"stream":"titles"`)
}

// An export is whole files: CSV in exact major units, only of the month, what a spreadsheet would run disarmed.
func TestExport(t *testing.T) {
	dir := t.TempDir()
	sandbox(t, "export", "expenses", "--to", dir, "--month", "2026-10").ok(t)
	f, err := os.Open(filepath.Join(dir, "expenses.csv"))
	require.NoError(t, err)
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	place := map[string]int{}
	for i, name := range records[0] {
		place[name] = i
	}
	require.NotContains(t, place, "_raw")
	client, err := brex.New(brex.WithToken("x"), brex.WithHTTPClient(&http.Client{Transport: sandboxTransport(t)}))
	require.NoError(t, err)
	want := map[string]string{}
	for e, err := range client.Expenses.All(t.Context(), brex.ExpenseListParams{}) {
		require.NoError(t, err)
		if e.PurchasedAt.Format("2006-01") == "2026-10" {
			want[e.ID] = e.OriginalAmount.Decimal().String()
		}
	}
	got := map[string]string{}
	for _, record := range records[1:] {
		require.Equal(t, "2026-10", record[place["purchased_at"]][:7])
		got[record[place["id"]]] = record[place["original_amount"]]
	}
	require.NotEmpty(t, got)
	require.Equal(t, want, got)
	for _, format := range []string{"jsonl", "parquet"} {
		sandbox(t, "export", "users", "--to", dir, "--format", format).ok(t)
		info, err := os.Stat(filepath.Join(dir, "users."+format))
		require.NoError(t, err)
		require.Positive(t, info.Size())
	}
	sandbox(t, "export", "expenses", "--to", dir, "--month", "2026-10", "--csv-excel").ok(t)
	text, err := os.ReadFile(filepath.Join(dir, "expenses.csv"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "\ufeffid,"))
	require.True(t, regexp.MustCompile(`,2026-10-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},`).Match(text))
	left, err := filepath.Glob(filepath.Join(dir, "*.tmp*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// sandboxTransport answers like the sandbox of --sandbox.
func sandboxTransport(t *testing.T) http.RoundTripper {
	t.Helper()
	h, err := brextest.NewHandler(brextest.WithToken("x", "expenses.card.readonly"))
	require.NoError(t, err)
	return transport{h}
}

func TestSyncSchema(t *testing.T) {
	for as, want := range map[string]string{"sqlite": `CREATE TABLE IF NOT EXISTS "expenses"`, "postgres": `"original_amount_minor" bigint`,
		"csv": "expenses: id,memo", "parquet": "optional int64 original_amount_minor", "singer": `"key_properties":["_company_id","id"]`, "markdown": "## expenses"} {
		require.Contains(t, setup{}.run(t, "sync", "schema", "expenses", "--as", as).ok(t).out, want, as)
	}
}
