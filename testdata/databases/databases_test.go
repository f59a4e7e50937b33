// Package databases tests webhook.SQLStore on real databases: SQLite in a file, and on Linux a PostgreSQL and a MariaDB server
// that the tests start and throw away. It is a module of its own so that the drivers stay out of the SDK's go.mod.
package databases

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/brex-go/sdk/brex/webhook"
)

// database is an empty database of one kind.
type database struct {
	kind    string // its name in kinds
	dialect webhook.Dialect
	schema  string // its name for a table in it
	driver  string
	dsn     string

	serializable bool // statements that meet on a row may fail
}

// kinds makes a database of each kind. Where a server cannot be had its tests fail: CI must not pass by skipping.
var kinds = map[string]func(t *testing.T) database{"sqlite": func(t *testing.T) database {
	d := database{dialect: webhook.SQLite, schema: "main", driver: "sqlite"}
	// Without a busy timeout SQLite refuses a second writer at once instead of letting it wait.
	d.dsn = "file:" + filepath.Join(t.TempDir(), "webhooks.db") + "?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)"
	_, err := d.open(t).ExecContext(t.Context(), "PRAGMA journal_mode = WAL") // kept in the file
	require.NoError(t, err)
	return d
}}

// onEach runs a test on each kind of database.
func onEach(t *testing.T, test func(t *testing.T, d database)) {
	for name, make := range kinds {
		t.Run(name, func(t *testing.T) {
			d := make(t)
			d.kind = name
			test(t, d)
		})
	}
}

// open opens the database as another process would, with connections of its own.
func (d database) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open(d.driver, d.dsn)
	require.NoError(t, err)
	db.SetMaxIdleConns(20) // connections are slow to make
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (d database) store(t *testing.T, opts ...webhook.SQLOption) *webhook.SQLStore {
	t.Helper()
	s, err := webhook.NewSQLStore(d.open(t), d.dialect, opts...)
	require.NoError(t, err)
	require.NoError(t, s.CreateTable(t.Context()))
	return s
}

// before opens the database so that act is called before each statement that changes something. Its error is what the statement
// fails with.
func (d database) before(t *testing.T, act func(statement string) error) *sql.DB {
	t.Helper()
	db := sql.OpenDB(connector{d.dsn, d.open(t).Driver(), act})
	t.Cleanup(func() { _ = db.Close() })
	return db
}

type connector struct {
	dsn    string
	driver driver.Driver
	act    func(string) error
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.driver.Open(c.dsn)
	return conn{inner, c.act}, err
}

// conn passes all through to the driver's connection.
type conn struct {
	driver.Conn
	act func(string) error
}

func (c conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.act(query); err != nil {
		return nil, err
	}
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

var now = time.Unix(1_780_000_000, 0)

func claim(id, token string, at time.Time) webhook.Claim {
	return webhook.Claim{ID: id, Token: token, Now: at, Until: at.Add(time.Minute)}
}

// begin claims and says what came of it.
func begin(t *testing.T, s webhook.Store, c webhook.Claim) webhook.State {
	t.Helper()
	state, err := s.Begin(t.Context(), c)
	require.NoError(t, err)
	return state
}

// together runs f in n goroutines that start at once.
func together(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}
