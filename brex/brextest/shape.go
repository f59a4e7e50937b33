package brextest

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strconv"
	"time"
)

type shapeKind uint8

const (
	isText shapeKind = iota
	isInteger
	isBoolean
	isObject
	isList
	isMap // of text to text
)

type textFormat uint8

const (
	plainText textFormat = iota
	asEmail
	asDate
	asDigits9 // a routing number
)

// shape is what a request body must look like. It says as much as the
// documents do: type, null, enum, length, required members; members it does
// not name are refused.
type shape struct {
	kind     shapeKind
	nullable bool
	format   textFormat
	enum     []string
	min, max int // length of a text or list; values of an integer when intRange
	intRange bool
	fields   []field
	items    *shape
	variants map[string]*shape // of an object, by its member "type"
}

type field struct {
	name     string
	shape    *shape
	required bool
}

func required(name string, s *shape) field { return field{name, s, true} }

// optional members may be null too, as nearly everywhere in the documents.
func optional(name string, s *shape) field {
	nullable := *s
	nullable.nullable = true
	return field{name, &nullable, false}
}

func textShape(min, max int) *shape        { return &shape{kind: isText, min: min, max: max} }
func enumShape(values ...string) *shape    { return &shape{kind: isText, enum: values} }
func formatShape(f textFormat) *shape      { return &shape{kind: isText, format: f} }
func objectShape(fields ...field) *shape   { return &shape{kind: isObject, fields: fields} }
func listShape(items *shape, n int) *shape { return &shape{kind: isList, items: items, max: n} }

var (
	anyText    = &shape{kind: isText}
	boolShape  = &shape{kind: isBoolean}
	stringMap  = &shape{kind: isMap}
	int64Shape = &shape{kind: isInteger}
	moneyShape = objectShape(required("amount", int64Shape), optional("currency", textShape(3, 3)))
)

// check validates a value; name is its path, for the message.
func (s *shape) check(name string, raw json.RawMessage) *problem {
	if isNull(raw) {
		if s.nullable {
			return nil
		}
		return invalid(name)
	}
	switch s.kind {
	case isText:
		return s.text(name, raw)
	case isInteger:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || s.intRange && (n < int64(s.min) || n > int64(s.max)) {
			return invalid(name)
		}
	case isBoolean:
		if string(raw) != "true" && string(raw) != "false" {
			return invalid(name)
		}
	case isObject:
		o, err := parseObject(raw)
		if err != nil {
			return invalid(name)
		}
		return s.object(name, o)
	case isMap:
		o, err := parseObject(raw)
		if err != nil {
			return invalid(name)
		}
		for _, m := range o {
			if !ascii(m.key) || anyText.check(name, m.value) != nil {
				return invalid(name)
			}
		}
	case isList:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil || len(items) < s.min || s.max > 0 && len(items) > s.max {
			return invalid(name)
		}
		for i, item := range items {
			if p := s.items.check(name+"["+strconv.Itoa(i)+"]", item); p != nil {
				return p
			}
		}
	}
	return nil
}

func (s *shape) text(name string, raw json.RawMessage) *problem {
	if raw[0] != '"' {
		return invalid(name)
	}
	v := text(raw)
	if !ascii(v) || len(v) < s.min || s.max > 0 && len(v) > s.max || s.enum != nil && !slices.Contains(s.enum, v) {
		return invalid(name)
	}
	ok := true
	switch s.format {
	case asEmail:
		address, err := mail.ParseAddress(v)
		ok = err == nil && address.Address == v
	case asDate:
		_, err := time.Parse(time.DateOnly, v)
		ok = err == nil
	case asDigits9:
		_, err := strconv.ParseUint(v, 10, 64)
		ok = err == nil && len(v) == 9
	}
	if !ok {
		return invalid(name)
	}
	return nil
}

// object validates the members of an object.
func (s *shape) object(name string, o object) *problem {
	prefix := name
	if prefix != "" {
		prefix += "."
	}
	fields := s.fields
	if s.variants != nil {
		variant := s.variants[o.str("type")]
		if variant == nil {
			return invalid(prefix + "type")
		}
		fields = append(slices.Clone(variant.fields), required("type", anyText))
	}
	for _, f := range fields {
		raw := o.get(f.name)
		if raw == nil {
			if f.required {
				return missing(prefix + f.name)
			}
			continue
		}
		if p := f.shape.check(prefix+f.name, raw); p != nil {
			return p
		}
	}
	for _, m := range o {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == m.key }) {
			return badRequest(printable(prefix+m.key) + " is not a known field")
		}
	}
	return nil
}
