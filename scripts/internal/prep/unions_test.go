package prep

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// members are the Go types of a union's members with the value that marks each.
func members(t *testing.T, d *Document, name string) map[string]string {
	t.Helper()
	u, ok := schema(t, d, name)["x-brex-union"].(obj)
	require.True(t, ok, "%s is no union", name)
	out := map[string]string{}
	for _, m := range u["members"].([]any) {
		m := m.(obj)
		var marks string
		for _, match := range list(m["match"]) {
			match := match.(obj)
			marks += text(match["member"]) + "=" + text(match["value"]) + " "
		}
		out[text(m["type"])] = marks
	}
	return out
}

func TestUnionCompleted(t *testing.T) {
	d := schemas(t, `
Party:
  oneOf: [{$ref: '#/components/schemas/Vendor'}]
  discriminator:
    propertyName: type
    mapping: {VENDOR: '#/components/schemas/Vendor', BANK: '#/components/schemas/Bank', CASH: Cash}
Vendor: {type: object, required: [type], properties: {type: {$ref: '#/components/schemas/Kind'}}}
Bank: {type: object, properties: {type: {$ref: '#/components/schemas/Kind'}}}
Cash: {type: object, properties: {id: {type: string}}}
Kind: {type: string, enum: [VENDOR, BANK, CASH]}`)
	require.Equal(t, map[string]string{"Vendor": "type=VENDOR ", "Bank": "type=BANK ", "Cash": "type=CASH "}, members(t, d, "Party"))
	require.Len(t, schema(t, d, "Party")["oneOf"], 3)
	require.Equal(t, "#/components/schemas/Cash", schema(t, d, "Party")["discriminator"].(obj)["mapping"].(obj)["CASH"])
	for _, name := range []string{"Vendor", "Bank", "Cash"} {
		require.Equal(t, []any{"type"}, schema(t, d, name)["required"], "the discriminator is required in %s", name)
	}
	require.Equal(t, "string", schema(t, d, "Cash.type")["type"], "and declared where it was not")
	require.Equal(t, "Kind type", goProperty(t, d, "Bank.type"))
}

// A member that the mapping does not name is found under its own name, as OpenAPI says.
func TestUnionImplicitMapping(t *testing.T) {
	d := schemas(t, `
Party: {oneOf: [{$ref: '#/components/schemas/Vendor'}, {$ref: '#/components/schemas/Bank'}], discriminator: {propertyName: type}}
Vendor: {type: object, properties: {id: {type: string}}}
Bank: {type: object, properties: {id: {type: string}}}`)
	require.Equal(t, map[string]string{"Vendor": "type=Vendor ", "Bank": "type=Bank "}, members(t, d, "Party"))
	require.Equal(t, "#/components/schemas/Bank", schema(t, d, "Party")["discriminator"].(obj)["mapping"].(obj)["Bank"])
}

// Members that inherit from the union that lists them are detached: they take over its properties, not its choice.
func TestUnionDetached(t *testing.T) {
	d := schemas(t, `
Party:
  type: object
  required: [currency]
  properties: {currency: {type: string}, note: {type: string}}
  oneOf: [{$ref: '#/components/schemas/Vendor'}]
  discriminator: {propertyName: type, mapping: {VENDOR: '#/components/schemas/Vendor', BANK: '#/components/schemas/Bank'}}
Vendor: {allOf: [{$ref: '#/components/schemas/Party'}, {type: object, required: [id], properties: {id: {type: string}, note: {type: integer}}}]}
Bank: {description: adds nothing, allOf: [{$ref: '#/components/schemas/Party'}]}
Holder: {type: object, properties: {party: {allOf: [{$ref: '#/components/schemas/Party'}, {nullable: true}]}}}`)
	party := schema(t, d, "Party")
	for _, key := range []string{"properties", "required", "type", "allOf"} {
		require.NotContains(t, party, key, "a union is nothing but the choice")
	}
	require.NotContains(t, schema(t, d, "Vendor"), "allOf")
	require.Equal(t, []any{"currency", "id", "type"}, schema(t, d, "Vendor")["required"])
	require.Equal(t, "integer", schema(t, d, "Vendor.note")["type"], "the member's own word counts")
	require.Equal(t, []any{"currency", "type"}, schema(t, d, "Bank")["required"])
	require.Equal(t, []string{"currency", "note", "type"}, sorted(schema(t, d, "Bank")["properties"].(obj)))
	require.Equal(t, "Party party,omitzero", goProperty(t, d, "Holder.party"))
	seen := map[string]bool{}
	p := &prep{schemas: get(t, d, "components", "schemas").(obj)}
	p.reach(schema(t, d, "Vendor"), seen)
	require.Empty(t, seen, "nothing leads from the member back to the union")
}

func TestUnionWithoutDiscriminator(t *testing.T) {
	const docs = `
Value: {oneOf: [{$ref: '#/components/schemas/ByID'}, {$ref: '#/components/schemas/ByName'}]}
ByID: {type: object, required: [id, value], properties: {id: {type: string}, value: {type: string}}}
ByName: {type: object, required: [name, value], properties: {name: {type: string}, value: {type: string}}}`
	d := schemas(t, docs)
	require.Equal(t, map[string]string{"ByID": "id= ", "ByName": "name= "}, members(t, d, "Value"))

	constants := `
Value: {oneOf: [{$ref: '#/components/schemas/One'}, {$ref: '#/components/schemas/Many'}]}
One: {type: object, required: [kind], properties: {kind: {type: string}}}
Many: {type: object, required: [kind], properties: {kind: {type: string}}}`
	requireError(t, document(noPaths, constants), "", "Value: nothing tells One from the other members", "Many", "x-brex-match")
	d = prepareWith(t, document(noPaths, constants), overlayOf(`
  - target: $.components.schemas.One
    update: {x-brex-match: {kind: ONE}}
  - target: $.components.schemas.Many
    update: {x-brex-match: {kind: MANY}}`))
	require.Equal(t, map[string]string{"One": "kind=ONE ", "Many": "kind=MANY "}, members(t, d, "Value"))
	requireError(t, document(noPaths, constants), overlayOf(`
  - target: $.components.schemas.One
    update: {x-brex-match: {knid: ONE}}`), "One: x-brex-match says that knid is ONE")
}

// A union on a property becomes a component, with or without a base that adds nothing.
func TestUnionInline(t *testing.T) {
	const members = `
ByID: {type: object, required: [id], properties: {id: {type: string}, kind: {type: string}}}
ByName: {type: object, required: [name], properties: {name: {type: string}, kind: {type: string}}}
Base: {type: object, properties: {kind: {type: string}}}`
	const oneOf = `oneOf: [{$ref: '#/components/schemas/ByID'}, {$ref: '#/components/schemas/ByName'}]`
	for name, test := range map[string]struct{ schema, mark string }{
		"plain":              {`{` + oneOf + `}`, "id= "},
		"beside a base":      {`{allOf: [{$ref: '#/components/schemas/Base'}, {` + oneOf + `}]}`, "id= "},
		"with discriminator": {`{` + oneOf + `, discriminator: {propertyName: kind, mapping: {I: ByID, N: ByName}}}`, "kind=I "},
		"discriminator and base": {`{allOf: [{$ref: '#/components/schemas/Base'}, {` + oneOf +
			`, discriminator: {propertyName: kind, mapping: {I: ByID, N: ByName}}}]}`, "kind=I "},
	} {
		t.Run(name, func(t *testing.T) {
			d := schemas(t, members+"\nField: {type: object, properties: {value: "+test.schema+"}}")
			require.Equal(t, "FieldValue value,omitzero", goProperty(t, d, "Field.value"))
			u := schema(t, d, "FieldValue")
			require.Len(t, u["oneOf"], 2)
			first := list(u["x-brex-union"].(obj)["members"])[0].(obj)
			match := list(first["match"])[0].(obj)
			require.Equal(t, test.mark, text(match["member"])+"="+text(match["value"])+" ")
		})
	}
}

func TestUnionErrors(t *testing.T) {
	for _, test := range []struct{ name, schemas, text string }{
		{"mapping to nothing", `
Party: {oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: type, mapping: {A: '#/components/schemas/A', B: '#/components/schemas/B'}}}
A: {type: object}`, "Party: the mapping of B names B, which is no schema"},
		{"member twice", `
Party: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/A'}]}
A: {type: object}`, "Party: A is a member twice"},
		{"member a union", `
Party: {oneOf: [{$ref: '#/components/schemas/Inner'}, {$ref: '#/components/schemas/A'}]}
Inner: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: t}}
B: {type: object}
A: {type: object, required: [a], properties: {a: {type: string}}}`, "Party: the member Inner is not an object"},
		{"discriminator a number", `
Party: {oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: type, mapping: {X: A}}}
A: {type: object, properties: {type: {type: integer}}}`, "Party: the discriminator type of A is not a text"},
		{"value taken by another", `
Party: {oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], discriminator: {propertyName: type, mapping: {B: A}}}
A: {type: object}
B: {type: object}`, "Party: the mapping of B leads elsewhere"},
		{"part of an allOf a union", `
A: {allOf: [{oneOf: [{$ref: '#/components/schemas/B'}, {$ref: '#/components/schemas/C'}]}, {properties: {x: {type: string}}}]}
C: {type: object}
B: {type: object}`, "schema A: oneOf as a part of its allOf is not understood"},
		{"part of an allOf an enum", `
A: {allOf: [{$ref: '#/components/schemas/B'}, {properties: {x: {type: string}}}]}
B: {type: string, enum: [X]}`, "schema A: enum as a part of its allOf is not understood"},
		{"part of an allOf a text", `
A: {allOf: [{$ref: '#/components/schemas/B'}, {properties: {x: {type: string}}}]}
B: {type: string}`, "schema A: a part of its allOf is of type string"},
	} {
		t.Run(test.name, func(t *testing.T) { requireError(t, document(noPaths, test.schemas), "", test.text) })
	}
}
