package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// formatFlag is the value of --output.
type formatFlag struct{ into *globals }

func (f formatFlag) String() string {
	if f.into == nil { // a zero value, by which pflag knows the default
		return ""
	}
	return string(f.into.output)
}
func (f formatFlag) Type() string { return "format" }
func (f formatFlag) Set(s string) error {
	if f.into.curl = s == "curl"; f.into.curl {
		return nil
	}
	if !slices.Contains(output.Formats(), s) {
		return badValue(`is one of ` + strings.Join(output.Formats(), ", ") + ", curl")
	}
	f.into.output = output.Format(s)
	return nil
}

// outputOptions are what the flags say about output.
func (a *App) outputOptions() output.Options {
	width := 0
	if a.Width != nil && a.flags.output == output.Table {
		width = a.Width()
	}
	return output.Options{Columns: a.flags.columns, Sort: a.flags.sort, Query: a.query, Done: a.ctx, Width: width,
		Color: width > 0 && a.Getenv("NO_COLOR") == "", Format: a.flags.output, ShowSecrets: a.flags.showSecrets, RawCSV: a.flags.rawCSV, ExcelCSV: a.flags.excelCSV}
}

// asText reports whether a command that has a text for people is to print that, rather than members or what a query makes of them.
func (a *App) asText() bool {
	return a.flags.output == output.Table && len(a.flags.columns) == 0 && a.query == nil
}

// compileQuery compiles --jq.
func (a *App) compileQuery() error {
	if a.flags.jq == "" {
		return nil
	}
	if len(a.flags.columns) > 0 {
		return usagef("--jq and --columns exclude each other: the program says what is shown")
	}
	query, err := gojq.Parse(a.flags.jq)
	if err == nil {
		a.query, err = gojq.Compile(query) // without an environment: a program must not read the token
	}
	if err != nil {
		return usagef("--jq %q: %v", a.flags.jq, err)
	}
	return nil
}

// newPrinter returns a printer to standard output.
func newPrinter[T any](a *App, columns []output.Column[T]) *output.Printer[T] {
	return output.NewPrinter(stdout{a.Stdout}, a.outputOptions(), columns)
}

// printRows writes a list that is there as a whole.
func printRows[T any](a *App, columns []output.Column[T], rows []T, raw []json.RawMessage) error {
	out := newPrinter(a, columns)
	if err := out.Page(rows, raw); err != nil {
		return err
	}
	return out.Close()
}

// printObject writes one object.
func printObject[T any](a *App, columns []output.Column[T], object T, raw json.RawMessage) error {
	return output.Object(stdout{a.Stdout}, a.outputOptions(), columns, object, raw)
}
