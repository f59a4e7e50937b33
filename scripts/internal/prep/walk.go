package prep

import (
	"maps"
	"slices"
	"strings"
)

const schemaPrefix = "#/components/schemas/"

// ref is the component a schema refers to, directly or as its only allOf member, and whether it does.
func ref(s obj) (string, bool) {
	if r, ok := s["$ref"].(string); ok {
		return strings.TrimPrefix(r, schemaPrefix), true
	}
	if all, ok := s["allOf"].([]any); ok && len(all) == 1 && s["properties"] == nil {
		if m, ok := all[0].(obj); ok {
			if r, ok := m["$ref"].(string); ok {
				return strings.TrimPrefix(r, schemaPrefix), true
			}
		}
	}
	return "", false
}

func refTo(name string) obj { return obj{"$ref": schemaPrefix + name} }

// walk calls f for the schema and every schema inside it, parents first; f may change the schema in place.
func walk(s obj, f func(obj)) {
	f(s)
	for _, child := range children(s) {
		walk(child, f)
	}
}

// children are the schemas directly inside a schema.
func children(s obj) []obj {
	var out []obj
	props, _ := s["properties"].(obj)
	for _, name := range sorted(props) {
		if c, ok := props[name].(obj); ok {
			out = append(out, c)
		}
	}
	for _, key := range []string{"items", "additionalProperties", "not"} {
		if c, ok := s[key].(obj); ok {
			out = append(out, c)
		}
	}
	for _, key := range []string{"allOf", "oneOf", "anyOf"} {
		for _, m := range list(s[key]) {
			if c, ok := m.(obj); ok {
				out = append(out, c)
			}
		}
	}
	return out
}

// component is the schema of that name, or nil.
func (p *prep) component(name string) obj {
	s, _ := p.schemas[name].(obj)
	return s
}

// everySchema walks all schemas of the document: components, parameters, bodies and answers.
func (p *prep) everySchema(f func(obj)) {
	for _, name := range sorted(p.schemas) {
		if s, ok := p.schemas[name].(obj); ok {
			walk(s, f)
		}
	}
	for _, op := range p.everyOperation() {
		op.schemas(func(s obj) { walk(s, f) })
	}
}

// schemas calls f for the schemas of the parameters, the body and the answers.
func (op opNode) schemas(f func(obj)) {
	for _, prm := range op.parameters() {
		if s, ok := prm["schema"].(obj); ok {
			f(s)
		}
	}
	if s := bodySchema(op.node); s != nil {
		f(s)
	}
	responses, _ := op.node["responses"].(obj)
	for _, code := range sorted(responses) {
		if s := content(responses[code]); s != nil {
			f(s)
		}
	}
}

func (op opNode) parameters() []obj {
	var out []obj
	for _, v := range list(op.node["parameters"]) {
		if prm, ok := v.(obj); ok {
			out = append(out, prm)
		}
	}
	return out
}

func (op opNode) String() string { return op.method + " " + op.path }

type opNode struct {
	path, method string
	node         obj
}

// everyOperation lists the operations by path and method.
func (p *prep) everyOperation() []opNode {
	var out []opNode
	paths, _ := p.root["paths"].(obj)
	for _, path := range sorted(paths) {
		item, _ := paths[path].(obj)
		for _, method := range methods {
			if op, ok := item[method].(obj); ok {
				out = append(out, opNode{path, strings.ToUpper(method), op})
			}
		}
	}
	return out
}

func bodySchema(op obj) obj { return content(op["requestBody"]) }

// content is the JSON schema of a body or an answer.
func content(v any) obj {
	o, _ := v.(obj)
	c, _ := o["content"].(obj)
	for _, mime := range sorted(c) {
		if strings.Contains(mime, "json") {
			media, _ := c[mime].(obj)
			s, _ := media["schema"].(obj)
			return s
		}
	}
	return nil
}

// reach adds to seen every component that can be reached from the schema.
func (p *prep) reach(s obj, seen map[string]bool) {
	walk(s, func(s obj) {
		name, ok := s["$ref"].(string)
		if name = strings.TrimPrefix(name, schemaPrefix); !ok || seen[name] {
			return
		}
		seen[name] = true
		if target, ok := p.schemas[name].(obj); ok {
			p.reach(target, seen)
		}
	})
}

func sorted(o obj) []string { return slices.Sorted(maps.Keys(o)) }

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func stringList(v any) []string {
	var out []string
	for _, x := range list(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func anys(l []string) []any {
	out := make([]any, len(l))
	for i, s := range l {
		out[i] = s
	}
	return out
}

func clone(v any) any {
	switch v := v.(type) {
	case obj:
		out := make(obj, len(v))
		for k, x := range v {
			out[k] = clone(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = clone(x)
		}
		return out
	default:
		return v
	}
}
