package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/payout"
)

const invoices = "vendor,method,amount,currency,reference\nAcme Office Supply,ACH,1250.00,USD,INV-1001\nHarbor Legal LLP,ACH,99.95,USD,INV-1002\n"

// payoutSetup is a sandbox, a folder and a file of invoices.
func payoutSetup(t *testing.T, text string) (s *brextest.Server, at setup, file string) {
	t.Helper()
	s = brextest.NewServer(t)
	at = on(s.URL, s.Token())
	dir := t.TempDir()
	at.env["BREX_PAYOUTS_DIR"] = filepath.Join(dir, "runs")
	at.config = dir
	file = filepath.Join(dir, "invoices.csv")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return s, at, file
}

func companyID(t *testing.T, s *brextest.Server) string {
	t.Helper()
	c, err := brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()))
	require.NoError(t, err)
	company, err := c.Company.Get(t.Context())
	require.NoError(t, err)
	return company.ID
}

func TestPayouts(t *testing.T) {
	t.Parallel()
	s, at, file := payoutSetup(t, invoices)
	planned := at.run(t, "payouts", "plan", file, "--expect-total", "1349.95 USD").ok(t)
	run := strings.TrimSpace(planned.out)
	require.Len(t, run, 64)
	for _, want := range []string{"company", "token of", "before", "after",
		"2, 1349.95 USD in all; 2 ask for approval in Brex", "1250.00 USD to Acme", "nothing is paid"} {
		require.Contains(t, planned.err, want)
	}
	require.Contains(t, at.run(t, "pay", "show", run[:8], "-o", "csv").ok(t).out,
		"INV-1001,Acme Office Supply,1250.00,USD,ACH,MANUAL")
	require.Contains(t, at.run(t, "payouts", "list").ok(t).out, "planned")

	company := companyID(t, s)
	unattended := []string{"payouts", "run", run[:8], "--yes", "--company", company,
		"--expect-total", "1349.95 USD"}
	require.Equal(t, exitDecision, at.run(t, unattended...).code, "not approved")
	require.Equal(t, exitUsage, at.run(t, "payouts", "approve", run[:8], "--as", "Ada").code,
		"nobody to ask")
	person := at
	person.person, person.stdin = true, "n\n"
	require.Equal(t, exitFailure, person.run(t, "payouts", "approve", run[:8], "--as", "Ada").code)
	person.stdin = "y\n"
	person.run(t, "payouts", "approve", run[:8], "--as", "Ada").ok(t)
	key, err := os.Stat(filepath.Join(at.config, "brex", "approver.pem"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), key.Mode().Perm())

	for _, args := range [][]string{{"--yes"}, {"--yes", "--company", company},
		{"--yes", "--company", "other", "--expect-total", "1349.95 USD"},
		{"--yes", "--company", company, "--expect-total", "1349.94 USD"}, {"--yes", "--company",
			company, "--expect-total", "1349.95 USD", "--expect-total", "1.00 EUR"}, {}} {
		require.Equal(t, exitUsage, at.run(t,
			append([]string{"payouts", "run", run[:8]}, args...)...).code, "%q", args)
	}
	ran := at.run(t, unattended...).ok(t)
	require.Contains(t, ran.err, "row 1 of 2: INV-1001, 1250.00 USD to Acme Office Supply: ACCEPTED transfer_")
	require.Contains(t, ran.out, "1349.95 USD")
	at.run(t, unattended...).ok(t)
	require.Contains(t, at.run(t, "payouts", "status", run[:8], "-o", "csv").ok(t).out,
		"1349.95,USD,0.00,USD,0.00,USD,0.00,USD,1349.95,USD")

	var report payout.Report
	require.NoError(t, json.Unmarshal([]byte(at.run(t, "payouts", "report", run[:8], "-o",
		"json").ok(t).out), &report))
	require.Equal(t, "Ada", report.Approvals[0].Name)
	require.NoError(t, s.ApproveTransfer(report.Lines[0].Transfer))
	require.NoError(t, s.DenyTransfer(report.Lines[1].Transfer))
	s.Advance(10 * 24 * time.Hour)
	require.Contains(t, at.run(t, "payouts", "reconcile", run[:8]).ok(t).out, "99.95 USD")
	rows, err := csv.NewReader(strings.NewReader(at.run(t, "payouts", "report", run[:8], "-o",
		"csv").ok(t).out)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, []string{"FAILED", "FAILED", "APPROVAL_DENIED"}, rows[2][4:7])
	page := at.run(t, "payouts", "report", run[:8], "-o", "html").ok(t).out
	require.Contains(t, page, "APPROVAL_DENIED")
	require.NotContains(t, page, "<script")

	retry := at.run(t, "payouts", "plan", "--retry-of", run[:8])
	retry.ok(t)
	require.Contains(t, retry.err, "99.95 USD")
	require.Contains(t, at.run(t, "payouts", "list").ok(t).out, "planned")
	again := at.run(t, "payouts", "plan", file)
	require.Equal(t, exitFailure, again.code)
	require.Contains(t, again.err, "resume that one")
}

func TestPayoutsRefuses(t *testing.T) {
	t.Parallel()
	_, at, file := payoutSetup(t, "vendor,method,amount,currency,reference\nAcme Office Supply,ACH,\"1.250,00\",USD,INV-1\nNobody,,5-Nov,USD,INV-2\n")
	r := at.run(t, "payouts", "plan", file)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "line 2, column amount: ")
	require.Contains(t, r.err, `line 3, column amount: "5-Nov" is a date`)
	require.Contains(t, r.err, "nothing is planned")
	require.Equal(t, payout.ExampleCSV, at.run(t, "payouts", "plan", "--example").ok(t).out)
	for _, args := range [][]string{{"plan"}, {"plan", "a", "b"}, {"plan", "nope.csv"},
		{"plan", file, "--map", "x"}, {"plan", file, "--max-run", "5"},
		{"plan", file, "--max-run", "-5.00 USD"}, {"plan", file, "--expect-total", "1.00 USD",
			"--expect-total", "2.00 USD"}, {"show"}, {"report", "abcd", "-o", "xml"}} {
		require.Equal(t, exitUsage, at.run(t, append([]string{"payouts"}, args...)...).code, "%q",
			args)
	}
	require.Equal(t, exitFailure, at.run(t, "payouts", "show", "abcd").code)
	delete(at.env, "BREX_PAYOUTS_DIR")
	require.Contains(t, at.run(t, "payouts", "list").fails(t, exitUsage), "--dir is missing")
}

// Where nobody can know whether a payment was made, the exit code says that a person must decide,
// and a flag says what he decided.
func TestPayoutsAskAPerson(t *testing.T) {
	t.Parallel()
	s, at, file := payoutSetup(t, invoices+"Acme Office Supply,ACH,1250.00,USD,INV-1003\n")
	at.now = s.Now
	r := at.run(t, "payouts", "plan", file, "--manual-from", "1000.00 USD").ok(t)
	require.Contains(t, r.err, "WARNING")
	require.Contains(t, r.err, "2 ask for approval")
	run := strings.TrimSpace(r.out)
	require.Equal(t, exitDecision, at.run(t, "payouts", "approve", run, "--as", "Ada",
		"--yes").code, "a warning was not looked at")
	at.run(t, "payouts", "approve", run, "--as", "Ada", "--yes", "--warnings", "1").ok(t)
	args := []string{"payouts", "run", run, "--yes", "--company", companyID(t, s), "--expect-total",
		"2599.95 USD"}

	// The process dies after row 2 was noted.
	dir, err := payout.OpenDir(at.env["BREX_PAYOUTS_DIR"])
	require.NoError(t, err)
	plan, err := dir.Load(run)
	require.NoError(t, err)
	journal, err := dir.Journal(plan)
	require.NoError(t, err)
	locked, err := journal.Lock(t.Context())
	require.NoError(t, err)
	require.NoError(t, locked.Append(t.Context(),
		payout.Record{At: s.Now(), Run: run, Event: payout.EventRow, Row: 2, State: payout.Sending,
			Attempt: 1}))
	busy := at.run(t, args...)
	require.Equal(t, exitFailure, busy.code)
	require.Contains(t, busy.err, "another process")
	require.NoError(t, locked.Close())
	s.Advance(time.Hour)
	r = at.run(t, args...)
	require.Equal(t, exitDecision, r.code, r.err)
	require.Contains(t, r.err, "row 2: 99.95 USD to Harbor Legal LLP is ABSENT, memo")
	require.Equal(t, exitDecision, at.run(t, "payouts", "status", run).code)
}
