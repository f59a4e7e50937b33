package brextest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// caller makes up requests from the documents.
type caller struct {
	*rand.Rand
	known map[string][]string // ids met so far, by the name of what they are ids of
}

// relations say which objects a member names, where its name does not.
var relations = map[string]string{"manager_id": "user", "owner_user_ids": "user", "member_user_ids": "user", "user_ids": "user",
	"parent_budget_id": "budget", "existing_budget_ids": "spend_limit", "originating_account": "cash", "receiving_account": "cash",
	"legal_entity_id": "legal_entitie", "entity_id": "legal_entitie", "payment_instrument_id": "instrument", "accounting_record_id": "record",
	"document_id": "document", "group_id": "group"}

// value makes a valid value of a schema; path are the names above it.
func (c *caller) value(ref *openapi3.SchemaRef, path ...string) any {
	s := ref.Value
	if s.Nullable && c.IntN(6) == 0 {
		return nil
	}
	switch {
	case len(s.AllOf) == 1 && len(s.Properties) == 0:
		return c.value(s.AllOf[0], path...)
	case len(s.OneOf) > 0:
		one := s.OneOf[c.IntN(len(s.OneOf))]
		v := c.value(one, path...)
		if o, ok := v.(map[string]any); ok && s.Discriminator != nil {
			for name, target := range s.Discriminator.Mapping {
				if target.Ref == one.Ref {
					o[s.Discriminator.PropertyName] = name
				}
			}
		}
		return v
	case s.Type.Is("array"):
		most := 3
		if s.MaxItems != nil {
			most = min(most, int(*s.MaxItems))
		}
		list := []any{}
		for range int(s.MinItems) + c.IntN(most-int(s.MinItems)+1) {
			list = append(list, c.value(s.Items, path...))
		}
		return list
	case s.Type.Is("boolean"):
		return c.IntN(2) == 0
	case s.Type.Is("integer"), s.Type.Is("number"):
		low, high := 0.0, 100_000.0
		if s.Min != nil {
			low = *s.Min
		}
		if s.Max != nil {
			high = *s.Max
		}
		n := low + float64(c.Int64N(int64(high-low)+1))
		if s.Type.Is("number") && n < high {
			n += 0.5
		}
		return n
	case s.Type.Is("string"):
		return c.text(s, path)
	case s.AdditionalProperties.Schema != nil:
		return map[string]any{"k": c.value(s.AdditionalProperties.Schema, path...)}
	}
	o := map[string]any{}
	for _, name := range names(s.Properties) {
		if slices.Contains(s.Required, name) || c.IntN(2) == 0 {
			o[name] = c.value(s.Properties[name], append(path[:len(path):len(path)], name)...)
		}
	}
	return o
}

// names sorts, so that the same numbers make the same requests.
func names[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for name := range m {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}

func (c *caller) text(s *openapi3.Schema, path []string) string {
	name := ""
	if len(path) > 0 {
		name = strings.TrimSuffix(path[len(path)-1], "[]")
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[c.IntN(len(s.Enum))].(string)
	case s.Format == "date":
		return fmt.Sprintf("20%02d-%02d-%02d", 20+c.IntN(10), 1+c.IntN(12), 1+c.IntN(28))
	case s.Format == "date-time":
		return fmt.Sprintf("20%02d-%02d-01T%02d:00:00Z", 24+c.IntN(4), 1+c.IntN(12), c.IntN(24))
	case s.Format == "email":
		return fmt.Sprintf("u%d@x.example", c.IntN(1e9))
	case name == "routing_number":
		return "021000021"
	case name == "url":
		return "https://hooks.x.example/a"
	case name == "currency":
		return "USD"
	case name == "id" && len(path) > 1:
		name = path[len(path)-2] // as in originating_account.id
	}
	kind := relations[name]
	if kind == "" {
		kind = strings.TrimSuffix(name, "_id")
	}
	if ids := c.known[kind]; len(ids) > 0 && c.IntN(10) > 0 {
		return ids[c.IntN(len(ids))]
	}
	text := fmt.Sprintf("%s %d", name, c.IntN(1000))
	if s.MaxLength != nil && len(text) > int(*s.MaxLength) {
		text = text[:*s.MaxLength]
	}
	return text + strings.Repeat("9", max(0, int(s.MinLength)-len(text)))
}

// request makes up the target and the body of a call.
func (c *caller) request(op *openapi3.Operation, path string) (target, body string) {
	target = path
	query := url.Values{}
	for _, ref := range op.Parameters {
		p := ref.Value
		switch {
		case p.In == "path":
			parts := strings.Split(strings.Split(path, "/{"+p.Name+"}")[0], "/")
			kind := strings.TrimSuffix(parts[len(parts)-1], "s")
			id := c.text(&openapi3.Schema{}, []string{kind + "_id"})
			target = strings.Replace(target, "{"+p.Name+"}", url.PathEscape(id), 1)
		case p.In != "query" || p.Name == "cursor" || p.Name == "expand[]" || c.IntN(3) > 0:
		case p.Style == "deepObject":
			query.Set(p.Name+"[gte]", "2026-01-01")
		case p.Name == "limit":
			query.Set("limit", fmt.Sprint(1+c.IntN(7)))
		default:
			v := c.value(p.Schema, p.Name)
			list, many := v.([]any)
			if !many {
				list = []any{v}
			}
			for _, v := range list {
				if v != nil {
					query.Add(p.Name, fmt.Sprint(v))
				}
			}
		}
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	if op.RequestBody != nil {
		schema := op.RequestBody.Value.Content.Get("application/json").Schema
		v := c.value(schema)
		for v == nil {
			v = c.value(schema)
		}
		body = js(v)
	}
	return target, body
}

// learn remembers the ids of an answer by the collection they come from.
func (c *caller) learn(path string, body []byte) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) < 2 {
		return
	}
	kind := strings.TrimSuffix(parts[1], "s")
	for _, part := range parts[2:] {
		if !strings.HasPrefix(part, "{") {
			kind = strings.TrimSuffix(part, "s")
		}
	}
	kind = strings.TrimSuffix(kind, "_upload")
	var whole map[string]any
	if json.Unmarshal(body, &whole) != nil {
		return
	}
	items, list := whole["items"].([]any)
	if !list {
		items = []any{whole}
	}
	for _, item := range items {
		o, _ := item.(map[string]any)
		if id := idOf(o); id != "" {
			c.know(kind, id)
		}
		accounts, _ := o["payment_accounts"].([]any)
		for _, a := range accounts {
			details := a.(map[string]any)["details"].(map[string]any)
			c.know("instrument", details["payment_instrument_id"].(string))
		}
	}
}

func (c *caller) know(kind, id string) {
	list := c.known[kind]
	switch {
	case slices.Contains(list, id):
	case len(list) < 30:
		c.known[kind] = append(list, id)
	default:
		list[c.IntN(len(list))] = id
	}
}

// TestRandomRequests sends 10,000 requests that the documents allow, fewer
// with the race detector: no answer is a 5xx, every success is what the
// documents say, and everything else has the shape of an error.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	n := 10_000
	if raceEnabled {
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
		got := s.do(method, target, body, "Idempotency-Key", fmt.Sprint("random-", i)) // validates the answer
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

// TestBadRequests breaks valid bodies in one place each: the answer is a 400
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
			require.NotEmpty(t, err.Error())
			broken++
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
