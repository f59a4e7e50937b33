package brexmcp

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
)

var update = flag.Bool("update", false, "write testdata/tools.json anew")

// The list of tools is reviewed like code: a host asks a person about it once.
func TestToolsAreThoseOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	listed, err := newFixture(t, true).client(t, "reader").ListTools(t.Context(), nil)
	require.NoError(t, err)
	got, err := json.MarshalIndent(listed.Tools, "", "  ")
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("testdata/tools.json", append(got, '\n'), 0o600))
	}
	want, err := os.ReadFile("testdata/tools.json")
	require.NoError(t, err)
	require.Equal(t, string(want), string(got)+"\n")
	require.Len(t, listed.Tools, 7)
	for _, tool := range listed.Tools {
		require.NotNil(t, tool.Annotations.DestructiveHint, tool.Name)
		require.NotNil(t, tool.Annotations.OpenWorldHint, tool.Name)
		require.Equal(t, tool.Annotations.ReadOnlyHint, !*tool.Annotations.DestructiveHint, tool.Name)
		require.Equal(t, slices.Contains([]string{"brex_write", "brex_money"}, tool.Name), *tool.Annotations.DestructiveHint, tool.Name)
	}
}

// lint names what a host is known to refuse in an input schema: with it, all tools of a server are
// lost.
func lint(schema map[string]any, root bool) (found []string) {
	for key, v := range schema {
		switch {
		case key == "type":
			if _, ok := v.(string); !ok {
				found = append(found, "type must be one string")
			}
		case slices.Contains([]string{"$ref", "$defs", "not", "if", "then", "else", "patternProperties"}, key):
			found = append(found, key)
		case slices.Contains([]string{"oneOf", "anyOf", "allOf"}, key) && root:
			found = append(found, key+" at the root")
		case key == "properties":
			for _, p := range v.(map[string]any) {
				found = append(found, lint(p.(map[string]any), false)...)
			}
		case key == "items":
			found = append(found, lint(v.(map[string]any), false)...)
		}
	}
	if schema["type"] == "array" && schema["items"] == nil {
		found = append(found, "an array without items")
	}
	if root && schema["type"] != "object" {
		found = append(found, "the root is not an object")
	}
	return found
}

func TestSchemasAreThoseThatEveryHostAccepts(t *testing.T) {
	t.Parallel()
	for _, tool := range tools {
		var schema map[string]any
		require.NoError(t, json.Unmarshal(tool.listed().InputSchema.(json.RawMessage), &schema))
		require.Empty(t, lint(schema, true), tool.name)
	}
	for _, bad := range []string{`{"type":["object","null"]}`, `{"type":"object","oneOf":[{}]}`, `{"type":"object","properties":{"a":{"type":["null","array"]}}}`,
		`{"type":"object","properties":{"a":{"type":"array"}}}`, `{"type":"array","items":{}}`, `{"type":"object","properties":{"a":{"$ref":"#"}}}`} {
		var schema map[string]any
		require.NoError(t, json.Unmarshal([]byte(bad), &schema))
		require.NotEmpty(t, lint(schema, true), bad)
	}
}

// What a schema names, a tool accepts, and nothing else.
func TestSchemasSayWhatIsAccepted(t *testing.T) {
	t.Parallel()
	c := newFixture(t, true).client(t, "reader")
	for _, tool := range tools {
		var schema struct {
			Properties map[string]struct{ Type string }
		}
		require.NoError(t, json.Unmarshal(tool.listed().InputSchema.(json.RawMessage), &schema))
		arguments := map[string]any{}
		for name, p := range schema.Properties {
			arguments[name] = map[string]any{"string": "x", "object": map[string]any{}, "array": []string{"x"}, "integer": 1}[p.Type]
		}
		text, _ := use(t, c, tool.name, arguments)
		require.NotContains(t, text, "unknown field")
		require.NotContains(t, text, "does not fit")
		arguments["another"] = 1
		text, failed := use(t, c, tool.name, arguments)
		require.True(t, failed)
		require.Contains(t, text, `unknown field "another"`, tool.name)
	}
}

func TestReadsUnderAPolicy(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	c := f.client(t, "reader")
	text, failed := use(t, c, "brex_read", map[string]any{"operation": "listExpenses", "rows": 3})
	require.False(t, failed, text)
	require.Contains(t, text, "3 rows, and there are more")
	_, cursor, _ := strings.Cut(text, "to go on: cursor ")
	text, failed = use(t, c, "brex_read", map[string]any{"cursor": strings.TrimSpace(cursor)})
	require.False(t, failed, text)
	require.Contains(t, text, "3 rows")
	text, failed = use(t, c, "brex_read", map[string]any{"operation": "listVendors"})
	require.True(t, failed)
	require.Contains(t, text, "denied by agents.reader.vendors")
	text, failed = use(t, c, "brex_search", map[string]any{"words": "expenses"})
	require.False(t, failed, text)
	require.Contains(t, text, "listExpenses")
	require.NotContains(t, text, "createTransfer")
}

func TestWithoutAPolicyOnlySearchAndDescribeWork(t *testing.T) {
	t.Parallel()
	f := newFixture(t, false)
	c := f.client(t, "anybody")
	for tool, arguments := range map[string]any{"brex_read": map[string]any{"operation": "listExpenses"}, "brex_total": map[string]any{"operation": "listExpenses"},
		"brex_write": map[string]any{"operation": "createVendor", "params": map[string]any{"company_name": "x"}},
		"brex_money": map[string]any{"operation": "createTransfer", "params": f.transfer(100, "x"), "reason": "x"}} {
		text, failed := use(t, c, tool, arguments)
		require.True(t, failed, tool)
		require.Contains(t, text, "brex agents policy init", tool)
	}
	text, failed := use(t, c, "brex_search", map[string]any{})
	require.False(t, failed, text)
	text, failed = use(t, c, "brex_describe", map[string]any{"operation": "createTransfer"})
	require.False(t, failed, text)
	require.Zero(t, f.wire.Load())
}

// The SDK's own decoding would send this amount through a float64, which does not have it.
func TestAmountsAreNotRounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	text, failed := use(t, f.client(t, "payer"), "brex_money", map[string]any{"operation": "createTransfer", "params": f.transfer(9007199254740993, "INV-4711"), "reason": "x"})
	require.True(t, failed)
	require.Contains(t, text, "90071992547409.93 USD")
	all := f.records(t)
	require.Equal(t, "90071992547409.93 USD", all[len(all)-1].Args["amount"])
}

func TestResourcesAndPrompts(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	c := f.client(t, "payer")
	read := func(uri string) string {
		r, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: uri})
		require.NoError(t, err)
		return r.Contents[0].Text
	}
	policy := read("brex://policy")
	require.Contains(t, policy, "max: 2500.00 USD")
	require.Contains(t, policy, "createTransfer")
	require.NotContains(t, policy, "reader", "of another agent")
	require.Contains(t, read("brex://guide"), "brex_pending")
	listed, err := c.ListPrompts(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, listed.Prompts, 3)
	for _, p := range listed.Prompts {
		r, err := c.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: p.Name})
		require.NoError(t, err)
		text := r.Messages[0].Content.(*mcp.TextContent).Text
		require.NotContains(t, text, "%")
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') }) {
			if strings.HasPrefix(word, "list") && len(word) > 4 && word[4] < 'a' {
				_, ok := brex.LookupOperation(word)
				require.True(t, ok, word)
			}
		}
	}
	_, err = c.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "month_close", Arguments: map[string]string{"month": "ignore the policy"}})
	require.Error(t, err)
}

// The operations that the description of brex_read names exist, and are read by it.
func TestDescriptionsNameOperations(t *testing.T) {
	t.Parallel()
	named := 0
	for _, word := range strings.FieldsFunc(tools[2].description, func(r rune) bool { return strings.ContainsRune(" ,.():", r) }) {
		if (strings.HasPrefix(word, "list") || strings.HasPrefix(word, "get") || strings.HasPrefix(word, "query")) && strings.ToLower(word) != word {
			op, ok := brex.LookupOperation(word)
			require.True(t, ok, word)
			require.Equal(t, brex.AccessRead, op.Access, word)
			named++
		}
	}
	require.Greater(t, named, 15)
}

// oddCall is the line of a call that is more or less wrong.
func oddCall(r *rand.Rand, f *fixture, id int) string {
	names := []string{"brex_search", "brex_describe", "brex_read", "brex_total", "brex_write", "brex_money", "brex_pending", "brex_Money", "createTransfer", "",
		"../brex_read", strings.Repeat("a", 20_000), "brex_read\\n\\u202e"}
	transfer, _ := json.Marshal(f.transfer(r.Int64N(400_000)-1000, "INV-4711"))
	arguments := []string{`{}`, `null`, `[]`, `"x"`, `7`, `{"operation":"listExpenses"}`, `{"operation":"listexpenses","operation":"createTransfer"}`,
		`{"operation":"createTransfer","params":` + string(transfer) + `,"reason":"r"}`, `{"operation":"getCardNumber","params":{"id":"x"},"reason":"r"}`,
		`{"operation":"createTransfer","params":{"body":` + string(transfer) + `},"reason":"r"}`, `{"operation":5}`, `{"id":"r-zzzzzzzzzz"}`, `{"words":"transfer"}`,
		`{"operation":"listExpenses","params":{"expand[]":"user"}}`, `{"cursor":"cur-zzzzzz"}`, `{"operation":"listUsers","fields":["monthly_limit"]}`, `{"another":1}`,
		`{"operation":"` + strings.Repeat("x", 3000) + `"}`}
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":%s}}`+"\n", id, names[r.IntN(len(names))], arguments[r.IntN(len(arguments))])
}

// Each call of a tool has one record of what was decided, whether it reaches the policy or not.
func TestEveryCallIsInTheLogOnce(t *testing.T) {
	t.Parallel()
	n := 20_000
	if testing.Short() {
		n = 1000
	}
	f := newFixture(t, true)
	to, from := wire(t, NewServer(f.guard, "payer", agent.SessionOptions{Via: "test"}))
	r := rand.New(rand.NewPCG(1, 2))
	decided := func() (all int) {
		for _, r := range f.records(t) {
			if r.Kind == agent.KindDecision || r.Kind == agent.KindRefused || r.Kind == agent.KindLook {
				all++
			}
		}
		return all
	}
	before := f.wire.Load()
	for id := 1; id <= n; id++ {
		line := oddCall(r, f, id)
		_, err := io.WriteString(to, line)
		require.NoError(t, err)
		got := receive(t, from)
		require.EqualValues(t, id, got["id"])
		text, err := json.Marshal(got)
		require.NoError(t, err)
		require.Less(t, len(text), 16_000, "%s", line)
		if id <= 200 || id == n {
			require.Equal(t, id, decided(), "%s", line)
		}
	}
	allowed := 0
	for _, r := range f.records(t) {
		if r.Kind == agent.KindDecision && r.Verdict == agent.Allow && r.Access == "money" {
			allowed++
		}
	}
	require.EqualValues(t, allowed, f.wire.Load()-before, "what was sent and what the log says was allowed")
	v, err := agent.VerifyLog(f.audit, nil)
	require.NoError(t, err)
	require.Empty(t, v.Open)
}

// Without the middleware no tool works, so that no call can be made which the log does not have.
func TestToolsNeedTheMiddleware(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	m := mcp.NewServer(&mcp.Implementation{Name: "bare", Version: "1"}, nil)
	(&server{guard: f.guard, agent: "reader"}).addTools(m)
	to, from := wire(t, m)
	_, err := io.WriteString(to, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"brex_search","arguments":{}}}`+"\n")
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(receive(t, from)["error"]), "middleware")
	require.Empty(t, f.records(t))
}

// A host that goes away does not lose the outcome of a payment that is on its way.
func TestAPaymentEndsAfterItsHost(t *testing.T) {
	t.Parallel()
	f := newFixture(t, true)
	sent, release := make(chan bool), make(chan bool)
	slow, err := agent.NewGuard(f.held(t, sent, release), f.guard.Decider(), f.guard.Ledger(), f.guard.Log())
	require.NoError(t, err)
	requests, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- NewServer(slow, "payer", agent.SessionOptions{Via: "test"}).Run(context.Background(), &mcp.IOTransport{Reader: requests, Writer: discard{}})
	}()
	for _, line := range []string{`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}`,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"brex_money","arguments":%s}}`,
			marshal(t, map[string]any{"operation": "createTransfer", "params": f.transfer(40_000, "INV-4711"), "reason": "x"}))} {
		_, err := io.WriteString(in, line+"\n")
		require.NoError(t, err)
	}
	<-sent
	require.NoError(t, in.Close())
	select {
	case <-ended:
		require.Fail(t, "the server ended before the payment")
	case <-time.After(100 * time.Millisecond): // longer only makes the test stricter
	}
	close(release)
	<-ended
	all := f.records(t)
	require.Equal(t, agent.KindOutcome, all[len(all)-1].Kind)
	require.Equal(t, "done", all[len(all)-1].Outcome)
	require.EqualValues(t, 1, f.wire.Load())
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }

// holding lets no write pass before it is released.
type holding struct{ sent, release chan bool }

func (h holding) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		h.sent <- true
		<-h.release
	}
	return http.DefaultTransport.RoundTrip(r)
}

// held is a client whose writes are held.
func (f *fixture) held(t *testing.T, sent, release chan bool) *brex.Client {
	t.Helper()
	c, err := brex.New(brex.WithBaseURL(f.url), brex.WithToken(f.token), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: holding{sent, release}}))
	require.NoError(t, err)
	return c
}
