package brextest

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"
)

// changes are what may legally happen to a response: the documents say where a
// null may stand and which texts are from a list, and Brex reserves the right
// to add members and values.
type changes struct{ enums, fields, nulls bool }

// apply changes the body of an operation's response. What is not JSON, or has no document, stays as
// it is.
func (ch changes) apply(op *operation, body []byte) []byte {
	s := op.spec().answer
	if s == nil || !json.Valid(body) {
		return body
	}
	return ch.value(s, body)
}

// partsOf takes allOf apart: parts are all schemas that the value must meet, and
// nullable that one of them lets it be null.
func partsOf(s *openapi3.Schema) (parts []*openapi3.Schema, nullable bool) {
	parts, nullable = []*openapi3.Schema{s}, s.PermitsNull()
	for _, one := range s.AllOf {
		inner, n := partsOf(one.Value)
		parts, nullable = append(parts, inner...), nullable || n
	}
	return parts, nullable
}

// variantOf is the member of a union that an object says it is; nil when it does
// not say.
func variantOf(s *openapi3.Schema, o object) *openapi3.Schema {
	if s.Discriminator == nil {
		return nil
	}
	to := s.Discriminator.Mapping[o.str(s.Discriminator.PropertyName)].Ref
	for _, one := range s.OneOf {
		if one.Ref == to {
			return one.Value
		}
	}
	return nil
}

// value changes one value. The bytes are never written to.
func (ch changes) value(s *openapi3.Schema, raw json.RawMessage) json.RawMessage {
	parts, _ := partsOf(s)
	switch raw[0] {
	case '{':
		return ch.object(parts, mustObject(raw)).encode()
	case '[':
		for _, part := range parts {
			if part.Items != nil {
				return ch.array(part.Items.Value, raw)
			}
		}
	case '"':
		for _, part := range parts {
			if len(part.Enum) > 0 && ch.enums {
				return appendText(nil, "UNKNOWN_"+text(raw))
			}
		}
	}
	return raw
}

func (ch changes) array(items *openapi3.Schema, raw json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return raw
	}
	dst := []byte{'['}
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, ch.value(items, item)...)
	}
	return append(dst, ']')
}

func (ch changes) object(parts []*openapi3.Schema, o object) object {
	properties := map[string]*openapi3.Schema{}
	collect(parts, o, properties)
	if len(properties) == 0 {
		return o // a map, or something without a description
	}
	for i, m := range o {
		s, known := properties[m.key]
		if !known {
			continue
		}
		if _, nullable := partsOf(s); nullable && ch.nulls && m.key != "next_cursor" {
			o[i].value = null
			continue
		}
		o[i].value = ch.value(s, m.value)
	}
	if ch.nulls {
		for _, name := range sortedKeys(properties) {
			if _, nullable := partsOf(properties[name]); nullable && o.get(name) == nil {
				o = o.with(name, null)
			}
		}
	}
	if ch.fields {
		o = o.with("added_by_brex_later", json.RawMessage(`{"text":"new","number":1.5,"list":[1,"two",null,{}],"nothing":null}`))
		o = o.with("addedInCamelCase", json.RawMessage(`"new"`))
	}
	return o
}

// collect gathers the members that an object may have.
func collect(parts []*openapi3.Schema, o object, into map[string]*openapi3.Schema) {
	for _, part := range parts {
		for name, s := range part.Properties {
			into[name] = s.Value
		}
		if one := variantOf(part, o); one != nil {
			inner, _ := partsOf(one)
			collect(inner, o, into)
		}
	}
}
