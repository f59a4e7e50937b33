package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// Flags of an amount are in major units, and a command with flags of its own has no second one for the same member.
func TestHelpOfAmountsAndOwnFlags(t *testing.T) {
	require.Contains(t, setup{}.run(t, "users", "set-limit", "--help").ok(t).out, "amount with its currency, such as 1250.00USD")
	for command, gone := range map[string]string{"cards create": "--card-name", "vendors create": "--company-name", "transfers create": "--external-memo", "spend-limits create": "--expense-policy-id"} {
		help := setup{}.run(t, append(strings.Fields(command), "--help")...).ok(t).out
		require.NotContains(t, help, gone)
		require.NotContains(t, help, "(required)")
	}
}

// A filter of the API that has no flag would be out of reach.
func TestEveryParameterHasAFlag(t *testing.T) {
	app := &App{}
	root := app.root(nil)
	for _, l := range lists {
		cmd, _, err := root.Find([]string{l.noun, "list"})
		require.NoError(t, err)
		if l.op == nil {
			continue
		}
		for _, p := range l.op.Query {
			flag := cmd.Flags().Lookup(flagName(p.Name))
			if !assert.NotNil(t, flag, "%s has no flag for %s", l.noun, p.Name) {
				continue
			}
			for _, value := range p.Enum {
				assert.Contains(t, flag.Usage, value, "--%s", flag.Name)
			}
		}
	}
}

// Every way to ask for help gives the same.
func TestHelpByTheWord(t *testing.T) {
	for _, command := range []string{"", "expenses", "expenses list", "completion", "completion bash"} {
		words := strings.Fields(command)
		help := setup{}.run(t, append([]string{"help"}, words...)...).ok(t)
		assert.Equal(t, setup{}.run(t, append(words, "--help")...).ok(t).out, help.out)
		assert.Empty(t, help.err)
	}
	assert.Equal(t, setup{}.run(t, "completion").ok(t).out, setup{}.run(t, "completion", "--help").ok(t).out)
	assert.Contains(t, setup{}.run(t, "__complete", "help", "expenses", "").ok(t).out, "list\tList expenses\n")
	assert.Equal(t, "brex "+brex.Version+"\n", setup{}.run(t, "--version").ok(t).out)
}

func TestHelpOfEveryCommand(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			r := setup{}.run(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...).ok(t)
			assert.Empty(t, r.err)
			assert.Contains(t, r.out, cmd.CommandPath())
			assert.NotEmpty(t, cmd.Short)
			if cmd.Name() == "list" {
				assert.NotEmpty(t, cmd.Example)
			}
			for _, line := range lines(t, r.out) {
				assert.LessOrEqual(t, len(line), 104, "%s", line)
			}
			if strings.Contains(cmd.Example, "brex ") {
				// An example that does not parse is worse than none.
				for _, example := range lines(t, cmd.Example+"\n") {
					example, _, _ = strings.Cut(example, " > ")
					example, _, _ = strings.Cut(example, " | ")
					example, _, _ = strings.Cut(example, " && ")
					words := splitLine(example)
					require.Equal(t, "brex", words[0])
					line := setup{}.run(t, append(words[1:], "--help")...)
					assert.Equal(t, exitOK, line.code, "%s: %s", example, line.err)
				}
			}
		})
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk((&App{}).root(nil))
}

func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"expenses list --status A": "APPROVED", "expenses list -o j": "jsonl", "accounts list --type c": "cash", "expenses ": "get\tShow one expense",
	} {
		words := append([]string{"__complete"}, strings.Split(args, " ")...)
		assert.Contains(t, lines(t, setup{}.run(t, words...).ok(t).out), want)
	}
}
