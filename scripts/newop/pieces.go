package main

import (
	"fmt"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// piece is a text and the file it belongs into.
type piece struct{ where, text string }

// data is what the templates know of the operation.
type data struct {
	operation
	Service, Method, File     string
	Params, Request, Result   string // names in package brex, empty where there is none
	Scope, Call, Values, Noun string
	Aliases                   []alias
}

type alias struct{ Name, Type, About string }

// missing lists the pieces that are not there.
func (s *source) missing(op operation) ([]piece, error) {
	d := s.describe(op)
	var out []piece
	add := func(there bool, where, tmpl string) error {
		if there {
			return nil
		}
		var b strings.Builder
		t, err := template.New(where).Parse(tmpl)
		if err != nil {
			return err
		}
		if err := t.Execute(&b, d); err != nil {
			return err
		}
		out = append(out, piece{where, b.String()})
		return nil
	}
	_, hasMethod := s.methodOf(op.API, op.GoName)
	id := fmt.Sprintf("%q", op.ID)
	for _, p := range []struct {
		there       bool
		where, text string
	}{
		{!op.Unclear, "openapi/overlays/" + op.API + ".yaml", overlayPiece},
		{strings.Contains(s.texts["facts"], op.Method+","+op.Path+","+op.ID+","), "testdata/operations.csv, from what Brex says of the operation", factPiece},
		{hasMethod || len(d.Aliases) == 0, "brex/" + d.File + ", among its types", aliasPiece},
		{hasMethod, "brex/" + d.File, methodPiece},
		{op.Body == "" || strings.Contains(s.texts["brex"], "operations."+op.GoName+":"), "brex/validate_rules.go, in rules", rulePiece},
		{strings.Contains(s.texts["tests of brex"], "{"+id+", func("), "brex/wire_*_test.go, in " + op.API + "Wire", wirePiece},
		{op.Access != wire.AccessMoney || op.Body == "" || strings.Contains(s.texts["tests of brex"], `"`+op.ID+`"`) && hasMethod,
			"brex/validate_test.go, in TestValidation: what a wrong amount, payee or id gets", validationPiece},
		{strings.Contains(s.texts["tests of brex"], "c."+d.Service+"."+d.Method+"("), "brex/wire_sandbox_test.go, in the walk of the API", walkPiece},
		{strings.Contains(s.texts["sandbox"], id), "brex/brextest, in the models of the API", modelPiece},
		{strings.Contains(s.texts["tests of the sandbox"], id), "brex/brextest/operations_test.go, in TestEveryOperation", callPiece},
	} {
		if err := add(p.there, p.where, p.text); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const (
	overlayPiece = `  - target: $.paths['{{.Path}}'].{{.Call}}
    update: {x-brex-access: WRITE_MONEY_OR_SENSITIVE} # {{.ID}}
`
	factPiece = `{{.API}},{{.Method_}},{{.Path}},{{.ID}},{{if .Paginated}}yes{{else}}no{{end}},{{.Idempotency}},{{.Scope}},{{if .Deprecated}}yes{{else}}no{{end}},{{if eq .Method_ "GET"}}READ_OR_SENSITIVE{{else}}WRITE_MONEY_OR_SENSITIVE{{end}},
`
	aliasPiece = `{{range .Aliases}}	// {{.Name}} {{.About}}
	{{.Name}} = {{.Type}}
{{end}}`
	methodPiece = `// {{.Method}} ...
//
// It calls {{.ID}}, {{.Method_}} {{.Path}}. Scopes: {{.Scopes_}}. Access: {{.Access_}}.
{{- if .Deprecated}}
//
// Deprecated: Use ... instead.
{{- end}}
func (s *{{.Service}}Service) {{.Method}}(ctx context.Context{{.Signature}}, opts ...CallOption) {{.Returns}} {
	return s.api.{{.GoName}}(ctx{{.Passed}}, opts...)
}
{{- if .Paginated}}{{$rest := .Rest}}

// Pages{{$rest}} reads the pages of {{.Method}} one after the other.
func (s *{{.Service}}Service) Pages{{$rest}}(ctx context.Context{{.Signature}}, opts ...CallOption) iter.Seq2[*Page[{{.Result}}], error] {
	return pagesOf(ctx, params, params.Cursor, {{.ListFunc}}, opts)
}

// All{{$rest}} reads everything that {{.Method}} would return page by page.
func (s *{{.Service}}Service) All{{$rest}}(ctx context.Context{{.Signature}}, opts ...CallOption) iter.Seq2[{{.Result}}, error] {
	return items(s.Pages{{$rest}}(ctx{{.Passed}}, opts...))
}
{{- end}}
`
	rulePiece = `	operations.{{.GoName}}: on(check{{if eq .Method_ "PUT"}}Partial{{else}}Whole{{end}}[{{.Request}}]),
`
	wirePiece = `	{"{{.ID}}", func(ctx context.Context, c *brex.Client) (any, error) {
		return {{if .Returns | eq "error"}}done({{end}}c.{{.Service}}.{{.Method}}(ctx{{.Values}}){{if .Returns | eq "error"}}){{end}}
	}},
`
	validationPiece = `		{"{{.ID}}", func(c *Client) error { ... c.{{.Service}}.{{.Method}} with an amount, payee or id that cannot be meant ... }, "field: what would be right"},
`
	walkPiece = `	{{if eq .Returns "error"}}require.NoError(t, c.{{.Service}}.{{.Method}}(ctx{{.Values}})){{else if .Paginated}}require.NotEmpty(t, first(c.{{.Service}}.{{.Method}}(ctx{{.Values}}))){{else}}require.NotEmpty(t, got(c.{{.Service}}.{{.Method}}(ctx{{.Values}}))){{end}}
`
	modelPiece = `	m["{{.ID}}"] = func(c *call) (answer, *problem) {
		... what the operation does to the company, and what it answers; {{if .Access_ | eq "money"}}a test that balances and limits add up afterwards{{else}}a test of what it refuses{{end}}
	}
`
	callPiece = `	w.call("{{.ID}}", {{if .Body}}` + "`{...}`" + `{{else}}""{{end}}{{range .Args}}, {{.}}{{end}})
`
)

// Names that the templates need beside those of the operation, which it hides.
func (d data) Method_() string { return d.operation.Method }
func (d data) Access_() string { return string(d.Access) }
func (d data) Scopes_() string {
	if len(d.Scopes) == 0 {
		return "none documented"
	}
	return strings.Join(d.Scopes, " or ")
}

// Rest is what distinguishes the list from others of its service.
func (d data) Rest() string { return strings.TrimPrefix(d.Method, "List") }

// Signature are the parameters of the method between the context and the options.
func (d data) Signature() string {
	var b strings.Builder
	for _, a := range d.Args {
		b.WriteString(", " + a + " string")
	}
	if d.Params != "" {
		b.WriteString(", params " + d.Params)
	}
	if d.Request != "" {
		b.WriteString(", req " + d.Request)
	}
	return b.String()
}

// Passed are the arguments of the generated method.
func (d data) Passed() string {
	args := slices.Clone(d.Args)
	if d.Params != "" {
		args = append(args, "params")
	}
	if d.Request != "" {
		args = append(args, "req")
	}
	if len(args) == 0 {
		return ""
	}
	return ", " + strings.Join(args, ", ")
}

// Returns are the results of the method.
func (d data) Returns() string {
	switch {
	case d.Result == "":
		return "error"
	case d.IsList:
		return "([]" + d.Result + ", error)"
	case d.Item != "":
		return "(*Page[" + d.Result + "], error)"
	}
	return "(*" + d.Result + ", error)"
}

// ListFunc is the method as pagesOf wants it: without the id of the path.
func (d data) ListFunc() string {
	if len(d.Args) == 0 {
		return "s." + d.Method
	}
	return "under(s." + d.Method + ", " + strings.Join(d.Args, ", ") + ")"
}

// describe names everything of the operation as package brex would.
func (s *source) describe(op operation) data {
	d := data{operation: op, Scope: strings.Join(slices.Sorted(slices.Values(op.Scopes)), " "), Call: strings.ToLower(op.Operation.Method)}
	if m, ok := s.methodOf(op.API, op.GoName); ok {
		d.Service, d.Method, d.File = strings.TrimSuffix(m.service, "Service"), m.name, m.file
	} else {
		d.Service, d.File = s.serviceFor(op)
		d.Method = methodName(op.GoName, d.Service)
	}
	result := strings.TrimPrefix(op.Result, "[]")
	if op.Item != "" {
		result = op.Item
	}
	d.Result = s.name(&d, op.API, result, "is what "+op.ID+" returns.")
	d.Request = s.name(&d, op.API, op.Body, "is the body of "+op.ID+".")
	if len(op.Query) > 0 {
		d.Params = s.name(&d, op.API, op.GoName+"Params", fmt.Sprintf("narrows %sService.%s; zero fields are not sent.", d.Service, d.Method))
	}
	for _, a := range op.Args {
		d.Values += fmt.Sprintf(", %q", a+"_1")
	}
	if d.Params != "" {
		d.Values += ", brex." + d.Params + "{}"
	}
	if d.Request != "" {
		d.Values += ", brex." + d.Request + "{}"
	}
	return d
}

// name is what package brex calls a generated type, which gets an alias where it has none.
func (s *source) name(d *data, api, goType, about string) string {
	if goType == "" || strings.Contains(goType, ".") || !unicode.IsUpper(rune(goType[0])) {
		return goType
	}
	full := api + "." + goType
	if name := s.aliases[full]; name != "" {
		return name
	}
	name := strings.TrimSuffix(goType, "Response")
	d.Aliases = append(d.Aliases, alias{name, full, about})
	return name
}

// serviceFor is the service of the operation with the most of the path in common, and its file; else one named after the tag.
func (s *source) serviceFor(op operation) (service, file string) {
	best := 0
	for _, other := range operations.All {
		m, ok := s.methodOf(other.API, other.GoName)
		if n := common(op.Path, other.Path); ok && other.API == op.API && n > best {
			best, service, file = n, strings.TrimSuffix(m.service, "Service"), m.file
		}
	}
	if best > 1 { // more than the version
		return service, file
	}
	tag := strings.Join(strings.Fields(op.Tag), "")
	return tag, strings.ToLower(tag) + ".go, a new service of Client"
}

// common counts the segments at the start of two paths that are the same.
func common(a, b string) int {
	x, y := strings.Split(strings.Trim(a, "/"), "/"), strings.Split(strings.Trim(b, "/"), "/")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// methodName is the name without what the service says already: ListUsers of Users is List, GetUser is Get.
func methodName(goName, service string) string {
	for _, noun := range []string{service, strings.TrimSuffix(service, "s"), strings.TrimSuffix(service, "ies") + "y"} {
		if verb, ok := strings.CutSuffix(goName, noun); ok && verb != "" {
			return verb
		}
	}
	return goName
}
