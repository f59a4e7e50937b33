package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// noSpace is a place that nothing can be written to.
type noSpace struct{}

func (noSpace) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// A payment that was made is not reported as a failed one because its response cannot be printed.
func TestAPaymentOntoAFullDiskIsDone(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	name, _ := payable(t, s, "ACH")
	company := companyID(t, server)
	s.stdout = noSpace{}
	line := s.run(t, "transfers", "create", "--to", name, "--amount", "12.50USD", "--from", "Primary Cash Account", "--memo", "INV-1",
		"--yes", "--company", company).fails(t, exitFailure)
	require.Contains(t, line, "createTransfer is done, do not repeat it")
	require.Equal(t, 1, sentTo(server, "createTransfer"))
}

// Rows that failed are kept with their keys although the table of outcomes cannot be printed.
func TestFailedRowsOntoAFullDiskAreKept(t *testing.T) {
	t.Chdir(t.TempDir())
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	server.FailNext("createVendor", brextest.Status(http.StatusServiceUnavailable, "{}"), 1)
	s.stdout, s.stdin = noSpace{}, "company_name\nFirst\nSecond\n"
	line := s.run(t, "vendors", "create", "--file", "-", "--yes").fails(t, exitFailure)
	require.Contains(t, line, "2 rows were sent; what became of them cannot be printed")
	kept, err := os.ReadFile("brex-failed.csv")
	require.NoError(t, err)
	require.Len(t, strings.Split(strings.TrimSpace(string(kept)), "\n"), 2)
	require.Contains(t, string(kept), keyColumn)
}

// Whenever the program is killed, the file that it leaves has every row and its key: to run that file makes nothing twice.
func TestRowsAreKeptBeforeTheyAreSent(t *testing.T) {
	t.Chdir(t.TempDir())
	server := brextest.NewServer(t)
	var mu sync.Mutex
	var left [][]byte
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Handler.ServeHTTP(w, r)
		if r.Method == http.MethodPost {
			kept, err := os.ReadFile("brex-failed.csv")
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			left = append(left, kept)
		}
	}))
	t.Cleanup(front.Close)
	s := on(front.URL, server.Token())
	require.NoError(t, os.WriteFile("new.csv", []byte("company_name\nFirst\nSecond\nThird\n"), 0o600))
	s.run(t, "vendors", "create", "--file", "new.csv", "--yes").ok(t)
	require.NoFileExists(t, "brex-failed.csv")
	vendors := jsonOf[[]any](t, s, "vendors", "list", "--all")
	require.Len(t, left, 3)
	for _, kept := range left {
		require.NoError(t, os.WriteFile("brex-failed.csv", kept, 0o600))
		line := s.run(t, "vendors", "create", "--file", "new.csv", "--yes").fails(t, exitUsage)
		require.Contains(t, line, "repeat them with --file brex-failed.csv")
		s.run(t, "vendors", "create", "--file", "brex-failed.csv", "--yes").ok(t)
		require.NoFileExists(t, "brex-failed.csv")
	}
	require.Len(t, jsonOf[[]any](t, s, "vendors", "list", "--all"), len(vendors))
}

// Two rows of one key are a slip: Brex would take the second for a repeat of the first.
func TestRowsOfOneKeyAreRefused(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.stdin = "company_name,idempotency_key\nFirst,k1\nSecond,k1\n"
	require.Contains(t, s.run(t, "vendors", "create", "--file", "-").fails(t, exitUsage), "rows 1 and 2 (Second) have the same idempotency_key")
	require.Zero(t, sentTo(server, "createVendor"))
}

// A byte order mark before the first id is not part of it.
func TestIDsAfterAByteOrderMark(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.stdin = "\ufeff" + active(t, s, 1)[0] + "\r\n\r\n"
	s.run(t, "cards", "lock", "-", "--dry-run").ok(t)
}

// A jq program without an end stops when the user does.
func TestQueryWithoutEndIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	setup{ctx: ctx}.run(t, "accounts", "list", "--sandbox", "--jq", "repeat(1)|select(false)")
	require.Error(t, ctx.Err())
}

// The shell command sends one request whatever the path holds, and holds nothing that a terminal acts on.
func TestCurlSendsOneRequest(t *testing.T) {
	body := filepath.Join(t.TempDir(), "body.json")
	require.NoError(t, os.WriteFile(body, []byte("{\"memo\":\"a\u202eb\u009b\"}"), 0o600))
	line := on("http://127.0.0.1:1", "bxt_test").run(t, "api", "POST", "/v9/x[1-3]", "--input", body, "-o", "curl").ok(t).out
	require.Contains(t, line, "--globoff")
	require.NotContains(t, line, "\u202e")
	require.NotContains(t, line, "\u009b")
	require.Contains(t, line, `a\u202eb`)
}

// A path in other letters is the same operation: it is guarded, and asked about, like it.
func TestEscapedPathIsTheDocumentedOne(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	card := active(t, s, 1)[0]
	for _, path := range []string{"/v2/cards/" + card + "/p%61n", "/v2/cards/" + card + "/pan/"} {
		require.Contains(t, s.run(t, "api", "GET", path).fails(t, exitUsage), "shows card numbers", path)
		require.Contains(t, s.run(t, "--read-only", "api", "GET", path).fails(t, exitAuth), "read only", path)
	}
	require.Contains(t, s.run(t, "api", "GET", "/v2/cards?limit=1;x=2").fails(t, exitUsage), "its query cannot be read")
	require.Contains(t, s.run(t, "api", "GET", "/v2/cards", "--query", "body=1").fails(t, exitUsage), "--input gives the body")
}

// What no document knows has a response of any form.
func TestUndocumentedResponseIsPrinted(t *testing.T) {
	body := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(body))
	}))
	defer server.Close()
	s := on(server.URL, "bxt_test")
	for _, body = range []string{`{"news":1}`, `[1,2]`} {
		require.JSONEq(t, body, s.run(t, "api", "GET", "/v9/news").ok(t).out)
	}
	body = ""
	s.run(t, "api", "GET", "/v9/news").ok(t)
	body = "plain"
	require.Contains(t, s.run(t, "api", "GET", "/v9/news").fails(t, exitFailure), "the body is not JSON")
}

// Unattended, a payee is named by its id or exact name: last four digits and e-mails are easily those of another one.
func TestUnattendedPayeeIsNamedExactly(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	_, i := payable(t, s, "ACH")
	line := s.run(t, "transfers", "create", "--to", i.lastFour, "--amount", "12.50USD", "--from", "Primary Cash Account", "--memo", "INV-1",
		"--yes", "--company", companyID(t, server)).fails(t, exitUsage)
	require.Contains(t, line, "by its exact name or id")
	require.Zero(t, sentTo(server, "createTransfer"))
}
