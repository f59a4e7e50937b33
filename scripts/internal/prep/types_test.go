package prep

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// What a property of every kind is in Go: required, optional, required and nullable.
func TestPropertyTypes(t *testing.T) {
	const shared = `
Money: {type: object, required: [amount], properties: {amount: {type: integer, format: int64}, currency: {type: string, nullable: true}}}
Owner: {type: object, properties: {id: {type: string}}}
Status: {type: string, enum: [OPEN, CLOSED]}
Pick: {oneOf: [{$ref: '#/components/schemas/Owner'}], discriminator: {propertyName: id, mapping: {X: Owner}}}
Ratio: {type: number}
Count: {type: integer}
Text: {type: string}
Day: {type: string, format: date}
Tags: {type: array, items: {type: string}}
Labels: {type: object, additionalProperties: {type: number}}
Free: {type: object}`
	for _, test := range []struct{ schema, required, optional, nullable string }{
		{`{type: string}`, "string", "string ,omitempty", "string"},
		{`{type: string, format: uuid}`, "string", "string ,omitempty", "string"},
		{`{type: string, format: email}`, "string", "string ,omitempty", "string"},
		{`{type: string, format: date-time}`, "wire.Time", "wire.Time ,omitzero", "wire.Time"},
		{`{type: string, format: date}`, "wire.Date", "wire.Date ,omitzero", "wire.Date"},
		{`{type: integer}`, "int", "*int ,omitempty", "*int"},
		{`{type: integer, format: int32}`, "int", "*int ,omitempty", "*int"},
		{`{type: integer, format: int64}`, "int64", "*int64 ,omitempty", "*int64"},
		{`{type: number}`, "money.Decimal", "*money.Decimal ,omitempty", "*money.Decimal"},
		{`{type: number, format: double}`, "money.Decimal", "*money.Decimal ,omitempty", "*money.Decimal"},
		{`{type: number, format: float}`, "money.Decimal", "*money.Decimal ,omitempty", "*money.Decimal"},
		{`{type: number, format: int32}`, "wire.Integer", "*wire.Integer ,omitempty", "*wire.Integer"},
		{`{type: number, format: int64}`, "wire.Integer", "*wire.Integer ,omitempty", "*wire.Integer"},
		{`{type: boolean}`, "bool", "*bool ,omitempty", "*bool"},
		{`{type: array, items: {type: string}}`, "[]string", "[]string ,omitempty", "[]string"},
		{`{type: array, items: {type: number}}`, "[]money.Decimal", "[]money.Decimal ,omitempty", "[]money.Decimal"},
		{`{type: array, items: {type: integer, nullable: true}}`, "[]*int", "[]*int ,omitempty", "[]*int"},
		{`{type: array, items: {$ref: '#/components/schemas/Money'}}`, "[]money.Money", "[]money.Money ,omitempty", "[]money.Money"},
		{`{type: object}`, "wire.JSON", "wire.JSON ,omitempty", "wire.JSON"},
		{`{}`, "wire.JSON", "wire.JSON ,omitempty", "wire.JSON"},
		{`{type: object, additionalProperties: {type: integer}}`, "map[string]int", "map[string]int ,omitempty", "map[string]int"},
		{`{type: object, additionalProperties: true}`, "wire.JSON", "wire.JSON ,omitempty", "wire.JSON"},
		{`{allOf: [{$ref: '#/components/schemas/Money'}]}`, "money.Money", "*money.Money ,omitempty", "*money.Money"},
		{`{allOf: [{$ref: '#/components/schemas/Owner'}]}`, "Owner", "*Owner ,omitempty", "*Owner"},
		{`{allOf: [{$ref: '#/components/schemas/Status'}]}`, "Status", "Status ,omitempty", "Status"},
		{`{allOf: [{$ref: '#/components/schemas/Pick'}]}`, "Pick", "Pick ,omitzero", "Pick"},
		{`{allOf: [{$ref: '#/components/schemas/Ratio'}]}`, "money.Decimal", "*money.Decimal ,omitempty", "*money.Decimal"},
		{`{allOf: [{$ref: '#/components/schemas/Count'}]}`, "int", "*int ,omitempty", "*int"},
		{`{allOf: [{$ref: '#/components/schemas/Text'}]}`, "string", "string ,omitempty", "string"},
		{`{allOf: [{$ref: '#/components/schemas/Day'}]}`, "wire.Date", "wire.Date ,omitzero", "wire.Date"},
		{`{allOf: [{$ref: '#/components/schemas/Tags'}]}`, "[]string", "[]string ,omitempty", "[]string"},
		{`{allOf: [{$ref: '#/components/schemas/Labels'}]}`, "map[string]money.Decimal", "map[string]money.Decimal ,omitempty", "map[string]money.Decimal"},
		{`{allOf: [{$ref: '#/components/schemas/Free'}]}`, "wire.JSON", "wire.JSON ,omitempty", "wire.JSON"},
	} {
		t.Run(test.schema, func(t *testing.T) {
			nullable := regexp.MustCompile(`^\{(.*)\}$`).ReplaceAllString(test.schema, `{nullable: true, $1}`)
			d := schemas(t, shared+`
A:
  type: object
  required: [r, n]
  properties:
    r: `+test.schema+`
    o: `+test.schema+`
    n: `+nullable)
			require.Equal(t, test.required+" r", goProperty(t, d, "A.r"))
			require.Equal(t, strings.Replace(test.optional, " ,", " o,", 1), goProperty(t, d, "A.o"))
			require.Equal(t, test.nullable+" n", goProperty(t, d, "A.n"))
		})
	}
}

func TestMoney(t *testing.T) {
	d := schemas(t, `
Money: {type: object, properties: {amount: {type: integer, format: int64, nullable: true}, currency: {type: string}}}
Fee: {type: object, properties: {amount: {type: integer}, currency: {type: string}}}
Major: {type: object, properties: {amount: {type: number}, currency: {type: string}}}
Rate: {type: object, properties: {amount: {type: integer}, currency: {type: string}, at: {type: string}}}`)
	require.Equal(t, "money.Money", schema(t, d, "Money")["x-go-type"])
	require.Equal(t, moneyImport, schema(t, d, "Money")["x-go-type-import"].(obj)["path"])
	require.Equal(t, "money.Money", schema(t, d, "Fee")["x-go-type"])
	require.NotContains(t, schema(t, d, "Major"), "x-go-type", "an amount in major units is no Money")
	require.Equal(t, "*money.Decimal amount,omitempty", goProperty(t, d, "Major.amount"))
	require.NotContains(t, schema(t, d, "Rate"), "x-go-type")
}

func TestSecrets(t *testing.T) {
	d := prepareWith(t, document(noPaths, `
A: {type: object, required: [secret], properties: {account_number: {type: string}, iban: {type: string}, cvv: {type: string}, secret: {type: string}, number: {type: string}, code: {type: string}, download_uris: {type: array, items: {type: string}}, other: {type: object, properties: {secret: {type: integer}}}}}`),
		overlayOf(`
  - target: $.components.schemas.A.properties.number
    update: {x-brex-secret: true}`))
	for property, want := range map[string]string{
		"account_number": "wire.Secret account_number,omitzero", "iban": "wire.Secret iban,omitzero", "cvv": "wire.Secret cvv,omitzero",
		"secret": "wire.Secret secret", "number": "wire.Secret number,omitzero", "code": "string code,omitempty",
		"download_uris": "[]wire.Secret download_uris,omitempty",
	} {
		require.Equal(t, want, goProperty(t, d, "A."+property))
	}
	require.Equal(t, "*int secret,omitempty", goProperty(t, d, "AOther.secret"), "only texts can be hidden")
}

// A type that can hold a secret logs itself: what holds it, at any depth and in a union, and nothing else.
func TestSecretHolders(t *testing.T) {
	d := schemas(t, `
Details: {type: object, required: [iban], properties: {iban: {type: string}}}
Other: {type: object, required: [code], properties: {code: {type: string}}}
Choice: {oneOf: [{$ref: '#/components/schemas/Details'}, {$ref: '#/components/schemas/Other'}]}
Account: {type: object, properties: {details: {$ref: '#/components/schemas/Choice'}}}
Vendor: {type: object, properties: {accounts: {type: array, items: {$ref: '#/components/schemas/Account'}}, parent: {$ref: '#/components/schemas/Vendor'}}}
Plain: {type: object, properties: {other: {$ref: '#/components/schemas/Other'}, plain: {$ref: '#/components/schemas/Plain'}}}`)
	for name, want := range map[string]any{"Details": true, "Choice": true, "Account": true, "Vendor": true, "Other": nil, "Plain": nil} {
		require.Equal(t, want, schema(t, d, name)["x-brex-holds-secret"], name)
	}
}

func TestExplicitType(t *testing.T) {
	d := prepareWith(t, document(noPaths, `{A: {type: object, properties: {version: {type: number}}}}`), overlayOf(`
  - target: $.components.schemas.A.properties.version
    update: {x-go-type: int64}`))
	require.Equal(t, "*int64 version,omitempty", goProperty(t, d, "A.version"))
}

// Only in bodies of updates, and nowhere else, absent, null and a value are three things.
func TestUpdates(t *testing.T) {
	const components = `
Update:
  type: object
  required: [id]
  properties:
    id: {type: string}
    name: {type: string, nullable: true}
    limit: {type: integer}
    address: {$ref: '#/components/schemas/Address'}
    own: {$ref: '#/components/schemas/Own'}
    secret: {type: string}
Address: {type: object, properties: {line: {type: string}}}
Own: {type: object, properties: {line: {type: string}}}
Card: {type: object, properties: {name: {type: string}, address: {$ref: '#/components/schemas/Address'}}}`
	const answer = `responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}}`
	const body = `requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Update'}}}}`
	for _, test := range []struct {
		name, method, update string
		tristate             bool
	}{
		{"put", "put", "", true},
		{"patch", "patch", "", true},
		{"post", "post", "", false},
		{"post marked by an overlay", "post", "\n  - target: $.components.schemas.Update\n    update: {x-brex-update: true}", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := prepareWith(t, document("\n/a: {"+test.method+": {operationId: a, "+body+", "+answer+"}}", components),
				overlayOf("\n  - target: $.paths.*."+test.method+"\n    update: {x-brex-access: write}"+test.update))
			want := map[string]string{
				"Update.id": "string id", "Update.name": "string name,omitempty", "Update.limit": "*int limit,omitempty",
				"Update.address": "*Address address,omitempty", "Update.secret": "wire.Secret secret,omitzero",
				"Own.line": "string line,omitempty", "Address.line": "string line,omitempty", "Card.name": "string name,omitempty",
			}
			if test.tristate {
				want["Update.name"] = "wire.Nullable[string] name,omitzero"
				want["Update.limit"] = "wire.Nullable[int] limit,omitzero"
				want["Update.address"] = "wire.Nullable[Address] address,omitzero"
				want["Update.secret"] = "wire.Nullable[wire.Secret] secret,omitzero"
				want["Own.line"] = "wire.Nullable[string] line,omitzero"
			}
			for property, goType := range want {
				require.Equal(t, goType, goProperty(t, d, property))
			}
		})
	}
}

// A body that creates as well as updates has plain optional members, and so has what an answer holds.
func TestUpdatesShared(t *testing.T) {
	d := prepareWith(t, document(`
/a:
  post: {operationId: create, x-brex-access: write, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Both'}}}}, responses: {'204': {}}}
  put: {operationId: update, x-brex-access: write, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Both'}}}}, responses: {'204': {}}}`,
		`{Both: {type: object, properties: {name: {type: string}}}}`), "")
	require.Equal(t, "string name,omitempty", goProperty(t, d, "Both.name"))
}

func TestProse(t *testing.T) {
	long := `one two   three\nfour ` + "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789"
	d := prepare(t, document(`
/a:
  get:
    operationId: a
    description: "`+long+`"
    parameters: [{name: q, in: query, description: "a  b", schema: {type: string}}]
    responses: {'204': {}}`, `{A: {type: object, description: "`+long+`"}}`))
	const wrapped = "one two three four 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n0123456789 0123456789"
	require.Equal(t, wrapped, schema(t, d, "A")["description"])
	require.Equal(t, wrapped, get(t, d, "paths", "/a", "get", "description"))
	require.Equal(t, "a b", list(get(t, d, "paths", "/a", "get", "x-brex-go").(obj)["query"])[0].(obj)["doc"])
}

// Whatever a document writes as prose, Go source gets one line of visible words.
func TestProseFolded(t *testing.T) {
	const odd = "\n\tone\r\n*/ `two` \u2028// three\u0000\ufeff — 四\n"
	const want = "one */ `two` // three — 四"
	for _, long := range []string{"", strings.Repeat(" 1234567890123", 400)} {
		text, err := json.Marshal(odd + long)
		require.NoError(t, err)
		d := prepare(t, `{"openapi": "3.0.1", "paths": {"/a": {"get": {"operationId": "a", "summary": `+string(text)+`, "description": `+string(text)+`,
			"parameters": [{"name": "q", "in": "query", "description": `+string(text)+`, "schema": {"type": "string"}}], "responses": {"204": {"description": ""}}}}},
			"components": {"schemas": {"A": {"type": "object", "title": `+string(text)+`, "description": `+string(text)+`, "x-deprecated-reason": `+string(text)+`,
			"example": `+string(text)+`, "properties": {"description": {"type": "string", "description": `+string(text)+`}}}}}}`)
		require.Equal(t, want+long, row(t, d, "A").Summary)
		for _, wrapped := range []any{schema(t, d, "A")["description"], schema(t, d, "A.description")["description"],
			get(t, d, "paths", "/a", "get", "description"), list(get(t, d, "paths", "/a", "get", "x-brex-go").(obj)["query"])[0].(obj)["doc"]} {
			require.Equal(t, want+long, strings.ReplaceAll(wrapped.(string), "\n", " "))
			for line := range strings.SplitSeq(wrapped.(string), "\n") {
				require.LessOrEqual(t, utf8.RuneCountInString(line), proseWidth)
			}
		}
		require.Equal(t, want+long, schema(t, d, "A")["x-deprecated-reason"])
		require.Equal(t, want+long, schema(t, d, "A")["title"])
		require.Contains(t, schema(t, d, "A")["example"], "\r\n", "data is not prose")
	}
}

// What only a response has is not sent empty in a request.
func TestReadOnly(t *testing.T) {
	d := schemas(t, `{A: {type: object, required: [id, n, memo], properties: {id: {type: string, readOnly: true}, n: {type: integer, readOnly: true}, memo: {type: string, writeOnly: true}}}}`)
	require.Equal(t, "string id,omitempty", goProperty(t, d, "A.id"))
	require.Equal(t, "int n,omitempty", goProperty(t, d, "A.n"))
	require.Equal(t, "string memo", goProperty(t, d, "A.memo"))
}

// The prose is that of an operation, its parameters, and the members, whose schema speaks for them where they are silent.
func TestDocumentProse(t *testing.T) {
	d := prepare(t, document(`
/a:
  get:
    operationId: getA
    description: What it does.
    parameters: [{name: q, in: query, description: What for., schema: {type: string}}, {name: silent, in: query, schema: {type: string}}]
    responses: {'204': {}}`, `
Kind: {type: string, enum: [X], description: Its kind.}
A: {type: object, properties: {kind: {$ref: '#/components/schemas/Kind'}, own: {description: Its own., allOf: [{$ref: '#/components/schemas/Kind'}]}, none: {type: string}}}`))
	prose, err := d.Prose()
	require.NoError(t, err)
	require.JSONEq(t, `{"GetA": "What it does.", "GetA.q": "What for.", "A.kind": "Its kind.", "A.own": "Its own."}`, string(prose))
}

// A Go type of another package comes with its import, and the generator adds no pointer of its own.
func TestTypeImports(t *testing.T) {
	d := schemas(t, cardSchemas+`
Ratio: {type: number}
Box: {type: object, properties: {price: {type: number}, name: {type: string}}}`)
	require.Equal(t, obj{"path": wireImport}, schema(t, d, "Page_Card_")["x-go-type-import"])
	require.Equal(t, obj{"path": moneyImport}, schema(t, d, "Ratio")["x-go-type-import"])
	require.Equal(t, obj{"path": moneyImport}, schema(t, d, "Box.price")["x-go-type-import"])
	require.NotContains(t, schema(t, d, "Box.name"), "x-go-type-import")
	require.Equal(t, true, schema(t, d, "Box.name")["x-go-type-skip-optional-pointer"])
}
