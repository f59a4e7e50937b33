package cli

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// storage is the network, with the host of the made-up company's receipts.
type storage struct{}

func (storage) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Host != "receipts.brex.example" {
		return http.DefaultTransport.RoundTrip(r)
	}
	if r.Header.Get("Authorization") != "" {
		return &http.Response{StatusCode: http.StatusBadRequest, Body: http.NoBody}, nil
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/pdf"}}, ContentLength: 8,
		Body: io.NopCloser(strings.NewReader("%PDF-1.4"))}, nil
}

// splitLine splits a command line at spaces outside of double quotes, as a shell does.
func splitLine(line string) (words []string) {
	quoted := false
	for _, word := range strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	}) {
		words = append(words, strings.ReplaceAll(word, `"`, ""))
	}
	return words
}

// The table of jobs does what it says.
func TestJobs(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.client = []brex.Option{brex.WithUploadTransport(storage{})}
	s.now = time.Now // which doctor compares with the server's
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	people := "email\n"
	for _, u := range jsonOf[[]object](t, s, "users", "list", "--all") {
		people += u.text("email") + "\n"
	}
	maya := jsonOf[object](t, s, "users", "get", "maya.park@halcyon.example")
	var cards []string
	for _, c := range jsonOf[[]object](t, s, "cards", "list", "--user-id", "maya.park@halcyon.example", "--all") {
		require.Equal(t, maya.id(), c.at("owner.user_id"))
		if c.text("status") == "ACTIVE" {
			cards = append(cards, c.id())
		}
	}
	vendors := "company_name,payment_accounts[0].details.type,payment_accounts[0].details.routing_number,payment_accounts[0].details.account_number," +
		"payment_accounts[0].details.account_type,payment_accounts[0].details.account_class,payment_accounts[0].details.address.line1," +
		"payment_accounts[0].details.mailing_address.line1,payment_accounts[0].details.recipient_name\n" +
		"Aspen Paper,ACH,021000021,000123456789,CHECKING,BUSINESS,,,\n" +
		"Birch Freight,DOMESTIC_WIRE,021000021,000123456780,,,1 Main Street,,\n" +
		"Cedar Legal,CHEQUE,,,,,,2 Main Street,Cedar Legal\n"
	values := map[string]string{
		"COMPANY": companyID(t, server),
		"EXPENSE": jsonOf[[]object](t, s, "expenses", "list", "--expense-type", "card", "--limit", "1")[0].id(),
		"RECEIPT": file("lunch.pdf", "%PDF-1.4 lunch"),
		"PEOPLE":  file("hr.csv", people),
		"POLICY":  jsonOf[[]object](t, s, "spend-limits", "list")[0].text("expense_policy_id"),
		"VENDORS": file("vendors.csv", vendors),
		"DIR":     filepath.Join(dir, "receipts"),
		"CARDS":   strings.Join(cards, " "),
	}
	text, err := os.ReadFile("../../JOBS.md")
	require.NoError(t, err)
	jobs := regexp.MustCompile("(?m)^\\| ([^|]+) \\| `brex ([^`]+)` \\|$").FindAllStringSubmatch(string(text), -1)
	require.Len(t, jobs, 20)
	require.Equal(t, 22, bytes.Count(text, []byte("\n| ")), "a row of the table was not read")
	var out = map[string]string{}
	for _, job := range jobs {
		line := os.Expand(job[2], func(name string) string {
			require.Contains(t, values, name)
			return values[name]
		})
		out[job[1]] = s.run(t, splitLine(line)...).ok(t).out
	}
	for _, date := range regexp.MustCompile(`(?m)^[^,]+,(\d{4}-\d\d-\d\d),`).FindAllStringSubmatch(out["October's card transactions for Excel"], -1) {
		require.Equal(t, "2026-10", date[1][:7])
	}
	require.Contains(t, out["October's card transactions for Excel"], "2026-10-31")
	require.Equal(t, 3, sentTo(server, "createTransfer"))
	require.Equal(t, 3, sentTo(server, "createVendor"))
	require.Equal(t, len(cards), sentTo(server, "lockCard"))
	for line := range strings.Lines(out["Everything that one person spent"]) {
		require.Contains(t, line, `"user_id":"`+maya.id()+`"`)
	}
}

func TestSandboxInTheBackground(t *testing.T) {
	t.Setenv("BREX_CLI_TEST_MAIN", "1") // the program that it starts is this one
	s := setup{config: t.TempDir()}
	require.Contains(t, s.run(t, "sandbox", "status").fails(t, exitUsage), "brex sandbox start")
	require.Contains(t, s.run(t, "users", "list", "--profile", "sandbox").fails(t, exitUsage), "there is no profile sandbox")
	s.run(t, "sandbox", "start").ok(t)
	stopped := false
	t.Cleanup(func() {
		if !stopped {
			s.run(t, "sandbox", "stop")
		}
	})
	require.Contains(t, s.run(t, "sandbox", "start").fails(t, exitUsage), "already")
	on := func(args ...string) result { return s.run(t, append(args, "--profile", "sandbox")...) }
	on("titles", "create", "--name", "Falconer").ok(t)
	require.Contains(t, on("titles", "list", "--all").ok(t).out, "Falconer", "it remembers")
	before := jsonOf[object](t, s, "sandbox", "status").text("now")
	s.run(t, "sandbox", "clock", "advance", "3d").ok(t)
	require.NotEqual(t, before[:10], jsonOf[object](t, s, "sandbox", "status").text("now")[:10])
	s.run(t, "sandbox", "faults", "add", "listTitles", "503").ok(t)
	require.Contains(t, on("titles", "list").fails(t, exitFailure), "503")
	s.run(t, "sandbox", "faults", "clear").ok(t)
	require.Contains(t, s.run(t, "sandbox", "faults", "add", "nonsense", "503").fails(t, exitFailure), "refuses")
	require.Contains(t, s.run(t, "sandbox", "events", "fire", "user-updated").ok(t).out, "USER_UPDATED")
	var card string
	for _, c := range objects(t, on("cards", "list", "--all", "-o", "json").ok(t).out) {
		if c["status"] == "ACTIVE" {
			card = c["id"].(string)
		}
	}
	bought := jsonOf[object](t, s, "sandbox", "purchase", card, "12.50USD", "Blue Bottle")
	require.Contains(t, on("expenses", "get", bought.text("expense_id")).ok(t).out, "12.50 USD")
	require.Contains(t, s.run(t, "sandbox", "requests").ok(t).out, "/v2/titles")
	s.run(t, "sandbox", "reset").ok(t)
	require.NotContains(t, on("titles", "list", "--all").ok(t).out, "Falconer")
	s.run(t, "sandbox", "stop").ok(t)
	stopped = true
	require.Contains(t, s.run(t, "sandbox", "status").fails(t, exitUsage), "brex sandbox start")
	require.Contains(t, s.run(t, "sandbox", "clock", "advance", "0d").fails(t, exitUsage), "must be a duration above zero")
}
