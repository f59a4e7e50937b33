// Package postgres keeps a mirror in a PostgreSQL database.
//
// Tables, and a view for each stream, are made in the first schema of the connection's search_path: money is bigint minor units,
// exact decimals numeric, times timestamptz, and what Brex sent jsonb. The table _brex_sync says when each stream was last read.
//
// A stream is read by one run at a time, on whichever machine: a connection of the sink has an advisory lock for each from its
// beginning to the end of the run, and the rows are committed on that connection, so that a run which lost the lock commits nothing any more. A
// run that finds a stream locked fails with mirror.ErrConcurrent for that stream and reads the others. The connection must be to
// PostgreSQL itself or through a pooler that keeps sessions.
package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/mirror/internal/sqlsink"
	"github.com/brex-go/sdk/brex/wire"
)

// dialect is PostgreSQL's. With the lock goes a setting: tables grow from nothing while they are first read, and a plan that was
// made for a small one must not stay.
var dialect = sqlsink.Dialect{
	Name: "mirror/postgres",
	Dialect: ddl.Dialect{
		Types: map[wire.ColumnType]string{wire.ColumnString: "text", wire.ColumnInteger: "bigint", wire.ColumnDecimal: "numeric",
			wire.ColumnBoolean: "boolean", wire.ColumnTime: "timestamptz", wire.ColumnDate: "date", wire.ColumnJSON: "jsonb"},
		Major: major,
	},
	Lock: `SELECT pg_advisory_xact_lock(7305814, hashtext($1)), set_config('plan_cache_mode', 'force_custom_plan', true)`,
	Lease: `SELECT pg_try_advisory_lock(hashtextextended(current_schema() || ' brex mirror ' || $1, 7305814)) FROM (SELECT
		set_config('tcp_keepalives_idle', '20', false), set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false)) AS noticed`,
	Return:  `SELECT pg_advisory_unlock(hashtextextended(current_schema() || ' brex mirror ' || $1, 7305814))`,
	Tables:  `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`,
	Columns: `SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1`,
	Each:    "jsonb_array_elements", Raw: "_raw::text", Find: "strpos",
	Value: value, Put: put,
}

// major divides minor units exactly, keeping as many digits as the currency has.
func major(minor string, digits int) string {
	return fmt.Sprintf("round(%s / 1%s::numeric, %d)", minor, strings.Repeat("0", digits), digits)
}

// Schema returns the statements that make the tables and the view of a stream.
func Schema(t *mirror.Table) []string { return sqlsink.Schema(t, dialect.Dialect) }

// Sink is a PostgreSQL database.
type Sink struct{ *sqlsink.Sink }

// Open connects to a database. A database of a later version of this package is refused. The errors do not hold the password.
func Open(ctx context.Context, dsn string) (*Sink, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("mirror/postgres: Open: it must be a connection string like postgres://user@host/database")
	}
	s, err := sqlsink.Open(ctx, stdlib.OpenDB(*config), dialect)
	if err != nil {
		return nil, err
	}
	return &Sink{s}, nil
}

// put copies the rows: into the table where none of them is there, else beside it, to be taken over from there.
func put(ctx context.Context, conn *sql.Conn, t ddl.Table, replace bool, lines [][]any) error {
	return conn.Raw(func(driver any) error {
		tx := driver.(*stdlib.Conn).Conn()
		into := t.Name
		if replace {
			into = "_brex_stage"
			if _, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TEMP TABLE _brex_stage ON COMMIT DROP AS SELECT %s FROM %s LIMIT 0`, ddl.List(t.Names()), ddl.Quote(t.Name))); err != nil {
				return err
			}
		}
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{into}, t.Names(), pgx.CopyFromRows(lines)); err != nil || !replace {
			return err
		}
		_, err := tx.Exec(ctx, t.InsertFrom(into))
		return err
	})
}

// value is a value as pgx writes it into a column.
func value(v any, to wire.ColumnType) (any, error) {
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
