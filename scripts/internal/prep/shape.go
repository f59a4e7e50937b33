package prep

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// methods are the keys of a path item that hold an operation.
var methods = []string{"delete", "get", "head", "options", "patch", "post", "put", "trace"}

// resolve puts shared parameters, bodies, answers and path items in the place of the references to them, and the parameters and
// servers of a path into each of its operations. References to schemas stay.
func resolve(p *prep) {
	paths, _ := p.root["paths"].(obj)
	for _, path := range sorted(paths) {
		item, _ := paths[path].(obj)
		if item["$ref"] != nil {
			if item, _ = p.resolved(path, "pathItems", item).(obj); item != nil {
				paths[path] = item
			}
		}
		for _, method := range methods {
			if op, ok := item[method].(obj); ok {
				p.resolveOperation(strings.ToUpper(method)+" "+path, op, item)
			}
		}
		delete(item, "parameters")
		delete(item, "servers")
	}
}

func (p *prep) resolveOperation(at string, op, item obj) {
	shared := list(item["parameters"])
	if len(shared) > 0 {
		op["parameters"] = append(slices.Clone(list(op["parameters"])), clone(shared).([]any)...)
	}
	if op["servers"] == nil && item["servers"] != nil {
		op["servers"] = clone(item["servers"])
	}
	var params []any
	seen := map[string]bool{}
	for _, prm := range list(op["parameters"]) {
		prm = p.resolved(at, "parameters", prm)
		if o, ok := prm.(obj); ok {
			// A parameter of the operation stands before one of the path, and wins.
			key := text(o["in"]) + " " + text(o["name"])
			if seen[key] && len(shared) > 0 {
				continue
			}
			seen[key] = true
		}
		params = append(params, prm)
	}
	if params != nil {
		op["parameters"] = params
	}
	if op["requestBody"] != nil {
		op["requestBody"] = p.resolved(at, "requestBodies", op["requestBody"])
	}
	responses, _ := op["responses"].(obj)
	for code, r := range responses {
		responses[code] = p.resolved(at, "responses", r)
	}
}

// resolved is v, or a copy of what it refers to in components.
func (p *prep) resolved(at, kind string, v any) any {
	o, _ := v.(obj)
	r, ok := o["$ref"]
	if !ok {
		return v
	}
	components, _ := p.root["components"].(obj)
	all, _ := components[kind].(obj)
	name, local := strings.CutPrefix(text(r), "#/components/"+kind+"/")
	target, found := all[name].(obj)
	if !local || !found || target["$ref"] != nil {
		p.unsupported("%s: %v is not to be found in components.%s", at, r, kind)
		return obj{}
	}
	return clone(target)
}

// shape checks that everything the later rules look into is what OpenAPI says it is, so that they need not ask. Where a
// document is only compared, an operation or a component that is not is left out, with a note, and the others are compared.
func shape(p *prep) {
	if v := text(p.root["openapi"]); !strings.HasPrefix(v, "3.0.") {
		p.fail("openapi %q: only 3.0 and 3.1 documents are understood", fmt.Sprint(p.root["openapi"]))
		return
	}
	for again := true; again; { // what refers to what is left out must be left out too
		again = false
		for _, name := range sorted(p.schemas) {
			if !p.accepts(func() { p.shapeSchema("schema "+name, p.schemas[name]) }) {
				delete(p.schemas, name)
				again = true
			}
		}
	}
	paths, _ := p.root["paths"].(obj)
	for _, path := range sorted(paths) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		item, ok := paths[path].(obj)
		if !p.accepts(func() {
			if !ok || item["$ref"] != nil {
				p.fail("%s: not a path item", path)
			}
		}) {
			delete(paths, path)
			continue
		}
		for _, method := range methods {
			op, ok := item[method]
			if ok && !p.accepts(func() { p.shapeOperation(strings.ToUpper(method)+" "+path, op) }) {
				delete(item, method)
			}
		}
	}
}

// accepts runs a check. A lenient one turns its errors into notes and says that what was checked is to be left out.
func (p *prep) accepts(check func()) bool {
	before := len(p.errs)
	check()
	if !p.lenient || len(p.errs) == before {
		return true
	}
	for _, err := range p.errs[before:] {
		p.notes = append(p.notes, "left out: "+err.Error())
	}
	p.errs = p.errs[:before]
	return false
}

func (p *prep) shapeOperation(at string, v any) {
	op, ok := v.(obj)
	if !ok {
		p.fail("%s: not an operation", at)
		return
	}
	if text(op["operationId"]) == "" {
		p.fail("%s has no operationId", at)
	}
	p.shapeName(at, "path", at)
	p.shapeName(at, "operationId", text(op["operationId"]))
	params, ok := op["parameters"].([]any)
	if !ok && op["parameters"] != nil {
		p.fail("%s: parameters are not a list", at)
	}
	for i, v := range params {
		prm, ok := v.(obj)
		switch {
		case !ok:
			p.fail("%s: parameter %d is not an object", at, i+1)
		case text(prm["name"]) == "" || text(prm["in"]) == "":
			p.fail("%s: parameter %d needs a name and a place (in)", at, i+1)
		default:
			p.shapeName(at, "parameter", text(prm["name"]))
			p.shapeParameter(fmt.Sprintf("%s: parameter %s", at, prm["name"]), prm)
		}
	}
	if body, ok := op["requestBody"]; ok {
		if !p.shapeContent(at+": requestBody", body) {
			p.unsupported("%s (%s): requestBody holds no JSON schema%s, and the client sends nothing else", at, text(op["operationId"]), mediaTypes(body))
		}
	}
	responses, ok := op["responses"].(obj)
	if !ok || len(responses) == 0 {
		p.fail("%s has no responses", at)
	}
	for _, code := range sorted(responses) {
		r, _ := responses[code].(obj)
		if !p.shapeContent(at+": answer "+code, responses[code]) && r["content"] != nil && strings.HasPrefix(code, "2") {
			p.unsupported("%s (%s): answer %s holds no JSON schema%s, and the client reads nothing else", at, text(op["operationId"]), code, mediaTypes(r))
		}
	}
	for _, v := range list(op["servers"]) {
		if server, ok := v.(obj); !ok || text(server["url"]) == "" {
			p.fail("%s: a server has no url", at)
		}
	}
}

// mediaTypes says what a body or an answer holds: " but text/csv".
func mediaTypes(v any) string {
	o, _ := v.(obj)
	media, _ := o["content"].(obj)
	if len(media) == 0 {
		return ""
	}
	return " but " + strings.Join(sorted(media), ", ")
}

// shapeName refuses names that would end the Go string or the JSON tag they are written into.
func (p *prep) shapeName(at, what, name string) {
	if strings.ContainsFunc(name, func(r rune) bool {
		return r == '"' || r == '`' || r == '\\' || r == ',' && what == "property" || !unicode.IsPrint(r)
	}) {
		p.fail("%s: the %s %q holds a character that no name can have in Go source", at, what, name)
	}
}

// styles are the ways of writing a list or an object into a query that wire.Query knows.
var styles = map[string]string{"": "", "form": "", "deepObject": "object"}

func (p *prep) shapeParameter(at string, prm obj) {
	if media, ok := prm["content"].(obj); ok && prm["schema"] == nil {
		p.unsupported("%s: it is written as %s, and the client writes plain values", at, strings.Join(sorted(media), ", "))
		prm["schema"] = obj{"type": "string"}
	}
	p.shapeSchema(at, prm["schema"])
	s, _ := prm["schema"].(obj)
	if prm["in"] != "query" {
		return
	}
	if kind, known := styles[text(prm["style"])]; !known || kind != "" && s["type"] == "array" {
		p.unsupported("%s: style %v is not understood", at, prm["style"])
	}
	if prm["explode"] == false && s["type"] == "array" {
		p.unsupported("%s: explode false, values with commas between, is not understood", at)
	}
}

// shapeContent checks a body or an answer and says whether it holds a JSON schema.
func (p *prep) shapeContent(at string, v any) (hasSchema bool) {
	o, ok := v.(obj)
	if !ok {
		p.fail("%s: not an object", at)
		return true
	}
	media, ok := o["content"].(obj)
	if !ok && o["content"] != nil {
		p.fail("%s: content is not an object", at)
	}
	for _, mime := range sorted(media) {
		m, ok := media[mime].(obj)
		if !ok {
			p.fail("%s: %s is not an object", at, mime)
			continue
		}
		if s, ok := m["schema"]; ok {
			p.shapeSchema(at, s)
		}
	}
	return content(v) != nil
}

func (p *prep) shapeSchema(at string, v any) {
	s, ok := v.(obj)
	if !ok {
		p.fail("%s: not a schema", at)
		return
	}
	if r, ok := s["$ref"]; ok {
		name, local := strings.CutPrefix(text(r), schemaPrefix)
		if _, ok := p.schemas[name].(obj); !ok || !local {
			p.fail("%s: a reference to %v, which is no schema of the document", at, r)
		}
	}
	for _, key := range []string{"type", "format", "description"} {
		if _, ok := s[key].(string); !ok && s[key] != nil {
			p.fail("%s: %s is %v, not a text", at, key, s[key])
		}
	}
	if s["items"] == nil && s["type"] == "array" {
		p.fail("%s: an array without items", at)
	}
	if values, ok := s["enum"].([]any); s["enum"] != nil && (!ok || len(values) == 0) {
		p.fail("%s: enum is not a list of values", at)
	}
	if v, ok := s["properties"]; ok {
		props, ok := v.(obj)
		if !ok {
			p.fail("%s: properties are not an object", at)
		}
		for _, name := range sorted(props) {
			p.shapeName(at, "property", name)
			p.shapeSchema(at+"."+name, props[name])
		}
	}
	for _, key := range []string{"items", "additionalProperties", "not"} {
		if _, isBool := s[key].(bool); s[key] != nil && (key != "additionalProperties" || !isBool) {
			p.shapeSchema(at+"."+key, s[key])
		}
	}
	for _, key := range []string{"allOf", "oneOf", "anyOf"} {
		members, ok := s[key].([]any)
		if s[key] != nil && (!ok || len(members) == 0) {
			p.fail("%s: %s is not a list of schemas", at, key)
		}
		for _, m := range members {
			p.shapeSchema(at+"."+key, m)
		}
	}
	p.shapeDiscriminator(at, s["discriminator"])
}

func (p *prep) shapeDiscriminator(at string, v any) {
	if v == nil {
		return
	}
	d, _ := v.(obj)
	mapping, ok := d["mapping"].(obj)
	if text(d["propertyName"]) == "" || !ok && d["mapping"] != nil {
		p.fail("%s: the discriminator needs a propertyName, and an object for a mapping", at)
	}
	for _, value := range sorted(mapping) {
		if text(mapping[value]) == "" {
			p.fail("%s: the mapping of %q is not a text", at, value)
		}
	}
}
