package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
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
		r.bindBody(a, cmd, doc, body, nil)
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
