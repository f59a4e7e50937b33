package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
)

// runFunc does what a command line asks for. Tests of flags put their own in its place.
type runFunc func(context.Context, *request) error

// orRun is run, or doing it where there is none.
func orRun(a *App, run runFunc) runFunc {
	if run != nil {
		return run
	}
	return func(ctx context.Context, r *request) error { return r.run(ctx, a) }
}

// daily is a hand-written command over an operation: its own flags fill the request that a derived one would make.
type daily struct {
	op      *brex.Operation
	use     string
	short   string
	long    string
	example string
	flags   func(*cobra.Command)                                          // adds the flags of its own
	covers  []string                                                      // members of the body that these set, so that no other flag does
	fill    func(cmd *cobra.Command, body, defaults map[string]any) error // puts them into the body; what nothing else sets is a default
	many    bool                                                          // accepts several objects and --file
}

// command is the command. It has --set and --body too, for what it has no flag for.
func (d daily) command(a *App, run runFunc) *cobra.Command {
	r := &request{op: d.op, params: map[string]any{}, body: map[string]any{}, defaults: map[string]any{}}
	run = orRun(a, run)
	cmd := calls(&cobra.Command{Use: d.use, Short: d.short, Long: paragraphs(d.long), Example: d.example, Args: r.arguments}, d.op)
	if d.flags != nil {
		d.flags(cmd)
	}
	if d.op.Body != "" {
		doc, err := loadDocument(d.op.API)
		if err != nil {
			panic("cli: " + err.Error()) // a generated file
		}
		r.bindBody(a, cmd, doc, doc.Body(d.op), append([]string{}, d.covers...)) // what is required depends on the flags above
	}
	r.write.bind(cmd, d.op)
	if d.many {
		r.many.bind(cmd)
	}
	cmd.ValidArgsFunction = a.completeArgument(d.op)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r.args = args
		if d.fill != nil {
			if err := d.fill(cmd, r.body, r.defaults); err != nil {
				return err
			}
		}
		return run(cmd.Context(), r)
	}
	return cmd
}

// moneyFlag is an amount with its currency, such as 500.00USD.
type moneyFlag struct {
	given string
	value map[string]any // nil while not given
}

func (v *moneyFlag) String() string { return v.given }
func (v *moneyFlag) Type() string   { return "amount" }
func (v *moneyFlag) Set(text string) (err error) {
	v.given = text
	v.value, err = moneyValue(text)
	return err
}

// positive refuses amounts that are zero or below.
func (v *moneyFlag) positive(flag string) error {
	if m := amountOf(v.value); v.value != nil && (m == nil || m.Sign() <= 0) {
		return usagef("--%s %s: must be above zero", flag, v.given)
	}
	return nil
}

// one returns the only amount that was given among flags that exclude each other, with the flag's name; neither is nothing.
func oneAmount(flags map[string]*moneyFlag) (name string, value map[string]any, err error) {
	for _, flag := range slices.Sorted(maps.Keys(flags)) {
		f := flags[flag]
		if f.value == nil {
			continue
		}
		if value != nil {
			return "", nil, usagef("--%s and --%s exclude each other", name, flag)
		}
		if err := f.positive(flag); err != nil {
			return "", nil, err
		}
		name, value = flag, f.value
	}
	return name, value, nil
}

// nameFlag adds a flag that names an object of a kind.
func nameFlag(a *App, cmd *cobra.Command, into *string, flag, kind, usage string) {
	cmd.Flags().Var(&textValue{into}, flag, usage)
	cmd.Flags().Lookup(flag).Usage = usage
	completeObjects(a, cmd, flag, kind)
}

// needs refuses a command line without a flag that it cannot do without.
func needs(cmd *cobra.Command, flags ...string) error {
	for _, f := range flags {
		if !cmd.Flags().Changed(f) {
			return usagef("%q needs --%s: %s", words(cmd), f, cmd.Flags().Lookup(f).Usage)
		}
	}
	return nil
}

// refs are names of objects of a kind.
func refs(kind string, names []string) []any {
	all := make([]any, len(names))
	for i, n := range names {
		all[i] = ref{kind, strings.TrimSpace(n)}
	}
	return all
}
