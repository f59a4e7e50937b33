package prep

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

const thingSchemas = `
Money:
  type: object
  properties: {amount: {type: integer, format: int64}, currency: {type: string, nullable: true}}
Ach: {type: object, required: [type], properties: {type: {type: string}, account_number: {type: string}, bank: {type: string}}}
Wire: {type: object, required: [type], properties: {type: {type: string}, iban: {type: string}, bank: {type: string}}}
Details:
  oneOf: [{$ref: '#/components/schemas/Ach'}, {$ref: '#/components/schemas/Wire'}]
  discriminator: {propertyName: type, mapping: {ACH: '#/components/schemas/Ach', WIRE: '#/components/schemas/Wire'}}
Line: {type: object, properties: {text: {type: string}, secret: {type: string}}}
Thing:
  type: object
  description: A thing. It has more to say.
  required: [id]
  properties:
    updatedAt: {type: string, format: date-time}
    id: {type: string}
    price: {allOf: [{$ref: '#/components/schemas/Money'}], nullable: true}
    rate: {type: number}
    owner: {type: object, properties: {name: {type: string}, inner: {type: object, properties: {day: {type: string, format: date}}}}}
    details: {$ref: '#/components/schemas/Details'}
    lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
    flight: {type: array, items: {type: object, properties: {iban: {type: integer}, cvv: {type: string}}}}
    link: {type: string}
Page_Thing_:
  type: object
  required: [items]
  properties: {next_cursor: {type: string, nullable: true}, items: {type: array, items: {$ref: '#/components/schemas/Thing'}}}`

const thingPaths = `
/v1/things:
  get:
    operationId: listThings
    parameters:
      - {name: cursor, in: query, schema: {type: string}}
      - {name: since, in: query, schema: {type: string, format: date-time}}
    responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Page_Thing_'}}}}}
/v1/things/{id}:
  get:
    operationId: getThing
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}}`

func thingTables(t *testing.T, word string) ([]Table, error) {
	t.Helper()
	overlay := ""
	if word != "" {
		overlay = overlayOf("\n  - target: $.paths['/v1/things'].get\n    update: {x-brex-table: " + word + "}")
	}
	return prepareWith(t, document(thingPaths, thingSchemas), overlay).Tables()
}

func TestTables(t *testing.T) {
	all, err := thingTables(t, `{name: things, watermark: {column: updated_at, since: since}, children: {lines: thing_lines}, exclude: [link]}`)
	require.NoError(t, err)
	require.Len(t, all, 1)
	table := all[0]
	require.Equal(t, []string{"things", "A thing.", "ListThings", "GetThing"}, []string{table.Name, table.Doc, table.ListName, table.GetName})
	require.Equal(t, []string{"id"}, table.Key)
	require.Equal(t, &wire.Watermark{Column: "updated_at", Since: "since"}, table.Watermark)
	columns := map[string]wire.ColumnType{}
	for _, c := range table.Columns {
		columns[c.Name] = c.Type
	}
	require.Equal(t, map[string]wire.ColumnType{
		"updated_at": wire.ColumnTime, "id": wire.ColumnString,
		"price_minor": wire.ColumnInteger, "price_currency": wire.ColumnString, "rate": wire.ColumnDecimal,
		"owner_name": wire.ColumnString, "owner_inner_day": wire.ColumnDate,
		"details_type": wire.ColumnString, "details_bank": wire.ColumnString, "details": wire.ColumnJSON,
		"flight": wire.ColumnJSON,
	}, columns)
	require.Equal(t, []wire.HiddenMember{{Path: "details.account_number", LastFour: true}, {Path: "details.iban", LastFour: true},
		{Path: "flight.cvv"}, {Path: "lines.secret"}, {Path: "link"}}, table.Hidden)
	require.Contains(t, table.Declared, "flight.iban", "a number that only shares the name of a secret")
	require.Len(t, table.Children, 1)
	require.Equal(t, "thing_lines", table.Children[0].Name)
	require.Equal(t, []string{"lines"}, table.Children[0].Path)
	require.Equal(t, []wire.Column{{Name: "text", Path: []string{"text"}, Type: wire.ColumnString}}, table.Children[0].Columns)
}

// What an overlay says that is not so is an error that names it, and so is a list it says nothing about.
func TestTablesErrors(t *testing.T) {
	for word, want := range map[string]string{
		"":                                "GET /v1/things (listThings) is a list: say in openapi/overlays/test.yaml, as x-brex-table",
		"{}":                              "needs a name",
		"{name: a, key: [ident]}":         "the key ident is not a column",
		"{name: a, key: [price_minor]}":   "the key price_minor is not a column of strings",
		"{name: a, exclude: [nothing]}":   "excludes nothing, which is not a member",
		"{name: a, children: {owner: o}}": "makes a child of owner, which is not an array of objects",
		"{name: a, watermark: {column: id, since: since}}":           "the watermark id is not a column of times",
		"{name: a, watermark: {column: updated_at, since: updated}}": "the bound updated is not a query parameter",
		"{name: a, parent: {table: b, column: id, key: b_id}}":       "has a parent, and the path takes 0 values",
	} {
		_, err := thingTables(t, word)
		require.ErrorContains(t, err, want, word)
	}
	all, err := thingTables(t, "false")
	require.NoError(t, err)
	require.Empty(t, all)
}

// The names of secrets, and which of them are numbers whose last four characters may be kept.
func TestSecretNames(t *testing.T) {
	want := map[string]bool{"account_number": true, "bank_account_number": true, "cvv": false, "document_number": false,
		"download_uris": false, "iban": true, "secret": false, "swift_account_number": true}
	require.Equal(t, want, SecretNames(nil))
	for name := range want {
		d := schemas(t, "{A: {type: object, properties: {"+name+": {type: string}}}}")
		require.Equal(t, "wire.Secret "+name+",omitzero", goProperty(t, d, "A."+name))
	}
	want["token"] = false
	d := schemas(t, "{A: {type: object, properties: {token: {type: string, x-brex-secret: true}, open: {type: string}, secrets: {type: integer, x-brex-secret: true}}}}")
	require.Equal(t, want, SecretNames([]*Document{d}))
}

// A table below another one, with everything that an overlay can say of it.
func TestTablesBelow(t *testing.T) {
	const paths = `
/v1/boxes/{box_id}/parts:
  get:
    operationId: listParts
    parameters:
      - {name: box_id, in: path, required: true, schema: {type: string}}
      - {name: from, in: query, schema: {type: string, format: date}}
    responses: {'200': {content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Part'}}}}}}
/v1/boxes:
  get:
    operationId: listBoxes
    responses: {'200': {content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}}}`
	const parts = `
Money: {type: object, properties: {amount: {type: integer}, currency: {type: string}}}
Major: {type: object, properties: {amount: {type: number}, currency: {type: string}}}
Named: {type: string, description: Said of the type. And more.}
Part:
  type: object
  properties:
    zed: {type: string}
    id: {$ref: '#/components/schemas/Named'}
    day: {type: string, format: date}
    payment: {type: object, properties: {payment_type: {type: string}, count: {type: number, format: int32}}}
    live: {type: boolean}
    size: {type: integer}
    price: {$ref: '#/components/schemas/Money'}
    cost: {$ref: '#/components/schemas/Major'}
    iban: {type: string, description: Where it goes.}
    rows: {type: array, items: {type: object, properties: {a: {type: string}, b: {type: string}}}}
    grid: {type: array, items: {type: object, properties: {c: {type: string}, d: {type: object, properties: {secret: {type: string}}}}}}`
	const box = `
  - target: $.paths['/v1/boxes'].get
    update: {x-brex-table: {name: boxes}}`
	const part = `
  - target: $.paths['/v1/boxes/{box_id}/parts'].get
    update: {x-brex-table: `
	d := prepareWith(t, document(paths, parts), overlayOf(part+`{name: parts, parent: {table: boxes, column: id, key: box_id}, age: day, query: {all: true},
      watermark: {column: day, since: from}, children: {rows: part_rows}, exclude: [rows.b, grid.c]}}`+box))
	all, err := d.Tables()
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "boxes", all[0].Name, "in the order of their names")
	table := all[1]
	require.Equal(t, &wire.TableParent{Table: "boxes", Column: "id", Param: "box_id", Key: "box_id"}, table.Parent)
	require.Equal(t, &wire.Watermark{Column: "day", Since: "from", Days: true}, table.Watermark)
	require.Equal(t, "day", table.Age)
	require.Equal(t, map[string]any{"all": true}, table.Query)
	var columns []string
	for _, c := range table.Columns {
		columns = append(columns, c.Name+" "+string(c.Type)+" "+strings.Join(c.Path, ".")+" "+c.Currency+" "+c.Doc)
	}
	require.Equal(t, []string{
		"box_id string   Id of the row of boxes that it belongs to.", "zed string zed  ", "id string id  Said of the type.",
		"day date day  ", "payment_type string payment.payment_type  ", "payment_count integer payment.count  ",
		"live boolean live  ", "size integer size  ", "price_minor integer price.amount price_currency ",
		"price_currency string price.currency  Currency of price_minor, ISO 4217.", "cost decimal cost.amount cost_currency ",
		"cost_currency string cost.currency  Currency of cost, ISO 4217.",
		"iban string iban  Where it goes. The last four characters, unless all of it was asked for.", "grid json grid  ",
	}, columns)
	require.Equal(t, []wire.HiddenMember{{Path: "grid.c"}, {Path: "grid.d.secret"}, {Path: "iban", LastFour: true}, {Path: "rows.b"}}, table.Hidden)
	require.ElementsMatch(t, strings.Fields("zed id day payment payment.payment_type payment.count live size price cost rows rows.a grid grid.d"), table.Declared)
	require.Equal(t, []wire.ChildTable{{Name: "part_rows", Path: []string{"rows"}, Columns: []wire.Column{{Name: "a", Path: []string{"a"}, Type: wire.ColumnString}}}}, table.Children)

	for word, want := range map[string]string{
		"{name: parts}": "needs a parent, whose rows give box_id",
		"{name: parts, parent: {table: boxes, column: id, key: box_id}, age: size}": "the age size is not a column of times or days",
	} {
		_, err := prepareWith(t, document(paths, parts), overlayOf(part+word+"}"+box)).Tables()
		require.ErrorContains(t, err, want)
	}
	for member, want := range map[string]string{
		"payment_type":              "parts: the members payment.payment_type and payment_type would share the column payment_type: exclude one",
		strings.Repeat("long_", 12): "is longer than a database takes",
	} {
		_, err := prepareWith(t, document(paths, parts+"\n    "+member+": {type: string}"),
			overlayOf(part+"{name: parts, parent: {table: boxes, column: id, key: box_id}}}"+box)).Tables()
		require.ErrorContains(t, err, want)
	}
}
