package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

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

// Compare reports what a response of the operation, decoded with UseNumber, has that its document
// does not know, in the order met. It reports no value.
func (d *Document) Compare(op *wire.Operation, response any, report func(Unknown)) {
	(&comparison{d, nil, report}).value(response, d.Result(op))
}

// comparison walks through a response beside its schema.
type comparison struct {
	doc    *Document
	path   []string // names of members, "[]" for an item of a list; put together only where something is found
	report func(Unknown)
}

func (c *comparison) found(kind string, member ...string) {
	var path strings.Builder
	for _, name := range append(c.path, member...) {
		if name != "[]" && (!memberName.MatchString(name) || longDigits.MatchString(name)) {
			name = "*" // an id or a key of somebody's
		}
		if name != "[]" && path.Len() > 0 {
			path.WriteByte('.')
		}
		path.WriteString(name)
	}
	c.report(Unknown{kind, path.String()})
}

// inside compares a member or an item.
func (c *comparison) inside(name string, value any, s *Schema) {
	c.path = append(c.path, name)
	c.value(value, s)
	c.path = c.path[:len(c.path)-1]
}

func (c *comparison) value(value any, s *Schema) {
	if s == nil {
		return
	}
	s = c.doc.plain(s)
	if value == nil {
		if !s.Nullable && s.Type != "" {
			c.found(UnknownType)
		}
		return
	}
	if !fits(value, s) {
		c.found(UnknownType)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		c.object(v, s)
	case []any:
		for _, item := range v {
			c.inside("[]", item, s.Items)
		}
	case string:
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			c.found(UnknownValue)
		}
	}
}

func (c *comparison) object(v map[string]any, s *Schema) {
	if len(s.OneOf) > 0 {
		c.union(v, s)
		return
	}
	if s.Properties == nil { // free, or a map whose names are data
		return
	}
	for name, member := range v {
		switch property, known := s.Properties[name]; {
		case known:
			c.inside(name, member, property)
		case len(s.AdditionalProperties) == 0 || string(s.AdditionalProperties) == "false":
			c.found(UnknownMember, name)
		}
	}
}

// union compares with the variant that the discriminator names, or with the one that fits best.
func (c *comparison) union(v map[string]any, s *Schema) {
	if s.Discriminator != nil {
		name := s.Discriminator.PropertyName
		kind, _ := v[name].(string)
		target, known := s.Discriminator.Mapping[kind]
		if !known {
			c.found(UnknownValue, name)
			return
		}
		c.value(v, c.doc.Resolve(&Schema{Ref: target}))
		return
	}
	var best []Unknown
	for i, variant := range s.OneOf {
		var found []Unknown
		one := comparison{c.doc, c.path, func(u Unknown) { found = append(found, u) }}
		one.value(v, variant)
		if i == 0 || len(found) < len(best) {
			best = found
		}
	}
	for _, u := range best {
		c.report(u)
	}
}

// plain is Plain, made once for each schema of the document. The result is shared and must not be
// changed.
func (d *Document) plain(s *Schema) *Schema {
	if made, ok := d.merged.Load(s); ok {
		return made.(*Schema)
	}
	made, _ := d.merged.LoadOrStore(s, d.Plain(s))
	return made.(*Schema)
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

var (
	memberName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	longDigits = regexp.MustCompile(`\d{5}`)
)
