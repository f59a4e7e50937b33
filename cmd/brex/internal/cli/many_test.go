package cli

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// active are the ids of active cards.
func active(t *testing.T, s setup, n int) (ids []string) {
	t.Helper()
	for _, c := range jsonOf[[]object](t, s, "cards", "list", "--all") {
		if c.text("status") == "ACTIVE" {
			ids = append(ids, c.id())
		}
	}
	require.GreaterOrEqual(t, len(ids), n)
	return ids[:n]
}

// All rows that are at fault are named before anything is sent, and a first line that is a row is not taken for names.
func TestManyNamesAllFaults(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.stdin = active(t, s, 1)[0] + "\nnope\nneither\n"
	line := s.run(t, "cards", "lock", "-").fails(t, exitNotFound)
	require.Contains(t, line, `row 2 (nope): there is no card "nope"`)
	require.Contains(t, line, `row 3 (neither): there is no card "neither"`)
	s.stdin = strings.Repeat("nope\n", 8)
	require.Contains(t, s.run(t, "cards", "lock", "-").fails(t, exitNotFound), "; and 3 more row(s); nothing was sent")
	s.stdin = active(t, s, 1)[0] + "\n"
	require.Contains(t, s.run(t, "cards", "lock", "--file", "-").fails(t, exitUsage), "its first line must name the columns, among them id")
	require.Zero(t, sentTo(server, "lockCard"))
}

// --owner stands for all cards of a person that can still be locked or terminated.
func TestCardsOfAnOwner(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	yes := []string{"--owner", "Daniel Chen", "--yes", "--company", companyID(t, server)}
	statuses := func() (all []string) {
		user := jsonOf[object](t, s, "users", "get", "daniel.chen@halcyon.example").id()
		for _, c := range jsonOf[[]object](t, s, "cards", "list", "--user-id", user, "--all") {
			all = append(all, c.text("status"))
		}
		return all
	}
	before := statuses()
	require.Contains(t, before, "ACTIVE")
	require.Contains(t, s.run(t, append([]string{"cards", "lock", "4242"}, yes...)...).fails(t, exitUsage), "exclude each other")
	s.run(t, "cards", "lock", "--owner", "Nobody At All").fails(t, exitNotFound)
	require.Zero(t, sentTo(server, "lockCard"))
	s.run(t, append([]string{"cards", "lock"}, yes...)...).ok(t)
	require.NotContains(t, statuses(), "ACTIVE")
	sent := sentTo(server, "lockCard")
	require.Equal(t, len(slices.DeleteFunc(before, func(status string) bool { return status == "LOCKED" || status == "TERMINATED" })), sent, "nobody else's card")
	require.Contains(t, s.run(t, append([]string{"cards", "lock"}, yes...)...).ok(t).err, "has no card to lock")
	require.Equal(t, sent, sentTo(server, "lockCard"))
	s.run(t, append([]string{"cards", "terminate"}, yes...)...).ok(t)
	require.Equal(t, []string{"TERMINATED"}, slices.Compact(statuses()))
}

// What --body says stays as it is: a command puts its defaults only where there is nothing.
func TestDefaultsGiveWayToBody(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	body := func(args ...string) object {
		return jsonOf[object](t, s, append(args, "--dry-run")...)["body"].(map[string]any)
	}
	card := active(t, s, 1)[0]
	require.Equal(t, "FRAUD", body("cards", "lock", card, "--body", `{"reason":"FRAUD"}`)["reason"])
	require.Equal(t, "OTHER", body("cards", "lock", card)["reason"])
	created := body("cards", "create", "--owner", "maya.park@halcyon.example", "--name", "AWS", "--body", `{"card_type":"PHYSICAL",
		"limit_type":"CARD","spend_controls":{"spend_duration":"MONTHLY","spend_limit":{"amount":100,"currency":"USD"}},
		"mailing_address":{"line1":"1 Main Street","city":"Oslo","state":"OR","postal_code":"94105","country":"US"}}`)
	require.Equal(t, "PHYSICAL", created["card_type"])
	require.Equal(t, "CARD", created["limit_type"])
	created = body("cards", "create", "--owner", "maya.park@halcyon.example", "--name", "AWS")
	require.Equal(t, "VIRTUAL", created["card_type"])
	require.Equal(t, "USER", created["limit_type"])
}

func TestManyShowsFirstAndGoesOnAfterAFailure(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	cards := active(t, s, 5)
	yes := []string{"--yes", "--company", companyID(t, server)}

	r := s.run(t, append([]string{"cards", "lock", "--dry-run"}, cards...)...).ok(t)
	require.Len(t, lines(t, r.out), 6)
	require.Contains(t, r.out, "POST /v2/cards/"+cards[4]+"/lock")
	require.Zero(t, sentTo(server, "lockCard"))

	s.stdin = strings.Join(cards[:2], "\n") + "\n"
	r = s.run(t, append([]string{"cards", "lock", "-"}, yes...)...).ok(t)
	require.Equal(t, 2, sentTo(server, "lockCard"))

	dir := t.TempDir()
	file, failed := filepath.Join(dir, "cards.csv"), filepath.Join(dir, "failed.csv")
	text := "id,reason\n" + cards[2] + ",card_lost\ncard_00000000000000000000000001,OTHER\n" + cards[3] + ",fraud\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	r = s.run(t, append([]string{"cards", "lock", "--file", file, "--failed", failed, "-o", "json"}, yes...)...)
	require.Equal(t, exitPartly, r.code, r.err)
	require.Equal(t, 5, sentTo(server, "lockCard"))
	require.Contains(t, r.err, "1 of 3 rows did not succeed")
	kept, err := os.Open(failed)
	require.NoError(t, err)
	defer kept.Close()
	records, err := csv.NewReader(kept).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"id", "reason", "idempotency_key"}, records[0])
	require.Equal(t, "card_00000000000000000000000001", records[1][0])
	key := records[1][2]
	require.NotEmpty(t, key)

	s.run(t, append([]string{"cards", "lock", "--file", failed, "--failed", failed}, yes...)...)
	sent := server.Requests()
	require.Equal(t, key, sent[len(sent)-1].Header.Get("Idempotency-Key"), "a repeated row is the same request")
}

func TestManyRefusesBeforeAnythingIsSent(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	cards := active(t, s, 2)
	dir := t.TempDir()
	yes := []string{"--yes", "--company", companyID(t, server)}
	for text, want := range map[string]string{
		"":                                    "is empty",
		"\xff\xfei\x00d\x00\n\x00":            "is in UTF-16; save it as CSV in UTF-8",
		"id,reason\n":                         "there are no rows",
		"id,id\nx,y\n":                        "repeated column",
		"reason\nOTHER\n":                     "its first line must name the columns, among them id",
		"id,color\nx,red\n":                   "there is no member color",
		"id,reason\n" + cards[0] + ",BORED\n": "row 1",
		"id\n" + cards[0] + "\n" + cards[0] + "\n": "are about the same object",
		"id\n" + cards[0] + ",x\n":                 "wrong number of fields",
	} {
		file := filepath.Join(dir, "x.csv")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		require.Contains(t, s.run(t, append([]string{"cards", "lock", "--file", file}, yes...)...).fails(t, exitUsage), want, text)
	}
	require.Contains(t, s.run(t, "cards", "lock", cards[0], cards[1], "--idempotency-key", "k").fails(t, exitUsage), "is for one request")
	s.person, s.stdin = true, "no\n"
	r := s.run(t, "cards", "lock", cards[0], cards[1])
	require.Contains(t, r.err, "2 times lockCard")
	require.Contains(t, r.err, "/v2/cards/"+cards[1]+"/lock")
	require.Zero(t, sentTo(server, "lockCard"))
}

func TestManyVendorsFromAFile(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.stdin = "company_name,email,payment_accounts[0].details.type,payment_accounts[0].details.routing_number,payment_accounts[0].details.account_number," +
		"payment_accounts[0].details.account_type,payment_accounts[0].details.account_class\n" +
		"Aspen Paper,a@example.com,ACH,021000021,000123456789,CHECKING,BUSINESS\nBirch Paper,,,,,,\n"
	r := s.run(t, "vendors", "create", "--file", "-").ok(t)
	require.Len(t, lines(t, r.out), 3)
	require.NotContains(t, r.out+r.err, "000123456789")
	require.Equal(t, "Aspen Paper", jsonOf[object](t, s, "vendors", "get", "Aspen Paper").text("company_name"))
	require.Contains(t, s.run(t, "vendors", "list", "--all").ok(t).out, "ach ending 6789")
}

func TestDailyCommands(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	yes := []string{"--yes", "--company", companyID(t, server)}
	users := jsonOf[[]object](t, s, "users", "list", "--all")
	maya, joe := users[0], users[1]
	run := func(args ...string) object { return jsonOf[object](t, s, append(args, yes...)...) }

	card := run("cards", "create", "--owner", maya.text("email"), "--name", "AWS", "--monthly", "500.00USD")
	require.Equal(t, "500.00 USD", amountText(card.at("spend_controls.spend_limit")))
	require.Equal(t, maya.id(), card.at("owner.user_id"))
	require.Equal(t, "LOCKED", run("cards", "lock", card.id(), "--reason", "card-lost").text("status"))
	require.Equal(t, "ACTIVE", run("cards", "unlock", card.id()).text("status"))
	require.Equal(t, "TERMINATED", run("cards", "terminate", card.id()).text("status"))
	require.Contains(t, s.run(t, append([]string{"cards", "create", "--owner", maya.text("email"), "--name", "X", "--monthly", "1USD", "--once", "2USD"}, yes...)...).fails(t, exitUsage), "exclude each other")
	require.Contains(t, s.run(t, append([]string{"cards", "create", "--name", "X"}, yes...)...).fails(t, exitUsage), "needs --owner")

	invited := jsonOf[object](t, s, "users", "invite", "new.person@halcyon.example", "New", "Person", "--manager-id", joe.text("email"))
	require.Equal(t, joe.id(), invited.text("manager_id"))
	require.Equal(t, "42.00 USD", amountText(run("users", "set-limit", maya.text("email"), "--monthly-limit", "42USD")["monthly_limit"]))
	require.Equal(t, "DISABLED", run("users", "disable", joe.text("email")).text("status"))
	require.Equal(t, "ACTIVE", run("users", "enable", joe.id()).text("status"))

	policy := jsonOf[[]object](t, s, "spend-limits", "list")[0].text("expense_policy_id")
	run("spend-limits", "create", "--name", "Offsite", "--monthly", "5000.00USD", "--policy", policy, "--member", maya.text("email"))
	limit := run("spend-limits", "add-member", "Offsite", joe.text("email"))
	require.Equal(t, []any{maya.id(), joe.id()}, limit["member_user_ids"])
	limit = run("spend-limits", "remove-member", "Offsite", maya.text("email"))
	require.Equal(t, []any{joe.id()}, limit["member_user_ids"])
	limit = run("spend-limits", "set-limit", "Offsite", "7500.00USD")
	require.Equal(t, "7500.00 USD", amountText(limit.at("authorization_settings.base_limit")))
	s.run(t, append([]string{"spend-limits", "archive", "Offsite"}, yes...)...).ok(t)

	expense := jsonOf[[]object](t, s, "expenses", "list", "--expense-type", "card", "--limit", "1")[0]
	require.Equal(t, "Team lunch", jsonOf[object](t, s, "expenses", "memo", expense.id(), "Team lunch").text("memo"))
}

func TestUsersApply(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	yes := []string{"--yes", "--company", companyID(t, server)}
	users, cards := jsonOf[[]object](t, s, "users", "list", "--all"), jsonOf[[]object](t, s, "cards", "list", "--all")
	departments := jsonOf[[]object](t, s, "departments", "list", "--all")
	me := jsonOf[object](t, s, "users", "me")
	open := func(owner string) (n int) {
		for _, c := range cards {
			if c.at("owner.user_id") == owner && c.text("status") == "ACTIVE" {
				n++
			}
		}
		return n
	}
	leaver := slices.IndexFunc(users, func(u object) bool { return u.text("status") == "ACTIVE" && u.id() != me.id() && open(u.id()) > 0 })
	stay := slices.IndexFunc(users, func(u object) bool {
		return u.text("status") == "ACTIVE" && u.id() != users[leaver].id() && u.text("department_id") != departments[0].id()
	})
	hr := func(without ...string) string {
		text := "email,first_name,last_name,department\nnew.person@halcyon.example,New,Person," + departments[0].text("name") + "\n"
		for i, u := range users {
			if u.text("status") == "DISABLED" || slices.Contains(without, u.id()) {
				continue
			}
			department := ""
			if i == stay {
				department = departments[0].id()
			}
			text += u.text("email") + ",,," + department + "\n"
		}
		return text
	}
	apply := func(text string, more ...string) result {
		s.stdin = text
		return s.run(t, append([]string{"users", "apply", "--file", "-"}, more...)...)
	}
	header, _, _ := strings.Cut(hr(), "\n")
	require.Contains(t, apply(header+"\n"+me.text("email")+",,,\n", yes...).fails(t, exitUsage), "would be disabled; if that is meant, add --disable")
	require.Contains(t, apply(hr(me.id()), yes...).fails(t, exitUsage), "whose token this is")
	require.Contains(t, apply("email,colour\nx@y.z,red\n", yes...).fails(t, exitUsage), `"colour" is not known`)
	require.Contains(t, apply(hr()+"other@halcyon.example,Other,,\n", yes...).fails(t, exitUsage), "last_name is needed")
	require.Zero(t, sentTo(server, "updateUser")+sentTo(server, "createUser")+sentTo(server, "lockCard"))

	dry := apply(hr(users[leaver].id()), "--dry-run").ok(t).out
	require.Len(t, lines(t, dry), 1+open(users[leaver].id())+3)
	require.Zero(t, sentTo(server, "updateUser"))

	apply(hr(users[leaver].id()), yes...).ok(t)
	require.Equal(t, "DISABLED", jsonOf[object](t, s, "users", "get", users[leaver].id()).text("status"))
	require.Equal(t, departments[0].id(), jsonOf[object](t, s, "users", "get", users[stay].id()).text("department_id"))
	require.Equal(t, departments[0].id(), jsonOf[object](t, s, "users", "get", "new.person@halcyon.example").text("department_id"))
	require.Equal(t, open(users[leaver].id()), sentTo(server, "lockCard"))
	require.Contains(t, apply(hr(users[leaver].id()), yes...).ok(t).err, "nothing to do")
}
