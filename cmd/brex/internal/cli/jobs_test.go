package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// job is a row of the table of jobs.
type job struct {
	name     string
	commands []string
}

func readJobs(t *testing.T) (jobs []job) {
	t.Helper()
	text, err := os.ReadFile("../../JOBS.md")
	require.NoError(t, err)
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \|$`).FindAllStringSubmatch(string(text), -1)[2:] {
		one := job{name: row[1]}
		for _, command := range regexp.MustCompile("`brex ([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			one.commands = append(one.commands, command[1])
		}
		require.NotEmpty(t, one.commands, row[0])
		jobs = append(jobs, one)
	}
	require.Equal(t, len(jobs)+2, strings.Count(string(text), "\n|"), "a row of the table was not read")
	return jobs
}

// writeJobFiles writes the files that jobs read, and returns the values of the table.
func writeJobFiles(t *testing.T, s setup, server *brextest.Server) map[string]string {
	t.Helper()
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
		return name
	}
	rows := "email,first_name,last_name\nnew.hire@halcyon.example,New,Hire\n"
	for _, u := range jsonOf[[]object](t, s, "users", "list", "--all") {
		if (&people{}).present(u) && u.text("email") != "lucas.murphy@halcyon.example" {
			rows += u.text("email") + ",,\n"
		}
	}
	vendors := "company_name,payment_accounts[0].details.type,payment_accounts[0].details.routing_number,payment_accounts[0].details.account_number," +
		"payment_accounts[0].details.account_type,payment_accounts[0].details.account_class,payment_accounts[0].details.address.line1," +
		"payment_accounts[0].details.mailing_address.line1,payment_accounts[0].details.recipient_name\n" +
		"Aspen Paper,ACH,021000021,000123456789,CHECKING,BUSINESS,,,\n" +
		"Birch Freight,DOMESTIC_WIRE,021000021,000123456780,,,1 Main Street,,\n" +
		"Cedar Legal,CHEQUE,,,,,,2 Main Street,Cedar Legal\n"
	return map[string]string{
		"COMPANY":   companyID(t, server),
		"EXPENSE":   jsonOf[[]object](t, s, "expenses", "list", "--expense-type", "card", "--limit", "1")[0].id(),
		"RECEIPT":   file("lunch.pdf", "%PDF-1.4 lunch"),
		"PEOPLE":    file("hr.csv", rows),
		"POLICY":    jsonOf[[]object](t, s, "spend-limits", "list")[0].text("expense_policy_id"),
		"VENDORS":   file("vendors.csv", vendors),
		"DIR":       filepath.Join(dir, "receipts"),
		"CLIENT_ID": "cli",
	}
}

// The table of jobs does what it says, and a job is one command as a rule.
func TestJobs(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithControl(), brextest.WithBackgroundDelivery(), brextest.WithOAuthClient("cli", "", "http://127.0.0.1/callback"))
	jobs := readJobs(t)
	require.Len(t, jobs, 20)
	single := slices.DeleteFunc(slices.Clone(jobs), func(j job) bool { return len(j.commands) > 1 })
	require.GreaterOrEqual(t, len(single), 18)

	s := on(server.URL, server.Token())
	s.now, s.config, s.browser = time.Now, t.TempDir(), visit // doctor compares the time with the server's
	values := writeJobFiles(t, s, server)
	text, err := json.Marshal(runningSandbox{BaseURL: server.URL, Tokens: map[string]string{"admin": server.Token()}})
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(s.config, "brex"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(s.config, "brex", "sandbox.json"), text, 0o600))
	alone := s // with nothing in the environment, as with a sandbox in the background
	alone.env = nil
	var receiver *listening

	out := map[string]string{}
	for _, job := range jobs {
		for _, line := range job.commands {
			args := splitLine(os.Expand(line, func(name string) string {
				require.Contains(t, values, name)
				return values[name]
			}))
			from := s
			if strings.Contains(line, "--profile sandbox") {
				from = alone
			}
			switch {
			case strings.HasPrefix(line, "webhooks serve --port 8080"):
				receiver = serving(t, from, args[4:]...) // on any port
				continue
			case strings.HasPrefix(line, "webhooks create"):
				args[slices.Index(args, "http://127.0.0.1:8080")] = receiver.address
			case strings.HasPrefix(line, "login"):
				args = append(args, "--issuer", server.URL+brextest.IssuerPath) // which is Brex's unless told otherwise
			case strings.HasPrefix(job.name, "A payment refused"):
				r := s.run(t, args...)
				require.Equal(t, exitUsage, r.code)
				require.Contains(t, r.err, "may belong to different companies")
				continue
			}
			out[job.name] = from.run(t, args...).ok(t).out
		}
	}

	excel := out["October's card transactions for Excel"]
	require.Contains(t, excel, "2026-10-31")
	for _, date := range regexp.MustCompile(`(?m)^[^,]+,(\d{4}-\d\d-\d\d),`).FindAllStringSubmatch(excel, -1) {
		require.Equal(t, "2026-10", date[1][:7])
	}
	require.Equal(t, 3, sentTo(server, "createTransfer"), "the refused one is not sent")
	require.Equal(t, 3, sentTo(server, "createVendor"))
	for person, status := range map[string]string{"daniel.chen": "ACTIVE", "lucas.murphy": "DISABLED", "new.hire": "INVITED"} {
		user := jsonOf[object](t, s, "users", "get", person+"@halcyon.example")
		require.Equal(t, status, user.text("status"), person)
		for _, c := range jsonOf[[]object](t, s, "cards", "list", "--user-id", user.id(), "--all") {
			require.NotEqual(t, "ACTIVE", c.text("status"), person)
		}
	}
	maya := jsonOf[object](t, s, "users", "get", "maya.park@halcyon.example")
	for line := range strings.Lines(out["Everything that one person spent"]) {
		require.Contains(t, line, `"user_id":"`+maya.id()+`"`)
	}
	require.Contains(t, receiver.stdout.line(t), "TRANSFER_PROCESSED")
	require.Contains(t, alone.run(t, "auth", "list").ok(t).out, "work")
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
	require.Equal(t, "PROCESSING APPROVED", bought.text("payment_status")+" "+bought.text("reason"))
	declined := jsonOf[object](t, s, "sandbox", "purchase", card, "99999999.00USD", "Blue Bottle")
	require.Regexp(t, "^DECLINED EXCEEDED_", declined.text("payment_status")+" "+declined.text("reason"))
	require.Contains(t, s.run(t, "sandbox", "faults", "add", "listTitles", "latency", "--delay", "7s").ok(t).out, "7s")
	require.Contains(t, s.run(t, "sandbox", "faults", "add", "listTitles", "latency", "--delay", "soon").fails(t, exitFailure), "not a time")
	s.run(t, "sandbox", "faults", "clear").ok(t)
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
	require.Contains(t, on("titles", "create", "--name", "x", "-o", "curl").ok(t).out, "curl --fail-with-body --globoff --path-as-is -X POST 'http://127.0.0.1:")
	s.run(t, "sandbox", "reset").ok(t)
	require.NotContains(t, on("titles", "list", "--all").ok(t).out, "Falconer")
	s.run(t, "sandbox", "stop").ok(t)
	stopped = true
	require.Contains(t, s.run(t, "sandbox", "status").fails(t, exitUsage), "brex sandbox start")
	require.Contains(t, s.run(t, "sandbox", "clock", "advance", "0d").fails(t, exitUsage), "must be a duration above zero")
}
