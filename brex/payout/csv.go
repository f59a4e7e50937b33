package payout

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/brex-go/sdk/brex/money"
)

// Columns are the names of the columns that ReadCSV knows, in the order of ExampleCSV. method and
// description may be missing, and currency where CSVOptions names one.
var Columns = []string{"vendor", "method", "amount", "currency", "reference", "description"}

// ExampleCSV is a file to start from.
const ExampleCSV = `vendor,method,amount,currency,reference,description
Acme Paper Inc,ACH,1250.00,USD,INV-1001,November paper
Northwind Traders,,99.95,USD,INV-1002,
`

// maxFile bounds a file, in bytes.
const maxFile = 16 << 20

// CSVOptions says how a file differs from ExampleCSV.
type CSVOptions struct {
	Columns  map[string]string // for a name of Columns, the file's own name of that column
	Ignore   []string          // columns of the file that are not read; any other unknown column is an error
	Currency money.Currency    // of every row, where the file has no column for it
}

// ReadCSV reads a file with a header and commas, as ExampleCSV is. Amounts are in major units with
// a decimal point, without thousands separators. What spreadsheets do to numbers is refused and
// never guessed at: decimal commas, dates, exponents, leading zeros that were lost, formulas and
// their errors. The error is a Problems with line and column of each.
func ReadCSV(r io.Reader, opts CSVOptions) ([]Row, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("payout: reading the file: %w", err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > maxFile:
		return nil, Problems{{Message: "the file is larger than 16 MiB"}}
	case bytes.IndexByte(data, 0) >= 0:
		return nil, Problems{{Message: "the file is not plain text; save it as CSV in UTF-8"}}
	}
	f := &csvFile{csv: csv.NewReader(bytes.NewReader(data)), opts: opts}
	f.csv.FieldsPerRecord = -1 // rows of another length get a message of their own
	if err := f.header(); err != nil {
		return nil, err
	}
	return f.rows()
}

type csvFile struct {
	csv      *csv.Reader
	opts     CSVOptions
	width    int
	at       map[string]int    // place of each known column
	name     map[string]string // its name in the file
	problems Problems
}

func (f *csvFile) header() error {
	cells, err := f.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return Problems{{Message: "the file is empty; its first line must name the columns, such as " +
			strings.Join(Columns, ",")}}
	case err != nil:
		return Problems{syntaxProblem(err)}
	case len(cells) == 1 && strings.ContainsAny(cells[0], ";\t|"):
		return Problems{{Line: 1, Message: "the cells are not separated by commas; " +
			"save the file with commas, and with points in the amounts"}}
	}
	f.width, f.at, f.name = len(cells), map[string]int{}, map[string]string{}
	if err := f.checkOptions(cells); err != nil {
		return err
	}
	for i, cell := range cells {
		known := f.known(cell)
		switch {
		case slices.Contains(f.opts.Ignore, cell):
		case known == "":
			f.problems.add(0, 1, cell, "unknown column; the columns are %s, others must be mapped or "+
				"ignored by name", strings.Join(Columns, ", "))
		case f.name[known] != "":
			f.problems.add(0, 1, cell, "the column %s is there twice", known)
		default:
			f.at[known], f.name[known] = i, cell
		}
	}
	for _, needed := range []string{"vendor", "amount", "currency", "reference"} {
		_, there := f.at[needed]
		switch {
		case needed == "currency" && f.opts.Currency != "" && there:
			f.problems.add(0, 1, f.name[needed],
				"the file has a currency column, so no other currency can be given")
		case !there && !(needed == "currency" && f.opts.Currency != ""):
			f.problems.add(0, 1, needed, "the column is missing; the first line must name the columns")
		}
	}
	return f.problems.orNil()
}

// checkOptions refuses names that mean nothing.
func (f *csvFile) checkOptions(header []string) error {
	for _, name := range slices.Sorted(maps.Keys(f.opts.Columns)) {
		switch own := f.opts.Columns[name]; {
		case !slices.Contains(Columns, name):
			f.problems.add(0, 0, name, "cannot be mapped; the columns are %s",
				strings.Join(Columns, ", "))
		case !slices.Contains(header, own):
			f.problems.add(0, 1, own, "is mapped to %s, but the file has no such column", name)
		}
	}
	for _, name := range f.opts.Ignore {
		if !slices.Contains(header, name) {
			f.problems.add(0, 1, name, "is to be ignored, but the file has no such column")
		}
	}
	if c := f.opts.Currency; c != "" && (!c.Known() || c.Code() != string(c)) {
		f.problems.add(0, 0, "currency", "%q is not an ISO 4217 code in capitals", string(c))
	}
	return f.problems.orNil()
}

// known is the name in Columns of a column of the file, or "".
func (f *csvFile) known(cell string) string {
	for _, name := range Columns {
		own, mapped := f.opts.Columns[name]
		if mapped && own == cell || !mapped && strings.EqualFold(name, cell) {
			return name
		}
	}
	return ""
}

func (f *csvFile) rows() ([]Row, error) {
	var rows []Row
	for {
		cells, err := f.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.problems = append(f.problems, syntaxProblem(err))
			break
		}
		line, _ := f.csv.FieldPos(0)
		if len(rows) == MaxRows {
			f.problems.add(len(rows)+1, line, "", "a run has at most %d payments; split the file",
				MaxRows)
			break
		}
		rows = append(rows, f.row(cells, len(rows)+1, line))
	}
	if len(rows) == 0 && len(f.problems) == 0 {
		f.problems.add(0, 0, "", "the file has no rows after its header")
	}
	f.lostZeros(rows, "vendor", func(r Row) string { return r.Vendor })
	f.lostZeros(rows, "reference", func(r Row) string { return r.Reference })
	if err := f.problems.orNil(); err != nil {
		return nil, err
	}
	return rows, nil
}

func (f *csvFile) row(cells []string, number, line int) Row {
	row := Row{Line: line}
	if len(cells) != f.width {
		f.problems.add(number, line, "", "has %s, the header %d; text with a comma must stand in quotes",
			count(len(cells), "cell"), f.width)
		return row
	}
	cell := func(name string) string {
		i, there := f.at[name]
		if !there {
			return ""
		}
		if why := spoiled(cells[i]); why != "" {
			f.problems.add(number, line, f.name[name], "%s", why)
			return ""
		}
		if why := converted(cells[i]); why != "" && name != "description" {
			f.problems.add(number, line, f.name[name], "%s", why)
			return ""
		}
		if cells[i] == "" && name != "method" && name != "description" {
			f.problems.add(number, line, f.name[name], "is empty")
		}
		return cells[i]
	}
	row.Vendor, row.Method = cell("vendor"), cell("method")
	row.Reference, row.Description = cell("reference"), cell("description")
	currency := f.opts.Currency
	if currency == "" {
		text := cell("currency")
		currency = money.Currency(text)
		if text != "" && (!currency.Known() || currency.Code() != text) {
			f.problems.add(number, line, f.name["currency"],
				"%q is not an ISO 4217 code in capitals, such as USD", text)
			return row
		}
	}
	if text := cell("amount"); text != "" && currency != "" {
		amount, err := money.ParseIn(text, currency)
		switch {
		case err != nil:
			f.problems.add(number, line, f.name["amount"], "%s",
				strings.TrimPrefix(err.Error(), "money: "))
		case amount.Sign() <= 0:
			f.problems.add(number, line, f.name["amount"], "%q is not above zero", text)
		}
		row.Amount = amount
	}
	return row
}

// lostZeros finds numbers that are shorter than others of their column that begin with zeros.
func (f *csvFile) lostZeros(rows []Row, column string, of func(Row) string) {
	width := 0
	for _, r := range rows {
		if v := of(r); len(v) > 1 && v[0] == '0' && onlyDigits(v) {
			width = max(width, len(v))
		}
	}
	for i, r := range rows {
		if v := of(r); v != "" && onlyDigits(v) && len(v) < width {
			f.problems.add(i+1, r.Line, f.name[column],
				"%q is shorter than the numbers with leading zeros in this column: "+
					"a spreadsheet may have removed its zeros", v)
		}
	}
}

func onlyDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// spoiled says why a cell cannot be what somebody typed.
func spoiled(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "is not UTF-8; save the file as CSV in UTF-8"
	case strings.ContainsFunc(s, unicode.IsControl):
		return "has a line break or another control character"
	case strings.TrimSpace(s) != s:
		return "begins or ends with a space"
	case strings.HasPrefix(s, "="):
		return "is a formula; save its value"
	case spreadsheetError.MatchString(s):
		return fmt.Sprintf("%q is a spreadsheet's error, not a value", s)
	}
	return ""
}

// converted says what a spreadsheet has made of a value.
func converted(s string) string {
	switch {
	case aDate.MatchString(s):
		return fmt.Sprintf("%q is a date: format the column as text in the spreadsheet, "+
			"or write the value so that it cannot be one", s)
	case anExponent.MatchString(s):
		return fmt.Sprintf("%q is a number that a spreadsheet has shortened; format the column as text", s)
	}
	return ""
}

const month = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`

var (
	spreadsheetError = regexp.MustCompile(`^#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)$`)
	aDate            = regexp.MustCompile(`(?i)^(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}( \d{1,2}:\d\d.*)?|` +
		`\d{1,2}[-/. ]` + month + `([-/. ]\d{2,4})?|` + month + `[-/. ]\d{2,4})$`)
	anExponent = regexp.MustCompile(`^-?\d([.,]\d+)?E\+\d+$`)
)

func syntaxProblem(err error) Problem {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return Problem{Line: parse.Line, Message: fmt.Sprintf("is not CSV: %v", parse.Err)}
	}
	return Problem{Message: err.Error()}
}
