// Package schema reads the documents in gen/documents, to show or check requests that are built at
// run time: by dynamic calls and by the program. It knows the part of OpenAPI 3.0 that the prepared
// documents use; its tests compare it with a full validator, which itself would triple what
// importing the SDK costs.
package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/documents"
)

// Schema is a schema of a document.
type Schema struct {
	Ref                  string             `json:"$ref"`
	Type                 string             `json:"type"`
	Format               string             `json:"format"`
	Nullable             bool               `json:"nullable"`
	Properties           map[string]*Schema `json:"properties"`
	Required             []string           `json:"required"`
	Items                *Schema            `json:"items"`
	AllOf                []*Schema          `json:"allOf"`
	OneOf                []*Schema          `json:"oneOf"`
	Enum                 []string           `json:"enum"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
	MinLength            *int               `json:"minLength"`
	MaxLength            *int               `json:"maxLength"`
	MinItems             *int               `json:"minItems"`
	MaxItems             *int               `json:"maxItems"`
	Minimum              *json.Number       `json:"minimum"`
	Maximum              *json.Number       `json:"maximum"`
	Discriminator        *struct {
		PropertyName string            `json:"propertyName"`
		Mapping      map[string]string `json:"mapping"`
	} `json:"discriminator"`
}

// Document is the part of a document that matters here.
type Document struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name   string  `json:"name"`
			In     string  `json:"in"`
			Style  string  `json:"style"`
			Schema *Schema `json:"schema"`
		} `json:"parameters"`
		RequestBody *struct {
			Content map[string]struct {
				Schema *Schema `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
		Responses map[string]struct {
			Content map[string]struct {
				Schema *Schema `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*Schema `json:"schemas"`
	} `json:"components"`

	merged sync.Map // *Schema to its Plain
}

var loaded sync.Map // by API: func() (*Document, error), which parses once

// Load returns the document of an API.
func Load(api string) (*Document, error) {
	load, _ := loaded.LoadOrStore(api, sync.OnceValues(func() (*Document, error) {
		text, err := documents.FS.ReadFile(api + ".json")
		if err != nil {
			return nil, fmt.Errorf("there is no document of %q", api)
		}
		d, err := Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the document of %s: %w", api, err)
		}
		return d, nil
	}))
	return load.(func() (*Document, error))()
}

// Parse reads a document of its own, which the caller may change; that of Load is shared.
func Parse(text []byte) (*Document, error) {
	var d Document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	return &d, nil
}

// Rest reports whether an object may have members that Properties does not name, and returns their
// schema, nil if they may be anything.
func (s *Schema) Rest() (rest *Schema, open bool) {
	switch string(s.AdditionalProperties) {
	case "", "null", "false":
		return nil, false
	case "true":
		return nil, true
	}
	rest = &Schema{}
	if json.Unmarshal(s.AdditionalProperties, rest) != nil {
		return nil, false
	}
	return rest, true
}

// Body returns the schema of an operation's request body, nil if it has none.
func (d *Document) Body(op *wire.Operation) *Schema {
	body := d.Paths[op.Path][strings.ToLower(op.Method)].RequestBody
	if body == nil {
		return nil
	}
	return body.Content["application/json"].Schema
}

// Result returns the schema of an operation's successful response, nil if it has none.
func (d *Document) Result(op *wire.Operation) *Schema {
	response := d.Paths[op.Path][strings.ToLower(op.Method)].Responses[strconv.Itoa(op.Status)]
	return response.Content["application/json"].Schema
}

// ResultMembers returns the members of an operation's result, those of every variant if it is a
// union, and none if the result is not an object or is not in a document.
func ResultMembers(op *wire.Operation) []string {
	d, err := Load(op.API)
	if err != nil {
		return nil
	}
	return d.members(d.Result(op))
}

// ItemMembers returns the members of an item of a list operation, and those of the result of
// others.
func ItemMembers(op *wire.Operation) []string {
	d, err := Load(op.API)
	if err != nil {
		return nil
	}
	return d.members(d.Item(op))
}

// Item returns the schema of an item of a list operation, and that of the result of others.
func (d *Document) Item(op *wire.Operation) *Schema {
	s := d.Result(op)
	switch op.List {
	case wire.ListPage:
		return d.Plain(d.Plain(s).Properties["items"]).Items
	case wire.ListArray:
		return d.Plain(s).Items
	}
	return s
}

// members are those of a schema, or of every variant if it is a union.
func (d *Document) members(s *Schema) []string {
	s = d.Plain(s)
	names := slices.Collect(maps.Keys(s.Properties))
	for _, variant := range s.OneOf {
		names = slices.AppendSeq(names, maps.Keys(d.Plain(variant).Properties))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ResultMayBeEmpty reports whether the operation's result is an object of which the document
// requires no member.
func ResultMayBeEmpty(op *wire.Operation) bool {
	d, err := Load(op.API)
	if err != nil || d.Result(op) == nil {
		return false
	}
	s := d.Plain(d.Result(op))
	return len(s.Required) == 0 && len(s.OneOf) == 0
}

// Resolve follows a reference; it returns any other schema unchanged.
func (d *Document) Resolve(s *Schema) *Schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// Plain follows references and merges the parts of allOf into one schema. For nil it returns a
// schema that accepts everything.
func (d *Document) Plain(s *Schema) *Schema {
	nullable := s != nil && s.Nullable
	if s = d.Resolve(s); s == nil {
		return &Schema{}
	}
	merged := *s
	merged.Nullable = nullable || s.Nullable
	merged.AllOf, merged.Properties = nil, maps.Clone(s.Properties)
	for _, part := range s.AllOf {
		merged.add(d.Plain(part))
	}
	return &merged
}

// add puts another part of an allOf into the schema. The documents give each keyword in one part
// only, properties apart.
func (s *Schema) add(part *Schema) {
	if s.Type == "" {
		s.Type, s.Format = part.Type, part.Format
	}
	if s.Properties == nil && part.Properties != nil {
		s.Properties = map[string]*Schema{}
	}
	maps.Copy(s.Properties, part.Properties)
	s.Required = append(slices.Clone(s.Required), part.Required...)
	if len(part.Enum) > 0 {
		s.Enum = part.Enum
	}
	if part.Items != nil {
		s.Items = part.Items
	}
	if len(part.OneOf) > 0 {
		s.OneOf, s.Discriminator = part.OneOf, part.Discriminator
	}
	if len(part.AdditionalProperties) > 0 {
		s.AdditionalProperties = part.AdditionalProperties
	}
	if part.MinLength != nil {
		s.MinLength = part.MinLength
	}
	if part.MaxLength != nil {
		s.MaxLength = part.MaxLength
	}
}
