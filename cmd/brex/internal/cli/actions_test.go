package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

func TestActionsListsAll(t *testing.T) {
	all := len(brex.Operations())
	require.NotZero(t, all)
	table := lines(t, setup{}.run(t, "actions").ok(t).out)
	assert.Len(t, table, all+1)
	assert.Equal(t, "OPERATION ID ACCESS PURPOSE SCOPES PARAMETERS ACTION", strings.Join(strings.Fields(table[0]), " "))
	assert.Len(t, lines(t, setup{}.run(t, "actions", "-o", "jsonl").ok(t).out), all)
	objects := objects(t, setup{}.run(t, "actions", "-o", "json").ok(t).out)
	require.Len(t, objects, all)
	_, rows := records(t, setup{}.run(t, "actions", "-o", "csv").ok(t).out)
	require.Len(t, rows, all)
	for i, op := range brex.Operations() {
		assert.Equal(t, op.Action, objects[i]["action"])
		assert.Equal(t, op.ID, rows[i]["operation_id"])
		assert.Equal(t, strings.Join(op.Scopes, " "), rows[i]["scopes"])
		assert.Equal(t, string(op.Access), objects[i]["access"])
		assert.NotEmpty(t, objects[i]["purpose"])
		assert.Len(t, objects[i]["parameters"], len(op.PathParams)+len(op.Query))
	}
}

func TestActionsFilters(t *testing.T) {
	for _, test := range []struct {
		args string
		want int
	}{
		{"transfer", 4}, {"TRANSFER create", 2}, {"--access sensitive", 3}, {"--api travel", 4}, {"frobnicate", 0},
		{"cards.pan", 2}, {"createTransfer --access money", 1},
	} {
		r := setup{}.run(t, append([]string{"actions", "-o", "jsonl"}, strings.Fields(test.args)...)...).ok(t)
		got := lines(t, r.out)
		if test.want == 0 {
			assert.Contains(t, r.err, "nothing found")
		}
		for _, line := range got {
			assert.True(t, json.Valid([]byte(line)))
		}
		assert.Len(t, got, test.want, test.args)
	}
	assert.Contains(t, setup{}.run(t, "actions", "getUsrById").ok(t).err, "did you mean getUserById?")
	assert.Contains(t, setup{}.run(t, "actions", "--access", "all").fails(t, exitUsage), "is a list of read, write, money, sensitive")
}

func TestOneAction(t *testing.T) {
	for _, name := range []string{"createTransfer", "CREATETRANSFER", "payments/post_v1_transfers"} {
		out := setup{}.run(t, "actions", name).ok(t).out
		for _, want := range []string{
			"Send a transfer\n", "REQUEST          POST /v1/transfers\n", "moves money", "SCOPES           transfers\n",
			"IDEMPOTENCY KEY  required; a new one unless --idempotency-key gives it\n",
			"  external_memo", "required, 90 characters at most", "when counterparty.type is VENDOR",
			"brex call payments/post_v1_transfers --params '{",
		} {
			assert.Contains(t, out, want)
		}
		for _, line := range lines(t, out) {
			assert.Equal(t, strings.TrimRight(line, " "), line)
		}
	}
	described := setup{}.run(t, "actions", "createTransfer").ok(t).out
	assert.Contains(t, described, "      "+wrap(said("payments", "CreateTransferRequest.external_memo"), helpWidth-6)[:40])
	assert.Contains(t, setup{}.run(t, "actions", "listExpenses").ok(t).out, "SUBMITTED |")
	assert.Contains(t, setup{}.run(t, "actions", "listExpenses").ok(t).out, "of up to 100, read to the end with --all")
	var one map[string]any
	require.NoError(t, json.Unmarshal([]byte(setup{}.run(t, "actions", "createTransfer", "-o", "json").ok(t).out), &one))
	assert.NotEmpty(t, one["body"])
	assert.Contains(t, one["example"], "brex call")
	assert.Contains(t, setup{}.run(t, "actions", "createTransfer", "-o", "csv").ok(t).out, "createTransfer")
}

// What the documents say about parameters and members is shown, to people and to programs.
func TestActionsDescribe(t *testing.T) {
	all, described := 0, 0
	for _, op := range brex.Operations() {
		one, err := fullAction(op)
		require.NoError(t, err)
		for _, p := range one.Parameters {
			if all++; p.About != "" {
				described++
				assert.Contains(t, strings.Join(strings.Fields(one.describe()), " "), strings.Join(strings.Fields(p.About), " "))
			}
		}
		for _, m := range one.Body {
			if all++; m.About != "" {
				described++
			}
		}
	}
	assert.Greater(t, described*10, all*9, "%d of %d have a description", described, all)
}

// Every example passes the checks of the call it shows, and makes the operation's request.
func TestEveryExampleIsRight(t *testing.T) {
	for _, op := range brex.Operations() {
		t.Run(op.ID, func(t *testing.T) {
			one, err := fullAction(op)
			require.NoError(t, err)
			require.NotEmpty(t, one.describe())
			command, params, _ := strings.Cut(one.Example, " --params '")
			params, _, _ = strings.Cut(params, "'")
			args := append(strings.Fields(command)[1:], "--dry-run", "-o", "json")
			if params != "" {
				args = append(args, "--params", params)
			}
			var got dryRequest
			require.NoError(t, json.Unmarshal([]byte(setup{}.run(t, args...).ok(t).out), &got))
			assert.Equal(t, op.Method, got.Method)
			assert.Equal(t, op.ID, got.Operation)
			assert.NotContains(t, got.Path, "{")
			assert.Equal(t, op.Body != "", string(got.Body) != "null", "%s", got.Body)
			assert.Equal(t, op.Body != "", len(one.Body) > 0)
		})
	}
}

func TestActionCompletion(t *testing.T) {
	complete := func(args ...string) []string {
		return lines(t, setup{}.run(t, append([]string{"__complete"}, args...)...).ok(t).out)
	}
	assert.Contains(t, complete("call", "team/get_v2_users_by"), "team/get_v2_users_by_id\tGet a user")
	assert.Contains(t, complete("actions", "createTr"), "createTransfer\tSend a transfer")
	assert.Len(t, complete("call", ""), len(brex.Operations())+1)
	assert.Len(t, complete("call", "getMe", ""), 1)
	assert.Contains(t, complete("actions", "--access", "m"), "money")
}
