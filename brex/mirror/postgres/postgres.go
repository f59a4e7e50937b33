// Package postgres keeps a mirror in a PostgreSQL database.
//
// Tables, and a view for each stream, are made in the first schema of the connection's search_path: money is bigint minor units,
// exact decimals numeric, times timestamptz, and what Brex sent jsonb. The table _brex_sync says when each stream was last read.
package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/wire"
)

// dialect is PostgreSQL's.
var dialect = ddl.Dialect{
	Types: map[wire.ColumnType]string{wire.ColumnString: "text", wire.ColumnInteger: "bigint", wire.ColumnDecimal: "numeric",
		wire.ColumnBoolean: "boolean", wire.ColumnTime: "timestamptz", wire.ColumnDate: "date", wire.ColumnJSON: "jsonb"},
	Major: major,
}

// major divides minor units exactly, keeping as many digits as the currency has.
func major(minor, currency string) string {
	whole := func(digits int) string {
		return fmt.Sprintf("round(%s / 1%s::numeric, %d)", minor, strings.Repeat("0", digits), digits)
	}
	var b strings.Builder
	b.WriteString("CASE")
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

// Sink is a PostgreSQL database.
type Sink struct {
	pool *pgxpool.Pool

	mu    sync.Mutex
	ready map[string]bool // streams whose tables have been looked at
}

// Open connects to a database. A database of a later version of this package is refused. The errors do not hold the password.
func Open(ctx context.Context, dsn string) (*Sink, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("mirror/postgres: Open: it must be a connection string like postgres://user@host/database")
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("mirror/postgres: %w", err)
	}
	s := &Sink{pool: pool, ready: map[string]bool{}}
	if err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return prepare(ctx, tx) }); err != nil {
		pool.Close()
		return nil, fmt.Errorf("mirror/postgres: %w", err)
	}
	return s, nil
}

// own are the tables that no document makes.
const own = `
SELECT pg_advisory_xact_lock(7305813);
CREATE TABLE IF NOT EXISTS _brex_schema (version integer NOT NULL);
CREATE TABLE IF NOT EXISTS _brex_sync (_company_id text NOT NULL, stream text NOT NULL, status text, last_success timestamptz,
	last_full timestamptz, watermark timestamptz, error text, revision bigint NOT NULL, state jsonb NOT NULL, PRIMARY KEY (_company_id, stream));
CREATE TABLE IF NOT EXISTS _brex_touched (_company_id text NOT NULL, stream text NOT NULL, id text NOT NULL, PRIMARY KEY (_company_id, stream, id));
CREATE TABLE IF NOT EXISTS _brex_forgotten (_company_id text NOT NULL, user_id text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (_company_id, user_id));`

func prepare(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, own); err != nil {
		return err
	}
	var version *int
	if err := tx.QueryRow(ctx, `SELECT max(version) FROM _brex_schema`).Scan(&version); err != nil {
		return err
	}
	if version == nil {
		_, err := tx.Exec(ctx, `INSERT INTO _brex_schema VALUES ($1)`, ddl.Version)
		return err
	}
	if *version > ddl.Version {
		return fmt.Errorf("the database has version %d, and this program knows %d: use a newer one", *version, ddl.Version)
	}
	return nil
}

// Close ends the connections.
func (s *Sink) Close() error { s.pool.Close(); return nil }

// States implements mirror.Sink.
func (s *Sink) States(ctx context.Context) ([]mirror.State, error) {
	rows, err := s.pool.Query(ctx, `SELECT state FROM _brex_sync ORDER BY _company_id, stream`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (state mirror.State, err error) {
		var text []byte
		if err := row.Scan(&text); err != nil {
			return state, err
		}
		return state, json.Unmarshal(text, &state)
	})
}

// Touch implements mirror.Sink.
func (s *Sink) Touch(ctx context.Context, company, stream, key string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO _brex_touched VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, company, stream, key)
	return err
}

// Forget implements mirror.Sink.
func (s *Sink) Forget(ctx context.Context, company, user string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO _brex_forgotten VALUES ($1, $2) ON CONFLICT DO NOTHING`, company, user)
	return err
}

// Forgotten implements mirror.Sink.
func (s *Sink) Forgotten(ctx context.Context, company string) ([]string, error) {
	return names(ctx, s.pool, `SELECT user_id FROM _brex_forgotten WHERE _company_id = $1 ORDER BY user_id`, company)
}

// Begin implements mirror.Sink.
func (s *Sink) Begin(ctx context.Context, company string, t *mirror.Table) (mirror.Stream, error) {
	if err := s.tables(ctx, t); err != nil {
		return nil, fmt.Errorf("mirror/postgres: the tables of %s: %w", t.Name, err)
	}
	st := &stream{pool: s.pool, company: company, table: t, tables: ddl.Of(t)}
	var text []byte
	err := s.pool.QueryRow(ctx, `SELECT state FROM _brex_sync WHERE _company_id = $1 AND stream = $2`, company, t.Name).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return st, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &st.state)
	}
	if err != nil {
		return nil, fmt.Errorf("mirror/postgres: the state of %s: %w", t.Name, err)
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
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(7305813)`); err != nil {
			return err
		}
		changed := false
		for _, table := range ddl.Of(t) {
			has, err := names(ctx, tx, `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1`, table.Name)
			if err != nil {
				return err
			}
			statements := table.Add(dialect, has)
			if len(has) == 0 {
				statements = []string{table.Create(dialect)}
			}
			changed = changed || len(statements) > 0
			for _, statement := range statements {
				if _, err := tx.Exec(ctx, statement); err != nil {
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
func views(ctx context.Context, tx pgx.Tx) error {
	exist, err := names(ctx, tx, `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`)
	if err != nil {
		return err
	}
	for _, t := range mirror.Tables() {
		if !slices.Contains(exist, t.Name) {
			continue
		}
		if _, err := tx.Exec(ctx, `DROP VIEW IF EXISTS `+ddl.Quote(ddl.ViewName(t.Name))); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, view(t, exist)); err != nil {
			return err
		}
	}
	return nil
}

// queryer is a pool or a transaction.
type queryer interface {
	Query(ctx context.Context, query string, args ...any) (pgx.Rows, error)
}

func names(ctx context.Context, tx queryer, query string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
