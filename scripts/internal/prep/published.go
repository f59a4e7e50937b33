package prep

import (
	"slices"
	"strings"
)

// decorations are the keywords that only say something about a schema named elsewhere.
var decorations = map[string]bool{"nullable": true, "description": true, "example": true, "default": true, "title": true,
	"deprecated": true, "readOnly": true, "writeOnly": true, "externalDocs": true, "type": true, "additionalProperties": true}

func isDecoration(keyword string) bool {
	return decorations[keyword] || strings.HasPrefix(keyword, "x-")
}

// propertyRequired drops "required" where it is not a list of member names: older documents of Brex carry
// required: ["true"] on single properties.
func propertyRequired(p *prep) {
	p.everySchema(func(s obj) {
		props, _ := s["properties"].(obj)
		var members []string
		for _, name := range stringList(s["required"]) {
			if _, isMember := props[name]; isMember || name != "true" && name != "false" {
				members = append(members, name)
			}
		}
		scalar := s["type"] != nil && s["type"] != "object"
		if delete(s, "required"); len(members) > 0 && !scalar {
			s["required"] = anys(members)
		}
	})
}

// enums takes null, which nullable says, and repetitions out of the lists of values, and adds the type where only texts are
// listed.
func enums(p *prep) {
	p.everySchema(distinct)
}

func distinct(s obj) {
	var values []any
	texts := true
	for _, v := range list(s["enum"]) {
		if v == nil {
			s["nullable"] = true
			continue
		}
		_, isText := v.(string)
		texts = texts && isText
		if isScalar(v) && slices.ContainsFunc(values, func(o any) bool { return isScalar(o) && o == v }) {
			continue
		}
		values = append(values, v)
	}
	if delete(s, "enum"); len(values) == 0 {
		return
	}
	s["enum"] = values
	if s["type"] == nil && texts {
		s["type"] = "string"
	}
}

func isScalar(v any) bool {
	switch v.(type) {
	case obj, []any:
		return false
	}
	return true
}

// decorators rewrites allOf:[{$ref},{nullable:true},...] as allOf:[{$ref}] with the decorations beside it. Brex writes some
// 150 references so; oapi-codegen would compose a new type of every one. An allOf that holds just the reference becomes it.
// What stands beside a bare $ref, where 3.0 overlooks it, goes the same way.
func decorators(p *prep) {
	p.everySchema(func(s obj) {
		if target, ok := s["$ref"]; ok {
			if beside(s) {
				delete(s, "$ref")
				s["allOf"] = []any{obj{"$ref": target}}
			}
			return
		}
		all := list(s["allOf"])
		if len(all) == 0 || s["properties"] != nil || s["oneOf"] != nil {
			return
		}
		var target any
		extra := obj{}
		for _, m := range all {
			member, _ := m.(obj)
			if r, ok := member["$ref"]; ok {
				if target != nil {
					return // a composition of two
				}
				target = r
			}
			for k, v := range member {
				if k != "$ref" && !isDecoration(k) {
					return
				}
				extra[k] = v
			}
		}
		if target == nil {
			return
		}
		delete(extra, "$ref")
		delete(extra, "type")
		for k, v := range extra {
			if _, ok := s[k]; !ok {
				s[k] = v
			}
		}
		delete(s, "type")
		if s["additionalProperties"] == true {
			delete(s, "additionalProperties") // the referred object decides
		}
		s["allOf"] = []any{obj{"$ref": target}}
		if !beside(s) {
			delete(s, "allOf")
			s["$ref"] = target
		}
	})
}

// beside says whether anything but its place in the order stands beside a reference.
func beside(s obj) bool {
	for k := range s {
		if k != "$ref" && k != "allOf" && k != "x-order" {
			return true
		}
	}
	return false
}

// aliases makes a component that only refers to another, perhaps with a description of its own, a copy of it, so that it
// has a type of its own. A member that adds nothing to its union, and an object, are left to flatten.
func aliases(p *prep) {
	doing := map[string]bool{}
	for _, name := range sorted(p.schemas) {
		p.alias(name, doing)
	}
	for _, name := range sorted(p.schemas) {
		p.listOfItself(name)
	}
}

// listOfItself refuses a component whose items lead back to it with no object between, which no value could ever be.
func (p *prep) listOfItself(name string) {
	seen := map[string]bool{}
	for s := p.component(name); s != nil; {
		if target, ok := ref(s); ok {
			if seen[target] {
				p.fail("schema %s is a list of itself", name)
				return
			}
			seen[target] = true
			s = p.component(target)
			continue
		}
		s, _ = s["items"].(obj)
	}
}

func (p *prep) alias(name string, doing map[string]bool) {
	s := p.component(name)
	target, ok := ref(s)
	if !ok {
		return
	}
	if doing[name] {
		p.fail("schema %s refers to itself in a circle", name)
		return
	}
	doing[name] = true
	defer delete(doing, name)
	p.alias(target, doing)
	t := p.component(target)
	if t["properties"] != nil || t["allOf"] != nil || memberOf(name, t) {
		delete(s, "$ref")
		s["allOf"] = []any{refTo(target)}
		return
	}
	delete(s, "$ref")
	delete(s, "allOf")
	for k, v := range t {
		if _, ok := s[k]; !ok {
			s[k] = clone(v)
		}
	}
}

// memberOf says whether a union lists the component.
func memberOf(name string, union obj) bool {
	if slices.ContainsFunc(list(union["oneOf"]), func(m any) bool { o, _ := m.(obj); r, _ := ref(o); return r == name }) {
		return true
	}
	d, _ := union["discriminator"].(obj)
	mapping, _ := d["mapping"].(obj)
	for _, target := range mapping {
		if strings.TrimPrefix(text(target), schemaPrefix) == name {
			return true
		}
	}
	return false
}
