package prep

import (
	"maps"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// union is a component that is one of several others.
type union struct {
	discriminator string
	members       []member
}

type member struct {
	component string
	match     []wire.Match // what an object of the member has and those of the others have not
	stamp     []wire.Match // the constants a value made in Go gets
}

// completeUnions finds the unions, adds to oneOf what only the mapping names and to the mapping what only oneOf names.
func completeUnions(p *prep) {
	for _, name := range sorted(p.schemas) {
		if s := p.component(name); s["oneOf"] != nil && s["x-brex-raw"] == nil {
			p.unions[name] = p.unionOf(name, s)
		}
	}
}

// unionOf reads the union that a schema with oneOf is.
func (p *prep) unionOf(name string, s obj) *union {
	u := &union{}
	values := map[string][]string{} // component to discriminator values
	var mapping obj
	if d, ok := s["discriminator"].(obj); ok {
		u.discriminator = text(d["propertyName"])
		if mapping, ok = d["mapping"].(obj); !ok {
			mapping = obj{}
			d["mapping"] = mapping
		}
	}
	for _, value := range sorted(mapping) {
		target := strings.TrimPrefix(text(mapping[value]), schemaPrefix)
		mapping[value] = schemaPrefix + target
		if p.component(target) == nil {
			p.unsupported("%s: the mapping of %s names %s, which is no schema", name, value, target)
			continue
		}
		values[target] = append(values[target], value)
		if !memberOf(target, obj{"oneOf": s["oneOf"]}) {
			s["oneOf"] = append(list(s["oneOf"]), refTo(target))
		}
	}
	for _, m := range list(s["oneOf"]) {
		o, _ := m.(obj)
		target, ok := ref(o)
		if !ok {
			p.unsupported("%s: a member of oneOf is not a reference", name)
			continue
		}
		if slices.ContainsFunc(u.members, func(o member) bool { return o.component == target }) {
			p.unsupported("%s: %s is a member twice", name, target)
			continue
		}
		mem := member{component: target}
		if u.discriminator != "" {
			marks := values[target]
			if len(marks) == 0 {
				marks = []string{p.implicitMark(name, target, u.discriminator, mapping)}
			}
			mem.match = []wire.Match{{Member: u.discriminator, Value: marks[0], Or: marks[1:]}}
			if len(marks) == 1 { // of several, the caller sets the one that is meant
				mem.match[0].Or, mem.stamp = nil, mem.match
			}
		}
		u.members = append(u.members, mem)
	}
	return u
}

// implicitMark is the value of a member that no mapping names: the constant it has there, or its name, as OpenAPI says.
func (p *prep) implicitMark(union, target, discriminator string, mapping obj) string {
	props, _ := p.component(target)["properties"].(obj)
	value := p.constant(props[discriminator])
	if value == "" {
		value = target
	}
	if _, taken := mapping[value]; taken {
		p.unsupported("%s: the mapping of %s leads elsewhere, and nothing leads to the member %s", union, value, target)
	}
	mapping[value] = schemaPrefix + target
	return value
}

// finish pushes down what members of a discriminated union inherit and finds out what tells those of any other apart.
func (p *prep) finish(name string, s obj, u *union) {
	for _, m := range u.members {
		if t := p.component(m.component); p.unions[m.component] != nil || t["properties"] == nil && t["type"] != "object" {
			p.unsupported("%s: the member %s is not an object", name, m.component)
			return
		}
	}
	p.pushDown(name, s, u)
	if u.discriminator == "" && !p.lenient {
		p.distinguish(name, u)
	}
}

// flatten makes one object of every remaining allOf, leaving out the union that a member inherits from, whose own
// properties it takes over. Afterwards no reference leads in a circle through allOf.
func flatten(p *prep) {
	done := map[string]bool{}
	for _, name := range sorted(p.schemas) {
		p.flattenComponent(name, done)
	}
	for _, name := range sorted(p.schemas) {
		if p.unions[name] == nil {
			walk(p.component(name), func(s obj) { p.flattenInline(name, s) })
		}
	}
	for _, n := range p.everyOperation() {
		n.schemas(func(s obj) { walk(s, func(s obj) { p.flattenInline(n.String(), s) }) })
	}
	if len(p.errs) > 0 {
		return
	}
	for _, name := range sorted(p.schemas) {
		if u := p.unions[name]; u != nil {
			p.finish(name, p.component(name), u)
		}
	}
}

// flattenComponent flattens a component after those it inherits from. done has it, false, while that goes on.
func (p *prep) flattenComponent(name string, done map[string]bool) {
	if finished, met := done[name]; met {
		if !finished {
			p.fail("schema %s inherits from itself through allOf", name)
		}
		return
	}
	done[name] = false
	defer func() { done[name] = true }()
	s := p.component(name)
	if p.unions[name] != nil || len(list(s["allOf"])) == 0 {
		return
	}
	props, required := obj{}, []string{}
	add := func(from obj) {
		offset := len(props)
		own, _ := from["properties"].(obj)
		for _, k := range sorted(own) {
			c, _ := clone(own[k]).(obj)
			if order, ok := number(c["x-order"]); ok {
				c["x-order"] = order + offset
			}
			props[k] = c
		}
		for _, r := range stringList(from["required"]) {
			if !slices.Contains(required, r) {
				required = append(required, r)
			}
		}
	}
	for _, m := range list(s["allOf"]) {
		part, _ := m.(obj)
		target, isRef := ref(part)
		if !isRef {
			p.onlyObject(name, part)
			add(part)
			continue
		}
		if p.unions[target] == nil {
			p.flattenComponent(target, done)
			p.onlyObject(name, p.component(target))
		}
		// Of a union only its own properties are inherited, never its choice.
		add(p.component(target))
	}
	add(s)
	delete(s, "allOf")
	s["type"], s["properties"] = "object", props
	delete(s, "required")
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = anys(required)
	}
}

// onlyObject refuses a part of an allOf that is more than an object with properties, or something else.
func (p *prep) onlyObject(name string, part obj) {
	for _, key := range []string{"allOf", "oneOf", "anyOf", "not", "enum"} {
		if part[key] != nil {
			p.unsupported("schema %s: %s as a part of its allOf is not understood", name, key)
		}
	}
	if part["type"] != nil && part["type"] != "object" {
		p.unsupported("schema %s: a part of its allOf is of type %s, not an object", name, part["type"])
	}
}

// flattenInline handles allOf:[{$ref base},{oneOf}] on a property: the base adds nothing that the members do not have.
func (p *prep) flattenInline(name string, s obj) {
	all := list(s["allOf"])
	if _, ok := ref(s); ok || len(all) == 0 {
		return
	}
	for _, m := range all {
		if part, _ := m.(obj); part["oneOf"] != nil {
			delete(s, "allOf")
			s["oneOf"] = part["oneOf"]
			if part["discriminator"] != nil {
				s["discriminator"] = part["discriminator"]
			}
			return
		}
	}
	p.unsupported("%s: an inline allOf of several schemas is not understood; name it as a component", name)
}

// pushDown moves a union's own properties into its members, so that the union is nothing but the choice, and requires the
// discriminator in each.
func (p *prep) pushDown(name string, s obj, u *union) {
	own, _ := s["properties"].(obj)
	required := stringList(s["required"])
	for _, m := range u.members {
		target := p.component(m.component)
		props, _ := target["properties"].(obj)
		if props == nil {
			props = obj{}
			target["properties"] = props
		}
		for _, k := range sorted(own) {
			if _, ok := props[k]; !ok {
				props[k] = clone(own[k])
			}
		}
		need := append(stringList(target["required"]), required...)
		if u.discriminator != "" {
			prop, ok := props[u.discriminator].(obj)
			if !ok {
				prop = obj{"type": "string", "description": "Always " + strings.Join(append([]string{m.match[0].Value}, m.match[0].Or...), " or ") + "."}
				props[u.discriminator] = prop
			}
			if !p.isText(prop) {
				p.unsupported("%s: the discriminator %s of %s is not a text", name, u.discriminator, m.component)
			}
			need = append(need, u.discriminator)
		}
		slices.Sort(need)
		if need = slices.Compact(need); len(need) > 0 {
			target["required"] = anys(need)
		}
	}
	delete(s, "properties")
	delete(s, "required")
	delete(s, "type")
}

// isText says whether the values of a schema are texts, which constants in Go can be.
func (p *prep) isText(s obj) bool {
	if name, ok := ref(s); ok {
		s = p.component(name)
	}
	return s["type"] == "string"
}

// distinguish finds for each member of a union without a discriminator what only its objects have: the constants that an
// overlay gives it (x-brex-match), or a required property of its own.
func (p *prep) distinguish(name string, u *union) {
	if p.byConstants(u) {
		return
	}
	for i := range u.members {
		m := &u.members[i]
		s := p.component(m.component)
		props, _ := s["properties"].(obj)
		if consts, ok := s["x-brex-match"].(obj); ok {
			for _, k := range sorted(consts) {
				prop, ok := props[k].(obj)
				if value, isText := consts[k].(string); isText && ok && p.isText(prop) {
					m.match = append(m.match, wire.Match{Member: k, Value: value})
					continue
				}
				p.fail("%s: x-brex-match says that %s is %v, which is no property with such a value", m.component, k, consts[k])
			}
			m.stamp = m.match
			continue
		}
		for _, r := range stringList(s["required"]) {
			elsewhere := slices.ContainsFunc(u.members, func(o member) bool {
				if o.component == m.component {
					return false
				}
				props, _ := p.component(o.component)["properties"].(obj)
				return props[r] != nil
			})
			if !elsewhere {
				m.match = append(m.match, wire.Match{Member: r})
			}
		}
		if len(m.match) == 0 {
			p.fail("%s: nothing tells %s from the other members; give it x-brex-match in the overlay", name, m.component)
		}
	}
}

// byConstants tells the members apart by a required property that is another constant in each, and says whether one is.
func (p *prep) byConstants(u *union) bool {
	marks := map[string]map[string]bool{} // by property
	values := func(i int) obj {
		s := p.component(u.members[i].component)
		props, _ := s["properties"].(obj)
		out := obj{}
		for _, name := range stringList(s["required"]) {
			if value := p.constant(props[name]); value != "" && s["x-brex-match"] == nil {
				out[name] = value
			}
		}
		return out
	}
	for i := range u.members {
		for name, value := range values(i) {
			if marks[name] == nil {
				marks[name] = map[string]bool{}
			}
			marks[name][text(value)] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(marks)) {
		if len(marks[name]) != len(u.members) {
			continue
		}
		for i := range u.members {
			u.members[i].match = []wire.Match{{Member: name, Value: text(values(i)[name])}}
			u.members[i].stamp = u.members[i].match
		}
		return true
	}
	return false
}
