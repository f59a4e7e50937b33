package cli

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brexriver"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/postgres"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/gen/operations"
)

const workerLong = `Work on the jobs of a company in PostgreSQL until it is stopped: keep a copy there, as brex sync does,
and with --payouts send the payout runs that brex payouts run --enqueue has put there. Start it on as
many machines as you like, after brex pg migrate. A stream is read, and a run executed, by one of them
at a time. When one dies, another takes its run over after about six minutes, and looks in Brex for
what may have been sent before it sends anything. No other program may have jobs of River in the same
database, unless the connection names a schema of its own.

The settings of the copy must be the same on all machines. --payouts lets money leave without anybody
at the terminal: it needs --company, and each run was approved and enqueued by a person. A run of which
a person must decide stays as it is: see brex payouts status.

SIGTERM or Ctrl-C finishes payments under way and ends the program with exit code 0.`

type workerFlags struct {
	sync    syncFlags
	every   time.Duration
	jobs    int
	payouts bool
	company string
}

func (a *App) worker() *cobra.Command {
	f := &workerFlags{sync: syncFlags{streams: choices{of: streamNames()}}}
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Keep a copy and send payout runs, on several machines at once",
		Long:  workerLong,
		Example: `  brex worker --to postgres:"host=db user=brex dbname=books"
  brex worker --to postgres:"host=db user=brex dbname=books" --every 0 --payouts --company cmp_1`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.work(cmd.Context(), f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.sync.target.to, "to", "", toPostgres)
	f.sync.rules(cmd)
	fl.DurationVar(&f.every, "every", 15*time.Minute, "read each stream at this `interval`; 0 for no copy")
	fl.IntVar(&f.jobs, "jobs", 4, "read so many streams at once; runs are sent one by one")
	fl.BoolVar(&f.payouts, "payouts", false, "send the payments of runs that were approved and enqueued")
	fl.StringVar(&f.company, "company", "", "go on only if the token is of the company with this `id`; --payouts needs it")
	return cmd
}

func (f *workerFlags) check() error {
	switch {
	case f.every != 0 && f.every < time.Minute:
		return usagef("--every %v is too short; give at least 1m, or 0 for no copy", f.every)
	case f.every == 0 && !f.payouts:
		return usagef("--every 0 leaves nothing to do without --payouts")
	case f.every == 0 && len(f.sync.streams.values) > 0:
		return usagef("--streams and --every 0 exclude each other")
	case f.jobs < 1:
		return usagef("--jobs %d: give at least 1", f.jobs)
	case f.payouts && f.company == "":
		return usagef("--payouts needs --company: the id of the company that is meant, independently of the token")
	}
	return nil
}

func (a *App) work(ctx context.Context, f *workerFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	if f.payouts && a.readOnly {
		return usagef("--payouts and --read-only exclude each other")
	}
	s, err := a.connect()
	if err != nil {
		return err
	}
	company, err := s.companyOf(ctx)
	if err == nil && f.company != "" {
		err = s.checkCompany(ctx, f.company)
	}
	if err == nil && f.payouts {
		err = s.may(ctx, operations.CreateTransfer)
	}
	if err != nil {
		return err
	}
	pool, err := a.migrated(ctx, f.sync.target)
	if err != nil {
		return err
	}
	w := &notes{a: a}
	deps := brexriver.Deps{Synced: w.synced, Paid: w.paid}
	if f.every > 0 {
		opts, err := f.sync.options(a, s)
		if err != nil {
			return err
		}
		_, dsn, _ := f.sync.target.split(a.Getenv) // the pool has looked at it
		sink, err := postgres.Open(ctx, dsn)
		if err != nil {
			return err
		}
		a.atEnd = append(a.atEnd, func(context.Context) error { return sink.Close() })
		if deps.Mirror, err = mirror.New(s.Client, sink, opts...); err != nil {
			return usagef("%s", strings.TrimPrefix(err.Error(), "mirror: "))
		}
	}
	if f.payouts {
		deps.Runs, deps.Client, deps.Execute = brexpg.NewRuns(pool), s.Client, payout.ExecuteOptions{Now: s.now}
	}
	w.say("working for %s (%s)", company.LegalName, company.ID)
	defer w.say("stopped")
	return brexriver.Run(ctx, pool, deps, brexriver.Settings{Company: company.ID, Jobs: f.jobs, Every: f.every, Streams: f.sync.streams.values,
		Logger: slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelWarn}))})
}

// notes are lines of jobs that end at the same time.
type notes struct {
	mu sync.Mutex
	a  *App
}

func (n *notes) say(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.a.note(format, args...)
}

// Write takes a line of River's log.
func (n *notes) Write(p []byte) (int, error) {
	n.say("%s", strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

func (n *notes) synced(r mirror.Report, err error) {
	for _, s := range r.Streams {
		why := ""
		if s.Err != nil {
			why = ": " + s.Err.Error()
		}
		n.say("%s %s, %s read: %d added, %d changed, %d deleted%s", s.Stream, s.Status, countRows(s.Rows), s.Added, s.Changed, s.Deleted, why)
	}
	if len(r.Streams) == 0 && err != nil {
		n.say("%v", err)
	}
}

func (n *notes) paid(run string, r *payout.Report, err error) {
	if r != nil {
		for _, s := range r.Sums {
			n.say("run %.12s: of %v, %v unsent, %v refused, %v unknown", run, s.Planned, s.Unsent, s.Refused, s.Unknown)
		}
	}
	if err != nil {
		n.say("run %.12s: %v", run, err)
	}
}
