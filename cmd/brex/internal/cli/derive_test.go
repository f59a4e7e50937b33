package cli

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/gen/operations"
)

// fullRoot is the program with the flags of all its commands.
func fullRoot() *cobra.Command {
	return (&App{Getenv: func(string) string { return "" }}).root(nil)
}

// Every operation has a command, made by hand or derived, under the noun of its service.
func TestEveryOperationHasACommand(t *testing.T) {
	covered := map[string]string{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, op := range strings.Fields(c.Annotations[operationNote]) {
			covered[op] = words(c)
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(fullRoot())
	for _, op := range brex.Operations() {
		require.Contains(t, covered, op.ID, "no command calls it")
		noun, _ := commandName(op)
		require.True(t, strings.HasPrefix(covered[op.ID], noun+" "), "%s is called by %q, which is not under %s", op.ID, covered[op.ID], noun)
		require.NotEmpty(t, nounShorts[noun], "%s is not explained", noun)
	}
}

// Two operations never share a command: the second one would be lost.
func TestCommandNamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, op := range brex.Operations() {
		noun, verb := commandName(op)
		require.Empty(t, seen[noun+" "+verb], "%s and another one are %s %s", op.ID, noun, verb)
		seen[noun+" "+verb] = op.ID
		for _, p := range op.PathParams {
			require.NotEmpty(t, p.Name)
		}
	}
	for id := range commandNames {
		_, ok := brex.LookupOperation(id)
		require.True(t, ok, id)
	}
}

// parsed runs the flags of a derived command, and nothing else.
func parsed(t *testing.T, op *brex.Operation, args ...string) (*request, error) {
	t.Helper()
	var got *request
	a := &App{}
	_, verb := commandName(op)
	cmd := newDerived(a, op, verb, true, func(_ context.Context, r *request) error {
		got = r
		if err := r.compose(a); err != nil {
			return err
		}
		return r.takeArguments()
	})
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return got, err
}

func TestDerivedFlagsBecomeTheRequest(t *testing.T) {
	for _, test := range []struct {
		op           *brex.Operation
		args         string
		params, body string
	}{
		{operations.CreateCard, "--card-name AWS --card-type virtual --limit-type card --set owner.type=USER --set owner.user_id=cuuser_ckrz3n9b9013i01h5hgdyz7jh " +
			"--set spend_controls.spend_limit=500.00USD --set spend_controls.spend_duration=monthly --set metadata.team=it", `{}`,
			`{"card_name":"AWS","card_type":"VIRTUAL","limit_type":"CARD","owner":{"type":"USER","user_id":"cuuser_ckrz3n9b9013i01h5hgdyz7jh"},
			"spend_controls":{"spend_limit":{"amount":50000,"currency":"USD"},"spend_duration":"MONTHLY"},"metadata":{"team":"it"}}`},
		{operations.SetUserLimit, "u1 --monthly-limit 0.07USD", `{"id":{"kind":"users","text":"u1"}}`, `{"monthly_limit":{"amount":7,"currency":"USD"}}`},
		{operations.SetUserLimit, "u1 --monthly-limit null", `{"id":{"kind":"users","text":"u1"}}`, `{"monthly_limit":null}`},
		{operations.UpdateSpendLimit, "s --member-user-ids a@b.co,Maya --member-user-ids c", `{"id":{"kind":"spend-limits","text":"s"}}`,
			`{"member_user_ids":[{"kind":"users","text":"a@b.co"},{"kind":"users","text":"Maya"},{"kind":"users","text":"c"}]}`},
		{operations.CreateVendor, `--body {"company_name":"A","phone":"1"} --company-name B --set payment_accounts[0].details.type=ACH --set payment_accounts[0].details.account_number=0012`,
			`{}`, `{"company_name":"B","phone":"1","payment_accounts":[{"details":{"type":"ACH","account_number":"0012"}}]}`},
		{operations.GetBooking, "t b", `{"trip_id":"t","booking_id":"b"}`, `null`},
	} {
		r, err := parsed(t, test.op, strings.Fields(test.args)...)
		require.NoError(t, err, test.args)
		params, body := plainRefs(t, r.params), plainRefs(t, r.body)
		require.JSONEq(t, test.params, params, test.args)
		require.JSONEq(t, test.body, body, test.args)
	}
}

// plainRefs is JSON in which refs are objects.
func plainRefs(t *testing.T, v map[string]any) string {
	t.Helper()
	var plain func(any) any
	plain = func(v any) any {
		switch v := v.(type) {
		case ref:
			return map[string]any{"kind": v.kind, "text": v.text}
		case map[string]any:
			m := map[string]any{}
			for name, member := range v {
				m[name] = plain(member)
			}
			return m
		case []any:
			l := []any{}
			for _, one := range v {
				l = append(l, plain(one))
			}
			return l
		}
		return v
	}
	var in any
	if v != nil {
		in = plain(v)
	}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	return string(text)
}

func TestDerivedFlagsRefuse(t *testing.T) {
	for args, want := range map[string]string{
		"--set spend_controls.limit=1":                            "there is no member limit; there is: allowed_merchant_details",
		"--set spend_controls.spend_limit=500":                    "must be an amount with its currency, such as 1250.00USD",
		"--set spend_controls.spend_limit=500.001USD":             "must be an amount with its currency",
		"--set nothing":                                           "write MEMBER=VALUE",
		"--body [1]":                                              "must be one JSON object",
		"--set spend_controls.blocked_merchant_details[3].name=x": "from [0] to [0]",
		"surplus": "takes flags only",
	} {
		_, err := parsed(t, operations.CreateCard, strings.Fields(args)...)
		require.ErrorContains(t, err, want, args)
	}
	_, err := parsed(t, operations.GetCard)
	require.ErrorContains(t, err, "brex cards list prints ids")
	_, err = parsed(t, operations.SetUserLimit, "u", "--monthly-limit", "1e3USD")
	require.Error(t, err)
}

func TestDerivedCommandsInTheSandbox(t *testing.T) {
	r := sandbox(t, "titles", "create", "--name", "Chief", "-o", "json").ok(t)
	require.Contains(t, r.out, `"name": "Chief"`)
	r = sandbox(t, "spend-limits", "list", "--limit", "2").ok(t)
	require.Len(t, lines(t, r.out), 3)
	r = sandbox(t, "spend-limits", "list", "-o", "csv", "--all").ok(t)
	header, rows := records(t, r.out)
	require.Subset(t, header, []string{"id", "authorization_settings.base_limit", "authorization_settings.base_limit_currency"})
	require.Regexp(t, `^\d+\.\d\d$`, rows[0]["authorization_settings.base_limit"])
	r = sandbox(t, "company", "get").ok(t)
	require.Contains(t, r.out, "LEGAL NAME")
	r = sandbox(t, "referrals", "list").ok(t)
	require.NotEmpty(t, r.out)
	require.Contains(t, sandbox(t, "cards", "get", "card_00000000000000000000000001").fails(t, exitNotFound), "404")
}

func TestUnknownCommandsNameTheNearest(t *testing.T) {
	for args, want := range map[string]string{
		"card create":             `did you mean "cards create", which calls createCard?`,
		"createCard":              `did you mean "cards create", which calls createCard?`,
		"create card":             `did you mean "cards create", which calls createCard?`,
		"cards frobnicate":        "there are: create, ",
		"cards frobnicate --help": "there are: create, ",
		"cards creat --help":      `did you mean "cards create", which calls createCard?`,
		"createTransfer --help":   `did you mean "transfers create"`,
	} {
		require.Contains(t, setup{}.run(t, strings.Fields(args)...).fails(t, exitUsage), want, args)
	}
	setup{}.run(t, "cards", "create", "--help").ok(t)
}

func TestReadOnlyRefusesEveryChange(t *testing.T) {
	for _, env := range []map[string]string{nil, {"BREX_READ_ONLY": "1"}} {
		args := []string{"titles", "create", "--name", "X", "--sandbox"}
		if env == nil {
			args = append(args, "--read-only")
		}
		require.Contains(t, setup{env: env}.run(t, args...).fails(t, exitAuth), "read only")
	}
	s := setup{env: map[string]string{"BREX_READ_ONLY": "true"}, person: true}
	s.run(t, "titles", "list", "--sandbox").ok(t)
	require.Contains(t, s.run(t, "webhooks", "create", "--url", "https://example.com", "--event-types", "user-updated", "--sandbox").fails(t, exitAuth), "read only")
	require.Contains(t, s.run(t, "call", "lockCard", "--params", `{"id":"x","reason":"OTHER"}`, "--sandbox").fails(t, exitAuth), "read only")
	require.Contains(t, setup{env: map[string]string{"BREX_READ_ONLY": "maybe"}}.run(t, "titles", "list", "--sandbox").fails(t, exitUsage), "must be 1 or 0")
}

// cardOf is the id of some active card of the sandbox.
func cardOf(t *testing.T, server *brextest.Server) (id string) {
	t.Helper()
	for _, c := range objects(t, on(server.URL, server.Token()).run(t, "cards", "list", "--all", "-o", "json").ok(t).out) {
		if c["status"] == "ACTIVE" {
			return c["id"].(string)
		}
	}
	t.Fatal("the sandbox has no active card")
	return ""
}

// sentTo counts the requests of an operation.
func sentTo(server *brextest.Server, op string) (n int) {
	for _, r := range server.Requests() {
		if r.OperationID == op {
			n++
		}
	}
	return n
}

func TestUnattendedMoneyNeedsTheCompany(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	lock := []string{"cards", "lock", cardOf(t, server), "--reason", "OTHER"}
	require.Contains(t, s.run(t, lock...).fails(t, exitUsage), "add --yes and --company ID")
	require.Contains(t, s.run(t, append(lock, "--yes")...).fails(t, exitUsage), "--yes needs --company")
	require.Contains(t, s.run(t, append(lock, "--yes", "--company", "comp_another")...).fails(t, exitUsage), "nothing was sent")
	require.Zero(t, sentTo(server, "lockCard"))
	s.run(t, append(lock, "--yes", "--company", companyID(t, server))...).ok(t)
	require.Equal(t, 1, sentTo(server, "lockCard"))
}

func TestAPersonSeesTheCompanyAndTheCard(t *testing.T) {
	server := brextest.NewServer(t)
	s := on(server.URL, server.Token())
	s.person, s.stdin = true, "no\n"
	id := cardOf(t, server)
	r := s.run(t, "cards", "lock", id, "--reason", "other")
	require.Equal(t, exitFailure, r.code)
	for _, want := range []string{"company", companyID(t, server), "BREX_TOKEN", "127.0.0.1", id, "ending", "OTHER", "key"} {
		require.Contains(t, r.err, want)
	}
	require.Zero(t, sentTo(server, "lockCard"))
}

func TestCurlHasNoToken(t *testing.T) {
	s := setup{env: map[string]string{"BREX_TOKEN": "bxt_very_secret_token"}}
	r := s.run(t, "titles", "create", "--name", "It's", "-o", "curl", "--idempotency-key", "k1").ok(t)
	require.Equal(t, `curl --fail-with-body -X POST 'https://api.brex.com/v2/titles' -H "Authorization: Bearer $BREX_TOKEN" `+
		`-H 'Idempotency-Key: k1' -H 'Content-Type: application/json' --data-raw '{"name":"It'\''s"}'`+"\n", r.out)
	args := []string{"vendors", "create", "--name", "A", "-o", "curl",
		"--set", "payment_accounts[0].details.type=ACH", "--set", "payment_accounts[0].details.account_number=123456789",
		"--set", "payment_accounts[0].details.routing_number=021000021", "--set", "payment_accounts[0].details.account_type=CHECKING",
		"--set", "payment_accounts[0].details.account_class=BUSINESS"}
	require.Contains(t, s.run(t, args...).fails(t, exitUsage), "--show-secrets")
	require.Contains(t, s.run(t, append(args, "--show-secrets")...).ok(t).out, "123456789")
	require.Contains(t, s.run(t, "doctor", "-o", "curl").fails(t, exitUsage), "one request")
}
