package cli

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// The same figures come from the API and from a mirror, in every form.
func TestReports(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	books := "sqlite:" + filepath.Join(t.TempDir(), "books.db")
	s.run(t, "sync", "--to", books).ok(t)
	for i, args := range []string{"spend --by merchant", "spend --by category --month 2026-10", "spend --by department", "spend --by user --from 2026-09-01 --to 2026-09-30", "spend --by month",
		"subscriptions", "missing-receipts --above 75USD", "limits", "cash", "cash --month 2026-09", "vendors", "vendors --year 2025"} {
		if testing.Short() && i%4 != 0 {
			continue
		}
		line := append([]string{"report"}, strings.Fields(args)...)
		live := s.run(t, append(line, "-o", "csv")...).ok(t)
		copied := setup{}.run(t, append(line, "-o", "csv", "--mirror", books)...).ok(t)
		require.Equal(t, live.out, copied.out, args)
		records, err := csv.NewReader(strings.NewReader(live.out)).ReadAll()
		require.NoError(t, err)
		if !strings.HasPrefix(args, "subscriptions") {
			require.Greater(t, len(records), 1, args)
		}
		require.Contains(t, live.err, "read at 2026-11-02 12:00:00 UTC", "what is counted goes to standard error")
	}
	page := filepath.Join(t.TempDir(), "spend.html")
	s.run(t, "report", "spend", "--html", page).ok(t)
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(text), "<svg")
	for _, outside := range []string{"src=", "href=", "url(", "@import", "http://", "https://"} {
		require.NotContains(t, string(text), outside)
	}
	table := s.run(t, "report", "spend", "--by", "month").ok(t).out
	require.Contains(t, table, "█")
	require.Contains(t, table, "Left out, split expenses")
	whole := jsonOf[struct {
		Lines   []map[string]any
		Counts  []string
		Streams []struct{ Stream string }
	}](t, s, "report", "spend", "--by", "month")
	require.NotEmpty(t, whole.Lines)
	require.NotEmpty(t, whole.Counts)
	require.Equal(t, "expenses", whole.Streams[0].Stream)
	require.Contains(t, s.run(t, "report", "spend", "--by", "month", "-o", "json", "--jq", ".lines[0].amount.currency").ok(t).out, "USD")
}

// What could not be read is named, and has an exit code.
func TestReportExitCodes(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithToken("few", "companies.readonly", "expenses.card.readonly"))
	few := on(server.URL, "few")
	r := few.run(t, "report", "spend", "--by", "user")
	require.Equal(t, exitPartly, r.code)
	require.Contains(t, r.err, "users could not be read")
	require.Contains(t, r.out, "NOT COMPLETE: users")
	require.Contains(t, r.out, "cuuser_", "ids stand for names")
	require.Contains(t, r.out, "never read to its end")
	r = few.run(t, "report", "limits")
	require.Equal(t, exitPartly, r.code)
	server.AddRule(brextest.Rule{Operation: "listUsers", Fault: brextest.Status(500, "")})
	require.Equal(t, exitPartly, on(server.URL, server.Token()).run(t, "report", "spend", "--by", "user").code)
	on(server.URL, "bad").run(t, "report", "spend").fails(t, exitAuth)

	books := "sqlite:" + filepath.Join(t.TempDir(), "books.db")
	on(server.URL, server.Token()).run(t, "sync", "--to", books, "--streams", "expenses").ok(t)
	r = setup{}.run(t, "report", "cash", "--mirror", books)
	require.Equal(t, exitPartly, r.code)
	require.Contains(t, r.err, "it is not in the copy")
	for _, test := range []struct {
		want string
		args []string
	}{
		{"there is no copy at", []string{"spend", "--mirror", "sqlite:/nowhere/none.db"}},
		{"cannot be read back", []string{"spend", "--mirror", "dir:/tmp"}},
		{"must be sqlite:FILE", []string{"spend", "--mirror", "mysql:hunter2"}},
		{"is not one of merchant", []string{"spend", "--by", "mood"}},
		{"amount", []string{"missing-receipts", "--above", "75"}},
		{"is not a year", []string{"vendors", "--year", "26"}},
		{"exclude each other", []string{"spend", "--month", "2026-10", "--from", "2026-10-01"}},
		{"--notify goes with --remind", []string{"missing-receipts", "--notify", "https://example.com"}},
		{"has no company", []string{"spend", "--mirror", books, "--company", "other"}},
	} {
		text := on(server.URL, server.Token()).run(t, append([]string{"report"}, test.args...)...).fails(t, exitUsage)
		require.Contains(t, text, test.want)
		require.NotContains(t, text, "hunter2")
	}
}

// People are told once in a while, it is noted who was told when, and nothing at Brex changes.
func TestRemind(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	file := filepath.Join(t.TempDir(), "told.jsonl")
	args := []string{"report", "missing-receipts", "--above", "75USD", "--remind", "--reminders", file}
	r := s.run(t, args...).ok(t)
	require.Contains(t, r.out, "have no receipt yet, as Brex showed at 2026-11-02 12:00 UTC")
	require.Regexp(t, `(?m)^To: .+ <.+@halcyon.example>$`, r.out)
	notes := readNotes(t, file)
	require.Equal(t, strings.Count(r.out, "To: "), len(notes))
	require.Equal(t, strings.Count(r.out, "\n- "), countNoted(notes))
	require.Equal(t, "printed", notes[0].How)
	require.True(t, notes[0].At.Equal(brextest.DefaultNow))

	require.NotContains(t, s.run(t, args...).ok(t).out, "To: ", "not twice in a week")
	later := s
	later.now = func() time.Time { return brextest.DefaultNow.AddDate(0, 0, 8) }
	require.Contains(t, later.run(t, append(args, "--from", "2026-08-04")...).ok(t).out, "To: ")

	// A message that cannot be sent is not noted, and is sent the next time; a line that was cut off goes.
	require.NoError(t, os.WriteFile(file, []byte(`{"at":"2026-11-`), 0o600))
	var posted []message
	refuse := 1
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse--; refuse >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var m message
		require.NoError(t, json.NewDecoder(r.Body).Decode(&m))
		posted = append(posted, m)
	}))
	defer hook.Close()
	r = s.run(t, append(args, "--notify", hook.URL)...)
	require.Equal(t, exitPartly, r.code)
	require.Len(t, readNotes(t, file), len(posted))
	require.NotEmpty(t, posted)
	n := len(posted)
	s.run(t, append(args, "--notify", hook.URL)...).ok(t)
	require.Len(t, posted, n+1)
	require.Equal(t, len(notes), n+1)
	require.NoError(t, os.WriteFile(file, []byte("mine\n"), 0o600))
	require.Contains(t, s.run(t, args...).fails(t, exitUsage), "not a file of reminders")
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method, "nothing is changed")
	}
}

func readNotes(t *testing.T, file string) (all []told) {
	t.Helper()
	all, _, err := readTold(file)
	require.NoError(t, err)
	return all
}

func countNoted(all []told) (n int) {
	for _, t := range all {
		n += len(t.Expenses)
	}
	return n
}

// Files of receipts come with a copy, once each.
func TestSyncReceipts(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 5, Cards: 5, Expenses: 30}))
	s := on(server.URL, server.Token())
	for _, to := range []string{"sqlite:" + filepath.Join(t.TempDir(), "books.db"), "dir:" + t.TempDir()} {
		dir := filepath.Join(t.TempDir(), "receipts")
		args := []string{"sync", "--to", to, "--streams", "expenses", "--receipts", dir}
		s.run(t, args...).ok(t)
		client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
		require.NoError(t, err)
		want := 0
		for e, err := range client.Expenses.All(t.Context(), brex.ExpenseListParams{}) {
			require.NoError(t, err)
			want += len(e.Receipts)
		}
		files, err := filepath.Glob(filepath.Join(dir, "2*"))
		require.NoError(t, err)
		require.Positive(t, want)
		require.Len(t, files, want)
		require.NoError(t, os.Remove(files[0]))
		require.Contains(t, s.run(t, args...).ok(t).err, "1 receipt(s) downloaded")
		require.Contains(t, s.run(t, args...).ok(t).err, "0 receipt(s) downloaded, 0 were there")
	}
	require.Contains(t, s.run(t, "sync", "--streams", "users", "--receipts", t.TempDir()).fails(t, exitUsage), "needs the stream expenses")
}

func TestTap(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	config := file("tap.json", `{"mirror":"sqlite:`+filepath.Join(dir, "books.db")+`","exclude":["users.email"]}`)
	catalog := setup{}.run(t, "tap", "--discover").ok(t).out
	require.True(t, json.Valid([]byte(catalog)))
	chosen := file("catalog.json", `{"streams":[{"tap_stream_id":"users","metadata":[{"breadcrumb":[],"metadata":{"selected":true}}]}]}`)
	r := sandbox(t, "tap", "--config", config, "--catalog", chosen, "--state", file("state.json", "")).ok(t)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	require.Len(t, lines, 42, "a schema, 40 users and a state")
	require.Contains(t, lines[1], `"email":null`)
	require.Empty(t, r.err)
	var last struct{ Value json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(lines[41]), &last))
	state := file("state.json", string(last.Value))
	offline := file("offline.json", `{"mirror":"sqlite:`+filepath.Join(dir, "books.db")+`","sync":false}`)
	setup{}.run(t, "tap", "--config", offline, "--catalog", chosen, "--state", state).ok(t)

	few := brextest.NewServer(t, brextest.WithToken("few", "companies.readonly", "users.readonly"))
	r = on(few.URL, "few").run(t, "tap", "--config", file("few.json", `{"mirror":"sqlite:`+filepath.Join(dir, "few.db")+`"}`))
	require.Equal(t, exitPartly, r.code)
	require.Contains(t, r.out, `"stream":"users","time_extracted"`)
	for want, args := range map[string][]string{
		"is not JSON":          {"--config", file("bad.json", "{")},
		"--state: open":        {"--state", filepath.Join(dir, "none")},
		"must be sqlite:FILE":  {"--config", file("dir.json", `{"mirror":"dir:x"}`)},
		"selects no stream":    {"--catalog", file("none.json", `{"streams":[]}`)},
		"there is no copy at":  {"--config", file("gone.json", `{"mirror":"sqlite:`+dir+`/none.db","sync":false}`)},
		"is not stream.column": {"--config", file("rule.json", `{"mirror":"sqlite:`+dir+`/x.db","exclude":["email"]}`)},
	} {
		require.Contains(t, sandbox(t, append([]string{"tap"}, args...)...).fails(t, exitUsage), want)
	}
}

// The recipes of package mirror's documentation do what they say, as far as they are ours.
func TestRecipes(t *testing.T) {
	text, err := os.ReadFile("../../../../brex/mirror/doc.go")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	n := 0
	for line := range strings.Lines(string(text)) {
		if args, ok := strings.CutPrefix(line, "//\tbrex "); ok {
			sandbox(t, strings.Fields(args)...).ok(t)
			n++
		}
	}
	require.Equal(t, 3, n)
	for _, name := range []string{"sheets/expenses.csv", "lake/expenses.parquet", "lake/card_transactions.parquet"} {
		require.FileExists(t, filepath.FromSlash(name))
	}
}
