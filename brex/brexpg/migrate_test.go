//go:build databases && linux

package brexpg_test

import (
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/internal/servertest"
)

func TestMain(m *testing.M) {
	storetest.Main(openLogin)
	replica()
	code := m.Run()
	servertest.Stop()
	os.Exit(code)
}

func open(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// Eight processes that start at once migrate once, whatever isolation the database has.
func TestMigrate(t *testing.T) {
	for _, isolation := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			testMigrate(t, servertest.Database(t)+" default_transaction_isolation='"+isolation+"'")
		})
	}
}

func testMigrate(t *testing.T, dsn string) {
	pool := open(t, dsn)
	steps, err := brexpg.Status(t.Context(), pool)
	require.NoError(t, err)
	require.NotEmpty(t, steps)
	for _, m := range steps {
		require.Zero(t, m.Applied)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	applied := 0
	for range 8 {
		pool := open(t, dsn)
		require.NoError(t, pool.Ping(t.Context()))
		wg.Go(func() {
			done, err := brexpg.Migrate(t.Context(), pool)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			applied += len(done)
		})
	}
	wg.Wait()
	require.Len(t, steps, applied)
	steps, err = brexpg.Status(t.Context(), pool)
	require.NoError(t, err)
	for _, m := range steps {
		require.NotZero(t, m.Applied)
	}

	_, err = pool.Exec(t.Context(), `INSERT INTO brex_migrations (version, name) VALUES (1000, 'later')`)
	require.NoError(t, err)
	_, err = brexpg.Migrate(t.Context(), pool)
	require.ErrorContains(t, err, `step 1000 "later", which this version of the package does not know`)
}
