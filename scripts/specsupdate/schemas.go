package main

import (
	"fmt"
	"slices"
	"strings"
)

func (d *differ) components() {
	for _, name := range keys(d.old.schemas, d.new.schemas) {
		a, b := object(d.old.schemas[name]), object(d.new.schemas[name])
		switch {
		case a == nil:
			d.say(addition, "schema added: %s (%s)", name, contents(b))
		case b == nil:
			d.say(callers, "schema removed: %s", name)
		default:
			old, new := d.old.uses[name], d.new.uses[name]
			d.schema("schema "+name, a, b, use{request: old.request || new.request, response: old.response || new.response,
				update: old.update && new.update})
		}
	}
}

// schema compares two schemas and everything below them, whatever differs above.
func (d *differ) schema(at string, a, b obj, u use) {
	if before, after := describe(a), describe(b); before != after {
		c := callers
		if d.old.kind(a) == d.new.kind(b) { // a format that Go does not know
			c = either(u.request, breaksWire, addition)
		}
		d.say(c, "%s: type %s -> %s", at, before, after)
	}
	d.nullable(at, a, b, u)
	d.words(at, a, b)
	d.flag(addition, addition, at, "deprecated", a["deprecated"], b["deprecated"])
	d.flag(either(u.request, breaksWire, addition), addition, at, "readOnly", a["readOnly"], b["readOnly"])
	d.flag(either(u.response, callers, addition), addition, at, "writeOnly", a["writeOnly"], b["writeOnly"])
	d.value(either(u.request, breaksWire, addition), at, "default", a["default"], b["default"])
	if name, other := reference(a), reference(b); name != "" && name == other {
		return // compared as a component
	} else if name != "" || other != "" {
		a, name = d.old.resolved(a)
		b, other = d.new.resolved(b)
		if pair := name + " " + other; d.compared[pair] {
			return
		} else if name != "" && other != "" {
			d.compared[pair] = true
		}
	}
	d.inside(at, a, b, u)
}

// inside compares what schemas say of their values.
func (d *differ) inside(at string, a, b obj, u use) {
	d.enum(at, a, b)
	d.required(at, a, b, u)
	d.set(addition, callers, at, "variant", variants(a), variants(b))
	d.value(callers, at, "discriminator", object(a["discriminator"])["propertyName"], object(b["discriminator"])["propertyName"])
	for _, limit := range limits {
		d.limit(at, limit, a[limit.name], b[limit.name], u)
	}
	d.properties(at, object(a["properties"]), object(b["properties"]), a, b, u)
	u.required = true // an item is there
	for _, key := range []string{"oneOf", "anyOf"} {
		old, new := list(a[key]), list(b[key])
		for i := range min(len(old), len(new)) {
			if p, q := object(old[i]), object(new[i]); reference(p) == "" && reference(q) == "" { // others are components
				d.schema(fmt.Sprintf("%s: variant %d", at, i+1), p, q, u)
			}
		}
	}
	if p, q := object(a["items"]), object(b["items"]); p != nil && q != nil {
		d.schema(at+"[]", p, q, u)
	}
	p, q := object(a["additionalProperties"]), object(b["additionalProperties"])
	switch closed := b["additionalProperties"] == false; {
	case p != nil && q != nil:
		d.schema(at+"[]", p, q, u)
	case p == nil && q == nil && closed != (a["additionalProperties"] == false):
		d.say(either(closed && u.request, breaksWire, addition), "%s: other members are %s", at, map[bool]string{true: "refused", false: "accepted"}[closed])
	}
	d.rest(at, a, b, u)
}

// nullable: in Go a pointer comes or goes where the zero value would mean something.
func (d *differ) nullable(at string, a, b obj, u use) {
	c := addition
	switch {
	case u.required && !u.update && (d.old.pointer(a) || d.new.pointer(b)), strings.HasSuffix(at, "[]"):
		c = callers
	case b["nullable"] != true && u.request:
		c = breaksWire
	}
	d.value(c, at, "nullable", a["nullable"] == true, b["nullable"] == true)
}

// enum: a value that is gone takes its constant with it, and a list that comes or goes changes the Go type.
func (d *differ) enum(at string, a, b obj) {
	old, new := texts(a["enum"]), texts(b["enum"])
	gained := addition
	if len(old) == 0 {
		gained = callers
	}
	d.set(gained, callers, at, "value", old, new)
}

// required says which members must be there now, or need not any more.
func (d *differ) required(at string, a, b obj, u use) {
	old, new := texts(a["required"]), texts(b["required"])
	c := none
	for _, name := range old {
		if object(object(b["properties"])[name]) != nil && !slices.Contains(new, name) {
			switch {
			case u.update || d.pointerComes(object(object(a["properties"])[name])), u.response: // or a caller finds nothing where something was
				c = max(c, callers)
			default:
				c = max(c, addition)
			}
		}
	}
	for _, name := range new {
		was := object(object(a["properties"])[name]) != nil
		switch {
		case slices.Contains(old, name):
		case was && (u.update || d.pointerComes(object(object(b["properties"])[name]))):
			c = max(c, callers)
		default:
			c = max(c, either(u.request, breaksWire, addition))
		}
	}
	d.set(c, c, at, "required member", old, new)
}

// pointerComes says whether a property is a pointer when it need not be there and none when it must.
func (d *differ) pointerComes(p obj) bool {
	return p["nullable"] != true && (d.old.pointer(p) || d.new.pointer(p))
}

func (d *differ) properties(at string, old, new, a, b obj, u use) {
	for _, name := range keys(old, new) {
		p, q := object(old[name]), object(new[name])
		must := slices.Contains(texts(b["required"]), name)
		switch {
		case p == nil:
			d.say(either(must && u.request, breaksWire, addition), "%s: property %s added (%s)", at, name, contents(q))
		case q == nil:
			d.say(callers, "%s: property %s removed", at, name)
		default:
			u.required = must && slices.Contains(texts(a["required"]), name)
			d.schema(at+"."+name, p, q, u)
		}
	}
}

// limit is a bound of values: up says that a greater one is the narrower.
type limit struct {
	name string
	up   bool
}

var limits = []limit{{"maximum", false}, {"exclusiveMaximum", false}, {"maxLength", false}, {"maxItems", false}, {"maxProperties", false},
	{"minimum", true}, {"exclusiveMinimum", true}, {"minLength", true}, {"minItems", true}, {"minProperties", true}}

// limit: a narrower bound refuses what used to be accepted. What a response holds is nobody's to refuse.
func (d *differ) limit(at string, l limit, a, b any, u use) {
	before, had := decimal(a)
	after, has := decimal(b)
	narrower := has && (!had || (after > before) == l.up)
	d.value(either(u.request && narrower, breaksWire, addition), at, l.name, a, b)
}

func decimal(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	case bool: // exclusive bounds of 3.0
		return map[bool]float64{true: 1}[v], v
	}
	return 0, false
}

// spoken are the keywords that the functions above compare.
var spoken = []string{"type", "format", "nullable", "enum", "required", "oneOf", "anyOf", "discriminator", "properties", "items",
	"additionalProperties", "deprecated", "readOnly", "writeOnly", "default", "summary", "description", "title", "example", "examples",
	"externalDocs", "tags", "$ref", "xml"}

// rest compares every other keyword as a whole, so that nothing goes unsaid.
func (d *differ) rest(at string, a, b obj, u use) {
	for _, key := range keys(a, b) {
		known := slices.Contains(spoken, key) || slices.ContainsFunc(limits, func(l limit) bool { return l.name == key })
		if known || strings.HasPrefix(key, "x-") || key == "allOf" && (reference(a) != "" || reference(b) != "") {
			continue
		}
		c := either(u.request && b[key] != nil, breaksWire, addition)
		if key == "allOf" {
			c = callers
		}
		d.value(c, at, key, a[key], b[key])
	}
}
