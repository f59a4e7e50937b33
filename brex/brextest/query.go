package brextest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

type paramKind uint8

const (
	asText paramKind = iota
	asInt
	asBool
	asTime
	asMoment // a date-time or a date
)

// param is one query parameter of an operation.
type param struct {
	name string
	kind paramKind
	many bool
	enum []string // when only these are known
	min  int      // of a limit
	max  int
}

// query is the validated query of a call.
type query struct {
	values map[string][]string
	times  map[string]time.Time
}

// parseQuery holds a query against the parameters of the operation: Brex
// answers 400 to what it does not know.
func parseQuery(raw string, params []param, strictZone bool) (query, *problem) {
	q := query{}
	if raw == "" {
		return q, nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return q, invalid("query")
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the first complaint must not depend on the map's order
	for _, name := range names {
		i := slices.IndexFunc(params, func(p param) bool { return p.name == name })
		if i < 0 {
			return q, badRequest("query parameter is not supported: " + printable(name))
		}
		// An empty value counts as not given: the parameters are all nullable.
		given := slices.DeleteFunc(values[name], func(s string) bool { return s == "" })
		if len(given) == 0 {
			continue
		}
		if p := q.take(&params[i], given, strictZone); p != nil {
			return q, p
		}
	}
	return q, nil
}

func (q *query) take(p *param, given []string, strictZone bool) *problem {
	if len(given) > 1 && !p.many {
		return invalid(p.name)
	}
	for _, s := range given {
		switch p.kind {
		case asInt:
			if n, err := strconv.ParseInt(s, 10, 32); err != nil || n < int64(p.min) || n > int64(p.max) {
				return invalid(p.name)
			}
		case asBool:
			if s != "true" && s != "false" {
				return invalid(p.name)
			}
		case asTime, asMoment:
			t, ok := parseTime(s, strictZone)
			if !ok && p.kind == asMoment {
				t, ok = parseDay(s)
			}
			if !ok {
				return invalid(p.name)
			}
			if q.times == nil {
				q.times = map[string]time.Time{}
			}
			q.times[p.name] = t
		case asText:
			if p.enum != nil && !slices.Contains(p.enum, s) {
				return invalid(p.name)
			}
		}
	}
	if q.values == nil {
		q.values = map[string][]string{}
	}
	q.values[p.name] = given
	return nil
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
