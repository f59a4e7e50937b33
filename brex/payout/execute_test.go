package payout

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/money"
)

var background = context.Background()

func TestRun(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 20)
	before := len(s.Requests())
	var changes atomic.Int32
	opts := quick(s)
	opts.OnRow = func(Line) { changes.Add(1) }
	report, err := Execute(background, c, plan, journal, opts)
	require.NoError(t, err)
	require.EqualValues(t, 40, changes.Load(), "sent and accepted")
	require.Equal(t, 20+3, len(s.Requests())-before,
		"company, account, list, and one request for each payment")
	require.Equal(t, plan.Totals[0], report.Sums[0].Pending)
	paidOnce(t, s, plan)

	again, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	require.Equal(t, report.Sums, again.Sums)
	paidOnce(t, s, plan)
}

// Every payment asks for approval in Brex; what an admin decides there is what the report says.
func TestApprovalInBrex(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 3)
	report, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	require.NoError(t, s.ApproveTransfer(report.Lines[0].Transfer))
	require.NoError(t, s.DenyTransfer(report.Lines[1].Transfer))
	for _, l := range report.Lines {
		require.Equal(t, brex.TransferStatusPendingApproval, l.Status)
	}
	s.Advance(10 * 24 * time.Hour)
	report, err = Reconcile(background, c, plan, journal, clock(s))
	require.NoError(t, err)
	require.Equal(t, []State{Processed, Failed, Accepted},
		[]State{report.Lines[0].State, report.Lines[1].State, report.Lines[2].State})
	require.Equal(t, "APPROVAL_DENIED", report.Lines[1].Code)
	require.Equal(t, plan.Payments[0].Row.Amount, report.Sums[0].Processed)
	require.Equal(t, plan.Payments[1].Row.Amount, report.Sums[0].Failed)

	// The failed payment becomes a plan of its own, with another key and memo, in which the old run
	// is named.
	rows, err := report.RetryRows()
	require.NoError(t, err)
	require.Len(t, rows, 1)
	retry, err := NewPlan(background, c, rows,
		PlanOptions{Now: clock(s), Earlier: []*Report{report}, RetryOf: report})
	require.NoError(t, err)
	require.Equal(t, report.ID, retry.RetryOf)
	require.NotEqual(t, plan.Payments[1].Memo, retry.Payments[0].Memo)
	require.NotEqual(t, plan.Payments[1].Request.Key, retry.Payments[0].Request.Key)

	require.ErrorIs(t, Settle(background, plan, journal, "nobody's", brex.TransferStatusProcessed),
		ErrNotOurs)
	require.NoError(t, Settle(background, plan, journal, report.Lines[2].Transfer,
		brex.TransferStatusFailed))
	require.ErrorIs(t, Settle(background, plan, journal, report.Lines[2].Transfer,
		brex.TransferStatusProcessed), ErrTransition)
}

// A response that is lost after Brex accepted is found in the list, whether Brex remembers keys or
// not; nothing is paid twice.
func TestLostResponses(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]brextest.Fault{
		"reset": brextest.ResetAfterAccept(), "cut off": brextest.TruncatedJSON(), "empty": brextest.EmptyBody(), "503": brextest.Status(503, ""),
		"conflict": brextest.Status(409, `{"type":"CONFLICT","message":"Conflict"}`), "rewritten": brextest.Rewrite(func([]byte) []byte { return []byte(`{}`) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sandbox(t, forgetful()...)
			c := connect(t, s)
			plan, journal := planned(t, s, c, 12)
			s.FailNext("createTransfer", fault, 4)
			report, err := Execute(background, c, plan, journal, quick(s))
			require.NoError(t, err)
			require.Equal(t, plan.Totals[0], report.Sums[0].Pending)
			paidOnce(t, s, plan)
		})
	}
}

// forgetful is a Brex that remembers no idempotency key: its clock moves with each look at it.
func forgetful() []brextest.Option {
	var ticks atomic.Int64
	return []brextest.Option{brextest.WithKeyRetention(time.Nanosecond),
		brextest.WithClock(func() time.Time { return brextest.DefaultNow.Add(time.Duration(ticks.Add(1)) * time.Millisecond) })}
}

// A payment of unknown outcome that is not in the list is sent again while Brex can be trusted to
// remember the key, and after that only where somebody says so.
func TestResendWindow(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 3)
	s.FailNext("createTransfer", brextest.Status(500, ""), 3*passes)
	opts := quick(s)
	opts.MaxFailures = 10
	report, err := Execute(background, c, plan, journal, opts)
	require.ErrorIs(t, err, ErrDecision)
	require.Len(t, report.Undecided(), 3)
	require.Equal(t, Absent, report.Lines[0].State)
	require.Equal(t, passes, report.Lines[0].Attempts)

	s.Advance(11 * time.Minute)
	report, err = Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrDecision)
	require.Empty(t, transfers(t, s))
	require.Equal(t, passes, report.Lines[0].Attempts)

	opts.ResendAbsent = []int{2}
	before := len(s.Requests())
	report, err = Execute(background, c, plan, journal, opts)
	require.ErrorIs(t, err, ErrDecision)
	require.Equal(t, []State{Absent, Accepted, Absent},
		[]State{report.Lines[0].State, report.Lines[1].State, report.Lines[2].State})
	lists := 0
	for _, r := range s.Requests()[before:] {
		if r.OperationID == "listTransfers" {
			lists++
		}
	}
	require.Equal(t, 3, lists, "two before it is sent again, one for what is left")
	require.Len(t, transfers(t, s), 1)

	opts.ResendAbsent = []int{4}
	_, err = Execute(background, c, plan, journal, opts)
	require.ErrorContains(t, err, "there is no row 4")
}

// A clock that has gone back does not make an old payment young.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 1)
	s.FailNext("createTransfer", brextest.Status(500, ""), passes)
	_, err := Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrDecision)
	opts := quick(s)
	opts.Now = func() time.Time { return s.Now().Add(-time.Hour) }
	_, err = Execute(background, c, plan, journal, opts)
	require.ErrorIs(t, err, ErrDecision)
	require.Empty(t, transfers(t, s))
}

func TestRefusedRowStopsNobody(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 10)
	s.FailNext("createTransfer", brextest.Status(400,
		`{"type":"BAD_REQUEST","message":"no","code":"NO"}`), 2)
	report, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	refused := 0
	for _, l := range report.Lines {
		if l.State == Refused {
			refused++
			require.Equal(t, 1, l.Attempts)
		}
	}
	require.Equal(t, 2, refused)
	require.Len(t, transfers(t, s), 8)
}

// A refusal after an attempt of unknown outcome does not prove that nothing was paid.
func TestRefusalAfterDoubt(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 1)
	s.FailNext("createTransfer", brextest.Status(500, ""), 1)
	s.FailNext("createTransfer", brextest.Status(400, `{}`), 2)
	report, err := Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrDecision)
	require.Equal(t, Absent, report.Lines[0].State)
	require.Contains(t, report.Lines[0].Reason, "400")
}

func TestStops(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault brextest.Fault
		sent  int // at most
	}{
		"401":              {brextest.Status(401, ""), 4},
		"403":              {brextest.Status(403, ""), 4},
		"limit of the day": {brextest.RetryAfter(10 * time.Hour), 4},
		"failures":         {brextest.Status(500, ""), 5 + 3},
		"no connection":    {brextest.ResetBeforeAccept(), 5 + 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sandbox(t)
			c := connect(t, s)
			plan, journal := planned(t, s, c, 30)
			s.AddRule(brextest.Rule{Operation: "createTransfer", Fault: tc.fault})
			before := len(s.Requests())
			report, err := Execute(background, c, plan, journal, quick(s))
			require.ErrorIs(t, err, ErrStopped)
			require.NotEmpty(t, report.Stopped)
			require.LessOrEqual(t, len(s.Requests())-before-3, tc.sent)
			require.Empty(t, transfers(t, s))

			report, err = Execute(background, c, plan, journal, quick(s))
			require.NoError(t, err)
			require.Empty(t, report.Stopped)
			paidOnce(t, s, plan)
		})
	}
}

// Brex's limits of 24 hours are counted from its list, so that another program's transfers count as
// well.
func TestDailyLimit(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 10)
	opts := quick(s)
	opts.DailyTransfers = 7
	_, err := Execute(background, c, plan, journal, opts)
	require.ErrorIs(t, err, ErrStopped)
	require.Len(t, transfers(t, s), 7)
	_, err = Execute(background, c, plan, journal, opts)
	require.ErrorIs(t, err, ErrStopped)
	require.Len(t, transfers(t, s), 7)
	s.Advance(25 * time.Hour) // our own of yesterday are known to be older than a day
	_, err = Execute(background, c, plan, journal, opts)
	require.NoError(t, err)
	paidOnce(t, s, plan)
}

// Payments in flight are finished when the caller gives up.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 30)
	ctx, cancel := context.WithCancel(background)
	var sent atomic.Int32
	client := swapped{c, func(ctx context.Context, p *brex.Prepared,
		opts ...brex.CallOption) (json.RawMessage, error) {
		if sent.Add(1) == 6 {
			cancel()
		}
		return c.Send(ctx, p, opts...)
	}}
	report, err := Execute(ctx, client, plan, journal, quick(s))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, ErrStopped)
	require.Empty(t, report.Undecided())
	require.Less(t, int(sent.Load()), 12)
	_, err = Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	paidOnce(t, s, plan)
}

func TestNotExecuted(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 3)
	bare := NewFileJournal(t.TempDir() + "/run.journal")
	_, err := Execute(background, c, plan, bare, quick(s))
	require.ErrorIs(t, err, ErrNotApproved)
	require.ErrorIs(t, Approve(background, plan, bare, "Ada", 1, nil), ErrNotApproved)

	other := brextest.NewServer(t, brextest.WithSeed(2))
	_, err = Execute(background, connect(t, other), plan, journal, quick(s))
	require.ErrorContains(t, err, "and the token is of")

	opts := quick(s)
	opts.Now = func() time.Time { return s.Now().Add(8 * 24 * time.Hour) }
	_, err = Execute(background, c, plan, journal, opts)
	require.ErrorContains(t, err, "plan again")

	changed := *plan
	changed.Payments = append([]Payment(nil), plan.Payments...)
	changed.Payments[1].Row.Amount = money.New(1, "USD")
	_, err = Execute(background, c, &changed, journal, quick(s))
	require.ErrorIs(t, err, ErrPlan)
	opts = quick(s)
	opts.Workers = -1
	_, err = Execute(background, c, plan, journal, opts)
	require.Error(t, err)
	require.Empty(t, transfers(t, s))
}

// Money that is not there stops the run before the first payment.
func TestBalanceGone(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 3)
	page, err := c.Accounts.ListCash(background)
	require.NoError(t, err)
	var to string
	for _, a := range page.Items {
		if a.ID != plan.Account.ID {
			to = a.ID
		}
	}
	_, err = c.Transfers.Create(background, brex.CreateTransferRequest{Counterparty: brex.CounterpartyAccount(to), Amount: money.New(plan.Balance.Amount-100, "USD"),
		Description: "x", ExternalMemo: "x", OriginatingAccount: brex.OriginatingAccountCash(plan.Account.ID)}, brex.WithIdempotencyKey("x"))
	require.NoError(t, err)
	_, err = Execute(background, c, plan, journal, quick(s))
	require.ErrorIs(t, err, ErrStopped)
	require.ErrorContains(t, err, "nothing was sent")
	require.Empty(t, transfers(t, s))
}

func TestRateLimited(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 10)
	s.FailNext("createTransfer", brextest.Status(http.StatusTooManyRequests, ""), 3)
	_, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	paidOnce(t, s, plan)
}

// A run costs one request for each payment, and resuming it one for each 1,000 transfers that Brex
// lists, old ones included.
func TestRequests(t *testing.T) {
	t.Parallel()
	s := sandbox(t, brextest.WithSize(brextest.Size{Users: 1, Cards: brextest.None,
		Expenses: brextest.None, CardTransactions: brextest.None,
		CashTransactions: brextest.None, Transfers: 4500, Vendors: 60, Budgets: brextest.None, SpendLimits: brextest.None}))
	c := connect(t, s)
	other := sandbox(t)
	plan, _ := planned(t, other, connect(t, other), 10)
	id, err := plan.ID()
	require.NoError(t, err)
	w := &worker{plan: plan, run: id, now: clock(s), state: newRunState(id, 10)}
	before := len(s.Requests())
	found, err := w.scan(background, c)
	require.NoError(t, err)
	require.Equal(t, 4500, found.listed)
	require.Equal(t, 5, len(s.Requests())-before)
}

// BenchmarkRun1000 is a run of 1,000 payments without a limiter: what is left of 90 seconds is for
// Brex and its limit.
func BenchmarkRun1000(b *testing.B) {
	for b.Loop() {
		s := sandbox(b)
		c := connect(b, s)
		plan, journal := planned(b, s, c, 1000)
		b.ResetTimer()
		_, err := Execute(background, c, plan, journal, quick(s))
		require.NoError(b, err)
	}
}

// BenchmarkWaitRun1000 is a run of 1,000 payments at Brex's limit of requests, on the real clock.
func BenchmarkWaitRun1000(b *testing.B) {
	for b.Loop() {
		s := sandbox(b, brextest.WithClock(time.Now), brextest.WithLimits(brextest.Limits{}))
		c := connect(b, s)
		plan, journal := planned(b, s, c, 1000)
		limited, err := brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()))
		require.NoError(b, err)
		b.ResetTimer()
		_, err = Execute(background, limited, plan, journal, quick(s))
		require.NoError(b, err)
	}
}
