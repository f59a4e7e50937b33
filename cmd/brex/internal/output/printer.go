// Package output writes what the program brex shows: lists and single objects as tables, CSV or JSON. Strings from outside are
// made harmless for terminals and spreadsheets, and secrets are hidden unless they are asked for.
package output

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/itchyny/gojq"
)

// Format is how rows and objects are written.
type Format string

// The formats.
const (
	Table Format = "table" // aligned columns for people, without the Wide ones
	JSON  Format = "json"  // one array of objects as Brex sent them; a single object indented
	JSONL Format = "jsonl" // one object a line as Brex sent it
	CSV   Format = "csv"   // RFC 4180, every column
)

// Formats lists the formats.
func Formats() []string { return []string{string(Table), string(JSON), string(JSONL), string(CSV)} }

// Raw reports whether the format shows objects as Brex sent them, rather than columns.
func (f Format) Raw() bool { return f == JSON || f == JSONL }

// Options say how a Printer and Object write.
type Options struct {
	Format      Format
	ShowSecrets bool            // show account numbers and other secrets in full
	RawCSV      bool            // CSV without the apostrophe that keeps spreadsheets from running a string as a formula
	Columns     []string        // dotted members to show in place of the usual columns; with JSON, the only ones
	Sort        string          // dotted member to sort by, the other way round after a minus
	Query       *gojq.Code      // jq program that each result goes through; prints JSON
	Done        context.Context // ends a Query that does not end by itself; nil for never
	Width       int             // columns of the terminal that tables fit into; 0 for any
	Color       bool            // states in colour
	ExcelCSV    bool            // CSV that begins with a byte order mark, by which Excel knows UTF-8, and has times as Excel reads them, in UTC
}

// Printer writes a list page by page. Nothing is written before the first page, so that a call that fails leaves no empty
// result behind. After Close, the output is complete in its format, whatever happened before.
//
// A Printer takes rows apart into cells; all else is the same for every T, and compiled once.
type Printer[T any] struct {
	columns []Column[T]
	to      sink
}

// sink writes the rows of a Printer in one format.
type sink interface {
	page(rows [][]cell, raw []json.RawMessage) error
	close() error
}

// NewPrinter returns a Printer that writes to w. Errors of w come back from Page and Close as they are.
func NewPrinter[T any](w io.Writer, o Options, columns []Column[T]) *Printer[T] {
	if o.Format.Raw() {
		columns = nil // the raw objects are all that is shown
	}
	return &Printer[T]{columns: columns, to: newSink(w, o, headings(columns))}
}

func newSink(w io.Writer, o Options, columns []heading) sink {
	if o.selects() {
		return &selection{w: w, o: o, columns: columns}
	}
	b := bufio.NewWriterSize(w, 64<<10)
	switch o.Format {
	case JSON, JSONL:
		return &jsonPrinter{w: b, show: o.ShowSecrets, array: o.Format == JSON}
	case CSV:
		return &csvPrinter{w: b, csv: csv.NewWriter(b), columns: columns, show: o.ShowSecrets, unguarded: o.RawCSV, excel: o.ExcelCSV}
	}
	return &tablePrinter{w: b, columns: columns, show: o.ShowSecrets, fit: o.Width, color: o.Color}
}

// Page writes the rows of one page: the raw objects where Format.Raw, else the columns of rows.
func (p *Printer[T]) Page(rows []T, raw []json.RawMessage) error {
	return p.to.page(cells(p.columns, rows), raw)
}

// Show writes rows that are there as a whole, and closes.
func (p *Printer[T]) Show(rows []T) error {
	if err := p.Page(rows, nil); err != nil {
		return err
	}
	return p.Close()
}

// Close ends the output.
func (p *Printer[T]) Close() error { return p.to.close() }

// jsonPrinter writes objects as Brex sent them, each on a line of its own; array puts them into one array.
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
		line, err := JSONLine(object, p.show)
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

// JSONLine returns an object on one line, without a line break at its end and, unless they are to be shown, without secrets.
// It fails when the object is not JSON.
func JSONLine(object json.RawMessage, showSecrets bool) ([]byte, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, object); err != nil {
		return nil, fmt.Errorf("the response is not JSON: %w", err)
	}
	line := b.Bytes()
	if !showSecrets {
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
	excel     bool
	open      bool
}

// What makes Excel read a file as it is meant. It takes RFC 3339 for a string.
const (
	byteOrderMark = "\ufeff"
	excelTime     = "2006-01-02 15:04:05"
)

func (p *csvPrinter) page(rows [][]cell, _ []json.RawMessage) error {
	if !p.open {
		p.open = true
		if p.excel {
			_, _ = p.w.WriteString(byteOrderMark) // a bufio.Writer reports its errors at Flush
		}
		if err := p.csv.Write(csvHeader(p.columns)); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if err := p.write(p.record(row)); err != nil {
			return err
		}
	}
	return p.close()
}

// write writes a record. One that is a single empty value is quoted: readers take an empty line for no record.
func (p *csvPrinter) write(record []string) error {
	if !slices.Equal(record, []string{""}) {
		return p.csv.Write(record)
	}
	p.csv.Flush()
	_, _ = p.w.WriteString("\"\"\n") // a bufio.Writer reports its errors at Flush
	return p.csv.Error()
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
		s = Clean(s)
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
		case !v.at.IsZero() && p.excel:
			record = append(record, v.at.UTC().Format(excelTime))
		case !v.at.IsZero():
			record = append(record, v.table(p.show, true))
		default:
			record = append(record, text(v.plain(p.show)))
		}
	}
	return record
}

// Object writes one object: all its columns under each other, or in the other formats like a list of one, but JSON indented
// and without an array.
func Object[T any](w io.Writer, o Options, columns []Column[T], object T, raw json.RawMessage) error {
	if o.Format.Raw() {
		columns = nil
	}
	return printObject(w, o, headings(columns), cells(columns, []T{object})[0], raw)
}

func printObject(w io.Writer, o Options, columns []heading, row []cell, raw json.RawMessage) error {
	if o.selects() {
		return selectObject(w, o, columns, row, raw)
	}
	switch o.Format {
	case JSON:
		line, err := JSONLine(raw, o.ShowSecrets)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := json.Indent(&b, line, "", "  "); err != nil {
			return fmt.Errorf("the response is not JSON: %w", err)
		}
		b.WriteByte('\n')
		_, err = w.Write(b.Bytes())
		return err
	case Table:
		return printFields(w, columns, row, o.ShowSecrets)
	}
	p := newSink(w, o, columns)
	if err := p.page([][]cell{row}, []json.RawMessage{raw}); err != nil {
		return err
	}
	return p.close()
}

func printFields(w io.Writer, columns []heading, row []cell, show bool) error {
	longest := 0
	for _, c := range columns {
		longest = max(longest, len(c.name))
	}
	var b bytes.Buffer
	for i, c := range columns {
		if v := row[i].table(show, true); v != "" {
			fmt.Fprintf(&b, "%-*s  %s\n", longest, Title(c.name), v)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}
