package prep

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHoist(t *testing.T) {
	d := schemas(t, `
Status: {type: string, enum: [OPEN, CLOSED]}
Card:
  type: object
  properties:
    state: {type: string, enum: [CLOSED, OPEN], description: stays, nullable: true}
    card_type: {type: string, enum: [VIRTUAL, PHYSICAL], default: VIRTUAL}
    limit: {type: object, description: of the card, nullable: true, properties: {unit: {type: string, enum: [DAY, WEEK]}}}
    tags: {type: array, items: {type: string, enum: [RED, BLUE]}}
    grid: {type: array, items: {type: array, items: {type: object, properties: {x: {type: integer}}}}}
    named: {type: string, enum: [ONE, TWO], x-go-type-name: Numeral}
    by_day: {type: object, additionalProperties: {type: object, properties: {n: {type: integer}}}}
    free: {type: object}
Other:
  type: object
  properties:
    numeral: {type: string, enum: [TWO, ONE]}`)
	for _, test := range []struct{ property, goType, component string }{
		{"Card.state", "Status state,omitempty", "Status"}, // an enum with the same values exists
		{"Card.card_type", "CardCardType card_type,omitempty", "CardCardType"},
		{"Card.limit", "*CardLimit limit,omitempty", "CardLimit"},
		{"CardLimit.unit", "CardLimitUnit unit,omitempty", "CardLimitUnit"},
		{"Card.tags", "[]CardTagsItem tags,omitempty", "CardTagsItem"},
		{"Card.grid", "[][]CardGridItemItem grid,omitempty", "CardGridItemItem"},
		{"Card.named", "Numeral named,omitempty", "Numeral"},
		{"Other.numeral", "Numeral numeral,omitempty", "Numeral"},
		{"Card.by_day", "map[string]CardByDayValue by_day,omitempty", "CardByDayValue"},
		{"Card.free", "wire.JSON free,omitempty", ""},
	} {
		t.Run(test.property, func(t *testing.T) {
			require.Equal(t, test.goType, goProperty(t, d, test.property))
			if test.component != "" && test.component != "Status" {
				require.NotEmpty(t, schema(t, d, test.component)["description"], "every component has words of its own")
				require.NotContains(t, schema(t, d, test.component), "x-go-type-name")
			}
		})
	}
	// What belongs to the place stays there, what belongs to the values moves.
	require.Equal(t, "stays", schema(t, d, "Card.state")["description"])
	require.Equal(t, true, schema(t, d, "Card.state")["nullable"])
	require.NotContains(t, schema(t, d, "Card.state"), "enum")
	require.Equal(t, "VIRTUAL", schema(t, d, "Card.card_type")["default"])
	require.NotContains(t, schema(t, d, "CardLimit"), "nullable")
	require.Equal(t, "of the card", schema(t, d, "CardLimit")["description"])
	require.NotContains(t, schema(t, d, "Status"), "description", "a component that was there is not touched")
}

func TestHoistOperations(t *testing.T) {
	d := prepareWith(t, document(`
/v1/cards:
  post:
    operationId: createCard
    parameters:
      - {name: 'state[]', in: query, schema: {type: array, items: {type: string, enum: [OPEN, CLOSED]}}}
      - {name: order, in: query, schema: {type: string, enum: [UP, DOWN]}}
    requestBody: {content: {application/json: {schema: {type: object, properties: {kind: {type: string, enum: [A, B]}}}}}}
    responses: {'200': {description: '', content: {application/json: {schema: {type: object, properties: {kind: {type: string, enum: [B, A]}}}}}}}
  get:
    operationId: listCards
    responses: {'200': {description: '', content: {application/json: {schema: {type: array, items: {type: object, properties: {id: {type: string}}}}}}}}`,
		`{}`), overlayOf(`
  - target: $.paths['/v1/cards'].post
    update: {x-brex-access: write}`))
	create := row(t, d, "CreateCard")
	require.Equal(t, "CreateCardRequest", create.Body)
	require.Equal(t, "CreateCardResponse", create.Result)
	require.Equal(t, "CreateCardRequestKind kind,omitempty", goProperty(t, d, "CreateCardResponse.kind"), "the body comes first")
	require.Equal(t, []string{"OPEN", "CLOSED"}, create.Query[0].Enum)
	query := list(get(t, d, "paths", "/v1/cards", "post", "x-brex-go").(obj)["query"])
	require.Equal(t, "[]CreateCardStateItem", query[0].(obj)["type"])
	require.Equal(t, "CreateCardOrder", query[1].(obj)["type"])
	require.Equal(t, "[]ListCardsResponseItem", row(t, d, "ListCards").Result)
}

func TestHoistClash(t *testing.T) {
	for name, test := range map[string]struct{ schemas, text string }{
		"object": {`
CardLimit: {type: object, properties: {amount: {type: integer}}}
Card: {type: object, properties: {limit: {type: object, properties: {unit: {type: string}}}}}`,
			"Card.limit would be named CardLimit, which is another schema; name it by x-go-type-name"},
		"enum": {`
CardState: {type: string, enum: [A]}
Card: {type: object, properties: {state: {type: string, enum: [B]}}}`,
			"Card.state would be named CardState, which is another schema"},
		"one name twice": {`
Card: {type: object, properties: {a: {type: string, enum: [A], x-go-type-name: X}, b: {type: string, enum: [B], x-go-type-name: X}}}`,
			"Card.b would be named X, which is another schema"},
	} {
		t.Run(name, func(t *testing.T) { requireError(t, document(noPaths, test.schemas), "", test.text) })
	}
}

// A list as a component does not become a list of itself.
func TestHoistListComponent(t *testing.T) {
	d := schemas(t, `{States: {type: array, items: {type: string, enum: [A, B]}}}`)
	require.Equal(t, "[]StatesItem", schema(t, d, "States")["x-go-type"])
	require.Equal(t, []any{"A", "B"}, schema(t, d, "StatesItem")["enum"])
}
