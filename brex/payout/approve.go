package payout

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrNotApproved is a plan that nobody has approved.
var ErrNotApproved = errors.New("payout: the plan is not approved")

// Approve notes in the journal that somebody approved the plan; Execute asks for one such note.
// warnings is how many of the plan's warnings the approver was shown, which must be all. With a key
// the note is signed, which ties it to the holder of the key. It records who ran a command on which
// plan and is not a second person.
func Approve(ctx context.Context, plan *Plan, journal Journal, name string, warnings int,
	key ed25519.PrivateKey) error {
	if name == "" {
		return errors.New("payout: an approval needs a name")
	}
	if warnings != len(plan.Warnings) {
		return fmt.Errorf("%w: it has %s, and %d were looked at", ErrNotApproved,
			count(len(plan.Warnings), "warning"), warnings)
	}
	return work(ctx, plan, journal, time.Now, func(w *worker) error {
		a := &Approval{Name: name, Warnings: warnings}
		if key != nil {
			if len(key) != ed25519.PrivateKeySize {
				return errors.New("payout: the approver's key is not an Ed25519 key")
			}
			a.PublicKey, _ = key.Public().(ed25519.PublicKey)
			a.Signature = ed25519.Sign(key, a.signed(w.run))
		}
		return w.note(ctx, Record{Event: EventApproved, Approval: a})
	})
}

func (a *Approval) signed(run string) []byte {
	return []byte("brex payout approval 1\n" + run + "\n" + strconv.Itoa(a.Warnings) + "\n" + a.Name)
}

// check refuses an approval of something else.
func (a *Approval) check(run string, plan *Plan) error {
	switch {
	case a == nil || a.Name == "" || a.Warnings != len(plan.Warnings):
		return fmt.Errorf("%w: the journal has an approval that is not of this plan",
			ErrNotApproved)
	case len(a.PublicKey) == 0 && len(a.Signature) == 0:
		return nil
	case len(a.PublicKey) != ed25519.PublicKeySize ||
		!ed25519.Verify(a.PublicKey, a.signed(run), a.Signature):
		return fmt.Errorf("%w: the signature of %q is not right", ErrNotApproved, a.Name)
	}
	return nil
}

// approved is nil when there is at least one approval, and all are right.
func (r *runState) approved(plan *Plan) error {
	if len(r.approvals) == 0 {
		return ErrNotApproved
	}
	for _, rec := range r.approvals {
		if err := rec.Approval.check(r.run, plan); err != nil {
			return err
		}
	}
	return nil
}

// worker is a locked journal with its run.
type worker struct {
	plan    *Plan
	run     string
	journal LockedJournal
	state   *runState
	now     func() time.Time
	onRow   func(Line) // nil for nobody
}

// work locks the journal, reads it, and does something with the run.
func work(ctx context.Context, plan *Plan, journal Journal, now func() time.Time,
	do func(*worker) error) (err error) {
	if err := plan.verify(); err != nil {
		return err
	}
	w := &worker{plan: plan, now: now}
	if w.run, err = plan.ID(); err != nil {
		return err
	}
	if w.journal, err = journal.Lock(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.journal.Close()) }()
	records, err := w.journal.Records(ctx)
	if err != nil {
		return err
	}
	if w.state, err = replay(plan, w.run, records); err != nil {
		return err
	}
	return do(w)
}

// note appends a record and takes it into account: what is not noted has not happened.
func (w *worker) note(ctx context.Context, rec Record) error {
	rec.At, rec.Run = w.now().UTC(), w.run
	before := rowState{}
	if rec.Event == EventRow && rec.Row >= 1 && rec.Row < len(w.state.rows) {
		before = w.state.rows[rec.Row]
	}
	if err := w.state.apply(rec); err != nil {
		return err
	}
	if err := w.journal.Append(ctx, rec); err != nil {
		if rec.Event == EventRow {
			w.state.rows[rec.Row] = before
		}
		return err
	}
	return nil
}
