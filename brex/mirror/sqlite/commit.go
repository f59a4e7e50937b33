package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// writer writes one batch in a transaction.
type writer struct {
	*stream
	tx       *sql.Tx
	batch    *mirror.Batch
	changes  mirror.Changes
	prepared map[string]*sql.Stmt
}

// exec prepares a statement once for the batch.
func (w *writer) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	stmt := w.prepared[query]
	if stmt == nil {
		var err error
		if stmt, err = w.tx.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		w.prepared[query] = stmt
	}
	return stmt.ExecContext(ctx, args...)
}

// begin makes sure that nobody else has committed since the stream was begun.
func (w *writer) begin(ctx context.Context) error {
	var revision int64
	err := w.tx.QueryRowContext(ctx, `SELECT revision FROM _brex_sync WHERE _company_id = ? AND stream = ?`, w.company, w.table.Name).Scan(&revision)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if revision != w.batch.State.Revision-1 {
		return mirror.ErrConcurrent
	}
	return nil
}

// stored is what is known of a row before the batch.
type stored struct {
	raw, version string
	deleted      bool
}

// chunk is how many rows are looked up by one statement.
const chunk = 200

func (w *writer) rows(ctx context.Context) error {
	for rows := w.batch.Rows; len(rows) > 0; {
		part := rows[:min(len(rows), chunk)]
		rows = rows[len(part):]
		before, err := w.lookup(ctx, part)
		if err != nil {
			return err
		}
		var same []mirror.Row
		for i := range part {
			row := &part[i]
			old, there := before[strings.Join(row.Key, "\x00")]
			statement := w.upsert
			switch {
			case there && !old.deleted && w.batch.Rewrite && old.raw == string(row.Raw):
				w.changes.Same++
				statement = w.renew
			case there && !old.deleted && (old.raw == string(row.Raw) || w.older(row, old)):
				same = append(same, *row)
				continue
			case there && !old.deleted:
				w.changes.Changed++
			default:
				w.changes.Added++
			}
			if err := w.write(ctx, statement, row); err != nil {
				return err
			}
		}
		if err := w.seen(ctx, same); err != nil {
			return err
		}
	}
	return nil
}

// older reports whether the row was read before the stored one changed.
func (w *writer) older(row *mirror.Row, old stored) bool {
	return w.version != "" && !row.Version.IsZero() && argument(row.Version).(string) < old.version
}

// in is the condition that a row is one of n keys.
func (w *writer) in(n int) string {
	one := "(" + marks(len(w.table.Key)) + ")"
	return fmt.Sprintf("_company_id = ? AND (%s) IN (VALUES %s)", ddl.List(w.table.Key), strings.TrimSuffix(strings.Repeat(one+", ", n), ", "))
}

func (w *writer) keys(first []any, rows []mirror.Row) []any {
	args := append(first, w.company)
	for i := range rows {
		for _, k := range rows[i].Key {
			args = append(args, k)
		}
	}
	return args
}

func (w *writer) lookup(ctx context.Context, rows []mirror.Row) (map[string]stored, error) {
	version := "''"
	if w.version != "" {
		version = "coalesce(" + ddl.Quote(w.version) + ", '')"
	}
	query := fmt.Sprintf(`SELECT %s, _raw, %s, _deleted_at IS NOT NULL FROM %s WHERE %s`, ddl.List(w.table.Key), version, ddl.Quote(w.table.Name), w.in(len(rows)))
	found, err := w.tx.QueryContext(ctx, query, w.keys(nil, rows)...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	all := map[string]stored{}
	for found.Next() {
		key := make([]string, len(w.table.Key))
		var s stored
		into := []any{}
		for i := range key {
			into = append(into, &key[i])
		}
		if err := found.Scan(append(into, &s.raw, &s.version, &s.deleted)...); err != nil {
			return nil, err
		}
		all[strings.Join(key, "\x00")] = s
	}
	return all, found.Err()
}

// seen notes that rows are as they were.
func (w *writer) seen(ctx context.Context, rows []mirror.Row) error {
	if len(rows) == 0 {
		return nil
	}
	query := fmt.Sprintf(`UPDATE %s SET _synced_at = ?, _scan = ? WHERE %s`, ddl.Quote(w.table.Name), w.in(len(rows)))
	_, err := w.tx.ExecContext(ctx, query, w.keys([]any{argument(w.batch.At), w.batch.Scan}, rows)...)
	w.changes.Same += len(rows)
	return err
}

// write puts a row and its children in the place of what was there.
func (w *writer) write(ctx context.Context, statement string, row *mirror.Row) error {
	at := argument(w.batch.At)
	args := make([]any, 0, len(row.Values)+6)
	for _, v := range row.Values {
		args = append(args, argument(v))
	}
	args = append(args, w.company, at, at, nil, w.batch.Scan, string(row.Raw)) // in the order of ddl.Of
	if _, err := w.exec(ctx, statement, args...); err != nil {
		return err
	}
	for i, child := range row.Children {
		if err := w.children(ctx, i, row.Key, child); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) children(ctx context.Context, i int, key []string, rows [][]any) error {
	if _, err := w.exec(ctx, w.wipe[i], w.key(key)...); err != nil {
		return err
	}
	for position, values := range rows {
		args := make([]any, 0, len(values)+4)
		for _, v := range values {
			args = append(args, argument(v))
		}
		args = append(append(args, w.key(key)...), position)
		if _, err := w.exec(ctx, w.insert[i], args...); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) tombstones(ctx context.Context) error {
	query := fmt.Sprintf(`UPDATE %s SET _deleted_at = ? WHERE %s AND _deleted_at IS NULL`, ddl.Quote(w.table.Name), w.where)
	for _, key := range w.batch.Tombstones {
		result, err := w.exec(ctx, query, append([]any{argument(w.batch.At)}, w.key(key)...)...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		w.changes.Deleted += int(n)
	}
	return nil
}

// erase removes rows for good; the database overwrites what is removed.
func (w *writer) erase(ctx context.Context) error {
	for _, key := range w.batch.Erase {
		for _, query := range append([]string{fmt.Sprintf(`DELETE FROM %s WHERE %s`, ddl.Quote(w.table.Name), w.where)}, w.wipe...) {
			if _, err := w.exec(ctx, query, w.key(key)...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) settle(ctx context.Context) error {
	for _, id := range w.batch.Settled {
		if _, err := w.exec(ctx, `DELETE FROM _brex_touched WHERE _company_id = ? AND stream = ? AND id = ?`, w.company, w.table.Name, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) save(ctx context.Context) error {
	s := w.batch.State
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(ctx, `INSERT INTO _brex_sync (_company_id, stream, status, last_success, last_full, watermark, error, revision, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (_company_id, stream) DO UPDATE SET status = excluded.status, last_success = excluded.last_success,
		last_full = excluded.last_full, watermark = excluded.watermark, error = excluded.error, revision = excluded.revision, state = excluded.state`,
		w.company, w.table.Name, string(s.Status), argument(s.LastSuccess), argument(s.LastFull), argument(s.Watermark), s.Error, s.Revision, string(text))
	return err
}
