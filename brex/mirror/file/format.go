package file

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

// Format is how rows are written. Its value ends the names of the files.
type Format string

// The formats. CSV shows money in exact major units, in a column named without _minor; the others in whole minor units.
const (
	CSV     Format = "csv"
	JSONL   Format = "jsonl"
	Parquet Format = "parquet"
)

// Formats lists the formats.
func Formats() []Format { return []Format{CSV, JSONL, Parquet} }

// rowWriter writes the rows of one file.
type rowWriter interface {
	write(values []any) error
	close() error // ends the format, and not the file
}

func (f Format) check() error {
	if !slices.Contains(Formats(), f) {
		return fmt.Errorf("mirror/file: %q is not a format; there are csv, jsonl and parquet", string(f))
	}
	return nil
}

// dressing is what CSV has for the sake of spreadsheets.
type dressing struct{ guarded, excel bool }

// What makes Excel read a file as it is meant. It takes RFC 3339 for a string.
const (
	byteOrderMark = "\ufeff"
	excelTime     = "2006-01-02 15:04:05"
)

func (f Format) writer(w io.Writer, columns []mirror.Column, d dressing) (rowWriter, error) {
	switch f {
	case CSV:
		c := &csvWriter{csv: csv.NewWriter(w), columns: columns, dressing: d}
		if d.excel {
			if _, err := io.WriteString(w, byteOrderMark); err != nil {
				return nil, err
			}
		}
		return c, c.csv.Write(Header(columns))
	case JSONL:
		return newJSONLWriter(w, columns), nil
	default:
		return newParquetWriter(w, columns), nil
	}
}

// selection chooses rows of a file by their key and _raw. false leaves the row out of the copy.
type selection func(key []string, raw string) bool

// filter reads the rows of a file and copies those that the selection keeps.
func (f Format) filter(r *os.File, w io.Writer, key []string, keep selection) error {
	switch f {
	case CSV:
		return filterCSV(r, w, key, keep)
	case JSONL:
		return filterJSONL(r, w, key, keep)
	default:
		return filterParquet(r, w, key, keep)
	}
}

// Header is the first line of a CSV file of the columns.
func Header(columns []mirror.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
		if isMinor(c) {
			names[i] = strings.TrimSuffix(c.Name, "_minor")
		}
	}
	return names
}

// isMinor is true for amounts in minor units, whose currency is the next column.
func isMinor(c mirror.Column) bool { return c.Currency != "" && c.Type == wire.ColumnInteger }

type csvWriter struct {
	csv     *csv.Writer
	columns []mirror.Column
	dressing
}

func (c *csvWriter) write(values []any) error {
	record := make([]string, len(values))
	for i, v := range values {
		column := c.columns[i]
		switch v := v.(type) {
		case nil:
		case int64:
			record[i] = fmt.Sprint(v)
			if isMinor(column) {
				currency, _ := values[i+1].(string)
				record[i] = money.New(v, money.Currency(currency)).Decimal().String()
			}
		case string:
			record[i] = v
			if column.Type == wire.ColumnString && c.guarded {
				record[i] = guard(v)
			}
		case json.RawMessage:
			record[i] = string(v)
		case time.Time:
			switch {
			case v.IsZero():
			case c.excel:
				record[i] = v.UTC().Format(excelTime)
			default:
				record[i] = v.UTC().Format(time.RFC3339Nano)
			}
		default:
			record[i] = fmt.Sprint(v)
		}
	}
	return c.csv.Write(record)
}

func (c *csvWriter) close() error {
	c.csv.Flush()
	return c.csv.Error()
}

var digits = regexp.MustCompile(`^[+-]?[0-9]+([.][0-9]+)?$`)

// guard puts an apostrophe before a string that a spreadsheet would run as a formula: memos and merchants are written by anyone.
func guard(s string) string {
	t := strings.TrimLeft(s, " \t\r\n")
	if r, _ := utf8.DecodeRuneInString(t); t != "" && strings.ContainsRune("=+-@＝＋－＠", r) && !digits.MatchString(s) {
		return "'" + s
	}
	return s
}

func filterCSV(r io.Reader, w io.Writer, key []string, keep selection) error {
	in, out := csv.NewReader(bufio.NewReader(r)), csv.NewWriter(w)
	header, err := in.Read()
	if err != nil {
		return err
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for {
		record, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		text := func(name string) string { return at(record, slices.Index(header, name)) }
		if keep(pick(key, text), text(mirror.RawColumn)) {
			if err := out.Write(record); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func at(record []string, i int) string {
	if i < 0 || i >= len(record) {
		return ""
	}
	return strings.TrimPrefix(record[i], "'") // of a guarded string
}

func pick(key []string, value func(string) string) []string {
	values := make([]string, len(key))
	for i, name := range key {
		values[i] = value(name)
	}
	return values
}

// jsonlWriter writes one object a line, its members in the order of the columns.
type jsonlWriter struct {
	w     *bufio.Writer
	names [][]byte
	types []wire.ColumnType
	line  []byte // used again
}

func newJSONLWriter(w io.Writer, columns []mirror.Column) *jsonlWriter {
	j := &jsonlWriter{w: bufio.NewWriterSize(w, 1<<16)}
	for _, c := range columns {
		j.names = append(j.names, fmt.Appendf(nil, "%q:", c.Name))
		j.types = append(j.types, c.Type)
	}
	return j
}

func (j *jsonlWriter) write(values []any) error {
	line := append(j.line[:0], '{')
	for i, v := range values {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, j.names[i]...)
		switch v := v.(type) {
		case json.RawMessage:
			line = append(line, v...)
		case string:
			if j.types[i] == wire.ColumnDecimal {
				line = append(line, v...) // digit for digit
				continue
			}
			line = appendString(line, v)
		case time.Time:
			if v.IsZero() {
				line = append(line, "null"...)
				continue
			}
			line = v.UTC().AppendFormat(append(line, '"'), time.RFC3339Nano)
			line = append(line, '"')
		case nil:
			line = append(line, "null"...)
		default:
			line = fmt.Append(line, v)
		}
	}
	j.line = append(line, '}', '\n')
	_, err := j.w.Write(j.line)
	return err
}

func appendString(dst []byte, s string) []byte {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		return append(append(append(dst, '"'), s...), '"') // most are ids and names that need no escapes
	}
	b, err := json.Marshal(s)
	if err != nil {
		return append(dst, "null"...) // a string can always be written
	}
	return append(dst, b...)
}

func (j *jsonlWriter) close() error { return j.w.Flush() }

func filterJSONL(r io.Reader, w io.Writer, key []string, keep selection) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(line, &members); err != nil {
			return err
		}
		text := func(name string) string {
			var s string
			_ = json.Unmarshal(members[name], &s) // a key that is not a string is none
			return s
		}
		if keep(pick(key, text), string(members[mirror.RawColumn])) {
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
	}
}
