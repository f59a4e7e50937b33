package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
)

// writer writes one batch in a transaction.
type writer struct {
	*stream
	tx      pgx.Tx
	batch   *mirror.Batch
	changes mirror.Changes
}

// begin makes sure that nobody else has committed since the stream was begun, or does now.
func (w *writer) begin(ctx context.Context) error {
	if _, err := w.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7305814, hashtext($1))`, w.company+" "+w.table.Name); err != nil {
		return err
	}
	var revision int64
	err := w.tx.QueryRow(ctx, `SELECT revision FROM _brex_sync WHERE _company_id = $1 AND stream = $2`, w.company, w.table.Name).Scan(&revision)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if revision != w.batch.State.Revision-1 {
		return mirror.ErrConcurrent
	}
	return nil
}

// rows copies the rows beside the table and takes over those that are new or different.
func (w *writer) rows(ctx context.Context) error {
	if len(w.batch.Rows) == 0 {
		return nil
	}
	own := w.tables[0]
	if _, err := w.tx.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE _brex_stage ON COMMIT DROP AS SELECT %s FROM %s LIMIT 0`, ddl.List(own.Names()), ddl.Quote(own.Name))); err != nil {
		return err
	}
	_, err := w.tx.CopyFrom(ctx, pgx.Identifier{"_brex_stage"}, own.Names(), pgx.CopyFromSlice(len(w.batch.Rows), func(i int) ([]any, error) {
		row := &w.batch.Rows[i]
		values := append(append(make([]any, 0, len(own.Columns)), row.Values...), w.company, w.batch.At, w.batch.At, nil, w.batch.Scan, row.Raw) // in the order of ddl.Of
		return arguments(values, own.Columns)
	}))
	if err != nil {
		return err
	}
	if err := w.seen(ctx); err != nil {
		return err
	}
	fresh, err := w.fresh(ctx)
	if err != nil || len(fresh) == 0 {
		return err
	}
	var set []string
	for _, name := range own.Names() {
		set = append(set, ddl.Quote(name)+" = excluded."+ddl.Quote(name))
	}
	_, err = w.tx.Exec(ctx, fmt.Sprintf(`INSERT INTO %[1]s (%[2]s) SELECT %[2]s FROM _brex_stage ON CONFLICT (%[3]s) DO UPDATE SET %[4]s`,
		ddl.Quote(own.Name), ddl.List(own.Names()), ddl.List(own.Key), strings.Join(set, ", ")))
	if err != nil {
		return err
	}
	for i := range w.table.Children {
		if err := w.children(ctx, i, fresh); err != nil {
			return err
		}
	}
	_, err = w.tx.Exec(ctx, `DROP TABLE _brex_stage`)
	return err
}

// seen notes that rows are as they were, and takes them off the stage.
func (w *writer) seen(ctx context.Context) error {
	same := "t._raw = s._raw"
	if m := w.table.Watermark; m != nil && !m.Days {
		same += fmt.Sprintf(" OR s.%[1]s < t.%[1]s", ddl.Quote(m.Column))
	}
	if w.batch.Rewrite { // they are written, but have not changed
		tag, err := w.tx.Exec(ctx, fmt.Sprintf(`UPDATE _brex_stage s SET _changed_at = t._changed_at FROM %s t WHERE %s AND t._deleted_at IS NULL AND t._raw = s._raw`,
			ddl.Quote(w.table.Name), w.match("t", "s", w.table.Key)))
		w.changes.Same, w.changes.Changed = int(tag.RowsAffected()), -int(tag.RowsAffected()) // which fresh counts once more
		if err != nil {
			return err
		}
		same = strings.TrimPrefix(same, "t._raw = s._raw")
		if same == "" {
			return nil
		}
		same = strings.TrimPrefix(same, " OR ")
	}
	tag, err := w.tx.Exec(ctx, fmt.Sprintf(`WITH same AS (
		UPDATE %s t SET _synced_at = s._synced_at, _scan = s._scan FROM _brex_stage s WHERE %s AND t._deleted_at IS NULL AND (%s) RETURNING t._company_id, %s)
		DELETE FROM _brex_stage t USING same s WHERE %s`,
		ddl.Quote(w.table.Name), w.match("t", "s", w.table.Key), same, prefixed("t", w.table.Key), w.match("t", "s", w.table.Key)))
	w.changes.Same += int(tag.RowsAffected())
	return err
}

func prefixed(alias string, names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, alias+"."+ddl.Quote(name))
	}
	return strings.Join(all, ", ")
}

// fresh are the keys on the stage, counted.
func (w *writer) fresh(ctx context.Context) (map[string]bool, error) {
	rows, err := w.tx.Query(ctx, fmt.Sprintf(`SELECT %s, EXISTS (SELECT 1 FROM %s t WHERE %s AND t._deleted_at IS NULL) FROM _brex_stage s`,
		prefixed("s", w.table.Key), ddl.Quote(w.table.Name), w.match("t", "s", w.table.Key)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	keys := map[string]bool{}
	for rows.Next() {
		key := make([]string, len(w.table.Key))
		var there bool
		into := []any{}
		for i := range key {
			into = append(into, &key[i])
		}
		if err := rows.Scan(append(into, &there)...); err != nil {
			return nil, err
		}
		keys[strings.Join(key, "\x00")] = true
		if there {
			w.changes.Changed++
		} else {
			w.changes.Added++
		}
	}
	return keys, rows.Err()
}

// children replaces the rows of a child table that belong to fresh rows.
func (w *writer) children(ctx context.Context, i int, fresh map[string]bool) error {
	child := w.tables[i+1]
	_, err := w.tx.Exec(ctx, fmt.Sprintf(`DELETE FROM %s t USING _brex_stage s WHERE %s`, ddl.Quote(child.Name), w.match("s", "t", ddl.ParentKey(w.table))))
	if err != nil {
		return err
	}
	var all [][]any
	for _, row := range w.batch.Rows {
		if !fresh[strings.Join(row.Key, "\x00")] {
			continue
		}
		for position, values := range row.Children[i] {
			line := append(append(make([]any, 0, len(child.Columns)), values...), any(w.company))
			for _, k := range row.Key {
				line = append(line, k)
			}
			args, err := arguments(append(line, int64(position)), child.Columns)
			if err != nil {
				return err
			}
			all = append(all, args)
		}
	}
	_, err = w.tx.CopyFrom(ctx, pgx.Identifier{child.Name}, child.Names(), pgx.CopyFromRows(all))
	return err
}

// key is the condition for one key, with its arguments after the first ones.
func (w *writer) key(names, key []string, args ...any) (string, []any) {
	parts := []string{fmt.Sprintf("_company_id = $%d", len(args)+1)}
	args = append(args, w.company)
	for i, k := range key {
		parts = append(parts, fmt.Sprintf("%s = $%d", ddl.Quote(names[i]), len(args)+1))
		args = append(args, k)
	}
	return strings.Join(parts, " AND "), args
}

func (w *writer) tombstones(ctx context.Context) error {
	for _, key := range w.batch.Tombstones {
		where, args := w.key(w.table.Key, key, w.batch.At)
		tag, err := w.tx.Exec(ctx, fmt.Sprintf(`UPDATE %s SET _deleted_at = $1 WHERE %s AND _deleted_at IS NULL`, ddl.Quote(w.table.Name), where), args...)
		if err != nil {
			return err
		}
		w.changes.Deleted += int(tag.RowsAffected())
	}
	return nil
}

func (w *writer) erase(ctx context.Context) error {
	for _, key := range w.batch.Erase {
		for _, t := range w.tables {
			names := w.table.Key
			if t.Child >= 0 {
				names = ddl.ParentKey(w.table)
			}
			where, args := w.key(names, key)
			if _, err := w.tx.Exec(ctx, fmt.Sprintf(`DELETE FROM %s WHERE %s`, ddl.Quote(t.Name), where), args...); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) settle(ctx context.Context) error {
	_, err := w.tx.Exec(ctx, `DELETE FROM _brex_touched WHERE _company_id = $1 AND stream = $2 AND id = ANY($3)`, w.company, w.table.Name, w.batch.Settled)
	return err
}

func (w *writer) save(ctx context.Context) error {
	s := w.batch.State
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = w.tx.Exec(ctx, `INSERT INTO _brex_sync (_company_id, stream, status, last_success, last_full, watermark, error, revision, state)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (_company_id, stream) DO UPDATE SET status = excluded.status,
		last_success = excluded.last_success, last_full = excluded.last_full, watermark = excluded.watermark, error = excluded.error,
		revision = excluded.revision, state = excluded.state`,
		w.company, w.table.Name, string(s.Status), orNull(s.LastSuccess), orNull(s.LastFull), orNull(s.Watermark), s.Error, s.Revision, text)
	return err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
