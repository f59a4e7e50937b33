package brextest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// object is one JSON object: its members in the order they came, each value
// still encoded. Whatever the sandbox does not know (a new field, a number with
// many digits) passes through it unchanged.
type object []member

type member struct {
	key   string
	value json.RawMessage
}

var null = json.RawMessage("null")

// parseObject reads raw, which must be exactly one JSON object. Of a member
// that occurs twice the last value counts, as in encoding/json. The values
// share raw's memory: they are replaced, never written to.
func parseObject(raw []byte) (object, error) {
	if !json.Valid(raw) {
		return nil, errors.New("not valid JSON")
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8, as JSON must be")
	}
	if raw = bytes.TrimSpace(raw); raw[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	return split(raw), nil
}

// split cuts an object that is known to be valid into its members. It finds
// ends without understanding values, which costs a fraction of decoding them.
func split(raw []byte) object {
	o := make(object, 0, 16)
	for i := space(raw, 1); raw[i] != '}'; {
		end := stringEnd(raw, i)
		key := text(raw[i:end])
		i = space(raw, space(raw, end)+1) // past the colon
		end = valueEnd(raw, i)
		o = o.with(key, raw[i:end:end])
		if i = space(raw, end); raw[i] == ',' {
			i = space(raw, i+1)
		}
	}
	return o
}

func space(raw []byte, i int) int {
	for raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\r' || raw[i] == '\t' {
		i++
	}
	return i
}

// stringEnd is the place after the string that starts at i.
func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// valueEnd is the place after the value that starts at i.
func valueEnd(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return stringEnd(raw, i)
	case '{', '[':
		for depth := 0; ; i++ {
			switch raw[i] {
			case '"':
				i = stringEnd(raw, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for {
		switch raw[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
}

// mustObject reads what the sandbox itself has encoded or already checked.
// Loaded data may have something else in an object's place, which is taken for
// an empty one.
func mustObject(raw []byte) object {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	return split(raw)
}

func (o object) find(key string) int {
	for i := range o {
		if o[i].key == key {
			return i
		}
	}
	return -1
}

// get returns the encoded value, nil when the member is absent.
func (o object) get(key string) json.RawMessage {
	if i := o.find(key); i >= 0 {
		return o[i].value
	}
	return nil
}

// has says that the member is there and is not null.
func (o object) has(key string) bool {
	raw := o.get(key)
	return raw != nil && !isNull(raw)
}

// str returns a string member, "" when it is absent, null or not a string.
func (o object) str(key string) string { return text(o.get(key)) }

// num returns a whole number, 0 when it is absent, null or none.
func (o object) num(key string) int64 {
	n, _ := strconv.ParseInt(string(o.get(key)), 10, 64)
	return n
}

// obj returns a nested object, nil when it is absent, null or none.
func (o object) obj(key string) object {
	raw := o.get(key)
	if len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	return split(raw) // part of a document that is valid
}

// list returns the elements of an array member, nil when it is absent or none.
func (o object) list(key string) []json.RawMessage {
	raw := o.get(key)
	if len(raw) == 0 || raw[0] != '[' {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	return items
}

// with returns o with the member set, in place when it was there.
func (o object) with(key string, value json.RawMessage) object {
	if i := o.find(key); i >= 0 {
		o[i].value = value
		return o
	}
	return append(o, member{key, value})
}

// without returns o without the member.
func (o object) without(key string) object {
	if i := o.find(key); i >= 0 {
		return append(o[:i:i], o[i+1:]...)
	}
	return o
}

// set is with for a Go value.
func (o object) set(key string, value any) object {
	switch v := value.(type) {
	case json.RawMessage:
		return o.with(key, v)
	case object:
		return o.with(key, v.encode())
	case string:
		return o.with(key, appendText(nil, v))
	case int64:
		return o.with(key, strconv.AppendInt(nil, v, 10))
	case bool:
		return o.with(key, strconv.AppendBool(nil, v))
	case []json.RawMessage:
		return o.with(key, array(v))
	case nil:
		return o.with(key, null)
	}
	return o.with(key, encode(value))
}

// array joins encoded elements; no list at all is null, as in encoding/json.
func array(items []json.RawMessage) json.RawMessage {
	if items == nil {
		return null
	}
	size := 2
	for _, item := range items {
		size += len(item) + 1
	}
	dst := append(make([]byte, 0, size), '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, item...)
	}
	return append(dst, ']')
}

// pick returns the named members only, null where o has none.
func (o object) pick(keys ...string) object {
	out := make(object, 0, len(keys))
	for _, key := range keys {
		value := o.get(key)
		if value == nil {
			value = null
		}
		out = append(out, member{key, value})
	}
	return out
}

func (o object) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendText(dst, o[i].key)
		dst = append(dst, ':')
		if len(o[i].value) == 0 {
			dst = append(dst, null...) // of loaded data, which may lack anything
			continue
		}
		dst = append(dst, o[i].value...)
	}
	return append(dst, '}')
}

func (o object) encode() json.RawMessage { return o.append(nil) }

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// text decodes a JSON string, "" for anything else.
func text(raw json.RawMessage) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// encode marshals a plain Go value without escaping HTML characters, which
// Brex does not do either. It is for values that cannot fail.
func encode(value any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		panic(fmt.Sprintf("brextest: encode: %v", err))
	}
	return bytes.TrimRight(buf.Bytes(), "\n")
}
