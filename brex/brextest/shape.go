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
	isNumber
	isOneOf // exactly one of several, told apart by their members
)

type textFormat uint8

const (
	plainText textFormat = iota
	asEmail
	asDate
	asInstant
	asDigits9 // a routing number
)

// shape is what a request body must look like. It says as much as the
// documents do, which it is made from: type, null, enum, length, range,
// required members; members it does not name are refused.
type shape struct {
	kind      shapeKind
	nullable  bool
	format    textFormat
	enum      []string
	min, max  int      // length of a text or list
	low, high *float64 // of a number, nil for none
	fields    []field
	items     *shape
	by        string            // the member that tells variants apart
	variants  map[string]*shape // of an object
	oneOf     []*shape
}

type field struct {
	name     string
	shape    *shape
	required bool
}

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
		if err != nil || !s.within(float64(n)) {
			return invalid(name)
		}
	case isNumber:
		n, err := strconv.ParseFloat(string(raw), 64)
		if err != nil || !s.within(n) {
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
			if !ascii(m.key) || (&shape{kind: isText}).check(name, m.value) != nil {
				return invalid(name)
			}
		}
	case isOneOf:
		return s.one(name, raw)
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

func (s *shape) within(n float64) bool {
	return (s.low == nil || n >= *s.low) && (s.high == nil || n <= *s.high)
}

// one validates a union without a discriminator. When a single alternative
// knows all members, the complaint is about what that one misses.
func (s *shape) one(name string, raw json.RawMessage) *problem {
	fits, known := 0, 0
	var complaint *problem
	for _, one := range s.oneOf {
		p := one.check(name, raw)
		switch {
		case p == nil:
			fits++
		case one.knows(raw):
			complaint = p
			known++
		}
	}
	switch {
	case fits == 1:
		return nil
	case fits == 0 && known == 1:
		return complaint
	}
	return invalid(name)
}

// knows says whether every member of an object has a name here.
func (s *shape) knows(raw json.RawMessage) bool {
	o, err := parseObject(raw)
	return err == nil && len(o) > 0 && !slices.ContainsFunc(o, func(m member) bool {
		return !slices.ContainsFunc(s.fields, func(f field) bool { return f.name == m.key })
	})
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
	case asInstant:
		_, ok = parseTime(v, false)
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
		variant := s.variants[o.str(s.by)]
		if variant == nil {
			return invalid(prefix + s.by)
		}
		fields = variant.fields
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
