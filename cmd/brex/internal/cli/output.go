package cli

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// format is the value of --output.
type format string

const (
	formatTable format = "table"
	formatJSON  format = "json"
	formatJSONL format = "jsonl"
	formatCSV   format = "csv"
)

var formats = []string{string(formatTable), string(formatJSON), string(formatJSONL), string(formatCSV)}

func (f *format) String() string { return string(*f) }
func (f *format) Type() string   { return "format" }
func (f *format) Set(s string) error {
	if !slices.Contains(formats, s) {
		return badValue(`is one of ` + strings.Join(formats, ", "))
	}
	*f = format(s)
	return nil
}

// raw is true for the formats that show objects as Brex answered them.
func (f format) raw() bool { return f == formatJSON || f == formatJSONL }

// printer writes a list page by page. Nothing is written before the first page, so that a call that fails leaves no empty
// result behind. After close, the output is complete in its format, whatever happened before.
type printer interface {
	page(rows [][]cell, raw []json.RawMessage) error
	close() error
}

func (a *App) printer(columns []heading) printer {
	w := bufio.NewWriterSize(stdout{a.Stdout}, 64<<10)
	switch a.flags.output {
	case formatJSON:
		return &jsonPrinter{w: w, show: a.flags.showSecrets, array: true}
	case formatJSONL:
		return &jsonPrinter{w: w, show: a.flags.showSecrets}
	case formatCSV:
		return &csvPrinter{w: w, csv: csv.NewWriter(w), columns: columns, show: a.flags.showSecrets, unguarded: a.flags.rawCSV}
	}
	return &tablePrinter{w: w, columns: columns, show: a.flags.showSecrets}
}

// jsonPrinter writes objects as Brex answered them, each on a line of its own; array puts them into one array.
type jsonPrinter struct {
	w     *bufio.Writer
	show  bool
	array bool
	open  bool
	rows  bool
}

func (p *jsonPrinter) page(_ [][]cell, raw []json.RawMessage) error {
	if p.array && !p.open {
		_ = p.w.WriteByte('[') // a bufio.Writer reports its errors at Flush
	}
	p.open = true
	for _, object := range raw {
		line, err := oneLineJSON(object, p.show)
		if err != nil {
			return err
		}
		switch {
		case p.array && p.rows:
			_, _ = p.w.WriteString(",\n")
		case p.array:
			_ = p.w.WriteByte('\n')
		}
		_, _ = p.w.Write(line)
		if !p.array {
			_ = p.w.WriteByte('\n')
		}
		p.rows = true
	}
	return p.w.Flush()
}

func (p *jsonPrinter) close() error {
	if p.array && p.open {
		if p.rows {
			_ = p.w.WriteByte('\n')
		}
		_, _ = p.w.WriteString("]\n")
	}
	return p.w.Flush()
}

// oneLineJSON is an object without line breaks and, unless they are to be shown, without secrets.
func oneLineJSON(object json.RawMessage, show bool) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, object); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	line := b.Bytes()
	if !show {
		line = redact(line)
	}
	return cleanJSON(line), nil
}

// csvPrinter writes RFC 4180, one record per line.
type csvPrinter struct {
	w         *bufio.Writer
	csv       *csv.Writer
	columns   []heading
	show      bool
	unguarded bool
	open      bool
}

func (p *csvPrinter) page(rows [][]cell, _ []json.RawMessage) error {
	if !p.open {
		p.open = true
		if err := p.csv.Write(csvHeader(p.columns)); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if err := p.csv.Write(p.record(row)); err != nil {
			return err
		}
	}
	return p.close()
}

func (p *csvPrinter) close() error {
	p.csv.Flush()
	if err := p.csv.Error(); err != nil {
		return err
	}
	return p.w.Flush()
}

func csvHeader(columns []heading) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
		if c.kind == kindMoney {
			names = append(names, c.name+"_currency")
		}
	}
	return names
}

func (p *csvPrinter) record(row []cell) []string {
	record := make([]string, 0, len(p.columns)+4)
	text := func(s string) string {
		s = clean(s)
		if p.unguarded {
			return s
		}
		return guard(s)
	}
	for i, v := range row {
		money := p.columns[i].kind == kindMoney
		switch {
		case money && v.money == nil:
			record = append(record, "", "")
		case money:
			record = append(record, v.money.Decimal().String(), text(v.money.Currency.Code()))
		case !v.at.IsZero():
			record = append(record, v.table(p.show, true))
		default:
			record = append(record, text(v.plain(p.show)))
		}
	}
	return record
}

// printObject writes one object: all its columns under each other, or in the other formats like a list of one, but JSON
// indented and without an array.
func printObject[T any](a *App, columns []column[T], object T, raw json.RawMessage) error {
	switch a.flags.output {
	case formatJSON:
		line, err := oneLineJSON(raw, a.flags.showSecrets)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := json.Indent(&b, line, "", "  "); err != nil {
			return fmt.Errorf("the answer is not JSON: %w", err)
		}
		b.WriteByte('\n')
		_, err = stdout{a.Stdout}.Write(b.Bytes())
		return err
	case formatTable:
		return printFields(stdout{a.Stdout}, columns, object, a.flags.showSecrets)
	}
	p := a.printer(headings(columns))
	if err := p.page(cells(columns, []T{object}), []json.RawMessage{raw}); err != nil {
		return err
	}
	return p.close()
}

func printFields[T any](w io.Writer, columns []column[T], object T, show bool) error {
	longest := 0
	for _, c := range columns {
		longest = max(longest, len(c.name))
	}
	var b bytes.Buffer
	for _, c := range columns {
		if v := c.value(object).table(show, true); v != "" {
			fmt.Fprintf(&b, "%-*s  %s\n", longest, title(c.name), v)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
