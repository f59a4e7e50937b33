package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

const rootLong = `brex shows what a company has in Brex: expenses, transactions, accounts, users, cards and more.

The token is that of BREX_TOKEN, or of the file that BREX_TOKEN_FILE names and only you can read, or
else that of brex login; make one in the Brex dashboard, under Developer. What --profile or
--token-command names is used rather than a variable that is set too, and then for reads only, until
the variable is unset. Without a token, --sandbox uses a made-up company in memory.

A list shows 100 rows and says on standard error when there are more; --limit and --all change that.
Tables are for people and leave fields out; csv has one stable set of columns; json and jsonl have
every field as Brex sent it.

Whatever wants an id takes an e-mail, an exact name or the last four digits as well, where only one
object has them. What moves money, or changes who can spend, asks first; unattended it needs --yes
and --company with the id of the company that is meant.`

const rootExample = `  brex expenses list --sandbox
  brex expenses list --status approved --purchased-at-start 30d
  brex expenses list --updated-at-start 7d --all -o csv > expenses.csv
  brex transactions list --limit 10 -o jsonl
  brex accounts list --sandbox-data ./exports
  brex call createTransfer --params @transfer.json --dry-run
  brex doctor`

// root is the whole program as a cobra command.
// args are those of the command line: only the nouns among them get the flags that are made of the documents; nil is for all.
func (a *App) root(args []string) *cobra.Command {
	a.flags = globals{output: output.Table, timeout: timeoutValue{time.Minute}}
	cmd := &cobra.Command{
		Use:           "brex",
		Short:         "See what a company has in Brex",
		Long:          rootLong + "\n\n" + exitTable(),
		Example:       rootExample,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          help,
		Args:          subcommand,
		Version:       brex.Version,
	}
	cmd.SetVersionTemplate("brex {{.Version}}\n")
	cmd.SetFlagErrorFunc(flagError)
	cmd.SetUsageFunc(a.usage)
	f := cmd.PersistentFlags()
	f.VarP(formatFlag{&a.flags}, "output", "o", "table, json (an array), jsonl (one object per line), csv, or curl: the request as a command, not sent")
	f.BoolVar(&a.flags.sandbox, "sandbox", false, "use a made-up company in memory instead of Brex; needs no token")
	f.StringVar(&a.flags.sandboxData, "sandbox-data", "", "fill the sandbox from the JSON files in this `directory`, such as expenses.json; implies --sandbox")
	f.Var(&a.flags.sandboxSeed, "sandbox-seed", "number of the made-up company, 1 unless given; implies --sandbox")
	f.StringVar(&a.flags.baseURL, "base-url", "", "`address` of the API (default https://api.brex.com, or BREX_BASE_URL)")
	f.StringVar(&a.flags.profile, "profile", "", "use the login of this `name` (default BREX_PROFILE, or default); see brex login")
	f.StringVar(&a.flags.tokenCommand, "token-command", "", "use the token that this `command` prints; it is split at spaces and run without a shell: no quotes, pipes or variables")
	f.Var(&a.flags.timeout, "timeout", "longest wait for one response")
	f.BoolVar(&a.flags.showSecrets, "show-secrets", false, "show account numbers and other secrets in full")
	f.BoolVar(&a.flags.rawCSV, "csv-formulas", false, "leave out the ' that keeps spreadsheets from running text as a formula")
	f.BoolVar(&a.flags.excelCSV, "csv-excel", false, "begin CSV with the mark by which Excel knows UTF-8, and write times as it reads them, in UTC")
	f.StringSliceVar(&a.flags.columns, "columns", nil, "show these `members` instead of the usual ones, such as id,merchant.raw_descriptor")
	f.StringVar(&a.flags.sort, "sort", "", "sort what is shown by this `member`; -member for the other way round")
	f.StringVar(&a.flags.jq, "jq", "", "run this jq `program` over the JSON: the list as a whole, or each object with -o jsonl")
	f.BoolVar(&a.flags.readOnly, "read-only", false, "refuse everything that changes something, moves money or shows secrets (or BREX_READ_ONLY=1)")
	f.BoolVarP(&a.flags.verbose, "verbose", "v", false, "log each call to standard error")
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := a.checkReadOnly(); err != nil {
			return err
		}
		if err := a.compileQuery(); err != nil {
			return err
		}
		if a.flags.curl && cmd.Annotations[operationNote] == "" {
			return usagef("-o curl is for commands that make one request; %q is not one", words(cmd))
		}
		for _, name := range []string{"csv-formulas", "csv-excel"} {
			if cmd.Flags().Changed(name) && a.flags.output != output.CSV && cmd.Annotations[filesNote] == "" {
				return usagef("--%s is about CSV: add -o csv", name)
			}
		}
		return nil
	}
	complete(cmd, "output", append(output.Formats(), "curl"))
	completeWith(cmd, "profile", a.logins().Names)
	_ = cmd.MarkPersistentFlagDirname("sandbox-data")  // fails on an unknown flag only
	f.BoolP("help", "h", false, "explain the command") // else each command has a flag of that name
	cmd.Flags().Bool("version", false, "show the version of this program")
	_ = cmd.Flags().MarkHidden("version") // there is a command; fails on an unknown flag only

	cmd.AddCommand(a.accounts(), a.cards(), a.expenses(), a.payouts(), a.receipts(), a.spendLimits(), a.statements(), a.transactions(),
		a.transfers(), a.users(), a.vendors(), a.webhooks(), newAPI(a, nil),
		a.actions(), a.agentsCommand(), a.call(), a.export(), a.sync(), a.reports(), newTap(a, nil), a.auth(), a.login(), a.logout(), a.mcpCommand(), a.pg(), a.worker(), a.whoami(),
		a.doctor(), a.sandboxCommand(), a.version())
	a.reserved = map[string]bool{"help": true}
	f.VisitAll(func(f *pflag.Flag) { a.reserved[f.Name] = true })
	a.derive(cmd, func(noun string) bool { return args == nil || slices.Contains(args, noun) })
	cmd.SetHelpFunc(a.help(cmd.HelpFunc()))
	cmd.SetHelpCommand(helpCommand())
	cmd.InitDefaultCompletionCmd()
	for _, c := range cmd.Commands() {
		if c.Name() == "completion" { // which would take any word for a shell
			c.RunE, c.Args = help, subcommand
		}
	}
	return cmd
}

// helpCommand explains the command that its arguments name. Cobra's own explains the program when there is none of that name.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Explain a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return err
			}
			if found.HasAvailableSubCommands() || len(args) == 0 {
				if err := subcommand(found, rest); err != nil {
					return err
				}
			} else if err := noArgs(found, rest); err != nil {
				return err
			}
			return found.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
			if found, rest, err := cmd.Root().Find(args); err == nil && len(rest) == 0 {
				for _, c := range found.Commands() {
					if c.IsAvailableCommand() {
						names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
					}
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// group is a command that only holds others.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short, RunE: help, Args: subcommand}
	cmd.AddCommand(commands...)
	return cmd
}

func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// subcommand refuses what is not a command, which cobra by itself does for the root only.
func subcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := nearest(cmd, args[0])
	if text := namedOperation(cmd, args); text != "" {
		return usagef("unknown command %q; %s", words(cmd, args...), text)
	}
	if near != nil {
		return usagef("unknown command %q; did you mean %s?", words(cmd, args...), meant(near, args[1:]))
	}
	if text := mentioned(cmd, args); text != "" {
		return usagef("unknown command %q; %s", words(cmd, args...), text)
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usagef("unknown command %q; there are: %s", words(cmd, args[0]), strings.Join(names, ", "))
}

// words is a command without the program's name, and what follows.
func words(cmd *cobra.Command, more ...string) string {
	_, path, _ := strings.Cut(cmd.CommandPath(), " ")
	return strings.TrimSpace(path + " " + strings.Join(more, " "))
}

// noArgs refuses arguments of commands that have flags only.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q takes flags only, not %q; see %s --help", words(cmd), args[0], cmd.CommandPath())
	}
	return nil
}

// oneID takes the id of an object. list is the command that prints ids.
func oneID(list string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usagef("%q needs an id; %s prints ids", words(cmd), list)
		case len(args) > 1:
			return usagef("%q takes one id, not %d", words(cmd), len(args))
		}
		return nil
	}
}
