package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/gen/documents"
)

// schema is what of an OpenAPI schema this program shows.
type schema struct {
	Ref           string             `json:"$ref"`
	Type          string             `json:"type"`
	Format        string             `json:"format"`
	Nullable      bool               `json:"nullable"`
	Properties    map[string]*schema `json:"properties"`
	Required      []string           `json:"required"`
	Items         *schema            `json:"items"`
	AllOf         []*schema          `json:"allOf"`
	OneOf         []*schema          `json:"oneOf"`
	Enum          []string           `json:"enum"`
	MinLength     int                `json:"minLength"`
	MaxLength     int                `json:"maxLength"`
	Additional    json.RawMessage    `json:"additionalProperties"`
	Discriminator *struct {
		PropertyName string            `json:"propertyName"`
		Mapping      map[string]string `json:"mapping"`
	} `json:"discriminator"`
}

// document is an API's OpenAPI document.
type document struct {
	Paths map[string]map[string]struct {
		RequestBody *struct {
			Content map[string]struct {
				Schema *schema `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

func loadDocument(api string) (*document, error) {
	text, err := documents.FS.ReadFile(api + ".json")
	if err != nil {
		return nil, err
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("the document of %s: %w", api, err)
	}
	return &d, nil
}

// body is the schema of an operation's request body, nil where it takes none.
func (d *document) body(op *brex.Operation) *schema {
	body := d.Paths[op.Path][strings.ToLower(op.Method)].RequestBody
	if body == nil {
		return nil
	}
	return body.Content["application/json"].Schema
}

// plain follows references and merges the parts of allOf. A schema that is null in the document becomes one that takes all.
func (d *document) plain(s *schema) *schema {
	if s == nil {
		return &schema{}
	}
	nullable := s.Nullable
	for s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
		if s == nil {
			return &schema{}
		}
		nullable = nullable || s.Nullable
	}
	merged := *s
	merged.Nullable = nullable
	merged.Properties = maps.Clone(s.Properties)
	for _, part := range s.AllOf {
		p := d.plain(part)
		if merged.Type == "" {
			merged.Type, merged.Format = p.Type, p.Format
		}
		if merged.Properties == nil && p.Properties != nil {
			merged.Properties = map[string]*schema{}
		}
		maps.Copy(merged.Properties, p.Properties)
		merged.Required = append(slices.Clone(merged.Required), p.Required...)
		if len(p.Enum) > 0 {
			merged.Enum = p.Enum
		}
		if p.Items != nil {
			merged.Items = p.Items
		}
		if len(p.OneOf) > 0 {
			merged.OneOf, merged.Discriminator = p.OneOf, p.Discriminator
		}
		if len(p.Additional) > 0 {
			merged.Additional = p.Additional
		}
		merged.MinLength, merged.MaxLength = max(merged.MinLength, p.MinLength), max(merged.MaxLength, p.MaxLength)
	}
	return &merged
}

// kind says in a word or two what a schema takes.
func (d *document) kind(s *schema) string {
	s = d.plain(s)
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
}

// variant is one form of a union.
type variant struct {
	when   string
	kind   string // value of the discriminator, empty where there is none
	schema *schema
}

func (d *document) variants(s *schema, path string) []variant {
	var all []variant
	if s.Discriminator == nil {
		for i, one := range s.OneOf {
			all = append(all, variant{when: fmt.Sprintf("form %d of %d", i+1, len(s.OneOf)), schema: one})
		}
		return all
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Discriminator.Mapping)) {
		all = append(all, variant{when: dotted(path, s.Discriminator.PropertyName) + " is " + kind, kind: kind,
			schema: &schema{Ref: s.Discriminator.Mapping[kind]}})
	}
	return all
}

// members lists the members of a body, each before its own.
func (d *document) members(s *schema) []bodyMember { return d.walk(nil, s, "", "", 0) }

const deepest = 8 // levels of members shown; no document has as many

func (d *document) walk(all []bodyMember, s *schema, path, when string, depth int) []bodyMember {
	s = d.plain(s)
	if depth == deepest {
		return all
	}
	if s.Type == "array" {
		return d.walk(all, s.Items, path+"[]", when, depth+1)
	}
	for _, name := range slices.SortedFunc(maps.Keys(s.Properties), requiredFirst(s.Required)) {
		p := d.plain(s.Properties[name])
		m := bodyMember{Name: dotted(path, name), Type: d.kind(p), Required: slices.Contains(s.Required, name), Nullable: p.Nullable,
			MaxLength: p.MaxLength, Enum: p.Enum, When: when}
		if p.Type == "array" {
			m.Enum = d.plain(p.Items).Enum
		}
		if p.Discriminator != nil {
			m.Type += " by its " + p.Discriminator.PropertyName
		}
		all = d.walk(append(all, m), p, m.Name, when, depth+1)
	}
	for _, v := range d.variants(s, path) {
		form := d.plain(v.schema)
		if v.kind != "" { // its own value is said by when already
			form.Properties = maps.Clone(form.Properties)
			all = append(all, bodyMember{Name: dotted(path, s.Discriminator.PropertyName), Type: "text", Required: true, Enum: []string{v.kind}, When: v.when})
			delete(form.Properties, s.Discriminator.PropertyName)
		}
		all = d.walk(all, form, path, v.when, depth+1)
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
func (d *document) sample(s *schema, name string) any {
	isMoney := s != nil && strings.HasSuffix(s.Ref, "/Money")
	s = d.plain(s)
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

func sampleText(s *schema, name string) string {
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
	if s.MaxLength > 0 && len(text) > s.MaxLength {
		text = text[:s.MaxLength]
	}
	return text + strings.Repeat("X", max(0, s.MinLength-len(text)))
}
