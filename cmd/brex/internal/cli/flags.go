package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/brex-go/sdk/brex"
)

// badValue says what a flag accepts, for a value that it does not accept.
type badValue string

func (b badValue) Error() string { return string(b) }

// flagError puts what cobra says about a flag into words that help.
func flagError(cmd *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var whole usageError // says all by itself
	var unknown *pflag.NotExistError
	if given := cmd.Flags().Args(); cmd.HasSubCommands() && len(given) > 0 { // the command is at fault, not the flag after it
		if err := subcommand(cmd, given); err != nil {
			return err
		}
	}
	see := fmt.Sprintf("; see %s --help", cmd.CommandPath())
	switch {
	case errors.As(err, &whole):
		return whole
	case errors.As(err, &invalid):
		what := "takes another kind of value: " + invalid.GetFlag().Value.Type()
		var bad badValue
		if errors.As(err, &bad) {
			what = string(bad)
		}
		return usagef("--%s %q: %s", invalid.GetFlag().Name, invalid.GetValue(), what)
	case errors.As(err, &unknown) && !strings.HasPrefix(err.Error(), "unknown shorthand"):
		if near := nearestFlag(cmd, unknown.GetSpecifiedName()); near != "" {
			return usagef("unknown flag --%s; did you mean --%s?", unknown.GetSpecifiedName(), near)
		}
	}
	return usagef("%s%s", err, see)
}

// nearestFlag is the flag that a mistyped name most likely meant, or "".
func nearestFlag(cmd *cobra.Command, name string) string {
	best, found := 3, ""
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		d := distance(name, f.Name)
		if d >= best && len(name) > 2 && (strings.HasPrefix(f.Name, name) || strings.HasSuffix(f.Name, "-"+name)) {
			d = 2
		}
		if d < best && d < len(name) {
			best, found = d, f.Name
		}
	})
	return found
}

// distance is the number of letters to change, add or leave out to get from one word to the other.
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(to) {
			cost := diagonal
			if from[i] != to[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(to)]
}

// query binds the query parameters of a list operation to flags. Their names are the API's, with dashes.
type query struct {
	cmd   *cobra.Command
	op    *brex.Operation
	bound map[string]bool // parameters that have a flag
	times []*timeFlag
	named []func(context.Context, *finder) error // put ids in place of names
}

func newQuery(cmd *cobra.Command, op *brex.Operation) *query {
	calls(cmd, op)
	return &query{cmd: cmd, op: op, bound: map[string]bool{}}
}

// param finds the row of a parameter. A name that the operation does not have is a slip in this program.
func (q *query) param(name string) (flag string, enum []string) {
	for _, p := range q.op.Query {
		if p.Name == name {
			q.bound[name] = true
			return flagName(name), p.Enum
		}
	}
	panic("cli: " + q.op.ID + " has no parameter " + name)
}

// flagName is user-id for user_id[].
func flagName(param string) string {
	return strings.ReplaceAll(strings.TrimSuffix(param, "[]"), "_", "-")
}

func (q *query) text(into *string, name, usage string) {
	flag, _ := q.param(name)
	q.cmd.Flags().Var(&textValue{into}, flag, usage)
	if kind := namedBy(q.op, name); kind != "" {
		q.named = append(q.named, func(ctx context.Context, f *finder) error {
			if *into == "" {
				return nil
			}
			id, err := f.id(ctx, kind, *into)
			if err == nil {
				*into = id
			}
			return err
		})
	}
}

func (q *query) bool(into *bool, name, usage string) {
	flag, _ := q.param(name)
	q.cmd.Flags().BoolVar(into, flag, false, usage)
}

// time adds a flag for a date-time. It is resolved later, because "7d" counts from the present of the sandbox there.
func (q *query) time(into *time.Time, name, usage string) {
	flag, _ := q.param(name)
	v := &timeFlag{name: flag, into: into, end: strings.HasSuffix(flag, "-end")}
	q.times = append(q.times, v)
	q.cmd.Flags().Var(v, flag, usage)
}

// list adds a flag that may be repeated, or hold several values with commas.
func list[T ~string](q *query, into *[]T, name, usage string) {
	flag, enum := q.param(name)
	v := &listValue[T]{into: into, enum: enum, kind: "text", hint: "; leave the flag out to list everything"}
	if strings.HasSuffix(flag, "-id") || strings.HasSuffix(flag, "-ids") {
		v.kind = "id"
	}
	if len(enum) > 0 {
		usage += ": " + strings.Join(enum, ", ")
	}
	q.cmd.Flags().Var(v, flag, usage)
	if kind := namedBy(q.op, name); kind != "" {
		q.named = append(q.named, func(ctx context.Context, f *finder) error {
			for i, text := range *into {
				id, err := f.id(ctx, kind, string(text))
				if err != nil {
					return err
				}
				(*into)[i] = T(id)
			}
			return nil
		})
	}
	if len(enum) > 0 {
		complete(q.cmd, flag, enum)
	}
}

// complete lets the shell complete the values of a flag.
func complete(cmd *cobra.Command, flag string, values []string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("cli: " + err.Error()) // the flag does not exist: a slip in this program
	}
}

// resolve turns the times into points in time.
func (q *query) resolve(now time.Time) error {
	starts := map[string]*timeFlag{}
	for _, t := range q.times {
		*t.into = t.resolve(now)
		if base, ok := strings.CutSuffix(t.name, "-start"); ok {
			starts[base] = t
		}
	}
	for _, t := range q.times {
		s := starts[strings.TrimSuffix(t.name, "-end")]
		if t.end && s != nil && !s.into.IsZero() && !t.into.IsZero() && s.into.After(*t.into) {
			return usagef("--%s %s is after --%s %s, so nothing can match", s.name, s.text, t.name, t.text)
		}
	}
	return nil
}

// textValue is a string that, when given, must not be empty: an empty filter would not be sent, and list everything.
type textValue struct{ into *string }

func (v *textValue) String() string { return "" }
func (v *textValue) Type() string   { return "text" }
func (v *textValue) Set(s string) error {
	if s == "" {
		return badValue("is empty; leave the flag out to list everything")
	}
	*v.into = s
	return nil
}

// listValue is a list of texts. A value of an enum may be written in any case; one that is not documented is passed on.
type listValue[T ~string] struct {
	into *[]T
	enum []string
	kind string
	hint string
}

func (v *listValue[T]) String() string { return "" }
func (v *listValue[T]) Type() string   { return v.kind + ",..." }
func (v *listValue[T]) Set(s string) error {
	for _, one := range strings.Split(s, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			return badValue("holds an empty value" + v.hint)
		}
		if i := slices.IndexFunc(v.enum, func(e string) bool { return e == strings.ToUpper(strings.ReplaceAll(one, "-", "_")) }); i >= 0 {
			one = v.enum[i]
		}
		*v.into = append(*v.into, T(one))
	}
	return nil
}

// countValue is a whole number from 1 up, 0 while not given.
type countValue struct {
	n    int
	hint string
}

func (v *countValue) String() string { return "" }
func (v *countValue) Type() string   { return "n" }
func (v *countValue) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return badValue("must be a whole number, 1 or more" + v.hint)
	}
	v.n = n
	return nil
}

// seedValue is the number of a made-up company.
type seedValue struct {
	n   uint64
	set bool
}

func (v *seedValue) String() string { return "" }
func (v *seedValue) Type() string   { return "n" }
func (v *seedValue) Set(s string) error {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return badValue("must be a whole number, 0 or more")
	}
	v.n, v.set = n, true
	return nil
}

// timeoutValue is how long to wait for one response.
type timeoutValue struct{ d time.Duration }

func (v *timeoutValue) String() string { return v.d.String() }
func (v *timeoutValue) Type() string   { return "duration" }
func (v *timeoutValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return badValue("must be a time above zero with its unit, such as 30s or 2m")
	}
	v.d = d
	return nil
}
