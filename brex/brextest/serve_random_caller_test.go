package brextest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
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
	"document_id": "document", "brex_id": "value", "counterparty": "linked_account", "parent_expense_id": "expense", "group_id": "group"}

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
			kind := strings.TrimSuffix(p.Name, "_id")
			if p.Name == "id" || p.Name == "brex_id" {
				kind = kindOf(strings.Split(path, "/{"+p.Name+"}")[0])
			}
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

// kindOf names what a path is about: the collection that it ends in.
func kindOf(path string) string {
	kind := ""
	for _, part := range strings.Split(path, "/") {
		if part != "" && !strings.HasPrefix(part, "{") {
			kind = strings.TrimSuffix(part, "s")
		}
	}
	for prefix, name := range map[string]string{"/v1/expenses": "expense", "/v1/budgets": "spend_limit", "/v2/transactions/card": "transaction",
		"/v2/cards": "card", "/v1/users": "user"} {
		if strings.HasPrefix(path, prefix) {
			kind = name
		}
	}
	return strings.TrimSuffix(kind, "_upload")
}

// learn remembers the ids of a response by the collection they come from.
func (c *caller) learn(path string, body []byte) {
	kind := kindOf(path)
	if strings.HasPrefix(path, "/v2/transactions") {
		return
	}
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
			account, _ := a.(map[string]any) // loaded data may hold anything
			details, _ := account["details"].(map[string]any)
			if id, _ := details["payment_instrument_id"].(string); id != "" {
				c.know("instrument", id)
			}
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
