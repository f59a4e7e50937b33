package brexriver

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Settings say what Run works on.
type Settings struct {
	Company string        // whose queue
	Jobs    int           // how many streams, and events, at once, 4 when zero; payout runs are executed one by one
	Every   time.Duration // between two readings of a stream, zero for none
	Streams []string      // that are read, all for none
	Logger  *slog.Logger  // for what River reports, nil for nobody
}

// Run works on a company's streams and payout runs, and on webhook events, as far as Deps has parts for them, until ctx
// ends. Then payments under way are finished, no others begun, and streams go on in another run. It is for
// programs that have no other use of River: jobs of other kinds in its tables are thrown away when they seem stuck.
func Run(ctx context.Context, pool *pgxpool.Pool, d Deps, s Settings) error {
	workers := river.NewWorkers()
	if err := Add(workers, d); err != nil {
		return err
	}
	if s.Jobs == 0 {
		s.Jobs = 4
	}
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	c := &river.Config{Workers: workers, Logger: s.Logger, JobTimeout: time.Minute, RescueStuckJobsAfter: time.Minute,
		Queues: map[string]river.QueueConfig{}}
	if d.Mirror != nil {
		c.Queues[SyncQueue(s.Company)] = river.QueueConfig{MaxWorkers: s.Jobs}
	}
	if d.Runs != nil {
		c.Queues[PayoutQueue(s.Company)] = river.QueueConfig{MaxWorkers: 1} // limits and balance are for all runs together
	}
	if d.Event != nil {
		c.Queues[EventQueue] = river.QueueConfig{MaxWorkers: s.Jobs}
	}
	if d.Mirror != nil && s.Every > 0 {
		c.PeriodicJobs = Periodic(s.Company, s.Every, s.Streams...)
	}
	client, err := river.NewClient(riverpgxv5.New(pool), c)
	if err != nil {
		return fmt.Errorf("brexriver: %w", err)
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("brexriver: %w", err)
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	if err := client.StopAndCancel(stopping); err != nil {
		return fmt.Errorf("brexriver: not every job has ended: %w", err)
	}
	return nil
}

// Enqueue enqueues a job in a transaction, without a client. duplicate says that there is such a job already.
func Enqueue(ctx context.Context, tx pgx.Tx, args river.JobArgs) (duplicate bool, err error) {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return false, fmt.Errorf("brexriver: Enqueue: %w", err)
	}
	result, err := client.InsertTx(ctx, tx, args, nil)
	if err != nil {
		return false, fmt.Errorf("brexriver: Enqueue: %w", err)
	}
	return result.UniqueSkippedAsDuplicate, nil
}

// Migration is one step in the making of River's tables.
type Migration struct {
	Version int
	Name    string
	Applied bool
}

// Status returns all steps in the making of River's tables.
func Status(ctx context.Context, pool *pgxpool.Pool) (steps []Migration, err error) {
	m, err := rivermigrate.New(riverpgxv5.New(pool), quiet)
	if err != nil {
		return nil, fmt.Errorf("brexriver: Status: %w", err)
	}
	done, err := m.ExistingVersions(ctx)
	if err != nil {
		return nil, fmt.Errorf("brexriver: Status: %w", err)
	}
	applied := map[int]bool{}
	for _, v := range done {
		applied[v.Version] = true
	}
	for _, v := range m.AllVersions() {
		steps = append(steps, Migration{v.Version, v.Name, applied[v.Version]})
	}
	return steps, nil
}

var quiet = &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)}

// Migrate applies what is missing of River's tables and returns the steps that it applied. Of several processes
// that call it at once, one does the work and the others wait.
func Migrate(ctx context.Context, pool *pgxpool.Pool) (applied []Migration, err error) {
	fail := func(err error) ([]Migration, error) { return applied, fmt.Errorf("brexriver: Migrate: %w", err) }
	m, err := rivermigrate.New(riverpgxv5.New(pool), quiet)
	if err != nil {
		return fail(err)
	}
	pooled, err := pool.Acquire(ctx)
	if err != nil {
		return fail(err)
	}
	conn := pooled.Hijack() // closing it ends the lock
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(7305814, 2)`); err != nil {
		return fail(err)
	}
	result, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return fail(err)
	}
	for _, v := range result.Versions {
		applied = append(applied, Migration{v.Version, v.Name, true})
	}
	return applied, nil
}
