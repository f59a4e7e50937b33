// Package file keeps a mirror in files: CSV, JSON lines or Parquet.
//
// A Sink is a folder with one folder for each table and company in it, expenses/<company>/, to which every commit adds a part with
// the rows that it changed: the latest state of a row is the one with the highest _revision, and a row with _deleted_at is gone. What
// was committed, and up to where each list was read, is in _state. Parts that no commit knows are removed when a stream is begun.
//
// An Export is one whole file for each table, without state.
package file

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// RevisionColumn counts the commits of a stream; every row of a part has the number of its own.
const RevisionColumn = "_revision"

// version of the layout of _state.
const version = 1

// Sink is a folder of files.
type Sink struct {
	dir    string
	format Format
	dressing
	unlock func() error

	mu   sync.Mutex
	open map[string]*stream
}

// Option configures a Sink or an Export.
type Option func(*Sink)

// Unguarded leaves strings in CSV as they are that a spreadsheet would run as a formula. Without it they begin with an apostrophe.
func Unguarded() Option { return func(s *Sink) { s.guarded = false } }

// Excel begins CSV with the mark by which Excel knows UTF-8, and writes times as spreadsheets read them, in UTC and whole seconds.
// It is for exports: a Sink refuses it.
func Excel() Option { return func(s *Sink) { s.excel = true } }

// Open opens a folder, making it for its owner alone where it is missing. The folder is locked until Close: a second Sink of the
// same folder, in whatever process, is refused.
func Open(dir string, format Format, opts ...Option) (*Sink, error) {
	if err := format.check(); err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, errors.New("mirror/file: Open: the folder is empty")
	}
	s := &Sink{dir: dir, format: format, dressing: dressing{guarded: true}, open: map[string]*stream{}}
	for _, opt := range opts {
		opt(s)
	}
	if s.excel {
		return nil, errors.New("mirror/file: Open: Excel is for exports: a copy has exact times")
	}
	if err := os.MkdirAll(filepath.Join(dir, stateDir), 0o700); err != nil {
		return nil, fmt.Errorf("mirror/file: %w", err)
	}
	// The lock of a login's file ends with the process, on every system; it needs no login.
	lock, err := brexoauth.NewFileStore(filepath.Join(dir, stateDir, "sync"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	if s.unlock, err = lock.Lock(ctx); err != nil {
		return nil, errors.Join(mirror.ErrConcurrent, fmt.Errorf("mirror/file: %s: %w", dir, err))
	}
	if err := s.checkVersion(); err != nil {
		return nil, errors.Join(err, s.unlock())
	}
	return s, nil
}

// checkVersion refuses a folder of a later version, or of another format.
func (s *Sink) checkVersion() error {
	path := filepath.Join(s.dir, stateDir, "format.json")
	var is struct {
		Version int    `json:"version"`
		Format  Format `json:"format"`
	}
	err := readJSON(path, &is)
	switch {
	case err != nil:
		return err
	case is.Version == 0:
		is.Version, is.Format = version, s.format
		return writeJSON(path, is)
	case is.Version > version:
		return fmt.Errorf("mirror/file: %s has version %d, and this program knows %d: use a newer one", s.dir, is.Version, version)
	case is.Format != s.format:
		return fmt.Errorf("mirror/file: %s holds %s files, not %s: use another folder", s.dir, is.Format, s.format)
	}
	return nil
}

// Close gives the folder free.
func (s *Sink) Close() error {
	for _, st := range s.open {
		st.ended = true
	}
	return s.unlock()
}

// manifest is what a stream committed last.
type manifest struct {
	State mirror.State `json:"state"`
	Parts []part       `json:"parts"`
	Index extent       `json:"index"`
}

// part is a file of rows.
type part struct {
	Table string `json:"table"`
	Name  string `json:"name"`
	Rows  int    `json:"rows"`
}

// States implements mirror.Sink.
func (s *Sink) States(context.Context) ([]mirror.State, error) {
	names, err := filepath.Glob(filepath.Join(escaped(s.dir), stateDir, "*", "*"+manifestEnd))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var all []mirror.State
	for _, name := range names {
		var m manifest
		if err := readJSON(name, &m); err != nil {
			return nil, err
		}
		all = append(all, m.State)
	}
	return all, nil
}

// escaped is a path whose characters mean nothing in a pattern.
func escaped(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// place is the folder of a company, whose id names it.
func place(company string) string { return strings.ReplaceAll(url.PathEscape(company), ".", "%2E") }

// Note implements mirror.Sink. The name of an empty file is the id.
func (s *Sink) Note(_ context.Context, company, kind, id string) error {
	return writeFile(filepath.Join(s.dir, stateDir, place(company), kind+notesEnd, hex.EncodeToString([]byte(id))), nil)
}

// Notes implements mirror.Sink.
func (s *Sink) Notes(_ context.Context, company, kind string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, stateDir, place(company), kind+notesEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, err := hex.DecodeString(e.Name()); err == nil { // others are not ours
			names = append(names, string(name))
		}
	}
	return names, err
}

// Begin implements mirror.Sink.
func (s *Sink) Begin(_ context.Context, company string, t *mirror.Table) (mirror.Stream, error) {
	st := &stream{sink: s, company: company, table: t, tables: ddl.Of(t)}
	for i := range st.tables {
		st.tables[i].Columns = append(st.tables[i].Columns, ddl.Column(RevisionColumn, wire.ColumnInteger))
	}
	st.base = filepath.Join(s.dir, stateDir, place(company), t.Name)
	if err := os.MkdirAll(filepath.Dir(st.base), 0o700); err != nil {
		return nil, fmt.Errorf("mirror/file: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.open[st.base]; before != nil { // of an earlier run
		before.ended = true
	}
	s.open[st.base] = st
	err := readJSON(st.base+manifestEnd, &st.manifest)
	if err == nil {
		st.index, err = openIndex(st.base, st.manifest.Index)
	}
	if err == nil {
		err = st.clean()
	}
	if err != nil {
		return nil, fmt.Errorf("mirror/file: %s: %w", t.Name, err)
	}
	return st, nil
}
