package schema

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/brex-go/sdk/brex/wire"
)

// Unknown is something in a response that the documents do not know.
type Unknown struct {
	Kind string // UnknownMember, UnknownValue or UnknownType
	Path string // "items[].merchant.brand_new"; names that look like data are *
}

// Kinds of Unknown.
const (
	UnknownMember = "member" // a member that the schema does not have
	UnknownValue  = "value"  // a string that the enum does not list
	UnknownType   = "type"   // another JSON type than the schema's, null where it is not nullable included
)

// Compare reports what a response of the operation, decoded with UseNumber, has that its document does not know, in the order met.
// It reports no value.
func (d *Document) Compare(op *wire.Operation, response any, report func(Unknown)) {
	d.compare("", response, d.Result(op), report)
}

func (d *Document) compare(path string, value any, s *Schema, report func(Unknown)) {
	if s == nil {
		return
	}
	s = d.Plain(s)
	if value == nil {
		if !s.Nullable && s.Type != "" {
			report(Unknown{UnknownType, path})
		}
		return
	}
	if !fits(value, s) {
		report(Unknown{UnknownType, path})
		return
	}
	switch v := value.(type) {
	case map[string]any:
		d.compareObject(path, v, s, report)
	case []any:
		for _, item := range v {
			d.compare(path+"[]", item, s.Items, report)
		}
	case string:
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			report(Unknown{UnknownValue, path})
		}
	}
}

// fits reports whether a value has the JSON type of the schema.
func fits(value any, s *Schema) bool {
	want := s.Type
	switch value.(type) {
	case map[string]any:
		return want == "object" || want == "" || len(s.OneOf) > 0
	case []any:
		return want == "array" || want == ""
	case string:
		return want == "string" || want == ""
	case bool:
		return want == "boolean" || want == ""
	case json.Number:
		return want == "number" || want == "integer" || want == ""
	}
	return true
}

func (d *Document) compareObject(path string, v map[string]any, s *Schema, report func(Unknown)) {
	if len(s.OneOf) > 0 {
		d.compareUnion(path, v, s, report)
		return
	}
	if s.Properties == nil { // free, or a map whose names are data
		return
	}
	for name, member := range v {
		at := join(path, name)
		switch property, known := s.Properties[name]; {
		case known:
			d.compare(at, member, property, report)
		case len(s.AdditionalProperties) == 0 || string(s.AdditionalProperties) == "false":
			report(Unknown{UnknownMember, at})
		}
	}
}

// compareUnion compares with the variant that the discriminator names, or with the one that fits best.
func (d *Document) compareUnion(path string, v map[string]any, s *Schema, report func(Unknown)) {
	if s.Discriminator != nil {
		name := s.Discriminator.PropertyName
		kind, _ := v[name].(string)
		target, known := s.Discriminator.Mapping[kind]
		if !known {
			report(Unknown{UnknownValue, join(path, name)})
			return
		}
		d.compare(path, v, &Schema{Ref: target}, report)
		return
	}
	var best []Unknown
	for i, variant := range s.OneOf {
		var found []Unknown
		d.compare(path, v, variant, func(u Unknown) { found = append(found, u) })
		if i == 0 || len(found) < len(best) {
			best = found
		}
	}
	for _, u := range best {
		report(u)
	}
}

var (
	memberName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	longDigits = regexp.MustCompile(`\d{5}`)
)

func join(path, name string) string {
	if !memberName.MatchString(name) || longDigits.MatchString(name) {
		name = "*" // an id or a key of somebody's
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
