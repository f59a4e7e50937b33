package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/cmd/brex/internal/cli"
)

// Every command has a man page and a page of the reference, with its text and all its flags, and every shell its completion.
func TestDocs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, write(dir))
	read := func(names ...string) string {
		text, err := os.ReadFile(filepath.Join(append([]string{dir}, names...)...))
		require.NoError(t, err)
		return string(text)
	}
	commands := 0
	each(cli.Commands(), func(c *cobra.Command) {
		if c.Parent() != nil && (!c.IsAvailableCommand() || c.Name() == "help") {
			return
		}
		commands++
		page := read("markdown", strings.ReplaceAll(c.CommandPath(), " ", "_")+".md")
		manual := strings.ReplaceAll(read("man", strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"), `\`, "")
		require.Contains(t, page, c.CommandPath())
		for line := range strings.Lines(c.Example) {
			require.Contains(t, page, strings.TrimSpace(line))
			require.Contains(t, manual, strings.TrimSpace(strings.ReplaceAll(line, `\`, "")), "%s", c.CommandPath())
		}
		for name := range strings.FieldsSeq(c.LocalNonPersistentFlags().FlagUsages()) {
			if strings.HasPrefix(name, "--") && c.LocalNonPersistentFlags().Lookup(name[2:]) != nil {
				require.Contains(t, page, name)
				require.Contains(t, manual, name[2:], c.CommandPath())
			}
		}
	})
	require.Greater(t, commands, 150)
	for _, part := range []string{"man", "markdown"} {
		files, err := os.ReadDir(filepath.Join(dir, part))
		require.NoError(t, err)
		require.Len(t, files, commands, "two commands share a file, or one is too many")
	}
	for name, words := range map[string]string{"brex.bash": "complete -o default -F __start_brex brex", "brex.zsh": "#compdef brex", "brex.fish": "complete -c brex", "brex.ps1": "Register-ArgumentCompleter"} {
		require.Contains(t, read("completions", name), words)
	}
	// Words that Markdown would eat come out as they are.
	require.Contains(t, read("man", "brex-sync.1"), "_deleted_at")
	require.Contains(t, read("markdown", "brex_sync.md"), `\_deleted\_at`)
}
