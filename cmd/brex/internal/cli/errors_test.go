package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

func TestWrongCommandLines(t *testing.T) {
	for _, test := range []struct{ args, says string }{
		{"expenses list", "no token: run brex login, or set BREX_TOKEN to a user token (Brex dashboard, under Developer), or add --sandbox"},
		{"frobnicate", `unknown command "frobnicate"; there are: accounting-integrations, accounting-records, accounts, actions,`},
		{"expense list", `unknown command "expense list"; did you mean "expenses list", which calls listExpenses?`},
		{"expenses lst", `unknown command "expenses lst"; did you mean "expenses list", which calls listExpenses?`},
		{"frobnicate --help", `unknown command "frobnicate"; there are: accounting-integrations,`},
		{"card craete --help", `did you mean "cards create", which calls createCard?`},
		{"cards craete --name x", `did you mean "cards create", which calls createCard?`},
		{"createCard --help", `did you mean "cards create", which calls createCard?`},
		{"create card", `did you mean "cards create", which calls createCard?`},
		{"cards pan", `did you mean "cards number", which calls getCardNumber`},
		{"expenses list all", `"expenses list" takes flags only, not "all"`},
		{"expenses get", `needs an id; brex expenses list prints ids`},
		{"expenses get a b", `takes one id, not 2`},
		{"expenses get ..", `no token`},
		{"expenses get .. --sandbox", `is not an id`},
		{"expenses list --limit -1", `--limit "-1": must be a whole number, 1 or more; --all lists everything`},
		{"expenses list --limit 0", `--all lists everything`},
		{"expenses list --limit many", `must be a whole number`},
		{"expenses list --limit 5 --all", `--limit and --all exclude each other`},
		{"expenses list --limit", `flag needs an argument: --limit; see brex expenses list --help`},
		{"expenses list --statsu x", `unknown flag --statsu; did you mean --status?`},
		{"expenses list --user x", `unknown flag --user; did you mean --user-id?`},
		{"expenses list --frobnicate", `unknown flag: --frobnicate; see brex expenses list --help`},
		{"expenses list -z", `unknown shorthand flag`},
		{"expenses list -o xml", `--output "xml": is one of table, json, jsonl, csv`},
		{"expenses list --timeout 5", `--timeout "5": must be a time above zero with its unit, such as 30s`},
		{"expenses list --purchased-at-start nonsense", `--purchased-at-start "nonsense": is not a time; write 2026-11-01,`},
		{"expenses list --sandbox --purchased-at-start 7d --purchased-at-end 2026-01-01", `--purchased-at-start 7d is after --purchased-at-end 2026-01-01`},
		{"expenses list --status ,", `--status ",": holds an empty value`},
		{"expenses list --sandbox --base-url https://x.example", `--base-url and --sandbox exclude each other`},
		{"expenses list --sandbox-data /does/not/exist", `--sandbox-data "/does/not/exist": there is no such directory`},
		{"expenses list --sandbox-data app.go", `is a file; name the directory`},
		{"expenses list --sandbox-data . --sandbox-seed 4", `exclude each other`},
		{"expenses list --sandbox-seed x", `--sandbox-seed "x": must be a whole number`},
		{"cards issue", `unknown command "cards issue"; did you mean "cards create", which calls createCard?`},
		{"cards issue --help", `unknown command "cards issue"; did you mean "cards create", which calls createCard?`},
		{"users remove x", `did you mean "users disable", which calls updateUser?`},
		{"help nope", `unknown command "nope"; there are: accounting-integrations,`},
		{"help expense", `did you mean "expenses"?`},
		{"help expenses lst", `unknown command "expenses lst"; did you mean "expenses list", which calls listExpenses?`},
		{"help expenses list x", `takes flags only, not "x"`},
		{"completion bsh", `unknown command "completion bsh"; did you mean "completion bash"?`},
		{"accounts list --type savings", `--type "savings": is one of card, cash`},
	} {
		t.Run(test.args, func(t *testing.T) {
			r := setup{}.run(t, strings.Fields(test.args)...)
			assert.Contains(t, r.fails(t, exitUsage), test.says)
			assert.Empty(t, r.out)
		})
	}
	for name, env := range map[string]map[string]string{
		"BREX_TOKEN: ":    {"BREX_TOKEN": "bxt_with\nbreak"},
		"BREX_BASE_URL: ": {"BREX_TOKEN": "bxt_x", "BREX_BASE_URL": "http://plain.example"},
	} {
		line := setup{env: env}.run(t, "users", "list").fails(t, exitUsage)
		assert.Contains(t, line, name)
		assert.NotContains(t, line, "bxt_")
	}
	line := setup{env: map[string]string{"BREX_TOKEN": "bxt_x"}}.run(t, "users", "list", "--base-url", "nowhere").fails(t, exitUsage)
	assert.Contains(t, line, "--base-url: ")
}

func TestFailures(t *testing.T) {
	const token = "bxt_a_token_to_look_for"
	for _, test := range []struct {
		name string
		fail brextest.Fault
		args string
		code int
		says []string
	}{
		{"401", brextest.Status(401, `{"type":"UNAUTHORIZED","message":"PERMISSION_DENIED: Invalid or Revoked Token"}`), "expenses list", exitAuth,
			[]string{"Invalid or Revoked Token", "brex doctor looks closer", "trace "}},
		{"401 without a body", brextest.Status(401, ``), "expenses list", exitAuth, []string{"401", "brex doctor looks closer"}},
		{"403", brextest.Status(403, `{"message":"no"}`), "expenses list", exitAuth, []string{"403", "the scope expenses.card or expenses.card.readonly"}},
		{"400", brextest.Status(400, `{"message":"status[] is invalid"}`), "expenses list", exitFailure, []string{"status[] is invalid", "--help"}},
		{"404", brextest.Status(404, `{"type":"NOT_FOUND","message":"Not Found"}`), "expenses get expense_1", exitNotFound, []string{"check the id"}},
		{"429", brextest.RetryAfter(0), "expenses list", exitFailure, []string{"429", "wait a minute"}},
		{"500", brextest.HTML(500), "expenses list", exitFailure, []string{"500", "not JSON", "try again later"}},
		{"a connection that breaks", brextest.ResetBeforeAccept(), "expenses list", exitFailure, []string{"connection reset by peer", "check the network"}},
		{"an answer without a body", brextest.EmptyBody(), "expenses list", exitFailure, []string{"the body is empty"}},
		{"half an answer", brextest.TruncatedJSON(), "expenses list", exitFailure, []string{"cut off"}},
		{"a text with an escape", brextest.Status(400, `{"message":"a\u001b[31mb\nc \u009b1m"}`), "expenses list", exitFailure, []string{"[31mb c"}},
	} {
		for _, format := range []string{"table", "json", "jsonl", "csv"} {
			t.Run(test.name+" "+format, func(t *testing.T) {
				s := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken(token, "expenses.card.readonly"))
				s.FailNext("", test.fail, 1)
				r := on(s.URL, token).run(t, append(strings.Fields(test.args), "-o", format)...)
				line := r.fails(t, test.code)
				for _, want := range test.says {
					assert.Contains(t, line, want)
				}
				assert.Empty(t, r.out, "a failure must not look like an empty result")
				assert.NotContains(t, line, token)
				assert.Equal(t, output.Clean(line), line)
				assert.NotContains(t, line, "brex: brex")
			})
		}
	}
}

func TestNobodyListens(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	line := on(s.URL, "bxt_x").run(t, "users", "list").fails(t, exitFailure)
	assert.Contains(t, line, "connection refused")
	assert.Contains(t, line, "--base-url")
}

func TestVerbose(t *testing.T) {
	s := brextest.NewServer(t, brextest.WithStrictQuery())
	r := on(s.URL, s.Token()).run(t, "users", "list", "--verbose", "--limit", "1", "-o", "jsonl").ok(t)
	assert.Contains(t, r.err, "operation=listUsers")
	assert.NotContains(t, r.err, s.Token())
	assert.Len(t, lines(t, r.out), 1)
}

// One refusal must not hide what the token may see.
func TestPartOfTheAccounts(t *testing.T) {
	s := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken("bxt_card_only", "accounts.card.readonly"))
	for _, format := range []string{"table", "csv", "json"} {
		r := on(s.URL, "bxt_card_only").run(t, "accounts", "list", "-o", format)
		line := r.fails(t, exitAuth)
		assert.Contains(t, line, "accounts.cash.readonly")
		assert.Contains(t, line, "use --type card")
		assert.Contains(t, line, "the list is incomplete")
		assert.NotEmpty(t, r.out)
		if format == "json" {
			assert.Len(t, objects(t, r.out), 1)
		}
	}
	on(s.URL, "bxt_card_only").run(t, "accounts", "list", "--limit", "1").fails(t, exitAuth)
	r := on(s.URL, "bxt_card_only").run(t, "accounts", "list", "--type", "card").ok(t)
	assert.Empty(t, r.err)
}

func TestWhoamiWithoutCompany(t *testing.T) {
	s := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken("bxt_users_only", "users.readonly"))
	s.FailNext("getCompany", brextest.Status(403, `{"message":"no"}`), 1)
	r := on(s.URL, "bxt_users_only").run(t, "whoami").ok(t)
	assert.Contains(t, r.out, "EMAIL")
	assert.Contains(t, r.err, "the company is not shown")
}

// Each exit code of the one table occurs, and the help has the table.
func TestEveryExitCode(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	dir := t.TempDir()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	interrupted := s
	interrupted.ctx = ended
	titles := filepath.Join(dir, "titles.csv")
	require.NoError(t, os.WriteFile(titles, []byte("name\nFalconer\nFalconer the Second\n"), 0o600))
	pay := []string{"transfers", "create", "--to", vendorToPay(t, s), "--by", "ach", "--amount", "1.00USD", "--from", "Primary Cash Account", "--memo", "M",
		"--yes", "--company", companyID(t, server)}
	seen := map[int]bool{}
	for _, test := range []struct {
		code int
		s    setup
		fail string // operation whose next call fails
		with brextest.Fault
		args []string
	}{
		{exitOK, s, "", brextest.Fault{}, []string{"titles", "list"}},
		{exitFailure, s, "listTitles", brextest.Status(500, ""), []string{"titles", "list"}},
		{exitUsage, s, "", brextest.Fault{}, []string{"titles", "frobnicate"}},
		{exitAuth, s, "", brextest.Fault{}, []string{"titles", "create", "--name", "x", "--read-only"}},
		{exitNotFound, s, "", brextest.Fault{}, []string{"users", "get", "nobody@halcyon.example"}},
		{exitPartly, s, "createTitle", brextest.Status(500, ""), []string{"titles", "create", "--file", titles, "--failed", filepath.Join(dir, "failed.csv")}},
		{exitDecision, s, "createTransfer", brextest.ResetAfterAccept(), pay},
		{exitInterrupted, interrupted, "", brextest.Fault{}, []string{"titles", "list"}},
	} {
		if test.fail != "" {
			server.FailNext(test.fail, test.with, 1)
		}
		r := test.s.run(t, test.args...)
		require.Equal(t, test.code, r.code, "%s", r.err)
		seen[r.code] = true
	}
	help := setup{}.run(t, "--help").ok(t).out
	for _, m := range exitMeanings {
		require.True(t, seen[m.code], "no command line here ends with %d", m.code)
		require.Contains(t, help, fmt.Sprintf("  %-4d %s\n", m.code, m.means))
	}
	require.Len(t, seen, len(exitMeanings))
}

// vendorToPay is the id of an instrument that ACH payments go to.
func vendorToPay(t *testing.T, s setup) string {
	t.Helper()
	for _, v := range jsonOf[[]object](t, s, "vendors", "list", "--all") {
		for _, i := range instruments(v) {
			if i.kind == "ACH" {
				return i.id
			}
		}
	}
	require.Fail(t, "no vendor has an ACH instrument")
	return ""
}
