package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// formatFlag is the value of --output.
type formatFlag struct{ into *output.Format }

func (f formatFlag) String() string { return string(*f.into) }
func (f formatFlag) Type() string   { return "format" }
func (f formatFlag) Set(s string) error {
	if !slices.Contains(output.Formats(), s) {
		return badValue(`is one of ` + strings.Join(output.Formats(), ", "))
	}
	*f.into = output.Format(s)
	return nil
}

// outputOptions are what the flags say about output.
func (a *App) outputOptions() output.Options {
	return output.Options{Format: a.flags.output, ShowSecrets: a.flags.showSecrets, RawCSV: a.flags.rawCSV}
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
