package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// manyOptions are the flags of commands that do the same to many objects.
type manyOptions struct {
	bound  bool
	file   string
	failed string
}

func (m *manyOptions) bind(cmd *cobra.Command) {
	m.bound = true
	cmd.Flags().StringVar(&m.file, "file", "", "do it for each row of this CSV `file`, or of standard input with -; its header names id and members of the body")
	cmd.Flags().StringVar(&m.failed, "failed", "", "write the rows that did not succeed to this `file` (default brex-failed.csv), for --file; rows of --file are in it until they are settled")
}

// keyColumn keeps the idempotency key of a row, so that a repeated row is the same request.
const keyColumn = "idempotency_key"

// row is one of many requests.
type row struct {
	cells map[string]string // as they were read
	label string            // what the row is about
	req   *request
	p     *brex.Prepared

	raw json.RawMessage
	err error
}

// runMany does one thing to many objects: first it shows what would happen, then it asks once, then it does it. A failed row
// stops no other one, and is written to a file that the same command takes.
func (r *request) runMany(ctx context.Context, a *App) error {
	if r.write.key != "" {
		return usagef("--idempotency-key is for one request; put a column %s into --file", keyColumn)
	}
	header, rows, err := r.rows(a)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return usagef("there are no rows, so there is nothing to do")
	}
	if a.flags.curl {
		return usagef("-o curl is for one request, not for %d", len(rows))
	}
	probe := *r
	for _, one := range rows {
		if hasNames(one.req.params) || hasNames(one.req.body) {
			probe.params = one.req.params
			probe.body = one.req.body
		}
	}
	s, err := a.connectFor(&probe)
	if err != nil {
		return err
	}
	if err := prepareAll(ctx, s, rows); err != nil {
		return err
	}
	if err := twice(rows); err != nil {
		return err
	}
	if r.write.dryRun {
		return printRows(a, planColumns, rows, plansOf(rows))
	}
	if err := a.showPlan(rows, r.write.yes); err != nil {
		return err
	}
	if err := a.allow(ctx, s, &r.write, preparedOf(rows)); err != nil {
		return err
	}
	if err := r.keep(header, rows); err != nil {
		return err
	}
	send(ctx, s, rows)
	return r.reportMany(a, header, rows)
}

// showPlan shows a person what would be sent; with --yes there is nobody to look.
func (a *App) showPlan(rows []*row, yes bool) error {
	if yes {
		return nil
	}
	return output.NewPrinter(a.Stderr, output.Options{}, planColumns).Show(rows)
}

// prepareAll checks all rows before anything is sent, and names those that are at fault.
func prepareAll(ctx context.Context, s *session, rows []*row) error {
	const most = 5 // faults in a message
	var faults []string
	absent := true // whether all of them name what does not exist
	for i, one := range rows {
		var err error
		if one.p, err = one.req.prepare(ctx, s, one.cells[keyColumn]); err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		absent = absent && errors.As(err, new(noObjectError))
		faults = append(faults, fmt.Sprintf("row %d (%s): %s", i+1, one.label, strings.TrimPrefix(err.Error(), "brex: ")))
	}
	if len(faults) == 0 {
		return nil
	}
	text := strings.Join(faults[:min(most, len(faults))], "; ")
	if more := len(faults) - most; more > 0 {
		text += fmt.Sprintf("; and %d more row(s)", more)
	}
	if absent {
		return noObjectError{text + "; nothing was sent"}
	}
	return usagef("%s; nothing was sent", text)
}

// twice refuses rows that ask for the same thing of the same object, or have the same key: one of them is a slip.
func twice(rows []*row) error {
	seen, keys := map[string]int{}, map[string]int{}
	for i, one := range rows {
		if key := one.cells[keyColumn]; key != "" {
			if first, ok := keys[key]; ok {
				return usagef("rows %d and %d (%s) have the same %s, so that Brex would take them for one; nothing was sent", first+1, i+1, one.label, keyColumn)
			}
			keys[key] = i
		}
		if len(one.p.Operation.PathParams) == 0 {
			continue
		}
		if first, ok := seen[one.p.Path]; ok {
			return usagef("rows %d and %d (%s) are about the same object; nothing was sent", first+1, i+1, one.label)
		}
		seen[one.p.Path] = i
	}
	return nil
}

// failedFile is where the rows are that did not succeed.
func (m *manyOptions) failedFile() string {
	if m.failed == "" {
		return "brex-failed.csv"
	}
	return m.failed
}

// keep writes the rows of --file with their keys before the first is sent: whoever runs the file that is left after a kill sends
// nothing twice. A file of an earlier run is never written over, since its keys are in no other place, except by its own repetition.
func (r *request) keep(header []string, rows []*row) error {
	name := r.many.failedFile()
	if r.many.file == "" {
		return nil
	}
	if _, err := os.Stat(name); err == nil && name != r.many.file {
		return usagef("%s is there, with rows of an earlier run that did not succeed: repeat them with --file %[1]s, delete it when they are settled, or name another file with --failed; nothing was sent", name)
	}
	if err := writeFailed(name, header, rows); err != nil {
		return fmt.Errorf("the rows cannot be kept in %s: %w; nothing was sent", name, err)
	}
	return nil
}

// reportMany prints what became of each row, and keeps those that did not succeed.
func (r *request) reportMany(a *App, header []string, rows []*row) error {
	printed := printRows(a, outcomeColumns, rows, outcomesOf(rows)) // the rows below are kept all the same: their keys are in no other place
	if printed != nil {
		printed = fmt.Errorf("%d rows were sent; what became of them cannot be printed: %w", len(rows), printed)
	}
	failed := slices.DeleteFunc(slices.Clone(rows), func(one *row) bool { return one.err == nil })
	file := r.many.failedFile()
	if len(failed) == 0 {
		if r.many.file != "" {
			printed = errors.Join(printed, os.Remove(file)) // which keep made
		}
		return printed
	}
	if err := writeFailed(file, header, failed); err != nil {
		return fmt.Errorf("%d of %d rows failed, and they cannot be written to %s: %w", len(failed), len(rows), file, err)
	}
	text := fmt.Sprintf("%d of %d rows did not succeed; they are in %s, for --file; the first: %s", len(failed), len(rows), file,
		strings.TrimPrefix(failed[0].err.Error(), "brex: "))
	if printed != nil {
		return fmt.Errorf("%s; %w", text, printed)
	}
	if len(failed) == len(rows) {
		return fmt.Errorf("%s%w", text, quiet{failed[0].err})
	}
	return partlyError{text}
}

// quiet is an error whose text was said already.
type quiet struct{ err error }

func (q quiet) Error() string { return "" }
func (q quiet) Unwrap() error { return q.err }

// writeFailed writes rows with the keys that they were sent under: the whole file, or what was there before.
func writeFailed(file string, header []string, failed []*row) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(f.Name(), file)
		}
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if !slices.Contains(header, keyColumn) && failed[0].p.Key != "" {
		header = append(slices.Clone(header), keyColumn)
	}
	w := csv.NewWriter(f)
	_ = w.Write(header) // an error shows at Flush
	for _, one := range failed {
		var record []string
		for _, name := range header {
			cell := one.cells[name]
			if name == keyColumn {
				cell = one.p.Key
			}
			record = append(record, cell)
		}
		_ = w.Write(record)
	}
	w.Flush()
	return errors.Join(w.Error(), f.Sync())
}

// row makes the request of one row: the flags, and over them what the cells say. An empty cell says nothing.
func (r *request) row(cells map[string]string, idName string) (*row, error) {
	one := *r
	one.params, one.body = maps.Clone(r.params), cloneBody(r.body)
	label := ""
	for _, name := range slices.Sorted(maps.Keys(cells)) {
		value := cells[name]
		switch {
		case value == "" || name == keyColumn:
		case name == idName:
			label = value
			one.params[name] = asRef(namedBy(r.op, name), value)
		case r.op.Body == "":
			return nil, fmt.Errorf("the column %s is not the id, and %s has no body", name, r.op.ID)
		default:
			if label == "" {
				label = value
			}
			if err := one.setMember(name, value); err != nil {
				return nil, err
			}
		}
	}
	if idName != "" && one.params[idName] == nil {
		return nil, fmt.Errorf("the column %s is missing or empty", idName)
	}
	return &row{cells: cells, label: label, req: &one}, nil
}

// partlyError reports that some of many are done, and others are not.
type partlyError struct{ text string }

func (e partlyError) Error() string { return e.text }
