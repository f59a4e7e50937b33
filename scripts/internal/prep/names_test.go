package prep

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGoName(t *testing.T) {
	for name, want := range map[string]string{
		"user_id": "UserID", "user_ids": "UserIDs", "id": "ID", "ids": "IDs", "download_uris": "DownloadURIs",
		"CustomField.Value": "CustomFieldValue", "Page_Card_": "PageCard", "UpdateFieldValue.ByBrexId": "UpdateFieldValueByBrexID",
		"EXPENSE_PAYMENT": "ExpensePayment", "ACTIVE": "Active", "ACH": "ACH", "INTERNATIONAL_WIRE": "InternationalWire",
		"DO_NOT_NEED_PHYSICAL_CARD": "DoNotNeedPhysicalCard", "is_ppro_enabled": "IsPPROEnabled", "listExpenses_1": "ListExpenses1",
		"ACHDetailsRequest": "ACHDetailsRequest", "processDelayedEINDocument": "ProcessDelayedEINDocument",
		"next-cursor": "NextCursor", "a b": "AB", "1099_MISC": "1099Misc", "LLC": "LLC", "naïve": "NaVe", "": "", "[]": "",
	} {
		require.Equal(t, want, goName(name), name)
	}
}

// Initialisms that the documents use stand in capitals, or as their owners write them.
func TestInitialisms(t *testing.T) {
	for _, word := range strings.Fields("ACH AP API ATM BNPL CVV EIN ERP EV FBO FX HTTP IBAN ID IDs IP IRS JSON LLC LLP LP MCC PAN PDF PIN " +
		"PPRO SaaS SSN SUV TOS URI URIs URL USD UUID WiFi") {
		require.Equal(t, "The"+word+"Of", goName("the_"+strings.ToLower(word)+"_of"))
	}
}

func TestParamName(t *testing.T) {
	for name, want := range map[string]string{
		"user_id[]": "UserIDs", "status[]": "Status", "expand[]": "Expand", "email": "Email", "email[]": "Email", "ids": "IDs",
		"purchased_at_start": "PurchasedAtStart", "limit": "Limit", "custom_field[]": "CustomField",
	} {
		require.Equal(t, want, paramName(name), name)
	}
}

func TestArgName(t *testing.T) {
	for name, want := range map[string]string{
		"id": "id", "card_id": "cardID", "expense_id": "expenseID", "ids": "ids", "uri_list": "uriList", "ACHAccount": "achAccount",
		"x": "x", "url": "url", "type": "typeArg", "ctx": "ctxArg", "params": "paramsArg", "body": "bodyArg", "c": "cArg", "req": "reqArg", "wire": "wireArg",
		"operations": "operationsArg",
	} {
		require.Equal(t, want, argName(name), name)
	}
}

func TestMethodName(t *testing.T) {
	for id, want := range map[string]string{"getUserById": "GetUser", "listCards": "ListCards", "listCardsByUserId": "ListCardsByUserID"} {
		require.Equal(t, want, methodName(id), id)
	}
}

func TestNames(t *testing.T) {
	d := prepareWith(t, document(`
/v2/users/{id}:
  get:
    operationId: getUserById
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: 'user_id[]', in: query, schema: {type: array, items: {type: string}}}
    responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}}`, `
User: {type: object, properties: {manager_id: {type: string}, odd: {type: string}}}
Page_User_: {type: object, properties: {items: {type: array, items: {$ref: '#/components/schemas/User'}}, next_cursor: {type: string}}}
UserStatus: {type: string, enum: [INVITED, PENDING_ACTIVATION, ACH, 1099_MISC]}
JobStatus: {type: string, enum: [JOB_STATUS_OPEN, JOB_STATUS_2]}
JobState: {type: string, enum: [JOB_STATE_OPEN, CLOSED]}
JobMode: {type: string, enum: [A_B, C], x-enum-varnames: [First, Second]}
JobKind: {type: string, enum: [JOB_KINDLY, JOB_KIND_ODD]}
Kind: {type: string, enum: [A, B], x-go-name: UserKind}`), overlayOf(`
  - target: $.components.schemas.User.properties.odd
    update: {x-go-name: Strange}`))
	require.Equal(t, "ManagerID", schema(t, d, "User.manager_id")["x-go-name"])
	require.Equal(t, "Strange", schema(t, d, "User.odd")["x-go-name"])
	require.Equal(t, "UserPage", schema(t, d, "Page_User_")["x-go-name"])
	require.Equal(t, "UserKind", schema(t, d, "Kind")["x-go-name"])
	require.Equal(t, []any{"Invited", "PendingActivation", "ACH", "1099Misc"}, schema(t, d, "UserStatus")["x-enum-varnames"])
	require.Equal(t, []any{"Open", "2"}, schema(t, d, "JobStatus")["x-enum-varnames"])
	require.Equal(t, []any{"JobStateOpen", "Closed"}, schema(t, d, "JobState")["x-enum-varnames"], "only where every value repeats it")
	require.Equal(t, []any{"First", "Second"}, schema(t, d, "JobMode")["x-enum-varnames"], "an overlay has named them")
	require.Equal(t, []any{"JobKindly", "JobKindOdd"}, schema(t, d, "JobKind")["x-enum-varnames"], "a longer word is another one")
	r := row(t, d, "GetUser")
	require.Equal(t, "getUserById", r.ID)
	info := get(t, d, "paths", "/v2/users/{id}", "get", "x-brex-go").(obj)
	require.Equal(t, "UserIDs", list(info["query"])[0].(obj)["field"])
	require.Equal(t, []any{"id"}, info["path"])
}

func TestNameClashes(t *testing.T) {
	const emails = `
/v2/users:
  get:
    operationId: listUsers
    parameters:
      - {name: email, in: query, schema: {type: string}}
      - {name: 'email[]', in: query, schema: {type: array, items: {type: string}}}
    responses: {'204': {description: ''}}`
	const twice = `
/a: {get: {operationId: getThing, responses: {'204': {}}}}
/b: {get: {operationId: getThingById, responses: {'204': {}}}}`
	const params = `
/a: {get: {operationId: listCards, parameters: [{name: q, in: query, schema: {type: string}}], responses: {'204': {}}}}`
	for _, test := range []struct {
		name, doc string
		texts     []string
	}{
		{"parameters", document(emails, `{}`), []string{"ListUsers: parameters email and email[] would both be Email in Go; rename one in the overlay"}},
		{"schemas", document(noPaths, `{user_card: {type: object}, UserCard: {type: object}}`), []string{"schemas UserCard and user_card would both be UserCard"}},
		{"properties", document(noPaths, `{A: {type: object, properties: {user_id: {type: string}, userId: {type: string}}}}`), []string{"A: properties userId and user_id would both be UserID"}},
		{"enum values", document(noPaths, `{A: {type: string, enum: [on_hold, ON_HOLD]}}`), []string{`A: the values on_hold and ON_HOLD would both be "OnHold"`}},
		{"enum value without a name", document(noPaths, `{A: {type: string, enum: ['+']}}`), []string{`"" in Go`}},
		{"operations", document(twice, `{}`), []string{"getThing and getThingById would both be GetThing"}},
		{"params type", document(params, `{ListCardsParams: {type: object}}`), []string{"ListCardsParams and parameters of listCards would both be ListCardsParams"}},
		{"client", document(noPaths, `{client: {type: object}}`), []string{"Client of the client and client would both be Client"}},
		{"no name", document(noPaths, `{A: {type: object, properties: {'@': {type: string}}}}`), []string{`A: properties: "@" would be "" in Go, which is no exported name`}},
		{"digit first", document(noPaths, `{3ds: {type: object}}`), []string{`schemas: "3ds" would be "3ds" in Go, which is no exported name`}},
		{"overlay's name", document(noPaths, `{A: {type: object, x-go-name: 'a b'}}`), []string{`"a b" in Go, which is no exported name`}},
		{"names for other values", document(noPaths, `{A: {type: string, enum: [X, Y], x-enum-varnames: [One]}}`), []string{"A: x-enum-varnames has 1 names for 2 values"}},
		{"path arguments that an overlay renamed", document(`{'/a/{card_id}/{cardId}': {get: {operationId: a, parameters: [{name: card_id, in: path, x-go-name: One, schema: {type: string}}, {name: cardId, in: path, x-go-name: Two, schema: {type: string}}], responses: {'204': {}}}}}`, `{}`),
			[]string{"GET /a/{card_id}/{cardId}: two parameters of the path would be the argument cardID"}},
		{"path arguments", document(`{'/a/{card_id}/{cardId}': {get: {operationId: a, parameters: [{name: card_id, in: path, schema: {type: string}}, {name: cardId, in: path, schema: {type: string}}], responses: {'204': {}}}}}`, `{}`),
			[]string{"would both be CardID"}},
	} {
		t.Run(test.name, func(t *testing.T) { requireError(t, test.doc, "", test.texts...) })
	}
}

func TestPageItem(t *testing.T) {
	const item = `{type: array, items: {$ref: '#/components/schemas/Card'}}`
	for name, test := range map[string]struct{ properties, goType string }{
		"cursor and items":     {`{next_cursor: {type: string}, items: ` + item + `}`, "wire.Page[Card]"},
		"with totals":          {`{next_cursor: {type: string}, has_next_page: {type: boolean}, total_count: {type: integer}, items: ` + item + `}`, "wire.Page[Card]"},
		"no cursor":            {`{items: ` + item + `}`, ""},
		"more than a page":     {`{next_cursor: {type: string}, items: ` + item + `, sum: {type: integer}}`, ""},
		"items are no list":    {`{next_cursor: {type: string}, items: {$ref: '#/components/schemas/Card'}}`, ""},
		"items have no schema": {`{next_cursor: {type: string}, items: {type: array, items: {type: string}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := schemas(t, "\nCard: {type: object, properties: {id: {type: string}}}\nList: {type: object, properties: "+test.properties+"}")
			require.Equal(t, test.goType, text(schema(t, d, "List")["x-go-type"]))
		})
	}
}
