package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// tokenVariable holds the token of an agent where its host reaches brex mcp serve.
const tokenVariable = "BREX_MCP_TOKEN"

// mcpHosts are the programs that agents run in: where their settings are and what those look like.
// entry is the one of brex mcp; token is how a header names a variable there.
var mcpHosts = []struct {
	name, where, key, token string
	entry                   map[string]any
}{
	{"claude", ".mcp.json of a project, or claude_desktop_config.json", "mcpServers", "${" + tokenVariable + "}", map[string]any{"type": "stdio"}},
	{"codex", "~/.codex/config.toml", "mcp_servers", "", nil},
	{"cursor", "~/.cursor/mcp.json", "mcpServers", "${env:" + tokenVariable + "}", map[string]any{}},
	{"vscode", ".vscode/mcp.json", "servers", "${input:brex}", map[string]any{"type": "stdio"}},
	{"gemini", "~/.gemini/settings.json", "mcpServers", "$" + tokenVariable, map[string]any{}},
}

func hostNames() (names []string) {
	for _, h := range mcpHosts {
		names = append(names, h.name)
	}
	return names
}

func (g *agents) configCommand() *cobra.Command {
	var name, url string
	cmd := &cobra.Command{
		Use:   "config HOST",
		Short: "Print the lines for the settings of an agent's host: " + strings.Join(hostNames(), ", "),
		Long: `Print the lines for the settings of an agent's host. No token is in them: the program finds that of
brex login, or of BREX_TOKEN in the environment of the host. With --url the host reaches brex mcp serve,
with the token of brex agents add in ` + tokenVariable + `.`,
		Example: `  brex mcp config claude --agent reporting --sandbox
  brex mcp config codex --url http://127.0.0.1:2740/mcp`,
		ValidArgs: hostNames(),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(hostNames(), args[0]) {
				return usagef("%q needs one host: %s", words(cmd), strings.Join(hostNames(), ", "))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return g.config(args[0], name, url) },
	}
	cmd.Flags().StringVar(&name, "agent", "", "`name` of the agent in the policy (default the only one)")
	cmd.Flags().StringVar(&url, "url", "", "`address` of brex mcp serve, with /mcp at its end")
	return cmd
}

func (g *agents) config(host, name, url string) error {
	if url != "" {
		if err := webAddress("--url", url); err != nil {
			return err
		}
	}
	h := mcpHosts[slices.Index(hostNames(), host)]
	program, err := os.Executable()
	if err != nil {
		return err
	}
	args, err := g.arguments(name)
	if err != nil {
		return err
	}
	g.a.note("for %s", h.where)
	if host == "codex" {
		text := fmt.Sprintf("[%s.brex]\ncommand = %s\nargs = %s\n", h.key, quoted(program), quoted(args))
		if url != "" {
			text = fmt.Sprintf("[%s.brex]\nurl = %s\nbearer_token_env_var = %q\n", h.key, quoted(url), tokenVariable)
		}
		_, err := fmt.Fprint(stdout{g.a.Stdout}, text)
		return err
	}
	entry := maps.Clone(h.entry)
	switch {
	case url == "":
		entry["command"], entry["args"] = program, args
	case host == "gemini":
		entry["httpUrl"] = url
	default:
		entry["url"] = url
		if entry["type"] != nil {
			entry["type"] = "http"
		}
	}
	settings := map[string]any{h.key: map[string]any{"brex": entry}}
	if url != "" {
		entry["headers"] = map[string]string{"Authorization": "Bearer " + h.token}
		if host == "vscode" {
			settings["inputs"] = []map[string]any{{"type": "promptString", "id": "brex", "description": "token of brex agents add", "password": true}}
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(settings); err != nil {
		return err
	}
	_, err = b.WriteTo(stdout{g.a.Stdout})
	return err
}

// quoted is a value of TOML: its strings and lists of strings are those of JSON.
func quoted(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // strings always encode
	return strings.TrimSpace(b.String())
}

// arguments are those with which the host starts the program: with absolute paths, since its working
// directory is another.
func (g *agents) arguments(name string) ([]string, error) {
	policy, err := g.load()
	if err != nil {
		return nil, err
	}
	if name, err = theAgent(policy, name); err != nil {
		return nil, err
	}
	dir, err := g.folder()
	if err != nil {
		return nil, err
	}
	args := []string{"mcp", "--agent", name, "--dir", dir}
	if g.policy != "" {
		path, err := g.policyPath()
		if err != nil {
			return nil, err
		}
		args = append(args, "--policy", path)
	}
	if g.audit != "" {
		path, err := g.auditPath()
		if err != nil {
			return nil, err
		}
		args = append(args, "--audit", path)
	}
	f := g.a.flags
	switch {
	case f.sandboxData != "" || f.sandboxSeed.set:
		return nil, usagef("brex mcp config knows --sandbox, and neither --sandbox-data nor --sandbox-seed")
	case f.sandbox:
		args = append(args, "--sandbox")
	case f.profile != "":
		args = append(args, "--profile", f.profile)
	}
	if f.readOnly {
		args = append(args, "--read-only")
	}
	return args, nil
}
