package payout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Reconcile asks Brex how the payments of a run ended, and sends nothing. It reads the list of
// transfers, which also finds payments of unknown outcome, and asks one by one for those that the
// list does not show. now is time.Now when nil.
//
// It calls listTransfers and getTransfersById.
func Reconcile(ctx context.Context, client Client, plan *Plan, journal Journal,
	now func() time.Time) (report *Report, err error) {
	if now == nil {
		now = time.Now
	}
	err = work(ctx, plan, journal, now, func(w *worker) (err error) {
		defer func() {
			var made error
			report, made = w.report()
			err = errors.Join(err, made)
		}()
		return w.reconcile(ctx, client)
	})
	return report, err
}

func (w *worker) reconcile(ctx context.Context, client Client) error {
	c, err := company(ctx, client)
	if err != nil {
		return err
	}
	if c.ID != w.plan.Company.ID {
		return fmt.Errorf("%w: it is of company %s, and the token is of %s", ErrPlan,
			w.plan.Company.ID, c.ID)
	}
	s, err := w.scan(ctx, client)
	if err != nil {
		return err
	}
	if err := w.settle(ctx, s, 1); err != nil {
		return err
	}
	for i := 1; i < len(w.state.rows); i++ {
		row := &w.state.rows[i]
		if !row.state.open() || len(s.ours[i]) > 0 {
			continue
		}
		t, err := get[brex.Transfer](ctx, client, "getTransfersById",
			map[string]any{"id": row.transfer})
		if err != nil {
			return err
		}
		if t.ID != row.transfer {
			return fmt.Errorf("payout: row %d: Brex returned transfer %q for %q", i, t.ID,
				row.transfer)
		}
		if err := w.status(ctx, i, t.Status, string(t.CancellationReason)); err != nil {
			return err
		}
	}
	return nil
}

// ErrNotOurs is a transfer that is not one of the run.
var ErrNotOurs = errors.New("payout: the transfer is not one of this run")

// Settle notes what a webhook reports of a transfer: PROCESSED for TRANSFER_PROCESSED, FAILED for
// TRANSFER_FAILED. It fails with ErrNotOurs for a transfer of another run and with ErrLocked while
// the run is executed: let Brex deliver the event again, or Reconcile later.
func Settle(ctx context.Context, plan *Plan, journal Journal, transfer string,
	status brex.TransferStatus) error {
	return work(ctx, plan, journal, time.Now, func(w *worker) error {
		for i := 1; i < len(w.state.rows); i++ {
			if transfer != "" && w.state.rows[i].transfer == transfer {
				return w.status(ctx, i, status, "")
			}
		}
		return fmt.Errorf("%w: %q", ErrNotOurs, transfer)
	})
}
