package webhook_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeDB is a database that knows one table and the statements of a SQLStore, and refuses any other.
type fakeDB struct {
	dollar bool // placeholders like $1

	mu     sync.Mutex
	table  string // empty until it is made
	rows   map[string]*row
	fail   func(statement string) error // nil, or what a statement fails with
	before func(statement string)       // called without the lock
}

type row struct {
	token string
	done  int64
	until int64
}

var errUnique = errors.New("unique constraint violated")

// openFake makes a database handle over f.
func openFake(t testing.TB, f *fakeDB) *sql.DB {
	t.Helper()
	db := sql.OpenDB(connector{f})
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

type connector struct{ f *fakeDB }

func (c connector) Connect(context.Context) (driver.Conn, error) { return conn(c), nil }
func (c connector) Driver() driver.Driver                        { return nil }

type conn struct{ f *fakeDB }

func (conn) Prepare(string) (driver.Stmt, error) {
	return nil, errors.New("fake: no prepared statements")
}
func (conn) Close() error              { return nil }
func (conn) Begin() (driver.Tx, error) { return nil, errors.New("fake: no transactions") }

func (c conn) ExecContext(_ context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	n, _, err := c.f.run(query, args)
	return driver.RowsAffected(n), err
}

func (c conn) QueryContext(_ context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	_, r, err := c.f.run(query, args)
	return r, err
}

var (
	create   = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS (\S+) \(id VARCHAR\(255\)(?: CHARACTER SET ascii COLLATE ascii_bin)? NOT NULL PRIMARY KEY, .* NOT NULL\)$`)
	dollars  = regexp.MustCompile(`\$\d+`)
	tableOf  = regexp.MustCompile(`^(?:SELECT .* FROM|INSERT INTO|UPDATE|DELETE FROM) (\S+)`)
	numbered = regexp.MustCompile(`\$(\d+)`)
)

func (f *fakeDB) run(query string, args []driver.NamedValue) (affected int64, rows driver.Rows, err error) {
	if f.before != nil {
		f.before(query)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(query); err != nil {
			return 0, nil, err
		}
	}
	if m := create.FindStringSubmatch(query); m != nil {
		if f.table == "" {
			f.table, f.rows = m[1], map[string]*row{}
		}
		return 0, nil, nil
	}
	if f.dollar {
		for i, m := range numbered.FindAllStringSubmatch(query, -1) {
			if m[1] != fmt.Sprint(i+1) {
				return 0, nil, fmt.Errorf("fake: placeholders out of order: %s", query)
			}
		}
		if strings.Contains(query, "?") {
			return 0, nil, fmt.Errorf("fake: a ? in %s", query)
		}
		query = dollars.ReplaceAllString(query, "?")
	}
	m := tableOf.FindStringSubmatch(query)
	if m == nil || m[1] != f.table {
		return 0, nil, fmt.Errorf("fake: no such table: %s", query)
	}
	if strings.Count(query, "?") != len(args) {
		return 0, nil, fmt.Errorf("fake: %d arguments for %s", len(args), query)
	}
	text := func(i int) string { return args[i].Value.(string) }
	number := func(i int) int64 { return args[i].Value.(int64) }
	mine := func(id, token string) *row {
		if r := f.rows[id]; r != nil && r.token == token && r.done == 0 {
			return r
		}
		return nil
	}
	switch strings.Replace(query, f.table, "T", 1) {
	case "SELECT token, done, until_ms FROM T WHERE id = ?":
		return 0, &oneRow{r: f.rows[text(0)]}, nil
	case "INSERT INTO T (id, token, done, until_ms) VALUES (?, ?, 0, ?)":
		if f.rows[text(0)] != nil {
			return 0, nil, errUnique
		}
		f.rows[text(0)] = &row{token: text(1), until: number(2)}
		return 1, nil, nil
	case "UPDATE T SET token = ?, until_ms = ? WHERE id = ? AND token = ? AND done = 0":
		if r := mine(text(2), text(3)); r != nil {
			r.token, r.until = text(0), number(1)
			return 1, nil, nil
		}
		return 0, nil, nil
	case "UPDATE T SET done = 1, until_ms = ? WHERE id = ? AND token = ? AND done = 0":
		if r := mine(text(1), text(2)); r != nil {
			r.done, r.until = 1, number(0)
			return 1, nil, nil
		}
		return 0, nil, nil
	case "DELETE FROM T WHERE id = ? AND token = ? AND done = 0":
		if mine(text(0), text(1)) != nil {
			delete(f.rows, text(0))
			return 1, nil, nil
		}
		return 0, nil, nil
	case "DELETE FROM T WHERE until_ms < ?":
		for id, r := range f.rows {
			if r.until < number(0) {
				delete(f.rows, id)
				affected++
			}
		}
		return affected, nil, nil
	}
	return 0, nil, fmt.Errorf("fake: not understood: %s", query)
}

// oneRow is the answer of a SELECT, empty when r is nil.
type oneRow struct{ r *row }

func (*oneRow) Columns() []string { return []string{"token", "done", "until_ms"} }
func (*oneRow) Close() error      { return nil }

func (o *oneRow) Next(dest []driver.Value) error {
	if o.r == nil {
		return io.EOF
	}
	dest[0], dest[1], dest[2] = o.r.token, o.r.done, o.r.until
	o.r = nil
	return nil
}
