package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

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
	require.Regexp(t, `(?m)^AT +STATUS +DURATION MS +METHOD +PATH +OPERATION$`, s.run(t, "sandbox", "requests").ok(t).out)
	require.Contains(t, s.run(t, "sandbox", "requests", "-o", "jsonl").ok(t).out, `"duration_ms":`)
	s.run(t, "sandbox", "events", "fire", "transfer-failed", "--data", `{"transfer_id":"x"}`).ok(t)
	require.Contains(t, s.run(t, "sandbox", "events", "list").ok(t).out, "0 of 0 delivered")
	require.Contains(t, s.run(t, "sandbox", "faults", "add", "listTitles", "503", "--times", "2").ok(t).out, "status 503")
	require.Contains(t, s.run(t, "sandbox", "faults", "clear").ok(t).err, "nothing found")

	// A token in the environment may be another company's.
	both := s
	both.env = map[string]string{"BREX_TOKEN": "bxt_another"}
	require.Contains(t, both.run(t, "titles", "create", "--name", "x", "--profile", "sandbox").fails(t, exitUsage), "may belong to different companies")
	require.Contains(t, both.run(t, "titles", "list", "--profile", "sandbox").ok(t).err, "only reads are sent")

	// Rows.
	require.Contains(t, s.run(t, "sandbox", "tables").ok(t).out, "vendors")
	vendor := objects(t, on("vendors", "list", "-o", "json").ok(t).out)[0]["id"].(string)
	edit := func(args ...string) result { return s.run(t, append([]string{"sandbox", "edit"}, args...)...) }
	require.Contains(t, edit("vendors", vendor, "--set", "company_name=42", "--set", "payment_accounts[0].details.address.line1=1 Main Street").ok(t).out, `"42"`)
	require.Contains(t, on("vendors", "get", vendor, "-o", "json").ok(t).out, "1 Main Street")
	account := objects(t, on("accounts", "list-cash", "-o", "json").ok(t).out)[0]["id"].(string)
	edit("cash_accounts", account, "--set", "available_balance=12.50USD", "--set", "current_balance.amount=99").ok(t)
	require.Contains(t, on("accounts", "list-cash").ok(t).out, "12.50 USD")
	require.Contains(t, on("accounts", "list-cash", "-o", "json").ok(t).out, `"amount":99,`)
	require.Contains(t, edit("cash_accounts", account, "--set", "available_balance=much").fails(t, exitUsage), "amount with its currency")
	require.Contains(t, edit("vendors", "vendor_none", "--set", "company_name=X").fails(t, exitNotFound), "there is no row vendor_none in vendors")
	require.Contains(t, edit("nothing", "x", "--set", "a=b", "--add").fails(t, exitNotFound), "there is no table nothing")
	require.Contains(t, edit("vendors", vendor).fails(t, exitUsage), "needs --set")
	edit("vendors", "vendor_new", "--add", "--set", "company_name=New", "--set", "payment_accounts=[]").ok(t)
	require.Contains(t, on("vendors", "get", "vendor_new").ok(t).out, "New")
	require.Contains(t, s.run(t, "sandbox", "remove", "vendors", "vendor_new").ok(t).err, "removed vendor_new from vendors")
	s.run(t, "sandbox", "remove", "vendors", "vendor_new").fails(t, exitNotFound)
	require.Contains(t, s.run(t, "__complete", "sandbox", "edit", "ven").ok(t).out, "vendors")

	// A request that is only shown says where it would go.
	require.Contains(t, on("titles", "create", "--name", "x", "-o", "curl").ok(t).out, "curl --fail-with-body -X POST 'http://127.0.0.1:")
	s.run(t, "sandbox", "reset").ok(t)
	require.NotContains(t, on("titles", "list", "--all").ok(t).out, "Falconer")
	s.run(t, "sandbox", "stop").ok(t)
	stopped = true
	require.Contains(t, s.run(t, "sandbox", "status").fails(t, exitUsage), "brex sandbox start")
	require.Contains(t, s.run(t, "sandbox", "clock", "advance", "0d").fails(t, exitUsage), "must be a duration above zero")
}
