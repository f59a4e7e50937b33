// Package schema checks request bodies against the documents in gen/documents, for dynamic calls. It knows the part of
// OpenAPI 3.0 that the prepared documents use; its tests hold it against a full validator. That validator itself would triple
// what importing the SDK costs.
package schema

import (
	"encoding/json"
	"fmt"
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

// Document is what of a document matters here.
type Document struct {
	Paths map[string]map[string]struct {
		RequestBody *struct {
			Content map[string]struct {
				Schema *Schema `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]*Schema `json:"schemas"`
	} `json:"components"`
}

var loaded sync.Map // by API: func() (*Document, error), which parses once

// Load is the document of an API.
func Load(api string) (*Document, error) {
	load, _ := loaded.LoadOrStore(api, sync.OnceValues(func() (*Document, error) {
		text, err := documents.FS.ReadFile(api + ".json")
		if err != nil {
			return nil, fmt.Errorf("there is no document of %q", api)
		}
		var d Document
		if err := json.Unmarshal(text, &d); err != nil {
			return nil, fmt.Errorf("the document of %s: %w", api, err)
		}
		return &d, nil
	}))
	return load.(func() (*Document, error))()
}

// Body is the schema of an operation's request body, nil where it takes none.
func (d *Document) Body(op *wire.Operation) *Schema {
	body := d.Paths[op.Path][strings.ToLower(op.Method)].RequestBody
	if body == nil {
		return nil
	}
	return body.Content["application/json"].Schema
}

// Resolve follows a reference; any other schema is itself.
func (d *Document) Resolve(s *Schema) *Schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}
