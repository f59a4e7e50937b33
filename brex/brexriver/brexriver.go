// Package brexriver runs the jobs of this module on River (github.com/riverqueue/river), a queue in PostgreSQL:
// mirror streams on a schedule, payout runs, and the events of webhooks.
//
//	workers := river.NewWorkers()
//	err := brexriver.Add(workers, brexriver.Deps{Runs: runs, Client: client, Event: handle})
//	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
//		Workers:              workers,
//		Queues:               map[string]river.QueueConfig{brexriver.Queue(company): {MaxWorkers: 4}, brexriver.EventQueue: {MaxWorkers: 4}},
//		PeriodicJobs:         brexriver.Periodic(company, 15*time.Minute),
//		RescueStuckJobsAfter: time.Minute,
//	})
//
// The client, its migrations and its settings stay yours. Jobs are enqueued in your transaction, by the
// client's InsertTx or EnqueueEvent: they are there if it commits.
//
// A job is run at least once. After a process was killed, River runs its jobs again when
// RescueStuckJobsAfter is over, and thinks the same of a job that simply takes longer. Both do no harm:
//
//   - A payout run is executed by who has the lock of its journal. Another attempt finds it locked and
//     comes back later; one that takes over looks in Brex's list for what may have been sent.
//   - A stream is read by who has its lease, see mirror.Leaser.
//   - An event may reach your function twice: see Deps.Event.
//
// So set RescueStuckJobsAfter as short as you want to wait for a takeover. River looks every 30 seconds.
//
// The unit of a payout is the run, and there is no job for a row: Execute decides in which order rows are
// sent, stops at Brex's limits and after failures in a row, and reads Brex's list once for all
// rows in doubt. Rows that were jobs of their own would each have to read that list, and could not see
// each other's failures.
package brexriver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/brex/webhook"
)

// EventQueue is the queue of webhook events.
const EventQueue = "brex_events"

// Queue is the name of the queue of a company's streams and payout runs. Each company has its own, because
// a worker has the token of one.
func Queue(company string) string {
	sum := sha256.Sum256([]byte(company))
	return "brex_" + hex.EncodeToString(sum[:8])
}

// Deps is what the workers work with. A kind of job whose part is nil has no worker.
type Deps struct {
	// Mirror copies streams. Its sink should be mirror/postgres, where a stream is read by one run at a time.
	Mirror *mirror.Mirror
	// Synced is told how each job on a stream went. It may be nil.
	Synced func(mirror.Report, error)

	// Runs and Client execute payout runs, as Execute says.
	Runs    Runs
	Client  payout.Client
	Execute payout.ExecuteOptions
	// Paid is told how each execution or reconciliation of a run went; the report is nil where the journal
	// could not be read. It may be nil.
	Paid func(run string, r *payout.Report, err error)

	// Event is called for each webhook event, with its Webhook-Id. An error makes River call it again,
	// and so does a process that dies before River knows that it has returned: what it does must be
	// idempotent, for which the id serves.
	Event func(ctx context.Context, id string, e webhook.Event) error
}

// Runs is where payout runs are; *brexpg.Runs is one.
type Runs interface {
	Load(ctx context.Context, run string) (*payout.Plan, error)
	Journal(plan *payout.Plan) (payout.Journal, error)
}

// Add adds the workers to those of a client.
func Add(workers *river.Workers, d Deps) error {
	if (d.Runs == nil) != (d.Client == nil) {
		return errors.New("brexriver: Add: Runs and Client belong together, and one of them is nil")
	}
	if d.Mirror == nil && d.Runs == nil && d.Event == nil {
		return errors.New("brexriver: Add: there is nothing to do: Mirror, Runs and Event are nil")
	}
	var errs []error
	if d.Mirror != nil {
		errs = append(errs, river.AddWorkerSafely(workers, &syncWorker{deps: d}))
	}
	if d.Runs != nil {
		errs = append(errs, river.AddWorkerSafely(workers, &payoutWorker{deps: d}), river.AddWorkerSafely(workers, &reconcileWorker{deps: d}))
	}
	if d.Event != nil {
		errs = append(errs, river.AddWorkerSafely(workers, &eventWorker{deps: d}))
	}
	return errors.Join(errs...)
}

// unfinished are the states in which a second job of the same arguments is not enqueued.
var unfinished = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateRetryable, rivertype.JobStateScheduled}

func once(queue string) river.InsertOpts {
	return river.InsertOpts{Queue: queue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// busy is when a job comes back whose run or stream another process has.
const busy = 15 * time.Second

// forever is the timeout of jobs that take as long as they take.
const forever time.Duration = -1
