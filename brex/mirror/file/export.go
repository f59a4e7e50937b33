package file

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// Export is a sink for one run: it writes one file for each table into a folder, with the columns of the documents alone, and keeps
// no state. A file has its name once it is whole; one of that name is replaced.
type Export struct {
	sink Sink

	mu      sync.Mutex
	scratch string // folder of the indexes, made for the first stream and removed by Close
	streams []*exported
}

// NewExport makes an export into a folder, which is made where it is missing.
func NewExport(dir string, format Format, opts ...Option) (*Export, error) {
	if err := format.check(); err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, errors.New("mirror/file: NewExport: the folder is empty")
	}
	e := &Export{sink: Sink{dir: dir, format: format, dressing: dressing{guarded: true}}}
	for _, opt := range opts {
		opt(&e.sink)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mirror/file: %w", err)
	}
	return e, nil
}

// Close removes the files that are not whole.
func (e *Export) Close() error {
	var errs []error
	for _, x := range e.streams {
		errs = append(errs, x.abandon())
	}
	return errors.Join(append(errs, os.RemoveAll(e.scratch))...)
}

// States implements mirror.Sink; an export has none.
func (e *Export) States(context.Context) ([]mirror.State, error) { return nil, nil }

// Note implements mirror.Sink; an export keeps nothing.
func (e *Export) Note(context.Context, string, string, string) error {
	return errors.New("mirror/file: an export has no next run")
}

// Notes implements mirror.Sink.
func (e *Export) Notes(context.Context, string, string) ([]string, error) { return nil, nil }

// Begin implements mirror.Sink.
func (e *Export) Begin(_ context.Context, _ string, t *mirror.Table) (mirror.Stream, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.scratch == "" {
		scratch, err := os.MkdirTemp(e.sink.dir, ".export-")
		if err != nil {
			return nil, fmt.Errorf("mirror/file: %w", err)
		}
		e.scratch = scratch
	}
	seen, err := openIndex(filepath.Join(e.scratch, t.Name), extent{})
	if err != nil {
		return nil, fmt.Errorf("mirror/file: %w", err)
	}
	x := &exported{sink: &e.sink, table: t, seen: seen}
	for i, table := range ddl.Of(t) {
		columns := table.Columns[:len(table.Columns)-1] // the company is of no use in one company's file
		if i == 0 {
			columns = columns[:len(t.Columns)]
		}
		x.files = append(x.files, &exportFile{path: filepath.Join(e.sink.dir, table.Name+"."+string(e.sink.format)), columns: columns})
	}
	e.streams = append(e.streams, x)
	return x, nil
}

// exported is one stream of an export.
type exported struct {
	sink  *Sink
	table *mirror.Table
	files []*exportFile
	seen  *index     // of the rows that are in the files
	keys  [][]string // of rows that other lists are read for
	state mirror.State
}

type exportFile struct {
	path    string
	columns []mirror.Column
	file    *os.File
	rows    rowWriter
}

// State implements mirror.Stream.
func (x *exported) State() mirror.State { return x.state }

// Commit implements mirror.Stream.
func (x *exported) Commit(_ context.Context, b mirror.Batch) (c mirror.Changes, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("mirror/file: %s: %w", x.table.Name, err)
		}
	}()
	keys := make([]string, len(b.Rows))
	for i := range b.Rows {
		keys[i] = ddl.KeyText(b.Rows[i].Key)
	}
	known, err := x.seen.find(keys)
	if err != nil {
		return c, err
	}
	var learned []entry
	for i := range b.Rows {
		row := &b.Rows[i]
		if _, ok := known[keys[i]]; ok { // it moved to a later page while others came
			c.Same++
			continue
		}
		known[keys[i]] = entry{key: keys[i]}
		learned = append(learned, known[keys[i]])
		c.Added++
		if len(x.table.Key) == 1 && feeds(x.table.Name) {
			x.keys = append(x.keys, row.Key)
		}
		for table, line := range ddl.Lines(row, "", b.At, b.At, b.Scan) {
			if err := x.files[table].write(x.sink, line); err != nil {
				return c, err
			}
		}
	}
	if err := x.learn(learned, b.State.Revision); err != nil {
		return c, err
	}
	x.state = b.State
	if b.State.Status == mirror.StatusDone && b.State.Reading == nil {
		return c, x.finish()
	}
	if b.State.Status == mirror.StatusFailed || b.State.Status == mirror.StatusSkipped {
		return c, x.abandon()
	}
	return c, nil
}

func (x *exported) learn(keys []entry, revision int64) error {
	was := x.seen.extent
	next, err := x.seen.write(keys, revision)
	if err != nil {
		return err
	}
	x.seen.apply(keys, next)
	if next.Merge == was.Merge {
		return nil
	}
	return errors.Join(remove(x.seen.sorted(was)), remove(x.seen.log(was)))
}

// feeds reports whether lists of other streams are read for the rows of a table.
func feeds(table string) bool {
	return slices.ContainsFunc(mirror.Tables(), func(t *mirror.Table) bool { return t.Parent != nil && t.Parent.Table == table })
}

func (f *exportFile) write(s *Sink, line []any) error {
	if f.rows == nil {
		if err := f.begin(s); err != nil {
			return err
		}
	}
	return f.rows.write(line[:len(f.columns)])
}

func (f *exportFile) begin(s *Sink) (err error) {
	if f.file, err = createTemp(f.path); err == nil {
		f.rows, err = s.format.writer(f.file, f.columns, s.dressing)
	}
	return err
}

// finish gives the files their names. A stream without rows has a file without rows: it was read.
func (x *exported) finish() error {
	for _, f := range x.files {
		if f.rows == nil {
			if f.file != nil {
				continue // finished before
			}
			if err := f.begin(x.sink); err != nil {
				return err
			}
		}
		rows := f.rows
		f.rows = nil
		if err := finishFile(f.file, f.path, rows.close()); err != nil {
			return errors.Join(err, x.abandon())
		}
	}
	return nil
}

// abandon removes the files that are not whole.
func (x *exported) abandon() error {
	var errs []error
	for _, f := range x.files {
		if f.rows != nil {
			f.rows = nil
			errs = append(errs, f.file.Close(), remove(f.file.Name()))
		}
	}
	return errors.Join(errs...)
}

// Keys implements mirror.Stream.
func (x *exported) Keys(_ context.Context, from, before int64) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		if from > 0 || before < math.MaxInt64 {
			return // nothing was there before this run
		}
		for _, key := range x.keys {
			if !yield(key, nil) {
				return
			}
		}
	}
}

// Holding implements mirror.Stream.
func (x *exported) Holding(context.Context, string) iter.Seq2[mirror.Stored, error] {
	return func(func(mirror.Stored, error) bool) {}
}
