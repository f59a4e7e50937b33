package brextest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex/schema"
)

// judge holds values against the schemas of a document, in the order of kin-openapi: unions and
// allOf, enums, the type; of an object first its members by name, then what it misses. The first
// mistake is the verdict. An integer must also be written as digits, which is asked last: 1e2 and
// 100.0 are whole to a float of 64 bits, but a program that sends money so has a bug.
type judge struct {
	doc        *schema.Document
	strictZone bool
	at         fieldPath
	fraction   *problem // the first integer that is not written as digits
}

// body returns what is wrong with a body, nil if nothing is.
func (j *judge) body(s *schema.Schema, value any) *problem {
	if p := j.value(s, value); p != nil {
		return p
	}
	return j.fraction
}

// value returns what is wrong with a value, nil if nothing is.
func (j *judge) value(s *schema.Schema, value any) *problem {
	s = j.doc.Resolve(s)
	if value == nil && s.Nullable {
		return nil
	}
	if len(s.OneOf) > 0 {
		if p := j.union(s, value); p != nil {
			return p
		}
	}
	for _, part := range s.AllOf {
		if p := j.value(part, value); p != nil {
			return p
		}
	}
	if value == nil && len(s.OneOf)+len(s.AllOf) > 0 {
		return nil // one of them lets it be null
	}
	if text, ok := value.(string); len(s.Enum) > 0 && (!ok || !slices.Contains(s.Enum, text)) {
		known, _ := json.Marshal(s.Enum)
		return wrong(j.at, "value is not one of the allowed values "+string(known))
	}
	if value == nil {
		return wrong(j.at, "it cannot be null")
	}
	return j.typed(s, value)
}

func (j *judge) typed(s *schema.Schema, value any) *problem {
	var is string
	switch value.(type) {
	case string:
		is = "string"
	case bool:
		is = "boolean"
	case []any:
		is = "array"
	case map[string]any:
		is = "object"
	default:
		is = "number"
	}
	if s.Type != "" && s.Type != is && (is != "number" || s.Type != "integer") {
		return wrong(j.at, "value must be "+map[bool]string{true: "an ", false: "a "}[strings.ContainsAny(s.Type[:1], "aio")]+s.Type)
	}
	switch v := value.(type) {
	case string:
		return j.text(s, v)
	case []any:
		return j.list(s, v)
	case map[string]any:
		return j.object(s, v)
	case int64:
		return j.number(s, float64(v), true) // no bound needs more than 53 bits
	case float64:
		return j.number(s, v, false)
	}
	return nil
}

func (j *judge) number(s *schema.Schema, v float64, digits bool) *problem {
	if s.Type == "integer" && v != math.Trunc(v) {
		return wrong(j.at, "value must be an integer")
	}
	if s.Minimum != nil {
		if least, _ := s.Minimum.Float64(); v < least {
			return wrong(j.at, fmt.Sprintf("number must be at least %g", least))
		}
	}
	if s.Maximum != nil {
		if most, _ := s.Maximum.Float64(); v > most {
			return wrong(j.at, fmt.Sprintf("number must be at most %g", most))
		}
	}
	if s.Type == "integer" && !digits && j.fraction == nil {
		j.fraction = wrong(j.at, "want a whole number in digits")
	}
	return nil
}

// text checks a string, which is ASCII: its bytes are its characters.
func (j *judge) text(s *schema.Schema, v string) *problem {
	switch {
	case s.MinLength != nil && len(v) < *s.MinLength:
		return wrong(j.at, fmt.Sprintf("minimum string length is %d", *s.MinLength))
	case s.MaxLength != nil && len(v) > *s.MaxLength:
		return wrong(j.at, fmt.Sprintf("maximum string length is %d", *s.MaxLength))
	}
	if f, known := textFormats[s.Format]; known && !f.is(v, j.strictZone) {
		return wrong(j.at, f.want)
	}
	return nil
}

func (j *judge) list(s *schema.Schema, v []any) *problem {
	switch {
	case s.MinItems != nil && len(v) < *s.MinItems:
		return wrong(j.at, fmt.Sprintf("minimum number of items is %d", *s.MinItems))
	case s.MaxItems != nil && len(v) > *s.MaxItems:
		return wrong(j.at, fmt.Sprintf("maximum number of items is %d", *s.MaxItems))
	case s.Items == nil:
		return nil
	}
	for i, item := range v {
		if p := j.below("["+strconv.Itoa(i)+"]", s.Items, item); p != nil {
			return p
		}
	}
	return nil
}

func (j *judge) object(s *schema.Schema, v map[string]any) *problem {
	rest, open := s.Rest()
	open = open || s.Type != "object"
	for _, name := range sortedKeys(v) {
		member := s.Properties[name]
		if member == nil {
			member = rest
		}
		switch {
		case member == nil && !open:
			return badRequest(j.at.member(name).String() + " is not a known field")
		case member == nil:
			continue
		}
		if p := j.below(name, member, v[name]); p != nil {
			return p
		}
	}
	for _, name := range s.Required {
		if _, given := v[name]; !given {
			return missing(j.at.member(name).String())
		}
	}
	return nil
}

func (j *judge) below(name string, s *schema.Schema, value any) *problem {
	j.at = append(j.at, name)
	p := j.value(s, value)
	j.at = j.at[:len(j.at)-1]
	return p
}

// union asks the form that the discriminator names, or all: one must fit. If none does, the mistake
// is that of the form which knows most of the members.
func (j *judge) union(s *schema.Schema, value any) *problem {
	object, isObject := value.(map[string]any)
	if s.Discriminator != nil && isObject {
		at := j.at.member(s.Discriminator.PropertyName)
		kind, given := object[s.Discriminator.PropertyName]
		if !given || kind == nil {
			return missing(at.String())
		}
		text, _ := kind.(string)
		form, known := s.Discriminator.Mapping[text]
		if !known {
			return wrong(at, "want "+strings.Join(sortedKeys(s.Discriminator.Mapping), " or "))
		}
		return j.value(&schema.Schema{Ref: form}, value)
	}
	var mistakes []*problem
	for _, form := range s.OneOf {
		if p := j.value(form, value); p != nil {
			mistakes = append(mistakes, p)
		}
	}
	if len(mistakes) == len(s.OneOf)-1 {
		return nil
	}
	if i := j.likeliest(s, object); i >= 0 && len(mistakes) == len(s.OneOf) {
		return mistakes[i]
	}
	return wrong(j.at, "it fits none of its forms, or more than one")
}

// likeliest finds the one form of a union that knows most of an object's members, -1 when there is
// more than one.
func (j *judge) likeliest(s *schema.Schema, object map[string]any) int {
	if len(s.OneOf) == 1 {
		return 0
	}
	found, most := -1, 0
	for i, form := range s.OneOf {
		known := 0
		for name := range object {
			if j.doc.Resolve(form).Properties[name] != nil {
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
