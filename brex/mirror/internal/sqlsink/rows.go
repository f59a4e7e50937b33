package sqlsink

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// Rows implements mirror.Reader.
func (s *Sink) Rows(ctx context.Context, company string, t *mirror.Table, since time.Time) iter.Seq2[mirror.Copied, error] {
	return func(yield func(mirror.Copied, error) bool) {
		st := newStream(s, company, t)
		if err := st.rows(ctx, since, func(c mirror.Copied) bool { return yield(c, nil) }); err != nil {
			yield(mirror.Copied{}, st.explain(err))
		}
	}
}

func (s *stream) rows(ctx context.Context, since time.Time, yield func(mirror.Copied) bool) error {
	if err := s.sink.tables(ctx, s.table); err != nil {
		return err
	}
	restore, err := mirror.Restorer(s.table)
	if err != nil {
		return err
	}
	if since.IsZero() {
		since = time.Unix(0, 0)
	}
	from, err := s.sink.d.Value(since, wire.ColumnTime)
	if err != nil {
		return err
	}
	rows, err := s.sink.db.QueryContext(ctx, fmt.Sprintf(`SELECT %[1]s, %[2]s, _synced_at, _changed_at, _deleted_at FROM %[3]s
		WHERE _company_id = $1 AND (_changed_at >= $2 OR _deleted_at >= $2)
		ORDER BY CASE WHEN _deleted_at > _changed_at THEN _deleted_at ELSE _changed_at END, %[1]s`,
		ddl.List(s.table.Key), s.sink.d.Raw, ddl.Quote(s.table.Name)), s.company, from)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		c, err := s.scan(rows, restore)
		if err != nil || !yield(c) {
			return err
		}
	}
	return rows.Err()
}

func (s *stream) scan(rows *sql.Rows, restore func(mirror.Stored) (mirror.Row, error)) (c mirror.Copied, err error) {
	stored := mirror.Stored{Key: make([]string, len(s.table.Key))}
	var into []any
	for i := range stored.Key {
		into = append(into, &stored.Key[i])
	}
	var raw string
	var times [3]any
	if err := rows.Scan(append(into, &raw, &times[0], &times[1], &times[2])...); err != nil {
		return c, err
	}
	stored.Raw = []byte(raw)
	c.Row, err = restore(stored)
	c.Synced, c.Changed, c.Deleted = instant(times[0]), instant(times[1]), instant(times[2])
	return c, err
}
