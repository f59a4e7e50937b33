package payout

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// scan is what Brex's list of transfers says about a run. Brex has no filter by memo and documents
// no order, so it is read whole.
type scan struct {
	listed int
	use    *use
	ours   map[int][]brex.Transfer // transfers with the memo or the known id of a row
	maybe  map[int]string          // a transfer that may be the row's, though its memo does not say so
	unsure string                  // why a payment that is not listed may exist all the same
}

// scanner compares the list with the rows.
type scanner struct {
	*scan
	w      *worker
	memos  map[string]int
	ids    map[string]int
	doubts map[money.Money][]int
	seen   map[string]bool
}

func (w *worker) scan(ctx context.Context, client Client) (*scan, error) {
	s := &scanner{w: w, memos: map[string]int{}, ids: map[string]int{},
		doubts: map[money.Money][]int{}, seen: map[string]bool{},
		scan: &scan{use: newUse(w.now()), ours: map[int][]brex.Transfer{}, maybe: map[int]string{}}}
	for i := range w.plan.Payments {
		row, y := &w.state.rows[i+1], &w.plan.Payments[i]
		s.memos[y.Memo] = i + 1
		if row.transfer != "" {
			s.ids[row.transfer] = i + 1
		}
		if row.state.inDoubt() {
			s.doubts[y.Row.Amount] = append(s.doubts[y.Row.Amount], i+1)
		}
	}
	if err := all(ctx, client, "listTransfers", s.look); err != nil {
		return nil, err
	}
	for i := 1; i < len(w.state.rows); i++ {
		if id := w.state.rows[i].transfer; id != "" && !s.seen[id] && s.unsure == "" {
			s.unsure = fmt.Sprintf("Brex's list does not show transfer %s of row %d, which exists: "+
				"it may not show others either", id, i)
		}
	}
	return s.scan, nil
}

// look compares one transfer. A list can repeat an item when its pages move.
func (s *scanner) look(t brex.Transfer) error {
	if t.ID == "" || s.seen[t.ID] {
		return nil
	}
	s.seen[t.ID] = true
	s.listed++
	s.use.add(t)
	if row := s.ids[t.ID]; row > 0 {
		s.ours[row] = append(s.ours[row], t)
		if memo := s.w.plan.Payments[row-1].Memo; t.ExternalMemo != memo && s.unsure == "" {
			s.unsure = fmt.Sprintf("Brex's list shows transfer %s of row %d with another memo: "+
				"others may not be found by theirs", t.ID, row)
		}
		return nil
	}
	if row := s.memos[t.ExternalMemo]; row > 0 {
		s.ours[row] = append(s.ours[row], t)
		return nil
	}
	for _, row := range s.doubts[money.New(t.Amount.Amount, t.Amount.Currency)] {
		if s.w.couldBe(t, row) {
			s.maybe[row] = t.ID
		}
	}
	return nil
}

// couldBe reports whether a transfer of the right amount may be the payment of a row although its
// memo is missing or another one: same instrument or none shown, not older, and not marked as the
// payment of another row or run.
func (w *worker) couldBe(t brex.Transfer, row int) bool {
	y, doubt := &w.plan.Payments[row-1], w.state.rows[row].doubt
	switch to := t.Counterparty.Value().(type) {
	case brex.VendorDetailsResponse:
		if to.PaymentInstrumentID != "" && to.PaymentInstrumentID != y.Instrument {
			return false
		}
	case brex.BookTransferDetailsResponse, brex.BankAccountDetailsResponse:
		return false
	}
	if t.CreatedAt.String() < doubt.UTC().Add(-24*time.Hour).Format(time.DateOnly) &&
		!t.CreatedAt.IsZero() {
		return false
	}
	return t.ExternalMemo == "" || referenceOf(t.ExternalMemo) == t.ExternalMemo
}

// differs names what of a transfer is not what a row asked for, or "". What Brex leaves out is no
// difference, except the memo.
func (y *Payment) differs(t brex.Transfer) string {
	to, vendor := t.Counterparty.AsVendorDetailsResponse()
	switch {
	case t.ExternalMemo != y.Memo:
		return "memo"
	case !t.Amount.Equal(y.Row.Amount):
		return "amount"
	case vendor && to.PaymentInstrumentID != "" && to.PaymentInstrumentID != y.Instrument:
		return "payment instrument"
	}
	return ""
}

// settle notes what a scan says: a payment that was found, one that is in the list twice, which
// halts the run, and one in doubt that is absent or still unknown. scans is how often the list was
// read for this.
func (w *worker) settle(ctx context.Context, s *scan, scans int) error {
	for i := 1; i < len(w.state.rows); i++ {
		row := &w.state.rows[i]
		var err error
		switch ours := s.ours[i]; {
		case len(ours) > 1:
			return w.halt(ctx, fmt.Sprintf("row %d: transfers %s and %s have the memo of one payment: "+
				"it may be paid twice", i, ours[0].ID, ours[1].ID))
		case len(ours) == 1:
			err = w.found(ctx, i, ours[0])
		case !row.state.inDoubt():
		case s.maybe[i] != "":
			err = w.noteRow(ctx, i, Record{State: Unknown, Scans: scans, Listed: s.listed,
				Reason: "transfer " + s.maybe[i] + " may be this payment, but has another memo or none: " +
					"look at it in Brex"})
		case s.unsure != "":
			err = w.noteRow(ctx, i, Record{State: Unknown, Scans: scans, Listed: s.listed,
				Reason: s.unsure})
		default:
			err = w.noteRow(ctx, i, Record{State: Absent, Scans: scans, Listed: s.listed,
				Code: row.last.Code, Reason: row.last.Reason})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// found notes the transfer of a row with its status.
func (w *worker) found(ctx context.Context, i int, t brex.Transfer) error {
	row, y := &w.state.rows[i], &w.plan.Payments[i-1]
	if row.transfer == "" {
		if what := y.differs(t); what != "" {
			return w.halt(ctx, fmt.Sprintf("row %d: transfer %s has the memo of this payment and "+
				"another %s", i, t.ID, what))
		}
		err := w.noteRow(ctx, i, Record{State: Found, Transfer: t.ID, Status: t.Status})
		if err != nil {
			return err
		}
	}
	return w.status(ctx, i, t.Status, string(t.CancellationReason))
}

// status notes a transfer's status where it says something new.
func (w *worker) status(ctx context.Context, i int, status brex.TransferStatus,
	reason string) error {
	row := &w.state.rows[i]
	state := stateOf(status, row.state)
	if state == row.state && (!state.open() || status == row.last.Status || status == "") {
		return nil
	}
	if !slices.Contains(transitions[row.state], state) {
		return fmt.Errorf("%w: row %d is %s, and Brex says that transfer %s is %s", ErrTransition,
			i, row.state, row.transfer, status)
	}
	return w.noteRow(ctx, i, Record{State: state, Transfer: row.transfer, Status: status,
		Code: reason})
}

func (w *worker) noteRow(ctx context.Context, row int, rec Record) error {
	rec.Event, rec.Row = EventRow, row
	err := w.note(ctx, rec)
	if err == nil && w.onRow != nil {
		w.onRow(w.line(row))
	}
	return err
}

// halt ends the run for good.
func (w *worker) halt(ctx context.Context, why string) error {
	if w.state.halted == "" {
		err := w.note(context.WithoutCancel(ctx), Record{Event: EventHalted, Reason: why})
		if err != nil {
			return fmt.Errorf("%w: %s; and this could not be noted: %w", ErrHalted, why, err)
		}
	}
	return fmt.Errorf("%w: %s", ErrHalted, why)
}
