package cli

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// printing are the commands that print and call no operation of their own, or several; TestEveryCommandPrints knows the others.
var printing = map[string]string{
	"accounts list": "", "actions": "", "actions createTransfer": "", "api GET /v2/users": "", "call getMe": "", "call listUsers": "", "call listUsers --all": "",
	"whoami": "", "version": "", "doctor": "", "expenses list --month 2026-10": "",
}

// runsOn are the commands that read something but go on for ever, write files or ask for what the sandbox lacks.
var runsOn = map[string]string{
	"receipts download": "writes files", "webhooks serve": "goes on for ever", "users apply": "needs a file",
}

// reading are the command lines that read by one operation, with ids of the sandbox.
func reading(t *testing.T, s setup) (all []string) {
	t.Helper()
	ids := map[string]string{}
	id := func(noun string, list ...string) string {
		if ids[noun] == "" {
			rows := jsonOf[[]object](t, s, append(list, "--limit", "1")...)
			require.NotEmpty(t, rows, "%s has no rows", noun)
			ids[noun] = rows[0].id()
		}
		return ids[noun]
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			walk(sub)
		}
		ops := strings.Fields(c.Annotations[operationNote])
		if c.HasSubCommands() || len(ops) == 0 {
			return
		}
		for _, name := range ops {
			op := findOperation(name)
			if op == nil || op.Access != brex.AccessRead {
				return
			}
		}
		path := words(c)
		if runsOn[path] != "" {
			return
		}
		for _, arg := range strings.Fields(c.Use)[1:] {
			noun := strings.Fields(path)[0]
			switch strings.Trim(arg, ".[]") {
			case "TRIP_ID":
				path += " " + id("trips", "trips", "list")
			case "BOOKING_ID":
				path += " " + id("bookings", "bookings", "list", id("trips", "trips", "list"))
			case "FIELD_ID":
				path += " " + jsonOf[[]object](t, s, "fields", "list")[0].text("brex_id")
			case "CARD_ID", "EXPENSE_ID", "USER_ID":
				noun = strings.ToLower(strings.TrimSuffix(arg, "_ID")) + "s"
				path += " " + id(noun, noun, "list")
			default:
				list := []string{noun, "list"}
				switch {
				case strings.HasPrefix(path, "transactions list-cash"), strings.HasPrefix(path, "statements list-cash"), path == "accounts get":
					noun, list = "cash", []string{"accounts", "list-cash"}
				case strings.Contains(path, "card") && noun == "expenses":
					noun, list = "card expenses", []string{"expenses", "list-card"}
				}
				switch noun {
				case "field-values":
					list = append(list, jsonOf[[]object](t, s, "fields", "list")[0].text("brex_id"))
				case "bookings":
					list = append(list, id("trips", "trips", "list"))
				}
				rows := jsonOf[[]object](t, s, list...)
				require.NotEmpty(t, rows, path)
				first := rows[0].id()
				for _, name := range []string{"brex_id", "budget_id"} {
					if first == "" {
						first = rows[0].text(name)
					}
				}
				path += " " + first
			}
		}
		all = append(all, path)
	}
	walk((&App{Getenv: func(string) string { return "" }}).root(nil))
	return all
}

// memberOf is a member that is a string, the first by name, or one of a member.
func memberOf(row map[string]any) string {
	names := slices.Sorted(maps.Keys(row))
	for _, name := range names {
		if text, ok := row[name].(string); ok && text != "" {
			return name
		}
	}
	for _, name := range names {
		if inner, ok := row[name].(map[string]any); ok && memberOf(inner) != "" {
			return name + "." + memberOf(inner)
		}
	}
	return ""
}

// Every command that prints what it read does so by one printer: it has each format, and --columns, --sort and --jq work on it.
func TestEveryCommandPrints(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.now = time.Now // which doctor compares with the server's
	group := jsonOf[object](t, s, "webhook-groups", "create", "--name", "accounting")
	s.run(t, "webhook-groups", "add-members", group.id(), "--set", "members[0].member_id="+companyID(t, server), "--set", "members[0].member_type=ACCOUNT").ok(t)
	s.run(t, "webhooks", "create", "--url", "https://example.com/brex", "--event-types", "TRANSFER_FAILED").ok(t)
	all := reading(t, s)
	require.Greater(t, len(all), 48)
	for line := range printing {
		all = append(all, line)
	}
	users := jsonOf[[]object](t, s, "users", "list", "--limit", "2")
	yes := " --yes --company " + companyID(t, server)
	all = append(all, // writes that may be repeated: of one object, and of many
		"users set-limit "+users[0].id()+" --monthly-limit 42USD"+yes, "users set-limit "+users[0].id()+" "+users[1].id()+" --monthly-limit 42USD"+yes,
		"users set-limit "+users[0].id()+" "+users[1].id()+" --monthly-limit 42USD --dry-run")
	for _, line := range all {
		t.Run(line, func(t *testing.T) {
			run := func(more ...string) string { return s.run(t, append(strings.Fields(line), more...)...).ok(t).out }
			var whole any
			require.NoError(t, json.Unmarshal([]byte(run("-o", "json")), &whole))
			list, isList := whole.([]any)
			if isList {
				require.NotEmpty(t, list)
			}
			first, _ := whole.(map[string]any)
			if isList {
				first, _ = list[0].(map[string]any)
			}
			if page, ok := first["items"].([]any); ok && !isList { // a page, as it was sent
				list, first = page, page[0].(map[string]any)
			}
			require.NotEmpty(t, first)
			for l := range strings.Lines(run("-o", "jsonl")) {
				require.True(t, json.Valid([]byte(l)))
			}
			records, err := csv.NewReader(strings.NewReader(run("-o", "csv"))).ReadAll()
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(records), 2)
			member := memberOf(first)
			if member == "" {
				return // nothing that a column could show
			}
			require.NotEmpty(t, run("-o", "table"))
			records, err = csv.NewReader(strings.NewReader(run("-o", "csv", "--columns", member, "--sort", member))).ReadAll()
			require.NoError(t, err)
			require.Equal(t, member, records[0][0])
			if list != nil {
				require.Equal(t, len(list), len(records)-1)
			}
			require.True(t, strings.HasPrefix(run("-o", "table", "--columns", member), output.Title(member)))
			require.Contains(t, []string{"array\n", "object\n"}, run("--jq", "type"))
		})
	}
}
