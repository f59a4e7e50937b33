package prep

import (
	"strings"
)

const (
	moneyImport = "github.com/brex-go/sdk/brex/money"
	wireImport  = "github.com/brex-go/sdk/brex/wire"
)

// secretNames are properties whose values must not be printed by accident. An overlay adds others with x-brex-secret.
var secretNames = map[string]bool{"account_number": true, "bank_account_number": true, "cvv": true, "document_number": true,
	"download_uris": true, "iban": true, "secret": true, "swift_account_number": true}

const secretType = "wire.Secret"

// types decides the Go type of every property.
func types(p *prep) {
	for _, name := range sorted(p.schemas) {
		s := p.component(name)
		switch item := p.pageItem(s); {
		case item != "":
			s["x-go-type"] = "wire.Page[" + p.goNameOf(item) + "]"
			s["x-go-type-import"] = obj{"path": wireImport}
		case isMoney(s):
			s["x-go-type"] = "money.Money"
			s["x-go-type-import"] = obj{"path": moneyImport}
		}
	}
	for _, name := range sorted(p.schemas) {
		p.plainComponent(name, p.component(name))
	}
	p.findUpdates()
	for _, name := range sorted(p.schemas) {
		s := p.component(name)
		if s["x-go-type"] != nil {
			continue
		}
		if u := p.unions[name]; u != nil {
			s["x-brex-union"] = p.unionTemplate(u)
		}
		required := map[string]bool{}
		for _, r := range stringList(s["required"]) {
			required[r] = true
		}
		props, _ := s["properties"].(obj)
		for _, prop := range sorted(props) {
			if c, ok := props[prop].(obj); ok {
				p.property(name, prop, c, required[prop])
			}
		}
	}
	p.markHolders()
	p.operationTypes()
}

// markHolders marks the objects that hold a secret at any depth: their Go types log themselves. A union does anyway.
func (p *prep) markHolders() {
	for _, name := range sorted(p.schemas) {
		reached := map[string]bool{}
		p.reach(obj{"$ref": schemaPrefix + name}, reached)
		for r := range reached {
			if p.hasSecret(p.component(r)) {
				p.component(name)["x-brex-holds-secret"] = true
			}
		}
	}
}

// hasSecret reports whether a property of an object is secret.
func (p *prep) hasSecret(s obj) bool {
	props, _ := s["properties"].(obj)
	for _, prop := range props {
		if c, ok := prop.(obj); ok && strings.Contains(text(c["x-go-type"]), secretType) {
			return true
		}
	}
	return false
}

// plainComponent gives a component that is neither object, union nor enum the Go type that a property of its kind has:
// the generator's own would hold floats and times that cannot be null.
func (p *prep) plainComponent(name string, s obj) {
	if s["properties"] != nil || s["enum"] != nil || p.unions[name] != nil || s["x-go-type"] != nil {
		return
	}
	goType, _ := p.goType(s)
	switch goType {
	case "":
		p.fail("schema %s: type %v is not understood", name, s["type"])
	default:
		s["x-go-type"] = goType
		if strings.Contains(goType, "money.") {
			s["x-go-type-import"] = obj{"path": moneyImport}
		}
	}
}

// isMoney recognises an amount of minor units with its currency.
func isMoney(s obj) bool {
	props, _ := s["properties"].(obj)
	amount, _ := props["amount"].(obj)
	return len(props) == 2 && props["currency"] != nil && amount["type"] == "integer"
}

// property sets the Go type of a property. A pointer says that null or absent differs from the zero value: that is so for
// numbers, flags and objects, and not for texts, enums, times, lists and unions, whose zero value the API never means.
func (p *prep) property(component, name string, c obj, required bool) {
	goType, pointer := p.goType(c)
	if goType == "" {
		p.fail("%s.%s: type %v is not understood", component, name, c["type"])
		return
	}
	// An overlay's word on the type counts, see the version numbers of accounting.
	if explicit := text(c["x-go-type"]); explicit != "" {
		goType = explicit
	}
	if secretNames[name] || c["x-brex-secret"] == true {
		goType = secretOf(goType)
	}
	nullable := c["nullable"] == true
	tag := name
	switch {
	case p.updates[component] && !required:
		goType, tag = "wire.Nullable["+goType+"]", tag+",omitzero"
	case pointer && (!required || nullable):
		goType = "*" + goType
		if !required {
			tag += ",omitempty"
		}
	case !required && (goType == "wire.Time" || goType == "wire.Date" || goType == secretType || p.isUnion(c)):
		tag += ",omitzero"
	case !required:
		tag += ",omitempty"
	case c["readOnly"] == true: // required of a response, and refused in a request
		tag += ",omitempty"
	}
	c["x-brex-go"] = obj{"type": goType, "tag": tag}
	c["x-go-type"] = goType
	c["x-go-type-skip-optional-pointer"] = true
	if strings.Contains(goType, "money.") {
		c["x-go-type-import"] = obj{"path": moneyImport}
	}
}

// secretOf is the Go type of a secret property: strings can be hidden, and lists of them.
func secretOf(goType string) string {
	switch goType {
	case "string":
		return secretType
	case "[]string":
		return "[]" + secretType
	}
	return goType
}

func (p *prep) isUnion(c obj) bool {
	name, ok := ref(c)
	return ok && p.unions[name] != nil
}

// goType is the Go type of a schema and whether its zero value means something.
func (p *prep) goType(s obj) (goType string, zeroMeans bool) {
	if name, ok := ref(s); ok {
		target := p.component(name)
		goType = p.goNameOf(name)
		if explicit := text(target["x-go-type"]); explicit != "" {
			goType = explicit
		}
		scalar := target["type"] == "integer" || target["type"] == "number" || target["type"] == "boolean"
		return goType, scalar || target["properties"] != nil && p.unions[name] == nil
	}
	if s["x-brex-raw"] == true {
		return "wire.JSON", false // a choice that mixes objects with other values
	}
	for _, key := range []string{"allOf", "oneOf", "anyOf", "not"} {
		if s[key] != nil {
			return "", false // every rule that knows what to do with it has run
		}
	}
	format := text(s["format"])
	switch s["type"] {
	case "string":
		switch format {
		case "date-time":
			return "wire.Time", false
		case "date":
			return "wire.Date", false
		}
		return "string", false
	case "integer":
		if format == "int64" {
			return "int64", true
		}
		return "int", true
	case "number":
		if format == "int32" || format == "int64" {
			return "wire.Integer", true // it may come as 1.0
		}
		return "money.Decimal", true // never a float
	case "boolean":
		return "bool", true
	case "array":
		items, _ := s["items"].(obj)
		inner, _ := p.goType(items)
		if inner == "" {
			return "", false
		}
		if items["nullable"] == true {
			inner = "*" + inner
		}
		return "[]" + inner, false
	case "object", nil:
		if extra, ok := s["additionalProperties"].(obj); ok {
			inner, _ := p.goType(extra)
			if inner == "" {
				return "", false
			}
			return "map[string]" + inner, false
		}
		return "wire.JSON", false // its numbers must not become floats
	}
	return "", false
}

func (p *prep) goNameOf(component string) string {
	s, _ := p.schemas[component].(obj)
	return text(s["x-go-name"])
}

// findUpdates marks the components that only update bodies hold: PUT and PATCH bodies, and those an overlay marks with
// x-brex-update. There, and nowhere else, absent, null and a value are three things.
func (p *prep) findUpdates() {
	updates, others := map[string]bool{}, map[string]bool{}
	for _, n := range p.everyOperation() {
		responses, _ := n.node["responses"].(obj)
		for _, code := range sorted(responses) {
			if s := content(responses[code]); s != nil {
				p.reach(s, others)
			}
		}
		body := bodySchema(n.node)
		if body == nil {
			continue
		}
		name, _ := ref(body)
		marked, _ := p.schemas[name].(obj)
		if n.method == "PUT" || n.method == "PATCH" || marked["x-brex-update"] == true {
			p.reach(body, updates)
		} else {
			p.reach(body, others)
		}
	}
	for name := range updates {
		if s, ok := p.schemas[name].(obj); ok && !others[name] && p.unions[name] == nil && s["enum"] == nil {
			p.updates[name] = true
		}
	}
}

// unionTemplate is what the union template needs of each member.
func (p *prep) unionTemplate(u *union) obj {
	var members []any
	for _, m := range u.members {
		s, _ := p.schemas[m.component].(obj)
		props, _ := s["properties"].(obj)
		var match, stamp []any
		for _, c := range m.match {
			match = append(match, obj{"member": c.Member, "value": c.Value, "or": anys(c.Or)})
		}
		for _, c := range m.stamp {
			prop, _ := props[c.Member].(obj)
			goType, _ := p.goType(prop)
			stamp = append(stamp, obj{"field": text(prop["x-go-name"]), "type": goType, "value": c.Value})
		}
		members = append(members, obj{"type": p.goNameOf(m.component), "match": match, "stamp": stamp})
	}
	return obj{"discriminator": u.discriminator, "members": members}
}
