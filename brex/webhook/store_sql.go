package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dialect is the kind of database of a SQLStore.
type Dialect int

// The databases a SQLStore works on.
const (
	SQLite Dialect = iota + 1
	Postgres
	MySQL // and MariaDB
)

// DefaultTable is the table of a SQLStore unless WithTable names another.
const DefaultTable = "brex_webhook_deliveries"

// SQLStore is a Store in a table of a database, shared by all processes that use it. It uses plain
// SQL and one statement at a time, without transactions. The clocks of the processes should agree
// to within seconds. The table grows by a row per delivery: call Prune regularly. Open SQLite with
// a busy timeout ("_pragma=busy_timeout(5000)" or "_busy_timeout=5000", depending on the driver):
// without one it refuses a second writer at once, and the delivery is put off.
type SQLStore struct {
	db      *sql.DB
	dialect Dialect
	table   string

	find, insert, takeOver, done, release, step, prune, pruneRest string
}

// SQLOption is an option of a SQLStore.
type SQLOption func(*SQLStore) error

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$`)

// WithTable sets the table, optionally with its schema.
func WithTable(name string) SQLOption {
	return func(s *SQLStore) error {
		if !tableName.MatchString(name) {
			return fmt.Errorf("webhook: WithTable: %.100q is not a plain name", name)
		}
		s.table = name
		return nil
	}
}

// NewSQLStore returns a Store over the table, which must exist: run Schema in a migration, or call
// CreateTable.
//
//	db, err := sql.Open("pgx", address)
//	store, err := webhook.NewSQLStore(db, webhook.Postgres)
//	err = store.CreateTable(ctx)
//	handler, err := webhook.NewHandler(secrets, webhook.WithStore(store), webhook.On(paid))
//
// It is tested on SQLite, PostgreSQL and MariaDB, with the drivers modernc.org/sqlite, jackc/pgx
// and go-sql-driver/mysql.
func NewSQLStore(db *sql.DB, dialect Dialect, opts ...SQLOption) (*SQLStore, error) {
	if db == nil {
		return nil, errors.New("webhook: NewSQLStore: the database is nil")
	}
	if dialect < SQLite || dialect > MySQL {
		return nil, fmt.Errorf("webhook: NewSQLStore: there is no dialect %d", dialect)
	}
	s := &SQLStore{db: db, dialect: dialect, table: DefaultTable}
	for _, o := range opts {
		if o == nil {
			return nil, errors.New("webhook: an option is nil")
		}
		if err := o(s); err != nil {
			return nil, err
		}
	}
	s.find = s.query("SELECT token, done, until_ms FROM $t WHERE id = ?")
	s.insert = s.query("INSERT INTO $t (id, token, done, until_ms) VALUES (?, ?, 0, ?) ON CONFLICT (id) DO NOTHING")
	if dialect == MySQL {
		s.insert = s.query("INSERT IGNORE INTO $t (id, token, done, until_ms) VALUES (?, ?, 0, ?)")
	}
	s.takeOver = s.query("UPDATE $t SET token = ?, until_ms = ? WHERE id = ? AND token = ? AND done = 0")
	s.done = s.query("UPDATE $t SET done = 1, until_ms = ? WHERE id = ? AND token = ? AND done = 0")
	s.release = s.query("DELETE FROM $t WHERE id = ? AND token = ? AND done = 0")
	s.step = s.query("SELECT id FROM $t WHERE id > ? ORDER BY id LIMIT 1 OFFSET " + strconv.Itoa(pruneStep-1))
	s.prune = s.query("DELETE FROM $t WHERE id > ? AND id <= ? AND until_ms < ?")
	s.pruneRest = s.query("DELETE FROM $t WHERE id > ? AND until_ms < ?")
	return s, nil
}

// query fills in the table and, for Postgres, numbers the placeholders.
func (s *SQLStore) query(q string) string {
	q = strings.ReplaceAll(q, "$t", s.table)
	if s.dialect != Postgres {
		return q
	}
	var b strings.Builder
	n := 0
	for _, r := range q {
		if r == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Schema returns the statement that creates the table.
func (s *SQLStore) Schema() string {
	exact := ""
	if s.dialect == MySQL {
		exact = " CHARACTER SET ascii COLLATE ascii_bin" // by default MySQL takes two texts that differ in case for one
	}
	return "CREATE TABLE IF NOT EXISTS " + s.table + " (id VARCHAR(255)" + exact + " NOT NULL PRIMARY KEY, token VARCHAR(64)" + exact +
		" NOT NULL, done SMALLINT NOT NULL, until_ms BIGINT NOT NULL)"
}

// CreateTable creates the table unless it exists.
func (s *SQLStore) CreateTable(ctx context.Context) error {
	_, err := s.db.ExecContext(ctx, s.Schema())
	if err == nil {
		return nil
	}
	// In PostgreSQL it fails when another process makes the table at the same time.
	if _, _, lookErr := s.look(ctx, Claim{}); lookErr == nil {
		return nil
	}
	return fmt.Errorf("webhook: making the table: %w", err)
}

const (
	maxTokenSize = 64 // the room for a claim's token
	tries        = 4  // of a statement that a database refuses because it met others
)

// pruneStep is how many rows Prune looks at in one statement.
const pruneStep = 10_000

// Prune forgets deliveries that were handled, or abandoned, before that time, and returns how many,
// also when it fails half-way. One that could still be replayed counts as handled at the end of
// that time. Brex does not document for how long it sends a delivery again; a month is ample.
func (s *SQLStore) Prune(ctx context.Context, before time.Time) (int64, error) {
	// Step by step: while one statement walks through the whole table, SQLite and MySQL let nobody
	// claim anything.
	var all int64
	for last := ""; ; {
		query, args, next := s.prune, []any{last}, ""
		switch err := s.db.QueryRowContext(ctx, s.step, last).Scan(&next); {
		case errors.Is(err, sql.ErrNoRows):
			query = s.pruneRest
		case err != nil:
			return all, fmt.Errorf("webhook: looking for old deliveries: %w", err)
		default:
			args = append(args, next)
		}
		n, err := s.exec(ctx, query, append(args, before.UnixMilli())...)
		if all += n; err != nil {
			return all, fmt.Errorf("webhook: forgetting old deliveries: %w", err)
		}
		if next == "" {
			return all, nil
		}
		last = next
	}
}

// Begin claims the id.
func (s *SQLStore) Begin(ctx context.Context, c Claim) (State, error) {
	if !validID(c.ID) || !validID(c.Token) || len(c.Token) > maxTokenSize {
		return 0, errors.New("webhook: SQLStore: the id or the token of the claim does not fit") // MySQL would cut it off
	}
	var failed error
	for try := 1; ; try++ {
		state, holder, err := s.look(ctx, c)
		switch {
		case err != nil:
			return 0, errors.Join(failed, err)
		case state == Busy && failed != nil && holder == c.Token:
			return Claimed, nil // it had worked, only the response was lost
		case state != 0:
			return state, nil
		}
		var n int64
		if holder == "" {
			n, err = s.exec(ctx, s.insert, c.ID, c.Token, c.Until.UnixMilli())
		} else {
			// The old token in the condition makes one of several callers win.
			n, err = s.exec(ctx, s.takeOver, c.Token, c.Until.UnixMilli(), c.ID, holder)
		}
		switch {
		case err == nil && n == 0:
			return Busy, nil // someone else was faster
		case err == nil:
			return Claimed, nil
		case try == tries:
			return 0, fmt.Errorf("webhook: claiming the delivery: %w", err)
		}
		// A deadlock with other claims, or a response that was lost. Look what has become of it,
		// and try again.
		failed = err
	}
}

// look finds the state of the id and who holds it, or 0 with the holder of a claim that ended, or 0
// without for none.
func (s *SQLStore) look(ctx context.Context, c Claim) (state State, holder string, err error) {
	var done int
	var until int64
	err = s.db.QueryRowContext(ctx, s.find, c.ID).Scan(&holder, &done, &until)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, "", nil
	case err != nil:
		return 0, "", fmt.Errorf("webhook: looking the delivery up: %w", err)
	case done != 0:
		return Handled, holder, nil
	case c.Now.UnixMilli() < until:
		return Busy, holder, nil
	default:
		return 0, holder, nil
	}
}

// Done notes that the id was handled.
func (s *SQLStore) Done(ctx context.Context, c Claim) error {
	// Prune goes by this time, and must leave what could still be replayed.
	n, failed, err := s.repeat(ctx, s.done, max(c.Now.UnixMilli(), c.KeepUntil.UnixMilli()), c.ID, c.Token)
	if err == nil && n == 0 && failed {
		var state State
		var holder string
		if state, holder, err = s.look(ctx, c); err == nil && state == Handled && holder == c.Token {
			return nil // the try that failed had worked, only its response was lost
		}
	}
	if err != nil {
		return fmt.Errorf("webhook: noting that the delivery was handled: %w", err)
	}
	if n == 0 {
		return ErrClaimLost
	}
	return nil
}

// Release gives the claim up.
func (s *SQLStore) Release(ctx context.Context, c Claim) error {
	if _, _, err := s.repeat(ctx, s.release, c.ID, c.Token); err != nil {
		return fmt.Errorf("webhook: giving the claim up: %w", err)
	}
	return nil
}

// repeat is exec for a statement that does nothing when it is carried out twice. Databases refuse
// one now and then that meets others.
func (s *SQLStore) repeat(ctx context.Context, query string, args ...any) (n int64, failed bool, err error) {
	for try := 1; ; try++ {
		if n, err = s.exec(ctx, query, args...); err == nil || try == tries {
			return n, try > 1, err
		}
	}
}

func (s *SQLStore) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
