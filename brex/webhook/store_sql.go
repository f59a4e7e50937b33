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

// Dialect is what a SQLStore must know of its database.
type Dialect int

// The databases a SQLStore works on.
const (
	SQLite Dialect = iota + 1
	Postgres
	MySQL
)

// DefaultTable is the table of a SQLStore unless WithTable names another.
const DefaultTable = "brex_webhook_deliveries"

// SQLStore is a Store in a table of a database, shared by all processes that use it. It uses plain SQL and one statement at a time,
// without transactions. The clocks of the processes should agree to within seconds. The table grows by a row per delivery: call
// Prune now and then.
type SQLStore struct {
	db      *sql.DB
	dialect Dialect
	table   string

	find, insert, takeOver, done, release, prune string
}

// SQLOption sets something of a SQLStore.
type SQLOption func(*SQLStore) error

var tableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$`)

// WithTable names the table, with its schema where wanted.
func WithTable(name string) SQLOption {
	return func(s *SQLStore) error {
		if !tableName.MatchString(name) {
			return fmt.Errorf("webhook: WithTable: %.100q is not a plain name", name)
		}
		s.table = name
		return nil
	}
}

// NewSQLStore makes a Store over the table, which must exist: run Schema in a migration, or call CreateTable.
func NewSQLStore(db *sql.DB, dialect Dialect, opts ...SQLOption) (*SQLStore, error) {
	if db == nil {
		return nil, errors.New("webhook: NewSQLStore: the database is nil")
	}
	if dialect < SQLite || dialect > MySQL {
		return nil, fmt.Errorf("webhook: NewSQLStore: there is no dialect %d", dialect)
	}
	s := &SQLStore{db: db, dialect: dialect, table: DefaultTable}
	for _, o := range opts {
		if err := o(s); err != nil {
			return nil, err
		}
	}
	s.find = s.query("SELECT token, done, until_ms FROM $t WHERE id = ?")
	s.insert = s.query("INSERT INTO $t (id, token, done, until_ms) VALUES (?, ?, 0, ?)")
	s.takeOver = s.query("UPDATE $t SET token = ?, until_ms = ? WHERE id = ? AND token = ? AND done = 0")
	s.done = s.query("UPDATE $t SET done = 1, until_ms = ? WHERE id = ? AND token = ? AND done = 0")
	s.release = s.query("DELETE FROM $t WHERE id = ? AND token = ? AND done = 0")
	s.prune = s.query("DELETE FROM $t WHERE until_ms < ?")
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

// Schema is the statement that makes the table.
func (s *SQLStore) Schema() string {
	id := "VARCHAR(255)"
	if s.dialect == MySQL {
		id += " CHARACTER SET ascii COLLATE ascii_bin" // by default MySQL takes two ids that differ in case for one
	}
	return "CREATE TABLE IF NOT EXISTS " + s.table + " (id " + id +
		" NOT NULL PRIMARY KEY, token VARCHAR(64) NOT NULL, done SMALLINT NOT NULL, until_ms BIGINT NOT NULL)"
}

// CreateTable makes the table unless it exists.
func (s *SQLStore) CreateTable(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, s.Schema()); err != nil {
		return fmt.Errorf("webhook: making the table: %w", err)
	}
	return nil
}

// Prune forgets deliveries that were handled, or abandoned, before that time, and tells how many. Brex does not document for how
// long it sends a delivery again; a month is ample.
func (s *SQLStore) Prune(ctx context.Context, before time.Time) (int64, error) {
	n, err := s.exec(ctx, s.prune, before.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("webhook: forgetting old deliveries: %w", err)
	}
	return n, nil
}

// Begin claims the id.
func (s *SQLStore) Begin(ctx context.Context, c Claim) (State, error) {
	state, stale, err := s.look(ctx, c)
	if err != nil {
		return 0, err
	}
	switch {
	case state != 0:
		return state, nil
	case stale != "":
		// The old token in the condition makes one of several callers win.
		n, err := s.exec(ctx, s.takeOver, c.Token, c.Until.UnixMilli(), c.ID, stale)
		if err != nil {
			return 0, fmt.Errorf("webhook: claiming the delivery: %w", err)
		}
		if n == 0 {
			return Busy, nil
		}
		return Claimed, nil
	}
	if _, err := s.exec(ctx, s.insert, c.ID, c.Token, c.Until.UnixMilli()); err != nil {
		// Errors of a key that exists differ from driver to driver: look instead whether someone else was faster.
		if state, stale, lookErr := s.look(ctx, c); lookErr == nil && (state != 0 || stale != "") {
			return max(state, Busy), nil
		}
		return 0, fmt.Errorf("webhook: claiming the delivery: %w", err)
	}
	return Claimed, nil
}

// look finds the state of the id: Handled or Busy, or 0 with the token of a claim that ended, or 0 without for none.
func (s *SQLStore) look(ctx context.Context, c Claim) (state State, stale string, err error) {
	var token string
	var done int
	var until int64
	err = s.db.QueryRowContext(ctx, s.find, c.ID).Scan(&token, &done, &until)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, "", nil
	case err != nil:
		return 0, "", fmt.Errorf("webhook: looking the delivery up: %w", err)
	case done != 0:
		return Handled, "", nil
	case c.Now.UnixMilli() < until:
		return Busy, "", nil
	default:
		return 0, token, nil
	}
}

// Done notes that the id was handled.
func (s *SQLStore) Done(ctx context.Context, c Claim) error {
	n, err := s.exec(ctx, s.done, c.Now.UnixMilli(), c.ID, c.Token)
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
	if _, err := s.exec(ctx, s.release, c.ID, c.Token); err != nil {
		return fmt.Errorf("webhook: giving the claim up: %w", err)
	}
	return nil
}

func (s *SQLStore) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := s.db.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
