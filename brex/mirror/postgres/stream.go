package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// stream is the tables of one stream for one company.
type stream struct {
	pool    *pgxpool.Pool
	company string
	table   *mirror.Table
	tables  []ddl.Table // its own first
	state   mirror.State
}

func (s *stream) explain(err error) error {
	if err == nil || errors.Is(err, mirror.ErrConcurrent) {
		return err
	}
	return fmt.Errorf("mirror/postgres: %s: %w", s.table.Name, err)
}

// State implements mirror.Stream.
func (s *stream) State() mirror.State { return s.state }

// Commit implements mirror.Stream.
func (s *stream) Commit(ctx context.Context, b mirror.Batch) (c mirror.Changes, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		w := &writer{stream: s, tx: tx, batch: &b}
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

// match is the condition that the rows of two aliases have one key; names are those of the second.
func (s *stream) match(a, b string, names []string) string {
	parts := []string{fmt.Sprintf("%s._company_id = %s._company_id", a, b)}
	for i, k := range s.table.Key {
		parts = append(parts, fmt.Sprintf("%s.%s = %s.%s", a, ddl.Quote(k), b, ddl.Quote(names[i])))
	}
	return strings.Join(parts, " AND ")
}

// Keys implements mirror.Stream.
func (s *stream) Keys(ctx context.Context, from, before int64) iter.Seq2[[]string, error] {
	query := fmt.Sprintf(`SELECT %s FROM %s WHERE _company_id = $1 AND _deleted_at IS NULL AND _scan >= $2 AND _scan < $3`, ddl.List(s.table.Key), ddl.Quote(s.table.Name))
	return func(yield func([]string, error) bool) {
		for values, err := range s.each(ctx, query, s.company, from, before) {
			if !yield(values, err) {
				return
			}
		}
	}
}

// Holding implements mirror.Stream.
func (s *stream) Holding(ctx context.Context, text string) iter.Seq2[mirror.Stored, error] {
	query := fmt.Sprintf(`SELECT %s, _raw::text FROM %s WHERE _company_id = $1 AND position($2 in _raw::text) > 0`, ddl.List(s.table.Key), ddl.Quote(s.table.Name))
	return func(yield func(mirror.Stored, error) bool) {
		for v, err := range s.each(ctx, query, s.company, text) {
			stored := mirror.Stored{}
			if err == nil {
				n := len(s.table.Key)
				stored = mirror.Stored{Key: v[:n], Raw: json.RawMessage(v[n])}
			}
			if !yield(stored, err) {
				return
			}
		}
	}
}

// each yields the rows of a query of text columns.
func (s *stream) each(ctx context.Context, query string, args ...any) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		rows, err := s.pool.Query(ctx, query, args...)
		if err != nil {
			yield(nil, s.explain(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			values := make([]string, len(rows.FieldDescriptions()))
			into := make([]any, len(values))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				yield(nil, s.explain(err))
				return
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, s.explain(err))
		}
	}
}

// Count implements mirror.Stream.
func (s *stream) Count(ctx context.Context) (n int, err error) {
	err = s.pool.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM %s WHERE _company_id = $1 AND _deleted_at IS NULL`, ddl.Quote(s.table.Name)), s.company).Scan(&n)
	return n, s.explain(err)
}

// Touched implements mirror.Stream.
func (s *stream) Touched(ctx context.Context) (keys []string, err error) {
	for v, err := range s.each(ctx, `SELECT id FROM _brex_touched WHERE _company_id = $1 AND stream = $2 ORDER BY id`, s.company, s.table.Name) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, v[0])
	}
	return keys, nil
}

// argument is a value as pgx writes it into a column.
func argument(v any, to wire.ColumnType) (any, error) {
	switch v := v.(type) {
	case string:
		switch to {
		case wire.ColumnDecimal:
			var n pgtype.Numeric
			err := n.Scan(v)
			return n, err
		case wire.ColumnDate:
			return time.Parse(time.DateOnly, v)
		}
	case time.Time:
		if v.IsZero() {
			return nil, nil
		}
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return []byte(v), nil
	}
	return v, nil
}

func arguments(values []any, columns []mirror.Column) ([]any, error) {
	args := make([]any, len(values))
	for i, v := range values {
		var err error
		if args[i], err = argument(v, columns[i].Type); err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[i].Name, err)
		}
	}
	return args, nil
}
