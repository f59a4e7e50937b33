package cli

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/documents"
)

// action is an operation of the API as brex actions shows it.
type action struct {
	Action      string   `json:"action"`
	OperationID string   `json:"operation_id"`
	API         string   `json:"api"`
	Purpose     string   `json:"purpose"`
	Access      string   `json:"access"`
	Method      string   `json:"method"`
	Path        string   `json:"path"`
	Scopes      []string `json:"scopes"` // any one of them is enough
	Parameters  []param  `json:"parameters"`
	HasBody     bool     `json:"has_body"`
	Idempotency string   `json:"idempotency_key"`
	Paginated   bool     `json:"paginated"`
	PageLimit   int      `json:"page_limit,omitempty"`
	Deprecated  bool     `json:"deprecated"`

	Body    []bodyMember `json:"body,omitempty"`    // shown for one action
	Example string       `json:"example,omitempty"` // likewise
}

// param is a path or query parameter.
type param struct {
	Name     string   `json:"name"`
	In       string   `json:"in"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Enum     []string `json:"enum,omitempty"`
	About    string   `json:"description,omitempty"` // shown for one action
}

func newAction(op *brex.Operation) action {
	a := action{Action: op.Action, OperationID: op.ID, API: op.API, Purpose: op.Summary, Access: string(op.Access), Method: op.Method,
		Path: op.Path, Scopes: append([]string{}, op.Scopes...), Parameters: []param{}, HasBody: op.Body != "",
		Idempotency: string(op.Idempotency), Paginated: op.Paginated, PageLimit: op.PageLimit, Deprecated: op.Deprecated}
	for _, p := range op.PathParams {
		a.Parameters = append(a.Parameters, param{Name: p.Name, In: "path", Type: paramKind(p.Type), Required: true, Enum: p.Enum})
	}
	for _, p := range op.Query {
		a.Parameters = append(a.Parameters, param{Name: p.Name, In: "query", Type: paramKind(p.Type), Required: p.Required, Enum: p.Enum})
	}
	return a
}

func paramKind(kind string) string {
	one, isList := strings.CutPrefix(kind, "[]")
	if one == "string" {
		one = "text"
	}
	if isList {
		return "list of " + one
	}
	return one
}

func (a *App) actions() *cobra.Command {
	access := choices{of: []string{"read", "write", "money", "sensitive"}}
	api := choices{of: documents.APIs}
	cmd := &cobra.Command{
		Use:   "actions [WORD...]",
		Short: "All operations of the API, for brex call",
		Long: `List the operations of the API, those that all the words occur in: in their names, purpose, path or
scopes. The name of exactly one shows it in full, with its parameters, the members of its body and
an example. Tables of several cut long texts short; csv, json and jsonl do not, and have the path too.

Access says what an operation can do: read; write; money (it moves money, or changes who can spend);
sensitive (it shows card numbers or signing secrets).`,
		Example: `  brex actions
  brex actions transfer
  brex actions --access money,sensitive -o csv
  brex actions createTransfer`,
		ValidArgsFunction: completeActions,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 && len(access.values)+len(api.values) == 0 {
				if op := findOperation(args[0]); op != nil {
					return a.showAction(op)
				}
			}
			var rows []action
			var raw []json.RawMessage
			for _, op := range brex.Operations() {
				if !access.match(string(op.Access)) || !api.match(op.API) || !mentions(op, args) {
					continue
				}
				row := newAction(op)
				object, err := json.Marshal(row)
				if err != nil {
					return err
				}
				rows, raw = append(rows, row), append(raw, object)
			}
			if len(rows) == 0 {
				a.note("nothing found%s; brex actions lists all", nearAction(strings.Join(args, " ")))
			}
			return printRows(a, actionColumns, rows, raw)
		},
	}
	cmd.Flags().Var(&access, "access", "only operations of these kinds: "+strings.Join(access.of, ", "))
	cmd.Flags().Var(&api, "api", "only operations of these APIs: "+strings.Join(api.of, ", "))
	complete(cmd, "access", access.of)
	complete(cmd, "api", api.of)
	return cmd
}

// findOperation finds an operation by its action name or operationId, in any case; nil when there is none.
func findOperation(name string) *brex.Operation {
	if op, ok := brex.LookupOperation(name); ok {
		return op
	}
	for _, op := range brex.Operations() {
		if strings.EqualFold(op.ID, name) || strings.EqualFold(op.Action, name) {
			return op
		}
	}
	return nil
}

// mentions reports whether every word occurs in what is known of the operation.
func mentions(op *brex.Operation, words []string) bool {
	text := strings.ToLower(strings.Join(append([]string{op.Action, op.ID, op.Summary, op.Tag, op.Path}, op.Scopes...), "\n"))
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.ToLower(w)) })
}

// nearAction asks whether a mistyped name meant another one; empty when none is near.
func nearAction(name string) string {
	best, found := max(3, len(name)/5), ""
	for _, op := range brex.Operations() {
		for _, known := range []string{op.ID, op.Action} {
			d := distance(strings.ToLower(name), strings.ToLower(known))
			if len(name) > 3 && strings.HasPrefix(strings.ToLower(known), strings.ToLower(name)) {
				d = 1
			}
			if d < best {
				best, found = d, known
			}
		}
	}
	if found == "" {
		return ""
	}
	return "; did you mean " + found + "?"
}

// completeActions completes the names of operations: action names, and operationIds once a letter of one is typed.
func completeActions(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var found []cobra.Completion
	for _, op := range brex.Operations() {
		if strings.HasPrefix(op.Action, typed) {
			found = append(found, cobra.CompletionWithDesc(op.Action, op.Summary))
		}
		if typed != "" && strings.HasPrefix(op.ID, typed) {
			found = append(found, cobra.CompletionWithDesc(op.ID, op.Summary))
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

var actionColumns = append([]output.Column[action]{
	output.ID("operation_id", func(a action) string { return a.OperationID }),
	output.Text("access", func(a action) string { return a.Access }),
	output.Long(output.Text("purpose", func(a action) string {
		if a.Deprecated {
			return a.Purpose + " (deprecated)"
		}
		return a.Purpose
	})),
	output.Text("scopes", func(a action) string { return strings.Join(a.Scopes, " ") }),
	output.Text("parameters", func(a action) string {
		var names []string
		for _, p := range a.Parameters {
			names = append(names, p.Name)
		}
		return strings.Join(names, " ")
	}),
	output.ID("action", func(a action) string { return a.Action }),
}, output.Wide(
	output.Text("api", func(a action) string { return a.API }),
	output.Text("method", func(a action) string { return a.Method }),
	output.Text("path", func(a action) string { return a.Path }),
	output.Text("has_body", func(a action) string { return strconv.FormatBool(a.HasBody) }),
	output.Text("idempotency_key", func(a action) string { return a.Idempotency }),
	output.Text("paginated", func(a action) string { return strconv.FormatBool(a.Paginated) }),
	output.Text("page_limit", func(a action) string {
		if a.PageLimit == 0 {
			return ""
		}
		return strconv.Itoa(a.PageLimit)
	}),
	output.Text("deprecated", func(a action) string { return strconv.FormatBool(a.Deprecated) }),
)...)

// choices is a flag with a list of values out of a fixed set.
type choices struct {
	of     []string
	values []string
}

func (c *choices) String() string { return "" }
func (c *choices) Type() string   { return "name,..." }
func (c *choices) Set(s string) error {
	for _, one := range strings.Split(s, ",") {
		if one = strings.ToLower(strings.TrimSpace(one)); !slices.Contains(c.of, one) {
			return badValue("is a list of " + strings.Join(c.of, ", "))
		}
		c.values = append(c.values, one)
	}
	return nil
}

// match reports whether the value was chosen, or nothing was.
func (c *choices) match(value string) bool {
	return len(c.values) == 0 || slices.Contains(c.values, value)
}
