package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const helpWidth = 100 // columns of help texts at most; fewer where the terminal has fewer

// helpColumns is how wide help may be.
func (a *App) helpColumns() int {
	if a.Width != nil && a.Width() > 0 {
		return min(a.Width(), helpWidth)
	}
	return helpWidth
}

// fitted is a text whose paragraphs fit the width; lines that are indented are as they are meant to be.
func fitted(text string, width int) string {
	all := strings.Split(text, "\n\n")
	for i, p := range all {
		if width < helpWidth && !strings.Contains("\n"+p, "\n ") {
			all[i] = wrap(p, width)
		}
	}
	return strings.Join(all, "\n\n")
}

// usage prints how a command is used: examples before flags, and the flags that all commands have once, at the end.
func (a *App) usage(cmd *cobra.Command) error {
	var b strings.Builder
	line := cmd.CommandPath() + " COMMAND"
	if cmd.Runnable() && !cmd.HasAvailableSubCommands() {
		line = cmd.UseLine()
	}
	fmt.Fprintf(&b, "Usage:\n  %s\n", line)
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		longest := 12
		for _, c := range cmd.Commands() {
			longest = max(longest, len(c.Name()))
		}
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				fmt.Fprintf(&b, "  %-*s%s\n", longest+2, c.Name(), c.Short)
			}
		}
	}
	if local := cmd.LocalNonPersistentFlags(); local.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nFlags:\n%s", local.FlagUsagesWrapped(a.helpColumns()))
	}
	globals := cmd.InheritedFlags()
	if !cmd.HasParent() {
		globals = cmd.PersistentFlags()
	}
	if globals.HasAvailableFlags() {
		fmt.Fprintf(&b, "\nFlags of all commands:\n%s", globals.FlagUsagesWrapped(a.helpColumns()))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMore about a command: %s COMMAND --help\n", cmd.CommandPath())
	}
	_, err := fmt.Fprint(cmd.OutOrStdout(), b.String())
	return err
}
