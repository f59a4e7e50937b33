package brextest_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// odd are values to put in the place of another.
var odd = []string{`null`, `true`, `0`, `-1`, `1e2`, `100.0`, `0.5`, `99999999999999999999`, `1e999`, `9007199254740993`, `""`, `"x"`, `"ACTIVE"`, `"USD"`,
	`"2026-02-30"`, `"2026-01-31"`, `"2026-01-31T12:00:00"`, `"2026-01-31T12:00:00+01:00"`, `"a@b.example"`, `"é"`, `[]`, `[{}]`, `[null]`, `{}`,
	`{"amount":1}`, `{"amount":-1,"currency":"usd"}`, `{"type":"VENDOR"}`, `{"a":1,"a":2}`, `"` + strings.Repeat("9", 40) + `"`, `"` + strings.Repeat("m", 300) + `"`}

// worsen puts something odd into one place of a value: for a member, an item or the value itself.
func (c *caller) worsen(v any) any {
	switch v := v.(type) {
	case map[string]any:
		keys := names(v)
		switch n := c.IntN(8); {
		case len(keys) == 0 || n == 0:
			v["no_such_field"] = json.RawMessage(odd[c.IntN(len(odd))])
		case n == 1:
			delete(v, keys[c.IntN(len(keys))])
		default:
			key := keys[c.IntN(len(keys))]
			v[key] = c.worsen(v[key])
		}
		return v
	case []any:
		if len(v) > 0 && c.IntN(4) > 0 {
			i := c.IntN(len(v))
			v[i] = c.worsen(v[i])
			return v
		}
	}
	return json.RawMessage(odd[c.IntN(len(odd))])
}

// TestJudgeAgreesWithKinOpenAPI: over bodies of every operation, valid ones and ones with up to
// three mistakes, the verdict and its words are kin-openapi's. CheckBody compares.
func TestJudgeAgreesWithKinOpenAPI(t *testing.T) {
	t.Parallel()
	h := newSandbox(t, brextest.WithSize(brextest.Size{Users: 2, Cards: 1, Expenses: 3, CardTransactions: 1}))
	docs, err := loadDocuments()
	require.NoError(t, err)
	c := &caller{Rand: rand.New(rand.NewPCG(11, 12)), known: map[string][]string{}}
	said := map[string]int{}
	for _, id := range brextest.Operations() {
		api, method, path := brextest.Route(id)
		op := docs[api].Paths.Value(path).GetOperation(method)
		if op.RequestBody == nil {
			continue
		}
		for round := range 400 {
			_, body := c.request(op, path)
			var v any
			require.NoError(t, json.Unmarshal([]byte(body), &v))
			for range round % 4 {
				v = c.worsen(v)
			}
			verdict := "valid"
			if err := h.CheckBody(id, []byte(js(v))); err != nil {
				_, verdict, _ = strings.Cut(err.Error(), " is ")
			}
			said[verdict]++
		}
	}
	t.Log(said)
	require.Greater(t, len(said), 40, "kinds of verdicts")
	require.Greater(t, said["valid"], 2000)
	require.Greater(t, said["required"], 500)
	require.Greater(t, said["not a known field"], 500)
	require.Greater(t, said["invalid: want a whole number in digits"], 3)
}

// TestJudgeAgreesOverQueries: the same for the parameters of every operation, with and without
// WithStrictZone.
func TestJudgeAgreesOverQueries(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]brextest.Option{nil, {brextest.WithStrictZone(true)}} {
		h := newSandbox(t, append(opts, small)...)
		docs, err := loadDocuments()
		require.NoError(t, err)
		asked := 0
		for _, id := range brextest.Operations() {
			api, method, path := brextest.Route(id)
			for _, ref := range docs[api].Paths.Value(path).GetOperation(method).Parameters {
				name := ref.Value.Name
				if ref.Value.In != openapi3.ParameterInQuery {
					continue
				}
				if ref.Value.Style == openapi3.SerializationDeepObject {
					name += "[start]"
				}
				values := []string{"", "0", "-1", "7", "100", "1000", "1001", "0x10", "true", "T", "expense_id", "user", "merchant", "no such thing",
					"ACTIVE", "APPROVED", "2026-01-31", "2026-02-30", "2026-01-31T12:00:00", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00+01:00"}
				for _, value := range values {
					for _, more := range []string{"", value, "user"} {
						q := url.Values{name: {value}}
						if more != "" {
							q[name] = append(q[name], more)
						}
						require.Empty(t, h.Disagreement(id, q.Encode(), nil))
						asked++
					}
				}
			}
		}
		require.Greater(t, asked, 5000)
	}
}
