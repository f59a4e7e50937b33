package brexpg

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/brex-go/sdk/brex/brexoauth"
)

// LoginStore is a brexoauth.Store in PostgreSQL: a row for each login. Without a Sealer the row
// holds the tokens readable, and so can the server's log and its backups.
//
// Its lock is an advisory lock of a session, which ends with the connection. A process that loses
// the connection while it refreshes still saves the new login if nobody else has changed the stored
// one, and never in the place of a newer one (brexoauth.Fenced). Locking a login takes a connection
// of the pool, waiting for it takes none. The connections must be to PostgreSQL itself, or through
// a pooler that keeps sessions.
//
// Save returns when the login is on the server's disk, with synchronous_commit turned on where it is
// off. A standby that takes over without what was committed last has lost it, and perhaps the login:
// see synchronous_standby_names.
type LoginStore struct {
	pool   *pgxpool.Pool
	name   string
	sealer brexoauth.Sealer // nil for none

	mu   sync.Mutex    // for the use of held's connection, too
	held *pgxpool.Conn // has the lock, unless it was closed
}

var _ brexoauth.Fenced = (*LoginStore)(nil)

// LoginOption is an option of a LoginStore.
type LoginOption func(*LoginStore) error

// WithSealer seals the login in the table, and its name with it: the row of one customer in the place
// of another's is refused. An older row of the same login is not.
func WithSealer(s brexoauth.Sealer) LoginOption {
	return func(l *LoginStore) error {
		if s == nil {
			return errors.New("WithSealer: the Sealer is nil")
		}
		l.sealer = s
		return nil
	}
}

// NewLoginStore returns the store of the login with a name, such as the customer's company id. It
// does no I/O. The table is made by Migrate.
func NewLoginStore(pool *pgxpool.Pool, name string, opts ...LoginOption) (*LoginStore, error) {
	if pool == nil || name == "" {
		return nil, errors.New("brexpg: NewLoginStore: the pool is nil or the name is empty")
	}
	s := &LoginStore{pool: pool, name: name}
	for _, o := range opts {
		if o == nil {
			return nil, errors.New("brexpg: NewLoginStore: an option is nil")
		}
		if err := o(s); err != nil {
			return nil, fmt.Errorf("brexpg: NewLoginStore: %w", err)
		}
	}
	return s, nil
}

// Load reads the row.
func (s *LoginStore) Load(ctx context.Context) (t *brexoauth.Token, err error) {
	err = s.do(ctx, func(ctx context.Context, db database) error {
		t, _, err = s.read(ctx, db)
		return err
	})
	return t, err
}

// Save inserts or replaces the row.
func (s *LoginStore) Save(ctx context.Context, t *brexoauth.Token) error {
	const put = `INSERT INTO brex_logins (name, login) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET login = excluded.login, version = excluded.version, changed_at = now()`
	return s.save(ctx, t, func(ctx context.Context, db database, login hidden) error {
		_, err := write(ctx, db, put, s.name, login)
		return err
	})
}

// SaveIf replaces the row if it holds the tokens of old or of t, see brexoauth.Fenced.
func (s *LoginStore) SaveIf(ctx context.Context, old, t *brexoauth.Token) error {
	const put = `UPDATE brex_logins SET login = $2, version = nextval('brex_logins_version'), changed_at = now()
		WHERE name = $1 AND version = $3`
	return s.save(ctx, t, func(ctx context.Context, db database, login hidden) error {
		for {
			have, version, err := s.read(ctx, db)
			if errors.Is(err, brexoauth.ErrNoLogin) || err == nil && !have.SameTokens(old) && !have.SameTokens(t) {
				return brexoauth.ErrFenced
			}
			if err != nil {
				return err
			}
			// Where somebody else has changed it since it was read, it may still have the same tokens.
			if n, err := write(ctx, db, put, s.name, login, version); n > 0 || err != nil {
				return err
			}
		}
	})
}

// Delete deletes the row.
func (s *LoginStore) Delete(ctx context.Context) error {
	return s.do(ctx, func(ctx context.Context, db database) error {
		_, err := write(ctx, db, `DELETE FROM brex_logins WHERE name = $1`, s.name)
		return err
	})
}

// Lock waits until the database gives the lock of this login to a connection of the pool.
func (s *LoginStore) Lock(ctx context.Context) (unlock func() error, err error) {
	const longest = 50 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, longest) {
		conn, err := s.try(ctx)
		if conn != nil {
			return sync.OnceValue(func() error { s.unlock(conn); return nil }), nil
		}
		if err == nil {
			timer := time.NewTimer(pause/2 + rand.N(pause))
			select {
			case <-timer.C:
				continue
			case <-ctx.Done():
				timer.Stop()
			}
		}
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", brexoauth.ErrLocked, ctx.Err())
		}
		return nil, s.failed(err)
	}
}

// try returns a connection that has the lock, or nil when another one has it. The server notices
// within a minute that the machine of a connection is gone.
func (s *LoginStore) try(ctx context.Context) (*pgxpool.Conn, error) {
	const lock = `SELECT set_config('tcp_keepalives_idle', '20', false),
		set_config('tcp_keepalives_interval', '10', false), set_config('tcp_keepalives_count', '3', false),
		pg_try_advisory_lock($1)`
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	var free bool
	if err := conn.QueryRow(ctx, lock, s.key()).Scan(nil, nil, nil, &free); err != nil || !free {
		s.giveBack(conn, err)
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = conn
	return conn, nil
}

// key is the number of the lock.
func (s *LoginStore) key() int64 {
	sum := sha256.Sum256([]byte("brexpg login " + s.name))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// unlock lets go of the lock, or of the connection, with which it ends.
func (s *LoginStore) unlock(conn *pgxpool.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == conn { // not another's, who got the lock after conn had lost it
		s.held = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), holdTimeout)
	defer cancel()
	_, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, s.key())
	s.giveBack(conn, err)
}

// giveBack returns a connection to the pool, which drops it if it is closed: after an error it
// may have the lock.
func (s *LoginStore) giveBack(conn *pgxpool.Conn, err error) {
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), holdTimeout)
		defer cancel()
		_ = conn.Conn().Close(ctx) // it is of no use in any case
	}
	conn.Release()
}

// holdTimeout is for a statement on the connection that has the lock. The context of the caller is
// not: pgx closes a connection whose context ends, and the lock would end with it.
const holdTimeout = 10 * time.Second

// database is a pool or one of its connections.
type database interface {
	BeginTx(ctx context.Context, opts pgx.TxOptions) (pgx.Tx, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// do runs f on the connection that has the lock, because the holders of other locks may have used
// up the pool. When that connection was lost f runs on another.
func (s *LoginStore) do(ctx context.Context, f func(ctx context.Context, db database) error) error {
	if err := ctx.Err(); err != nil {
		return s.failed(err)
	}
	s.mu.Lock()
	if s.held == nil || s.held.Conn().IsClosed() {
		s.mu.Unlock()
		return s.failed(f(ctx, s.pool))
	}
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), holdTimeout)
	defer cancel()
	return s.failed(f(ctx, s.held.Conn()))
}

func (s *LoginStore) read(ctx context.Context, db database) (t *brexoauth.Token, version int64, err error) {
	var login []byte
	const get = `SELECT login, version FROM brex_logins WHERE name = $1`
	err = db.QueryRow(ctx, get, s.name).Scan(&login, &version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, brexoauth.ErrNoLogin
	}
	if err != nil {
		return nil, 0, err
	}
	t, err = brexoauth.DecodeSealed(ctx, s.sealer, s.name, login)
	return t, version, err
}

// save encodes the login, before anything waits for it, and lets put write it.
func (s *LoginStore) save(ctx context.Context, t *brexoauth.Token,
	put func(context.Context, database, hidden) error) error {
	if t == nil {
		return s.failed(fmt.Errorf("%w: the login is nil", brexoauth.ErrUsage))
	}
	data, err := brexoauth.EncodeSealed(ctx, s.sealer, s.name, t)
	if err != nil {
		return s.failed(err)
	}
	login := hidden{func() []byte { return data }}
	return s.do(ctx, func(ctx context.Context, db database) error { return put(ctx, db, login) })
}

// write changes rows, durably.
func write(ctx context.Context, db database, sql string, args ...any) (rows int64, err error) {
	const durable = `SELECT set_config('synchronous_commit', 'on', true)
		WHERE current_setting('synchronous_commit') = 'off'`
	// Whatever the default is: another one refuses a row that has changed, which is not a failure here.
	err = pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, durable); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, sql, args...)
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}

// hidden is an argument that a tracer of queries cannot print.
type hidden struct{ data func() []byte }

// Value implements driver.Valuer.
func (h hidden) Value() (driver.Value, error) { return h.data(), nil }

// failed names the login. An error of the server loses what can repeat a row.
func (s *LoginStore) failed(err error) error {
	if err == nil {
		return nil
	}
	if of := (*pgconn.PgError)(nil); errors.As(err, &of) {
		err = &pgconn.PgError{Severity: of.Severity, Code: of.Code, Message: of.Message,
			ConstraintName: of.ConstraintName}
	}
	return fmt.Errorf("brexpg: login %q: %w", s.name, err)
}

// String names the login.
func (s *LoginStore) String() string { return fmt.Sprintf("brexpg.LoginStore{%q}", s.name) }
