package brexriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/brex-go/sdk/brex/mirror"
)

// SyncArgs is a job that brings a stream up to date, and the streams that are read for each of its rows.
// Company is the id of the company that the worker's token belongs to. Of a stream, one is enqueued in a minute.
type SyncArgs struct {
	Company string `json:"company" river:"unique"`
	Stream  string `json:"stream" river:"unique"`
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
	for _, name := range roots(streams) {
		jobs = append(jobs, river.NewPeriodicJob(river.PeriodicInterval(every),
			func() (river.JobArgs, *river.InsertOpts) {
				opts := SyncArgs{company, name}.every(every)
				return SyncArgs{company, name}, &opts
			},
			&river.PeriodicJobOpts{ID: SyncQueue(company) + "_" + name, RunOnStart: true}))
	}
	return jobs
}

// roots are the streams that are read for no other, of those that are named or whose children are.
func roots(names []string) (all []string) {
	parents, wanted := map[string]string{}, map[string]bool{}
	for _, t := range mirror.Tables() {
		parents[t.Name] = t.Name
		if t.Parent != nil {
			parents[t.Name] = t.Parent.Table
		}
	}
	for _, name := range names {
		if parents[name] == "" {
			panic(fmt.Sprintf("brexriver: %q is not a stream", name))
		}
		wanted[parents[name]] = true
	}
	for _, t := range mirror.Tables() {
		if t.Parent == nil && (len(names) == 0 || wanted[t.Name]) {
			all = append(all, t.Name)
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
	streams := []string{job.Args.Stream}
	for _, t := range mirror.Tables() {
		if t.Parent != nil && t.Parent.Table == job.Args.Stream {
			streams = append(streams, t.Name)
		}
	}
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
