package prep

import (
	"fmt"
	"slices"
	"strings"
)

// hoist gives inline enums, objects and unions a component of their own, named after where they stand or by
// x-go-type-name. An enum with the values of one that exists already becomes a reference to it.
func hoist(p *prep) {
	enums := map[string]string{}
	for _, name := range sorted(p.schemas) {
		if s := p.component(name); s["enum"] != nil && s["type"] == "string" && enums[enumKey(s)] == "" {
			enums[enumKey(s)] = name
		}
	}
	for _, name := range sorted(p.schemas) {
		p.hoistInside(name, p.component(name), enums)
	}
	for _, op := range p.everyOperation() {
		id := goName(text(op.node["operationId"]))
		for _, prm := range op.parameters() {
			if s, ok := prm["schema"].(obj); ok {
				p.hoistOne(id+"."+text(prm["name"]), s, enums)
			}
		}
		if s := bodySchema(op.node); s != nil {
			p.hoistOne(id+".Request", s, enums)
		}
		if s := okSchema(op.node); s != nil {
			p.hoistOne(id+".Response", s, enums)
		}
	}
}

func (p *prep) hoistInside(path string, s obj, enums map[string]string) {
	props, _ := s["properties"].(obj)
	for _, name := range sorted(props) {
		if c, ok := props[name].(obj); ok {
			p.hoistOne(path+"."+name, c, enums)
		}
	}
	if c, ok := s["items"].(obj); ok {
		p.hoistOne(path+".item", c, enums)
	}
	if c, ok := s["additionalProperties"].(obj); ok {
		p.hoistOne(path+".value", c, enums)
	}
}

// hoistOne moves the schema at path out when it needs a name, keeping what belongs to the place it stood in.
func (p *prep) hoistOne(path string, s obj, enums map[string]string) {
	if _, ok := ref(s); ok {
		return
	}
	if items, ok := s["items"].(obj); ok {
		p.hoistOne(path+".item", items, enums)
		return
	}
	if values, ok := s["additionalProperties"].(obj); ok && s["properties"] == nil {
		p.hoistOne(path+".value", values, enums)
		return
	}
	isEnum := s["enum"] != nil && s["type"] == "string"
	isObject := s["properties"] != nil || s["oneOf"] != nil || s["x-brex-raw"] == true
	if !isEnum && !isObject {
		return
	}
	name := text(s["x-go-type-name"])
	if name == "" {
		name = goName(path)
	}
	if isEnum {
		if existing, ok := enums[enumKey(s)]; ok {
			name = existing
		}
		enums[enumKey(s)] = name
	}
	moved := obj{}
	for k, v := range s {
		if k != "nullable" && k != "x-order" && k != "default" && k != "x-go-type-name" {
			moved[k] = v
		}
	}
	if existing := p.component(name); existing == nil {
		if _, ok := moved["description"]; !ok {
			moved["description"] = fmt.Sprintf("The values of %s.", strings.ReplaceAll(path, "_", " "))
		}
		p.schemas[name] = moved
		if moved["oneOf"] != nil && moved["x-brex-raw"] == nil {
			u := p.unionOf(name, moved)
			if p.unions[name] = u; len(p.errs) > 0 {
				return
			}
			p.finish(name, moved, u)
		}
		p.hoistInside(name, moved, enums)
	} else if !(isEnum && existing["enum"] != nil && enumKey(existing) == enumKey(s)) {
		p.fail("%s would be named %s, which is another schema; name it by x-go-type-name in the overlay", path, name)
	}
	for _, k := range []string{"type", "enum", "properties", "required", "oneOf", "anyOf", "discriminator", "additionalProperties",
		"x-go-type-name", "x-brex-raw", "x-brex-any"} {
		delete(s, k)
	}
	s["allOf"] = []any{refTo(name)}
}

func enumKey(s obj) string {
	var values []string
	for _, v := range list(s["enum"]) {
		values = append(values, fmt.Sprint(v))
	}
	slices.Sort(values)
	return strings.Join(values, "|")
}

// okSchema is the schema of the successful answer.
func okSchema(op obj) obj {
	responses, _ := op["responses"].(obj)
	for _, code := range sorted(responses) {
		if strings.HasPrefix(code, "2") {
			return content(responses[code])
		}
	}
	return nil
}
