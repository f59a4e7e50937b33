package cli

import (
	"fmt"
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

// isMoneyOperation reports whether an operation moves money or changes who can spend.
func isMoneyOperation(id string) bool {
	op, ok := brex.LookupOperation(id)
	return ok && op.Access == brex.AccessMoney
}
