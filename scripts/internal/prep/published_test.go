package prep

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPropertyRequired(t *testing.T) {
	d := schemas(t, `
Base: {type: object, properties: {id: {type: string}}}
A:
  type: object
  required: [a, 'true']
  properties:
    a: {type: string, required: ['true']}
    b: {type: integer, required: true}
    c: {type: boolean, required: [true]}
    d: {type: array, required: ['false'], items: {type: string, required: ['true']}}
    e: {$ref: '#/components/schemas/Base'}
    f: {type: object, required: ['true'], additionalProperties: {type: string}}
    g: {allOf: [{$ref: '#/components/schemas/Base'}, {nullable: true, required: ['true']}]}
NamedTrue: {type: object, required: ['true'], properties: {'true': {type: string}}}
Derived: {allOf: [{$ref: '#/components/schemas/Base'}, {required: [id]}]}
Bad: {type: object, required: yes, properties: {a: {type: string}}}`)
	require.Equal(t, []any{"a"}, schema(t, d, "A")["required"])
	for _, property := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		require.NotContains(t, schema(t, d, "A."+property), "required")
	}
	require.NotContains(t, schema(t, d, "A.d")["items"], "required")
	require.Equal(t, []any{"true"}, schema(t, d, "NamedTrue")["required"], "a member may be called true")
	require.Equal(t, []any{"id"}, schema(t, d, "Derived")["required"], "a part of an allOf may require what another declares")
	require.NotContains(t, schema(t, d, "Bad"), "required")

	require.Equal(t, "string a", goProperty(t, d, "A.a"))
	require.Equal(t, "*int b,omitempty", goProperty(t, d, "A.b"))
	require.Equal(t, "*Base g,omitempty", goProperty(t, d, "A.g"))
}

func TestEnums(t *testing.T) {
	d := schemas(t, `
Status: {type: string, enum: [OPEN, null, CLOSED, OPEN], nullable: true}
Untyped: {enum: [A, B]}
Number: {type: integer, enum: [1, 2, 1]}
Nothing: {type: string, enum: [null]}
A: {type: object, required: [s], properties: {s: {type: integer, enum: [3, null]}}}`)
	require.Equal(t, []any{"OPEN", "CLOSED"}, schema(t, d, "Status")["enum"])
	require.Equal(t, []any{"Open", "Closed"}, schema(t, d, "Status")["x-enum-varnames"])
	require.Equal(t, "string", schema(t, d, "Untyped")["type"])
	require.Equal(t, []any{1, 2}, schema(t, d, "Number")["enum"])
	require.NotContains(t, schema(t, d, "Nothing"), "enum")
	require.Equal(t, true, schema(t, d, "Nothing")["nullable"])
	require.Equal(t, "*int s", goProperty(t, d, "A.s"), "null among the values makes it nullable")
}

func TestDecorators(t *testing.T) {
	const ref = "#/components/schemas/Status"
	d := schemas(t, `
Status: {type: string, enum: [OPEN, CLOSED]}
Owner: {type: object, properties: {id: {type: string}}}
A:
  type: object
  properties:
    nullable: {allOf: [{$ref: '#/components/schemas/Status'}, {nullable: true}]}
    described: {allOf: [{$ref: '#/components/schemas/Status'}, {description: inside}]}
    empty: {allOf: [{$ref: '#/components/schemas/Status'}, {}]}
    three: {allOf: [{$ref: '#/components/schemas/Status'}, {description: inside}, {nullable: true, deprecated: true}]}
    first: {allOf: [{nullable: true}, {$ref: '#/components/schemas/Status'}]}
    outside: {description: outside, allOf: [{$ref: '#/components/schemas/Status'}, {description: inside}]}
    typed: {type: object, allOf: [{$ref: '#/components/schemas/Owner'}, {type: object, nullable: true, additionalProperties: true}]}
    extended: {allOf: [{$ref: '#/components/schemas/Status'}, {x-internal: true, example: OPEN}]}
    beside: {$ref: '#/components/schemas/Status', nullable: true}
    within: {allOf: [{$ref: '#/components/schemas/Status', nullable: true}]}
    bare: {$ref: '#/components/schemas/Status'}
    alone: {allOf: [{$ref: '#/components/schemas/Status'}]}
    items: {type: array, items: {allOf: [{$ref: '#/components/schemas/Status'}, {nullable: true}]}}`)
	for _, test := range []struct {
		property, description, goType string
		bare, nullable                bool
	}{
		{property: "nullable", nullable: true, goType: "Status nullable,omitempty"},
		{property: "described", description: "inside", goType: "Status described,omitempty"},
		{property: "empty", bare: true, goType: "Status empty,omitempty"},
		{property: "three", description: "inside", nullable: true, goType: "Status three,omitempty"},
		{property: "first", nullable: true, goType: "Status first,omitempty"},
		{property: "outside", description: "outside", goType: "Status outside,omitempty"},
		{property: "typed", nullable: true, goType: "*Owner typed,omitempty"},
		{property: "extended", goType: "Status extended,omitempty"},
		{property: "beside", nullable: true, goType: "Status beside,omitempty"},
		{property: "within", nullable: true, goType: "Status within,omitempty"},
		{property: "bare", bare: true, goType: "Status bare,omitempty"},
		{property: "alone", bare: true, goType: "Status alone,omitempty"},
	} {
		t.Run(test.property, func(t *testing.T) {
			s := schema(t, d, "A."+test.property)
			require.Equal(t, test.goType, goProperty(t, d, "A."+test.property))
			if test.bare {
				require.Equal(t, ref, s["$ref"])
				require.NotContains(t, s, "allOf")
			} else {
				require.Len(t, s["allOf"], 1)
				require.NotContains(t, s, "$ref")
			}
			require.Equal(t, test.nullable, s["nullable"] == true)
			require.Equal(t, test.description, text(s["description"]))
			require.NotContains(t, s, "type")
			require.NotContains(t, s, "additionalProperties")
		})
	}
	require.Equal(t, true, schema(t, d, "A.three")["deprecated"])
	require.Equal(t, "[]*Status items,omitempty", goProperty(t, d, "A.items"))
}

// A composition is no decoration.
func TestDecoratorsComposition(t *testing.T) {
	d := schemas(t, `
A: {type: object, required: [a], properties: {a: {type: string}, shared: {type: string}}}
B: {type: object, required: [b], properties: {b: {type: string}, shared: {type: integer}}}
AB: {description: both, allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}
AC: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {c: {type: string}}}]}
Copy: {description: mine, allOf: [{$ref: '#/components/schemas/AC'}]}`)
	ab := schema(t, d, "AB")
	require.NotContains(t, ab, "allOf")
	require.Equal(t, "both", ab["description"])
	require.Equal(t, []any{"a", "b"}, ab["required"])
	require.Equal(t, []string{"a", "b", "shared"}, sorted(ab["properties"].(obj)))
	require.Equal(t, "integer", schema(t, d, "AB.shared")["type"], "the later part wins")
	require.Equal(t, 1, schema(t, d, "AB.a")["x-order"])
	require.Equal(t, 3, schema(t, d, "AB.b")["x-order"], "the properties of the second part stand after those of the first")
	require.Equal(t, []string{"a", "c", "shared"}, sorted(schema(t, d, "AC")["properties"].(obj)))
	require.Equal(t, []string{"a", "c", "shared"}, sorted(schema(t, d, "Copy")["properties"].(obj)))
	require.Equal(t, "mine", schema(t, d, "Copy")["description"])
	require.Equal(t, 1, schema(t, d, "A.a")["x-order"], "what is inherited is a copy")
}

// What is composed inline gets a name and becomes one object.
func TestCompositionInline(t *testing.T) {
	const base = `
A: {type: object, properties: {a: {type: string}}}
B: {type: object, properties: {b: {type: string}}}`
	for name, test := range map[string]struct {
		schema string
		want   []string
	}{
		"two references":        {`{allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}`, []string{"a", "b"}},
		"with more properties":  {`{allOf: [{$ref: '#/components/schemas/A'}, {properties: {c: {type: string}}}]}`, []string{"a", "c"}},
		"without any reference": {`{allOf: [{type: object, properties: {c: {type: string}}}]}`, []string{"c"}},
		"in a list":             {`{type: array, items: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {c: {type: string}}}]}}`, []string{"a", "c"}},
		"with a name":           {`{x-go-type-name: Both, nullable: true, allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}`, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := schemas(t, base+"\nC: {type: object, properties: {ab: "+test.schema+"}}")
			component, goType := "CAb", "*CAb ab,omitempty"
			switch name {
			case "in a list":
				component, goType = "CAbItem", "[]CAbItem ab,omitempty"
			case "with a name":
				component, goType = "Both", "*Both ab,omitempty"
			}
			require.Equal(t, goType, goProperty(t, d, "C.ab"))
			require.Equal(t, test.want, sorted(schema(t, d, component)["properties"].(obj)))
			require.NotEmpty(t, schema(t, d, component)["description"])
		})
	}
	d := prepare(t, document(`
/a:
  get:
    operationId: getA
    responses: {'200': {description: '', content: {application/json: {schema: {allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}}}}}`, base))
	require.Equal(t, "GetAResponse", row(t, d, "GetA").Result)
	requireError(t, document(noPaths, base+"\nCAb: {type: object}\nC: {type: object, properties: {ab: {allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}]}}}"),
		"", "C.ab would be named CAb, which is another schema; name it by x-go-type-name in the overlay")
}

func TestAliases(t *testing.T) {
	d := schemas(t, `
Status: {type: string, description: the original, enum: [OPEN, CLOSED]}
Day: {type: string, format: date}
State: {description: mine, allOf: [{$ref: '#/components/schemas/Status'}]}
Again: {$ref: '#/components/schemas/State'}
Birthday: {$ref: '#/components/schemas/Day'}
Owner: {type: object, properties: {id: {type: string}}}
Holder: {$ref: '#/components/schemas/Owner'}
Keeper: {$ref: '#/components/schemas/Holder'}
Cat: {type: object, properties: {kind: {type: string}}}
Pet: {oneOf: [{$ref: '#/components/schemas/Cat'}], discriminator: {propertyName: kind, mapping: {CAT: '#/components/schemas/Cat'}}}
Animal: {$ref: '#/components/schemas/Pet'}
A:
  type: object
  properties:
    state: {$ref: '#/components/schemas/State'}
    day: {$ref: '#/components/schemas/Birthday'}
    keeper: {$ref: '#/components/schemas/Keeper'}
    animal: {$ref: '#/components/schemas/Animal'}`)
	for _, name := range []string{"State", "Again"} {
		require.Equal(t, []any{"OPEN", "CLOSED"}, schema(t, d, name)["enum"], name)
		require.Equal(t, "mine", schema(t, d, name)["description"], name)
	}
	require.Equal(t, "the original", schema(t, d, "Status")["description"])
	require.Equal(t, "string", schema(t, d, "Keeper.id")["type"])
	require.Equal(t, "State state,omitempty", goProperty(t, d, "A.state"))
	require.Equal(t, "wire.Date day,omitzero", goProperty(t, d, "A.day"))
	require.Equal(t, "*Keeper keeper,omitempty", goProperty(t, d, "A.keeper"))
	require.Equal(t, "Animal animal,omitzero", goProperty(t, d, "A.animal"))
	require.Contains(t, schema(t, d, "Animal"), "x-brex-union")
}
