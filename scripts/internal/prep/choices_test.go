package prep

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Members without a name get one: their title, the constant that marks them, or their number.
func TestInlineMembers(t *testing.T) {
	for _, test := range []struct {
		name, schema string
		want         map[string]string
	}{
		{"titles", `{oneOf: [{title: Bank account, type: object, required: [iban], properties: {iban: {type: string}}}, {title: Cheque, type: object, required: [address], properties: {address: {type: string}}}]}`,
			map[string]string{"BankAccount": "iban= ", "Cheque": "address= "}},
		{"a title that is taken", `{oneOf: [{title: Taken, type: object, required: [a], properties: {a: {type: string}}}, {type: object, required: [b], properties: {b: {type: string}}}]}`,
			map[string]string{"BoxVTaken": "a= ", "BoxVVariant2": "b= "}},
		{"constants", `{oneOf: [{type: object, required: [kind], properties: {kind: {type: string, enum: [BANK]}}}, {type: object, required: [kind], properties: {kind: {type: string, enum: [CASH]}}}]}`,
			map[string]string{"BoxVBank": "kind=BANK ", "BoxVCash": "kind=CASH "}},
		{"constants that a discriminator names", `{discriminator: {propertyName: kind}, oneOf: [{type: object, properties: {kind: {type: string, enum: [BANK]}}}, {type: object, properties: {kind: {type: string, enum: [CASH]}}}]}`,
			map[string]string{"BoxVBank": "kind=BANK ", "BoxVCash": "kind=CASH "}},
		{"the overlay's name", `{oneOf: [{x-go-type-name: Mine, type: object, required: [a], properties: {a: {type: string}}}, {$ref: '#/components/schemas/Taken'}]}`,
			map[string]string{"Mine": "a= ", "Taken": "taken= "}},
		{"composed", `{oneOf: [{title: Both, allOf: [{$ref: '#/components/schemas/Taken'}, {required: [more], properties: {more: {type: string}}}]}, {title: Other, type: object, required: [b], properties: {b: {type: string}}}]}`,
			map[string]string{"Both": "more= taken= ", "Other": "b= "}},
		{"anyOf", `{anyOf: [{title: One, type: object, required: [a], properties: {a: {type: string}}}, {title: Two, type: object, required: [b], properties: {b: {type: string}}}]}`,
			map[string]string{"One": "a= ", "Two": "b= "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			const taken = "\nTaken: {type: object, required: [taken], properties: {taken: {type: string}}}"
			d := schemas(t, taken+"\nBox: {type: object, properties: {v: "+test.schema+"}}")
			require.Equal(t, "BoxV v,omitzero", goProperty(t, d, "Box.v"))
			require.Equal(t, test.want, members(t, d, "BoxV"))
			for name := range test.want {
				require.True(t, name == "Taken" || schema(t, d, name)["description"] != nil, name)
			}
			d = schemas(t, taken+"\nBoxV: "+test.schema)
			require.Equal(t, test.want, members(t, d, "BoxV"), "and so as a component")
		})
	}
}

// A validator goes on admitting what fits several members of an anyOf.
func TestAnyOfStaysAnyOf(t *testing.T) {
	d := schemas(t, `
A: {anyOf: [{title: One, type: object, required: [a], properties: {a: {type: string}}}, {title: Two, type: object, required: [b], properties: {b: {type: string}}}]}`)
	plain, err := d.Plain()
	require.NoError(t, err)
	require.Contains(t, string(plain), `"anyOf"`)
	require.NotContains(t, string(plain), `"oneOf"`)
}

func TestInlineMembersOfOperations(t *testing.T) {
	const choice = `{oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, required: [b], properties: {b: {type: string}}}]}`
	d := prepare(t, document(`
/a:
  post:
    operationId: createA
    x-brex-access: write
    requestBody: {content: {application/json: {schema: `+choice+`}}}
    responses: {'200': {description: '', content: {application/json: {schema: {type: array, items: `+choice+`}}}}}`, `{}`))
	require.Equal(t, "CreateARequest", row(t, d, "CreateA").Body)
	require.Equal(t, map[string]string{"CreateARequestVariant1": "a= ", "CreateARequestVariant2": "b= "}, members(t, d, "CreateARequest"))
	require.Equal(t, "[]CreateAResponseItem", row(t, d, "CreateA").Result)
}

// A choice between values that are no objects is a value of their kind, or JSON.
func TestChoicesOfValues(t *testing.T) {
	for _, test := range []struct{ schema, goType string }{
		{`{oneOf: [{type: string, format: date}, {type: string, format: date-time}]}`, "string v,omitempty"},
		{`{anyOf: [{type: string, format: date}, {type: string, format: date}]}`, "wire.Date v,omitzero"},
		{`{anyOf: [{$ref: '#/components/schemas/State'}, {type: string}]}`, "string v,omitempty"},
		{`{anyOf: [{$ref: '#/components/schemas/State'}, {type: string, enum: [LOST, OPEN]}]}`, "BoxV v,omitempty"},
		{`{oneOf: [{type: integer}, {type: number}]}`, "*money.Decimal v,omitempty"},
		{`{oneOf: [{type: string}, {type: integer}]}`, "wire.JSON v,omitempty"},
		{`{oneOf: [{type: string}, {$ref: '#/components/schemas/Owner'}]}`, "wire.JSON v,omitempty"},
		{`{oneOf: [{$ref: '#/components/schemas/State'}]}`, "State v,omitempty"},
		{`{oneOf: [{type: string, format: date}]}`, "wire.Date v,omitzero"},
		{`{oneOf: [{$ref: '#/components/schemas/Owner'}, {nullable: true}]}`, "*Owner v,omitempty"},
		{`{anyOf: [{nullable: true}]}`, "wire.JSON v,omitempty"},
	} {
		t.Run(test.schema, func(t *testing.T) {
			d := schemas(t, `
State: {type: string, enum: [OPEN, CLOSED]}
Owner: {type: object, properties: {id: {type: string}}}
Box: {type: object, properties: {v: `+test.schema+`}}`)
			require.Equal(t, test.goType, goProperty(t, d, "Box.v"))
		})
	}
	d := schemas(t, `{Mixed: {oneOf: [{type: string}, {type: object, properties: {a: {type: string}}}]}, Texts: {oneOf: [{type: string, enum: [A]}, {type: string, enum: [B, A]}]}}`)
	require.Equal(t, "wire.JSON", schema(t, d, "Mixed")["x-go-type"])
	require.Equal(t, []any{"A", "B"}, schema(t, d, "Texts")["enum"])
	plain, err := d.Plain()
	require.NoError(t, err)
	require.Contains(t, string(plain), `"oneOf"`, "a validator still knows the forms of what is JSON in Go")
}

// Two values of a discriminator that lead to one schema both find it; which one is meant the caller says.
func TestTwoValuesOfOneMember(t *testing.T) {
	d := schemas(t, `
Party:
  oneOf: [{$ref: '#/components/schemas/Account'}, {$ref: '#/components/schemas/Vendor'}]
  discriminator: {propertyName: type, mapping: {BANK: Account, BOOK: Account, VENDOR: Vendor}}
Account: {type: object, properties: {id: {type: string}}}
Vendor: {type: object, properties: {id: {type: string}}}`)
	all := list(schema(t, d, "Party")["x-brex-union"].(obj)["members"])
	require.Equal(t, obj{"type": "Account", "match": []any{obj{"member": "type", "value": "BANK", "or": []any{"BOOK"}}}, "stamp": []any(nil)}, all[0])
	require.Equal(t, "Always BANK or BOOK.", schema(t, d, "Account.type")["description"])
	require.Len(t, all[1].(obj)["stamp"], 1)
	require.Equal(t, []any{"type"}, schema(t, d, "Account")["required"])
}
