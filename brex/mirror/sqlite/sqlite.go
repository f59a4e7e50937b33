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
	"strings"
	"time"

	_ "modernc.org/sqlite" // registers the driver

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/ddl"
	"github.com/brex-go/sdk/brex/mirror/internal/sqlsink"
	"github.com/brex-go/sdk/brex/wire"
)

// dialect is SQLite's. Its transactions exclude each other.
var dialect = sqlsink.Dialect{
	Name: "mirror/sqlite",
	Dialect: ddl.Dialect{
		Types: map[wire.ColumnType]string{wire.ColumnString: "TEXT", wire.ColumnInteger: "INTEGER", wire.ColumnDecimal: "TEXT",
			wire.ColumnBoolean: "INTEGER", wire.ColumnTime: "TEXT", wire.ColumnDate: "TEXT", wire.ColumnJSON: "TEXT"},
		Major: major,
	},
	Tables:  `SELECT name FROM sqlite_schema WHERE type = 'table'`,
	Columns: `SELECT name FROM pragma_table_info($1)`,
	Each:    "json_each", Raw: "_raw", Find: "instr",
	Value: value, Put: put,
}

// major writes minor units with a point, in text and not in floating numbers.
func major(minor string, digits int) string {
	if digits == 0 {
		return "CAST(" + minor + " AS TEXT)"
	}
	unit := "1" + strings.Repeat("0", digits)
	return fmt.Sprintf("printf('%%s%%d.%%0%dd', CASE WHEN %[2]s < 0 THEN '-' ELSE '' END, abs(%[2]s / %[3]s), abs(%[2]s %% %[3]s))", digits, minor, unit)
}

// Schema returns the statements that make the tables and the view of a stream.
func Schema(t *mirror.Table) []string { return sqlsink.Schema(t, dialect.Dialect) }

// Sink is an SQLite database.
type Sink struct{ *sqlsink.Sink }

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
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("mirror/sqlite: %w", err)
	}
	// Several rows fit on a page, and the pages of a commit into the cache, so that each is written once.
	name := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(30000)", "page_size(16384)", "journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)", "cache_size(-32000)"}, "_txlock": {"immediate"}}.Encode()}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, fmt.Errorf("mirror/sqlite: %w", err)
	}
	db.SetMaxOpenConns(1) // there is one writer
	s, err := sqlsink.Open(context.Background(), db, dialect)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Sink{s}, nil
}

// put writes the rows by one statement, prepared once.
func put(ctx context.Context, conn *sql.Conn, t ddl.Table, replace bool, lines [][]any) error {
	stmt, err := conn.PrepareContext(ctx, t.Insert(replace))
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, line := range lines {
		if _, err := stmt.ExecContext(ctx, line...); err != nil {
			return err
		}
	}
	return nil
}

// value is a value as SQLite keeps it.
func value(v any, _ wire.ColumnType) (any, error) {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil, nil
		}
		return sqlsink.Text(v), nil
	case json.RawMessage:
		if v == nil {
			return nil, nil
		}
		return string(v), nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	}
	return v, nil
}
