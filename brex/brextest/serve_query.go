package brextest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/schema"
)

// param is one query parameter of an operation.
type param struct {
	name   string
	schema *schema.Schema
}

// query is the validated query of a call.
type query struct {
	values map[string][]string
	times  map[string]time.Time
}

// parseQuery checks a query against the parameters of the operation. Others are
// ignored, as Brex seems to do, or refused (WithStrictQuery).
func parseQuery(raw string, takes spec, cfg *config) (query, *problem) {
	q := query{}
	if raw == "" {
		return q, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, invalid("query")
	}
	for _, name := range sortedKeys(values) { // the first complaint must not depend on the map's order
		i := slices.IndexFunc(takes.params, func(p param) bool { return p.name == name })
		switch {
		case i < 0 && cfg.strictQuery:
			return q, badRequest("query parameter is not supported: " + printable(name))
		case i < 0:
			continue
		}
		// An empty value counts as not given: the parameters are all nullable.
		given := slices.DeleteFunc(values[name], func(s string) bool { return s == "" })
		if len(given) == 0 {
			continue
		}
		if p := q.take(takes.doc, &takes.params[i], given, cfg.strictZone); p != nil {
			return q, p
		}
	}
	return q, nil
}

// unknown are the names in a query that the operation does not have, sorted.
func (op *operation) unknown(values url.Values) (names []string) {
	if op == nil || op.spec == nil || len(values) == 0 {
		return nil
	}
	params := op.spec().params
	for _, name := range sortedKeys(values) {
		if !slices.ContainsFunc(params, func(p param) bool { return p.name == name }) {
			names = append(names, name)
		}
	}
	return names
}

func (q *query) take(doc *schema.Document, p *param, given []string, strictZone bool) *problem {
	if refused := p.check(doc, given, strictZone); refused != nil {
		return refused
	}
	if q.values == nil {
		q.values = map[string][]string{}
	}
	q.values[p.name] = given
	if p.schema.Format == "date-time" || p.schema.Format == formatMoment {
		if q.times == nil {
			q.times = map[string]time.Time{}
		}
		q.times[p.name], _ = parseMoment(given[0], strictZone)
	}
	return nil
}

// check holds the values of a parameter against its schema. runtime.BindQueryParameter would not do:
// it takes T for a flag and the first of several values, needs a variable of the right type where
// there is only a schema, and leaves its rules unchecked.
func (p *param) check(doc *schema.Document, given []string, strictZone bool) *problem {
	j := judge{doc: doc, strictZone: strictZone, at: fieldPath{p.name}}
	if p.schema.Type != "array" {
		if len(given) > 1 {
			return wrong(j.at, "it is given more than once")
		}
		return j.value(p.schema, literal(p.schema, given[0]))
	}
	refused := j.list(&schema.Schema{MinItems: p.schema.MinItems, MaxItems: p.schema.MaxItems}, make([]any, len(given)))
	for _, text := range given {
		if refused == nil {
			refused = j.value(p.schema.Items, literal(p.schema.Items, text))
		}
	}
	if refused != nil && p.name == expand {
		return badRequest("Unsupported entity expansion") // Brex's own words
	}
	return refused
}

// literal is the value that a text stands for: itself, when it is not what the schema wants.
func literal(s *schema.Schema, text string) any {
	switch {
	case s.Type == "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case s.Type == "boolean" && (text == "true" || text == "false"):
		return text == "true"
	}
	return text
}

// parseTime reads a date-time filter. Without a zone it is UTC.
func parseTime(s string, strictZone bool) (time.Time, bool) {
	// "+" is a space once the query is decoded, and few clients escape it.
	s = strings.Replace(s, " ", "+", 1)
	if t, err := time.Parse("2006-01-02T15:04:05.999999999", s); err == nil {
		return t, true
	}
	if strictZone {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err == nil
}

// parseMoment reads a filter that may also be a day.
func parseMoment(s string, strictZone bool) (time.Time, bool) {
	if t, ok := parseTime(s, strictZone); ok {
		return t, true
	}
	return parseDay(s)
}

func (q query) str(name string) string {
	if v := q.values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// set narrows a filter.
func (q *query) set(name, value string) {
	values := map[string][]string{name: {value}}
	for k, v := range q.values {
		if k != name {
			values[k] = v
		}
	}
	q.values = values
}

func (q query) all(name string) []string { return q.values[name] }

func (q query) flag(name string) bool { return q.str(name) == "true" }

// millis returns a date-time filter in milliseconds.
func (q query) millis(name string) (int64, bool) {
	t, ok := q.times[name]
	return t.UnixMilli(), ok
}

// int returns a number that parseQuery has checked, or fallback.
func (q query) int(name string, fallback int) int {
	n, err := strconv.Atoi(q.str(name))
	if err != nil {
		return fallback
	}
	return n
}

// filters is a digest of what a list was asked for, without the place in it.
func (q query) filters() string {
	names := make([]string, 0, len(q.values))
	for name := range q.values {
		if name != "cursor" && name != "limit" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		parts = append(parts, name)
		parts = append(parts, q.values[name]...)
		parts = append(parts, "")
	}
	return strconv.FormatUint(hash64(parts...), 36)
}

// printable keeps a client's text fit for an error message.
func printable(s string) string {
	if len(s) > 60 {
		s = s[:60]
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return '?'
		}
		return r
	}, s)
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func encodeHash(parts ...string) string { return strconv.FormatUint(hash64(parts...), 36) }
