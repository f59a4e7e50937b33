//go:build databases && linux

package brexpg_test

import (
	"context"
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

// Leases survive the server; one Acquire is one row; what nobody can wait for is returned at once; no error shows a password.
func TestLimiterAndItsServer(t *testing.T) {
	s := servertest.Postgres(t)
	dsn := s.Database(t) + " password=hunter2"
	pool := open(t, dsn)
	opts := []brexpg.LimiterOption{brexpg.WithLimit(3, time.Minute), brexpg.WithAttempt(time.Second)}
	l := limiter(t, pool, "client/account", opts...)
	err := l.Acquire(t.Context())
	require.ErrorContains(t, err, "brexpg: the limiter's server: ")
	require.ErrorContains(t, err, "brex_limiter_acquire")

	migrated(t, dsn)
	require.NoError(t, l.Acquire(t.Context()))
	rows := func(want int) {
		t.Helper()
		var n int
		require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM brex_limiter_slots").Scan(&n))
		require.Equal(t, want, n)
	}
	rows(1)
	require.NoError(t, l.Acquire(t.Context()))
	rows(2)
	require.NoError(t, limiter(t, pool, "client/other", opts...).Acquire(t.Context()), "another bucket")
	require.NoError(t, limiter(t, pool, "client/account", opts...).Acquire(t.Context()), "another process")

	s.Kill() // its processes notice a little later
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	err = l.Acquire(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "brexpg: waiting for the limiter's server: ")
	require.NotContains(t, err.Error(), "hunter2")

	s.Start(t)
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	require.ErrorIs(t, l.Acquire(ctx), context.DeadlineExceeded, "the three slots are still taken")
	rows(4)

	pool.Close()
	err = l.Acquire(t.Context())
	require.ErrorContains(t, err, "brexpg: the limiter's server: closed pool", "nobody waits for what does not come back")

	for _, f := range []func() (*brexpg.Limiter, error){
		func() (*brexpg.Limiter, error) { return brexpg.NewLimiter(nil, "bucket") },
		func() (*brexpg.Limiter, error) { return brexpg.NewLimiter(pool, "") },
		func() (*brexpg.Limiter, error) { return brexpg.NewLimiter(pool, "bucket", brexpg.WithShare(0)) },
	} {
		_, err := f()
		require.ErrorContains(t, err, "brexpg: ")
	}
}

// What brex.Window does after refusals, the shared one does too.
func TestPenalty(t *testing.T) {
	pool := migrated(t, servertest.Database(t))
	penalize := func(granted time.Time, retryAfter time.Duration) {
		t.Helper()
		_, err := pool.Exec(t.Context(), "SELECT brex_limiter_penalize('b', $1, $2, 100, '1 minute')", granted, retryAfter)
		require.NoError(t, err)
	}
	state := func() (pause, until time.Duration, cut, strikes int) {
		t.Helper()
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT pause_until - now(), cut_until - now(), cut, strikes
			FROM brex_limiter_buckets WHERE bucket = 'b'`).Scan(&pause, &until, &cut, &strikes))
		return pause.Round(100 * time.Millisecond), until.Round(100 * time.Millisecond), cut, strikes
	}
	check := func(pause, until time.Duration, cut, strikes int) {
		t.Helper()
		p, u, c, n := state()
		require.InDelta(t, pause, p, float64(500*time.Millisecond))
		require.InDelta(t, until, u, float64(500*time.Millisecond))
		require.Equal(t, []int{cut, strikes}, []int{c, n})
	}
	_, err := pool.Exec(t.Context(), `INSERT INTO brex_limiter_slots SELECT 'b', 1, i, now() + interval '1 minute' FROM generate_series(1, 30) i`)
	require.NoError(t, err)
	before := time.Now()
	penalize(before, 7*time.Second)
	check(7*time.Second, 67*time.Second, 29, 1)
	penalize(before, 9*time.Second) // it was in flight when the other was refused
	check(9*time.Second, 67*time.Second, 28, 1)
	penalize(time.Now().Add(time.Second), 0)
	check(9*time.Second, 120*time.Second, 29, 2)
	_, err = pool.Exec(t.Context(), `DELETE FROM brex_limiter_slots; UPDATE brex_limiter_buckets SET pause_until = now()`)
	require.NoError(t, err)
	penalize(time.Now().Add(time.Second), 0) // nothing got through: the cut alone would let too many go again
	check(4*time.Second, 244*time.Second, 10, 3)
	_, err = pool.Exec(t.Context(), `UPDATE brex_limiter_buckets SET cut_until = now() - interval '61 seconds'`)
	require.NoError(t, err)
	penalize(time.Now().Add(time.Second), time.Second)
	check(4*time.Second, 61*time.Second, 10, 1)
}
