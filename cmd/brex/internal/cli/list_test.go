package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/gen/operations"
)

// lists are the list commands with their operations and the columns of their tables.
var lists = []struct {
	noun   string
	op     *brex.Operation // nil for accounts, which have no parameters
	titles string
}{
	{"accounts", nil, "TYPE ID NAME STATUS CURRENT BALANCE AVAILABLE BALANCE ACCOUNT NUMBER"},
	{"cards", operations.ListCards, "ID CARD NAME LAST FOUR CARD TYPE STATUS LIMIT TYPE SPEND LIMIT SPEND AVAILABLE"},
	{"expenses", operations.ListExpenses, "ID PURCHASED AT PURCHASED AMOUNT STATUS USER MERCHANT MEMO"},
	{"transactions", operations.ListPrimaryCardTransactions, "ID POSTED AT DATE AMOUNT TYPE DESCRIPTION"},
	{"transfers", operations.ListTransfers, "ID PROCESS DATE AMOUNT STATUS PAYMENT TYPE DISPLAY NAME EXTERNAL MEMO"},
	{"users", operations.ListUsers, "ID FIRST NAME LAST NAME EMAIL STATUS"},
	{"vendors", operations.ListVendors, "ID COMPANY NAME EMAIL PAY BY PAYMENT INSTRUMENT IDS"},
}

func TestListsAgreeInAllFormats(t *testing.T) {
	for _, l := range lists {
		t.Run(l.noun, func(t *testing.T) {
			args := []string{l.noun, "list", "--limit", "7"}
			want := objects(t, sandbox(t, append(args, "-o", "json")...).ok(t).out)
			require.NotEmpty(t, want)

			jsonl := lines(t, sandbox(t, append(args, "-o", "jsonl")...).ok(t).out)
			require.Len(t, jsonl, len(want))
			for i, line := range jsonl {
				assert.Contains(t, line, `"id":"`+want[i]["id"].(string)+`"`)
				assert.True(t, json.Valid([]byte(line)))
			}

			_, rows := records(t, sandbox(t, append(args, "-o", "csv")...).ok(t).out)
			require.Len(t, rows, len(want))
			table := lines(t, sandbox(t, args...).ok(t).out)
			require.Len(t, table, len(want)+1)
			assert.Equal(t, l.titles, strings.Join(strings.Fields(table[0]), " "))
			for i, row := range rows {
				assert.Equal(t, want[i]["id"], row["id"])
				assert.Contains(t, table[i+1], want[i]["id"])
			}
		})
	}
}

func TestLimit(t *testing.T) {
	for _, test := range []struct {
		args string
		rows int
		note string
	}{
		{"", 100, "100 rows shown, there are more: use --all, or a larger --limit"},
		{"--limit 1", 1, "1 row shown"},
		{"--limit 100", 100, "100 rows shown"},
		{"--limit 250", 250, "250 rows shown"}, // the third page is cut
		{"--limit 100000", 0, ""},
		{"--all", 0, ""},
	} {
		t.Run(test.args, func(t *testing.T) {
			small := setup{sandbox: []brextest.Option{brextest.WithSize(brextest.Size{Expenses: 400})}}
			r := small.run(t, append([]string{"expenses", "list", "-o", "jsonl", "--sandbox"}, strings.Fields(test.args)...)...).ok(t)
			got := lines(t, r.out)
			if test.rows > 0 {
				assert.Len(t, got, test.rows)
			} else {
				assert.Len(t, got, 400)
			}
			if test.note == "" {
				assert.Empty(t, r.err)
			} else {
				assert.Contains(t, r.err, test.note)
				assert.Len(t, lines(t, r.err), 1)
			}
			seen := map[string]bool{}
			for _, line := range got {
				assert.False(t, seen[line], "the same row twice")
				seen[line] = true
			}
		})
	}
}

// Accounts come from two operations: a limit that the first one meets must not hide that the second has more.
func TestLimitOfAccounts(t *testing.T) {
	r := sandbox(t, "accounts", "list", "--limit", "1", "-o", "jsonl").ok(t)
	assert.Len(t, lines(t, r.out), 1)
	assert.Equal(t, "brex: 1 row shown, there are more: use --all, or a larger --limit\n", r.err)
	all := lines(t, sandbox(t, "accounts", "list", "-o", "jsonl").ok(t).out)
	r = sandbox(t, "accounts", "list", "--limit", strconv.Itoa(len(all)), "-o", "jsonl").ok(t)
	assert.Equal(t, all, lines(t, r.out))
	assert.Empty(t, r.err)
}

func TestCursorContinues(t *testing.T) {
	whole := lines(t, sandbox(t, "expenses", "list", "-o", "jsonl", "--limit", "10").ok(t).out)
	first := sandbox(t, "expenses", "list", "-o", "jsonl", "--limit", "5").ok(t)
	cursor := regexp.MustCompile(`--cursor (\S+) to continue`).FindStringSubmatch(first.err)
	require.Len(t, cursor, 2, "%s", first.err)
	second := sandbox(t, "expenses", "list", "-o", "jsonl", "--limit", "5", "--cursor", cursor[1]).ok(t)
	assert.Equal(t, whole, append(lines(t, first.out), lines(t, second.out)...))

	cut := sandbox(t, "expenses", "list", "-o", "jsonl", "--limit", "150").ok(t)
	assert.NotContains(t, cut.err, "--cursor", "a cursor after a cut page would skip rows")
}

func TestFiltersNarrow(t *testing.T) {
	every := func(args ...string) []map[string]any {
		small := setup{sandbox: []brextest.Option{brextest.WithSize(brextest.Size{Expenses: 300})}}
		return objects(t, small.run(t, append(args, "-o", "json", "--all", "--sandbox")...).ok(t).out)
	}
	all := every("expenses", "list")
	for _, test := range []struct {
		name string
		args []string
		keep func(map[string]any) bool
	}{
		{"status in any case", []string{"--status", "approved,settled"}, func(e map[string]any) bool {
			return e["status"] == "APPROVED" || e["status"] == "SETTLED"
		}},
		{"status twice", []string{"--status", "DRAFT", "--status", "out-of-policy"}, func(e map[string]any) bool {
			return e["status"] == "DRAFT" || e["status"] == "OUT_OF_POLICY"
		}},
		{"type", []string{"--expense-type", "REIMBURSEMENT"}, func(e map[string]any) bool { return e["expense_type"] == "REIMBURSEMENT" }},
		{"user", []string{"--user-id", all[0]["user_id"].(string)}, func(e map[string]any) bool { return e["user_id"] == all[0]["user_id"] }},
		{"since a day", []string{"--purchased-at-start", "2026-10-01"}, func(e map[string]any) bool { return e["purchased_at"].(string) >= "2026-10-01" }},
		{"up to a day, its evening included", []string{"--purchased-at-end", "2026-10-01"}, func(e map[string]any) bool {
			return e["purchased_at"].(string) < "2026-10-02"
		}},
		{"a week before the sandbox's present", []string{"--purchased-at-start", "7d"}, func(e map[string]any) bool {
			return e["purchased_at"].(string) >= "2026-10-26T12:00:00"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want []any
			for _, e := range all {
				if at, _ := e["purchased_at"].(string); at != "" && test.keep(e) {
					want = append(want, e["id"])
				}
			}
			require.NotEmpty(t, want)
			require.Less(t, len(want), len(all))
			var got []any
			for _, e := range every(append([]string{"expenses", "list"}, test.args...)...) {
				if at, _ := e["purchased_at"].(string); at != "" {
					got = append(got, e["id"])
				}
			}
			assert.Equal(t, want, got)
		})
	}

	users := every("users", "list")
	one := every("users", "list", "--email", users[3]["email"].(string))
	require.Len(t, one, 1)
	assert.Equal(t, users[3]["id"], one[0]["id"])
	assert.Len(t, every("users", "list", "--email", users[3]["email"].(string), "--email", users[4]["email"].(string)), 2)
	assert.Less(t, len(every("cards", "list", "--user-id", users[3]["id"].(string))), len(every("cards", "list")))
}

func TestNothingFound(t *testing.T) {
	for format, want := range map[string]string{"table": "", "json": "[]\n", "jsonl": ""} {
		r := sandbox(t, "expenses", "list", "--purchased-at-start", "2040-01-01", "-o", format).ok(t)
		assert.Equal(t, want, r.out, format)
		assert.Equal(t, "brex: nothing found\n", r.err)
	}
	header, rows := records(t, sandbox(t, "expenses", "list", "--purchased-at-start", "2040-01-01", "-o", "csv").ok(t).out)
	assert.Empty(t, rows)
	assert.Equal(t, "id", header[0])
}

func TestCashTransactions(t *testing.T) {
	accounts := objects(t, sandbox(t, "accounts", "list", "--type", "cash", "-o", "json").ok(t).out)
	require.NotEmpty(t, accounts)
	account := accounts[0]["id"].(string)
	card := objects(t, sandbox(t, "transactions", "list", "-o", "json").ok(t).out)
	cash := objects(t, sandbox(t, "transactions", "list", "-o", "json", "--account", account).ok(t).out)
	assert.NotEqual(t, card[0]["id"], cash[0]["id"])
	header, _ := records(t, sandbox(t, "transactions", "list", "-o", "csv").ok(t).out)
	cashHeader, _ := records(t, sandbox(t, "transactions", "list", "-o", "csv", "--account", account).ok(t).out)
	assert.Equal(t, header, cashHeader)

	line := sandbox(t, "transactions", "list", "--account", account, "--user-ids", "u").fails(t, exitUsage)
	assert.Contains(t, line, "--user-ids goes with card transactions only")
}

func TestGetAndWhoami(t *testing.T) {
	want := objects(t, sandbox(t, "expenses", "list", "--limit", "1", "-o", "json").ok(t).out)[0]
	for _, format := range []string{"table", "json", "jsonl", "csv"} {
		assert.Contains(t, sandbox(t, "expenses", "get", want["id"].(string), "-o", format).ok(t).out, want["id"].(string))
		r := sandbox(t, "whoami", "-o", format).ok(t)
		assert.Contains(t, r.out, "@")
		assert.Empty(t, r.err)
	}
	var one map[string]any
	require.NoError(t, json.Unmarshal([]byte(sandbox(t, "expenses", "get", want["id"].(string), "-o", "json").ok(t).out), &one))
	assert.Equal(t, want["id"], one["id"])
	assert.Contains(t, sandbox(t, "version").ok(t).out, brex.Version)
	assert.JSONEq(t, `"`+brex.Version+`"`, string(member(t, sandbox(t, "version", "-o", "json").ok(t).out, "version")))
}

func member(t *testing.T, object, name string) json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(object), &members))
	return members[name]
}

func TestSandboxSeed(t *testing.T) {
	list := []string{"users", "list", "--limit", "3", "-o", "jsonl"}
	one := sandbox(t, list...).ok(t).out
	assert.Equal(t, one, setup{}.run(t, append(list, "--sandbox-seed", "1")...).ok(t).out)
	assert.NotEqual(t, one, setup{}.run(t, append(list, "--sandbox-seed", "2")...).ok(t).out)
}

func TestSandboxData(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	// As Brex's documentation shows them.
	write("card_transactions.json", `{"next_cursor":"eyJsaW1pdCI6Miwib2Zmc2V0IjoyfQ==","items":[
 {"id":"pste_ckuxu8f0j07jn0ddg6bjofzde","description":"Payment – Thank you!","amount":{"amount":-63600,"currency":"USD"},"posted_at_date":"2021-10-19","type":"COLLECTION"},
 {"id":"pste_ckuwiblvv1tn101l3zvscxis8","card_id":"ncard_ckrz3n9b9013i01h5hgdyz7jh","description":"Chili's","amount":{"amount":12900,"currency":"USD"},"posted_at_date":"2021-10-18","type":"PURCHASE"}]}`)
	write("cash_accounts.json", `{"items":[{"id":"dpacc_ckrqrb91z990d01h4yz3f1k0f","description":"Primary Cash Account","status":"ACTIVE","account_number":"668210333973","routing_number":"211179322","current_balance":{"amount":1133000,"currency":"USD"},"available_balance":{"amount":623200,"currency":"USD"}}]}`)
	write("notes.txt", "not for the sandbox")

	r := setup{}.run(t, "transactions", "list", "--sandbox-data", dir).ok(t)
	assert.Equal(t, "brex: --sandbox-data: ignored notes.txt: not named after a resource\n", r.err)
	assert.Equal(t, `ID                              POSTED AT DATE       AMOUNT  TYPE        DESCRIPTION
pste_ckuxu8f0j07jn0ddg6bjofzde  2021-10-19      -636.00 USD  COLLECTION  Payment – Thank you!
pste_ckuwiblvv1tn101l3zvscxis8  2021-10-18       129.00 USD  PURCHASE    Chili's
`, r.out)

	r = setup{}.run(t, "accounts", "list", "--sandbox-data", dir).ok(t)
	assert.Contains(t, r.out, "11330.00 USD")
	assert.Contains(t, r.out, "[redacted]3973")
	assert.Contains(t, setup{}.run(t, "expenses", "list", "--sandbox-data", dir).ok(t).err, "nothing found")

	write("users.json", `{"items":[{`)
	line := setup{}.run(t, "users", "list", "--sandbox-data", dir).fails(t, exitFailure)
	assert.Contains(t, line, "users.json: is not JSON")
}
