package brex

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/brex/wire"
)

// dynamicRequest sorts the parameters of a dynamic call into path, query and body, and checks them.
func (c *Client) dynamicRequest(op *Operation, params any) (*wire.Request, error) {
	return (&dynamic{req: &wire.Request{Op: op}, lenient: c.caller.cfg.noValidation}).sort(params)
}

// dynamic is a request that is made of parameters by name.
type dynamic struct {
	req     *wire.Request
	lenient bool           // what no document knows may pass
	given   map[string]any // what has no place yet
}

func (d *dynamic) sort(params any) (_ *wire.Request, err error) {
	if d.given, err = paramMap(params); err != nil {
		return nil, err
	}
	op := d.req.Op
	for _, p := range op.PathParams {
		v, ok := d.take(p.Name)
		if !ok {
			return nil, usageError("%s is missing; it must be the id of an object. %s takes %s", p.Name, op.ID, parameterNames(op))
		}
		id, ok := scalar(v)
		if !ok {
			return nil, usageError("%s must be a string", p.Name)
		}
		d.req.Path = append(d.req.Path, id)
	}
	for _, p := range op.Query {
		v, ok := d.take(p.Name)
		if short := strings.TrimSuffix(p.Name, "[]"); short != p.Name && !hasQuery(op, short) { // listUsers has both email and email[]
			other, both := d.take(short)
			switch {
			case ok && both:
				return nil, usageError("%s is given twice, as %s and as %s", short, short, p.Name)
			case both:
				v, ok = other, true
			}
		}
		if !ok || v == nil {
			continue
		}
		if err := d.addQuery(p, v); err != nil {
			return nil, err
		}
	}
	return d.req, d.addBody()
}

// take takes a parameter out of those given.
func (d *dynamic) take(name string) (any, bool) {
	v, ok := d.given[name]
	delete(d.given, name)
	return v, ok
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
	case string:
		text = []byte(p)
	default:
		var err error
		if text, err = json.Marshal(params); err != nil {
			return nil, usageError("the parameters cannot be encoded: %v", err)
		}
	}
	m := map[string]any{}
	if len(bytes.TrimSpace(text)) == 0 {
		return m, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // whole numbers beyond 2^53 stay what they are
	if err := dec.Decode(&m); err != nil {
		return nil, usageError("the parameters must be one JSON object, by name")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, usageError("the parameters must be one JSON object, and nothing after it")
	}
	if name := schema.RepeatedMember(text); name != "" {
		return nil, usageError("the parameters give %q twice in one object; which one is meant?", name)
	}
	if m == nil { // null
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

func (d *dynamic) addQuery(p wire.Param, v any) error {
	q := &d.req.Query
	if kind, isList := strings.CutPrefix(p.Type, "[]"); isList {
		values, ok := v.([]any)
		if !ok {
			values = []any{v}
		}
		for _, item := range values {
			if err := d.addQuery(wire.Param{Name: p.Name, Type: kind, Enum: p.Enum}, item); err != nil {
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
			if err := d.addQuery(wire.Param{Name: p.Name + "[" + name + "]", Type: "string"}, object[name]); err != nil {
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
	switch {
	case !ok:
		return usageError("%s must be a string", p.Name)
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, text) && !d.lenient:
		return usageError("%s is %q; it must be one of %s", p.Name, text, strings.Join(p.Enum, ", "))
	}
	q.String(p.Name, text)
	return nil
}

func parseTime(s string) (time.Time, error) {
	t, err := wire.ParseTime(s)
	return t.Time, err
}

// addBody takes the rest of the parameters as the body, or what stands under "body".
func (d *dynamic) addBody() error {
	op := d.req.Op
	if op.Body == "" {
		if len(d.given) > 0 {
			return usageError("%s is not a parameter of %s; it takes %s", slices.Sorted(maps.Keys(d.given))[0], op.ID, parameterNames(op))
		}
		return nil
	}
	d.req.Body = d.given
	if body, ok := d.take("body"); ok {
		if len(d.given) > 0 {
			return usageError("%s stands beside body; put every member of the body inside it", slices.Sorted(maps.Keys(d.given))[0])
		}
		d.req.Body = body
	}
	if d.lenient {
		return nil
	}
	doc, err := schema.Load(op.API)
	if err != nil {
		return err
	}
	if err := doc.Check(d.req.Body, doc.Body(op)); err != nil {
		return usageError("%v", err)
	}
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
	return strings.Join(names, ", ")
}
