package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// stream is the tables of one stream for one company.
type stream struct {
	db      *sql.DB
	company string
	table   *mirror.Table
	tables  []ddl.Table // its own first
	state   mirror.State
	version string // the column of the last change, empty for none

	upsert string   // of a row
	renew  string   // of a row that is as it was
	insert []string // of a child's row, by child
	where  string   // company and key
	wipe   []string // of a row's children
}

func newStream(db *sql.DB, company string, t *mirror.Table) *stream {
	s := &stream{db: db, company: company, table: t, tables: ddl.Of(t)}
	if t.Watermark != nil && !t.Watermark.Days {
		s.version = t.Watermark.Column
	}
	s.where = equal(append([]string{mirror.CompanyColumn}, t.Key...))
	insert := func(table ddl.Table) string {
		names := table.Names()
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", ddl.Quote(table.Name), ddl.List(names), marks(len(names)))
	}
	conflict := func(kept string) string {
		var set []string
		for _, name := range s.tables[0].Names() {
			if name != kept {
				set = append(set, ddl.Quote(name)+" = excluded."+ddl.Quote(name))
			}
		}
		return insert(s.tables[0]) + fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", ddl.List(s.tables[0].Key), strings.Join(set, ", "))
	}
	s.upsert, s.renew = conflict(""), conflict(mirror.ChangedColumn)
	for _, child := range s.tables[1:] {
		s.insert = append(s.insert, insert(child))
		s.wipe = append(s.wipe, fmt.Sprintf("DELETE FROM %s WHERE %s", ddl.Quote(child.Name), equal(append([]string{mirror.CompanyColumn}, ddl.ParentKey(t)...))))
	}
	return s
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func equal(names []string) string {
	var parts []string
	for _, name := range names {
		parts = append(parts, ddl.Quote(name)+" = ?")
	}
	return strings.Join(parts, " AND ")
}

// key is the arguments for the company and a key.
func (s *stream) key(key []string) []any {
	args := []any{s.company}
	for _, k := range key {
		args = append(args, k)
	}
	return args
}

// State implements mirror.Stream.
func (s *stream) State() mirror.State { return s.state }

// Commit implements mirror.Stream.
func (s *stream) Commit(ctx context.Context, b mirror.Batch) (mirror.Changes, error) {
	var c mirror.Changes
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return c, err
	}
	defer tx.Rollback()
	w := &writer{stream: s, tx: tx, batch: &b, prepared: map[string]*sql.Stmt{}}
	for _, step := range []func(context.Context) error{w.begin, w.erase, w.rows, w.tombstones, w.settle, w.save} {
		if err := step(ctx); err != nil {
			return c, s.explain(err)
		}
	}
	if err := tx.Commit(); err != nil {
		return c, s.explain(err)
	}
	s.state = b.State
	return w.changes, nil
}

func (s *stream) explain(err error) error {
	if errors.Is(err, mirror.ErrConcurrent) {
		return err
	}
	return fmt.Errorf("mirror/sqlite: %s: %w", s.table.Name, err)
}

// Keys implements mirror.Stream.
func (s *stream) Keys(ctx context.Context, from, before int64) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		query := fmt.Sprintf(`SELECT %s FROM %s WHERE _company_id = ? AND _deleted_at IS NULL AND _scan >= ? AND _scan < ?`, ddl.List(s.table.Key), ddl.Quote(s.table.Name))
		s.each(ctx, query, []any{s.company, from, before}, len(s.table.Key), func(values []string) bool { return yield(values, nil) }, func(err error) { yield(nil, err) })
	}
}

// Holding implements mirror.Stream.
func (s *stream) Holding(ctx context.Context, text string) iter.Seq2[mirror.Stored, error] {
	return func(yield func(mirror.Stored, error) bool) {
		n := len(s.table.Key)
		query := fmt.Sprintf(`SELECT %s, _raw FROM %s WHERE _company_id = ? AND instr(_raw, ?) > 0`, ddl.List(s.table.Key), ddl.Quote(s.table.Name))
		s.each(ctx, query, []any{s.company, text}, n+1, func(v []string) bool {
			return yield(mirror.Stored{Key: v[:n], Raw: json.RawMessage(v[n])}, nil)
		}, func(err error) { yield(mirror.Stored{}, err) })
	}
}

// each calls f for every row of a query of text columns.
func (s *stream) each(ctx context.Context, query string, args []any, columns int, f func([]string) bool, fail func(error)) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		fail(s.explain(err))
		return
	}
	defer rows.Close()
	for rows.Next() {
		values, into := make([]string, columns), make([]any, columns)
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			fail(s.explain(err))
			return
		}
		if !f(values) {
			return
		}
	}
	if err := rows.Err(); err != nil {
		fail(s.explain(err))
	}
}

// Count implements mirror.Stream.
func (s *stream) Count(ctx context.Context) (n int, err error) {
	err = s.db.QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*) FROM %s WHERE _company_id = ? AND _deleted_at IS NULL`, ddl.Quote(s.table.Name)), s.company).Scan(&n)
	return n, err
}

// Touched implements mirror.Stream.
func (s *stream) Touched(ctx context.Context) (keys []string, err error) {
	s.each(ctx, `SELECT id FROM _brex_touched WHERE _company_id = ? AND stream = ? ORDER BY id`, []any{s.company, s.table.Name}, 1,
		func(v []string) bool { keys = append(keys, v[0]); return true }, func(e error) { err = e })
	return slices.Clone(keys), err
}
