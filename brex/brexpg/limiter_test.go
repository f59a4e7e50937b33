//go:build databases && linux

package brexpg_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/limitertest"
)

// migrated opens a database that has the tables.
func migrated(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool := open(t, dsn)
	_, err := brexpg.Migrate(t.Context(), pool)
	require.NoError(t, err)
	return pool
}

func limiter(t testing.TB, pool *pgxpool.Pool, bucket string, opts ...brexpg.LimiterOption) *brexpg.Limiter {
	t.Helper()
	l, err := brexpg.NewLimiter(pool, bucket, opts...)
	require.NoError(t, err)
	return l
}

// Whatever isolation the database has.
func TestLimiterSuite(t *testing.T) {
	for _, isolation := range []string{"read committed", "repeatable read"} {
		t.Run(isolation, func(t *testing.T) {
			dsn := servertest.Database(t) + " default_transaction_isolation='" + isolation + "'"
			limit := limitertest.Limit{Requests: 10, Window: 500 * time.Millisecond, Lease: 1500 * time.Millisecond}
			migrated(t, dsn)
			limitertest.Run(t, limit, func(t *testing.T) func() brex.Limiter {
				return func() brex.Limiter {
					return limiter(t, open(t, dsn), t.Name(), brexpg.WithLimit(limit.Requests, limit.Window), brexpg.WithAttempt(limit.Window))
				}
			})
		})
	}
}
