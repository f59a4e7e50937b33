package brextest

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/gen/documents"
)

// The sandbox reads the documents with a small reader of its own, so that no
// validator is linked into the programs that use it. These tests hold what it
// read against a full reader.

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
				key := keyNone
				if p := op.Parameters.GetByInAndName("header", "Idempotency-Key"); p != nil {
					key = keyOptional
					if p.Required {
						key = keyRequired
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
	assert.Len(t, rows, seen)
}

// TestModels: every operation is served, and what it takes is what a second
// reader of the documents finds in them.
func TestModels(t *testing.T) {
	t.Parallel()
	h, err := NewHandler(WithSize(Size{Expenses: None, CardTransactions: None}))
	require.NoError(t, err)
	models := h.models()
	docs := map[string]*openapi3.T{}
	for _, row := range catalogue() {
		id := row.id
		assert.NotNil(t, models[id], "%s is not modelled", id)
		delete(models, id)
		if docs[row.api] == nil {
			docs[row.api] = normalised(t, row.api)
		}
		known, op := h.known[id], docs[row.api].Paths.Value(row.path).GetOperation(row.method)
		var want, got []string
		for _, ref := range op.Parameters {
			if p := ref.Value; p.In == "query" {
				want = append(want, describeParameter(p)...)
			}
		}
		for _, p := range known.params {
			got = append(got, p.describe())
		}
		assert.ElementsMatch(t, want, got, "query parameters of %s", id)
		switch {
		case op.RequestBody == nil:
			assert.Nil(t, known.body, "body of %s", id)
		default:
			if assert.NotNil(t, known.body, "body of %s", id) {
				compareShape(t, id, op.RequestBody.Value.Content.Get("application/json").Schema, known.body)
			}
		}
	}
	assert.Empty(t, models, "modelled, but not published")
}

func describeParameter(p *openapi3.Parameter) []string {
	s, many := p.Schema.Value, ""
	if p.Style == "deepObject" {
		var all []string
		for name := range s.AllOf[0].Value.Properties {
			all = append(all, p.Name+"["+name+"] moment ")
		}
		return all
	}
	if s.Type.Is("array") {
		s, many = s.Items.Value, " many"
	}
	for len(s.AllOf) == 1 {
		s = s.AllOf[0].Value
	}
	kind := s.Type.Slice()[0]
	if s.Format == "date-time" {
		kind = "time"
	}
	return []string{strings.Join([]string{p.Name, kind, strings.Join(enumOf(s), "|")}, " ") + many}
}

func (p param) describe() string {
	many := ""
	if p.many {
		many = " many"
	}
	enum := slices.Clone(p.enum)
	if p.name == "expand[]" {
		enum = nil // no document says what can be expanded
	}
	sort.Strings(enum)
	kind := map[paramKind]string{asText: "string", asInt: "integer", asBool: "boolean", asTime: "time", asMoment: "moment"}[p.kind]
	return strings.Join([]string{p.name, kind, strings.Join(enum, "|")}, " ") + many
}

func enumOf(s *openapi3.Schema) []string {
	var out []string
	for _, v := range s.Enum {
		out = append(out, v.(string))
	}
	sort.Strings(out)
	return out
}

// compareShape walks a documented schema and the sandbox's shape together.
func compareShape(t *testing.T, name string, ref *openapi3.SchemaRef, s *shape) {
	t.Helper()
	schema := ref.Value
	nullable := schema.Nullable
	for len(schema.AllOf) == 1 && len(schema.Properties) == 0 {
		schema = schema.AllOf[0].Value
		nullable = nullable || schema.Nullable
	}
	assert.Equal(t, nullable, s.nullable, "%s: null", name)
	if len(schema.OneOf) > 0 && schema.Discriminator == nil {
		require.Len(t, s.oneOf, len(schema.OneOf), name)
		for i, one := range schema.OneOf {
			compareProperties(t, name, one.Value, s.oneOf[i])
		}
		return
	}
	if len(schema.OneOf) > 0 {
		require.NotNil(t, s.variants, name)
		assert.Equal(t, schema.Discriminator.PropertyName, s.by, name)
		assert.Len(t, s.variants, len(schema.Discriminator.Mapping), "%s: variants", name)
		for _, one := range schema.OneOf {
			for value, target := range schema.Discriminator.Mapping {
				if target.Ref == one.Ref {
					compareProperties(t, name+"("+value+")", one.Value, s.variants[value])
				}
			}
		}
		return
	}
	switch {
	case schema.Type.Is("string"):
		assert.Equal(t, isText, s.kind, name)
		assert.ElementsMatch(t, enumOf(schema), s.enum, "%s: enum", name)
		if schema.MaxLength != nil {
			assert.EqualValues(t, *schema.MaxLength, s.max, "%s: maxLength", name)
		}
		if schema.MinLength > 0 {
			assert.EqualValues(t, schema.MinLength, s.min, "%s: minLength", name)
		}
	case schema.Type.Is("integer"):
		assert.Equal(t, isInteger, s.kind, name)
	case schema.Type.Is("number"):
		assert.Equal(t, isNumber, s.kind, name)
		assert.Equal(t, schema.Min, s.low, name)
		assert.Equal(t, schema.Max, s.high, name)
	case schema.Type.Is("boolean"):
		assert.Equal(t, isBoolean, s.kind, name)
	case schema.Type.Is("array"):
		assert.Equal(t, isList, s.kind, name)
		if schema.MaxItems != nil {
			assert.EqualValues(t, *schema.MaxItems, s.max, "%s: maxItems", name)
		}
		assert.EqualValues(t, schema.MinItems, s.min, "%s: minItems", name)
		compareShape(t, name+"[]", schema.Items, s.items)
	case schema.AdditionalProperties.Schema != nil:
		assert.Equal(t, isMap, s.kind, name)
	default:
		compareProperties(t, name, schema, s)
	}
}

func compareProperties(t *testing.T, name string, schema *openapi3.Schema, s *shape) {
	t.Helper()
	var names, must, wantNames []string
	for _, f := range s.fields {
		names = append(names, f.name)
		if f.required {
			must = append(must, f.name)
		}
	}
	for p := range schema.Properties {
		wantNames = append(wantNames, p)
	}
	assert.ElementsMatch(t, wantNames, names, "%s: members", name)
	assert.ElementsMatch(t, schema.Required, must, "%s: required", name)
	for _, f := range s.fields {
		if p := schema.Properties[f.name]; p != nil {
			compareShape(t, name+"."+f.name, p, f.shape)
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
