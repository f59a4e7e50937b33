package payout

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex"
)

// State is what is known of one payment.
type State string

// The states of a payment. A payment that may exist at Brex without an id being known is in
// Sending, Unknown or Absent.
const (
	Planned   State = "PLANNED"   // never sent, or every attempt so far had certainly no effect
	Sending   State = "SENDING"   // noted before the request is sent; left by a process that died
	Accepted  State = "ACCEPTED"  // Brex returned a transfer
	Refused   State = "REFUSED"   // Brex refused it: nothing was made, and this run does not send it again
	Unknown   State = "UNKNOWN"   // sent, and whether it had an effect is not known
	Found     State = "FOUND"     // its transfer was found in Brex's list by its memo
	Absent    State = "ABSENT"    // sent, but not in Brex's list when that was last read
	Processed State = "PROCESSED" // Brex processed the transfer
	Failed    State = "FAILED"    // the transfer failed, was cancelled or not approved
)

// transitions says which state may follow which. Everything else is a mistake and refused.
var transitions = map[State][]State{
	Planned:   {Sending, Found},
	Sending:   {Accepted, Refused, Unknown, Planned, Found, Absent},
	Unknown:   {Found, Absent, Unknown},
	Absent:    {Sending, Found, Absent, Unknown},
	Refused:   {Found},
	Accepted:  {Accepted, Processed, Failed},
	Found:     {Found, Processed, Failed},
	Processed: {Failed}, // money that comes back
	Failed:    {},
}

// stateOf says what a transfer's status means for its payment. A status of which this version knows
// nothing changes nothing.
func stateOf(status brex.TransferStatus, before State) State {
	switch status {
	case brex.TransferStatusProcessed:
		return Processed
	case brex.TransferStatusFailed:
		return Failed
	}
	return before // SCHEDULED, PENDING_APPROVAL, PROCESSING
}

// inDoubt reports whether a payment may exist without its id being known.
func (s State) inDoubt() bool { return s == Sending || s == Unknown || s == Absent }

// open reports whether Brex has yet to say how a transfer ended.
func (s State) open() bool { return s == Accepted || s == Found }

// ErrTransition is a record that does not follow from those before it.
var ErrTransition = errors.New("payout: the record does not follow from the journal")

// rowState is a payment as the journal has it.
type rowState struct {
	state    State
	attempts int
	doubtful int       // the first attempt that may have had an effect; 0 when there is none
	doubt    time.Time // when that attempt was noted
	sent     time.Time // when the last attempt was noted
	done     bool      // Brex reported success, but not which transfer
	transfer string
	last     Record
}

// runState is a run as the journal has it.
type runState struct {
	run       string
	rows      []rowState // by row number, from 1
	approvals []Record
	halted    string // why nothing may be sent any more
	stopped   string // why the last execution ended early
	started   bool   // something was sent
}

func newRunState(run string, rows int) *runState {
	r := &runState{run: run, rows: make([]rowState, rows+1)}
	for i := range r.rows {
		r.rows[i].state = Planned
	}
	return r
}

// replay makes the state of a run out of its journal.
func replay(plan *Plan, run string, records []Record) (*runState, error) {
	r := newRunState(run, len(plan.Payments))
	for i, rec := range records {
		if err := r.apply(rec); err != nil {
			return nil, fmt.Errorf("%w: record %d: %w", ErrJournal, i+1, err)
		}
	}
	return r, nil
}

// apply takes one record into account, or refuses it.
func (r *runState) apply(rec Record) error {
	if rec.Run != r.run {
		return fmt.Errorf("%w: it belongs to run %.12s, not to %.12s", ErrTransition, rec.Run,
			r.run)
	}
	switch rec.Event {
	case EventApproved:
		r.approvals = append(r.approvals, rec)
	case EventStarted:
		r.stopped = ""
	case EventStopped:
		r.stopped = rec.Reason
	case EventHalted:
		r.halted = rec.Reason
	case EventRow:
		return r.applyRow(rec)
	default:
		return fmt.Errorf("%w: event %q is not known", ErrTransition, rec.Event)
	}
	return nil
}

func (r *runState) applyRow(rec Record) error {
	if rec.Row < 1 || rec.Row >= len(r.rows) {
		return fmt.Errorf("%w: there is no row %d", ErrTransition, rec.Row)
	}
	row := &r.rows[rec.Row]
	if !slices.Contains(transitions[row.state], rec.State) {
		return fmt.Errorf("%w: row %d cannot go from %s to %s", ErrTransition, rec.Row, row.state,
			rec.State)
	}
	switch rec.State {
	case Sending:
		if rec.Attempt != row.attempts+1 {
			return fmt.Errorf("%w: row %d: attempt %d follows attempt %d", ErrTransition, rec.Row,
				rec.Attempt, row.attempts)
		}
		row.attempts, row.sent, r.started = rec.Attempt, rec.At, true
		if row.doubtful == 0 {
			row.doubtful, row.doubt = rec.Attempt, rec.At
		}
	case Planned, Refused:
		if row.doubtful != row.attempts {
			return fmt.Errorf("%w: row %d cannot be %s: an earlier attempt may have had an effect",
				ErrTransition, rec.Row, rec.State)
		}
		row.doubtful = 0
	case Accepted, Found, Processed, Failed:
		if rec.Transfer == "" || row.transfer != "" && row.transfer != rec.Transfer {
			return fmt.Errorf("%w: row %d: transfer %q follows %q", ErrTransition, rec.Row,
				rec.Transfer, row.transfer)
		}
		row.transfer = rec.Transfer
	}
	row.done = row.done || rec.Done
	row.state, row.last = rec.State, rec
	return nil
}

// afterRefusal is the state of a payment whose last attempt had certainly no effect: earlier
// attempts may have had one.
func (row *rowState) afterRefusal(settled State) State {
	if row.doubtful == row.attempts {
		return settled
	}
	return Unknown
}
