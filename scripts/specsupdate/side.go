package main

import (
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/scripts/internal/prep"
)

// use says where values of a schema are found, which decides what a change of it means.
type use struct {
	request, response bool
	update            bool // only in bodies of PUT and PATCH, whose optional members are wire.Nullable in Go
	required          bool // of a property
}

// side is one of the two documents.
type side struct {
	doc     *prep.Document
	schemas obj
	uses    map[string]use // by component
}

func newSide(doc *prep.Document) side {
	s := side{doc: doc, schemas: object(object(doc.Root["components"])["schemas"]), uses: map[string]use{}}
	for _, op := range doc.Operations {
		node := s.operation(op)
		body := use{request: true, update: op.Method == "PUT" || op.Method == "PATCH"}
		for _, p := range list(node["parameters"]) {
			s.mark(object(p)["schema"], use{request: true}, map[string]bool{})
		}
		s.markContent(node["requestBody"], body)
		for _, r := range object(node["responses"]) {
			s.markContent(r, use{response: true})
		}
	}
	return s
}

func (s side) markContent(v any, u use) {
	for _, media := range object(object(v)["content"]) {
		s.mark(object(media)["schema"], u, map[string]bool{})
	}
}

// mark notes the use of every component that a schema leads to.
func (s side) mark(v any, u use, seen map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			s.mark(child, u, seen)
		}
	case obj:
		for _, child := range v {
			s.mark(child, u, seen)
		}
		name := component(v["$ref"])
		if name == "" || seen[name] {
			return
		}
		seen[name] = true
		was, met := s.uses[name]
		s.uses[name] = use{request: was.request || u.request, response: was.response || u.response, update: u.update && (was.update || !met)}
		s.mark(s.schemas[name], u, seen)
	}
}

// component is the name in a reference to one, or "".
func component(ref any) string {
	r, _ := ref.(string)
	name, ok := strings.CutPrefix(r, "#/components/schemas/")
	if !ok {
		return ""
	}
	return name
}

// reference is the component that a schema is nothing but a reference to, or "".
func reference(s obj) string {
	if all := list(s["allOf"]); len(all) == 1 && s["properties"] == nil {
		s = object(all[0])
	}
	return component(s["$ref"])
}

// resolved is the schema that a reference leads to, and the names on the way.
func (s side) resolved(schema obj) (obj, string) {
	var last string
	for seen := map[string]bool{}; ; {
		name := reference(schema)
		if name == "" || seen[name] {
			return schema, last
		}
		seen[name], last = true, name
		schema = object(s.schemas[name])
	}
}

// pointer says whether a property of the schema is a pointer in Go where it may be left out or null.
func (s side) pointer(schema obj) bool {
	schema, _ = s.resolved(schema)
	switch schema["type"] {
	case "integer", "number", "boolean":
		return true
	}
	return schema["properties"] != nil && schema["oneOf"] == nil
}

// kind is what decides the Go type of a schema.
func (s side) kind(schema obj) string {
	if name := reference(schema); name != "" {
		return name
	}
	kind, _ := schema["type"].(string)
	format, _ := schema["format"].(string)
	switch {
	case kind == "string" && slices.Contains([]string{"date", "date-time"}, format),
		kind == "integer" && format == "int64",
		kind == "number" && (format == "int32" || format == "int64"):
		return kind + " " + format
	case kind == "array":
		return "[]" + s.kind(object(schema["items"]))
	case kind == "" || kind == "object":
		return describe(schema)
	}
	return kind
}

// describe is the type of a schema in a few words: string date-time, []Card, object, Money.
func describe(s obj) string {
	if name := reference(s); name != "" {
		return name
	}
	kind, _ := s["type"].(string)
	format, _ := s["format"].(string)
	switch items := object(s["items"]); {
	case s["oneOf"] != nil || s["anyOf"] != nil:
		kind = "one of several"
	case items != nil:
		return "[]" + describe(items)
	case s["allOf"] != nil:
		kind = "all of several"
	case kind == "" && s["properties"] != nil:
		kind = "object"
	case kind == "":
		kind = "anything"
	}
	if extra := object(s["additionalProperties"]); extra != nil {
		kind = "map of " + describe(extra)
	}
	return strings.TrimSpace(kind + " " + format)
}

// contents is describe with what a new schema brings along: its members, values or forms.
func contents(s obj) string {
	out := describe(s)
	if s["nullable"] == true {
		out += ", nullable"
	}
	if props := object(s["properties"]); len(props) > 0 {
		out += ": " + strings.Join(keys(props, nil), ", ")
	}
	if values := texts(s["enum"]); len(values) > 0 {
		out += ": " + strings.Join(values, ", ")
	}
	if forms := variants(s); len(forms) > 0 {
		out += ": " + strings.Join(forms, ", ")
	}
	return out
}

// variants are the members of a union, with the values that mark them.
func variants(s obj) []string {
	var out []string
	for _, key := range []string{"oneOf", "anyOf"} {
		for _, m := range list(s[key]) {
			out = append(out, describe(object(m)))
		}
	}
	for value, target := range object(object(s["discriminator"])["mapping"]) {
		name, _ := target.(string)
		out = append(out, value+"="+name[strings.LastIndex(name, "/")+1:])
	}
	slices.Sort(out)
	return out
}

// operation is the node of an operation in the document.
func (s side) operation(op wire.Operation) obj {
	return object(object(object(s.doc.Root["paths"])[op.Path])[strings.ToLower(op.Method)])
}
