// Package memory keeps a mirror in memory: for figures of one run, and for tests.
package memory

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// Sink is a copy in memory. Make one with New.
type Sink struct {
	mu      sync.Mutex
	streams map[string]*stream // by company and name
	notes   map[note]bool
}

type note struct{ company, kind, id string }

// New makes an empty copy.
func New() *Sink { return &Sink{streams: map[string]*stream{}, notes: map[note]bool{}} }

// Begin implements mirror.Sink.
func (s *Sink) Begin(_ context.Context, company string, t *mirror.Table) (mirror.Stream, error) {
	st := s.at(company, t)
	return &writer{st, st.state.Revision}, nil
}

func (s *Sink) at(company string, t *mirror.Table) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := ddl.KeyText([]string{company, t.Name})
	if s.streams[name] == nil {
		s.streams[name] = &stream{sink: s, company: company, table: t, rows: map[string]*held{}}
	}
	return s.streams[name]
}

// States implements mirror.Sink.
func (s *Sink) States(context.Context) (all []mirror.State, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.streams)) {
		if st := s.streams[name].state; st.Revision > 0 {
			all = append(all, st)
		}
	}
	return all, nil
}

// Note implements mirror.Sink.
func (s *Sink) Note(_ context.Context, company, kind, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[note{company, kind, id}] = true
	return nil
}

// Notes implements mirror.Sink.
func (s *Sink) Notes(_ context.Context, company, kind string) (ids []string, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.notes {
		if n.company == company && n.kind == kind {
			ids = append(ids, n.id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// Close implements mirror.Sink; the copy stays.
func (s *Sink) Close() error { return nil }

// Rows implements mirror.Reader.
func (s *Sink) Rows(_ context.Context, company string, t *mirror.Table, since time.Time) iter.Seq2[mirror.Copied, error] {
	st := s.at(company, t)
	return func(yield func(mirror.Copied, error) bool) {
		var all []*held
		for _, h := range st.sorted() {
			if !h.At().Before(since) {
				all = append(all, h)
			}
		}
		slices.SortStableFunc(all, func(a, b *held) int { return a.At().Compare(b.At()) })
		for _, h := range all {
			if !yield(h.Copied, nil) {
				return
			}
		}
	}
}

// held is a row, and the number of the reading that saw it last.
type held struct {
	mirror.Copied
	scan int64
}

type stream struct {
	sink    *Sink
	company string
	table   *mirror.Table
	rows    map[string]*held
	state   mirror.State
}

// sorted is the rows by key.
func (s *stream) sorted() []*held {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.rows), func(a, b *held) int { return cmp.Compare(ddl.KeyText(a.Key), ddl.KeyText(b.Key)) })
}

// writer is a stream for one run.
type writer struct {
	*stream
	revision int64 // of the last commit that the run knows
}

// State implements mirror.Stream.
func (w *writer) State() mirror.State { return w.state }

// Commit implements mirror.Stream.
func (w *writer) Commit(_ context.Context, b mirror.Batch) (c mirror.Changes, _ error) {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	if w.state.Revision != w.revision || b.State.Revision != w.revision+1 {
		return c, mirror.ErrConcurrent
	}
	for _, key := range b.Erase {
		delete(w.rows, ddl.KeyText(key))
	}
	for i := range b.Rows {
		w.put(&b, &b.Rows[i], &c)
	}
	for _, key := range b.Tombstones {
		if h := w.rows[ddl.KeyText(key)]; h != nil && h.Deleted.IsZero() {
			h.Deleted = b.At
			c.Deleted++
		}
	}
	for _, key := range b.Settled {
		delete(w.sink.notes, note{w.company, w.table.Name, key})
	}
	w.state, w.revision = b.State, b.State.Revision
	return c, nil
}

func (w *writer) put(b *mirror.Batch, row *mirror.Row, c *mirror.Changes) {
	key := ddl.KeyText(row.Key)
	h := w.rows[key]
	var old ddl.Known
	if h != nil {
		old = ddl.Known{Content: h.Content(), Version: h.Version, Deleted: !h.Deleted.IsZero()}
	} else {
		h = &held{}
		w.rows[key] = h
	}
	write, same := ddl.Judge(b, row, old, len(h.Key) > 0, c)
	if write {
		h.Row, h.Deleted = *row, time.Time{}
		if !same {
			h.Changed = b.At
		}
	}
	h.Synced, h.scan = b.At, b.Scan
}

// Keys implements mirror.Stream.
func (w *writer) Keys(_ context.Context, from, before int64) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, h := range w.sorted() {
			if h.Deleted.IsZero() && h.scan >= from && h.scan < before && !yield(h.Key, nil) {
				return
			}
		}
	}
}

// Holding implements mirror.Stream.
func (w *writer) Holding(_ context.Context, text string) iter.Seq2[mirror.Stored, error] {
	return func(yield func(mirror.Stored, error) bool) {
		for _, h := range w.sorted() {
			if strings.Contains(string(h.Raw), text) && !yield(mirror.Stored{Key: h.Key, Raw: h.Raw}, nil) {
				return
			}
		}
	}
}
