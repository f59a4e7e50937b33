package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Check checks a value, decoded with UseNumber, against a schema. The error names the invalid
// member and what is valid.
func (d *Document) Check(value any, s *Schema) error {
	return d.check("body", value, s)
}

func (d *Document) check(path string, value any, s *Schema) error {
	nullable := s != nil && s.Nullable
	s = d.Resolve(s)
	if s == nil {
		return nil
	}
	if value == nil {
		if nullable || s.Nullable {
			return nil
		}
		return fmt.Errorf("%s is null; it must be %s", path, d.expected(s))
	}
	for _, part := range s.AllOf {
		if err := d.check(path, value, part); err != nil {
			return err
		}
	}
	if len(s.OneOf) > 0 {
		return d.checkUnion(path, value, s)
	}
	switch v := value.(type) {
	case map[string]any:
		return d.checkObject(path, v, s)
	case []any:
		return d.checkArray(path, v, s)
	case string:
		return d.checkText(path, v, s)
	case json.Number:
		return d.checkNumber(path, v, s)
	case bool:
		if s.Type != "boolean" && s.Type != "" {
			return d.wrongType(path, s)
		}
		return nil
	}
	return d.wrongType(path, s)
}

func (d *Document) wrongType(path string, s *Schema) error {
	return fmt.Errorf("%s must be %s", path, d.expected(s))
}

// expected says what a schema accepts, in words.
func (d *Document) expected(s *Schema) string {
	s = d.Resolve(s)
	switch {
	case len(s.AllOf) == 1:
		return d.expected(s.AllOf[0])
	case len(s.Enum) > 0:
		return "one of " + strings.Join(s.Enum, ", ")
	case s.Type == "array":
		return "a list"
	case s.Type == "integer":
		return "a whole number"
	case s.Type == "number":
		return "a number"
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "string" && s.Format == "date":
		return "a date like 2026-11-01"
	case s.Type == "string" && s.Format == "date-time":
		return "a time like 2026-11-01T12:00:00Z"
	case s.Type == "string":
		return "a string"
	default:
		return "an object"
	}
}

func (d *Document) checkObject(path string, v map[string]any, s *Schema) error {
	if s.Type != "object" && s.Type != "" {
		return d.wrongType(path, s)
	}
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			return fmt.Errorf("%s.%s is missing; it must be %s", path, name, d.expected(s.Properties[name]))
		}
	}
	if s.Properties == nil && s.AdditionalProperties == nil {
		return nil
	}
	rest, open := s.Rest()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		property := s.Properties[name]
		if property == nil {
			property = rest
		}
		if property == nil && !open {
			return fmt.Errorf("%s.%s is not known; known are %s", path, name, strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", "))
		}
		if err := d.check(path+"."+name, v[name], property); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkArray(path string, v []any, s *Schema) error {
	if s.Type != "array" && s.Type != "" {
		return d.wrongType(path, s)
	}
	if s.MaxItems != nil && len(v) > *s.MaxItems || s.MinItems != nil && len(v) < *s.MinItems {
		return fmt.Errorf("%s has %d items; it must have %s", path, len(v), between(s.MinItems, s.MaxItems))
	}
	for i, item := range v {
		if err := d.check(fmt.Sprintf("%s[%d]", path, i), item, s.Items); err != nil {
			return err
		}
	}
	return nil
}

func (d *Document) checkText(path, v string, s *Schema) error {
	if s.Type != "string" && s.Type != "" {
		return d.wrongType(path, s)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
		return fmt.Errorf("%s is %q; it must be %s", path, v, d.expected(s))
	}
	if n := utf8.RuneCountInString(v); s.MaxLength != nil && n > *s.MaxLength || s.MinLength != nil && n < *s.MinLength {
		return fmt.Errorf("%s has %d characters; it must have %s", path, n, between(s.MinLength, s.MaxLength))
	}
	layout := map[string]string{"date": time.DateOnly, "date-time": time.RFC3339}[s.Format]
	if layout != "" {
		if _, err := time.Parse(layout, v); err != nil {
			return fmt.Errorf("%s is %q; it must be %s", path, v, d.expected(s))
		}
	}
	return nil
}

func (d *Document) checkNumber(path string, v json.Number, s *Schema) error {
	n, ok := new(big.Rat).SetString(v.String())
	switch {
	case s.Type != "number" && s.Type != "integer" && s.Type != "", !ok:
		return d.wrongType(path, s)
	case s.Type == "integer" && strings.ContainsAny(v.String(), ".eE"): // also 700.0, which came out of a float
		return fmt.Errorf("%s is %s; it must be a whole number without point or exponent (amounts are in minor units: 7.00 USD is 700)", path, v)
	case s.Type == "integer" && !n.Num().IsInt64():
		return fmt.Errorf("%s is %s, beyond what the API can hold", path, v)
	}
	for _, bound := range []struct {
		at   *json.Number
		sign int
		word string
	}{{s.Minimum, -1, "at least"}, {s.Maximum, 1, "at most"}} {
		if bound.at == nil {
			continue
		}
		if at, ok := new(big.Rat).SetString(bound.at.String()); ok && n.Cmp(at) == bound.sign {
			return fmt.Errorf("%s is %s; it must be %s %s", path, v, bound.word, bound.at)
		}
	}
	return nil
}

// checkUnion picks the variant by the discriminator, or tries them where there is none.
func (d *Document) checkUnion(path string, value any, s *Schema) error {
	object, ok := value.(map[string]any)
	if !ok {
		return d.wrongType(path, s)
	}
	if s.Discriminator != nil {
		name := s.Discriminator.PropertyName
		kind, _ := object[name].(string)
		target, known := s.Discriminator.Mapping[kind]
		if !known {
			return fmt.Errorf("%s.%s is %q; it must be one of %s", path, name, kind, strings.Join(slices.Sorted(maps.Keys(s.Discriminator.Mapping)), ", "))
		}
		return d.check(path, value, &Schema{Ref: target})
	}
	var first error
	fits := 0
	for _, variant := range s.OneOf {
		if err := d.check(path, value, variant); err == nil {
			fits++
		} else if first == nil {
			first = err
		}
	}
	switch {
	case fits == 1:
		return nil
	case fits == 0:
		return fmt.Errorf("%s fits none of its %d forms; of the first: %w", path, len(s.OneOf), first)
	default:
		return fmt.Errorf("%s fits %d of its forms; it must be exactly one", path, fits)
	}
}

func between(least, most *int) string {
	switch {
	case least == nil:
		return fmt.Sprintf("at most %d", *most)
	case most == nil:
		return fmt.Sprintf("at least %d", *least)
	default:
		return fmt.Sprintf("%d to %d", *least, *most)
	}
}
