package sqlsink

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// layout is RFC 3339 with so many digits that times sort as text.
const layout = "2006-01-02T15:04:05.000000Z"

// Text is a time as text that sorts, for databases that have no times.
func Text(t time.Time) string { return t.UTC().Format(layout) }

// writer writes one batch in a transaction.
type writer struct {
	*stream
	transaction
	batch   *mirror.Batch
	changes mirror.Changes
}

// begin makes sure that nobody else has committed since the stream was begun.
func (w *writer) begin(ctx context.Context) error {
	var revision int64
	err := w.QueryRowContext(ctx, `SELECT revision FROM _brex_sync WHERE _company_id = $1 AND stream = $2`, w.company, w.table.Name).Scan(&revision)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if revision != w.batch.State.Revision-1 {
		return mirror.ErrConcurrent
	}
	return nil
}

// in is the condition that the columns hold one of the keys, which are the parameter, of the company, which is the first one.
func (w *writer) in(columns []string, parameter int) string {
	parts := make([]string, len(columns))
	for i := range columns {
		parts[i] = fmt.Sprintf("value ->> %d", i)
	}
	return fmt.Sprintf("_company_id = $1 AND (%s) IN (SELECT %s FROM %s($%d))", ddl.List(columns), strings.Join(parts, ", "), w.d.Each, parameter)
}

func keysOf(keys [][]string) (string, error) {
	b, err := json.Marshal(keys)
	return string(b), err
}

// exec runs a statement on the rows with the keys, which are its second parameter.
func (w *writer) exec(ctx context.Context, keys [][]string, query string, args ...any) (int, error) {
	if len(keys) == 0 {
		return 0, nil
	}
	text, err := keysOf(keys)
	if err != nil {
		return 0, err
	}
	result, err := w.ExecContext(ctx, query, append([]any{w.company, text}, args...)...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// known is what is stored of a row before the batch.
type known struct {
	ddl.Known
	changed time.Time
}

// lookup finds what is stored of the rows of the batch.
func (w *writer) lookup(ctx context.Context) (map[string]known, error) {
	all, n := map[string]known{}, len(w.table.Key)
	keys := make([][]string, len(w.batch.Rows))
	for i := range w.batch.Rows {
		keys[i] = w.batch.Rows[i].Key
	}
	text, err := keysOf(keys)
	if err != nil {
		return nil, err
	}
	query := fmt.Sprintf(`SELECT %s, coalesce(_content, 0), %s, _deleted_at, _changed_at FROM %s WHERE %s`,
		ddl.List(w.table.Key), w.version, ddl.Quote(w.table.Name), w.in(w.table.Key, 2))
	for v, err := range texts(ctx, w.Tx, n+4, query, w.company, text) {
		if err != nil {
			return nil, err
		}
		content, err := strconv.ParseInt(v[n], 10, 64)
		if err != nil {
			return nil, err
		}
		all[ddl.KeyText(v[:n])] = known{ddl.Known{Content: content, Version: instant(v[n+1]), Deleted: v[n+2] != ""}, instant(v[n+3])}
	}
	return all, nil
}

// instant is a time as text, the zero time for none.
func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// rows writes what is new or different, and notes that the others were seen.
func (w *writer) rows(ctx context.Context) error {
	if len(w.batch.Rows) == 0 {
		return nil
	}
	before, err := w.lookup(ctx)
	if err != nil {
		return err
	}
	at, err := w.d.Value(w.batch.At, wire.ColumnTime)
	if err != nil {
		return err
	}
	lines := make([][][]any, len(w.tables))
	var replaced, same [][]string
	for i := range w.batch.Rows {
		row := &w.batch.Rows[i]
		old, there := before[ddl.KeyText(row.Key)]
		write, as := ddl.Judge(w.batch, row, old.Known, there, &w.changes)
		if !write {
			same = append(same, row.Key)
			continue
		}
		if there {
			replaced = append(replaced, row.Key)
		}
		changed := w.batch.At
		if as {
			changed = old.changed
		}
		for table, line := range ddl.Lines(row, w.company, w.batch.At, changed, w.batch.Scan) {
			if table == 0 {
				line = append(line, row.Content())
			}
			lines[table] = append(lines[table], line)
		}
	}
	if _, err := w.exec(ctx, same, fmt.Sprintf(`UPDATE %s SET _synced_at = $3, _scan = $4 WHERE %s`, ddl.Quote(w.table.Name), w.in(w.table.Key, 2)), at, w.batch.Scan); err != nil {
		return err
	}
	for table := range lines {
		if table > 0 { // the children of a row as it was go
			if err := w.wipe(ctx, table, replaced); err != nil {
				return err
			}
		}
		if err := w.put(ctx, table, table == 0 && len(replaced) > 0, lines[table]); err != nil {
			return err
		}
	}
	return nil
}

// put writes the rows of a table. Only with replace may some of them be there already.
func (w *writer) put(ctx context.Context, table int, replace bool, lines [][]any) (err error) {
	if len(lines) == 0 {
		return nil
	}
	t := w.tables[table]
	for _, line := range lines {
		for i, c := range t.Columns {
			if line[i], err = w.d.Value(line[i], c.Type); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
	}
	return w.d.Put(ctx, w.conn, t, replace, lines)
}

// wipe removes the rows of a table that belong to the keys.
func (w *writer) wipe(ctx context.Context, table int, keys [][]string) error {
	names := w.table.Key
	if table > 0 {
		names = ddl.ParentKey(w.table)
	}
	_, err := w.exec(ctx, keys, fmt.Sprintf(`DELETE FROM %s WHERE %s`, ddl.Quote(w.tables[table].Name), w.in(names, 2)))
	return err
}

func (w *writer) tombstones(ctx context.Context) (err error) {
	at, err := w.d.Value(w.batch.At, wire.ColumnTime)
	if err != nil {
		return err
	}
	w.changes.Deleted, err = w.exec(ctx, w.batch.Tombstones, fmt.Sprintf(`UPDATE %s SET _deleted_at = $3 WHERE %s AND _deleted_at IS NULL`,
		ddl.Quote(w.table.Name), w.in(w.table.Key, 2)), at)
	return err
}

func (w *writer) erase(ctx context.Context) error {
	for i := range w.tables {
		if err := w.wipe(ctx, i, w.batch.Erase); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) settle(ctx context.Context) error {
	var keys [][]string
	for _, id := range w.batch.Settled {
		keys = append(keys, []string{id})
	}
	_, err := w.exec(ctx, keys, `DELETE FROM _brex_notes WHERE kind = $3 AND `+w.in([]string{"id"}, 2), w.table.Name)
	return err
}

func (w *writer) save(ctx context.Context) error {
	s := w.batch.State
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var times [3]any
	for i, t := range []time.Time{s.LastSuccess, s.LastFull, s.Watermark} {
		if times[i], err = w.d.Value(t, wire.ColumnTime); err != nil {
			return err
		}
	}
	_, err = w.ExecContext(ctx, `INSERT INTO _brex_sync (_company_id, stream, status, last_success, last_full, watermark, error, revision, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (_company_id, stream) DO UPDATE SET status = excluded.status,
		last_success = excluded.last_success, last_full = excluded.last_full, watermark = excluded.watermark, error = excluded.error,
		revision = excluded.revision, state = excluded.state`,
		w.company, w.table.Name, string(s.Status), times[0], times[1], times[2], s.Error, s.Revision, string(text))
	return err
}
