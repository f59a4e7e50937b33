package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
)

// operationNote marks a command with the operationIds of what it calls, with spaces.
const operationNote = "operations"

// calls notes which operations a command stands for.
func calls(cmd *cobra.Command, ops ...*brex.Operation) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	for _, op := range ops {
		cmd.Annotations[operationNote] = strings.TrimSpace(cmd.Annotations[operationNote] + " " + op.ID)
	}
	return cmd
}

// derive adds a command for each operation that has none yet, in the order of the API. Only the nouns that are used get their
// flags, which need the documents; flesh reports which are.
func (a *App) derive(root *cobra.Command, flesh func(noun string) bool) {
	groups := map[string]*cobra.Command{}
	for _, c := range root.Commands() {
		groups[c.Name()] = c
	}
	for _, op := range brex.Operations() {
		noun, verb := commandName(op)
		if groups[noun] == nil {
			groups[noun] = group(noun, nounShorts[noun])
			root.AddCommand(groups[noun])
		}
		if has(groups[noun], verb) {
			continue
		}
		cmd := newDerived(a, op, verb, flesh(noun), nil)
		groups[noun].AddCommand(cmd)
	}
}

// has reports whether a group has a command of that name.
func has(group *cobra.Command, verb string) bool {
	return slices.ContainsFunc(group.Commands(), func(c *cobra.Command) bool { return c.Name() == verb })
}

// newDerived is the command of an operation, made of its row and its document. run gets what the command line asks for; nil
// for doing it.
func newDerived(a *App, op *brex.Operation, verb string, flesh bool, run func(context.Context, *request) error) *cobra.Command {
	r := &request{op: op, params: map[string]any{}}
	if run == nil {
		run = func(ctx context.Context, r *request) error { return r.run(ctx, a) }
	}
	cmd := calls(&cobra.Command{Use: verb, Short: op.Summary}, op)
	if op.Deprecated {
		cmd.Short += " (deprecated)"
	}
	for _, p := range op.PathParams {
		cmd.Use += " " + strings.ToUpper(p.Name)
	}
	if !flesh {
		return cmd
	}
	doc, err := loadDocument(op.API)
	if err != nil {
		panic("cli: " + err.Error()) // a generated file
	}
	cmd.Long = derivedLong(doc, op)
	cmd.Args = r.arguments
	cmd.ValidArgsFunction = a.completeArgument(op)
	if op.List != "" {
		cmd.Example = "  brex " + strings.TrimSpace(nounOf(op)+" "+cmd.Use) + " --all -o csv"
		r.bindList(a, cmd, run)
		return cmd
	}
	r.bindQuery(a, cmd, nil)
	if body := doc.Body(op); body != nil {
		r.bindBody(a, cmd, doc, body)
	}
	r.write.bind(cmd, op)
	if op.Access != brex.AccessRead && len(op.PathParams) <= 1 {
		r.many.bind(cmd)
	}
	if r.many.bound && len(op.PathParams) == 1 {
		cmd.Use += "..."
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r.args = args
		return run(cmd.Context(), r)
	}
	return cmd
}

func nounOf(op *brex.Operation) string {
	noun, _ := commandName(op)
	return noun
}

// derivedLong explains an operation: what Brex's document says, and where it stands.
func derivedLong(doc *document, op *brex.Operation) string {
	var b strings.Builder
	about := said(op.API, op.GoName)
	if about == "" {
		about = op.Summary + "."
	}
	b.WriteString(wrap(about, helpWidth))
	fmt.Fprintf(&b, "\n\nIt calls %s, %s %s.\nAccess: %s%s.", op.ID, op.Method, op.Path, op.Access, accessWords[string(op.Access)])
	if rest := unflagged(doc, op); len(rest) > 0 {
		b.WriteString("\n\nMembers for --set:\n")
		for _, m := range rest {
			fmt.Fprintf(&b, "  %s\n", m.Name)
			about := sentence(m.Type, requiredWord(m.Required), oneOf(m.Enum))
			b.WriteString("      " + strings.ReplaceAll(wrap(about, helpWidth-6), "\n", "\n      ") + "\n")
		}
	}
	return strings.TrimSpace(b.String())
}

// unflagged are the members of a body that no flag sets.
func unflagged(doc *document, op *brex.Operation) (rest []bodyMember) {
	for _, m := range doc.members(doc.Body(op)) {
		if strings.Contains(m.Name, ".") && !strings.HasSuffix(m.Name, ".amount") && !strings.HasSuffix(m.Name, ".currency") {
			rest = append(rest, m)
		}
	}
	return rest
}

// paragraphs wraps a text, paragraph by paragraph.
func paragraphs(text string) string {
	var all []string
	for _, p := range strings.Split(text, "\n\n") {
		all = append(all, wrap(p, helpWidth))
	}
	return strings.Join(all, "\n\n")
}

// wrap breaks a text into lines of at most width characters.
func wrap(text string, width int) string {
	var b strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		if used > 0 && used+1+len(word) > width {
			b.WriteByte('\n')
			used = 0
		} else if used > 0 {
			b.WriteByte(' ')
			used++
		}
		b.WriteString(word)
		used += len(word)
	}
	return b.String()
}

// bindQuery adds a flag for each query parameter except those in skip.
func (r *request) bindQuery(a *App, cmd *cobra.Command, skip []string) {
	for _, p := range r.op.Query {
		name := flagName(p.Name)
		if slices.Contains(skip, p.Name) || cmd.Flags().Lookup(name) != nil || a.taken(name) {
			continue
		}
		usage := firstSentence(said(r.op.API, r.op.GoName+"."+p.Name))
		if len(p.Enum) > 0 {
			usage += ": " + strings.Join(p.Enum, ", ")
		}
		r.bindParam(cmd, p, name, usage)
		if len(p.Enum) > 0 {
			complete(cmd, name, p.Enum)
		}
		if kind := namedBy(r.op, p.Name); kind != "" {
			completeObjects(a, cmd, name, kind)
		}
	}
}

func (r *request) bindParam(cmd *cobra.Command, p wire.Param, name, usage string) {
	kind, isList := strings.CutPrefix(p.Type, "[]")
	switch {
	case kind == "date-time":
		v := &timeFlag{name: name, into: new(time.Time), end: strings.HasSuffix(name, "-end")}
		r.times = append(r.times, timeParam{p.Name, v})
		cmd.Flags().Var(v, name, usage)
		return
	case kind == "boolean":
		cmd.Flags().Var(&paramFlag{r: r, p: p, kind: "true|false"}, name, usage)
		cmd.Flags().Lookup(name).NoOptDefVal = "true"
		return
	}
	what := map[string]string{"string": "text", "integer": "n", "object": "json"}[kind]
	if isID(p) {
		what = "id"
		if namedBy(r.op, p.Name) != "" {
			what = "name-or-id"
		}
	}
	if isList {
		what += ",..."
	}
	cmd.Flags().Var(&paramFlag{r: r, p: p, kind: what, list: isList}, name, usage)
}

// paramFlag is a query parameter as a flag.
type paramFlag struct {
	r    *request
	p    wire.Param
	kind string
	list bool
}

func (v *paramFlag) String() string { return "" }
func (v *paramFlag) Type() string   { return v.kind }
func (v *paramFlag) Set(text string) error {
	if !v.list {
		one, err := v.value(text)
		v.r.params[v.p.Name] = one
		return err
	}
	have, _ := v.r.params[v.p.Name].([]any)
	for _, one := range strings.Split(text, ",") {
		value, err := v.value(strings.TrimSpace(one))
		if err != nil {
			return err
		}
		have = append(have, value)
	}
	v.r.params[v.p.Name] = have
	return nil
}

func (v *paramFlag) value(text string) (any, error) {
	switch kind := strings.TrimPrefix(v.p.Type, "[]"); {
	case text == "":
		return nil, badValue("is empty; leave the flag out instead")
	case kind == "boolean" && text != "true" && text != "false":
		return nil, badValue("must be true or false")
	case kind == "object":
		o, err := decodeJSON([]byte(text))
		if err != nil {
			return nil, badValue("must be a JSON object: " + err.Error())
		}
		return o, nil
	case len(v.p.Enum) > 0:
		return enumValue(v.p.Enum, text), nil
	}
	return asRef(namedBy(v.r.op, v.p.Name), text), nil
}

// bindBody adds a flag for each member of the body that is neither an object nor a union; --set and --body have the rest.
func (r *request) bindBody(a *App, cmd *cobra.Command, doc *document, body *schema.Schema) {
	r.doc, r.body = doc, map[string]any{}
	plain := doc.Plain(body)
	owner := strings.TrimPrefix(body.Ref, "#/components/schemas/")
	for _, name := range slices.Sorted(maps.Keys(plain.Properties)) {
		s := doc.Plain(plain.Properties[name])
		flag := flagName(name)
		simple := s.Type != "object" && s.Type != "" && s.Type != "array" || isMoney(s) ||
			s.Type == "array" && doc.Plain(s.Items).Type == "string"
		if !simple || cmd.Flags().Lookup(flag) != nil || a.taken(flag) {
			continue
		}
		usage := firstSentence(said(r.op.API, owner+"."+name))
		enum := s.Enum
		if s.Type == "array" {
			enum = doc.Plain(s.Items).Enum
		}
		if len(enum) > 0 {
			usage += ": " + strings.Join(enum, ", ")
		}
		if slices.Contains(plain.Required, name) {
			usage += " (required)"
		}
		kind := namedBy(r.op, name)
		cmd.Flags().Var(&memberFlag{doc: doc, schema: plain.Properties[name], kind: kind, name: name, into: r.body}, flag, usage)
		if len(enum) > 0 {
			complete(cmd, flag, enum)
		}
		if kind != "" {
			completeObjects(a, cmd, flag, kind)
		}
	}
	cmd.Flags().StringArrayVar(&r.set, "set", nil, "set any member of the body: `MEMBER=VALUE`, as in spend_controls.spend_limit=500.00USD")
	cmd.Flags().StringVar(&r.bodyText, "body", "", "begin with this `JSON` object, @FILE to read it from a file, or - for standard input")
	completeMembers(cmd, doc, body)
}

// taken reports whether a flag of all commands has the name.
func (a *App) taken(flag string) bool {
	return a.reserved[flag] || slices.Contains([]string{"yes", "dry-run", "idempotency-key", "company", "set", "body", "file", "failed", "all"}, flag)
}

// bindList makes the command a list.
func (r *request) bindList(a *App, cmd *cobra.Command, run func(context.Context, *request) error) {
	l := &lister[object]{columns: objectColumns(r.op)}
	var cursor string
	var size int
	var q *query
	if r.op.Paginated {
		q = newQuery(cmd, r.op)
	}
	l.bind(cmd, q, &cursor, &size)
	if q == nil {
		l.narrowed(cmd, r.op)
	}
	r.bindQuery(a, cmd, []string{"cursor", "limit"})
	l.read = func(ctx context.Context, s *session, _ bool) iter.Seq2[batch[object], error] {
		return func(yield func(batch[object], error) bool) {
			params, err := r.ready(ctx, s)
			if err != nil {
				yield(batch[object]{}, err)
				return
			}
			if cursor != "" {
				params["cursor"] = cursor
			}
			if size > 0 {
				params["limit"] = size
			}
			for page, err := range s.CallPages(ctx, r.op.ID, params) {
				b := batch[object]{}
				if err == nil {
					b.raw, b.next = page.Items, page.NextCursor
					b.rows, err = objectsOf(page.Items)
				}
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		r.args = args
		if err := r.takeArguments(); err != nil {
			return err
		}
		r.list = func() error { return l.run(a, cmd) }
		return run(cmd.Context(), r)
	}
}

// objectsOf decodes rows.
func objectsOf(raw []json.RawMessage) ([]object, error) {
	rows := make([]object, len(raw))
	for i := range raw {
		v, err := decodeJSON(raw[i])
		if err != nil {
			return nil, err
		}
		o, _ := v.(map[string]any)
		rows[i] = o
	}
	return rows, nil
}
