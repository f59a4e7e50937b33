package mirror

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

type childTable = wire.ChildTable

// rows makes rows of the objects of one stream.
type rows struct {
	table   *Table
	privacy *privacy
	filter  *filter
	keys    []int // places of the key columns
	mark    int   // place of the watermark's column, if there is one
	version int   // place of the column of the last change, -1 for none
	age     int   // place of the column that says how old a row is, -1 for none
	misfits map[string]int
}

func newRows(t *Table, p *privacy) *rows {
	r := &rows{table: t, privacy: p, filter: p.filterOf(t), version: -1, age: -1, misfits: map[string]int{}}
	place := func(name string) int {
		return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	}
	for _, name := range t.Key {
		r.keys = append(r.keys, place(name))
	}
	if w := t.Watermark; w != nil {
		if r.mark = place(w.Column); !w.Days {
			r.version = r.mark
		}
	}
	if t.Age != "" {
		r.age = place(t.Age)
	}
	return r
}

// row makes the row of an object; parent is the key of the object that its list was read for. It is nil for a row that is about a
// user who is to be forgotten.
func (r *rows) row(raw json.RawMessage, parent string) (*Row, error) {
	var object map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil || object == nil {
		return nil, fmt.Errorf("mirror: %s: an item of the list is not a JSON object", r.table.Name)
	}
	r.privacy.apply(object, r.filter)
	row := &Row{Values: make([]any, len(r.table.Columns))}
	r.fill(row.Values, object, r.table.Columns, r.table.Name, parent)
	if len(r.privacy.forgotten) > 0 {
		if r.privacy.about(r.table, row) {
			return nil, nil
		}
		r.privacy.scrub(object)
		r.fill(row.Values, object, r.table.Columns, r.table.Name, parent)
	}
	for _, i := range r.keys {
		s, _ := row.Values[i].(string)
		if s == "" {
			return nil, fmt.Errorf("mirror: %s: an item of the list has no %s", r.table.Name, r.table.Columns[i].Name)
		}
		row.Key = append(row.Key, s)
	}
	if r.version >= 0 {
		row.Version, _ = row.Values[r.version].(time.Time)
	}
	for _, child := range r.table.Children {
		row.Children = append(row.Children, r.children(child, object))
	}
	var err error
	row.Raw, err = encode(object)
	return row, err
}

func (r *rows) children(child childTable, object map[string]any) [][]any {
	elements, _ := lookup(object, child.Path).([]any)
	var all [][]any
	for _, e := range elements {
		if o, ok := e.(map[string]any); ok {
			values := make([]any, len(child.Columns))
			r.fill(values, o, child.Columns, child.Name, "")
			all = append(all, values)
		}
	}
	return all
}

// fill reads the values of the columns off an object. A value of another type than documented is null in its column, counted, and
// still there in _raw.
func (r *rows) fill(values []any, object map[string]any, columns []Column, table, parent string) {
	for i := range columns {
		c := &columns[i]
		if len(c.Path) == 0 {
			values[i] = parent
			continue
		}
		v := lookup(object, c.Path)
		var fits bool
		if values[i], fits = convert(v, c.Type); !fits {
			r.misfits[table+"."+c.Name]++
		}
	}
	usd(values, columns)
}

// usd writes the currency of amounts that have none: Brex means USD.
func usd(values []any, columns []Column) {
	for i := range columns {
		if columns[i].Currency != "" && values[i] != nil && i+1 < len(columns) && values[i+1] == nil {
			values[i+1] = string(money.USD)
		}
	}
}

func lookup(object map[string]any, path []string) any {
	var v any = object
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// convert makes a value of the column's type; nil, false where the value is another.
func convert(v any, to wire.ColumnType) (value any, fits bool) {
	if v == nil {
		return nil, true
	}
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch to {
	case wire.ColumnJSON:
		b, err := encode(v)
		return b, err == nil
	case wire.ColumnBoolean:
		b, ok := v.(bool)
		if !ok {
			return nil, false
		}
		return b, true
	case wire.ColumnString:
		if isNumber {
			return number.String(), true
		}
		if !isText {
			return nil, false
		}
		return text, true
	case wire.ColumnInteger:
		n, err := number.Int64()
		if !isNumber || err != nil {
			return nil, false
		}
		return n, true
	case wire.ColumnDecimal:
		if isNumber {
			text = number.String()
		}
		return decimal(text)
	}
	if !isText {
		return nil, false
	}
	if text == "" {
		return nil, true
	}
	return instant(text, to)
}

// decimal writes a number out without an exponent.
func decimal(text string) (any, bool) {
	d, err := money.ParseDecimal(text)
	if err != nil {
		return nil, false
	}
	return d.String(), true
}

func instant(text string, to wire.ColumnType) (any, bool) {
	if to == wire.ColumnDate {
		d, err := wire.ParseDate(text)
		if err != nil {
			return nil, false
		}
		return d.String(), true
	}
	var t wire.Time
	quoted, err := json.Marshal(text)
	if err != nil || t.UnmarshalJSON(quoted) != nil || t.IsZero() {
		return nil, false
	}
	return t.Time.UTC(), true
}

// encode writes JSON with sorted members, and nothing escaped that need not be.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// keyText is a key as one string, for maps.
func keyText(key []string) string { return strings.Join(key, "\x00") }
