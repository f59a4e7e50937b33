package brexriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/brex-go/sdk/brex/webhook"
)

// EventArgs is a job that handles a webhook event. EnqueueEvent makes it.
type EventArgs struct {
	ID   string `json:"id" river:"unique"` // Webhook-Id
	Body string `json:"body"`              // as received, verified
}

// Kind implements river.JobArgs.
func (EventArgs) Kind() string { return "brex_event" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (EventArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: EventQueue, UniqueOpts: river.UniqueOpts{ByArgs: true}} // also against jobs that are done
}

// EnqueueEvent enqueues the event that a callback of a webhook.Handler is called for, in the caller's
// transaction: ctx is the callback's. An event that Brex delivers again is not enqueued again while River keeps the job
// of the first delivery, done jobs for a day by default; duplicate says so.
func EnqueueEvent(ctx context.Context, client *river.Client[pgx.Tx], tx pgx.Tx) (duplicate bool, err error) {
	d, ok := webhook.DeliveryFrom(ctx)
	if !ok {
		return false, errors.New("brexriver: EnqueueEvent: the context is not that of a webhook handler's callback")
	}
	result, err := client.InsertTx(ctx, tx, EventArgs{d.ID, string(d.Body)}, nil)
	if err != nil {
		return false, fmt.Errorf("brexriver: EnqueueEvent: %w", err)
	}
	return result.UniqueSkippedAsDuplicate, nil
}

type eventWorker struct {
	river.WorkerDefaults[EventArgs]
	deps Deps
}

// Work implements river.Worker.
func (w *eventWorker) Work(ctx context.Context, job *river.Job[EventArgs]) error {
	if w.deps.Event == nil {
		return errNoPart
	}
	e, _, err := webhook.ParseDelivery([]byte(job.Args.Body))
	if err != nil {
		return river.JobCancel(err)
	}
	return w.deps.Event(ctx, job.Args.ID, e)
}
