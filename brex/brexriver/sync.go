package brexriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/brex-go/sdk/brex/mirror"
)

// SyncArgs is a job that brings a stream up to date, and streams that are read for each of its rows. Of a
// stream, one is enqueued in a minute.
type SyncArgs struct {
	Company string   `json:"company" river:"unique"` // id of the company that the worker's token belongs to
	Stream  string   `json:"stream" river:"unique"`
	With    []string `json:"with,omitempty"` // streams whose parent it is
}

// Kind implements river.JobArgs.
func (SyncArgs) Kind() string { return "brex_sync" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (a SyncArgs) InsertOpts() river.InsertOpts { return a.every(time.Minute) }

// every lets one job be enqueued in a period, so that one that died in the middle stands in the way of no later one.
func (a SyncArgs) every(period time.Duration) river.InsertOpts {
	opts := once(SyncQueue(a.Company))
	opts.UniqueOpts.ByPeriod = period
	return opts
}

// Periodic are jobs that bring the streams of a company up to date at an interval and when a client becomes
// the leader: all streams without names. A stream that is read for the rows of another one belongs to
// the other's job. Each job asks Brex five times whose token it has, so that an interval below some minutes
// spends requests on that. It panics for a stream that does not exist; mirror.Tables lists them.
func Periodic(company string, every time.Duration, streams ...string) (jobs []*river.PeriodicJob) {
	for _, args := range syncs(company, streams) {
		jobs = append(jobs, river.NewPeriodicJob(river.PeriodicInterval(every),
			func() (river.JobArgs, *river.InsertOpts) {
				opts := args.every(every)
				return args, &opts
			},
			&river.PeriodicJobOpts{ID: SyncQueue(company) + "_" + args.Stream, RunOnStart: true}))
	}
	return jobs
}

// syncs are the jobs of streams, parents with their children.
func syncs(company string, names []string) (all []SyncArgs) {
	at := map[string]int{} // by the name of the parent
	known := map[string]bool{}
	for _, t := range mirror.Tables() { // parents before children
		known[t.Name] = true
		if len(names) > 0 && !slices.Contains(names, t.Name) {
			continue
		}
		root := t.Name
		if t.Parent != nil {
			root = t.Parent.Table
		}
		if _, ok := at[root]; !ok {
			at[root] = len(all)
			all = append(all, SyncArgs{Company: company, Stream: root})
		}
		if args := &all[at[root]]; t.Parent != nil {
			args.With = append(args.With, t.Name)
		}
	}
	for _, name := range names {
		if !known[name] {
			panic(fmt.Sprintf("brexriver: %q is not a stream", name))
		}
	}
	return all
}

type syncWorker struct {
	river.WorkerDefaults[SyncArgs]
	deps Deps
}

// Timeout implements river.Worker.
func (*syncWorker) Timeout(*river.Job[SyncArgs]) time.Duration { return 24 * time.Hour } // a first reading takes long

// Work implements river.Worker.
func (w *syncWorker) Work(ctx context.Context, job *river.Job[SyncArgs]) error {
	if w.deps.Mirror == nil {
		return errNoPart
	}
	streams := append([]string{job.Args.Stream}, job.Args.With...)
	report, err := w.deps.Mirror.Run(ctx, streams...)
	if err == nil && report.Company != job.Args.Company {
		err = river.JobCancel(fmt.Errorf("brexriver: the job is of company %s, and the token is of %s", job.Args.Company, report.Company))
	}
	if w.deps.Synced != nil {
		w.deps.Synced(report, err)
	}
	switch {
	case errors.Is(err, mirror.ErrConcurrent):
		return nil // another run reads it
	case err != nil && ctx.Err() != nil:
		return river.JobSnooze(time.Second) // the client is stopping; the next attempt goes on
	}
	return err
}
