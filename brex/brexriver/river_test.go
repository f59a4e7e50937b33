//go:build databases && linux

package brexriver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brexriver"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/memory"
	"github.com/brex-go/sdk/brex/mirror/postgres"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/brex/webhook"
)

func TestMain(m *testing.M) {
	if os.Getenv(replicaVariable) != "" {
		replica()
		return
	}
	code := m.Run()
	servertest.Stop()
	os.Exit(code)
}

// migrated is a database with the tables of this module and of River.
func migrated(t testing.TB) (string, *pgxpool.Pool) {
	t.Helper()
	dsn := servertest.Database(t)
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	_, err = brexpg.Migrate(t.Context(), pool)
	require.NoError(t, err)
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	require.NoError(t, err)
	_, err = m.Migrate(t.Context(), rivermigrate.DirectionUp, nil)
	require.NoError(t, err)
	return dsn, pool
}

// company is a sandbox that forgets keys at once, with a client and the company's id.
func company(t testing.TB) (*brextest.Server, *brex.Client, string) {
	t.Helper()
	none := brextest.None
	s := brextest.NewServer(t, brextest.WithRequestLog(0), brextest.WithClock(time.Now), brextest.WithKeyRetention(time.Nanosecond),
		brextest.WithSize(brextest.Size{Users: 3, Cards: none, Expenses: none, CardTransactions: none, CashTransactions: none,
			Transfers: none, Vendors: 60, Budgets: none, SpendLimits: none}))
	c, err := brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: time.Millisecond}))
	require.NoError(t, err)
	own, err := c.Company.Get(t.Context())
	require.NoError(t, err)
	return s, c, own.ID
}

// saved is a plan of n rows, saved and, if it is to be, approved.
func saved(t testing.TB, c *brex.Client, pool *pgxpool.Pool, n int, approved bool) (*payout.Plan, payout.Journal) {
	t.Helper()
	vendors, err := brex.Collect(c.Vendors.All(t.Context(), brex.VendorListParams{}))
	require.NoError(t, err)
	var rows []payout.Row
	for i := 0; len(rows) < n; i++ {
		if v := vendors[i%len(vendors)]; len(v.PaymentAccounts) == 1 {
			rows = append(rows, payout.Row{Vendor: v.ID, Amount: money.New(int64(1000+i), "USD"), Reference: fmt.Sprintf("INV-%05d", i)})
		}
	}
	plan, err := payout.NewPlan(t.Context(), c, rows, payout.PlanOptions{})
	require.NoError(t, err)
	runs := brexpg.NewRuns(pool)
	require.NoError(t, runs.Save(t.Context(), plan))
	j, err := runs.Journal(plan)
	require.NoError(t, err)
	if approved {
		require.NoError(t, payout.Approve(t.Context(), plan, j, "Ada", len(plan.Warnings), nil))
	}
	return plan, j
}

// worker is a client that works until the test ends.
func worker(t testing.TB, pool *pgxpool.Pool, company string, d brexriver.Deps, periodic ...*river.PeriodicJob) *river.Client[pgx.Tx] {
	t.Helper()
	workers := river.NewWorkers()
	require.NoError(t, brexriver.Add(workers, d))
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Workers: workers, PeriodicJobs: periodic, Logger: slog.New(slog.DiscardHandler),
		FetchPollInterval: 50 * time.Millisecond, FetchCooldown: 10 * time.Millisecond, RetryPolicy: soon{},
		Queues: map[string]river.QueueConfig{brexriver.SyncQueue(company): {MaxWorkers: 2}, brexriver.PayoutQueue(company): {MaxWorkers: 2}, brexriver.EventQueue: {MaxWorkers: 2}}})
	require.NoError(t, err)
	require.NoError(t, client.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = client.StopAndCancel(ctx)
	})
	return client
}

// soon is a policy that tries again at once.
type soon struct{}

func (soon) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(20 * time.Millisecond) }

// until waits for a job's state.
func until(t testing.TB, client *river.Client[pgx.Tx], id int64, state rivertype.JobState) *rivertype.JobRow {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		job, err := client.JobGet(t.Context(), id)
		require.NoError(t, err)
		if job.State == state {
			return job
		}
		require.True(t, time.Now().Before(end), "the job is %s, not %s: %+v", job.State, state, job.Errors)
	}
}

func TestPayoutJob(t *testing.T) {
	s, c, id := company(t)
	_, pool := migrated(t)
	plan, j := saved(t, c, pool, 6, false)
	told := make(chan error, 100)
	client := worker(t, pool, id, brexriver.Deps{Runs: brexpg.NewRuns(pool), Client: c, Execute: payout.ExecuteOptions{Pause: time.Millisecond},
		Paid: func(_ string, _ *payout.Report, err error) { told <- err }})
	args, err := brexriver.Payout(plan)
	require.NoError(t, err)
	insert := func(args river.JobArgs) *rivertype.JobInsertResult {
		result, err := client.Insert(t.Context(), args, nil)
		require.NoError(t, err)
		return result
	}

	// What a person must do first ends the job.
	job := until(t, client, insert(args).Job.ID, rivertype.JobStateCancelled)
	require.Contains(t, job.Errors[0].Error, payout.ErrNotApproved.Error())
	require.ErrorIs(t, <-told, payout.ErrNotApproved)
	require.NoError(t, payout.Approve(t.Context(), plan, j, "Ada", len(plan.Warnings), nil))

	// While another process has the run, the job waits, and there is no second one.
	l, err := j.Lock(t.Context())
	require.NoError(t, err)
	first := insert(args)
	require.False(t, first.UniqueSkippedAsDuplicate, "the job that was cancelled is not in its way")
	job = until(t, client, first.Job.ID, rivertype.JobStateScheduled)
	require.Empty(t, job.Errors)
	require.True(t, insert(args).UniqueSkippedAsDuplicate)
	require.NoError(t, l.Close())

	// A failure on the way is tried again.
	s.AddRule(brextest.Rule{Operation: "listTransfers", Fault: brextest.Status(503, ""), Count: 20})
	_, err = client.JobRetry(t.Context(), first.Job.ID)
	require.NoError(t, err)
	job = until(t, client, first.Job.ID, rivertype.JobStateCompleted)
	require.NotEmpty(t, job.Errors)
	require.ErrorIs(t, <-told, brex.ErrServer)
	require.NoError(t, paid(t, c, plan, j))

	// Once more finds nothing to do.
	until(t, client, insert(args).Job.ID, rivertype.JobStateCompleted)
	require.NoError(t, paid(t, c, plan, j))

	for tr, err := range c.Transfers.All(t.Context(), brex.TransferListParams{}) {
		require.NoError(t, err)
		require.NoError(t, s.ApproveTransfer(tr.ID))
	}
	s.Advance(30 * 24 * time.Hour)
	until(t, client, insert(brexriver.ReconcileArgs(args)).Job.ID, rivertype.JobStateCompleted)
	report, err := payout.ReadReport(t.Context(), plan, j)
	require.NoError(t, err)
	require.Equal(t, report.Sums[0].Planned, report.Sums[0].Processed)

	// A run whose plan was replaced is not there later either.
	job = until(t, client, insert(brexriver.PayoutArgs{Run: strings.Repeat("0", 64), Company: id}).Job.ID, rivertype.JobStateCancelled)
	require.Contains(t, job.Errors[0].Error, "there is no run")
}

// paid checks that the sandbox has each payment once, and that the report says so.
func paid(t testing.TB, c *brex.Client, plan *payout.Plan, j payout.Journal) error {
	t.Helper()
	report, err := payout.ReadReport(context.Background(), plan, j)
	if err != nil {
		return err
	}
	made := map[string][]string{}
	for tr, err := range c.Transfers.All(context.Background(), brex.TransferListParams{Limit: 1000}) {
		if err != nil {
			return err
		}
		made[tr.ExternalMemo] = append(made[tr.ExternalMemo], tr.ID)
	}
	for _, l := range report.Lines {
		if ids := made[l.Memo]; len(ids) != 1 || ids[0] != l.Transfer {
			return fmt.Errorf("row %d is %s with transfer %q, and the sandbox has %q", l.Row, l.State, l.Transfer, ids)
		}
	}
	if sum := report.Sums[0]; len(made) != len(plan.Payments) || !sum.Pending.Equal(sum.Planned) {
		return fmt.Errorf("the report has %v of %v, the sandbox %d transfers", sum.Pending, sum.Planned, len(made))
	}
	return nil
}

// An event is there if the transaction commits, once however often it is delivered, and is handled until that succeeds.
func TestEventJob(t *testing.T) {
	_, pool := migrated(t)
	var failures atomic.Int32
	failures.Store(2)
	handled := make(chan string, 10)
	client := worker(t, pool, "c", brexriver.Deps{Event: func(_ context.Context, id string, e webhook.Event) error {
		if failures.Add(-1) >= 0 {
			return errors.New("not yet")
		}
		handled <- id + " " + e.(*webhook.TransferProcessed).TransferID
		return nil
	}})
	_, err := brexriver.EnqueueEvent(t.Context(), client, nil)
	require.ErrorContains(t, err, "not that of a webhook handler's callback")

	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	verifier, err := webhook.NewVerifier(secret)
	require.NoError(t, err)
	var duplicates, refused atomic.Int32
	enqueue := func(ctx context.Context, _ *webhook.TransferProcessed) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			duplicate, err := brexriver.EnqueueEvent(ctx, client, tx)
			if duplicate {
				duplicates.Add(1)
			}
			if err == nil && refused.Add(-1) >= 0 {
				err = errors.New("rolled back")
			}
			return err
		})
	}
	deliver := func() int {
		h, err := webhook.NewHandler(verifier, webhook.On(enqueue), webhook.WithLogger(slog.New(slog.DiscardHandler))) // another machine: it remembers nothing
		require.NoError(t, err)
		body := map[string]any{"event_type": "TRANSFER_PROCESSED", "transfer_id": "dptx_1", "company_id": "c", "payment_type": "ACH",
			"return_for_id": nil, "updated_at": "yesterday"}
		r, err := webhook.NewRequest(t.Context(), "https://example.com", secret, body, webhook.WithID("msg_1"))
		require.NoError(t, err)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	refused.Store(1)
	require.Equal(t, 500, deliver())
	require.Equal(t, 200, deliver())
	require.Equal(t, 200, deliver())
	require.Equal(t, "msg_1 dptx_1", <-handled)
	require.Equal(t, int32(1), duplicates.Load(), "what was rolled back is none")
	require.Equal(t, 200, deliver())
	time.Sleep(200 * time.Millisecond)
	require.Empty(t, handled, "also when it is done")
	var n int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM river_job`).Scan(&n))
	require.Equal(t, 1, n)
}

// Streams are copied on a schedule, one job for each with its children, and a stream that another run has waits.
func TestSyncJob(t *testing.T) {
	_, c, id := company(t)
	dsn, pool := migrated(t)
	sink, err := postgres.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer sink.Close()
	m, err := mirror.New(c, sink)
	require.NoError(t, err)
	i := 0
	for mirror.Tables()[i].Name != "vendors" {
		i++
	}
	other, err := postgres.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer other.Close()
	st, err := other.Begin(t.Context(), id, mirror.Tables()[i])
	require.NoError(t, err)
	require.NoError(t, st.(mirror.Leaser).Lease(t.Context()))

	told := make(chan error, 100)
	client := worker(t, pool, id, brexriver.Deps{Mirror: m, Synced: func(_ mirror.Report, err error) { told <- err }},
		brexriver.Periodic(id, time.Hour, "vendors")...)
	require.ErrorIs(t, <-told, mirror.ErrConcurrent)
	jobs, err := client.JobList(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, jobs.Jobs, 1)
	require.Empty(t, until(t, client, jobs.Jobs[0].ID, rivertype.JobStateCompleted).Errors)
	require.Zero(t, rowsOf(t, st), "the other run reads it")
	st.(mirror.Leaser).Release()

	later := &river.InsertOpts{ScheduledAt: time.Now().Add(time.Hour)}
	job, err := client.Insert(t.Context(), brexriver.SyncArgs{Company: id, Stream: "vendors"}, later)
	require.NoError(t, err)
	require.False(t, job.UniqueSkippedAsDuplicate)
	again, err := client.Insert(t.Context(), brexriver.SyncArgs{Company: id, Stream: "vendors"}, later)
	require.NoError(t, err)
	require.True(t, again.UniqueSkippedAsDuplicate)
	_, err = client.JobRetry(t.Context(), job.Job.ID)
	require.NoError(t, err)
	until(t, client, job.Job.ID, rivertype.JobStateCompleted)
	require.Equal(t, 60, rowsOf(t, st))

	wrong, err := client.Insert(t.Context(), brexriver.SyncArgs{Company: "other", Stream: "vendors"}, &river.InsertOpts{Queue: brexriver.SyncQueue(id)})
	require.NoError(t, err)
	require.Contains(t, until(t, client, wrong.Job.ID, rivertype.JobStateCancelled).Errors[0].Error, "the job is of company other")
}

func TestPeriodic(t *testing.T) {
	all := 0
	for _, table := range mirror.Tables() {
		if table.Parent == nil {
			all++
		}
	}
	require.Len(t, brexriver.Periodic("c", time.Minute), all)
	require.Len(t, brexriver.Periodic("c", time.Minute, "cash_transactions", "cash_accounts", "users"), 2, "one is read for each row of another")
	require.Panics(t, func() { brexriver.Periodic("c", time.Minute, "people") })
}

func TestAdd(t *testing.T) {
	_, c, _ := company(t)
	m, err := mirror.New(c, memory.New())
	require.NoError(t, err)
	for want, d := range map[string]brexriver.Deps{
		"there is nothing to do": {}, "Runs and Client belong together": {Mirror: m, Client: c},
	} {
		require.ErrorContains(t, brexriver.Add(river.NewWorkers(), d), want)
	}
	workers := river.NewWorkers()
	require.NoError(t, brexriver.Add(workers, brexriver.Deps{Mirror: m}))
	require.ErrorContains(t, brexriver.Add(workers, brexriver.Deps{Mirror: m}), "brex_sync")
}

func rowsOf(t *testing.T, st mirror.Stream) (n int) {
	t.Helper()
	for _, err := range st.Keys(t.Context(), 0, math.MaxInt64) {
		require.NoError(t, err)
		n++
	}
	return n
}
