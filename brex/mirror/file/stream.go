package file

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// stream is the files of one stream for one company.
type stream struct {
	sink     *Sink
	company  string
	table    *mirror.Table
	tables   []ddl.Table // its own first
	base     string      // of the names in _state
	manifest manifest
	index    *index
	ended    bool // the stream was begun anew
}

func (s *stream) dir(table string) string {
	return filepath.Join(s.sink.dir, table, place(s.company))
}

func (s *stream) path(p part) string { return filepath.Join(s.dir(p.Table), p.Name) }

func (s *stream) explain(err error) error {
	if err == nil || errors.Is(err, mirror.ErrConcurrent) {
		return err
	}
	return fmt.Errorf("mirror/file: %s: %w", s.table.Name, err)
}

// clean removes what the last commit does not know: it was replaced, or a run ended while it wrote it.
func (s *stream) clean() error {
	known := map[string]bool{s.base + manifestEnd: true, s.base + notesEnd: true, s.index.log(s.index.extent): true, s.index.sorted(s.index.extent): true}
	for _, p := range s.manifest.Parts {
		known[s.path(p)] = true
	}
	errs := []error{removeOthers(filepath.Dir(s.base), s.table.Name+".", known)}
	for _, t := range s.tables {
		errs = append(errs, removeOthers(s.dir(t.Name), "part-", known))
	}
	return errors.Join(errs...)
}

// State implements mirror.Stream.
func (s *stream) State() mirror.State { return s.manifest.State }

// Commit implements mirror.Stream. What it writes counts when the manifest has been replaced.
func (s *stream) Commit(_ context.Context, b mirror.Batch) (mirror.Changes, error) {
	c, err := s.commit(b)
	return c, s.explain(err)
}

func (s *stream) commit(b mirror.Batch) (mirror.Changes, error) {
	var c mirror.Changes
	if s.ended || b.State.Revision != s.manifest.State.Revision+1 {
		return c, mirror.ErrConcurrent
	}
	next := s.manifest
	next.State, next.Parts = b.State, slices.Clone(s.manifest.Parts)
	if len(b.Erase) > 0 {
		if err := s.rewrite(&next, b); err != nil {
			return c, err
		}
	}
	rows := make([][][]any, len(s.tables))
	learned, err := s.add(rows, b, &c)
	if err != nil {
		return c, err
	}
	for i, t := range s.tables {
		if len(rows[i]) == 0 {
			continue
		}
		p := part{Table: t.Name, Name: fmt.Sprintf("part-%09d.%s", b.State.Revision, s.sink.format), Rows: len(rows[i])}
		if err := s.write(t, p, rows[i]); err != nil {
			return c, err
		}
		next.Parts = append(next.Parts, p)
	}
	if next.Index, err = s.index.write(learned, b.State.Revision); err != nil {
		return c, err
	}
	if err := writeJSON(s.base+manifestEnd, next); err != nil {
		return c, err
	}
	stale := len(b.Erase) > 0 || next.Index.Merge != s.manifest.Index.Merge
	s.manifest = next
	s.index.apply(learned, next.Index)
	if stale {
		err = s.clean()
	}
	return c, errors.Join(err, s.settle(b.Settled))
}

// add sorts a batch into the rows of the parts, by table, and returns what the index learns.
func (s *stream) add(rows [][][]any, b mirror.Batch, c *mirror.Changes) (learned []entry, err error) {
	keys := make([]string, 0, len(b.Rows)+len(b.Tombstones))
	for i := range b.Rows {
		keys = append(keys, ddl.KeyText(b.Rows[i].Key))
	}
	for _, key := range b.Tombstones {
		keys = append(keys, ddl.KeyText(key))
	}
	known, err := s.index.find(keys)
	if err != nil {
		return nil, err
	}
	for _, key := range b.Erase {
		learned = append(learned, entry{state: erased, key: ddl.KeyText(key)})
		delete(known, ddl.KeyText(key))
	}
	for i := range b.Rows {
		row := &b.Rows[i]
		e, was := known[keys[i]]
		write, _ := ddl.Judge(&b, row, ddl.Known{Content: e.content, Version: time.UnixMicro(e.version), Deleted: e.state == deleted}, was, c)
		if !write {
			e.scan = b.Scan
			learned = append(learned, e)
			continue
		}
		learned = append(learned, entry{content: row.Content(), version: row.Version.UnixMicro(), scan: b.Scan, key: keys[i]})
		for table, line := range ddl.Lines(row, s.company, b.At, b.At, b.Scan) {
			rows[table] = append(rows[table], append(line, b.State.Revision))
		}
	}
	for i, key := range b.Tombstones {
		e, was := known[keys[len(b.Rows)+i]]
		if !was || e.state == deleted {
			continue
		}
		c.Deleted++
		e.state, e.content = deleted, 0
		learned = append(learned, e)
		rows[0] = append(rows[0], s.tombstone(key, b))
	}
	return learned, nil
}

// tombstone is a row with nothing but its key and the time at which it was found to be gone.
func (s *stream) tombstone(key []string, b mirror.Batch) []any {
	values := make([]any, len(s.table.Columns))
	for i, c := range s.table.Columns {
		if k := slices.Index(s.table.Key, c.Name); k >= 0 {
			values[i] = key[k]
		}
	}
	return append(values, s.company, b.At, b.At, b.At, b.Scan, nil, b.State.Revision)
}

func (s *stream) write(t ddl.Table, p part, rows [][]any) error {
	return createFile(s.path(p), func(f *os.File) error {
		w, err := s.sink.format.writer(f, t.Columns, s.sink.dressing)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := w.write(row); err != nil {
				return err
			}
		}
		return w.close()
	})
}

// Keys implements mirror.Stream.
func (s *stream) Keys(ctx context.Context, from, before int64) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for e, err := range s.index.all() {
			if err := errors.Join(err, ctx.Err()); err != nil {
				yield(nil, s.explain(err))
				return
			}
			if e.state == there && e.scan >= from && e.scan < before && !yield(strings.Split(e.key, "\x00"), nil) {
				return
			}
		}
	}
}

func (s *stream) settle(keys []string) error {
	for _, key := range keys {
		if err := remove(filepath.Join(s.base+notesEnd, hex.EncodeToString([]byte(key)))); err != nil {
			return err
		}
	}
	return nil
}

// Holding implements mirror.Stream. A row that ever had the text is yielded as it is now, because its older parts are still there.
func (s *stream) Holding(_ context.Context, text string) iter.Seq2[mirror.Stored, error] {
	return func(yield func(mirror.Stored, error) bool) {
		hits, latest := map[string]bool{}, map[string]mirror.Stored{}
		note := func(key []string, raw string) bool {
			if raw != "" && strings.Contains(raw, text) {
				hits[ddl.KeyText(key)] = true
			}
			return false
		}
		take := func(key []string, raw string) bool {
			if raw != "" && hits[ddl.KeyText(key)] {
				latest[ddl.KeyText(key)] = mirror.Stored{Key: key, Raw: json.RawMessage(raw)}
			}
			return false
		}
		for _, pass := range []selection{note, take} {
			for _, p := range s.manifest.Parts {
				if p.Table != s.table.Name {
					continue
				}
				if err := s.filter(p, io.Discard, pass); err != nil {
					yield(mirror.Stored{}, s.explain(err))
					return
				}
			}
		}
		for _, stored := range latest {
			if !yield(stored, nil) {
				return
			}
		}
	}
}

// filter reads a part, and copies what is kept to w.
func (s *stream) filter(p part, w io.Writer, keep selection) error {
	key := s.table.Key
	if p.Table != s.table.Name {
		key = ddl.ParentKey(s.table)
	}
	r, err := os.Open(s.path(p))
	if err != nil {
		return err
	}
	return errors.Join(s.sink.format.filter(r, w, key, keep), r.Close())
}

// rewrite copies the parts that hold rows to be erased, without them.
func (s *stream) rewrite(next *manifest, b mirror.Batch) error {
	erase := map[string]bool{}
	for _, key := range b.Erase {
		erase[ddl.KeyText(key)] = true
	}
	for i, p := range next.Parts {
		hit := false
		if err := s.filter(p, io.Discard, func(key []string, _ string) bool { hit = hit || erase[ddl.KeyText(key)]; return false }); err != nil {
			return err
		}
		if !hit {
			continue
		}
		q := part{Table: p.Table, Name: fmt.Sprintf("part-%s-%d.%s", strings.Split(strings.TrimPrefix(p.Name, "part-"), ".")[0], b.State.Revision, s.sink.format)}
		err := createFile(filepath.Join(s.dir(p.Table), q.Name), func(f *os.File) error {
			return s.filter(p, f, func(key []string, _ string) bool {
				if erase[ddl.KeyText(key)] {
					return false
				}
				q.Rows++
				return true
			})
		})
		if err != nil {
			return err
		}
		next.Parts[i] = q
	}
	return nil
}
