package sqlsink

import (
	"context"
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
	restore := mirror.Restorer(s.table)
	if since.IsZero() {
		since = time.Unix(0, 0)
	}
	from, err := s.sink.d.Value(since, wire.ColumnTime)
	if err != nil {
		return err
	}
	n := len(s.table.Key)
	query := fmt.Sprintf(`SELECT %[1]s, %[2]s, _synced_at, _changed_at, _deleted_at FROM %[3]s
		WHERE _company_id = $1 AND (_changed_at >= $2 OR _deleted_at >= $2)
		ORDER BY CASE WHEN _deleted_at > _changed_at THEN _deleted_at ELSE _changed_at END, %[1]s`,
		ddl.List(s.table.Key), s.sink.d.Raw, ddl.Quote(s.table.Name))
	for v, err := range texts(ctx, s.sink.db, n+4, query, s.company, from) {
		if err != nil {
			return err
		}
		row, err := restore(mirror.Stored{Key: v[:n], Raw: []byte(v[n])})
		if err != nil || !yield(mirror.Copied{Row: row, Synced: instant(v[n+1]), Changed: instant(v[n+2]), Deleted: instant(v[n+3])}) {
			return err
		}
	}
	return nil
}
