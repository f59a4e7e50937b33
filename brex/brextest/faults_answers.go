package brextest

import (
	"encoding/json"

	"github.com/brex-go/sdk/brex/schema"
)

// changes are what may legally happen to a response: the documents say where a
// null may stand and which texts are from a list, and Brex reserves the right
// to add members and values.
type changes struct{ enums, fields, nulls bool }

// apply changes the body of an operation's response. What is not JSON, or has no document, stays as
// it is.
func (ch changes) apply(op *operation, body []byte) []byte {
	s := op.spec()
	if s.answer == nil || !json.Valid(body) {
		return body
	}
	return changer{ch, s.doc}.value(s.answer, body)
}

// changer changes values that a document describes.
type changer struct {
	changes
	doc *schema.Document
}

// partsOf takes allOf apart: parts are all schemas that the value must meet, and
// nullable that one of them lets it be null.
func (ch changer) partsOf(s *schema.Schema) (parts []*schema.Schema, nullable bool) {
	s = ch.doc.Resolve(s)
	parts, nullable = []*schema.Schema{s}, s.Nullable
	for _, one := range s.AllOf {
		inner, n := ch.partsOf(one)
		parts, nullable = append(parts, inner...), nullable || n
	}
	return parts, nullable
}

// variantOf is the member of a union that an object says it is; nil when it does
// not say.
func (ch changer) variantOf(s *schema.Schema, o object) *schema.Schema {
	if s.Discriminator == nil {
		return nil
	}
	if to, known := s.Discriminator.Mapping[o.str(s.Discriminator.PropertyName)]; known {
		return ch.doc.Resolve(&schema.Schema{Ref: to})
	}
	return nil
}

// value changes one value. The bytes are never written to.
func (ch changer) value(s *schema.Schema, raw json.RawMessage) json.RawMessage {
	parts, _ := ch.partsOf(s)
	switch raw[0] {
	case '{':
		return ch.object(parts, mustObject(raw)).encode()
	case '[':
		for _, part := range parts {
			if part.Items != nil {
				return ch.array(part.Items, raw)
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

func (ch changer) array(items *schema.Schema, raw json.RawMessage) json.RawMessage {
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

func (ch changer) object(parts []*schema.Schema, o object) object {
	properties := map[string]*schema.Schema{}
	ch.collect(parts, o, properties)
	if len(properties) == 0 {
		return o // a map, or something without a description
	}
	for i, m := range o {
		s, known := properties[m.key]
		if !known {
			continue
		}
		if _, nullable := ch.partsOf(s); nullable && ch.nulls && m.key != "next_cursor" {
			o[i].value = null
			continue
		}
		o[i].value = ch.value(s, m.value)
	}
	if ch.nulls {
		for _, name := range sortedKeys(properties) {
			if _, nullable := ch.partsOf(properties[name]); nullable && o.get(name) == nil {
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
func (ch changer) collect(parts []*schema.Schema, o object, into map[string]*schema.Schema) {
	for _, part := range parts {
		for name, s := range part.Properties {
			into[name] = s
		}
		if one := ch.variantOf(part, o); one != nil {
			inner, _ := ch.partsOf(one)
			ch.collect(inner, o, into)
		}
	}
}
