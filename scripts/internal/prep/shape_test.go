package prep

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// malformed are documents that no rule may take for good, and what the error says of each. They seed the fuzz test too.
var malformed = []struct{ name, doc, text string }{
	{"empty", "", "the document is empty"},
	{"white space", " \n\t ", "the document is empty"},
	{"byte order mark only", "\uFEFF", "the document is empty"},
	{"HTML", "<!DOCTYPE html><html></html>", "HTML"},
	{"prose", "Not found", "not an object"},
	{"list", "[1, 2]", "not an object"},
	{"comment only", "# nothing", "not an object"},
	{"garbage", "\x00\x01\x02", "test: "},
	{"broken YAML", "a: [", "test: "},
	{"broken JSON", `{"a": `, "not JSON"},
	{"JSON and more", `{"a": 1} {"b": 2}`, "something follows"},
	{"a key twice", "openapi: 3.0.3\nopenapi: 3.0.3", "already defined"},
	{"no paths", "openapi: 3.0.3\ncomponents: {schemas: {}}", "paths or components.schemas are missing"},
	{"no schemas", "openapi: 3.0.3\npaths: {}", "paths or components.schemas are missing"},
	{"paths a list", "openapi: 3.0.3\npaths: []\ncomponents: {schemas: {}}", "paths or components.schemas are missing"},
	{"no version", "paths: {}\ncomponents: {schemas: {}}", "only 3.0 and 3.1 documents"},
	{"version 3.2", "openapi: 3.2.0\npaths: {}\ncomponents: {schemas: {}}", `"3.2.0": only 3.0 and 3.1 documents`},
	{"version a number", "openapi: 3.0\npaths: {}\ncomponents: {schemas: {}}", "only 3.0 and 3.1 documents"},

	{"schema a text", document(noPaths, `{A: text}`), "schema A: not a schema"},
	{"schema null", document(noPaths, `{A: }`), "schema A: not a schema"},
	{"properties a list", document(noPaths, `{A: {properties: []}}`), "schema A: properties are not an object"},
	{"property a text", document(noPaths, `{A: {properties: {b: text}}}`), "schema A.b: not a schema"},
	{"items a list", document(noPaths, `{A: {type: array, items: []}}`), "schema A.items: not a schema"},
	{"no items", document(noPaths, `{A: {type: array}}`), "an array without items"},
	{"additionalProperties a text", document(noPaths, `{A: {additionalProperties: x}}`), "schema A.additionalProperties: not a schema"},
	{"allOf an object", document(noPaths, `{A: {allOf: {}}}`), "allOf is not a list of schemas"},
	{"allOf empty", document(noPaths, `{A: {allOf: []}}`), "allOf is not a list of schemas"},
	{"allOf of texts", document(noPaths, `{A: {allOf: [x]}}`), "schema A.allOf: not a schema"},
	{"oneOf a number", document(noPaths, `{A: {oneOf: 7}}`), "oneOf is not a list of schemas"},
	{"anyOf a text", document(noPaths, `{A: {anyOf: text}}`), "anyOf is not a list of schemas"},
	{"anyOf beside oneOf", document(noPaths, `{A: {anyOf: [{type: string}], oneOf: [{type: string}]}}`), "A: oneOf beside anyOf"},
	{"type a list of numbers", document(noPaths, `{A: {type: [1]}}`), "type is 1, not a text"},
	{"property that ends a JSON tag", document(noPaths, `{A: {properties: {'a,b': {type: string}}}}`), `schema A: the property "a,b" holds a character`},
	{"property that ends a tag", document(noPaths, "{A: {properties: {'a`': {type: string}}}}"), "holds a character that no name can have"},
	{"unknown type", document(noPaths, `{A: {properties: {b: {type: file}}}}`), "A.b: type file is not understood"},
	{"unknown type of items", document(noPaths, `{A: {properties: {b: {type: array, items: {type: file}}}}}`), "A.b: type array is not understood"},
	{"enum a text", document(noPaths, `{A: {type: string, enum: x}}`), "enum is not a list of values"},
	{"enum empty", document(noPaths, `{A: {type: string, enum: []}}`), "enum is not a list of values"},
	{"reference to nothing", document(noPaths, `{A: {properties: {b: {$ref: '#/components/schemas/B'}}}}`), "schema A.b: a reference to #/components/schemas/B, which is no schema"},
	{"reference to a file", document(noPaths, `{A: {$ref: 'other.yaml#/A'}}`), "a reference to other.yaml#/A"},
	{"reference a number", document(noPaths, `{A: {$ref: 3}}`), "a reference to 3"},
	{"discriminator a text", document(noPaths, `{A: {oneOf: [{$ref: '#/components/schemas/B'}], discriminator: type}, B: {type: object}}`), "the discriminator needs a propertyName"},
	{"mapping a list", document(noPaths, `{A: {oneOf: [{$ref: '#/components/schemas/B'}], discriminator: {propertyName: t, mapping: []}}, B: {type: object}}`), "an object for a mapping"},
	{"mapping to a number", document(noPaths, `{A: {oneOf: [{$ref: '#/components/schemas/B'}], discriminator: {propertyName: t, mapping: {X: 1}}}, B: {type: object}}`), `the mapping of "X" is not a text`},

	{"path item a list", document(`{/a: []}`, `{}`), "/a: not a path item"},
	{"path item elsewhere", document(`{/a: {$ref: x}}`, `{}`), "/a: x is not to be found in components.pathItems"},
	{"operation a text", document(`{/a: {get: x}}`, `{}`), "GET /a: not an operation"},
	{"no operationId", document(`{/a: {get: {responses: {'204': {description: ''}}}}}`, `{}`), "GET /a has no operationId"},
	{"no responses", document(`{/a: {get: {operationId: a}}}`, `{}`), "GET /a has no responses"},
	{"responses a list", document(`{/a: {get: {operationId: a, responses: [1]}}}`, `{}`), "GET /a has no responses"},
	{"answer a text", document(`{/a: {get: {operationId: a, responses: {'200': x}}}}`, `{}`), "GET /a: answer 200: not an object"},
	{"content a text", document(`{/a: {get: {operationId: a, responses: {'200': {content: x}}}}}`, `{}`), "content is not an object"},
	{"media type a text", document(`{/a: {get: {operationId: a, responses: {'200': {content: {application/json: x}}}}}}`, `{}`), "application/json is not an object"},
	{"answer is CSV", document(`{/a: {get: {operationId: a, responses: {'200': {content: {text/csv: {schema: {type: string}}}}}}}}`, `{}`), "GET /a (a): answer 200 holds no JSON schema but text/csv"},
	{"body a form", document(`{/a: {get: {operationId: a, requestBody: {content: {multipart/form-data: {schema: {type: object}}}}, responses: {'204': {}}}}}`, `{}`), "GET /a (a): requestBody holds no JSON schema but multipart/form-data"},
	{"parameters an object", document(`{/a: {get: {operationId: a, parameters: {}, responses: {'204': {}}}}}`, `{}`), "parameters are not a list"},
	{"parameter a text", document(`{/a: {get: {operationId: a, parameters: [x], responses: {'204': {}}}}}`, `{}`), "parameter 1 is not an object"},
	{"parameter without a name", document(`{/a: {get: {operationId: a, parameters: [{in: query}], responses: {'204': {}}}}}`, `{}`), "parameter 1 needs a name and a place"},
	{"parameter without a schema", document(`{/a: {get: {operationId: a, parameters: [{name: q, in: query}], responses: {'204': {}}}}}`, `{}`), "parameter q: not a schema"},
	{"parameter from nowhere", document(`{/a: {get: {operationId: a, parameters: [{$ref: '#/components/parameters/Q'}], responses: {'204': {}}}}}`, `{}`), "#/components/parameters/Q is not to be found"},
	{"path that ends a string", document(`{'/a"': {get: {operationId: a, responses: {'204': {}}}}}`, `{}`), `the path "GET /a\"" holds a character that no name can have`},
	{"operationId that ends a string", document(`{/a: {get: {operationId: 'a"', responses: {'204': {}}}}}`, `{}`), `the operationId "a\"" holds a character that no name can have`},
	{"body without content", document(`{/a: {get: {operationId: a, requestBody: {}, responses: {'204': {}}}}}`, `{}`), "requestBody holds no JSON schema, and the client sends nothing else"},
	{"schema of an answer a text", document(`{/a: {get: {operationId: a, responses: {'200': {content: {application/json: {schema: x}}}}}}}`, `{}`), "GET /a: answer 200: not a schema"},
	{"component of an unknown type", document(noPaths, `{A: {type: file}}`), "schema A: type file is not understood"},
	{"answer of an unknown type", document(`{/a: {get: {operationId: a, responses: {'200': {content: {application/json: {schema: {type: file}}}}}}}}`, `{}`), "GET /a: the type of its answer is not understood"},
	{"body of an unknown type", document(`{/a: {get: {operationId: a, requestBody: {content: {application/json: {schema: {type: file}}}}, responses: {'204': {}}}}}`, `{}`), "GET /a: the type of its body is not understood"},
	{"parameter of an unknown type", document(`{/a: {get: {operationId: a, parameters: [{name: q, in: query, schema: {type: file}}], responses: {'204': {}}}}}`, `{}`), "query parameter q: type file is not understood"},
	{"servers of texts", document(`{/a: {get: {operationId: a, servers: [x], responses: {'204': {}}}}}`, `{}`), "a server has no url"},

	{"alias of itself", document(noPaths, `{A: {$ref: '#/components/schemas/A'}}`), "schema A refers to itself in a circle"},
	{"alias in a circle", document(noPaths, `{A: {allOf: [{$ref: '#/components/schemas/B'}], description: x}, B: {$ref: '#/components/schemas/A'}}`), "refers to itself in a circle"},
	{"inherits from itself", document(noPaths, `{A: {allOf: [{$ref: '#/components/schemas/A'}, {properties: {x: {type: string}}}]}}`), "schema A inherits from itself"},
	{"list of itself", document(noPaths, `{A: {type: array, items: {$ref: '#/components/schemas/A'}}}`), "schema A is a list of itself"},
	{"union of itself", document(noPaths, `{A: {oneOf: [{$ref: '#/components/schemas/A'}]}}`), "schema A refers to itself in a circle"},
}

func TestMalformed(t *testing.T) {
	for _, test := range malformed {
		t.Run(test.name, func(t *testing.T) { requireError(t, test.doc, "", test.text) })
	}
}

// Several faults are told at once.
func TestMalformedAll(t *testing.T) {
	requireError(t, document(noPaths, `{A: text, B: {properties: []}}`), "", "schema A: not a schema", "schema B: properties")
}

func TestResolve(t *testing.T) {
	d := prepareWith(t, `
openapi: 3.0.3
paths:
  /v1/things/{id}:
    summary: things
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: verbose, in: query, schema: {type: string}}
    put:
      operationId: updateThing
      parameters:
        - {$ref: '#/components/parameters/Key'}
        - {name: verbose, in: query, schema: {type: boolean}}
      requestBody: {$ref: '#/components/requestBodies/Thing'}
      responses:
        200: {$ref: '#/components/responses/Thing'}
components:
  parameters:
    Key: {name: Idempotency-Key, in: header, required: true, schema: {type: string}}
  requestBodies:
    Thing: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  responses:
    Thing: {description: the thing, content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
  schemas:
    Thing: {type: object, properties: {name: {type: string}}}
`, overlayOf(`
  - target: $.paths['/v1/things/{id}'].put
    update: {x-brex-access: write}`))
	r := row(t, d, "UpdateThing")
	require.Equal(t, "Thing", r.Body)
	require.Equal(t, "Thing", r.Result)
	require.EqualValues(t, "required", r.Idempotency)
	require.Len(t, r.PathParams, 1, "the parameters of the path are those of its operations")
	require.Len(t, r.Query, 1)
	require.Equal(t, "boolean", r.Query[0].Type, "the operation's own word counts")
	require.Nil(t, get(t, d, "paths", "/v1/things/{id}", "parameters"))
}

// What Normalise does not understand it leaves out, or leaves as it is, and says so; the rest of the document is compared.
func TestNormaliseGoesOn(t *testing.T) {
	const fine = "\n/fine: {get: {operationId: fine, responses: {'204': {description: ''}}}}"
	for _, test := range []struct{ name, path, schemas, note string }{
		{"form", "\n/a: {post: {operationId: a, requestBody: {content: {multipart/form-data: {schema: {type: object}}}}, responses: {'204': {}}}}", `{}`, "requestBody holds no JSON schema but multipart"},
		{"required header", "\n/a: {get: {operationId: a, parameters: [{name: X, in: header, required: true, schema: {type: string}}], responses: {'204': {}}}}", `{}`, "parameter X in header is required"},
		{"no operationId", "\n/a: {get: {responses: {'204': {}}}}", `{}`, "left out: GET /a has no operationId"},
		{"path item a list", "\n/a: []", `{}`, "left out: /a: not a path item"},
		{"schema a text", "", `{A: text, B: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}}`, "left out: schema A: not a schema"},
		{"mapping to nothing", "", `{P: {oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: t, mapping: {X: Gone}}}, A: {type: object}}`, "names Gone, which is no schema"},
		{"inline name taken", "", `{CA: {type: object}, C: {type: object, properties: {a: {allOf: [{type: object}, {type: object, properties: {x: {type: string}}}]}}}}`, "C.a would be named CA"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := Normalise("test", []byte(document(fine+test.path, test.schemas)))
			require.NoError(t, err)
			require.NotEmpty(t, d.Notes)
			require.Contains(t, strings.Join(d.Notes, "\n"), test.note)
			row(t, d, "Fine")
			_, err = Prepare("test", []byte(document(fine+test.path, test.schemas)), nil)
			require.Error(t, err, "no Go is made of it")
		})
	}
}

// A document that splits its paths into components goes through.
func TestResolvePathItem(t *testing.T) {
	d := prepare(t, `
openapi: 3.1.0
paths: {/a: {$ref: '#/components/pathItems/A'}}
components:
  pathItems: {A: {get: {operationId: a, responses: {'204': {description: ''}}}}}
  schemas: {}
`)
	require.Equal(t, "/a", row(t, d, "A").Path)
}

// What is malformed is left out of a comparison with everything that refers to it, and with nothing else.
func TestNormaliseLeavesOut(t *testing.T) {
	d, err := Normalise("test", []byte(document(`
x-owner: nobody
/bad: []
/mixed:
  get: {operationId: uses, responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}}}
  post: {operationId: fine, parameters: [{name: q, in: query, content: {application/json: {schema: {type: object}}}}], responses: {'204': {}}}`, `
B: {type: object, properties: {z: {$ref: '#/components/schemas/Z'}}}
Kept: {type: object}
Z: {properties: []}`)))
	require.NoError(t, err)
	require.Equal(t, []string{"Kept"}, sorted(get(t, d, "components", "schemas").(obj)))
	require.Equal(t, []string{"/mixed", "x-owner"}, sorted(get(t, d, "paths").(obj)))
	require.Equal(t, []string{"post"}, sorted(get(t, d, "paths", "/mixed").(obj)))
	require.Len(t, d.Operations, 1)
	require.Equal(t, []string{
		"left out: schema Z: properties are not an object",
		"left out: schema B.z: a reference to #/components/schemas/Z, which is no schema of the document",
		"left out: /bad: not a path item",
		"left out: GET /mixed: answer 200: a reference to #/components/schemas/B, which is no schema of the document",
		"POST /mixed: parameter q: it is written as application/json, and the client writes plain values",
	}, d.Notes)
}

// An extension among the paths is not a path, and the style of a path parameter is the client's affair.
func TestShapeOverlooks(t *testing.T) {
	d := prepare(t, document(`
x-owner: nobody
/a/{ids}:
  get:
    operationId: a
    parameters:
      - {name: ids, in: path, required: true, style: simple, explode: false, schema: {type: string}}
      - {name: q, in: query, style: form, schema: {type: string}}
    responses: {'204': {}}`, `{}`))
	require.Len(t, row(t, d, "A").PathParams, 1)
	require.Len(t, row(t, d, "A").Query, 1)
}
