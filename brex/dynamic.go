package brex

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/internal/schema"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// Operations lists every operation of the API, by API and path. The rows must not be changed.
func Operations() []*Operation { return slices.Clone(operations.All) }

var operationIndex = sync.OnceValue(func() map[string]*Operation {
	index := make(map[string]*Operation, 2*len(operations.All))
	for _, op := range operations.All {
		index[op.ID], index[op.Action] = op, op
	}
	return index
})

// LookupOperation finds an operation by its action name ("team/get_v2_users_by_id") or its operationId ("getUserById").
func LookupOperation(name string) (*Operation, bool) {
	op, ok := operationIndex()[name]
	return op, ok
}

// RequiredScopes is a smallest set of OAuth scopes that covers the operations, named as for Call: of scopes of which any one
// is enough, it takes one that serves others too, and a read-only one where that does.
func RequiredScopes(operationNames ...string) ([]string, error) {
	need := map[string]bool{}
	var open [][]string
	for _, name := range operationNames {
		op, ok := LookupOperation(name)
		switch {
		case !ok:
			return nil, unknownOperation(name)
		case len(op.Scopes) == 1:
			need[op.Scopes[0]] = true
		case len(op.Scopes) > 1:
			open = append(open, op.Scopes)
		}
	}
	covered := func(scopes []string) bool { return slices.ContainsFunc(scopes, func(s string) bool { return need[s] }) }
	for _, scopes := range open {
		if covered(scopes) {
			continue
		}
		pick := scopes[0]
		for _, s := range scopes {
			if strings.HasSuffix(s, ".readonly") || strings.HasSuffix(s, ".read") {
				pick = s
			}
		}
		need[pick] = true
	}
	return slices.Sorted(maps.Keys(need)), nil
}

// Call carries out any operation, named by its action ("team/get_v2_users_by_id") or operationId, and returns the answer as
// JSON, nil where the operation answers nothing. It is for programs that learn at run time what to call; everything else is
// better served by the typed services.
//
// params are the parameters by name: a map, a struct, or JSON. Path and query parameters stand under their own names, with or
// without the brackets of a list; the members of the request body stand beside them, or together under "body". They are
// checked against the operation's document before anything is sent. The call goes through the same pipeline as any other.
func (c *Client) Call(ctx context.Context, operation string, params any, opts ...CallOption) (json.RawMessage, error) {
	op, ok := LookupOperation(operation)
	if !ok {
		return nil, unknownOperation(operation)
	}
	req, err := dynamicRequest(op, params)
	if err != nil {
		return nil, (&call{op: op}).fail(OutcomeNotSent, err)
	}
	return c.callRaw(with(ctx, opts), req)
}

func (c *Client) callRaw(ctx context.Context, req *wire.Request) (json.RawMessage, error) {
	if req.Op.Result == "" {
		return nil, c.caller.Call(ctx, req, nil)
	}
	var raw json.RawMessage
	if err := c.caller.Call(ctx, req, &raw); err != nil {
		return nil, err
	}
	return raw, nil
}

// CallAll reads a list operation to its end and gives its items as JSON. Name and params are those of Call.
func (c *Client) CallAll(ctx context.Context, operation string, params any, opts ...CallOption) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		op, ok := LookupOperation(operation)
		if !ok {
			yield(nil, unknownOperation(operation))
			return
		}
		if !op.Paginated {
			yield(nil, (&call{op: op}).fail(OutcomeNotSent, usageError("%s is no list with pages; use Call", operation)))
			return
		}
		first, err := dynamicRequest(op, params)
		if err != nil {
			yield(nil, (&call{op: op}).fail(OutcomeNotSent, err))
			return
		}
		start, _ := first.Query.Lookup("cursor")
		list := func(ctx context.Context, cursor string) (*Page[json.RawMessage], error) {
			req := *first
			req.Query = first.Query.With("cursor", cursor)
			return wire.DoPage[json.RawMessage](with(ctx, opts), c.caller, &req)
		}
		items(pages(ctx, start, opts, list))(yield)
	}
}

func unknownOperation(name string) error {
	return usageError("%q is no operation; brex.Operations lists them, like getUserById or team/get_v2_users_by_id", name)
}

// dynamicRequest sorts the parameters into path, query and body, and checks them.
func dynamicRequest(op *Operation, params any) (*wire.Request, error) {
	given, err := paramMap(params)
	if err != nil {
		return nil, err
	}
	req := &wire.Request{Op: op}
	for _, p := range op.PathParams {
		v, ok := given[p.Name]
		if !ok {
			return nil, usageError("%s is missing; it must be the id of an object", p.Name)
		}
		delete(given, p.Name)
		id, ok := scalar(v)
		if !ok {
			return nil, usageError("%s must be a text", p.Name)
		}
		req.Path = append(req.Path, id)
	}
	for _, p := range op.Query {
		name := p.Name
		if _, ok := given[name]; !ok {
			if name = strings.TrimSuffix(name, "[]"); hasQuery(op, name) && name != p.Name {
				continue // listUsers has both email and email[]
			}
		}
		v, ok := given[name]
		if !ok || v == nil {
			delete(given, name)
			continue
		}
		delete(given, name)
		if err := addQuery(&req.Query, p, v); err != nil {
			return nil, err
		}
	}
	return req, addBody(req, given)
}

func hasQuery(op *Operation, name string) bool {
	return slices.ContainsFunc(op.Query, func(p wire.Param) bool { return p.Name == name })
}

func paramMap(params any) (map[string]any, error) {
	var text []byte
	switch p := params.(type) {
	case nil:
		return map[string]any{}, nil
	case json.RawMessage:
		text = p
	case []byte:
		text = p
	default:
		var err error
		if text, err = json.Marshal(params); err != nil {
			return nil, usageError("the parameters cannot be encoded: %v", err)
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil || dec.More() {
		return nil, usageError("the parameters must be one JSON object, by name")
	}
	if m == nil {
		m = map[string]any{}
	}
	return m, nil
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

func addQuery(q *wire.Query, p wire.Param, v any) error {
	if kind, isList := strings.CutPrefix(p.Type, "[]"); isList {
		values, ok := v.([]any)
		if !ok {
			values = []any{v}
		}
		for _, item := range values {
			if err := addQuery(q, wire.Param{Name: p.Name, Type: kind}, item); err != nil {
				return err
			}
		}
		return nil
	}
	text, ok := scalar(v)
	switch p.Type {
	case "object":
		object, isObject := v.(map[string]any)
		if !isObject {
			return usageError("%s must be an object", p.Name)
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if err := addQuery(q, wire.Param{Name: p.Name + "[" + name + "]", Type: "string"}, object[name]); err != nil {
				return err
			}
		}
		return nil
	case "integer":
		if _, err := strconv.ParseInt(text, 10, 64); !ok || err != nil {
			return usageError("%s must be a whole number", p.Name)
		}
	case "boolean":
		if text != "true" && text != "false" {
			return usageError("%s must be true or false", p.Name)
		}
	case "date-time":
		at, err := parseTime(text)
		if !ok || err != nil {
			return usageError("%s must be a time like 2026-11-01T12:00:00Z", p.Name)
		}
		q.Time(p.Name, at)
		return nil
	}
	if !ok {
		return usageError("%s must be a text", p.Name)
	}
	q.String(p.Name, text)
	return nil
}

func parseTime(s string) (time.Time, error) {
	var t wire.Time
	quoted, err := json.Marshal(s)
	if err != nil {
		return time.Time{}, err
	}
	if err := t.UnmarshalJSON(quoted); err == nil && !t.IsZero() {
		return t.Time, nil
	}
	d, err := wire.ParseDate(s)
	return d.In(time.UTC), err
}

// addBody takes the rest of the parameters as the body, or what stands under "body".
func addBody(req *wire.Request, rest map[string]any) error {
	doc, err := schema.Load(req.Op.API)
	if err != nil {
		return err
	}
	s := doc.Body(req.Op)
	if s == nil {
		if len(rest) > 0 {
			return usageError("%s is no parameter of %s; it takes %s", slices.Sorted(maps.Keys(rest))[0], req.Op.ID, parameterNames(req.Op))
		}
		return nil
	}
	var body any = rest
	if wrapped, ok := rest["body"]; ok {
		if len(rest) > 1 {
			delete(rest, "body")
			return usageError("%s stands beside body; put every member of the body inside it", slices.Sorted(maps.Keys(rest))[0])
		}
		body = wrapped
	}
	if err := doc.Check(body, s); err != nil {
		return usageError("%v", err)
	}
	req.Body = body
	return nil
}

func parameterNames(op *Operation) string {
	var names []string
	for _, p := range append(slices.Clone(op.PathParams), op.Query...) {
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return fmt.Sprint(strings.Join(names, ", "))
}
