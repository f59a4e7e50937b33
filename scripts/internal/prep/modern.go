package prep

import "strings"

// unsaid are the keywords of JSON Schema that OpenAPI 3.0 has no word for. They bring no Go type, and what they demand Brex
// checks itself; documents that are only compared keep them.
var unsaid = []string{"$schema", "$id", "$anchor", "$comment", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "contentEncoding",
	"contentMediaType", "contentSchema", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
	"propertyNames", "unevaluatedItems", "unevaluatedProperties", "contains", "minContains", "maxContains", "prefixItems"}

// modern writes what a 3.1 document says in the words of 3.0, which everything after it speaks.
func modern(p *prep) {
	is31 := strings.HasPrefix(text(p.root["openapi"]), "3.1.")
	if is31 {
		p.root["openapi"] = "3.0.3"
		delete(p.root, "jsonSchemaDialect")
		delete(p.root, "webhooks")
	}
	for _, name := range sorted(p.schemas) {
		if v, ok := p.schemas[name].(bool); ok && v {
			p.schemas[name] = obj{}
		}
	}
	p.everySchema(func(s obj) {
		modernTypes(s)
		modernBounds(s)
		if value, ok := s["const"]; ok {
			s["enum"] = []any{value}
			delete(s, "const")
		}
		if is31 && s["type"] == "array" && (s["items"] == nil || s["prefixItems"] != nil) {
			s["items"] = obj{} // of anything
		}
		modernBooleans(s)
		if !p.lenient {
			for _, keyword := range unsaid {
				delete(s, keyword)
			}
		}
	})
}

// modernTypes takes null out of a list of types, and makes a choice of a list that still has several.
func modernTypes(s obj) {
	if s["type"] == "null" {
		s["nullable"] = true
		delete(s, "type")
		return
	}
	var types []any
	for _, t := range list(s["type"]) {
		if t == "null" {
			s["nullable"] = true
			continue
		}
		types = append(types, t)
	}
	switch {
	case len(types) == 1:
		s["type"] = types[0]
	case len(types) > 1 && s["anyOf"] == nil:
		var members []any
		for _, t := range types {
			members = append(members, obj{"type": t})
		}
		s["anyOf"] = members
		delete(s, "type")
	case len(list(s["type"])) > 0 && len(types) == 0:
		delete(s, "type") // only null
	}
}

// modernBounds writes an exclusive bound that is a number as a bound and a flag.
func modernBounds(s obj) {
	for exclusive, inclusive := range map[string]string{"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"} {
		bound, isNumber := decimal(s[exclusive])
		if !isNumber {
			continue
		}
		other, ok := decimal(s[inclusive])
		if ok && (other > bound && inclusive == "minimum" || other < bound && inclusive == "maximum") {
			delete(s, exclusive) // the other one is narrower
			continue
		}
		s[inclusive], s[exclusive] = s[exclusive], true
	}
}

// modernBooleans writes the schemas true and false where 3.0 has objects only.
func modernBooleans(s obj) {
	if props, ok := s["properties"].(obj); ok {
		for name, v := range props {
			if allowed, ok := v.(bool); ok && allowed {
				props[name] = obj{}
			} else if ok {
				delete(props, name)
			}
		}
	}
	if s["items"] == true {
		s["items"] = obj{}
	}
	if _, ok := s["not"].(bool); ok {
		delete(s, "not")
	}
}

func decimal(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
