//go:build databases && linux

package brexpg_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/tracelog"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/wire"
)

// migrated is a pool on a database of the shared server, with the tables.
func migrated(t testing.TB, dsn string, change ...func(*pgxpool.Config)) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(dsn)
	require.NoError(t, err)
	for _, f := range change {
		f(cfg)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	_, err = brexpg.Migrate(t.Context(), pool)
	require.NoError(t, err)
	return pool
}

func sealing(key string) brexpg.LoginOption {
	s, err := brexoauth.NewAESSealer(brexoauth.AESKey{ID: "k1", Key: wire.NewSecret(strings.Repeat(key, 32)[:32])})
	if err != nil {
		panic(err)
	}
	return brexpg.WithSealer(s)
}

// openLogin opens the store of another process, by connection string, name and key.
func openLogin(at string) (brexoauth.Store, error) {
	part := strings.Split(at, "|")
	pool, err := pgxpool.New(context.Background(), part[0])
	if err != nil {
		return nil, err
	}
	if part[2] == "" {
		return brexpg.NewLoginStore(pool, part[1])
	}
	return brexpg.NewLoginStore(pool, part[1], sealing(part[2]))
}

func login(n int) *brexoauth.Token {
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	return &brexoauth.Token{AccessToken: wire.NewSecret(fmt.Sprint("s3cret-access-", n)), RefreshToken: wire.NewSecret(fmt.Sprint("s3cret-refresh-", n)),
		Obtained: at, Expiry: at.Add(time.Hour), Scopes: []string{"openid"}, Issuer: brexoauth.DefaultIssuer, ClientID: "app"}
}

func TestLoginStore(t *testing.T) {
	for name, tc := range map[string]struct {
		key    string
		change func(*pgxpool.Config)
	}{
		"plain":  {"", func(*pgxpool.Config) {}},
		"sealed": {"k", func(*pgxpool.Config) {}},
		"simple": {"", func(cfg *pgxpool.Config) { cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol }},
		"serializable": {"", func(cfg *pgxpool.Config) {
			cfg.ConnConfig.RuntimeParams["default_transaction_isolation"] = "serializable"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := servertest.Database(t)
			pool := migrated(t, dsn, tc.change)
			places := 0
			storetest.Run(t, func(*testing.T) storetest.Place {
				places++
				name := fmt.Sprint("customer ", places)
				return storetest.Place{At: dsn + "|" + name + "|" + tc.key, Open: func() (brexoauth.Store, error) {
					if tc.key == "" {
						return brexpg.NewLoginStore(pool, name)
					}
					return brexpg.NewLoginStore(pool, name, sealing(tc.key))
				}}
			})
		})
	}
}

func store(t testing.TB, pool *pgxpool.Pool, name string, opts ...brexpg.LoginOption) *brexpg.LoginStore {
	t.Helper()
	s, err := brexpg.NewLoginStore(pool, name, opts...)
	require.NoError(t, err)
	return s
}

func lock(t testing.TB, s *brexpg.LoginStore) func() error {
	t.Helper()
	unlock, err := s.Lock(t.Context())
	require.NoError(t, err)
	return unlock
}

// Logins lie beside each other, each with its own lock; holders use up the pool and go on nevertheless.
func TestLoginsShareAPool(t *testing.T) {
	pool := migrated(t, servertest.Database(t), func(cfg *pgxpool.Config) { cfg.MaxConns = 1 })
	var wg sync.WaitGroup
	for n := range 10 {
		s := store(t, pool, fmt.Sprint("customer ", n))
		wg.Go(func() {
			for range 5 {
				unlock, err := s.Lock(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				err = s.Save(t.Context(), login(n))
				got, loadErr := s.Load(t.Context())
				if err := errors.Join(err, loadErr, unlock()); err != nil || !got.SameTokens(login(n)) {
					t.Error(n, err)
				}
			}
		})
	}
	wg.Wait()
	var rows, locks int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM brex_logins), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`).Scan(&rows, &locks))
	require.Equal(t, []int{10, 0}, []int{rows, locks})
}

// The server ends the connection that has the lock: another gets it, and a late save is refused if that one has saved.
func TestLoginLockLost(t *testing.T) {
	dsn := servertest.Database(t)
	mine, theirs := store(t, migrated(t, dsn), "customer"), store(t, migrated(t, dsn), "customer")
	admin := migrated(t, dsn)
	end := func() {
		t.Helper()
		var ended int
		require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&ended))
		require.Equal(t, 1, ended)
	}
	// saveIf tries again as a TokenSource does: the first time can meet the connection that has ended.
	saveIf := func(old, t *brexoauth.Token) (err error) {
		for range 3 {
			if err = mine.SaveIf(context.Background(), old, t); err == nil || errors.Is(err, brexoauth.ErrFenced) {
				return err
			}
		}
		return err
	}
	require.NoError(t, brexoauth.StoreLogin(t.Context(), mine, login(1)))

	unlock := lock(t, mine)
	end()
	unlockTheirs := lock(t, theirs)
	require.NoError(t, saveIf(login(1), login(2)), "nobody has changed it: the only copy is not thrown away")
	_ = unlock()
	got, err := theirs.Load(t.Context())
	require.NoError(t, err)
	require.True(t, got.SameTokens(login(2)))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = mine.Lock(ctx)
	require.ErrorIs(t, err, brexoauth.ErrLocked, "letting go of a lost lock lets go of nobody else's")
	require.NoError(t, unlockTheirs())

	unlock = lock(t, mine)
	end()
	unlockTheirs = lock(t, theirs)
	require.NoError(t, theirs.Save(t.Context(), login(3)))
	require.NoError(t, unlockTheirs())
	require.ErrorIs(t, saveIf(login(2), login(4)), brexoauth.ErrFenced)
	_ = unlock()

	unlock = lock(t, mine)
	end()
	require.NoError(t, theirs.Delete(t.Context()))
	require.NoError(t, brexoauth.StoreLogin(t.Context(), theirs, login(5)))
	require.ErrorIs(t, saveIf(login(3), login(4)), brexoauth.ErrFenced, "nor when the row is another one")
	_ = unlock()
	got, err = mine.Load(t.Context())
	require.NoError(t, err)
	require.True(t, got.SameTokens(login(5)))
}

// What Save has returned from survives the server being killed, also where the database is told not to wait for its disk.
func TestLoginDurable(t *testing.T) {
	server := servertest.Postgres(t)
	t.Cleanup(server.Kill)
	dsn := server.Database(t)
	pool := migrated(t, dsn)
	for _, setting := range []string{"synchronous_commit = off", "wal_writer_delay = '2s'"} {
		_, err := pool.Exec(t.Context(), "ALTER SYSTEM SET "+setting)
		require.NoError(t, err)
	}
	server.Stop()
	server.Start(t)
	pool = migrated(t, dsn)
	s := store(t, pool, "customer")
	require.NoError(t, brexoauth.StoreLogin(t.Context(), s, login(1)))
	require.NoError(t, s.SaveIf(t.Context(), login(1), login(2)))
	// The guard's mutant: a row that is written as anybody would.
	_, err := pool.Exec(t.Context(), `INSERT INTO brex_logins (name, login) VALUES ('mutant', 'x')`)
	require.NoError(t, err)
	server.Kill()
	server.Start(t)
	pool.Reset()
	got, err := s.Load(t.Context())
	require.NoError(t, err)
	require.True(t, got.SameTokens(login(2)))
	_, err = store(t, pool, "mutant").Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin, "without synchronous_commit a row is lost")
}

// Tokens are in no error, in no trace of queries and, sealed, in no byte of the database.
func TestLoginStoreShowsNoToken(t *testing.T) {
	dsn := servertest.Database(t)
	var said lines
	tracer := &tracelog.TraceLog{LogLevel: tracelog.LogLevelTrace, Logger: &said}
	pool := migrated(t, dsn, func(cfg *pgxpool.Config) { cfg.ConnConfig.Tracer = tracer })
	s := store(t, pool, "customer")
	require.NoError(t, brexoauth.StoreLogin(t.Context(), s, login(1)))
	require.NoError(t, s.SaveIf(t.Context(), login(1), login(2)))
	_, err := pool.Exec(t.Context(), `ALTER TABLE brex_logins ADD CHECK (length(login) < 10) NOT VALID`)
	require.NoError(t, err)
	for _, err := range []error{s.Save(t.Context(), login(3)), s.SaveIf(t.Context(), login(2), login(3))} {
		require.Error(t, err)
		var server *pgconn.PgError
		require.ErrorAs(t, err, &server)
		require.Equal(t, "23514", server.Code)
		require.Empty(t, server.Detail, "which repeats the row")
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, server), "s3cret")
	}
	text := said.String()
	require.Contains(t, text, "INSERT INTO brex_logins")
	require.NotContains(t, text, "s3cret")
	require.NotContains(t, text, fmt.Sprintf("%x", "s3cret"))
	require.NotContains(t, fmt.Sprintf("%v %+v %s", s, s, s), "s3cret")

	sealed := store(t, pool, "other", sealing("k"))
	_, err = pool.Exec(t.Context(), `ALTER TABLE brex_logins DROP CONSTRAINT brex_logins_login_check`)
	require.NoError(t, err)
	require.NoError(t, brexoauth.StoreLogin(t.Context(), sealed, login(4)))
	found := func(name string) (found bool) {
		const search = `SELECT position('s3cret'::bytea in login) > 0 FROM brex_logins WHERE name = $1`
		require.NoError(t, pool.QueryRow(t.Context(), search, name).Scan(&found))
		return found
	}
	require.True(t, found("customer"))
	require.False(t, found("other"))
	for _, wrong := range []*brexpg.LoginStore{store(t, pool, "other", sealing("j")), store(t, pool, "other"), store(t, pool, "customer", sealing("k"))} {
		_, err = wrong.Load(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrSealed)
		require.NotErrorIs(t, err, brexoauth.ErrNoLogin)
		require.ErrorIs(t, wrong.SaveIf(t.Context(), login(4), login(5)), brexoauth.ErrSealed)
	}
	got, err := sealed.Load(t.Context())
	require.NoError(t, err)
	require.True(t, got.SameTokens(login(4)))

	// Whoever writes in the table puts one customer's row in the place of another's.
	third := store(t, pool, "third", sealing("k"))
	require.NoError(t, brexoauth.StoreLogin(t.Context(), third, login(6)))
	_, err = pool.Exec(t.Context(), `UPDATE brex_logins a SET login = b.login, version = b.version FROM brex_logins b
		WHERE a.name = 'third' AND b.name = 'other'`)
	require.NoError(t, err)
	_, err = third.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrSealed)
	require.ErrorIs(t, third.SaveIf(t.Context(), login(4), login(5)), brexoauth.ErrSealed)
}

type lines struct {
	mu sync.Mutex
	strings.Builder
}

func (l *lines) Log(_ context.Context, _ tracelog.LogLevel, msg string, data map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(&l.Builder, "%s %+v\n", msg, data)
}

func TestLoginStoreUse(t *testing.T) {
	_, err := brexpg.NewLoginStore(nil, "x")
	require.Error(t, err)
	pool := open(t, servertest.Database(t))
	for _, opts := range [][]brexpg.LoginOption{{nil}, {brexpg.WithSealer(nil)}} {
		_, err = brexpg.NewLoginStore(pool, "x", opts...)
		require.Error(t, err)
	}
	_, err = brexpg.NewLoginStore(pool, "")
	require.Error(t, err)
	_, err = store(t, pool, "customer").Load(t.Context())
	require.ErrorContains(t, err, `login "customer"`)
	require.NotErrorIs(t, err, brexoauth.ErrNoLogin, "the table is not there")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = store(t, pool, "customer").Load(ctx)
	require.ErrorIs(t, err, context.Canceled)
}
