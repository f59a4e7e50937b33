package payout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
)

// maxRetryAfter is the longest wait for which Brex may ask before the run stops: more than its
// limit of requests needs.
const maxRetryAfter = 70 * time.Second

// send sends rows, several at once, until they are done or the run must stop.
func (x *executor) send(ctx context.Context, rows []int) {
	queue := make(chan int)
	var wg sync.WaitGroup
	for range min(x.opts.Workers, len(rows)) {
		wg.Go(func() {
			for i := range queue {
				x.sendRow(ctx, i)
			}
		})
	}
	var end error
	for _, i := range rows {
		if end = x.begin(ctx, i); end != nil {
			break
		}
		queue <- i
	}
	close(queue)
	wg.Wait()
	if x.stopped == nil {
		x.stopped = end
	}
}

// begin counts a payment against Brex's limits, or says why no further one may be begun.
func (x *executor) begin(ctx context.Context, i int) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	left := x.left.take(x.plan.Payments[i-1].Type, 1)
	switch {
	case x.stopped != nil:
		return x.stopped
	case ctx.Err() != nil:
		return fmt.Errorf("%w: %w", ErrStopped, context.Cause(ctx))
	case left.transfers < 0:
		return fmt.Errorf("%w: Brex allows %d transfers in 24 hours, and they are used", ErrStopped,
			x.opts.DailyTransfers)
	case left.wires < 0:
		return fmt.Errorf("%w: Brex allows %d international wires in 24 hours, and they are used",
			ErrStopped, x.opts.DailyWires)
	}
	x.left = left
	return nil
}

// sendRow sends one payment once. Nothing is sent that is not on disk first.
func (x *executor) sendRow(ctx context.Context, i int) {
	if !x.intend(ctx, i) {
		return
	}
	waiting := ctx
	ctx = context.WithoutCancel(ctx) // what was begun is finished
	raw, err := x.client.Send(ctx, x.plan.Payments[i-1].Request, brex.WithoutRetry())
	var t brex.Transfer
	if err == nil {
		t, err = x.created(ctx, raw)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if err == nil {
		x.accept(ctx, i, t)
		return
	}
	wait := x.failed(ctx, i, err)
	if wait > 0 && x.stopped == nil {
		x.mu.Unlock()
		_ = sleep(waiting, wait) // its end shows before the next payment
		x.mu.Lock()
	}
}

// intend notes that a payment is about to be sent.
func (x *executor) intend(ctx context.Context, i int) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.stopped != nil || !x.maySend(i) { // it may have become too old while it waited
		return false
	}
	return x.noted(ctx, i, Record{State: Sending, Attempt: x.state.rows[i].attempts + 1})
}

// noted notes a change of a row. What cannot be noted ends the run.
func (x *executor) noted(ctx context.Context, i int, rec Record) bool {
	err := x.noteRow(context.WithoutCancel(ctx), i, rec)
	if err == nil {
		return true
	}
	if rec.Transfer != "" {
		err = fmt.Errorf("row %d became transfer %s: %w", i, rec.Transfer, err)
	}
	if x.stopped == nil || !errors.Is(x.stopped, ErrJournal) {
		x.stopped = err
	}
	return false
}

// errUnusable is a success whose response does not say which transfer was made.
var errUnusable = errors.New("payout: Brex reported success, and its response cannot be used")

// created reads the response. One that leaves out the memo says nothing about it, so the transfer
// is read.
func (x *executor) created(ctx context.Context, raw json.RawMessage) (brex.Transfer, error) {
	var t brex.Transfer
	if err := json.Unmarshal(raw, &t); err != nil || t.ID == "" {
		return t, errUnusable
	}
	for try := 0; try < passes && t.ExternalMemo == ""; try++ {
		again, err := get[brex.Transfer](ctx, x.client, "getTransfersById", map[string]any{"id": t.ID})
		if err == nil && again.ID == t.ID {
			t = *again
		}
	}
	return t, nil
}

// accept notes the transfer that Brex made, and halts the run when it is not the one that was asked
// for.
func (x *executor) accept(ctx context.Context, i int, t brex.Transfer) {
	x.failures = 0
	if !x.noted(ctx, i, Record{State: Accepted, Transfer: t.ID, Status: t.Status}) {
		return
	}
	if what := x.plan.Payments[i-1].differs(t); what != "" {
		x.stopped = x.halt(ctx, fmt.Sprintf("row %d: Brex made transfer %s with another %s than was "+
			"sent: payments cannot be told apart by it", i, t.ID, what))
		return
	}
	err := x.status(context.WithoutCancel(ctx), i, t.Status, string(t.CancellationReason))
	if err != nil && x.stopped == nil {
		x.stopped = err
	}
}

// failed notes why a payment was not accepted, and decides whether the run goes on. It returns how
// long Brex asks to wait.
func (x *executor) failed(ctx context.Context, i int, err error) (wait time.Duration) {
	row := &x.state.rows[i]
	rec := Record{State: Unknown, Reason: err.Error()}
	outcome := brex.OutcomeUnknown
	var e *brex.Error
	if errors.As(err, &e) {
		outcome, wait, rec.Code = e.Outcome(), e.RetryAfter, e.Code
	}
	stop := errors.Is(err, brex.ErrAuth) || errors.Is(err, brex.ErrUsage) ||
		errors.Is(err, brex.ErrGuard) || wait > maxRetryAfter
	x.failures++
	switch {
	case outcome == brex.OutcomeDone, errors.Is(err, errUnusable):
		rec.Done = true
	case outcome == brex.OutcomeNotSent:
		rec.State = row.afterRefusal(Planned)
	case outcome == brex.OutcomeRefused && e.StatusCode == http.StatusConflict:
		// Brex has this key already: that may be this payment.
	case outcome == brex.OutcomeRefused && (e.StatusCode == http.StatusUnauthorized ||
		e.StatusCode == http.StatusForbidden):
		rec.State, stop = row.afterRefusal(Planned), true
	case outcome == brex.OutcomeRefused && (e.StatusCode == http.StatusTooManyRequests ||
		e.StatusCode/100 == 3):
		rec.State = row.afterRefusal(Planned)
	case outcome == brex.OutcomeRefused:
		rec.State, x.failures = row.afterRefusal(Refused), 0
	}
	if rec.State == Planned { // nothing happened, so nothing was used of the limits
		x.left = x.left.take(x.plan.Payments[i-1].Type, -1)
	}
	if !x.noted(ctx, i, rec) || x.stopped != nil {
		return 0
	}
	switch {
	case stop:
		x.stopped = fmt.Errorf("%w: row %d: %w", ErrStopped, i, err)
	case x.failures >= x.opts.MaxFailures:
		x.stopped = fmt.Errorf("%w: %d failures in a row, the last in row %d: %w", ErrStopped,
			x.failures, i, err)
	}
	return wait
}
