package brextest

import (
	"errors"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The formats that a schema here may have beyond OpenAPI's.
const (
	formatRouting = "routing-number"
	formatMoment  = "moment" // a date-time or a date
)

// textFormats are all formats of strings in requests, and what is said of a string that is not of
// one.
var textFormats = map[string]struct {
	want string
	is   func(s string, strictZone bool) bool
}{
	"email": {"want an address like ap@vendor.example", func(s string, _ bool) bool {
		address, err := mail.ParseAddress(s)
		return err == nil && address.Address == s
	}},
	"date": {"want a date like 2026-01-31", func(s string, _ bool) bool {
		_, ok := parseDay(s)
		return ok
	}},
	"date-time": {"want a date and time like 2026-01-31T12:00:00", func(s string, strictZone bool) bool {
		_, ok := parseTime(s, strictZone)
		return ok
	}},
	formatMoment: {"want a date and time like 2026-01-31T12:00:00, or a date", func(s string, strictZone bool) bool {
		_, ok := parseMoment(s, strictZone)
		return ok
	}},
	formatRouting: {"want up to nine digits", func(s string, _ bool) bool {
		_, err := strconv.ParseUint(s, 10, 64)
		return err == nil && len(s) <= 9
	}},
}

// validation is how values are held against schemas. The formats are given each
// time: kin-openapi would otherwise take them from a table of the whole program,
// which is not ours to change. Errors are kept short: building their text, with
// the schema and the value in it, would cost more than the validation.
func validation(strictZone bool) []openapi3.SchemaValidationOption {
	formats := map[string]openapi3.StringFormatValidator{}
	for name, f := range textFormats {
		formats[name] = openapi3.NewCallbackValidator(func(s string) error {
			if !f.is(s, strictZone) {
				return errors.New(f.want)
			}
			return nil
		})
	}
	return []openapi3.SchemaValidationOption{
		openapi3.WithStringFormatValidators(formats),
		openapi3.SetSchemaErrorMessageCustomizer(func(e *openapi3.SchemaError) string { return e.SchemaField }),
	}
}

var lax, strict = validation(false), validation(true)

// complain puts kin-openapi's verdict on what stands at a path into Brex's
// words. Its own text holds the schema and the value, which are nobody's
// business: only the rule that is broken is taken from it.
func complain(at fieldPath, e *openapi3.SchemaError) *problem {
	switch e.SchemaField {
	case "required":
		return missing(at.String())
	case "properties": // the first, in the order that kin-openapi goes through them
		object, _ := e.Value.(map[string]any)
		for _, name := range sortedKeys(object) {
			if e.Schema.Properties[name] == nil {
				return badRequest(at.member(name).String() + " is not a known field")
			}
		}
	case "discriminator":
		at = at.member(e.Schema.Discriminator.PropertyName)
		if e.Value == nil {
			return missing(at.String())
		}
		return wrong(at, "want "+strings.Join(sortedKeys(e.Schema.Discriminator.Mapping), " or "))
	case "format":
		return wrong(at, errors.Unwrap(e.Origin).Error())
	case "nullable":
		return wrong(at, "it cannot be null")
	case "oneOf":
		return wrong(at, "it fits none of its forms, or more than one")
	}
	return wrong(at, e.Reason)
}

// wrong is the problem of a value, with what would be right.
func wrong(at fieldPath, why string) *problem { return badRequest(at.String() + " is invalid: " + why) }

// cause follows an error of allOf and oneOf to the one that it comes from: in a
// union without a discriminator, to what is wrong with the likeliest form.
func cause(err error) *openapi3.SchemaError {
	e, ok := errors.AsType[*openapi3.SchemaError](err)
	if !ok {
		return &openapi3.SchemaError{Reason: "no schema says why"} // nothing in the documents leads here
	}
	var all openapi3.MultiError
	if e.SchemaField != "allOf" && e.SchemaField != "oneOf" || !errors.As(e.Origin, &all) {
		return e
	}
	i := 0
	if e.SchemaField == "oneOf" && len(all) > 1 {
		if i = likeliest(e.Schema, e.Value); i < 0 {
			return e
		}
	}
	return cause(all[i])
}

// likeliest finds the one alternative of a union that knows most of an object's
// members, -1 when it is not one.
func likeliest(s *openapi3.Schema, value any) int {
	object, _ := value.(map[string]any)
	found, most := -1, 0
	for i, one := range s.OneOf {
		known := 0
		for name := range object {
			if one.Value.Properties[name] != nil {
				known++
			}
		}
		switch {
		case known > most:
			found, most = i, known
		case known == most:
			found = -1
		}
	}
	return found
}

// notWhole finds an integer that is written as something else: 1e2, 100.0, or
// with more digits than 64 bits hold. To kin-openapi, which compares numbers as
// float64, those are whole; a program that sends money so has a bug. All
// members of a union are asked, which have no number of the same name yet
// another type.
func notWhole(s *openapi3.Schema, value any) fieldPath {
	switch v := value.(type) {
	case float64:
		if s.Type.Is("integer") {
			return fieldPath{}
		}
	case []any:
		for i, item := range v {
			if s.Items == nil {
				break
			}
			if at := notWhole(s.Items.Value, item); at != nil {
				return append(fieldPath{"[" + strconv.Itoa(i) + "]"}, at...)
			}
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if member := s.Properties[name]; member != nil {
				if at := notWhole(member.Value, v[name]); at != nil {
					return append(fieldPath{name}, at...)
				}
			}
		}
	}
	for _, one := range slices.Concat(s.AllOf, s.OneOf) {
		if at := notWhole(one.Value, value); at != nil {
			return at
		}
	}
	return nil
}

// fieldPath is the way to a value: names, and indexes in brackets.
type fieldPath []string

// pathOf reads kin-openapi's pointer, where an index looks like a name.
func pathOf(value any, pointer []string) fieldPath {
	var at fieldPath
	for _, part := range pointer {
		switch v := value.(type) {
		case []any:
			at = append(at, "["+part+"]")
			if i, err := strconv.Atoi(part); err == nil && i < len(v) {
				value = v[i]
			}
		case map[string]any:
			at, value = at.member(part), v[part]
		default:
			at = at.member(part)
		}
	}
	return at
}

func (p fieldPath) member(name string) fieldPath { return append(p[:len(p):len(p)], name) }

// maxPath keeps an error short when a client nests for fun.
const maxPath = 200

// String is the place in the message of an error.
func (p fieldPath) String() string {
	if len(p) == 0 {
		return "body"
	}
	var b strings.Builder
	for i, part := range p {
		if i > 0 && part[:min(1, len(part))] != "[" {
			b.WriteByte('.')
		}
		b.WriteString(printable(part))
		if b.Len() > maxPath {
			return b.String()[:maxPath] + "..."
		}
	}
	return b.String()
}
