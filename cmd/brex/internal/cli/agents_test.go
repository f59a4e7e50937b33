package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brextest"
)

// trial is the folder of agents of a made-up company.
type trial struct {
	dir, company, account, payee string
}

func newTrial(t *testing.T) *trial {
	t.Helper()
	r := &trial{dir: filepath.Join(t.TempDir(), "agents")}
	r.company = objectIn(t, sandbox(t, "whoami", "-o", "json").ok(t).out)["company"].(map[string]any)["id"].(string)
	for _, account := range objects(t, sandbox(t, "accounts", "list", "-o", "json").ok(t).out) {
		if id := account["id"].(string); r.account == "" && strings.HasPrefix(id, "dpacc_") {
			r.account = id
		}
	}
	for _, vendor := range objects(t, sandbox(t, "vendors", "list", "-o", "json").ok(t).out) {
		if accounts, _ := vendor["payment_accounts"].([]any); len(accounts) > 0 {
			r.payee = accounts[0].(map[string]any)["details"].(map[string]any)["payment_instrument_id"].(string)
			break
		}
	}
	require.NotEmpty(t, r.payee)
	return r
}

func objectIn(t *testing.T, out string) (o map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &o))
	return o
}

// allow writes a policy by which the agent pays. more are lines of the agent.
func (r *trial) allow(t *testing.T, more string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(r.dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "policy.yaml"), fmt.Appendf(nil, `version: 1
company: %s
zone: UTC
agents:
  payer:
    calls: 1000/min
%s    expenses: read
    transfers:
      operations: [createTransfer, listTransfers]
      fields: all
      max: 2500.00 USD
      per_day: 5000.00 USD
      per_month: 6000.00 USD
      payees: [%s]
      from: [%s]
      memo: INV-[0-9]{4,10}
      hours: any
      approve_above: 500.00 USD
      approvers: [cfo]
      after_untrusted: allow
`, r.company, more, r.payee, r.account), 0o600))
}

func (r *trial) transfer(cents int) map[string]any {
	return map[string]any{"operation": "createTransfer", "reason": "an invoice", "params": map[string]any{
		"counterparty": map[string]any{"type": "VENDOR", "payment_instrument_id": r.payee}, "amount": map[string]any{"amount": cents, "currency": "USD"},
		"description": "INV-4711", "external_memo": "INV-4711", "originating_account": map[string]any{"type": "BREX_CASH", "id": r.account}}}
}

func (r *trial) run(t *testing.T, args ...string) result {
	t.Helper()
	return sandbox(t, append(args, "--dir", r.dir)...)
}

// start starts the program as a host does, and connects to it.
func (r *trial) start(t *testing.T, args ...string) *mcp.ClientSession {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"mcp", "--sandbox", "--dir", r.dir}, args...)...)
	cmd.Env = append(os.Environ(), "BREX_CLI_TEST_MAIN=1", "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	c, err := mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: cmd}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func useTool(t *testing.T, c *mcp.ClientSession, tool string, arguments any) (text string, failed bool) {
	t.Helper()
	r, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	require.NoError(t, err)
	return r.Content[0].(*mcp.TextContent).Text, r.IsError
}

var requestID = regexp.MustCompile(`r-[a-z0-9]{10}`)

// A trial from nothing: an agent over standard input and output reads, pays what the policy allows,
// and asks for more, which a person approves in another process.
func TestAgentPaysUnderAPolicy(t *testing.T) {
	r := newTrial(t)
	r.allow(t, "    same_user_approves: true\n")
	c := r.start(t)
	listed, err := c.ListTools(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, listed.Tools, 7)
	text, failed := useTool(t, c, "brex_read", map[string]any{"operation": "listExpenses", "rows": 2})
	require.False(t, failed, text)
	require.Contains(t, text, "2 rows, and there are more")
	text, failed = useTool(t, c, "brex_money", r.transfer(40_000))
	require.False(t, failed, text)
	require.Contains(t, text, "done: createTransfer of 400.00 USD")

	text, failed = useTool(t, c, "brex_money", r.transfer(60_000))
	require.True(t, failed)
	id := requestID.FindString(text)
	require.NotEmpty(t, id, text)
	require.Contains(t, r.run(t, "agents", "approvals").ok(t).out, id)
	shown := r.run(t, "agents", "approvals", "show", id).ok(t)
	require.Contains(t, shown.err, "600.00 USD")
	require.Contains(t, shown.err, `the agent's words, which nobody checked: "an invoice"`)
	require.Equal(t, exitUsage, r.run(t, "agents", "approvals", "approve", id, "--as", "cfo").code, "nobody can be asked")
	require.Equal(t, exitDecision, r.run(t, "agents", "approvals", "approve", id, "--as", "intern", "--yes").code)
	require.Equal(t, exitNotFound, r.run(t, "agents", "approvals", "approve", "r-zzzzzzzzzz", "--as", "cfo", "--yes").code)
	r.run(t, "agents", "approvals", "approve", id, "--as", "cfo", "--yes").ok(t)
	text, _ = useTool(t, c, "brex_pending", map[string]any{"id": id})
	require.Contains(t, text, "is approved")
	text, failed = useTool(t, c, "brex_money", r.transfer(60_000))
	require.False(t, failed, text)
	text, _ = useTool(t, c, "brex_pending", map[string]any{"id": id})
	require.Contains(t, text, "was sent, outcome done")
	text, failed = useTool(t, c, "brex_money", r.transfer(60_000))
	require.True(t, failed, "an approval counts once: %s", text)
	r.run(t, "agents", "approvals", "deny", requestID.FindString(text), "--as", "cfo", "--yes").ok(t)

	r.run(t, "agents", "stop").ok(t)
	text, failed = useTool(t, c, "brex_read", map[string]any{"operation": "listExpenses"})
	require.True(t, failed)
	require.Contains(t, text, "all agents are stopped")
	require.Equal(t, exitFailure, r.run(t, "mcp", "check").code)
	r.run(t, "agents", "start", "--yes").ok(t)
	text, failed = useTool(t, c, "brex_read", map[string]any{"operation": "listExpenses"})
	require.False(t, failed, text)
	require.NoError(t, c.Close())

	r.run(t, "mcp", "check").ok(t)
	require.Contains(t, r.run(t, "agents", "audit", "verify").ok(t).err, "follow each other")
	said := r.run(t, "agents", "audit", "list", "--operation", "createTransfer").ok(t).out
	require.Contains(t, said, "payer was allowed createTransfer of 400.00 USD")
	require.Contains(t, said, "cfo approved request "+id)
	require.NotContains(t, said, "INV-4711", "no memos")
	require.Contains(t, r.run(t, "agents", "audit", "export").ok(t).out, "seq,ts,kind")
	require.NotEmpty(t, objects(t, r.run(t, "agents", "audit", "export", "-o", "json", "--agent", "payer").ok(t).out))

	file := filepath.Join(r.dir, "audit", "audit-000000000001.jsonl")
	log, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(log), "400.00 USD", "100.00 USD", 1)), 0o600))
	require.Contains(t, r.run(t, "agents", "audit", "verify").fails(t, exitFailure), "audit replace", "a changed line")
	require.Equal(t, exitUsage, r.run(t, "agents", "audit", "replace").code, "nobody can be asked")
	folder := regexp.MustCompile(`\S+\.broken-\w+`).FindString(r.run(t, "agents", "audit", "replace", "--yes").ok(t).err)
	require.Contains(t, r.run(t, "agents", "audit", "verify", "--audit", folder).fails(t, exitFailure), "line")
	require.Contains(t, r.run(t, "agents", "audit", "list").ok(t).out, filepath.Base(folder))
	r.run(t, "mcp", "check").ok(t)
	require.Equal(t, exitFailure, r.run(t, "agents", "audit", "replace", "--yes").code, "it is whole")
}

// Who runs the agent's host is the agent, as far as this machine can know.
func TestTheAgentsUserDoesNotApprove(t *testing.T) {
	r := newTrial(t)
	r.allow(t, "")
	text, _ := useTool(t, r.start(t), "brex_money", r.transfer(60_000))
	id := requestID.FindString(text)
	got := r.run(t, "agents", "approvals", "approve", id, "--as", "cfo", "--yes")
	require.Equal(t, exitDecision, got.code)
	require.Contains(t, got.err, "could be the agent itself")
	require.Contains(t, r.run(t, "agents", "approvals").ok(t).out, "waiting")
	require.Contains(t, r.run(t, "agents", "audit", "list").ok(t).out, "cfo may not decide request "+id)
	r.run(t, "agents", "approvals", "deny", id, "--as", "cfo", "--yes").ok(t)
}

func TestWithoutAPolicyNothingIsGranted(t *testing.T) {
	r := newTrial(t)
	c := r.start(t)
	text, failed := useTool(t, c, "brex_search", map[string]any{})
	require.False(t, failed, text)
	text, failed = useTool(t, c, "brex_read", map[string]any{"operation": "listExpenses"})
	require.True(t, failed)
	require.Contains(t, text, "brex agents policy init")
	got := r.run(t, "mcp", "check")
	require.Equal(t, exitFailure, got.code)
	require.Contains(t, got.err, "brex agents policy init")
}

// TestAgentsFromNothing is what the README says.
func TestAgentsFromNothing(t *testing.T) {
	s := setup{config: t.TempDir()}
	run := func(args ...string) result { return s.run(t, append(args, "--sandbox")...) }
	require.Contains(t, run("agents", "policy", "init").ok(t).err, "policy.yaml")
	require.Equal(t, exitUsage, run("agents", "policy", "init").code, "it is not overwritten")
	run("mcp", "check").ok(t)
	for _, host := range hostNames() {
		got := run("mcp", "config", host).ok(t)
		require.Contains(t, got.out, `"--agent"`, host)
		require.Contains(t, got.out, `"reporting"`, host)
		require.Contains(t, got.out, "--sandbox", host)
		if host != "codex" {
			require.True(t, json.Valid([]byte(got.out)), got.out)
		}
		got = run("mcp", "config", host, "--url", "http://127.0.0.1:2740/mcp").ok(t)
		require.NotContains(t, got.out, "command", host)
		require.Contains(t, got.out, "http://127.0.0.1:2740/mcp", host)
	}
	require.Equal(t, exitUsage, run("mcp", "config", "emacs").code)
	require.Equal(t, exitUsage, run("mcp", "--agent", "nobody").code)
	require.Contains(t, run("agents", "list").ok(t).out, "reporting")
	token := strings.TrimSpace(run("agents", "add", "reporting").ok(t).out)
	require.True(t, strings.HasPrefix(token, "brexmcp_"), token)
	require.Equal(t, exitUsage, run("agents", "add", "nobody").code)
	require.Equal(t, exitFailure, run("agents", "add", "reporting").code, "one each")
	run("agents", "revoke", "reporting").ok(t)
	run("agents", "add", "--approver", "cfo").ok(t)
	require.Contains(t, run("agents", "list").ok(t).out, "approver")
}

func TestPolicyCommands(t *testing.T) {
	r := newTrial(t)
	r.allow(t, "    same_user_approves: true\n")
	require.Contains(t, r.run(t, "agents", "policy", "lint").ok(t).err, "agents.payer.same_user_approves: an agent whose host has a shell")
	require.Contains(t, r.run(t, "agents", "policy", "scopes").ok(t).out, "transfers")
	params := marshalled(t, r.transfer(60_000)["params"])
	explain := func(params string) string {
		return r.run(t, "agents", "policy", "explain", "createTransfer", "--agent", "payer", "--params", params).ok(t).out
	}
	require.Contains(t, explain(params), "ask")
	require.Contains(t, explain(strings.Replace(params, "60000", "900000", 1)), "agents.payer.transfers.max")

	cases := filepath.Join(t.TempDir(), "cases.yaml")
	write := func(want string) {
		text, err := yaml.Marshal([]map[string]any{{"agent": "payer", "operation": "createTransfer", "params": r.transfer(60_000)["params"], "want": want, "at": "2026-11-30T12:00:00Z"},
			{"agent": "payer", "operation": "listUsers", "want": "deny", "rule": "agents.payer.users"}})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(cases, text, 0o600))
	}
	write("ask")
	r.run(t, "agents", "policy", "test", cases).ok(t)
	write("allow")
	got := r.run(t, "agents", "policy", "test", cases)
	require.Equal(t, exitFailure, got.code)
	require.Contains(t, got.err, "1 of 2 cases failed")
	write("perhaps")
	require.Contains(t, r.run(t, "agents", "policy", "test", cases).fails(t, exitFailure), "must be allow, ask or deny")

	old := filepath.Join(r.dir, "policy.yaml")
	text, err := os.ReadFile(old)
	require.NoError(t, err)
	next := filepath.Join(t.TempDir(), "next.yaml")
	require.NoError(t, os.WriteFile(next, []byte(strings.NewReplacer("expenses: read", "users: read", "max: 2500.00", "max: 3000.00").Replace(string(text))), 0o600))
	changed := r.run(t, "agents", "policy", "diff", old, next).ok(t).out
	for _, want := range []string{"listExpenses", "listUsers", "transfers"} {
		require.Contains(t, changed, want)
	}
	require.Empty(t, objects(t, r.run(t, "agents", "policy", "diff", old, old, "-o", "json").ok(t).out))
}

// brex mcp check says for which operations of the policy a login has no scope.
func TestCheckOfScopes(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithOAuthClient("c", "", "http://127.0.0.1/callback"))
	s := machine(t, server.URL)
	s.browser = visit
	login := func(more ...string) {
		s.run(t, append([]string{"login", "--client-id", "c", "--issuer", server.URL + brextest.IssuerPath}, more...)...).ok(t)
	}
	login()
	r := &trial{dir: filepath.Join(t.TempDir(), "agents"), account: "dpacc_1", payee: "pi_1",
		company: objectIn(t, s.run(t, "whoami", "-o", "json").ok(t).out)["company"].(map[string]any)["id"].(string)}
	r.allow(t, "")
	check := func() result { return s.run(t, "mcp", "check", "--dir", r.dir) }
	require.Contains(t, check().fails(t, exitFailure), "scopes: the login has no scope for createTransfer")
	scopes := strings.Fields(s.run(t, "agents", "policy", "scopes", "--dir", r.dir).ok(t).out)
	require.Contains(t, scopes, "companies.readonly")
	login("--scopes", strings.Join(scopes, ","))
	require.Contains(t, check().ok(t).out, "the login has a scope for every operation")
}

func marshalled(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

// With BREX_AUDIT, what a person changes is in the log before it is sent, and not sent without.
func TestPeoplesChangesAreLogged(t *testing.T) {
	posts := 0
	server := brextest.NewServer(t, brextest.WithRequestHook(func(r brextest.Request) {
		if r.Method == http.MethodPost {
			posts++
		}
	}))
	s := on(server.URL, server.Token())
	s.env["BREX_AUDIT"] = filepath.Join(t.TempDir(), "audit")
	s.run(t, "vendors", "list").ok(t)
	s.run(t, "call", "createVendor", "--params", `{"company_name":"Acme Paper"}`, "--idempotency-key", "k-1", "--yes").ok(t)
	require.Equal(t, 1, posts)
	var kinds []agent.Kind
	for r, err := range agent.ReadLog(s.env["BREX_AUDIT"]) {
		require.NoError(t, err)
		require.NotContains(t, r.Say, "Acme")
		kinds = append(kinds, r.Kind)
	}
	require.Equal(t, []agent.Kind{agent.KindPerson, agent.KindOutcome}, kinds)

	s.env["BREX_AUDIT"] = filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(s.env["BREX_AUDIT"], nil, 0o600))
	require.NotEqual(t, exitOK, s.run(t, "call", "createVendor", "--params", `{"company_name":"Acme Paper"}`, "--yes").code)
	require.Equal(t, 1, posts)
}

// Over HTTP, the program needs the agent's token, and listens on this machine unless it has a
// certificate.
func TestAgentsOverHTTP(t *testing.T) {
	r := newTrial(t)
	r.allow(t, "")
	token := strings.TrimSpace(r.run(t, "agents", "add", "payer").ok(t).out)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "mcp", "serve", "--listen", "127.0.0.1:0", "--sandbox", "--dir", r.dir)
	stderr := newPipe()
	cmd.Env, cmd.Stderr = append(os.Environ(), "BREX_CLI_TEST_MAIN=1", "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir()), stderr
	require.NoError(t, cmd.Start())
	address := regexp.MustCompile(`http://[0-9.:]+/mcp`).FindString(stderr.line(t))
	require.NotEmpty(t, address)
	connect := func(token string) (*mcp.ClientSession, error) {
		return mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, nil).Connect(t.Context(),
			&mcp.StreamableClientTransport{Endpoint: address, HTTPClient: &http.Client{Transport: withToken(token)}, MaxRetries: -1}, nil)
	}
	_, err := connect("brexmcp_guess")
	require.Error(t, err)
	c, err := connect(token)
	require.NoError(t, err)
	text, failed := useTool(t, c, "brex_read", map[string]any{"operation": "listExpenses", "rows": 1})
	require.False(t, failed, text)
	text, _ = useTool(t, c, "brex_money", r.transfer(60_000))
	id := requestID.FindString(text)
	r.run(t, "agents", "approvals", "approve", id, "--as", "cfo", "--yes").ok(t) // another user's agent, as far as is known
	text, failed = useTool(t, c, "brex_money", r.transfer(60_000))
	require.False(t, failed, text)
	r.run(t, "agents", "revoke", "payer").ok(t)
	_, err = connect(token)
	require.Error(t, err, "a revoked token")
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())

	require.Contains(t, r.run(t, "mcp", "serve", "--listen", "0.0.0.0:0").fails(t, exitUsage), "--tls-cert")
	require.Equal(t, exitUsage, r.run(t, "mcp", "serve", "--listen", "nonsense").code)
}

type withToken string

func (token withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(token))
	return http.DefaultTransport.RoundTrip(r)
}
