package prep

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrepareVersions(t *testing.T) {
	for _, version := range []string{"3.0.0", "3.0.1", "3.0.3", "3.0.4"} {
		doc := strings.Replace(document(cardPaths, cardSchemas), "3.0.3", version, 1)
		require.Len(t, prepare(t, doc).Operations, 1, version)
	}
}

// The same document gives the same bytes, every time and whether it is YAML or JSON.
func TestPrepareDeterministic(t *testing.T) {
	doc := document(cardPaths, cardSchemas+`
Zed: {type: object, properties: {b: {type: string, enum: [X, Y]}, a: {type: string, enum: [Y, X]}, c: {type: object, properties: {d: {type: string}}}}}`)
	want, err := prepare(t, doc).JSON()
	require.NoError(t, err)
	for range 20 {
		got, err := prepare(t, doc).JSON()
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
}

func TestPrepareJSON(t *testing.T) {
	doc := "\uFEFF{\t\"openapi\":\t\"3.0.1\", \"paths\": {}, \"components\": {\"schemas\": {\n" +
		"\t\t\"Card\": {\"type\": \"object\", \"description\": \"A card \\ud83d\\udcb3 \\/ \x7f\",\n" +
		"\t\t\t\"properties\": {\"zip\": {\"type\": \"string\", \"maxLength\": 10}, \"big\": {\"type\": \"number\", \"maximum\": 1e3}}}}}}"
	d := prepare(t, doc)
	require.Equal(t, "A card 💳 /", schema(t, d, "Card")["description"])
	require.Equal(t, 10, schema(t, d, "Card.zip")["maxLength"])
	require.Equal(t, 1000.0, schema(t, d, "Card.big")["maximum"])
	require.Equal(t, 1, schema(t, d, "Card.zip")["x-order"], "in the order of the document, not of the alphabet")
	require.Equal(t, 2, schema(t, d, "Card.big")["x-order"])
}

func TestPrepareDeepJSON(t *testing.T) {
	requireError(t, strings.Repeat(`{"a":`, 100_000), "", "nested deeper than 1000")
}

// What YAML takes for a number or a date is a text in OpenAPI.
func TestPrepareTextual(t *testing.T) {
	d := prepare(t, `
openapi: 3.0.3
paths:
  /a: {get: {operationId: a, responses: {201: {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Day'}}}}}}}
components:
  schemas:
    Day: {type: string, enum: [2024-01-31, NO, on]}
    404: {type: object, properties: {1st: {type: string, x-go-name: First}}, x-go-name: NotFound}
`)
	require.Equal(t, 201, row(t, d, "A").Status)
	require.Equal(t, []any{"2024-01-31", "NO", "on"}, schema(t, d, "Day")["enum"])
	require.Equal(t, "string 1st,omitempty", goProperty(t, d, "404.1st"))
}

// A property may be called like a keyword, and an example may look like a schema.
func TestPrepareKeywordsAsNames(t *testing.T) {
	d := schemas(t, `
A:
  type: object
  description: prose
  example: {properties: {x: {description: data}}, operationId: data}
  properties:
    properties: {type: object, description: prose, properties: {description: {type: string, description: prose}}}
    items: {type: string}
    schema: {type: string}
    responses: {type: string, description: prose}
    x-extra: {type: string}
    example: {type: integer, default: 1}
    default: {type: string}`)
	example := schema(t, d, "A")["example"]
	require.Equal(t, obj{"properties": obj{"x": obj{"description": "data"}}, "operationId": "data"}, example)
	require.Equal(t, 1, schema(t, d, "A.properties")["x-order"])
	plain, err := d.Plain()
	require.NoError(t, err)
	require.NotContains(t, string(plain), "prose")
	for _, name := range []string{`"x-extra"`, `"example"`, `"default"`} {
		require.Equal(t, 1, strings.Count(string(plain), name), "%s is a property", name)
	}
	var root obj
	require.NoError(t, json.Unmarshal(plain, &root))
	d.Root = root
	require.NotContains(t, schema(t, d, "A"), "example", "nothing is held against an example")
	require.Equal(t, obj{"description": obj{"type": "string"}}, schema(t, d, "AProperties")["properties"])
}

func TestPlain(t *testing.T) {
	d := prepare(t, document(`
/a:
  get:
    operationId: a
    summary: prose
    description: prose
    responses: {'204': {description: kept}}`, `{}`))
	plain, err := d.Plain()
	require.NoError(t, err)
	require.NotContains(t, string(plain), "prose")
	require.NotContains(t, string(plain), `"x-`)
	require.Contains(t, string(plain), `"description": "kept"`)
	require.Equal(t, "prose", get(t, d, "paths", "/a", "get", "summary"), "the document itself stays as it is")
}

// A name of the document stays, even one that is spelled like prose or an extension.
func TestPlainNames(t *testing.T) {
	const name = "x-name"
	d := prepare(t, `
openapi: 3.0.3
security: [{x-name: [x-name]}]
paths:
  /a:
    get:
      operationId: a
      responses: {'200': {description: kept, headers: {x-name: {schema: {type: string}}}, content: {x-name: {schema: {type: string}}, application/json: {schema: {$ref: '#/components/schemas/A'}}}}}
components:
  securitySchemes: {x-name: {type: oauth2, flows: {clientCredentials: {tokenUrl: t, scopes: {x-name: prose}}}}}
  parameters: {x-name: {name: q, in: query, schema: {type: string}}}
  requestBodies: {x-name: {content: {application/json: {schema: {type: string}}}}}
  responses: {x-name: {description: kept}}
  schemas:
    A: {type: object, properties: {x-name: {type: string}}}
    x-name: {oneOf: [{$ref: '#/components/schemas/A'}], discriminator: {propertyName: x-name, mapping: {x-name: A}}}
`)
	plain, err := d.Plain()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(plain, &d.Root))
	for _, path := range []string{
		"paths./a.get.responses.200.headers", "paths./a.get.responses.200.content", "components.securitySchemes",
		"components.securitySchemes.x-name.flows.clientCredentials.scopes", "components.parameters", "components.requestBodies",
		"components.responses", "components.schemas", "components.schemas.A.properties", "components.schemas.x-name.discriminator.mapping",
	} {
		require.Contains(t, get(t, d, strings.Split(path, ".")...), name, path)
	}
}

// A number that JSON does not have is an error, not a document without it.
func TestNotJSON(t *testing.T) {
	d := schemas(t, `{A: {type: number, maximum: .nan}}`)
	_, err := d.JSON()
	require.Error(t, err)
	_, err = d.Plain()
	require.Error(t, err)
}

func TestOverlay(t *testing.T) {
	doc := document(cardPaths, cardSchemas)
	d := prepareWith(t, doc, overlayOf(`
  - target: $.components.schemas.Card
    update: {x-go-name: Kard}
  - target: $.paths['/v1/cards'].get
    update: {operationId: listAllCards}`))
	require.Equal(t, "Kard", schema(t, d, "Card")["x-go-name"])
	r := row(t, d, "ListAllCards")
	require.Equal(t, "listCards", r.ID, "the official operationId stays")
	require.Equal(t, "wire.Page[Kard]", schema(t, d, "Page_Card_")["x-go-type"])
	require.Equal(t, "ListAllCards", get(t, d, "paths", "/v1/cards", "get", "operationId"))
}

// An action whose target is gone is named: an error where Go is made, a note in a preview, which applies the others.
func TestOverlayStale(t *testing.T) {
	doc, stale := []byte(document(cardPaths, cardSchemas)), []byte(overlayOf(`
  - target: $.components.schemas.Kard
    update: {x-go-name: X}
  - target: $.components.schemas.Card
    update: {x-go-name: Kard}
  - target: $.paths['/v2/cards']
    update: {x: y}`))
	_, err := Prepare("test", doc, stale)
	require.EqualError(t, err, `test: overlay: action 1 has no target any more: the document has no $.components.schemas.Kard; mend or delete it
action 3 has no target any more: the document has no $.paths['/v2/cards']; mend or delete it`)
	d, err := Preview("test", doc, stale)
	require.NoError(t, err)
	require.Equal(t, []string{
		"openapi/overlays/test.yaml: action 1 has no target any more: the document has no $.components.schemas.Kard; mend or delete it",
		"openapi/overlays/test.yaml: action 3 has no target any more: the document has no $.paths['/v2/cards']; mend or delete it",
	}, d.Notes)
	require.Equal(t, "Kard", schema(t, d, "Card")["x-go-name"])
}

// A preview takes an operation that nobody has classed for one that moves money.
func TestPreviewAccess(t *testing.T) {
	doc := document("\n/a: {post: {operationId: a, responses: {'204': {}}}}", `{}`)
	d, err := Preview("test", []byte(doc), nil)
	require.NoError(t, err)
	require.EqualValues(t, "money", row(t, d, "A").Access)
	require.Equal(t, []string{"POST /a (a) has no class: say x-brex-access write, money or sensitive in openapi/overlays/test.yaml"}, d.Notes)
}

func TestOverlayStrict(t *testing.T) {
	for _, test := range []struct{ name, overlay, text string }{
		{"no target", overlayOf("\n  - target: $.components.schemas.Kard\n    update: {x-go-name: X}"), "$.components.schemas.Kard"},
		{"second action without target", overlayOf("\n  - target: $.components.schemas.Card\n    update: {x-go-name: X}\n  - target: $.paths['/v2/cards']\n    update: {x: y}"), "/v2/cards"},
		{"update that changes nothing", overlayOf("\n  - target: $.components.schemas.Card\n    update: {type: object}"), "does nothing"},
		{"unknown member", overlayOf("\n  - target: $.components.schemas.Card\n    updat: {x-go-name: X}"), "updat"},
		{"bad path", overlayOf("\n  - target: $.components[\n    update: {x: y}"), "overlay: "},
		{"no version", "info: {title: x, version: '1'}\nactions: [{target: $, update: {x: y}}]", "overlay: "},
		{"garbage", "]", "overlay: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			requireError(t, document(cardPaths, cardSchemas), test.overlay, "overlay: ", test.text)
		})
	}
}

// Members keep the order of the document wherever they stand, even where it numbers them itself.
func TestOrder(t *testing.T) {
	const inner = `{type: object, properties: {z: {type: string, x-order: 9}, a: {type: string}}}`
	d, err := Normalise("test", []byte(document(`
/a: {get: {operationId: a, responses: {'200': {content: {application/json: {schema: `+inner+`}}}}}}`, `
A: {type: object, properties: {items: {type: array, items: `+inner+`}, values: {type: object, additionalProperties: `+inner+`}, never: {not: `+inner+`}}}
B: {oneOf: [{title: One, type: object, properties: {z: {type: string}, a: {type: string}}}]}
C: {anyOf: [{title: Two, type: object, properties: {z: {type: string}, a: {type: string}}}]}
D: {allOf: [{type: object, properties: {z: {type: string}, a: {type: string}}}]}`)))
	require.NoError(t, err)
	for _, s := range []any{
		schema(t, d, "A.items")["items"], schema(t, d, "A.values")["additionalProperties"], schema(t, d, "A.never")["not"],
		schema(t, d, "B"), schema(t, d, "C"), schema(t, d, "D"),
		get(t, d, "paths", "/a", "get", "responses", "200", "content", "application/json", "schema"),
	} {
		props := s.(obj)["properties"].(obj)
		require.Equal(t, []any{1, 2}, []any{props["z"].(obj)["x-order"], props["a"].(obj)["x-order"]})
	}
}

// An operation that the overlay adds is known by the operationId that it has there.
func TestOverlayAddsOperation(t *testing.T) {
	d := prepareWith(t, document(cardPaths, cardSchemas), overlayOf(`
  - target: $.paths
    update: {/v1/new: {get: {operationId: getNewById, responses: {'204': {}}}}}`))
	require.Equal(t, "getNewById", row(t, d, "GetNew").ID)
}
