// Command docs writes the man pages, the completions and the Markdown reference of the program brex into a folder, from the texts
// that its help shows: man/*.1, completions/brex.bash, brex.zsh, brex.fish and brex.ps1, markdown/*.md. It is called by make docs.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/cli"
)

func main() {
	dir := flag.String("dir", filepath.Join("bin", "docs"), "the folder to write into")
	flag.Parse()
	if err := write(*dir); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "docs:", err) // there is nowhere to report its failure
		os.Exit(1)
	}
}

// write writes everything.
func write(dir string) error {
	for part, generate := range map[string]func(*cobra.Command, string) error{"man": man, "completions": completions, "markdown": markdown} {
		to := filepath.Join(dir, part)
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		root := cli.Commands() // anew: each changes the texts for its own format
		root.DisableAutoGenTag = true
		if err := generate(root, to); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

// man writes a page for each command. Its date is today's, or that of SOURCE_DATE_EPOCH.
func man(root *cobra.Command, dir string) error {
	each(root, func(c *cobra.Command) {
		c.Short, c.Long = escape(c.Short), prose(c.Long)
		usage := func(f *pflag.Flag) { f.Usage = escape(f.Usage) }
		c.LocalNonPersistentFlags().VisitAll(usage)
		if c == root {
			c.PersistentFlags().VisitAll(usage) // once: other commands inherit them
		}
	})
	return doc.GenManTree(root, &doc.GenManHeader{Title: "BREX", Section: "1", Source: "brex " + brex.Version, Manual: "brex"}, dir)
}

func markdown(root *cobra.Command, dir string) error {
	each(root, func(c *cobra.Command) { c.Short, c.Long = escape(c.Short), prose(c.Long) })
	return doc.GenMarkdownTree(root, dir)
}

func completions(root *cobra.Command, dir string) error {
	for name, generate := range map[string]func(string) error{
		"brex.bash": func(file string) error { return root.GenBashCompletionFileV2(file, true) },
		"brex.zsh":  root.GenZshCompletionFile,
		"brex.fish": func(file string) error { return root.GenFishCompletionFile(file, true) },
		"brex.ps1":  root.GenPowerShellCompletionFileWithDesc,
	} {
		if err := generate(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// each calls f for a command and all below it.
func each(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		each(sub, f)
	}
}

// prose is a help text as Markdown: a paragraph with indented lines keeps them.
func prose(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if strings.Contains(p, "\n ") {
			paragraphs[i] = "```\n" + p + "\n```"
		} else {
			paragraphs[i] = escape(p)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// escape keeps Markdown from reading a plain text as more than that.
var escape = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "#", `\#`).Replace
