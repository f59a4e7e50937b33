package cli

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
)

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

func (v *paramFlag) Type() string { return v.kind }

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

// bindBody adds a flag for each member of the body that is neither an object nor a union; --set and --body have the rest. A command
// that has flags of its own sets the members in covered, and says itself what it needs; nil is one that has none.
func (r *request) bindBody(a *App, cmd *cobra.Command, doc *document, body *schema.Schema, covered []string) {
	r.doc, r.body = doc, map[string]any{}
	plain := doc.Plain(body)
	owner := strings.TrimPrefix(body.Ref, "#/components/schemas/")
	for _, name := range slices.Sorted(maps.Keys(plain.Properties)) {
		s := doc.Plain(plain.Properties[name])
		flag := flagName(name)
		simple := s.Type != "object" && s.Type != "" && s.Type != "array" || isMoney(s) ||
			s.Type == "array" && doc.Plain(s.Items).Type == "string"
		if !simple || slices.Contains(covered, name) || cmd.Flags().Lookup(flag) != nil || a.taken(flag) {
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
		if isMoney(s) {
			usage = amountUsage(usage)
		}
		if covered == nil && slices.Contains(plain.Required, name) {
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
