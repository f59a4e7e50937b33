package brextest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/brex-go/sdk/gen/documents"
)

// changes are what may legally happen to an answer: the documents say where a
// null may stand and which texts are from a list, and Brex reserves the right
// to add members and values.
type changes struct{ enums, fields, nulls bool }

// answerSchema is a part of an OpenAPI document.
type answerSchema map[string]any

// answerDocuments are the documents, read when a fault first needs them.
var answerDocuments = sync.OnceValue(func() map[string]answerSchema {
	docs := map[string]answerSchema{}
	for _, api := range documents.APIs {
		raw, err := documents.FS.ReadFile(api + ".json")
		var doc answerSchema
		if err == nil {
			err = json.Unmarshal(raw, &doc)
		}
		if err != nil {
			panic("brextest: the embedded documents: " + err.Error())
		}
		docs[api] = doc
	}
	return docs
})

// apply changes the body of an operation's answer. What is no JSON, or has no
// document, stays as it is.
func (ch changes) apply(op *operation, body []byte) []byte {
	doc := answerDocuments()[op.api]
	s := doc.at("paths", op.path, strings.ToLower(op.method), "responses", strconv.Itoa(http.StatusOK), "content", "application/json", "schema")
	if doc == nil || s == nil || !json.Valid(body) {
		return body
	}
	return ch.value(doc, s, body)
}

// at follows a path of members, nil when there is none.
func (s answerSchema) at(path ...string) answerSchema {
	for _, name := range path {
		next, _ := s[name].(map[string]any)
		s = next
	}
	return s
}

// resolve follows references and takes allOf apart: parts are all schemas that
// the value must meet, and nullable that one of them lets it be null.
func (s answerSchema) resolve(doc answerSchema) (parts []answerSchema, nullable bool) {
	nullable, _ = s["nullable"].(bool)
	if ref, ok := s["$ref"].(string); ok {
		inner, n := doc.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).resolve(doc)
		return inner, n || nullable
	}
	parts = []answerSchema{s}
	all, _ := s["allOf"].([]any)
	for _, one := range all {
		m, _ := one.(map[string]any)
		inner, n := answerSchema(m).resolve(doc)
		parts, nullable = append(parts, inner...), nullable || n
	}
	return parts, nullable
}

// variant is the member of a union that an object says it is; nil when it does
// not say.
func (s answerSchema) variant(o object) answerSchema {
	d := s.at("discriminator")
	name, _ := d["propertyName"].(string)
	to, _ := d.at("mapping")[o.str(name)].(string)
	if to == "" {
		return nil
	}
	return answerSchema{"$ref": to}
}

// value changes one value. The bytes are never written to.
func (ch changes) value(doc, s answerSchema, raw json.RawMessage) json.RawMessage {
	parts, _ := s.resolve(doc)
	switch raw[0] {
	case '{':
		return ch.object(doc, parts, mustObject(raw)).encode()
	case '[':
		for _, part := range parts {
			if items := part.at("items"); items != nil {
				return ch.array(doc, items, raw)
			}
		}
	case '"':
		for _, part := range parts {
			if _, ok := part["enum"]; ok && ch.enums {
				return appendText(nil, "UNKNOWN_"+text(raw))
			}
		}
	}
	return raw
}

func (ch changes) array(doc, items answerSchema, raw json.RawMessage) json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return raw
	}
	dst := []byte{'['}
	for i, item := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, ch.value(doc, items, item)...)
	}
	return append(dst, ']')
}

func (ch changes) object(doc answerSchema, parts []answerSchema, o object) object {
	properties := map[string]answerSchema{}
	collect(doc, parts, o, properties)
	if len(properties) == 0 {
		return o // a map, or something without a description
	}
	for i, m := range o {
		s, known := properties[m.key]
		if !known {
			continue
		}
		if _, nullable := s.resolve(doc); nullable && ch.nulls && m.key != "next_cursor" {
			o[i].value = null
			continue
		}
		o[i].value = ch.value(doc, s, m.value)
	}
	if ch.nulls {
		for _, name := range sortedKeys(properties) {
			if _, nullable := properties[name].resolve(doc); nullable && o.get(name) == nil {
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
func collect(doc answerSchema, parts []answerSchema, o object, into map[string]answerSchema) {
	for _, part := range parts {
		for name, s := range part.at("properties") {
			m, _ := s.(map[string]any)
			into[name] = m
		}
		if one := part.variant(o); one != nil {
			inner, _ := one.resolve(doc)
			collect(doc, inner, o, into)
		}
	}
}
