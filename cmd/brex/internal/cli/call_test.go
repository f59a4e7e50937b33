package cli

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func TestCall(t *testing.T) {
	me := sandbox(t, "call", "getMe").ok(t)
	assert.Empty(t, me.err)
	var user map[string]any
	require.NoError(t, json.Unmarshal([]byte(me.out), &user))
	assert.Contains(t, me.out, "\n  \"id\"", "indented")
	params := `{"id":"` + user["id"].(string) + `"}`
	one := sandbox(t, "call", "team/get_v2_users_by_id", "--params", params, "-o", "jsonl").ok(t).out
	assert.Len(t, lines(t, one), 1)
	assert.Contains(t, one, user["id"].(string))
	assert.JSONEq(t, one, sandbox(t, "call", "GETUSERBYID", "--params", params).ok(t).out, "any case will do")

	file := filepath.Join(t.TempDir(), "params.json")
	require.NoError(t, os.WriteFile(file, []byte("\ufeff "+params+"\r\n"), 0o600))
	assert.JSONEq(t, one, sandbox(t, "call", "getUserById", "--params", "@"+file).ok(t).out)
	assert.JSONEq(t, one, setup{stdin: params}.run(t, "call", "getUserById", "--params", "-", "--sandbox").ok(t).out)
}

func TestCallList(t *testing.T) {
	page := sandbox(t, "call", "listUsers", "--params", `{"limit":2}`).ok(t)
	assert.Contains(t, page.out, "next_cursor")
	assert.Contains(t, page.err, `there are more: use --all, or "cursor":"`)
	users := objects(t, sandbox(t, "users", "list", "--all", "-o", "json").ok(t).out)
	assert.Len(t, objects(t, sandbox(t, "call", "listUsers", "--all", "--params", `{"limit":7}`).ok(t).out), len(users))
	assert.Len(t, lines(t, sandbox(t, "call", "listUsers", "--all", "-o", "jsonl").ok(t).out), len(users))

	empty := answering(t, `{"items":[],"next_cursor":null}`)
	r := empty.run(t, "call", "listUsers", "--all")
	assert.Empty(t, objects(t, r.ok(t).out))
	assert.Equal(t, "brex: nothing found\n", r.err)
	broken := answering(t, `{"items":[{"id":"a"}],"next_cursor":"x"}`, `{"items":`)
	r = broken.run(t, "call", "listUsers", "--all")
	assert.Contains(t, r.fails(t, exitFailure), "the list is incomplete, it has 1 row")
	assert.Len(t, objects(t, r.out), 1)
	r = answering(t, `{"items":`).run(t, "call", "listUsers", "--all")
	r.fails(t, exitFailure)
	assert.Empty(t, r.out, "a failure must not look like an empty result")
}

func TestCallHidesSecrets(t *testing.T) {
	s := answering(t, `{"id":"card_1","number":"4111111111111111","cvv":"123"}`)
	args := []string{"call", "getCardNumber", "--params", `{"id":"card_1"}`, "--yes"}
	hidden := s.run(t, args...).ok(t).out
	assert.NotContains(t, hidden, "4111")
	assert.Contains(t, s.run(t, append(args, "--show-secrets")...).ok(t).out, "4111111111111111")
}

func TestCallAsksFirst(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	card := objects(t, on(server.URL, server.Token()).run(t, "cards", "list", "-o", "json").ok(t).out)[0]
	args := []string{"call", "terminateCard", "--params", `{"id":"` + card["id"].(string) + `","description":"lost","reason":"CARD_LOST"}`}
	s := on(server.URL, server.Token())

	line := s.run(t, args...).fails(t, exitUsage)
	assert.Contains(t, line, "terminateCard (POST /v2/cards/{id}/terminate): moves money, or changes who can spend; add --yes and --company ID to go on")
	s.person = true
	for _, answer := range []string{"", "\n", "n\n", "yep\n"} {
		s.stdin = answer
		r := s.run(t, args...)
		assert.Equal(t, exitFailure, r.code)
		assert.Contains(t, r.err, "Go on? [y/N] ")
		assert.Contains(t, r.err, "not confirmed; nothing was sent")
	}
	before := len(server.Requests())
	s.stdin = "Y\n"
	assert.Contains(t, s.run(t, args...).ok(t).out, "TERMINATED")
	sent := server.Requests()[before:]
	require.Equal(t, http.MethodPost, sent[len(sent)-1].Method)
	require.Equal(t, 1, sentTo(server, "terminateCard"), "the others only read what a person has to know")

	s = setup{}
	assert.Contains(t, s.run(t, "call", "deleteWebhookSubscription", "--params", `{"id":"x"}`, "--dry-run").ok(t).out, "DELETE /v1/webhooks/x\n")
	vendor := objects(t, sandbox(t, "vendors", "list", "-o", "json").ok(t).out)[0]
	r := sandbox(t, "call", "deleteVendor", "--params", `{"id":"`+vendor["id"].(string)+`"}`).ok(t)
	assert.Equal(t, "brex: deleteVendor: done; it has no response\nbrex: what --sandbox changes is in memory, and gone when the command ends; brex sandbox start makes one that remembers\n", r.err)
	assert.Empty(t, r.out)
}

func TestCallAnswersInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := setup{ctx: ctx, person: true}.run(t, "call", "unlockCard", "--sandbox", "--params", `{"id":"x"}`)
	assert.Equal(t, exitInterrupted, r.code)
	// What is wrong is said before anybody is asked.
	assert.Contains(t, setup{person: true}.run(t, "call", "createTransfer", "--sandbox").fails(t, exitUsage), "is missing")
}

const department = `{"name":"Blue"}`

// Who repeats a call whose end is unknown needs its key.
func TestCallNamesTheKey(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	s := on(server.URL, server.Token())
	server.FailNext("", brextest.ResetAfterAccept(), 1)
	args := []string{"call", "createDepartment", "--params", department}
	line := s.run(t, append(args, "--idempotency-key", "key-1")...).fails(t, exitFailure)
	assert.Contains(t, line, "may have taken effect")
	assert.Contains(t, line, "key-1")
	server.FailNext("", brextest.ResetAfterAccept(), 1)
	line = s.run(t, args...).fails(t, exitFailure)
	requests := server.Requests()
	assert.Contains(t, line, requests[len(requests)-1].Header.Get("Idempotency-Key"))
	server.FailNext("", brextest.Status(400, `{"message":"no"}`), 1)
	assert.NotContains(t, s.run(t, append(args, "--idempotency-key", "key-2")...).fails(t, exitFailure), "key-2")
}

func TestCallInterruptedNamesTheKey(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the client hangs up
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	s := on(server.URL, "bxt_x")
	s.ctx = ctx
	line := s.run(t, "call", "createDepartment", "--params", department, "--idempotency-key", "key-3").fails(t, exitInterrupted)
	assert.Equal(t, "brex: interrupted; createDepartment may have taken effect; it was sent with --idempotency-key key-3", line)
}

func TestDryRun(t *testing.T) {
	none := setup{}
	out := none.run(t, "call", "listExpenses", "--dry-run", "--params", `{"status":["SETTLED"],"limit":10}`).ok(t).out
	assert.Equal(t, "GET /v1/expenses?limit=10&status%5B%5D=SETTLED\nHost: api.brex.com\nAuthorization: Bearer [redacted]\n", out)
	out = none.run(t, "call", "createDepartment", "--dry-run", "--params", department, "--idempotency-key", "k").ok(t).out
	assert.Equal(t, "POST /v2/departments\nHost: api.brex.com\nAuthorization: Bearer [redacted]\nIdempotency-Key: k\nContent-Type: application/json\n\n{\n  \"name\": \"Blue\"\n}\n", out)

	env := setup{env: map[string]string{"BREX_TOKEN": "bxt_secret_token"}}
	r := env.run(t, "call", "createDepartment", "--dry-run", "--params", department, "-o", "json").ok(t)
	assert.JSONEq(t, `{"operation":"createDepartment","host":"api.brex.com","method":"POST","path":"/v2/departments","query":{},"body":{"name":"Blue"}}`, r.out)
	assert.NotContains(t, r.out+r.err, "bxt_secret_token")
	assert.Contains(t, none.run(t, "call", "createDepartment", "--dry-run").fails(t, exitUsage), "name is missing")
	assert.Contains(t, none.run(t, "call", "listUsers", "--dry-run", "--all").ok(t).out, "GET /v2/users\n")
}

// What Brex added since this version was made, and what it refuses, can be sent all the same.
func TestCallWithoutValidation(t *testing.T) {
	args := []string{"call", "createDepartment", "--params", `{"name":"Blü","brand_new":1}`}
	assert.Contains(t, sandbox(t, args...).fails(t, exitUsage), "body.brand_new is not known")
	dry := setup{}.run(t, append(args, "--no-validation", "--dry-run", "-o", "json")...).ok(t).out
	assert.Contains(t, dry, `"brand_new": 1`)
	assert.Contains(t, sandbox(t, append(args, "--no-validation")...).fails(t, exitFailure), "400", "the sandbox answers, not the client")
	assert.Contains(t, sandbox(t, "call", "listExpenses", "--params", `{"status":"NEW"}`).fails(t, exitUsage), `status[] is "NEW"; it must be one of`)
	assert.Contains(t, sandbox(t, "call", "listExpenses", "--params", `{"status":"NEW"}`, "--no-validation").fails(t, exitFailure), "400")
}

func TestWrongCalls(t *testing.T) {
	for _, test := range []struct {
		args []string
		says string
	}{
		{nil, `needs the name of an operation; brex actions lists them`},
		{[]string{"getMe", "x"}, `takes one operation, not 2; parameters go into --params`},
		{[]string{"getUser"}, `"getUser" is not an operation; did you mean getUserById?`},
		{[]string{"getMe", "--all"}, `getMe is not a list with pages; leave out --all`},
		{[]string{"getMe", "--params", "{"}, `--params: must be one JSON object like {"id":"..."}: unexpected end of JSON input`},
		{[]string{"getMe", "--params", "[1]"}, `--params: must be one JSON object`},
		{[]string{"getMe", "--params", "null"}, `--params: must be one JSON object`},
		{[]string{"getMe", "--params", "@/does/not/exist"}, `--params @/does/not/exist: there is no such file`},
		{[]string{"getMe", "--params", "-"}, `--params -: must be one JSON object`},
		{[]string{"getMe", "--idempotency-key", "a b"}, `must be 1 to 255 visible ASCII characters`},
		{[]string{"getMe", "--idempotency-key", "k"}, `goes with POST and PUT only`},
		{[]string{"getMe", "--params", `{"x":1}`}, `x is not a parameter`},
		{[]string{"getUserById"}, `id is missing`},
	} {
		r := sandbox(t, append([]string{"call"}, test.args...)...)
		assert.Contains(t, r.fails(t, exitUsage), test.says)
		assert.Empty(t, r.out)
	}
	assert.Contains(t, setup{}.run(t, strings.Fields("call getMe")...).fails(t, exitUsage), "no token")
}
