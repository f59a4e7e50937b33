package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

// body decodes JSON as dynamic calls do.
func body(t testing.TB, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	require.NoError(t, dec.Decode(&v), text)
	return v
}

func TestCheckNamesTheMember(t *testing.T) {
	doc, err := Load("payments")
	require.NoError(t, err)
	s := doc.Body(operations.CreateTransfer)
	valid := `{"counterparty":{"type":"VENDOR","payment_instrument_id":"pi"},"amount":{"amount":700,"currency":"USD"},"description":"d",
		"external_memo":"m","originating_account":{"type":"BREX_CASH","id":"a"}}`
	require.NoError(t, doc.Check(body(t, valid), s))
	for _, tc := range []struct{ old, new, want string }{
		{`"amount":700`, `"amount":7.5`, "body.amount.amount is 7.5; it must be a whole number without point or exponent (amounts are in minor units: 7.00 USD is 700)"},
		{`"amount":700`, `"amount":700.0`, "body.amount.amount is 700.0; it must be a whole number without point or exponent (amounts are in minor units: 7.00 USD is 700)"},
		{`"amount":700`, `"amount":7e2`, "body.amount.amount is 7e2; it must be a whole number without point or exponent (amounts are in minor units: 7.00 USD is 700)"},
		{`"amount":700`, `"amount":1e999999999999`, "body.amount.amount must be a whole number"},
		{`"amount":700`, `"amount":"700"`, "body.amount.amount must be a whole number"},
		{`"amount":700,`, ``, "body.amount.amount is missing; it must be a whole number"},
		{`"amount":700`, `"amount":99999999999999999999`, "body.amount.amount is 99999999999999999999, beyond what the API can hold"},
		{`"VENDOR"`, `"FRIEND"`, `body.counterparty.type is "FRIEND"; it must be one of BOOK_TRANSFER, VENDOR`},
		{`,"payment_instrument_id":"pi"`, ``, "body.counterparty.payment_instrument_id is missing; it must be a string"},
		{`"description":"d"`, `"description":null`, "body.description is null; it must be a string"},
		{`"description":"d"`, `"descripton":"d","description":"d"`, "body.descripton is not known; known are amount, approval_type, counterparty, description, external_memo, is_ppro_enabled, originating_account"},
		{`"external_memo":"m"`, `"external_memo":"` + strings.Repeat("m", 91) + `"`, "body.external_memo has 91 characters; it must have at most 90"},
		{`"external_memo":"m"`, `"external_memo":"m","approval_type":"AUTO"`, `body.approval_type is "AUTO"; it must be one of MANUAL`},
		{`{"type":"BREX_CASH","id":"a"}`, `"a"`, "body.originating_account must be an object"},
	} {
		require.Contains(t, valid, tc.old)
		err := doc.Check(body(t, strings.Replace(valid, tc.old, tc.new, 1)), s)
		require.EqualError(t, err, tc.want)
	}
	require.EqualError(t, doc.Check(body(t, `[]`), s), "body must be an object")
	require.EqualError(t, doc.Check(nil, s), "body is null; it must be an object")
}

func TestCheckUnionWithoutDiscriminator(t *testing.T) {
	doc, err := Load("fields")
	require.NoError(t, err)
	s := doc.Body(operations.DeleteFieldValues)
	name := slices.Sorted(func(yield func(string) bool) {
		for n := range doc.Resolve(s).Properties {
			if !yield(n) {
				return
			}
		}
	})[0]
	require.NoError(t, doc.Check(body(t, `{"`+name+`":[{"brex_id":"a"},{"remote_id":"b"}]}`), s))
	require.ErrorContains(t, doc.Check(body(t, `{"`+name+`":[{"id":"a"}]}`), s), name+"[0] fits none of its 3 forms")
}

func TestLoadUnknown(t *testing.T) {
	_, err := Load("nope")
	require.EqualError(t, err, `there is no document of "nope"`)
}

// sample makes a random value of a schema: valid, but for the mistakes that break asks for.
type sampler struct {
	doc *Document
	rnd *rand.Rand
	bad float64 // how likely each place is to get something wrong
}

func (g sampler) value(s *Schema, depth int) any {
	if g.rnd.Float64() < g.bad {
		return []any{nil, true, json.Number("1"), json.Number("1.5"), "x", "", []any{}, map[string]any{}}[g.rnd.IntN(8)]
	}
	if s.Nullable && g.rnd.IntN(4) == 0 {
		return nil
	}
	s = g.doc.Resolve(s)
	switch {
	case len(s.AllOf) == 1:
		return g.value(s.AllOf[0], depth)
	case len(s.OneOf) > 0:
		i := g.rnd.IntN(len(s.OneOf))
		v := g.value(s.OneOf[i], depth)
		if object, ok := v.(map[string]any); ok && s.Discriminator != nil {
			for kind, target := range s.Discriminator.Mapping {
				if target == s.OneOf[i].Ref {
					object[s.Discriminator.PropertyName] = kind
				}
			}
		}
		return v
	case len(s.Enum) > 0:
		return s.Enum[g.rnd.IntN(len(s.Enum))]
	}
	switch s.Type {
	case "string":
		switch s.Format {
		case "date":
			return "2026-11-01"
		case "date-time":
			return "2026-11-01T12:00:00Z"
		}
		return "text"
	case "integer", "number":
		return json.Number(fmt.Sprint(g.rnd.IntN(100)))
	case "boolean":
		return g.rnd.IntN(2) == 0
	case "array":
		list := []any{}
		for range g.rnd.IntN(3) {
			list = append(list, g.value(s.Items, depth+1))
		}
		return list
	}
	object := map[string]any{}
	for name, p := range s.Properties {
		if slices.Contains(s.Required, name) && g.rnd.Float64() >= g.bad || g.rnd.IntN(2) == 0 && depth < 4 {
			object[name] = g.value(p, depth+1)
		}
	}
	return object
}

// The verdicts agree with kin-openapi's on every body of every operation, valid or broken. The differences: it lets
// unknown members pass, and whole numbers that are written like floats, which are not tried here.
func TestAgreesWithKinOpenAPI(t *testing.T) {
	full := map[string]*openapi3.T{}
	for _, api := range documents.APIs {
		text, err := documents.FS.ReadFile(api + ".json")
		require.NoError(t, err)
		full[api], err = openapi3.NewLoader().LoadFromData(text)
		require.NoError(t, err)
	}
	bodies, valid := 0, 0
	for _, op := range operations.All {
		doc, err := Load(op.API)
		require.NoError(t, err)
		s := doc.Body(op)
		require.Equal(t, op.Body == "", s == nil, op.ID)
		if s == nil {
			continue
		}
		oracle := full[op.API].Paths.Value(op.Path).GetOperation(op.Method).RequestBody.Value.Content["application/json"].Schema
		g := sampler{doc: doc, rnd: rand.New(rand.NewPCG(1, uint64(len(op.ID))))}
		for round := range 120 {
			g.bad = []float64{0, 0, 0.02, 0.1}[round%4]
			v := g.value(s, 0)
			ours := doc.Check(v, s)
			theirs := oracle.Value.VisitJSON(plain(t, v))
			text, _ := json.Marshal(v)
			require.Equal(t, theirs == nil, ours == nil, "%s %s\nours: %v\ntheirs: %v", op.ID, text, ours, theirs)
			bodies++
			if ours == nil {
				valid++
			}
		}
	}
	require.Greater(t, valid, bodies/3, "of %d", bodies)
	require.Less(t, valid, bodies*9/10, "of %d", bodies)
}

// plain is the value with float64 numbers, as the other validator takes them.
func plain(t *testing.T, v any) any {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var out any
	require.NoError(t, json.NewDecoder(bytes.NewReader(text)).Decode(&out))
	return out
}

func FuzzCheck(f *testing.F) {
	f.Add(`{"amount":{"amount":1}}`)
	f.Add(`{"counterparty":{"type":"VENDOR"}}`)
	f.Add(`[[]]`)
	docs := map[*wire.Operation]*Document{}
	for _, op := range operations.All {
		doc, err := Load(op.API)
		if err != nil {
			f.Fatal(err)
		}
		docs[op] = doc
	}
	f.Fuzz(func(t *testing.T, text string) {
		dec := json.NewDecoder(strings.NewReader(text))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) != nil {
			return
		}
		for op, doc := range docs {
			if s := doc.Body(op); s != nil {
				_ = doc.Check(v, s) // must not panic
			}
		}
	})
}
