package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

type obj = map[string]any

// differ collects what changed from one normalised document to another, a line each.
type differ struct {
	old, new *prep.Document
	lines    []string
}

// differences are the changes of operations, then those of schemas. Prose does not count.
func differences(old, new *prep.Document) []string {
	d := &differ{old: old, new: new}
	d.operations()
	d.schemas()
	return d.lines
}

func (d *differ) say(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *differ) operations() {
	old, new := rows(d.old), rows(d.new)
	for _, key := range keys(old, new) {
		a, inOld := old[key]
		b, inNew := new[key]
		switch {
		case !inOld:
			d.say("operation added: %s %s (%s)", b.Method, b.Path, b.ID)
		case !inNew:
			d.say("operation removed: %s %s (%s)", a.Method, a.Path, a.ID)
		default:
			d.operation(a.Method+" "+a.Path, a, b)
		}
	}
}

func (d *differ) operation(key string, a, b wire.Operation) {
	d.value(key, "operationId", a.ID, b.ID)
	d.value(key, "host", a.Server, b.Server)
	d.value(key, "host on staging", a.StagingServer, b.StagingServer)
	d.value(key, "status of success", fmt.Sprint(a.Status), fmt.Sprint(b.Status))
	d.value(key, "idempotency key", string(a.Idempotency), string(b.Idempotency))
	d.value(key, "deprecated", fmt.Sprint(a.Deprecated), fmt.Sprint(b.Deprecated))
	d.set(key, "scope", a.Scopes, b.Scopes)
	d.params(key, "path parameter", a.PathParams, b.PathParams)
	d.params(key, "parameter", a.Query, b.Query)
	nodeA, nodeB := operationNode(d.old, a), operationNode(d.new, b)
	d.optional(key+": body", jsonSchema(nodeA["requestBody"]), jsonSchema(nodeB["requestBody"]))
	d.optional(key+": answer", answer(nodeA, a.Status), answer(nodeB, b.Status))
}

func (d *differ) params(key, what string, a, b []wire.Param) {
	old, new := byName(a), byName(b)
	for _, name := range keys(old, new) {
		p, inOld := old[name]
		q, inNew := new[name]
		switch {
		case !inOld:
			d.say("%s: %s %s added (%s)", key, what, name, q.Type)
		case !inNew:
			d.say("%s: %s %s removed", key, what, name)
		default:
			at := key + ": " + what + " " + name
			d.value(at, "type", p.Type, q.Type)
			d.value(at, "required", fmt.Sprint(p.Required), fmt.Sprint(q.Required))
			d.set(at, "value", p.Enum, q.Enum)
		}
	}
}

func (d *differ) schemas() {
	old, new := components(d.old), components(d.new)
	for _, name := range keys(old, new) {
		a, inOld := old[name].(obj)
		b, inNew := new[name].(obj)
		switch {
		case !inOld:
			d.say("schema added: %s (%s)", name, describe(b))
		case !inNew:
			d.say("schema removed: %s", name)
		default:
			d.schema("schema "+name, a, b)
		}
	}
}

// optional compares schemas of which either may be missing.
func (d *differ) optional(at string, a, b obj) {
	switch {
	case a == nil && b == nil:
	case a == nil:
		d.say("%s added (%s)", at, describe(b))
	case b == nil:
		d.say("%s removed", at)
	default:
		d.schema(at, a, b)
	}
}

func (d *differ) schema(at string, a, b obj) {
	if d.value(at, "type", describe(a), describe(b)) {
		return
	}
	d.set(at, "value", texts(a["enum"]), texts(b["enum"]))
	d.set(at, "required member", texts(a["required"]), texts(b["required"]))
	d.set(at, "variant", variants(a), variants(b))
	for _, limit := range []string{"maxLength", "minLength", "maxItems", "minItems", "maximum", "minimum", "pattern", "default"} {
		d.value(at, limit, optionalText(a[limit]), optionalText(b[limit]))
	}
	old, _ := a["properties"].(obj)
	new, _ := b["properties"].(obj)
	for _, name := range keys(old, new) {
		p, inOld := old[name].(obj)
		q, inNew := new[name].(obj)
		switch {
		case !inOld:
			d.say("%s: property %s added (%s)", at, name, describe(q))
		case !inNew:
			d.say("%s: property %s removed", at, name)
		default:
			d.schema(at+"."+name, p, q)
		}
	}
	for _, inside := range []string{"items", "additionalProperties"} {
		p, isSchema := a[inside].(obj)
		q, isSchemaToo := b[inside].(obj)
		if isSchema && isSchemaToo {
			d.schema(at+"[]", p, q)
		}
	}
}

// value says that a value is another now, and whether it is.
func (d *differ) value(at, what, a, b string) bool {
	if a != b {
		d.say("%s: %s %s -> %s", at, what, orNone(a), orNone(b))
	}
	return a != b
}

// set says which members a set gained and lost, in one line.
func (d *differ) set(at, what string, a, b []string) {
	var parts []string
	for _, v := range b {
		if !slices.Contains(a, v) {
			parts = append(parts, "+"+v)
		}
	}
	for _, v := range a {
		if !slices.Contains(b, v) {
			parts = append(parts, "-"+v)
		}
	}
	if len(parts) > 0 {
		slices.Sort(parts)
		d.say("%s: %ss %s", at, what, strings.Join(parts, " "))
	}
}

// describe is the type of a schema in a few words: string date-time, []Card, object, Money, nullable.
func describe(s obj) string {
	text := shortType(s)
	if s["nullable"] == true {
		text += ", nullable"
	}
	return text
}

func shortType(s obj) string {
	if name := reference(s); name != "" {
		return name
	}
	kind, _ := s["type"].(string)
	format, _ := s["format"].(string)
	switch items, _ := s["items"].(obj); {
	case s["oneOf"] != nil:
		kind = "one of several"
	case items != nil:
		return "[]" + shortType(items)
	case kind == "" && s["properties"] != nil:
		kind = "object"
	case kind == "":
		kind = "anything"
	}
	if extra, ok := s["additionalProperties"].(obj); ok {
		kind = "map of " + shortType(extra)
	}
	return strings.TrimSpace(kind + " " + format)
}

// reference is the schema that another is nothing but a reference to, or "".
func reference(s obj) string {
	if all, ok := s["allOf"].([]any); ok && len(all) == 1 {
		s, _ = all[0].(obj)
	}
	r, _ := s["$ref"].(string)
	return r[strings.LastIndex(r, "/")+1:]
}

// variants are the members of a union, with the values that mark them.
func variants(s obj) []string {
	var out []string
	members, _ := s["oneOf"].([]any)
	for _, m := range members {
		o, _ := m.(obj)
		out = append(out, describe(o))
	}
	disc, _ := s["discriminator"].(obj)
	mapping, _ := disc["mapping"].(obj)
	for value, target := range mapping {
		name := fmt.Sprint(target)
		out = append(out, value+"="+name[strings.LastIndex(name, "/")+1:])
	}
	return out
}

// rows are the operations by path and method.
func rows(d *prep.Document) map[string]wire.Operation {
	out := map[string]wire.Operation{}
	for _, op := range d.Operations {
		out[op.Path+" "+op.Method] = op
	}
	return out
}

func byName(params []wire.Param) map[string]wire.Param {
	out := map[string]wire.Param{}
	for _, p := range params {
		out[p.Name] = p
	}
	return out
}

func components(d *prep.Document) obj {
	c, _ := d.Root["components"].(obj)
	s, _ := c["schemas"].(obj)
	return s
}

func operationNode(d *prep.Document, op wire.Operation) obj {
	paths, _ := d.Root["paths"].(obj)
	item, _ := paths[op.Path].(obj)
	node, _ := item[strings.ToLower(op.Method)].(obj)
	return node
}

func answer(op obj, status int) obj {
	responses, _ := op["responses"].(obj)
	return jsonSchema(responses[fmt.Sprint(status)])
}

// jsonSchema is the schema of a body or an answer, or nil.
func jsonSchema(v any) obj {
	o, _ := v.(obj)
	media, _ := o["content"].(obj)
	for _, mime := range slices.Sorted(maps.Keys(media)) {
		if m, _ := media[mime].(obj); strings.Contains(mime, "json") {
			s, _ := m["schema"].(obj)
			return s
		}
	}
	return nil
}

// keys are the names in either map, sorted.
func keys[V any](a, b map[string]V) []string {
	all := slices.Collect(maps.Keys(a))
	return slices.Compact(slices.Sorted(slices.Values(slices.AppendSeq(all, maps.Keys(b)))))
}

func texts(v any) []string {
	var out []string
	values, _ := v.([]any)
	for _, x := range values {
		out = append(out, fmt.Sprint(x))
	}
	return out
}

func optionalText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
