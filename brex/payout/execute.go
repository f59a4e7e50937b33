package payout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// ExecuteOptions says how a run is executed. The zero value is the careful default.
type ExecuteOptions struct {
	// Workers is how many payments are sent at once, 4 when zero.
	Workers int
	// ResendWindow is for how long Brex is trusted to remember an idempotency key, 10 minutes when
	// zero. Brex documents nothing. A payment whose outcome is unknown and that is not in Brex's
	// list is sent again within it, with the same key and bytes.
	ResendWindow time.Duration
	// ResendAbsent names rows, from 1, that may be sent again although the window has passed, when
	// two readings of the list do not show them. Look for them in Brex first.
	ResendAbsent []int
	// Pause is the time between a payment of unknown outcome and the reading of the list, and
	// between two readings: 30 s when zero.
	Pause time.Duration
	// MaxFailures is after how many failures in a row, refusals not counted, the run stops: 5 when
	// zero.
	MaxFailures int
	// DailyTransfers and DailyWires are how many transfers, and international wires, the account
	// may make in 24 hours: 1,000 and 100 when zero. They are counted from the journal and from
	// Brex's list, which knows days only, so that a day counts as a whole.
	DailyTransfers, DailyWires int
	// OnRow is called after each change of a payment, by one goroutine at a time.
	OnRow func(Line)
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// What Execute can end with besides the errors of the client and the journal.
var (
	// ErrHalted is a run in which nothing may be sent any more, because something is not as it must
	// be. A person has to look; what was never sent can become a new plan, see RetryRows.
	ErrHalted = errors.New("payout: the run is halted")
	// ErrStopped is a run that ended early. Executing it again continues it.
	ErrStopped = errors.New("payout: the run stopped")
	// ErrDecision says that payments are left of which only a person can say whether to send them
	// again.
	ErrDecision = errors.New("payout: a person must decide")
)

const passes = 3 // how often a payment is tried in one execution

func (o ExecuteOptions) withDefaults() (ExecuteOptions, error) {
	if o.Workers < 0 || o.ResendWindow < 0 || o.Pause < 0 || o.MaxFailures < 0 ||
		o.DailyTransfers < 0 || o.DailyWires < 0 {
		return o, errors.New("payout: no field of ExecuteOptions may be negative; zero means the default")
	}
	o.Workers, o.MaxFailures = or(o.Workers, 4), or(o.MaxFailures, 5)
	o.DailyTransfers = or(o.DailyTransfers, dailyTransfers)
	o.DailyWires = or(o.DailyWires, dailyWires)
	o.ResendWindow, o.Pause = or(o.ResendWindow, 10*time.Minute), or(o.Pause, 30*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

func or[T int | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// Execute sends the payments of an approved plan, and continues a run that was cut off: it is the
// same call. Before anything is sent, Brex's list of transfers is read whole, and every payment
// that is in it is taken from there. Each payment is noted in the journal before it is sent and
// after its response. When ctx ends, payments in flight are finished and no more are begun.
//
// The report is there whenever the journal could be read. The error is ErrLocked, ErrNotApproved,
// ErrHalted, ErrStopped, ErrDecision, ErrJournal or the failure of a call; with nil, Brex has
// accepted, or refused, every payment.
//
// It calls getCompany, listAccounts, listTransfers, createTransfer and, where a response leaves out
// the memo, getTransfersById.
func Execute(ctx context.Context, client Client, plan *Plan, journal Journal,
	opts ExecuteOptions) (report *Report, err error) {
	opts, err = opts.withDefaults()
	if err != nil {
		return nil, err
	}
	err = work(ctx, plan, journal, opts.Now, func(w *worker) (err error) {
		w.onRow = opts.OnRow
		x := &executor{worker: w, client: client, opts: opts, twice: map[int]bool{}}
		defer func() {
			var made error
			report, made = w.report()
			err = errors.Join(err, made)
		}()
		for _, row := range opts.ResendAbsent {
			if row < 1 || row > len(plan.Payments) {
				return fmt.Errorf("payout: ResendAbsent: there is no row %d", row)
			}
		}
		return x.run(ctx)
	})
	return report, err
}

type executor struct {
	*worker
	client Client
	opts   ExecuteOptions
	twice  map[int]bool // rows that two scans of this execution did not find
	left   allowance

	mu       sync.Mutex // guards the journal and everything below while payments are sent
	failures int        // in a row
	stopped  error      // why no further payment is begun
}

func (x *executor) run(ctx context.Context) error {
	if err := x.ready(ctx); err != nil {
		return err
	}
	if err := x.note(ctx, Record{Event: EventStarted}); err != nil {
		return err
	}
	if err := x.look(ctx); err != nil {
		return err
	}
	if err := x.funds(ctx); err != nil {
		return err
	}
	for range passes {
		rows := x.sendable()
		if len(rows) == 0 {
			break
		}
		if x.send(ctx, rows); x.stopped != nil {
			return x.stop(ctx)
		}
		if !slices.ContainsFunc(x.state.rows, func(r rowState) bool { return r.state.inDoubt() }) {
			continue
		}
		if err := x.look(ctx); err != nil {
			return err
		}
	}
	return x.rest()
}

// ready refuses a run that may not be executed now, or by this token.
func (x *executor) ready(ctx context.Context) error {
	if x.state.halted != "" {
		return fmt.Errorf("%w: %s", ErrHalted, x.state.halted)
	}
	if err := x.state.approved(x.plan); err != nil {
		return err
	}
	if age := x.now().Sub(x.plan.Created); !x.state.started &&
		(age > planLife || age < -24*time.Hour) {
		return fmt.Errorf("%w: it was made on %s and never started, so that its checks are out of "+
			"date; plan again", ErrPlan, x.plan.Created.Format(time.DateOnly))
	}
	c, err := company(ctx, x.client)
	if err != nil {
		return err
	}
	if c.ID != x.plan.Company.ID {
		return fmt.Errorf("%w: it is of company %s (%s), and the token is of %s (%s)", ErrPlan,
			x.plan.Company.Name, x.plan.Company.ID, c.LegalName, c.ID)
	}
	return nil
}

// look reads Brex's list and notes what it says. Payments in doubt are given time to appear, and a
// list that leaves doubts is read again.
func (x *executor) look(ctx context.Context) error {
	if err := x.settleDown(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		s, err := x.scan(ctx, x.client)
		if err != nil {
			return err
		}
		x.left = x.allowance(s)
		again := try < passes && (s.unsure != "" || len(s.maybe) > 0)
		again = again && slices.ContainsFunc(x.state.rows,
			func(r rowState) bool { return r.state.inDoubt() })
		if !again {
			if err := x.settle(ctx, s, 1); err != nil {
				return err
			}
			break
		}
		if err := sleep(ctx, x.opts.Pause); err != nil {
			return err
		}
	}
	return x.lookAgain(ctx)
}

// lookAgain reads the list a second time for the rows that may be sent again although the resend
// window has passed.
func (x *executor) lookAgain(ctx context.Context) error {
	clear(x.twice)
	var old []int
	for _, i := range x.opts.ResendAbsent {
		if row := &x.state.rows[i]; row.state == Absent && !x.fresh(row) {
			old = append(old, i)
		}
	}
	if len(old) == 0 {
		return nil
	}
	if err := sleep(ctx, x.opts.Pause); err != nil {
		return err
	}
	s, err := x.scan(ctx, x.client)
	if err != nil {
		return err
	}
	if err := x.settle(ctx, s, 2); err != nil {
		return err
	}
	for _, i := range old {
		x.twice[i] = x.state.rows[i].state == Absent
	}
	return nil
}

// settleDown waits until what was sent last can be expected in Brex's list.
func (x *executor) settleDown(ctx context.Context) error {
	var wait time.Duration
	for i := range x.state.rows {
		if row := &x.state.rows[i]; row.state.inDoubt() {
			wait = max(wait, x.opts.Pause-x.now().Sub(row.sent))
		}
	}
	return sleep(ctx, min(wait, x.opts.Pause)) // more when the clock has gone back
}

// fresh reports whether a payment may be repeated by its key alone. A clock that has gone back
// makes it old.
func (x *executor) fresh(row *rowState) bool {
	age := x.now().Sub(row.doubt)
	return age >= 0 && age < x.opts.ResendWindow && !row.done
}

// maySend reports whether a payment may be sent now.
func (x *executor) maySend(i int) bool {
	row := &x.state.rows[i]
	return row.state == Planned || row.state == Absent && (x.fresh(row) || x.twice[i])
}

func (x *executor) sendable() []int {
	var rows []int
	for i := 1; i < len(x.state.rows); i++ {
		if x.maySend(i) {
			rows = append(rows, i)
		}
	}
	return rows
}

// funds refuses to begin what the account cannot pay.
func (x *executor) funds(ctx context.Context) error {
	rows := x.sendable()
	if len(rows) == 0 {
		return nil
	}
	a, err := account(ctx, x.client, x.plan.Account.ID)
	if err != nil {
		return err
	}
	need := money.New(0, x.plan.Balance.Currency)
	for _, i := range rows {
		if need, err = need.Add(x.plan.Payments[i-1].Row.Amount); err != nil {
			return err
		}
	}
	has := money.New(a.AvailableBalance.Amount, a.AvailableBalance.Currency)
	if over, err := need.Cmp(has); err != nil || over > 0 {
		x.stopped = fmt.Errorf("%w: nothing was sent: %v is to be paid, and %s has %v", ErrStopped,
			need, a.Name, has)
		return x.stop(ctx)
	}
	return nil
}

// stop notes why the run ended early.
func (x *executor) stop(ctx context.Context) error {
	if errors.Is(x.stopped, ErrJournal) || errors.Is(x.stopped, ErrHalted) {
		return x.stopped
	}
	return errors.Join(x.stopped, x.note(context.WithoutCancel(ctx),
		Record{Event: EventStopped, Reason: x.stopped.Error()}))
}

// rest says what is left when there is nothing more to do.
func (x *executor) rest() error {
	unsent, doubt := 0, 0
	for i := 1; i < len(x.state.rows); i++ {
		switch s := x.state.rows[i].state; {
		case s == Planned:
			unsent++
		case s.inDoubt():
			doubt++
		}
	}
	switch {
	case doubt > 0:
		return fmt.Errorf("%w: whether %s made is not known; look for the memo in Brex",
			ErrDecision, count(doubt, "payment")+" of unknown outcome was")
	case unsent > 0:
		return fmt.Errorf("%w: %s could not be sent; execute the run again", ErrStopped,
			count(unsent, "payment"))
	}
	return nil
}

// sleep waits, or returns why ctx ended.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// allowance is what Brex's limits leave.
type allowance struct{ transfers, wires int }

// allowance counts what was used of Brex's limits: its list, and what the journal has sent in the
// last day that is not listed. Our own payments that are older than a day do not count, whatever
// day the list has.
func (x *executor) allowance(s *scan) allowance {
	left := allowance{x.opts.DailyTransfers - s.use.Transfers, x.opts.DailyWires - s.use.Wires}
	for i := 1; i < len(x.state.rows); i++ {
		row := &x.state.rows[i]
		age := x.now().Sub(row.sent)
		today := row.attempts > 0 && (age < 24*time.Hour)
		ours := s.ours[i]
		switch {
		case len(ours) == 0 && today && (row.state.inDoubt() || row.transfer != ""):
			left = left.take(x.plan.Payments[i-1].Type, 1)
		case len(ours) == 1 && !today && row.transfer != "" && row.attempts > 0 &&
			s.use.recent(ours[0]):
			left = left.take(x.plan.Payments[i-1].Type, -1)
		}
	}
	return left
}

func (a allowance) take(kind brex.PaymentType, n int) allowance {
	a.transfers -= n
	if kind == brex.PaymentTypeInternationalWire {
		a.wires -= n
	}
	return a
}
