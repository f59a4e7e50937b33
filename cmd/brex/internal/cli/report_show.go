package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/brex-go/sdk/brex/mirror/report"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// showReport prints a report, or writes it to a file.
func (a *App) showReport(r *report.Report, o *reportOptions) error {
	if o.html != "" {
		if err := writePage(o.html, r); err != nil {
			return err
		}
		a.note("%s is written", o.html)
		return nil
	}
	if a.flags.output == output.JSON && len(a.flags.columns) == 0 && a.flags.sort == "" {
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		return printObject(a, nil, r, raw)
	}
	var raw []json.RawMessage
	var rows []reportRow
	bars := r.Bars(20)
	for i, l := range r.Lines {
		object, err := r.Object(l)
		if err != nil {
			return err
		}
		raw, rows = append(raw, object), append(rows, reportRow{l, bars[i]})
	}
	if err := printRows(a, reportColumns(r, a.asText()), rows, raw); err != nil {
		return err
	}
	var says []string
	for _, sentence := range r.Says() {
		if !a.asText() {
			a.note("%s", sentence)
		}
		says = append(says, wrap(output.Clean(sentence), helpWidth))
	}
	if !a.asText() {
		return nil
	}
	_, err := fmt.Fprintf(stdout{a.Stdout}, "\n%s\n", strings.Join(says, "\n"))
	return err
}

// reportRow is a line with its bar.
type reportRow struct {
	report.Line
	bar string
}

// reportColumns are the columns of a report. A table for people has bars, and leaves most ids out.
func reportColumns(r *report.Report, bars bool) (all []output.Column[reportRow]) {
	for i, c := range r.Columns {
		column := output.Text(c.Name, func(l reportRow) string {
			if l.Line[i] == nil {
				return ""
			}
			return fmt.Sprint(l.Line[i])
		})
		switch {
		case c.Kind == report.Amount:
			column = output.Amount(c.Name, func(l reportRow) *money.Money { m, _ := l.Line[i].(*money.Money); return m })
		case c.Kind == report.ID:
			column = output.Wide(column)[0]
		}
		all = append(all, column)
	}
	if bars {
		all = append(all, output.Text("bar", func(l reportRow) string { return l.bar }))
	}
	return all
}

// writePage writes a page, as a whole or not at all.
func writePage(name string, r *report.Report) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".report-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the failure that counts is the first
		}
	}()
	if err = errors.Join(r.HTML(f), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
