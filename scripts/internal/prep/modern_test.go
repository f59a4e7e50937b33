package prep

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A 3.1 document gives the Go that the same document of 3.0 gives.
func TestModern(t *testing.T) {
	const owner = `
Owner: {type: object, properties: {id: {type: string}}}
`
	for _, test := range []struct{ modern, goType string }{
		{`{type: [string, 'null']}`, "string v,omitempty"},
		{`{type: ['null', integer], format: int64}`, "*int64 v,omitempty"},
		{`{type: ['null']}`, "wire.JSON v,omitempty"},
		{`{type: 'null'}`, "wire.JSON v,omitempty"},
		{`{type: [string, integer]}`, "wire.JSON v,omitempty"},
		{`{type: [integer, number]}`, "*money.Decimal v,omitempty"},
		{`{anyOf: [{$ref: '#/components/schemas/Owner'}, {type: 'null'}]}`, "*Owner v,omitempty"},
		{`{oneOf: [{type: 'null'}, {$ref: '#/components/schemas/Owner'}]}`, "*Owner v,omitempty"},
		{`{$ref: '#/components/schemas/Owner', description: beside}`, "*Owner v,omitempty"},
		{`{type: string, const: ONE}`, "BoxV v,omitempty"},
		{`{const: ONE}`, "BoxV v,omitempty"},
		{`{type: integer, exclusiveMinimum: 0, exclusiveMaximum: 10}`, "*int v,omitempty"},
		{`{type: string, examples: [a, b], $comment: x, contentMediaType: image/png}`, "string v,omitempty"},
		{`{type: array}`, "[]wire.JSON v,omitempty"},
		{`{type: array, prefixItems: [{type: string}, {type: integer}], items: false}`, "[]wire.JSON v,omitempty"},
		{`{type: array, items: true}`, "[]wire.JSON v,omitempty"},
		{`{type: object, patternProperties: {a: {type: string}}, unevaluatedProperties: false}`, "wire.JSON v,omitempty"},
		{`true`, "wire.JSON v,omitempty"},
	} {
		t.Run(test.modern, func(t *testing.T) {
			doc := document(noPaths, owner+"Free: true\nBox: {type: object, properties: {never: false, v: "+test.modern+"}}")
			doc = strings.Replace(doc, "openapi: 3.0.3", "openapi: 3.1.0\njsonSchemaDialect: https://x\nwebhooks: {a: {}}", 1)
			d := prepare(t, doc)
			require.Equal(t, test.goType, goProperty(t, d, "Box.v"))
			require.Equal(t, "3.0.3", d.Root["openapi"])
			require.NotContains(t, d.Root, "webhooks")
			require.NotContains(t, schema(t, d, "Box")["properties"], "never")
			require.Equal(t, strings.Contains(test.modern, "null"), schema(t, d, "Box.v")["nullable"] == true)
			for _, keyword := range append([]string{"const", "exclusiveNothing"}, unsaid...) {
				require.NotContains(t, schema(t, d, "Box.v"), keyword)
			}
		})
	}
}

func TestModernBounds(t *testing.T) {
	for _, test := range []struct {
		schema string
		want   obj
	}{
		{`{exclusiveMinimum: 3}`, obj{"minimum": 3, "exclusiveMinimum": true}},
		{`{exclusiveMaximum: 3.5}`, obj{"maximum": 3.5, "exclusiveMaximum": true}},
		{`{exclusiveMinimum: 3, minimum: 5}`, obj{"minimum": 5}},
		{`{exclusiveMinimum: 5, minimum: 3}`, obj{"minimum": 5, "exclusiveMinimum": true}},
		{`{exclusiveMaximum: 3, maximum: 5}`, obj{"maximum": 3, "exclusiveMaximum": true}},
		{`{exclusiveMaximum: 5, maximum: 3}`, obj{"maximum": 3}},
		{`{exclusiveMinimum: true, minimum: 3}`, obj{"minimum": 3, "exclusiveMinimum": true}},
	} {
		t.Run(test.schema, func(t *testing.T) {
			d := schemas(t, "{Box: {type: object, properties: {v: "+strings.Replace(test.schema, "{", "{type: number, ", 1)+"}}}")
			got := obj{}
			for k, v := range schema(t, d, "Box.v") {
				if strings.HasSuffix(k, "inimum") || strings.HasSuffix(k, "aximum") {
					got[k] = v
				}
			}
			require.Equal(t, test.want, got)
		})
	}
}

// What 3.0 cannot say is kept where documents are compared.
func TestModernCompared(t *testing.T) {
	d, err := Normalise("test", []byte(document(noPaths, `{A: {type: object, patternProperties: {a: {type: string}}}}`)))
	require.NoError(t, err)
	require.Contains(t, schema(t, d, "A"), "patternProperties")
}

// Keywords that bring no Go type and that 3.0 does not have are left out, each of them.
func TestModernUnsaid(t *testing.T) {
	for _, keyword := range []string{"$schema", "$id", "$anchor", "$comment", "$dynamicRef", "$dynamicAnchor", "$vocabulary",
		"contentEncoding", "contentMediaType", "contentSchema", "if", "then", "else", "dependentRequired", "dependentSchemas",
		"patternProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "contains", "minContains", "maxContains",
		"prefixItems"} {
		d := schemas(t, "{A: {type: object, properties: {v: {type: string, "+keyword+": x}}}}")
		require.NotContains(t, schema(t, d, "A.v"), keyword)
	}
	doc := strings.Replace(document(noPaths, "{A: {not: false, type: string}}"), "openapi: 3.0.3", "openapi: 3.1.0\njsonSchemaDialect: https://x", 1)
	d := prepare(t, doc)
	require.NotContains(t, d.Root, "jsonSchemaDialect")
	require.NotContains(t, schema(t, d, "A"), "not")
}
