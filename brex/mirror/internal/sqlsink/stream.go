package sqlsink

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// contentColumn holds Row.Content, by which a row is known to be as it was.
const contentColumn = "_content"

// tablesOf is the tables of a stream, its own first.
func tablesOf(t *mirror.Table) []ddl.Table {
	all := ddl.Of(t)
	all[0].Columns = append(all[0].Columns, ddl.Column(contentColumn, wire.ColumnInteger))
	return all
}

// stream is the tables of one stream for one company.
type stream struct {
	sink    *Sink
	company string
	table   *mirror.Table
	tables  []ddl.Table // its own first
	version string      // the column of the last change, or null
	state   mirror.State
	lease   *lease // nil while it is not leased
}

func newStream(s *Sink, company string, t *mirror.Table) *stream {
	st := &stream{sink: s, company: company, table: t, tables: tablesOf(t), version: "NULL"}
	if t.Watermark != nil && !t.Watermark.Days {
		st.version = ddl.Quote(t.Watermark.Column)
	}
	return st
}

func (s *stream) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", s.sink.d.Name, s.table.Name, err)
}

// load reads what the last commit saved.
func (s *stream) load(ctx context.Context) error {
	states, err := list(ctx, s.sink.db, `SELECT state FROM _brex_sync WHERE _company_id = $1 AND stream = $2`, s.company, s.table.Name)
	if err == nil && len(states) > 0 {
		err = json.Unmarshal([]byte(states[0]), &s.state)
	}
	if err != nil {
		return fmt.Errorf("%s: the state of %s: %w", s.sink.d.Name, s.table.Name, err)
	}
	return nil
}

// State implements mirror.Stream.
func (s *stream) State() mirror.State { return s.state }

// Commit implements mirror.Stream.
func (s *stream) Commit(ctx context.Context, b mirror.Batch) (c mirror.Changes, err error) {
	err = s.begun(ctx, func(ctx context.Context, tx transaction) error {
		w := &writer{stream: s, transaction: tx, batch: &b}
		for _, step := range []func(context.Context) error{w.begin, w.erase, w.rows, w.tombstones, w.settle, w.save} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		c = w.changes
		return nil
	})
	if err != nil {
		return mirror.Changes{}, s.explain(err)
	}
	s.state = b.State
	return c, nil
}

// Keys implements mirror.Stream.
func (s *stream) Keys(ctx context.Context, from, before int64) iter.Seq2[[]string, error] {
	return s.each(ctx, len(s.table.Key), fmt.Sprintf(`SELECT %s FROM %s WHERE _company_id = $1 AND _deleted_at IS NULL AND _scan >= $2 AND _scan < $3`,
		ddl.List(s.table.Key), ddl.Quote(s.table.Name)), s.company, from, before)
}

// Holding implements mirror.Stream.
func (s *stream) Holding(ctx context.Context, text string) iter.Seq2[mirror.Stored, error] {
	n, d := len(s.table.Key), s.sink.d
	query := fmt.Sprintf(`SELECT %s, %s FROM %s WHERE _company_id = $1 AND %s(%s, $2) > 0`, ddl.List(s.table.Key), d.Raw, ddl.Quote(s.table.Name), d.Find, d.Raw)
	return func(yield func(mirror.Stored, error) bool) {
		for v, err := range s.each(ctx, n+1, query, s.company, text) {
			stored := mirror.Stored{}
			if err == nil {
				stored = mirror.Stored{Key: v[:n], Raw: json.RawMessage(v[n])}
			}
			if !yield(stored, err) {
				return
			}
		}
	}
}

// each yields the rows of a query of n columns of text.
func (s *stream) each(ctx context.Context, n int, query string, args ...any) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for values, err := range texts(ctx, s.sink.db, n, query, args...) {
			if !yield(values, s.explain(err)) {
				return
			}
		}
	}
}

// texts yields the rows of a query of n columns as text, empty for null.
func texts(ctx context.Context, db queryer, n int, query string, args ...any) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		rows, err := db.QueryContext(ctx, query, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			values, cells, into := make([]string, n), make([]sql.NullString, n), make([]any, n)
			for i := range cells {
				into[i] = &cells[i]
			}
			err := rows.Scan(into...)
			for i := range cells {
				values[i] = cells[i].String
			}
			if !yield(values, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}
