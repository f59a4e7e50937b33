// Package brexriver runs the jobs of this module on River (github.com/riverqueue/river), a queue in PostgreSQL:
// mirror streams on a schedule, payout runs, and the events of webhooks.
//
//	workers := river.NewWorkers()
//	err := brexriver.Add(workers, brexriver.Deps{Runs: runs, Client: client, Event: handle})
//	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
//		Workers: workers,
//		Queues: map[string]river.QueueConfig{
//			brexriver.SyncQueue(company):   {MaxWorkers: 4},
//			brexriver.PayoutQueue(company): {MaxWorkers: 1},
//			brexriver.EventQueue:           {MaxWorkers: 4},
//		},
//		PeriodicJobs: brexriver.Periodic(company, 15*time.Minute),
//	})
//
// The client, its migrations and its settings stay yours; Run is for programs that have no other use of River.
// Jobs are enqueued in your transaction, by the client's InsertTx or EnqueueEvent: they are there if it commits.
//
// # At least once
//
// River runs a job again when its process died, or when it takes longer than its timeout. Neither does harm:
//
//   - A payout run is executed by who has the lock of its journal. Another attempt finds it locked and
//     comes back later; one that takes over looks in Brex's list for what may have been sent.
//   - A stream is read by who has its lease, see mirror.Leaser. Another attempt leaves it to that one.
//   - An event may reach your function twice: see Deps.Event.
//
// When the process of a payout run dies, the job is taken over after Deps.Slice, up to half a minute for which River
// looks at such jobs, and its RescueStuckJobsAfter if that is longer: an hour unless you set it. A stream is read again
// at its next time.
//
// River's leader throws jobs away that seem stuck and whose kind it has no worker for. So Add adds all kinds,
// and which of them a client works on is up to its queues; a client to which Add was not applied must not lead, see
// river.Config.LeaderElectionDisabled, where it shares the tables with these jobs.
//
// # Rows
//
// The unit of a payout is the run, and there is no job for a row: Execute decides in which order rows are
// sent, stops at Brex's limits and after failures in a row, and reads Brex's list once for all
// rows in doubt. Rows that were jobs of their own would each have to read that list, and could not see
// each other's failures. Two runs at once each count Brex's limits and the balance for themselves.
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

// SyncQueue is the name of the queue of a company's streams. Each company has its own, because a worker has the
// token of one.
func SyncQueue(company string) string { return queue("sync", company) }

// PayoutQueue is the name of the queue of a company's payout runs.
func PayoutQueue(company string) string { return queue("payout", company) }

func queue(what, company string) string {
	sum := sha256.Sum256([]byte(company)) // ids have characters that names of queues cannot have
	return "brex_" + what + "_" + hex.EncodeToString(sum[:8])
}

// Deps is what the workers work with. A part may be nil where the client has not the queue of its jobs.
type Deps struct {
	// Mirror copies streams. Its sink should be mirror/postgres, where a stream is read by one run at a time.
	Mirror *mirror.Mirror
	// Synced is told how each job on a stream went. It may be nil.
	Synced func(mirror.Report, error)

	// Runs and Client execute payout runs, as Execute says.
	Runs    Runs
	Client  payout.Client
	Execute payout.ExecuteOptions
	// Slice is for how long an attempt works on a run before it makes room for the next, 5 minutes when zero, and with that how
	// long it takes until a run is taken over whose worker died. Each attempt reads Brex's list of transfers first.
	Slice time.Duration
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
	if d.Slice < 0 {
		return errors.New("brexriver: Add: Slice is negative")
	}
	return errors.Join(river.AddWorkerSafely(workers, &syncWorker{deps: d}), river.AddWorkerSafely(workers, &payoutWorker{deps: d}),
		river.AddWorkerSafely(workers, &reconcileWorker{deps: d}), river.AddWorkerSafely(workers, &eventWorker{deps: d}))
}

// errNoPart is a job on the queue of a client that cannot do it.
var errNoPart = errors.New("brexriver: this worker has not what the job needs: its queue is not for it")

// unfinished are the states in which a second job of the same arguments is not enqueued.
var unfinished = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateRetryable, rivertype.JobStateScheduled}

func once(queue string) river.InsertOpts {
	return river.InsertOpts{Queue: queue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// busy is when a job comes back whose run another process has.
const busy = 15 * time.Second
