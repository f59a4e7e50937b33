package prep

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// A validator tells the members of a union without a discriminator apart by the constants that the overlay gives them.
func TestPlainConstants(t *testing.T) {
	d := schemas(t, `
Value: {oneOf: [{$ref: '#/components/schemas/One'}, {$ref: '#/components/schemas/Many'}]}
One: {type: object, x-brex-match: {kind: ONE}, required: [kind], properties: {kind: {type: string}}}
Many: {type: object, x-brex-match: {kind: MANY}, required: [kind], properties: {kind: {type: string}}}`)
	plain, err := d.Plain()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(plain, &d.Root))
	for name, value := range map[string]string{"One": "ONE", "Many": "MANY"} {
		require.Equal(t, obj{"type": "string", "enum": []any{value}}, schema(t, d, name+".kind"))
	}
}

// Where documents are compared, a choice between values stays one, so that a form that comes or goes is seen.
func TestChoicesCompared(t *testing.T) {
	d, err := Normalise("test", []byte(document(noPaths, `{A: {oneOf: [{type: string, format: date}, {type: string}]}}`)))
	require.NoError(t, err)
	require.Len(t, schema(t, d, "A")["oneOf"], 2)
	require.Empty(t, d.Notes)
}

// What becomes JSON is told apart by nothing, and has a name of its own where an operation returns it.
func TestMixedChoice(t *testing.T) {
	d := prepare(t, document(`
/a:
  get:
    operationId: getA
    responses: {'200': {description: '', content: {application/json: {schema: {oneOf: [{type: string}, {type: object, properties: {a: {type: string}}}], discriminator: {propertyName: a}}}}}}`, `{}`))
	require.Equal(t, "GetAResponse", row(t, d, "GetA").Result)
	require.Equal(t, "wire.JSON", schema(t, d, "GetAResponse")["x-go-type"])
	require.NotContains(t, schema(t, d, "GetAResponse"), "discriminator")
}

// Choices inside members that an operation brought, and inside parts of an allOf, are found too.
func TestChoicesInside(t *testing.T) {
	const choice = `{oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, required: [b], properties: {b: {type: string}}}]}`
	d := prepare(t, document(`
/a:
  get:
    operationId: getA
    responses: {'200': {description: '', content: {application/json: {schema: {oneOf: [{title: Outer, type: object, required: [v], properties: {v: `+choice+`}}, {title: Other, type: object, required: [o], properties: {o: {type: string}}}]}}}}}`, `
Base: {type: object, properties: {id: {type: string}}}
Whole: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {w: `+choice+`}}]}`))
	require.Equal(t, map[string]string{"OuterVVariant1": "a= ", "OuterVVariant2": "b= "}, members(t, d, "OuterV"))
	require.Equal(t, "WholeW w,omitzero", goProperty(t, d, "Whole.w"))
	require.Equal(t, map[string]string{"WholeWVariant1": "a= ", "WholeWVariant2": "b= "}, members(t, d, "WholeW"))
}

// A constant that two members share tells them from nothing.
func TestSharedConstant(t *testing.T) {
	const member = `{type: object, required: [kind], properties: {kind: {type: string, enum: [SAME]}}}`
	requireError(t, document(noPaths, `
Value: {oneOf: [{$ref: '#/components/schemas/One'}, {$ref: '#/components/schemas/Two'}]}
One: `+member+`
Two: `+member), "", "Value: nothing tells One from the other members")
}

// What belongs to the place of a composition stays there.
func TestCompositionPlace(t *testing.T) {
	d := schemas(t, `
A: {type: object, properties: {a: {type: string}}}
C: {type: object, properties: {ab: {nullable: true, default: {}, allOf: [{$ref: '#/components/schemas/A'}, {properties: {b: {type: string}}}]}}}`)
	for _, key := range []string{"nullable", "default", "x-order"} {
		require.Contains(t, schema(t, d, "C.ab"), key)
		require.NotContains(t, schema(t, d, "CAb"), key)
	}
}
