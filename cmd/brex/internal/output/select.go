package output

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

func (o Options) selects() bool { return len(o.Columns) > 0 || o.Sort != "" || o.Query != nil }

// NeedsRaw reports whether a Printer with these options needs the raw objects beside the rows.
func (o Options) NeedsRaw() bool { return o.Format.Raw() || o.selects() }

// selection holds a list until its end, to sort it, to choose members of it or to run a query over it.
type selection struct {
	w       io.Writer
	o       Options
	columns []heading
	rows    [][]cell
	raw     []json.RawMessage
}

func (s *selection) page(rows [][]cell, raw []json.RawMessage) error {
	if s.raw == nil {
		s.raw = []json.RawMessage{} // there was a page: an empty list is printed as one
	}
	s.rows, s.raw = append(s.rows, rows...), append(s.raw, raw...)
	return nil
}

func (s *selection) close() error {
	if s.raw == nil {
		return nil
	}
	values := make([]any, len(s.raw))
	for i, object := range s.raw {
		v, err := decode(object, s.o.ShowSecrets)
		if err != nil {
			return err
		}
		values[i] = v
	}
	if s.o.Sort != "" {
		s.sort(values)
	}
	rest := s.o
	rest.Columns, rest.Sort, rest.Query = nil, "", nil
	switch {
	case s.o.Query != nil && s.o.Format == JSONL:
		for _, v := range values {
			if err := runQuery(s.w, s.o, v); err != nil {
				return err
			}
		}
		return nil
	case s.o.Query != nil:
		return runQuery(s.w, s.o, any(values))
	case len(s.o.Columns) == 0:
		p := newSink(s.w, rest, s.columns)
		return errors.Join(p.page(s.rows, s.raw), p.close())
	case s.o.Format.Raw():
		p := newSink(s.w, rest, nil)
		return errors.Join(p.page(nil, chosen(values, s.o.Columns)), p.close())
	}
	p := NewPrinter(s.w, rest, pathColumns(values, s.o.Columns))
	return errors.Join(p.Page(values, nil), p.Close())
}

// sort sorts rows, raw objects and their values alike; rows without the member come last.
func (s *selection) sort(values []any) {
	path, down := strings.CutPrefix(s.o.Sort, "-")
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := at(values[i], path), at(values[j], path)
		switch {
		case a == nil || b == nil:
			return cmp.Compare(missing(a), missing(b))
		case down:
			return -compare(a, b)
		}
		return compare(a, b)
	})
	rows, raw, old := slices.Clone(s.rows), slices.Clone(s.raw), slices.Clone(values)
	for to, from := range order {
		values[to], s.raw[to] = old[from], raw[from]
		if len(rows) > 0 {
			s.rows[to] = rows[from]
		}
	}
}

func missing(v any) int {
	if v == nil {
		return 1
	}
	return 0
}

// compare orders two values: amounts by their number within a currency, numbers by their size, the rest as strings.
func compare(a, b any) int {
	if m, n := asMoney(a), asMoney(b); m != nil && n != nil {
		return cmp.Or(cmp.Compare(m.Currency, n.Currency), m.Decimal().Cmp(n.Decimal()))
	}
	if x, ok := a.(json.Number); ok {
		if y, ok := b.(json.Number); ok {
			return gojq.Compare(x, y)
		}
	}
	return cmp.Compare(words(a), words(b))
}

// decode reads an object, without its secrets unless they are to be shown; numbers stay as they are written.
func decode(raw json.RawMessage, show bool) (v any, err error) {
	line, err := JSONLine(raw, show)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// at is what stands at a dotted place; nil where nothing does.
func at(v any, path string) any {
	for _, step := range strings.Split(path, ".") {
		o, _ := v.(map[string]any)
		v = o[step]
	}
	return v
}

// asMoney reads an amount with its currency; nil where the value is not one.
func asMoney(v any) *money.Money {
	o, ok := v.(map[string]any)
	if !ok || len(o) != 2 {
		return nil
	}
	n, isNumber := o["amount"].(json.Number)
	currency, isString := o["currency"].(string)
	var amount wire.Integer
	if !isNumber || !isString || amount.UnmarshalJSON([]byte(n)) != nil {
		return nil
	}
	return &money.Money{Amount: int64(amount), Currency: money.Currency(currency)}
}

// words is a value in a column: a string as it is, anything else as JSON.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	text, _ := json.Marshal(v) // it was decoded from JSON
	return string(text)
}

// pathColumns are columns of dotted members. One in which an amount stands is a column of amounts.
func pathColumns(values []any, paths []string) []Column[any] {
	columns := make([]Column[any], len(paths))
	for i, path := range paths {
		amounts := slices.ContainsFunc(values, func(v any) bool { return asMoney(at(v, path)) != nil })
		if amounts {
			columns[i] = Amount(path, func(v any) *money.Money { return asMoney(at(v, path)) })
		} else {
			columns[i] = Long(Text(path, func(v any) string { return words(at(v, path)) }))
		}
	}
	return columns
}

// chosen are objects with some members only, under their dotted names.
func chosen(values []any, paths []string) []json.RawMessage {
	all := make([]json.RawMessage, len(values))
	for i, v := range values {
		var b bytes.Buffer
		for j, path := range paths {
			name, _ := json.Marshal(path)
			value, _ := json.Marshal(at(v, path)) // it was decoded from JSON
			b.WriteString(map[bool]string{true: "{", false: ","}[j == 0])
			b.Write(name)
			b.WriteByte(':')
			b.Write(value)
		}
		b.WriteByte('}')
		all[i] = b.Bytes()
	}
	return all
}

// runQuery prints what a jq program makes of a value: strings as they are, anything else as JSON, each on a line.
func runQuery(w io.Writer, o Options, v any) error {
	b := bufio.NewWriter(w)
	ctx := o.Done
	if ctx == nil {
		ctx = context.Background()
	}
	results := o.Query.RunWithContext(ctx, v)
	for {
		result, ok := results.Next()
		if !ok {
			return b.Flush()
		}
		if err, isErr := result.(error); isErr {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return b.Flush()
			}
			return errors.Join(b.Flush(), fmt.Errorf("--jq: %w", err))
		}
		if s, isString := result.(string); isString {
			_, _ = b.WriteString(Clean(s) + "\n") // a bufio.Writer reports its errors at Flush
			continue
		}
		text, err := gojq.Marshal(result)
		if err != nil {
			return fmt.Errorf("--jq: %w", err)
		}
		_, _ = b.Write(append(cleanJSON(text), '\n'))
	}
}

// selectObject is Object with a choice of members or a query.
func selectObject(w io.Writer, o Options, columns []heading, row []cell, raw json.RawMessage) error {
	v, err := decode(raw, o.ShowSecrets)
	rest := o
	rest.Columns, rest.Sort, rest.Query = nil, "", nil
	switch {
	case err != nil:
		return err
	case o.Query != nil:
		return runQuery(w, o, v)
	case len(o.Columns) == 0:
		return printObject(w, rest, columns, row, raw)
	case o.Format.Raw():
		return Object[any](w, rest, nil, v, chosen([]any{v}, o.Columns)[0])
	}
	return Object(w, rest, pathColumns([]any{v}, o.Columns), v, raw)
}
