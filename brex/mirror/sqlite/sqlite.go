// Package sqlite keeps a mirror in an SQLite database, without cgo.
//
// Times are text like 2026-11-01T12:00:00.000000Z, dates 2026-11-01, exact decimals text, booleans 0 and 1, and money is whole
// minor units. Each stream's table has a view, expenses_view for expenses, with names behind ids and amounts in exact major units.
// The table _brex_sync says when each stream was last read.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// dialect is SQLite's.
var dialect = ddl.Dialect{
	Types: map[wire.ColumnType]string{wire.ColumnString: "TEXT", wire.ColumnInteger: "INTEGER", wire.ColumnDecimal: "TEXT",
		wire.ColumnBoolean: "INTEGER", wire.ColumnTime: "TEXT", wire.ColumnDate: "TEXT", wire.ColumnJSON: "TEXT"},
	Major: major,
}

// major writes minor units with a point, in text and not in floating numbers.
func major(minor, currency string) string {
	whole := func(digits int) string {
		if digits == 0 {
			return "CAST(" + minor + " AS TEXT)"
		}
		unit := "1" + strings.Repeat("0", digits)
		return fmt.Sprintf("printf('%%s%%d.%%0%dd', CASE WHEN %[2]s < 0 THEN '-' ELSE '' END, abs(%[2]s / %[3]s), abs(%[2]s %% %[3]s))", digits, minor, unit)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CASE WHEN %s IS NULL THEN NULL", minor)
	for _, digits := range []int{0, 3, 4} {
		fmt.Fprintf(&b, " WHEN %s IN (%s) THEN %s", currency, strings.Join(ddl.Digits()[digits], ","), whole(digits))
	}
	return b.String() + " ELSE " + whole(2) + " END"
}

// Schema returns the statements that make the tables and the view of a stream.
func Schema(t *mirror.Table) []string {
	var all []string
	for _, table := range ddl.Of(t) {
		all = append(all, table.Create(dialect))
	}
	return append(all, view(t, ddl.Joined()))
}

func view(t *mirror.Table, exist []string) string {
	return "CREATE VIEW " + ddl.Quote(ddl.ViewName(t.Name)) + " AS\n" + ddl.View(t, dialect, exist)
}

// Sink is an SQLite database.
type Sink struct {
	db *sql.DB

	mu    sync.Mutex
	ready map[string]bool // streams whose tables have been looked at
}

// Open opens a database, making it with mode 0600 where it is missing. A database of a later version of this package is refused.
func Open(path string) (*Sink, error) {
	if path == "" {
		return nil, errors.New("mirror/sqlite: Open: the path is empty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("mirror/sqlite: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // SQLite gives its other files the mode of this one
	if err != nil {
		return nil, fmt.Errorf("mirror/sqlite: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("mirror/sqlite: %w", err)
	}
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(30000)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)"}, "_txlock": {"immediate"}}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("mirror/sqlite: %w", err)
	}
	db.SetMaxOpenConns(1) // there is one writer, and its statements stay prepared
	s := &Sink{db: db, ready: map[string]bool{}}
	if err := s.prepare(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("mirror/sqlite: %s: %w", path, err), db.Close())
	}
	return s, nil
}

// own are the tables that no document makes.
var own = []string{
	`CREATE TABLE IF NOT EXISTS _brex_schema (version INTEGER NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS _brex_sync (_company_id TEXT NOT NULL, stream TEXT NOT NULL, status TEXT, last_success TEXT, last_full TEXT,
		watermark TEXT, error TEXT, revision INTEGER NOT NULL, state TEXT NOT NULL, PRIMARY KEY (_company_id, stream))`,
	`CREATE TABLE IF NOT EXISTS _brex_touched (_company_id TEXT NOT NULL, stream TEXT NOT NULL, id TEXT NOT NULL,
		PRIMARY KEY (_company_id, stream, id))`,
	`CREATE TABLE IF NOT EXISTS _brex_forgotten (_company_id TEXT NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (_company_id, user_id))`,
}

func (s *Sink) prepare(ctx context.Context) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, statement := range own {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	var version sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT max(version) FROM _brex_schema`).Scan(&version); err != nil {
		return err
	}
	if version.Int64 > ddl.Version {
		return fmt.Errorf("the database has version %d, and this program knows %d: use a newer one", version.Int64, ddl.Version)
	}
	if !version.Valid {
		if _, err := tx.ExecContext(ctx, `INSERT INTO _brex_schema VALUES (?)`, ddl.Version); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// Close closes the database.
func (s *Sink) Close() error { return s.db.Close() }

// States implements mirror.Sink.
func (s *Sink) States(ctx context.Context) ([]mirror.State, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT state FROM _brex_sync ORDER BY _company_id, stream`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []mirror.State
	for rows.Next() {
		var text string
		var state mirror.State
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(text), &state); err != nil {
			return nil, fmt.Errorf("mirror/sqlite: _brex_sync: %w", err)
		}
		all = append(all, state)
	}
	return all, rows.Err()
}

// Touch implements mirror.Sink.
func (s *Sink) Touch(ctx context.Context, company, stream, key string) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO _brex_touched VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, company, stream, key)
	return err
}

// Forget implements mirror.Sink.
func (s *Sink) Forget(ctx context.Context, company, user string) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO _brex_forgotten VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%SZ')) ON CONFLICT DO NOTHING`, company, user)
	return err
}

// Forgotten implements mirror.Sink.
func (s *Sink) Forgotten(ctx context.Context, company string) ([]string, error) {
	return listOf(ctx, s.db, `SELECT user_id FROM _brex_forgotten WHERE _company_id = ? ORDER BY user_id`, company)
}

// Begin implements mirror.Sink.
func (s *Sink) Begin(ctx context.Context, company string, t *mirror.Table) (mirror.Stream, error) {
	if err := s.tables(ctx, t); err != nil {
		return nil, fmt.Errorf("mirror/sqlite: the tables of %s: %w", t.Name, err)
	}
	stream := newStream(s.db, company, t)
	var text string
	err := s.db.QueryRowContext(ctx, `SELECT state FROM _brex_sync WHERE _company_id = ? AND stream = ?`, company, t.Name).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return stream, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &stream.state)
	}
	if err != nil {
		return nil, fmt.Errorf("mirror/sqlite: the state of %s: %w", t.Name, err)
	}
	return stream, nil
}

// tables makes what a stream needs, once.
func (s *Sink) tables(ctx context.Context, t *mirror.Table) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready[t.Name] {
		return nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	changed := false
	for _, table := range ddl.Of(t) {
		has, err := listOf(ctx, tx, `SELECT name FROM pragma_table_info(?)`, table.Name)
		if err != nil {
			return err
		}
		statements := table.Add(dialect, has)
		if len(has) == 0 {
			statements = []string{table.Create(dialect)}
		}
		changed = changed || len(statements) > 0
		for _, statement := range statements {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
	}
	if changed {
		if err := views(ctx, tx); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.ready[t.Name] = true
	return nil
}

// views makes the views of all streams whose tables are there anew, because a table that one of them joins may be new.
func views(ctx context.Context, tx *sql.Tx) error {
	exist, err := listOf(ctx, tx, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return err
	}
	for _, t := range mirror.Tables() {
		if !slices.Contains(exist, t.Name) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DROP VIEW IF EXISTS `+ddl.Quote(ddl.ViewName(t.Name))); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, view(t, exist)); err != nil {
			return err
		}
	}
	return nil
}

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func listOf(ctx context.Context, tx queryer, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// layout is RFC 3339 with so many digits that times sort as text.
const layout = "2006-01-02T15:04:05.000000Z"

// argument is a value as SQLite keeps it.
func argument(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return v.UTC().Format(layout)
	case json.RawMessage:
		if v == nil {
			return nil
		}
		return string(v)
	case bool:
		if v {
			return 1
		}
		return 0
	}
	return v
}
