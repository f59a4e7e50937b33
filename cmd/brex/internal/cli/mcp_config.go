package cli

import (
	"bytes"
	"context"
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

const configLong = `Print the lines for the settings of an agent's host. No token is in them: the program finds that of
brex login, or of BREX_TOKEN where the host hands that on, which few do. With --url the host reaches
brex mcp serve, with the token of brex agents add in ` + tokenVariable + `.`

func (g *agents) configCommand() *cobra.Command {
	var url string
	cmd := leaf("config HOST", "Print the lines for the settings of "+strings.Join(hostNames(), ", "),
		"  brex mcp config claude --agent reporting --sandbox\n  brex mcp config codex --url http://127.0.0.1:2740/mcp",
		several(1, "one host: "+strings.Join(hostNames(), ", ")), func(_ context.Context, args []string) error { return g.config(args[0], url) })
	cmd.Long, cmd.ValidArgs = configLong, hostNames()
	cmd.Flags().StringVar(&url, "url", "", "`address` of brex mcp serve, with /mcp at its end")
	return cmd
}

func (g *agents) config(host, url string) error {
	at := slices.Index(hostNames(), host)
	if at < 0 {
		return usagef("there is no host %q; there are %s", host, strings.Join(hostNames(), ", "))
	}
	if url != "" {
		if err := webAddress("--url", url); err != nil {
			return err
		}
	}
	h := mcpHosts[at]
	program, err := os.Executable()
	if err != nil {
		return err
	}
	args, err := g.arguments()
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
func (g *agents) arguments() ([]string, error) {
	policy, err := g.load()
	if err != nil {
		return nil, err
	}
	name, err := theAgent(policy, g.name)
	if err != nil {
		return nil, err
	}
	dir, err := g.folder()
	if err != nil {
		return nil, err
	}
	args := []string{"mcp", "--agent", name, "--dir", dir}
	for _, of := range []struct {
		flag, given string
		path        func() (string, error)
	}{{"--policy", g.policy, g.policyPath}, {"--audit", g.audit, g.auditPath}} {
		if of.given == "" {
			continue
		}
		path, err := of.path()
		if err != nil {
			return nil, err
		}
		args = append(args, of.flag, path)
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
