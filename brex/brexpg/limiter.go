package brexpg

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"

	"github.com/brex-go/sdk/brex/internal/leases"
)

// Limiter is a brex.Penalizer that all replicas share through the database: together they send at
// most the limit in any window, counted by the server's clock from the arrival of the responses. A
// slot that a replica took to its grave is free again when its request must have ended and a window
// has passed. Within a process those who wait are served in order. It is safe for concurrent use.
type Limiter struct{ l *leases.Limiter }

// LimiterOption is an option of NewLimiter. All replicas must use the same.
type LimiterOption = leases.Option

// NewLimiter returns a Limiter on the bucket, which is made when it is first used. It does no I/O;
// the tables are made by Migrate.
//
// Name the bucket after what Brex limits, the client id and the account ("client_123/acme", at most
// 255 bytes), and never after a token, which changes while its limit goes on.
//
// The pool needs two connections for it. While the program's own transactions have all of them,
// nobody gets a slot: call Brex before or after a transaction, or make a pool for the limiter. The
// database must not be set to synchronous_commit = off.
func NewLimiter(pool *pgxpool.Pool, bucket string, opts ...LimiterOption) (*Limiter, error) {
	config, err := leases.NewConfig("brexpg", bucket, opts)
	if err != nil {
		return nil, err
	}
	if pool == nil {
		return nil, errors.New("brexpg: NewLimiter: the pool is nil")
	}
	return &Limiter{leases.New(&slots{pool, bucket, rand.Int64(), config}, config)}, nil
}

// WithLimit sets how many requests are allowed in any window of time, at most 1,000,000 in 24 hours.
// The default is Brex's limit, 1,000 in a minute.
func WithLimit(requests int, window time.Duration) LimiterOption {
	return leases.Limit(requests, window)
}

// WithAttempt sets the longest time that an attempt takes, from its slot to the response, its token
// included, at most 24 hours. It must not be shorter than the client's brex.WithTimeout; the default
// is a minute, as there. It is for this long, a window and at most 5 seconds more that the slot of a
// replica that died is lost.
func WithAttempt(longest time.Duration) LimiterOption { return leases.Attempt(longest) }

// WithShare has each of so many replicas send its equal share of the limit while the server is
// away, once requests have waited for it for as long as a slot can be taken (2 minutes and 5
// seconds, unless an option changes that). When the server is back, nobody gets a slot for a
// window, because what was sent is unknown there. Without this option all wait for the server.
//
// The limit may be exceeded by the shares of those concerned where the server is away for some
// replicas only, or where one that used its share dies, or sends nothing more, before the server
// returns; and, for the second until the others have noticed, when the server is back and a replica
// that was idle asks first.
func WithShare(replicas int) LimiterOption { return leases.Share(replicas) }

// Acquire waits for a slot. If ctx ends first, it returns the context's error, with that of the
// database when it was away. An error that waiting does not help against, such as tables that are
// missing, is returned at once.
func (l *Limiter) Acquire(ctx context.Context) error { return l.l.Acquire(ctx) }

// Release says that the response for an acquired slot has arrived, or that there will be none. It
// does not wait for the database; if that does not learn of it, the slot is free later.
func (l *Limiter) Release() { l.l.Release() }

// Penalize holds all replicas back after a 429, as that of brex.Window does. It does not wait for
// the database.
func (l *Limiter) Penalize(retryAfter time.Duration) { l.l.Penalize(retryAfter) }

// slots is a bucket.
type slots struct {
	pool   *pgxpool.Pool
	bucket string
	holder int64
	config leases.Config
}

// Acquire says begin and commit itself, in one round trip: with another isolation, which may be the
// default of the database, it would not see what others did while it waited for the lock.
func (s *slots) Acquire(ctx context.Context, first int64, n int) (g leases.Grant, err error) {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	batch.Queue("SELECT * FROM brex_limiter_acquire($1, $2, $3, $4, $5, $6)",
		s.bucket, s.holder, first, n, s.config.Requests, s.config.Lease()).QueryRow(func(row pgx.Row) error {
		var again time.Time
		err := row.Scan(&g.Slots, &g.At, &again)
		g.Wait = again.Sub(g.At)
		return err
	})
	batch.Queue("COMMIT")
	return g, s.pool.SendBatch(ctx, batch).Close()
}

func (s *slots) Release(ctx context.Context, done, unused []int64) error {
	batch := &pgx.Batch{}
	batch.Queue(`INSERT INTO brex_limiter_slots
		SELECT $1, $2, lease, clock_timestamp() + $4::interval FROM unnest($3::bigint[]) lease
		ON CONFLICT (bucket, holder, lease) DO UPDATE SET until = excluded.until`,
		s.bucket, s.holder, done, s.config.Window)
	batch.Queue("DELETE FROM brex_limiter_slots WHERE bucket = $1 AND holder = $2 AND lease = ANY($3)",
		s.bucket, s.holder, unused)
	return s.pool.SendBatch(ctx, batch).Close()
}

func (s *slots) Penalize(ctx context.Context, granted time.Time, retryAfter time.Duration) error {
	batch := &pgx.Batch{}
	batch.Queue("BEGIN ISOLATION LEVEL READ COMMITTED")
	batch.Queue("SELECT brex_limiter_penalize($1, $2, $3, $4, $5)",
		s.bucket, granted, retryAfter, s.config.Requests, s.config.Window)
	batch.Queue("COMMIT")
	return s.pool.SendBatch(ctx, batch).Close()
}

func (s *slots) Close(ctx context.Context, d time.Duration) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO brex_limiter_buckets AS b (bucket, pause_until)
		VALUES ($1, clock_timestamp() + $2::interval) ON CONFLICT (bucket)
		DO UPDATE SET pause_until = greatest(b.pause_until, excluded.pause_until)`, s.bucket, d)
	return err
}

// Fatal is true for what somebody must mend: no permission or password, no database, no table, a
// pool that is closed.
func (s *slots) Fatal(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return len(pg.Code) > 2 && slices.Contains([]string{"28", "3D", "3F", "42"}, pg.Code[:2])
	}
	return errors.Is(err, puddle.ErrClosedPool)
}
