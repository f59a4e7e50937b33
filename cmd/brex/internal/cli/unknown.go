package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
)

// help gives help as cobra does, unless the command line names a command that does not exist: that is an error with --help, too.
func (a *App) help(usual func(*cobra.Command, []string)) func(*cobra.Command, []string) {
	return func(cmd *cobra.Command, args []string) {
		if rest := cmd.Flags().Args(); cmd.HasSubCommands() && len(rest) > 0 && cmd.Name() != "help" {
			if a.helpErr = subcommand(cmd, rest); a.helpErr != nil {
				return
			}
		}
		cmd.Long = fitted(cmd.Long, a.helpColumns())
		usual(cmd, args)
	}
}

// namedOperation says which command an operation has that was named instead of a command: by its operationId, or by verb and noun
// the wrong way round. It is "" where args name none.
func namedOperation(cmd *cobra.Command, args []string) string {
	word := args[0]
	for _, op := range brex.Operations() {
		noun, verb := commandName(op)
		named := strings.EqualFold(op.ID, word) || strings.EqualFold(op.GoName, word)
		if !cmd.HasParent() && len(args) > 1 {
			named = named || word == verb && (args[1] == noun || args[1]+"s" == noun)
		}
		if named {
			return fmt.Sprintf("did you mean \"%s %s\", which calls %s?", noun, verb, op.ID)
		}
	}
	return ""
}

// meant is a command or, where the next word names one of its own, that: with the operation that it calls.
func meant(cmd *cobra.Command, more []string) string {
	if len(more) > 0 && cmd.HasSubCommands() {
		if near := nearest(cmd, more[0]); near != nil {
			cmd = near
		}
	}
	if op := cmd.Annotations[operationNote]; op != "" && !strings.Contains(op, " ") && isOperation(op) {
		return fmt.Sprintf("%q, which calls %s", words(cmd), op)
	}
	return fmt.Sprintf("%q", words(cmd))
}

func isOperation(id string) bool {
	_, ok := brex.LookupOperation(id)
	return ok
}

// otherWords are what people call a verb that the program calls otherwise.
var otherWords = map[string][]string{
	"create":    {"issue", "add", "new", "make", "open", "pay", "send"},
	"delete":    {"remove", "rm", "drop"},
	"get":       {"show", "view", "read", "describe"},
	"list":      {"ls", "all", "search"},
	"lock":      {"freeze", "block", "suspend"},
	"unlock":    {"unfreeze", "unblock"},
	"terminate": {"cancel", "close", "kill"},
	"update":    {"edit", "set", "change", "modify"},
	"disable":   {"deactivate", "offboard", "remove"},
	"transfers": {"pay", "payments", "wires"},
}

// nearest is the command of a group whose name a word is or most likely meant; nil where none is near.
func nearest(cmd *cobra.Command, word string) (found *cobra.Command) {
	best := 3
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		d := distance(word, c.Name())
		if strings.HasPrefix(c.Name(), word) || c.HasParent() && slices.Contains(otherWords[c.Name()], word) {
			d = 0
		}
		if d < best {
			best, found = d, c
		}
	}
	return found
}

// mentioned names the commands of the operations that all the words occur in, where these are few.
func mentioned(cmd *cobra.Command, args []string) string {
	const most = 3
	all := append(strings.Fields(words(cmd)), args...)
	var found []string
	for _, op := range brex.Operations() {
		if noun, verb := commandName(op); mentions(op, all) {
			found = append(found, fmt.Sprintf("\"%s %s\", which calls %s", noun, verb, op.ID))
		}
	}
	if len(found) == 0 || len(found) > most {
		return ""
	}
	return "did you mean " + strings.Join(found, ", or ") + "?"
}

// isMoneyOperation reports whether an operation moves money or changes who can spend.
func isMoneyOperation(id string) bool {
	op, ok := brex.LookupOperation(id)
	return ok && op.Access == brex.AccessMoney
}
