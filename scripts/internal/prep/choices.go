package prep

import (
	"fmt"
	"slices"
)

// choices brings oneOf and anyOf into the one form that the rule for unions understands: oneOf with references to objects.
// Members without a name get one, null becomes nullable, a choice of one is that one, and a choice between texts, or
// between numbers, is a text or a number. What mixes objects with other values stays as it is and becomes JSON (x-brex-raw).
func choices(p *prep) {
	done := map[string]bool{}
	for again := true; again; { // members that got a name may hold choices of their own
		again = false
		for _, name := range sorted(p.schemas) {
			if s := p.component(name); s != nil && !done[name] {
				done[name], again = true, true
				p.choicesInside(name, s, false)
			}
		}
	}
	for _, op := range p.everyOperation() {
		id := goName(text(op.node["operationId"]))
		for _, prm := range op.parameters() {
			if s, ok := prm["schema"].(obj); ok {
				p.choicesInside(id+"."+text(prm["name"]), s, true)
			}
		}
		if s := bodySchema(op.node); s != nil {
			p.choicesInside(id+".Request", s, true)
		}
		if s := okSchema(op.node); s != nil {
			p.choicesInside(id+".Response", s, true)
		}
	}
	for _, name := range sorted(p.schemas) { // what the operations' choices brought
		if s := p.component(name); s != nil && !done[name] {
			p.choicesInside(name, s, false)
		}
	}
}

// choicesInside rewrites the choices of a schema and of those inside it. inline says that it has no name of its own.
func (p *prep) choicesInside(path string, s obj, inline bool) {
	p.choice(path, s)
	if inline {
		p.composition(path, s)
	}
	props, _ := s["properties"].(obj)
	for _, name := range sorted(props) {
		if c, ok := props[name].(obj); ok {
			p.choicesInside(path+"."+name, c, true)
		}
	}
	if c, ok := s["items"].(obj); ok {
		p.choicesInside(path+".item", c, true)
	}
	if c, ok := s["additionalProperties"].(obj); ok {
		p.choicesInside(path+".value", c, true)
	}
	for _, m := range list(s["allOf"]) {
		if c, ok := m.(obj); ok {
			p.choicesInside(path, c, false)
		}
	}
}

// choice rewrites the oneOf or anyOf of one schema.
func (p *prep) choice(path string, s obj) {
	key := "oneOf"
	if s[key] == nil {
		key = "anyOf"
	}
	members := list(s[key])
	if len(members) == 0 {
		return
	}
	if s["oneOf"] != nil && s["anyOf"] != nil {
		p.unsupported("%s: oneOf beside anyOf is not understood", path)
		s["x-brex-raw"] = true
		return
	}
	values := slices.DeleteFunc(slices.Clone(members), isNull)
	if len(values) < len(members) {
		s["nullable"] = true
	}
	if len(values) == 0 {
		delete(s, key)
		return
	}
	s[key] = values
	if len(values) == 1 && s["discriminator"] == nil && s["properties"] == nil {
		onlyChoice(s, key, values[0])
		return
	}
	if !slices.ContainsFunc(values, func(m any) bool { return !p.isObject(m) }) {
		p.nameMembers(path, values)
		if delete(s, key); key == "anyOf" {
			s["x-brex-any"] = true // validators go on admitting what fits several
		}
		s["oneOf"] = values
		return
	}
	if p.lenient || !p.oneKind(s, key, values) {
		s["x-brex-raw"] = true
		if !p.lenient {
			delete(s, "discriminator")
		}
	}
}

// onlyChoice puts the only member in the place of the choice.
func onlyChoice(s obj, key string, v any) {
	member, _ := v.(obj)
	delete(s, key)
	if target, ok := ref(member); ok {
		s["allOf"] = []any{refTo(target)}
		member = without(member, "allOf", "$ref")
	}
	for k, v := range member {
		if _, ok := s[k]; !ok {
			s[k] = v
		}
	}
	if target, ok := ref(s); ok && !beside(s) {
		delete(s, "allOf")
		s["$ref"] = schemaPrefix + target
	}
}

func without(o obj, keys ...string) obj {
	out := obj{}
	for k, v := range o {
		if !slices.Contains(keys, k) {
			out[k] = v
		}
	}
	return out
}

// isNull says whether a member of a choice is nothing but null.
func isNull(v any) bool {
	m, _ := v.(obj)
	for k := range m {
		if !isDecoration(k) || k == "type" || k == "additionalProperties" {
			return false
		}
	}
	return m["nullable"] == true
}

// isObject says whether a member of a choice is an object, or may turn out to be one.
func (p *prep) isObject(v any) bool {
	s, _ := v.(obj)
	for seen := map[string]bool{}; ; {
		name, ok := ref(s)
		if !ok || seen[name] {
			break
		}
		seen[name] = true
		s = p.component(name)
	}
	return s["properties"] != nil || s["type"] == "object" || s["allOf"] != nil || s["oneOf"] != nil && s["x-brex-raw"] == nil
}

// oneKind makes one text, or one number, of a choice between several, and says whether it could.
func (p *prep) oneKind(s obj, key string, members []any) bool {
	var kinds, formats []string
	var enum []any
	open := false
	for _, m := range members {
		c, _ := m.(obj)
		if name, ok := ref(c); ok {
			c = p.component(name)
		}
		kinds, formats = append(kinds, text(c["type"])), append(formats, text(c["format"]))
		enum, open = append(enum, list(c["enum"])...), open || c["enum"] == nil
	}
	slices.Sort(kinds)
	slices.Sort(formats)
	kinds, formats = slices.Compact(kinds), slices.Compact(formats)
	switch {
	case len(kinds) == 1 && slices.Contains([]string{"string", "integer", "number", "boolean"}, kinds[0]):
		s["type"] = kinds[0]
	case slices.Equal(kinds, []string{"integer", "number"}):
		s["type"] = "number"
	default:
		return false
	}
	if delete(s, key); len(formats) == 1 && formats[0] != "" {
		s["format"] = formats[0]
	}
	if !open {
		s["enum"] = enum
		distinct(s)
	}
	delete(s, "discriminator")
	return true
}

// nameMembers makes a component of every member that has no name.
func (p *prep) nameMembers(path string, members []any) {
	for i, m := range members {
		member, _ := m.(obj)
		if target, ok := ref(member); ok {
			members[i] = refTo(target)
			continue
		}
		name := p.memberName(path, member, i)
		if p.schemas[name] != nil {
			p.unsupported("%s: a member would be named %s, which is another schema; name it by x-go-type-name in the overlay", path, name)
			return
		}
		moved := without(member, "x-go-type-name", "x-order", "nullable")
		if moved["description"] == nil {
			moved["description"] = fmt.Sprintf("One of the forms of %s.", path)
		}
		p.schemas[name] = moved
		members[i] = refTo(name)
	}
}

// memberName is what a member without a name is called: its title, or the place with the constant that marks it, or a number.
func (p *prep) memberName(path string, member obj, i int) string {
	if name := text(member["x-go-type-name"]); name != "" {
		return name
	}
	base := goName(path)
	if name := goName(text(member["title"])); name != "" {
		if p.schemas[name] == nil {
			return name
		}
		return base + name
	}
	props, _ := member["properties"].(obj)
	for _, prop := range sorted(props) {
		if value := p.constant(props[prop]); value != "" {
			return base + goName(value)
		}
	}
	return fmt.Sprintf("%sVariant%d", base, i+1)
}

// constant is the only value of a text, or "".
func (p *prep) constant(v any) string {
	s, _ := v.(obj)
	if name, ok := ref(s); ok {
		s = p.component(name)
	}
	if values := list(s["enum"]); len(values) == 1 {
		return text(values[0])
	}
	return ""
}

// composition makes a component of an allOf of several that stands inline, so that flatten makes one object of it.
func (p *prep) composition(path string, s obj) {
	all := list(s["allOf"])
	if _, ok := ref(s); ok || len(all) == 0 || slices.ContainsFunc(all, func(m any) bool { o, _ := m.(obj); return o["oneOf"] != nil || o["anyOf"] != nil }) {
		return
	}
	name := text(s["x-go-type-name"])
	if name == "" {
		name = goName(path)
	}
	if p.schemas[name] != nil {
		p.unsupported("%s would be named %s, which is another schema; name it by x-go-type-name in the overlay", path, name)
		return
	}
	moved := without(s, "nullable", "x-order", "x-go-type-name", "default")
	if moved["description"] == nil {
		moved["description"] = fmt.Sprintf("The value of %s.", path)
	}
	p.schemas[name] = moved
	for _, k := range []string{"type", "properties", "required", "additionalProperties", "x-go-type-name", "allOf"} {
		delete(s, k)
	}
	s["allOf"] = []any{refTo(name)}
}
