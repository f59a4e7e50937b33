package prep

import (
	"fmt"
	"slices"
	"strings"
)

// methods are the keys of a path item that hold an operation.
var methods = []string{"delete", "get", "head", "options", "patch", "post", "put", "trace"}

// resolve puts shared parameters, bodies and answers in the place of the references to them, and the parameters of a path
// into each of its operations. References to schemas stay.
func resolve(p *prep) {
	paths, _ := p.root["paths"].(obj)
	for _, path := range sorted(paths) {
		item, _ := paths[path].(obj)
		shared := list(item["parameters"])
		for _, method := range methods {
			op, ok := item[method].(obj)
			if !ok {
				continue
			}
			if len(shared) > 0 {
				op["parameters"] = append(slices.Clone(list(op["parameters"])), clone(shared).([]any)...)
			}
			at := strings.ToUpper(method) + " " + path
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
		delete(item, "parameters")
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
		p.fail("%s: %v is not to be found in components.%s", at, r, kind)
		return obj{}
	}
	return clone(target)
}

// shape checks that everything the later rules look into is what OpenAPI says it is, so that they need not ask.
func shape(p *prep) {
	if v := text(p.root["openapi"]); !strings.HasPrefix(v, "3.0.") {
		p.fail("openapi %q: only 3.0 documents are understood", fmt.Sprint(p.root["openapi"]))
		return
	}
	for _, name := range sorted(p.schemas) {
		p.shapeSchema("schema "+name, p.schemas[name])
	}
	paths, _ := p.root["paths"].(obj)
	for _, path := range sorted(paths) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		item, ok := paths[path].(obj)
		if !ok || item["$ref"] != nil {
			p.fail("%s: not a path item", path)
			continue
		}
		for _, method := range methods {
			if op, ok := item[method]; ok {
				p.shapeOperation(strings.ToUpper(method)+" "+path, op)
			}
		}
	}
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
			p.shapeSchema(fmt.Sprintf("%s: parameter %s", at, prm["name"]), prm["schema"])
		}
	}
	if body, ok := op["requestBody"]; ok {
		if !p.shapeContent(at+": requestBody", body) {
			p.fail("%s: requestBody holds no JSON schema", at)
		}
	}
	responses, ok := op["responses"].(obj)
	if !ok || len(responses) == 0 {
		p.fail("%s has no responses", at)
	}
	for _, code := range sorted(responses) {
		r, _ := responses[code].(obj)
		if !p.shapeContent(at+": answer "+code, responses[code]) && r["content"] != nil && strings.HasPrefix(code, "2") {
			p.fail("%s: answer %s holds no JSON schema", at, code)
		}
	}
	for _, v := range list(op["servers"]) {
		if server, ok := v.(obj); !ok || text(server["url"]) == "" {
			p.fail("%s: a server has no url", at)
		}
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
