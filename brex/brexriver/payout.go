package brexriver

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"github.com/brex-go/sdk/brex/payout"
)

// PayoutArgs is a job that executes an approved payout run. While there is such a job of the run, another one
// is not enqueued; when it has ended, one more execution finds what is left to do, which may be nothing.
type PayoutArgs struct {
	Run     string `json:"run" river:"unique"` // id of the plan, whole
	Company string `json:"company"`            // id of the company that pays, see PayoutQueue
}

// Payout is the job of a plan.
func Payout(plan *payout.Plan) (PayoutArgs, error) {
	run, err := plan.ID()
	return PayoutArgs{run, plan.Company.ID}, err
}

// Kind implements river.JobArgs.
func (PayoutArgs) Kind() string { return "brex_payout" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (a PayoutArgs) InsertOpts() river.InsertOpts { return once(PayoutQueue(a.Company)) }

// ReconcileArgs is a job that asks Brex how the payments of a run ended, and sends nothing.
type ReconcileArgs PayoutArgs

// Kind implements river.JobArgs.
func (ReconcileArgs) Kind() string { return "brex_reconcile" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (a ReconcileArgs) InsertOpts() river.InsertOpts { return once(PayoutQueue(a.Company)) }

type payoutWorker struct {
	river.WorkerDefaults[PayoutArgs]
	deps Deps
}

// Timeout implements river.Worker.
func (w *payoutWorker) Timeout(*river.Job[PayoutArgs]) time.Duration { return w.deps.slice() }

// Work implements river.Worker.
func (w *payoutWorker) Work(ctx context.Context, job *river.Job[PayoutArgs]) error {
	return w.deps.on(ctx, job.Args.Run, func(plan *payout.Plan, j payout.Journal) (*payout.Report, error) {
		return payout.Execute(ctx, w.deps.Client, plan, j, w.deps.Execute)
	})
}

type reconcileWorker struct {
	river.WorkerDefaults[ReconcileArgs]
	deps Deps
}

// Timeout implements river.Worker.
func (w *reconcileWorker) Timeout(*river.Job[ReconcileArgs]) time.Duration { return w.deps.slice() }

// Work implements river.Worker.
func (w *reconcileWorker) Work(ctx context.Context, job *river.Job[ReconcileArgs]) error {
	return w.deps.on(ctx, job.Args.Run, func(plan *payout.Plan, j payout.Journal) (*payout.Report, error) {
		return payout.Reconcile(ctx, w.deps.Client, plan, j, w.deps.Execute.Now)
	})
}

func (d Deps) slice() time.Duration {
	if d.Slice == 0 {
		return 5 * time.Minute
	}
	return d.Slice
}

// on does something with a run, and says what becomes of its job.
func (d Deps) on(ctx context.Context, run string, do func(*payout.Plan, payout.Journal) (*payout.Report, error)) error {
	if d.Runs == nil {
		return errNoPart
	}
	var report *payout.Report
	plan, err := d.Runs.Load(ctx, run)
	if err == nil {
		var j payout.Journal
		if j, err = d.Runs.Journal(plan); err == nil {
			report, err = do(plan, j)
		}
	}
	if errors.Is(err, payout.ErrLocked) {
		return river.JobSnooze(busy) // another worker is at it, and reports
	}
	if d.Paid != nil {
		d.Paid(run, report, err)
	}
	return judge(ctx, err)
}

// judge is what River is told. What a person must look at first is cancelled: executing it again changes nothing, or sends nothing
// that may be sent. Anything else is tried again: the next execution looks before it sends.
func judge(ctx context.Context, err error) error {
	for _, person := range []error{payout.ErrHalted, payout.ErrDecision, payout.ErrNotApproved, payout.ErrPlan} {
		if errors.Is(err, person) {
			return river.JobCancel(err)
		}
	}
	if err != nil && ctx.Err() != nil {
		return river.JobSnooze(time.Second) // its slice is over, or the client is stopping: not a failure of the run
	}
	return err
}
