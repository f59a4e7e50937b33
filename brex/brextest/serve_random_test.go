package brextest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// TestRandomRequests sends 10,000 requests that the documents allow, fewer
// with -short: no response is a 5xx, every success is what the
// documents say, and everything else has the shape of an error.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	n := 10_000
	if testing.Short() {
		n = 600
	}
	s := newSandbox(t, brextest.WithSize(brextest.Size{Users: 6, Cards: 6, Expenses: 60, CardTransactions: 40, CashTransactions: 30, Vendors: 5,
		Transfers: 6, SpendLimits: 4, Budgets: 3, Statements: 3}), brextest.WithRequestLog(1))
	s.everyRow = true
	docs, err := loadDocuments()
	require.NoError(t, err)
	c := &caller{Rand: rand.New(rand.NewPCG(1, 2)), known: map[string][]string{}}
	ops := brextest.Operations()
	succeeded, statuses := map[string]int{}, map[int]int{}
	next := map[string]string{}
	me := s.get("/v2/users/me").json(t)["id"].(string)
	for i := range n {
		id := ops[c.IntN(len(ops))]
		if i < 2*len(ops) {
			id = ops[i%len(ops)] // every one at least twice
		}
		api, method, path := brextest.Route(id)
		target, body := c.request(docs[api].Paths.Value(path).GetOperation(method), path)
		if next[id] != "" && c.IntN(2) == 0 {
			target, next[id] = next[id], ""
		}
		if id == "updateUser" && strings.HasSuffix(target, me) && strings.Contains(body, "DISABLED") {
			continue // the token would be refused from then on
		}
		got := s.do(method, target, body, "Idempotency-Key", fmt.Sprint("random-", i)) // validates the response
		if got.Status >= 500 || got.Status == http.StatusNotImplemented {
			t.Fatalf("%s %s %s: %d %s", method, target, body, got.Status, got.Body)
		}
		if strings.Contains(string(got.Body), "is required\"") || strings.Contains(string(got.Body), "not a known field") ||
			strings.Contains(string(got.Body), "is not supported") {
			if c.explained(got) == "" {
				t.Fatalf("%s %s %s: a valid request is refused: %s", method, target, body, got.Body)
			}
		}
		statuses[got.Status]++
		if got.Status < 300 {
			succeeded[id]++
			c.learn(path, got.Body)
			if method == "GET" && strings.Contains(string(got.Body), `"next_cursor":"`) {
				u, _ := url.Parse(target)
				q := u.Query()
				q.Set("cursor", got.cursor(t))
				next[id] = u.Path + "?" + q.Encode()
			}
		}
	}
	t.Log(statuses)
	for _, id := range ops {
		if succeeded[id] == 0 {
			t.Logf("%s never succeeded", id)
		}
	}
	require.Greater(t, len(succeeded), 85, "operations that succeeded")
	require.Greater(t, statuses[200], n/2)
}

// explained names the rule beyond the documents that a message is about.
func (c *caller) explained(got result) string {
	for _, rule := range []string{"spend_controls is required", "].limit_type is required", "].period_type is required", "].spend_type is required"} {
		if strings.Contains(string(got.Body), rule) {
			return rule
		}
	}
	return ""
}

// TestBadRequests breaks valid bodies in one place each: the response is a 400
// that names the place.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	h := newSandbox(t, brextest.WithSize(brextest.Size{Users: 2, Cards: 1, Expenses: 3, CardTransactions: 1}))
	docs, err := loadDocuments()
	require.NoError(t, err)
	c := &caller{Rand: rand.New(rand.NewPCG(3, 4)), known: map[string][]string{}}
	broken := 0
	for _, id := range brextest.Operations() {
		api, method, path := brextest.Route(id)
		op := docs[api].Paths.Value(path).GetOperation(method)
		if op.RequestBody == nil {
			continue
		}
		schema := op.RequestBody.Value.Content.Get("application/json").Schema
		for range 60 {
			_, body := c.request(op, path)
			if h.CheckBody(id, []byte(body)) != nil {
				continue // a rule beyond the documents
			}
			var v any
			require.NoError(t, json.Unmarshal([]byte(body), &v))
			place, unknown := c.breakOne(v.(map[string]any), "")
			if place == "" {
				continue
			}
			raw := js(v)
			if !unknown && schema.Value.VisitJSON(v, openapi3.VisitAsRequest(), openapi3.EnableFormatValidation()) == nil {
				continue // an optional member is gone, or null where it may be
			}
			err := h.CheckBody(id, []byte(raw))
			require.Error(t, err, "%s: %s broken at %s: %s", id, body, place, raw)
			named, _, _ := strings.Cut(err.Error(), " is ")
			require.True(t, strings.HasPrefix(place, "."+named) || strings.HasPrefix("."+named, place), "%s: %s broken at %s: %v", id, raw, place, err)
			if broken++; broken%5 == 0 {
				got := h.do(method, strings.NewReplacer("{", "", "}", "").Replace(path), raw, "Idempotency-Key", "k")
				want := http.StatusBadRequest
				if id == "reportAccountingExportResults" {
					want = http.StatusUnprocessableEntity // as its document says
				}
				require.Equal(t, want, got.Status, "%s %s", raw, got.Body)
			}
		}
	}
	require.Greater(t, broken, 1000)
}

// breakOne changes one member somewhere below o, and says where.
func (c *caller) breakOne(o map[string]any, path string) (place string, unknown bool) {
	keys := names(o)
	if len(keys) == 0 || c.IntN(8) == 0 {
		o["no_such_field"] = 1
		// Below a map any name is known; the sandbox wants texts there.
		return path + ".no_such_field", true
	}
	key := keys[c.IntN(len(keys))]
	place = path + "." + key
	if inner, ok := o[key].(map[string]any); ok && c.IntN(3) > 0 {
		return c.breakOne(inner, place)
	}
	if list, ok := o[key].([]any); ok && len(list) > 0 && c.IntN(2) == 0 {
		if inner, ok := list[0].(map[string]any); ok {
			return c.breakOne(inner, place+"[0]")
		}
	}
	switch c.IntN(4) {
	case 0:
		delete(o, key)
	case 1:
		o[key] = nil
	case 2:
		o[key] = []any{map[string]any{}}
	default:
		o[key] = "no such thing"
		if _, isText := o[key].(string); isText && c.IntN(2) == 0 {
			o[key] = 17
		}
	}
	return place, false
}
