package file

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

func (s *stream) explain(err error) error {
	if err == nil || errors.Is(err, mirror.ErrConcurrent) {
		return err
	}
	return fmt.Errorf("mirror/file: %s: %w", s.table.Name, err)
}

// clean removes what no commit knows: a run ended while it wrote it.
func (s *stream) clean() error {
	for _, t := range s.tables {
		entries, err := os.ReadDir(s.dir(t.Name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := e.Name()
			known := slices.ContainsFunc(s.manifest.Parts, func(p part) bool { return p.Table == t.Name && p.Name == name })
			if known || !strings.HasPrefix(name, "part-") {
				continue
			}
			if err := os.Remove(filepath.Join(s.dir(t.Name), name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// open reads the index, and writes it anew where most of it no longer counts.
func (s *stream) open() (err error) {
	if s.manifest.Index == "" {
		s.manifest.Index = s.table.Name + ".index"
	}
	dir := filepath.Dir(s.base)
	if s.index, err = openIndex(filepath.Join(dir, s.manifest.Index), s.manifest.Size); err != nil || !s.index.bloated() {
		return err
	}
	next := s.manifest
	next.Index = s.table.Name + ".index"
	if s.manifest.Index == next.Index {
		next.Index = s.table.Name + ".index2"
	}
	copied, err := s.index.copyTo(filepath.Join(dir, next.Index))
	if err != nil {
		return err
	}
	next.Size = copied.size
	old := s.index
	if err := s.save(next); err != nil {
		return err
	}
	s.index = copied
	return errors.Join(old.file.Close(), os.Remove(old.path))
}

func (s *stream) save(m manifest) error {
	if err := writeJSON(s.base+".manifest.json", m); err != nil {
		return err
	}
	s.manifest = m
	return nil
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
	u, rows := &update{}, make([][][]any, len(s.tables))
	if err := s.add(u, rows, b, &c); err != nil {
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
	if err := s.index.write(u); err != nil {
		return c, err
	}
	next.Size = s.index.size + int64(len(u.bytes))
	before := s.manifest.Parts
	if err := s.save(next); err != nil {
		return c, err
	}
	s.index.apply(u)
	return c, errors.Join(s.removeParts(before), s.settle(b.Settled))
}

// add sorts a batch into the rows of the parts, by table, and what the index learns.
func (s *stream) add(u *update, rows [][][]any, b mirror.Batch, c *mirror.Changes) error {
	erased := map[string]bool{}
	for _, key := range b.Erase {
		s.index.put(u, key, entry{scan: -1})
		erased[ddl.KeyText(key)] = true
	}
	for i := range b.Rows {
		row := &b.Rows[i]
		e, there, err := s.index.get(row.Key)
		if err != nil {
			return err
		}
		there = there && !erased[ddl.KeyText(row.Key)]
		write, _ := ddl.Judge(&b, row, ddl.Known{Content: e.content, Version: e.version.time(), Deleted: e.deleted}, there, c)
		if !write {
			e.scan = b.Scan
			s.index.put(u, row.Key, e)
			continue
		}
		next := entry{content: row.Content(), version: microsOf(row.Version), scan: b.Scan}
		s.index.put(u, row.Key, next)
		rows[0] = append(rows[0], append(slices.Clone(row.Values), s.company, b.At, b.At, nil, b.Scan, row.Raw, b.State.Revision)) // in the order of ddl.Of
		for child, elements := range row.Children {
			for position, values := range elements {
				line := append(slices.Clone(values), any(s.company))
				for _, k := range row.Key {
					line = append(line, k)
				}
				rows[child+1] = append(rows[child+1], append(line, int64(position), b.State.Revision))
			}
		}
	}
	for _, key := range b.Tombstones {
		e, there, err := s.index.get(key)
		if err != nil {
			return err
		}
		if !there || e.deleted {
			continue
		}
		c.Deleted++
		e.deleted, e.content = true, 0
		s.index.put(u, key, e)
		rows[0] = append(rows[0], s.tombstone(key, b))
	}
	return nil
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
	return s.create(filepath.Join(s.dir(t.Name), p.Name), func(f *os.File) error {
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

func (s *stream) create(path string, fill func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return createFile(path, fill)
}

// Keys implements mirror.Stream.
func (s *stream) Keys(ctx context.Context, from, before int64) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for e, k := range s.index.all() {
			if err := errors.Join(k.err, ctx.Err()); err != nil {
				yield(nil, s.explain(err))
				return
			}
			if !e.deleted && e.scan >= from && e.scan < before && !yield(k.key, nil) {
				return
			}
		}
	}
}

// Count implements mirror.Stream.
func (s *stream) Count(context.Context) (n int, err error) {
	for e, k := range s.index.all() {
		if k.err != nil {
			return 0, s.explain(k.err)
		}
		if !e.deleted {
			n++
		}
	}
	return n, nil
}

// Touched implements mirror.Stream.
func (s *stream) Touched(context.Context) ([]string, error) {
	keys, err := hexNames(s.base + ".touched")
	return keys, s.explain(err)
}

func (s *stream) settle(keys []string) error {
	for _, key := range keys {
		err := os.Remove(filepath.Join(s.base+".touched", hex.EncodeToString([]byte(key))))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// removeParts removes the files of parts that the manifest no longer names.
func (s *stream) removeParts(before []part) error {
	for _, p := range before {
		if slices.Contains(s.manifest.Parts, p) {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir(p.Table), p.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
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
				if err := s.filter(p, nil, pass); err != nil {
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
func (s *stream) filter(p part, w *os.File, keep selection) error {
	i := slices.IndexFunc(s.tables, func(t ddl.Table) bool { return t.Name == p.Table })
	key := s.table.Key
	if i > 0 {
		key = ddl.ParentKey(s.table)
	}
	r, err := os.Open(filepath.Join(s.dir(p.Table), p.Name))
	if err != nil {
		return err
	}
	if w == nil {
		err = s.sink.format.filter(r, nil, s.tables[i].Columns, key, keep)
	} else {
		err = s.sink.format.filter(r, w, s.tables[i].Columns, key, keep)
	}
	return errors.Join(err, r.Close())
}

// rewrite copies the parts that hold rows to be erased, without them.
func (s *stream) rewrite(next *manifest, b mirror.Batch) error {
	erase := map[string]bool{}
	for _, key := range b.Erase {
		erase[ddl.KeyText(key)] = true
	}
	for i, p := range next.Parts {
		hit := false
		if err := s.filter(p, nil, func(key []string, _ string) bool { hit = hit || erase[ddl.KeyText(key)]; return false }); err != nil {
			return err
		}
		if !hit {
			continue
		}
		q := part{Table: p.Table, Name: fmt.Sprintf("part-%s-%d.%s", strings.Split(strings.TrimPrefix(p.Name, "part-"), ".")[0], b.State.Revision, s.sink.format)}
		err := s.create(filepath.Join(s.dir(p.Table), q.Name), func(f *os.File) error {
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
