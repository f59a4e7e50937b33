package brextest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/documents"
)

func published(t *testing.T, api string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi/" + api + ".yaml")
	require.NoError(t, err)
	return doc
}

func normalised(t *testing.T, api string) *openapi3.T {
	t.Helper()
	raw, err := documents.FS.ReadFile(api + ".json")
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)
	return doc
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	rows := map[string]operation{}
	for _, op := range catalogue() {
		rows[op.id] = op
	}
	seen := 0
	for _, api := range documents.APIs {
		for path, item := range published(t, api).Paths.Map() {
			for method, op := range item.Operations() {
				seen++
				row, ok := rows[op.OperationID]
				if !assert.True(t, ok, "%s is missing", op.OperationID) {
					continue
				}
				assert.Equal(t, []string{api, method, path}, []string{row.api, row.method, row.path}, op.OperationID)
				key := wire.IdempotencyNone
				if p := op.Parameters.GetByInAndName("header", "Idempotency-Key"); p != nil {
					key = wire.IdempotencyOptional
					if p.Required {
						key = wire.IdempotencyRequired
					}
				}
				assert.Equal(t, key, row.key, "Idempotency-Key of %s", op.OperationID)
				if op.Security != nil {
					var scopes []string
					for _, requirement := range *op.Security {
						for _, s := range requirement {
							scopes = append(scopes, s...)
						}
					}
					assert.ElementsMatch(t, scopes, row.scopes, "scopes of %s", op.OperationID)
				}
			}
		}
	}
	assert.Equal(t, seen, len(rows), "operations in openapi/ and in the generated table: run make generate")
}

// A rule for a member that no document has any more is named, and holds up nothing else.
func TestStricterRulesHaveMembers(t *testing.T) {
	t.Parallel()
	for place := range stricter {
		api, rest, _ := strings.Cut(place, ".")
		name, member, _ := strings.Cut(rest, ".")
		schema := normalised(t, api).Components.Schemas[name]
		if assert.NotNil(t, schema, "stricter in spec.go: openapi/%s.yaml has no schema %s", api, name) {
			assert.Contains(t, schema.Value.Properties, member, "stricter in spec.go: %s", place)
		}
	}
}

// TestModels: every operation is served, and its document is found.
func TestModels(t *testing.T) {
	t.Parallel()
	h, err := NewHandler(WithSize(Size{Expenses: None, CardTransactions: None}))
	require.NoError(t, err)
	models := h.models()
	docs := map[string]*openapi3.T{}
	for _, row := range catalogue() {
		assert.NotNil(t, models[row.id], "%s is not modelled: go run ./scripts/newop %s prints where", row.id, row.id)
		delete(models, row.id)
		if docs[row.api] == nil {
			docs[row.api] = normalised(t, row.api)
		}
		op := docs[row.api].Paths.Value(row.path).GetOperation(row.method)
		takes := h.known[row.id].spec()
		assert.Equal(t, op.RequestBody != nil, takes.body != nil, "body of %s", row.id)
		for _, ref := range op.Parameters {
			if ref.Value.In == openapi3.ParameterInQuery {
				assert.True(t, slices.ContainsFunc(takes.params, func(p param) bool {
					return strings.HasPrefix(p.name, ref.Value.Name)
				}), "%s of %s", ref.Value.Name, row.id)
			}
		}
	}
	assert.Empty(t, models, "modelled, but not published")
}

// TestNothingGoesUnvalidated: what the documents use is what is looked at here.
func TestNothingGoesUnvalidated(t *testing.T) {
	t.Parallel()
	for _, api := range documents.APIs {
		doc := normalised(t, api)
		for path, item := range doc.Paths.Map() {
			assert.Empty(t, item.Parameters, "%s has parameters for all its methods", path)
			for method, op := range item.Operations() {
				for _, ref := range op.Parameters {
					p, where := ref.Value, method+" "+path+" "+ref.Value.Name
					switch p.In {
					case openapi3.ParameterInQuery:
						assert.False(t, p.Required, "%s: a query parameter may be left out", where)
					case openapi3.ParameterInPath:
						assert.Equal(t, openapi3.NewStringSchema(), p.Schema.Value, "%s: an id is any text", where)
					default:
						assert.Fail(t, "neither in the path nor in the query", where)
					}
				}
				if op.RequestBody != nil {
					assert.True(t, op.RequestBody.Value.Required, "%s %s: a body may be left out", method, path)
					assert.Equal(t, []string{"application/json"}, sortedKeys(op.RequestBody.Value.Content), "%s %s", method, path)
				}
			}
		}
		second, err := secondOpinions[api]()
		require.NoError(t, err)
		for route, takes := range second {
			var schemas []*openapi3.SchemaRef
			for _, p := range takes.params {
				schemas = append(schemas, p.schema.NewRef())
			}
			if takes.body != nil {
				schemas = append(schemas, takes.body.NewRef())
			}
			components := openapi3.Schemas{}
			for i, s := range schemas {
				components[strconv.Itoa(i)] = s
			}
			require.NoError(t, (&openapi3.T{Components: &openapi3.Components{Schemas: components}}).WalkSchemas(
				func(at string, ref *openapi3.SchemaRef) error {
					s := ref.Value
					if s.Format != "" {
						require.True(t, s.Type.Is("string"), "%s%s: %s", route, at, s.Format)
						require.Contains(t, textFormats, s.Format, "%s%s: no one knows this format", route, at)
					}
					require.False(t, s.ReadOnly || s.WriteOnly || s.UniqueItems || s.Pattern != "" || s.Not != nil || len(s.AnyOf) > 0 ||
						s.Const != nil || s.MinProps > 0 || s.MaxProps != nil || s.MultipleOf != nil || s.ExclusiveMin.IsSet() || s.ExclusiveMax.IsSet(),
						"%s%s: a rule that the judge does not know", route, at)
					if s.Type.Is("object") && (s.AdditionalProperties.Has == nil || *s.AdditionalProperties.Has) {
						require.True(t, s.AdditionalProperties.Schema != nil || s == secondNotNegative, "%s%s takes any member", route, at)
					}
					return nil
				}))
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	ids := identity{7}
	seen := map[string]bool{}
	for n := range uint64(2000) {
		id := ids.id(prefixExpense, 1_700_000_000_000, n)
		require.Len(t, id, len("expense_cl3khzfnr00000k92bdjtmmes"))
		require.False(t, seen[id])
		seen[id] = true
		back, ok := ids.number(prefixExpense, id)
		require.True(t, ok)
		require.Equal(t, n, back)
	}
	for _, id := range []string{"", "expense_", "expense_c", "cuuser_cl3khzfnr00000k92bdjtmmes", "expense_cl3khzfnr00000k92bdjtmm!s"} {
		_, ok := ids.number(prefixExpense, id)
		require.False(t, ok, id)
	}
	for _, x := range []uint64{0, 1, 1 << 63, ^uint64(0), 0x9e3779b97f4a7c15} {
		require.Equal(t, x, unmix(mix(x)))
	}
}

func TestObjectKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	const in = `{"z":1.10,"id":"x","big":123456789012345678901234567890,"nested":{"b":[1,2],"a":null},"text":"\u00e9\n"}`
	o, err := parseObject([]byte(in))
	require.NoError(t, err)
	require.Equal(t, in, string(o.encode()))
	require.Equal(t, `{"z":1.10,"id":"y","big":123456789012345678901234567890,"nested":{"b":[1,2],"a":null},"text":"\u00e9\n"}`,
		string(o.set("id", "y").encode()))
	for _, bad := range []string{"", "null", "[]", `"x"`, `{"a":1`, `{"a":1}{"b":2}`, `{"a":1} x`} {
		_, err := parseObject([]byte(bad))
		require.Error(t, err, bad)
	}
}

// FuzzObject compares the member splitter with encoding/json.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, ` { "a" : [ {"b":"}"} , "]" ] , "c" : "\\\"" , "a":null } `, `{"\u0061":-1e5,"":true}`, `[1]`, `{"a"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want map[string]json.RawMessage
		err := json.Unmarshal(raw, &want)
		o, got := parseObject(raw)
		if err != nil || want == nil || !utf8.Valid(raw) {
			require.Error(t, got)
			return
		}
		require.NoError(t, got)
		require.Len(t, o, len(want))
		for _, m := range o {
			require.Equal(t, string(want[m.key]), string(m.value))
		}
		require.True(t, json.Valid(o.encode()), "%s", o.encode())
	})
}
