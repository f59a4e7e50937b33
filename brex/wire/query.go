package wire

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Layouts of date-time values in queries. Brex's own examples carry no zone; whether one is
// accepted is not documented.
const (
	LayoutLocal = "2006-01-02T15:04:05.999"  // UTC, written without a zone
	LayoutZoned = "2006-01-02T15:04:05.999Z" // UTC, with its zone
)

// Query collects the query parameters of a request in the order the document lists them. A zero
// value adds nothing, so an empty filter is never sent. Date-times are rendered last, in the layout
// the client is set to.
type Query struct{ pairs []pair }

type pair struct {
	name, value string
	at          time.Time // instead of value when not zero
}

// String adds a parameter unless value is empty.
func (q *Query) String(name, value string) {
	if value != "" {
		q.pairs = append(q.pairs, pair{name: name, value: value})
	}
}

// Int adds a parameter unless value is zero.
func (q *Query) Int(name string, value int) {
	if value != 0 {
		q.pairs = append(q.pairs, pair{name: name, value: strconv.Itoa(value)})
	}
}

// Bool adds a parameter when value is true; for every flag of the API that is sent this way, false
// is the default.
func (q *Query) Bool(name string, value bool) {
	if value {
		q.pairs = append(q.pairs, pair{name: name, value: "true"})
	}
}

// OptionalBool adds a parameter unless value is nil.
func (q *Query) OptionalBool(name string, value *bool) {
	if value != nil {
		q.pairs = append(q.pairs, pair{name: name, value: strconv.FormatBool(*value)})
	}
}

// Time adds a date-time parameter unless it is the zero time.
func (q *Query) Time(name string, value time.Time) {
	if !value.IsZero() {
		q.pairs = append(q.pairs, pair{name: name, at: value})
	}
}

// Strings adds one parameter per value under the same name, the way Brex reads arrays.
func Strings[T ~string](q *Query, name string, values []T) {
	for _, v := range values {
		q.pairs = append(q.pairs, pair{name: name, value: string(v)})
	}
}

// Len returns the number of pairs of name and value.
func (q *Query) Len() int { return len(q.pairs) }

// Lookup returns the first value of name, a date-time in LayoutZoned, and whether there is one.
func (q *Query) Lookup(name string) (string, bool) {
	for _, p := range q.pairs {
		if p.name == name {
			return p.text(LayoutZoned), true
		}
	}
	return "", false
}

// With returns a copy of the query in which name has only this value, or none if value is empty.
func (q *Query) With(name, value string) Query {
	out := Query{pairs: make([]pair, 0, len(q.pairs)+1)}
	for _, p := range q.pairs {
		if p.name != name {
			out.pairs = append(out.pairs, p)
		}
	}
	out.String(name, value)
	return out
}

// Encode returns the encoded query, with date-times in the layout, LayoutLocal or LayoutZoned.
func (q *Query) Encode(layout string) string {
	if len(q.pairs) == 0 {
		return ""
	}
	var b strings.Builder
	for i, p := range q.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.text(layout)))
	}
	return b.String()
}

func (p pair) text(layout string) string {
	if p.at.IsZero() {
		return p.value
	}
	return p.at.UTC().Format(layout)
}
