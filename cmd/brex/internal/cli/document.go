package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/schema"
)

// document is an API's OpenAPI document, as this program shows it.
type document struct{ *schema.Document }

func loadDocument(api string) (*document, error) {
	d, err := schema.Load(api)
	return &document{d}, err
}

// kind says in a word or two what a schema takes.
func (d *document) kind(s *schema.Schema) string {
	s = d.Plain(s)
	switch {
	case s.Type == "array":
		return "list of " + d.kind(s.Items)
	case len(s.OneOf) > 0:
		return "object"
	case s.Format == "date", s.Format == "date-time", s.Format == "email":
		return s.Format
	case s.Type == "string":
		return "text"
	case s.Type == "":
		return "object"
	}
	return s.Type
}

// bodyMember is a member of a request body.
type bodyMember struct {
	Name      string   `json:"name"` // members of members after a dot, those of the items of a list after []
	Type      string   `json:"type"`
	Required  bool     `json:"required"` // where its parent is given
	Nullable  bool     `json:"nullable,omitempty"`
	MaxLength int      `json:"max_length,omitempty"`
	Enum      []string `json:"enum,omitempty"`
	When      string   `json:"when,omitempty"` // the variant of a union that has it: "counterparty.type is VENDOR"
	About     string   `json:"description,omitempty"`

	owners []string // the schemas that it may be a member of
}

// variant is one form of a union.
type variant struct {
	when   string
	kind   string // value of the discriminator, empty where there is none
	schema *schema.Schema
}

func (d *document) variants(s *schema.Schema, path string) []variant {
	var all []variant
	if s.Discriminator == nil {
		for i, one := range s.OneOf {
			all = append(all, variant{when: fmt.Sprintf("form %d of %d", i+1, len(s.OneOf)), schema: one})
		}
		return all
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Discriminator.Mapping)) {
		all = append(all, variant{when: dotted(path, s.Discriminator.PropertyName) + " is " + kind, kind: kind,
			schema: &schema.Schema{Ref: s.Discriminator.Mapping[kind]}})
	}
	return all
}

// members lists the members of a body, each before its own.
func (d *document) members(s *schema.Schema) []bodyMember { return d.walk(nil, s, "", "", 0) }

const deepest = 8 // levels of members shown; no document has as many

func (d *document) walk(all []bodyMember, s *schema.Schema, path, when string, depth int) []bodyMember {
	return d.walkIn(all, d.owners(s), d.Plain(s), path, when, depth)
}

// owners are the names of the schemas that a schema is made of: what is said about a member stands at one of them.
func (d *document) owners(s *schema.Schema) (names []string) {
	if s == nil {
		return nil
	}
	if s.Ref != "" {
		names = append(names, strings.TrimPrefix(s.Ref, "#/components/schemas/"))
		if s = d.Resolve(s); s == nil {
			return names
		}
	}
	for _, part := range s.AllOf {
		names = append(names, d.owners(part)...)
	}
	return names
}

func (d *document) walkIn(all []bodyMember, owners []string, s *schema.Schema, path, when string, depth int) []bodyMember {
	if depth == deepest {
		return all
	}
	if s.Type == "array" {
		return d.walk(all, s.Items, path+"[]", when, depth+1)
	}
	for _, name := range slices.SortedFunc(maps.Keys(s.Properties), requiredFirst(s.Required)) {
		p := d.Plain(s.Properties[name])
		m := bodyMember{Name: dotted(path, name), owners: owners, Type: d.kind(p), Required: slices.Contains(s.Required, name), Nullable: p.Nullable,
			MaxLength: number(p.MaxLength), Enum: p.Enum, When: when}
		if p.Type == "array" {
			m.Enum = d.Plain(p.Items).Enum
		}
		if p.Discriminator != nil {
			m.Type += " by its " + p.Discriminator.PropertyName
		}
		all = d.walk(append(all, m), s.Properties[name], m.Name, when, depth+1)
	}
	for _, v := range d.variants(s, path) {
		form := d.Plain(v.schema)
		if v.kind != "" { // its own value is said by when already
			form.Properties = maps.Clone(form.Properties)
			all = append(all, bodyMember{Name: dotted(path, s.Discriminator.PropertyName), Type: "text", Required: true, Enum: []string{v.kind}, When: v.when})
			delete(form.Properties, s.Discriminator.PropertyName)
		}
		all = d.walkIn(all, d.owners(v.schema), form, path, v.when, depth+1)
	}
	return all
}

func dotted(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// requiredFirst orders names: required ones, then the others, both by the alphabet.
func requiredFirst(required []string) func(a, b string) int {
	return func(a, b string) int {
		switch inA, inB := slices.Contains(required, a), slices.Contains(required, b); {
		case inA && !inB:
			return -1
		case inB && !inA:
			return 1
		}
		return strings.Compare(a, b)
	}
}

// sample is a value that the schema takes, with required members only, or with one where none is required. Texts are the
// member's name in capitals, for people to replace.
func (d *document) sample(s *schema.Schema, name string) any {
	isMoney := s != nil && strings.HasSuffix(s.Ref, "/Money")
	s = d.Plain(s)
	switch {
	case isMoney:
		return map[string]any{"amount": 700, "currency": "USD"}
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == "array":
		return []any{d.sample(s.Items, strings.TrimSuffix(name, "s"))}
	case s.Type == "integer":
		return 1
	case s.Type == "number":
		return 100.5
	case s.Type == "boolean":
		return true
	case s.Type == "string":
		return sampleText(s, name)
	}
	object := map[string]any{}
	if forms := d.variants(s, ""); len(forms) > 0 {
		object, _ = d.sample(forms[0].schema, name).(map[string]any)
		if forms[0].kind != "" {
			object[s.Discriminator.PropertyName] = forms[0].kind
		}
	}
	names := slices.SortedFunc(maps.Keys(s.Properties), requiredFirst(s.Required))
	for i, name := range names {
		if i == 0 || slices.Contains(s.Required, name) {
			object[name] = d.sample(s.Properties[name], name)
		}
	}
	return object
}

func sampleText(s *schema.Schema, name string) string {
	switch {
	case s.Format == "date":
		return "2026-11-01"
	case s.Format == "date-time":
		return "2026-11-01T12:00:00Z"
	case s.Format == "email" || name == "email":
		return "maya@example.com"
	case name == "currency":
		return "USD"
	case strings.HasSuffix(name, "url"):
		return "https://example.com/brex"
	}
	text := strings.ToUpper(name)
	if most := number(s.MaxLength); most > 0 && len(text) > most {
		text = text[:most]
	}
	return text + strings.Repeat("X", max(0, number(s.MinLength)-len(text)))
}

// number is 0 for a bound that is not there.
func number(bound *int) int {
	if bound == nil {
		return 0
	}
	return *bound
}
