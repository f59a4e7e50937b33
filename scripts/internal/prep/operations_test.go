package prep

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

const ok = `responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}}`

func TestOperationRow(t *testing.T) {
	d := prepareWith(t, document(`
/v2/cards/{card_id}/limits/{id}:
  post:
    operationId: setCardLimitById
    tags: [Cards, Other]
    summary: Set a limit
    deprecated: true
    servers: [{url: https://secure.staging.example}, {url: https://secure.example}, {url: https://other.example}]
    security: [{OAuth2: [cards]}]
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: 'status[]', in: query, required: true, schema: {type: array, nullable: true, items: {$ref: '#/components/schemas/Status'}}}
      - {name: since, in: query, schema: {type: string, format: date-time}}
      - {name: count, in: query, schema: {type: number}}
      - {name: kind, in: query, schema: {allOf: [{$ref: '#/components/schemas/Status'}, {nullable: true}]}}
      - {name: idempotency-key, in: header, required: true, schema: {type: string}}
      - {name: card_id, in: path, required: true, schema: {type: string}}
    requestBody: {content: {application/json; charset=utf-8: {schema: {$ref: '#/components/schemas/Card'}}}}
    responses:
      default: {description: an error}
      '201': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}
      '400': {description: ''}`, `
Card: {type: object, properties: {id: {type: string}}}
Status: {type: string, enum: [OPEN, CLOSED]}`), overlayOf(`
  - target: $.paths.*.post
    update: {x-brex-access: money}`))
	require.Equal(t, []wire.Operation{{
		API: "test", ID: "setCardLimitById", Action: "test/post_v2_cards_by_card_id_limits_by_id", GoName: "SetCardLimit",
		Tag: "Cards", Summary: "Set a limit", Method: "POST", Path: "/v2/cards/{card_id}/limits/{id}", Server: "https://secure.example",
		StagingServer: "https://secure.staging.example",
		PathParams:    []wire.Param{{Name: "card_id", Type: "string", Required: true}, {Name: "id", Type: "string", Required: true}},
		Query: []wire.Param{
			{Name: "status[]", Type: "[]string", Required: true, Enum: []string{"OPEN", "CLOSED"}},
			{Name: "since", Type: "date-time"}, {Name: "count", Type: "integer"},
			{Name: "kind", Type: "string", Enum: []string{"OPEN", "CLOSED"}},
		},
		Body: "Card", Result: "Card", Status: 201, Idempotency: wire.IdempotencyRequired, Scopes: []string{"cards"},
		Access: wire.AccessMoney, Deprecated: true,
	}}, d.Operations)
	op := get(t, d, "paths", "/v2/cards/{card_id}/limits/{id}", "post").(obj)
	require.NotContains(t, op, "security")
	require.Len(t, op["parameters"], 6, "the key is no parameter of the method")
	require.Equal(t, []any{"cardID", "id"}, op["x-brex-go"].(obj)["path"], "in the order of the path")
}

func TestOperationIdempotency(t *testing.T) {
	for name, test := range map[string]struct {
		parameters string
		want       wire.Idempotency
	}{
		"required":   {`[{name: Idempotency-Key, in: header, required: true, schema: {type: string}}]`, wire.IdempotencyRequired},
		"optional":   {`[{name: Idempotency-Key, in: header, required: false, schema: {type: string}}]`, wire.IdempotencyOptional},
		"not said":   {`[{name: Idempotency-Key, in: header, schema: {type: string}}]`, wire.IdempotencyOptional},
		"none":       {`[]`, wire.IdempotencyNone},
		"in a query": {`[{name: Idempotency-Key, in: query, schema: {type: string}}]`, wire.IdempotencyNone},
	} {
		t.Run(name, func(t *testing.T) {
			d := prepare(t, document("\n/a: {get: {operationId: a, parameters: "+test.parameters+", "+ok+"}}", cardSchemas))
			require.Equal(t, test.want, row(t, d, "A").Idempotency)
		})
	}
}

func TestOperationPages(t *testing.T) {
	const page = `responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Page_Card_'}}}}}`
	const cursor, limit = `{name: cursor, in: query, schema: {type: string}}`, `{name: limit, in: query, schema: {type: integer}}`
	for _, test := range []struct {
		name, parameters, responses string
		paginated                   bool
		limit                       int
	}{
		{"cursor and page", cursor, page, true, 0},
		{"cursor, limit and page", cursor + "," + limit, page, true, 1000},
		{"a limit of its own", cursor + ", {name: limit, in: query, schema: {type: integer, maximum: 100}}", page, true, 100},
		{"a limit written as a fraction", cursor + ", {name: limit, in: query, schema: {type: number, maximum: 250.0}}", page, true, 250},
		{"no cursor", limit, page, false, 1000},
		{"no page", cursor, ok, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := prepare(t, document("\n/a: {get: {operationId: a, parameters: ["+test.parameters+"], "+test.responses+"}}", cardSchemas))
			r := row(t, d, "A")
			require.Equal(t, test.paginated, r.Paginated)
			require.Equal(t, test.limit, r.PageLimit)
		})
	}
}

func TestOperationScopes(t *testing.T) {
	const user = `{OAuth2: {type: oauth2, flows: {authorizationCode: {scopes: {a: '', b: ''}}}}}`
	for _, test := range []struct {
		name, operation, document, schemes string
		want                               []string
	}{
		{"of one requirement, any of them", "security: [{OAuth2: [b, a]}],", "", user, []string{"a", "b"}},
		{"of several requirements", "security: [{OAuth2: [b]}, {OAuth2: [a, b]}],", "", user, []string{"a", "b"}},
		{"of the document", "", "security: [{OAuth2: [a]}]", user, []string{"a"}},
		{"of the operation before the document", "security: [{OAuth2: [b]}],", "security: [{OAuth2: [a]}]", user, []string{"b"}},
		{"none for the operation", "security: [],", "security: [{OAuth2: [a]}]", user, nil},
		{"empty everywhere", "", "security: [{OAuth2: []}]", user, nil},
		{"of the single client credentials flow", "", "security: [{C: []}]", `{C: {flows: {clientCredentials: {scopes: {referrals: ''}}}}}`, []string{"referrals"}},
		{"of a client credentials flow with those of the protocol", "", "security: [{C: []}]",
			`{C: {flows: {clientCredentials: {scopes: {openid: '', offline_access: '', 'https://x/referrals': ''}}}}}`, []string{"https://x/referrals"}},
		{"of a flow that has more than one", "", "", `{C: {flows: {clientCredentials: {scopes: {a: '', b: ''}}}}}`, nil},
		{"of a scheme with two flows", "", "", `{C: {flows: {clientCredentials: {scopes: {a: ''}}, authorizationCode: {scopes: {b: ''}}}}}`, nil},
		{"garbage", "security: [x, {y: z}],", "security: text", user, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := "openapi: 3.0.3\npaths: {/a: {get: {operationId: a, " + test.operation + " " + ok + "}}}\n" + test.document +
				"\ncomponents: {schemas: {Card: {type: object}}, securitySchemes: " + test.schemes + "}"
			require.Equal(t, test.want, row(t, prepare(t, doc), "A").Scopes)
		})
	}
}

func TestOperationAccess(t *testing.T) {
	for _, test := range []struct {
		method, access string
		want           wire.Access
		err            string
	}{
		{"get", "", wire.AccessRead, ""},
		{"get", "sensitive", wire.AccessSensitive, ""},
		{"post", "read", wire.AccessRead, ""},
		{"post", "write", wire.AccessWrite, ""},
		{"delete", "money", wire.AccessMoney, ""},
		{"post", "", "", "POST /a/{id} (doIt) changes something: say what in openapi/overlays/test.yaml, as x-brex-access"},
		{"put", "", "", "openapi/overlays/test.yaml"},
		{"delete", "", "", "openapi/overlays/test.yaml"},
		{"post", "writ", "", `doIt: x-brex-access "writ" is not read, write, money or sensitive`},
	} {
		t.Run(test.method+" "+test.access, func(t *testing.T) {
			text := document("\n'/a/{id}': {"+test.method+": {operationId: doIt, parameters: [{name: id, in: path, schema: {type: string}}], responses: {'204': {}}}}", `{}`)
			actions := ""
			if test.access != "" {
				actions = overlayOf("\n  - target: $.paths.*." + test.method + "\n    update: {x-brex-access: " + test.access + "}")
			}
			if test.err != "" {
				requireError(t, text, actions, test.err)
				return
			}
			require.Equal(t, test.want, row(t, prepareWith(t, text, actions), "DoIt").Access)
		})
	}
}

func TestOperationErrors(t *testing.T) {
	for _, test := range []struct{ name, path, parameters, text string }{
		{"header", "/a", "{name: X-Extra, in: header, required: true, schema: {type: string}}", "GET /a (a): parameter X-Extra in header is required"},
		{"cookie", "/a", "{name: c, in: cookie, required: true, schema: {type: string}}", "GET /a (a): parameter c in cookie is required"},
		{"commas", "/a", "{name: n, in: query, explode: false, schema: {type: array, items: {type: string}}}", "GET /a: parameter n: explode false"},
		{"style", "/a", "{name: n, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}", "GET /a: parameter n: style pipeDelimited"},
		{"list as an object", "/a", "{name: n, in: query, style: deepObject, schema: {type: array, items: {type: string}}}", "GET /a: parameter n: style deepObject"},
		{"JSON", "/a", "{name: n, in: query, content: {application/json: {schema: {type: object}}}}", "GET /a: parameter n: it is written as application/json"},
		{"quote", "/a", "{name: 'n\"', in: query, schema: {type: string}}", "holds a character that no name can have"},
		{"not described", "/a/{id}", "", "a: not every parameter of the path /a/{id} is described"},
		{"not in the path", "/a/{id}", "{name: ident, in: path, schema: {type: string}}", "a: the path /a/{id} has no {ident}"},
		{"list of numbers", "/a", "{name: n, in: query, schema: {type: array, items: {type: integer}}}", "query parameter n: only lists of texts"},
		{"list of dates", "/a", "{name: n, in: query, schema: {type: array, items: {type: string, format: date}}}", "query parameter n: only lists of texts"},
		{"object of numbers", "/a", "{name: n, in: query, schema: {type: object, properties: {gt: {type: integer}}}}", "query parameter n[gt]: only texts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			requireError(t, document("\n'"+test.path+"': {get: {operationId: a, parameters: ["+test.parameters+"], "+ok+"}}", cardSchemas), "", test.text)
		})
	}
}

func TestOperationOrder(t *testing.T) {
	d := prepare(t, document(`
/b: {get: {operationId: b, responses: {'204': {}}}}
/a/{id}: {get: {operationId: a_id, parameters: [{name: id, in: path, schema: {type: string}}], responses: {'204': {}}}}
/a: {options: {operationId: o, x-brex-access: read, responses: {'204': {}}}, get: {operationId: a, responses: {'204': {}}}, x-note: {get: 1}, description: both}`, `{}`))
	var ids []string
	for _, r := range d.Operations {
		ids = append(ids, r.ID)
	}
	require.Equal(t, []string{"a", "o", "a_id", "b"}, ids)
	require.Equal(t, 204, d.Operations[0].Status)
}

// Every method of OpenAPI is one.
func TestOperationMethods(t *testing.T) {
	var item strings.Builder
	want := []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
	for _, method := range want {
		fmt.Fprintf(&item, "%s: {operationId: do%s, x-brex-access: read, responses: {'204': {}}}, ", strings.ToLower(method), method)
	}
	d := prepare(t, document("\n/a: {"+item.String()+"}", `{}`))
	var methods []string
	for _, r := range d.Operations {
		methods = append(methods, r.Method)
	}
	require.Equal(t, want, methods)
}

func TestQueryTypes(t *testing.T) {
	d := prepare(t, document(`
/a:
  get:
    operationId: a
    parameters:
      - {name: text, in: query, description: of a text, schema: {type: string}}
      - {name: when, in: query, schema: {type: string, format: date-time}}
      - {name: day, in: query, schema: {type: string, format: date}}
      - {name: state, in: query, schema: {$ref: '#/components/schemas/State'}}
      - {name: count, in: query, schema: {type: integer, format: int32}}
      - {name: number, in: query, schema: {type: number}}
      - {name: flag, in: query, schema: {type: boolean}}
      - {name: flag_or_not, in: query, x-brex-pointer: true, schema: {type: boolean}}
      - {name: 'ids[]', in: query, schema: {type: array, items: {type: string}}}
      - {name: 'state[]', in: query, x-go-name: States, schema: {type: array, items: {$ref: '#/components/schemas/State'}}}
      - {name: range, in: query, style: deepObject, schema: {type: object, properties: {gte: {type: string}, lt: {type: string}}}}
    responses: {'204': {}}`, `{State: {type: string, enum: [X, Y]}}`))
	want := map[string][2]string{
		"text": {"string", "String"}, "when": {"time.Time", "Time"}, "day": {"wire.Date", "Date"}, "state": {"State", "Enum"},
		"count": {"int", "Int"}, "number": {"int", "Int"}, "flag": {"bool", "Bool"}, "flag_or_not": {"*bool", "OptionalBool"},
		"ids[]": {"[]string", "Strings"}, "state[]": {"[]State", "Strings"}, "range": {"ARange", "Object"},
	}
	query := list(get(t, d, "paths", "/a", "get", "x-brex-go").(obj)["query"])
	require.Len(t, query, len(want))
	for _, q := range query {
		q := q.(obj)
		name := text(q["name"])
		require.Equal(t, want[name], [2]string{text(q["type"]), text(q["call"])}, name)
	}
	require.Equal(t, "of a text", query[0].(obj)["doc"])
	require.Equal(t, []any{obj{"name": "gte", "field": "Gte"}, obj{"name": "lt", "field": "Lt"}}, query[10].(obj)["members"])
	require.Equal(t, "object", row(t, d, "A").Query[10].Type)
}

// A header that may be left out goes through, and the method's comment names it; cookies and HTTP's own headers do not.
func TestOptionalHeaders(t *testing.T) {
	d := prepare(t, document(`
/a:
  get:
    operationId: a
    description: What it does.
    parameters:
      - {name: X-Extra, in: header, schema: {type: string}}
      - {name: Accept, in: header, schema: {type: string}}
      - {name: Content-Type, in: header, schema: {type: string}}
      - {name: authorization, in: header, schema: {type: string}}
      - {name: session, in: cookie, schema: {type: string}}
    responses: {'204': {}}`, `{}`))
	op := get(t, d, "paths", "/a", "get").(obj)
	require.NotContains(t, op, "parameters")
	require.Equal(t, "What it does. Optional header: X-Extra, by WithHeader.", op["description"])
	require.Empty(t, row(t, d, "A").Query)
}

func TestServers(t *testing.T) {
	for name, test := range map[string]struct{ path, operation, want string }{
		"none":              {"", "", ""},
		"of the operation":  {"", "servers: [{url: 'https://a'}],", "https://a"},
		"of the path":       {"servers: [{url: 'https://p'}],", "", "https://p"},
		"operation first":   {"servers: [{url: 'https://p'}],", "servers: [{url: 'https://a'}],", "https://a"},
		"several":           {"", "servers: [{url: 'https://staging.a'}, {url: 'https://b', description: Staging}, {url: 'https://a'}, {url: 'https://c'}],", "https://a"},
		"nothing but tests": {"", "servers: [{url: 'https://staging.a'}, {url: 'https://sandbox.a'}],", "https://staging.a"},
		"with a variable":   {"", "servers: [{url: 'https://{host}.a', variables: {host: {default: secure}}}],", "https://secure.a"},
	} {
		t.Run(name, func(t *testing.T) {
			d := prepare(t, document("\n/a: {"+test.path+" get: {operationId: a, "+test.operation+" responses: {'204': {}}}}", `{}`))
			require.Equal(t, test.want, row(t, d, "A").Server)
			require.Nil(t, get(t, d, "paths", "/a", "servers"), "the servers of a path are those of its operations")
		})
	}
}

// What the template of the client is told of an operation, and what the row says of its result.
func TestClientInfo(t *testing.T) {
	d := prepare(t, document(`
/page:
  get:
    operationId: listPage
    x-brex-empty-result: true
    parameters: [{name: cursor, in: query, schema: {type: string}}]
    responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Page_Card_'}}}}}
/array: {get: {operationId: listArray, responses: {'200': {content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Card'}}}}}}}}
/one:
  post:
    operationId: makeOne
    x-brex-access: write
    requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}
    `+ok, cardSchemas+`
Loose: {type: object, properties: {id: {type: string}}}`))
	info := func(path, method string) obj { return get(t, d, "paths", path, method, "x-brex-go").(obj) }
	require.Equal(t, "Card", info("/page", "get")["item"])
	require.Equal(t, "CardPage", info("/page", "get")["result"])
	require.Equal(t, "Cursor", info("/page", "get")["cursor"])
	require.Equal(t, true, info("/array", "get")["list"])
	require.Equal(t, "Card", info("/array", "get")["result"])
	require.Equal(t, "Card", info("/one", "post")["body"])
	require.Equal(t, "Card", info("/one", "post")["result"])
	for name, list := range map[string]wire.List{"ListPage": wire.ListPage, "ListArray": wire.ListArray, "MakeOne": ""} {
		require.Equal(t, list, row(t, d, name).List, name)
		require.Equal(t, "id", row(t, d, name).ResultID, name)
	}
	require.True(t, row(t, d, "ListPage").EmptyResult)
	require.False(t, row(t, d, "ListArray").EmptyResult)
}
