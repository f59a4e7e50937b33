// Package sqlsink keeps a mirror in an SQL database. What differs between databases is a Dialect.
package sqlsink

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// Dialect is what differs between databases.
type Dialect struct {
	ddl.Dialect
	Name    string // of the package, for errors
	Lock    string // a statement that keeps others from what $1 names until the transaction ends; empty where transactions exclude each other
	Lease   string // a query whether the session has what $1 names to itself from now on, at once; empty where there is no such lock
	Return  string // a statement that ends what Lease began
	Tables  string // a query for the names of the tables
	Columns string // a query for the names of the columns of table $1
	Each    string // the function that makes rows of a JSON array, in a column named value
	Raw     string // _raw as text
	Find    string // the function for the place of a string in another, 0 for none
	// Value is a value as the database accepts it.
	Value func(v any, to wire.ColumnType) (any, error)
	// Put writes rows of a table. Only with replace may some of them be there already.
	Put func(ctx context.Context, conn *sql.Conn, t ddl.Table, replace bool, lines [][]any) error
}

// Sink is a database.
type Sink struct {
	db *sql.DB
	d  Dialect

	mu    sync.Mutex
	ready map[string]bool // streams whose tables have been looked at
	lease *lease          // for streams that are leased next, nil for none yet
}

// own are the tables that no document makes.
var own = []ddl.Table{
	{Name: "_brex_schema", Key: []string{"version"}, Columns: []mirror.Column{ddl.Column("version", wire.ColumnInteger)}},
	{Name: "_brex_sync", Key: []string{mirror.CompanyColumn, "stream"}, Columns: []mirror.Column{
		ddl.Column(mirror.CompanyColumn, wire.ColumnString), ddl.Column("stream", wire.ColumnString), ddl.Column("status", wire.ColumnString),
		ddl.Column("last_success", wire.ColumnTime), ddl.Column("last_full", wire.ColumnTime), ddl.Column("watermark", wire.ColumnTime),
		ddl.Column("error", wire.ColumnString), ddl.Column("revision", wire.ColumnInteger), ddl.Column("state", wire.ColumnJSON)}},
	{Name: "_brex_notes", Key: []string{mirror.CompanyColumn, "kind", "id"}, Columns: []mirror.Column{
		ddl.Column(mirror.CompanyColumn, wire.ColumnString), ddl.Column("kind", wire.ColumnString), ddl.Column("id", wire.ColumnString), ddl.Column("at", wire.ColumnTime)}},
}

// Open makes the tables that no document makes, and refuses a database of a later version. It closes the database if it fails.
func Open(ctx context.Context, db *sql.DB, d Dialect) (*Sink, error) {
	s := &Sink{db: db, d: d, ready: map[string]bool{}}
	if err := s.change(ctx, prepare); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", d.Name, err), db.Close())
	}
	return s, nil
}

// transaction is one transaction, on a connection of its own.
type transaction struct {
	*sql.Tx
	conn *sql.Conn
	d    *Dialect
}

// begun runs f in a transaction that nobody else who works on the same has open.
func (s *Sink) begun(ctx context.Context, what string, f func(context.Context, transaction) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return s.begunOn(ctx, conn, what, f)
}

func (s *Sink) begunOn(ctx context.Context, conn *sql.Conn, what string, f func(context.Context, transaction) error) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if s.d.Lock != "" {
		if _, err := tx.ExecContext(ctx, s.d.Lock, what); err != nil {
			return err
		}
	}
	if err := f(ctx, transaction{Tx: tx, conn: conn, d: &s.d}); err != nil {
		return err
	}
	return tx.Commit()
}

// change runs f in a transaction that changes tables.
func (s *Sink) change(ctx context.Context, f func(context.Context, transaction) error) error {
	return s.begun(ctx, "_brex_schema", f)
}

func prepare(ctx context.Context, tx transaction) error {
	for _, t := range own {
		if _, err := tx.ExecContext(ctx, t.Create(tx.d.Dialect)); err != nil {
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
	if version.Valid {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO _brex_schema VALUES ($1)`, ddl.Version)
	return err
}

// Close closes the database, and with it ends all leases.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease != nil {
		_ = s.lease.conn.Close() // it goes back to the database, which is closed next
	}
	return s.db.Close()
}

// States implements mirror.Sink.
func (s *Sink) States(ctx context.Context) ([]mirror.State, error) {
	texts, err := list(ctx, s.db, `SELECT state FROM _brex_sync ORDER BY _company_id, stream`)
	all := make([]mirror.State, len(texts))
	for i, text := range texts {
		err = errors.Join(err, json.Unmarshal([]byte(text), &all[i]))
	}
	return all, s.explain(err)
}

func (s *Sink) explain(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", s.d.Name, err)
}

// Note implements mirror.Sink.
func (s *Sink) Note(ctx context.Context, company, kind, id string) error {
	at, err := s.d.Value(time.Now(), wire.ColumnTime)
	if err == nil {
		_, err = s.db.ExecContext(ctx, `INSERT INTO _brex_notes VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, company, kind, id, at)
	}
	return s.explain(err)
}

// Notes implements mirror.Sink.
func (s *Sink) Notes(ctx context.Context, company, kind string) ([]string, error) {
	ids, err := list(ctx, s.db, `SELECT id FROM _brex_notes WHERE _company_id = $1 AND kind = $2 ORDER BY id`, company, kind)
	return ids, s.explain(err)
}

// Begin implements mirror.Sink.
func (s *Sink) Begin(ctx context.Context, company string, t *mirror.Table) (mirror.Stream, error) {
	if err := s.tables(ctx, t); err != nil {
		return nil, fmt.Errorf("%s: the tables of %s: %w", s.d.Name, t.Name, err)
	}
	st := newStream(s, company, t)
	if err := st.load(ctx); err != nil {
		return nil, err
	}
	return st, nil
}

// tables makes what a stream needs, once.
func (s *Sink) tables(ctx context.Context, t *mirror.Table) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready[t.Name] {
		return nil
	}
	err := s.change(ctx, func(ctx context.Context, tx transaction) error {
		changed := false
		for _, table := range tablesOf(t) {
			has, err := list(ctx, tx, tx.d.Columns, table.Name)
			if err != nil {
				return err
			}
			statements := table.Add(tx.d.Dialect, has)
			if len(has) == 0 {
				statements = []string{table.Create(tx.d.Dialect)}
			}
			changed = changed || len(statements) > 0
			for _, statement := range statements {
				if _, err := tx.ExecContext(ctx, statement); err != nil {
					return err
				}
			}
		}
		if !changed {
			return nil
		}
		return views(ctx, tx)
	})
	s.ready[t.Name] = err == nil
	return err
}

// views makes the views of all streams whose tables are there anew, because a table that one of them joins may be new.
func views(ctx context.Context, tx transaction) error {
	exist, err := list(ctx, tx, tx.d.Tables)
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
		if _, err := tx.ExecContext(ctx, ddl.View(t, tx.d.Dialect, exist)); err != nil {
			return err
		}
	}
	return nil
}

// Schema returns the statements that make the tables and the view of a stream.
func Schema(t *mirror.Table, d ddl.Dialect) []string {
	var all []string
	for _, table := range tablesOf(t) {
		all = append(all, table.Create(d))
	}
	return append(all, ddl.View(t, d, ddl.Joined()))
}

// queryer is a database or a transaction.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// list is the first column of a query.
func list(ctx context.Context, db queryer, query string, args ...any) (all []string, err error) {
	for values, err := range texts(ctx, db, 1, query, args...) {
		if err != nil {
			return nil, err
		}
		all = append(all, values[0])
	}
	return all, nil
}
