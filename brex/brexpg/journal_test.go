//go:build databases && linux

package brexpg_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/brex/payout/journaltest"
)

func openJournal(dsn string) (payout.Journal, error) {
	pool, err := pgxpool.New(context.Background(), dsn)
	if err != nil {
		return nil, err
	}
	return brexpg.NewJournal(pool, journaltest.Run), nil
}

func init() { journaltest.Child(openJournal) }

// withRun is a database with this package's tables, and with a run whose plan nobody reads.
func withRun(t testing.TB) (string, *pgxpool.Pool) {
	t.Helper()
	dsn := servertest.Database(t)
	pool := migrated(t, dsn)
	_, err := pool.Exec(t.Context(), `INSERT INTO brex_payout_runs (run, source, company, plan) VALUES ($1, 'rows', 'c', '')`, journaltest.Run)
	require.NoError(t, err)
	return dsn, pool
}

// terminate ends the connections that hold advisory locks, as a network that fails does.
func terminate(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	_, err := pool.Exec(t.Context(), `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database d ON d.oid = database
		WHERE locktype = 'advisory' AND datname = current_database() AND pid <> pg_backend_pid()`)
	require.NoError(t, err)
}

func TestJournal(t *testing.T) {
	journaltest.Test(t, journaltest.Suite{
		Place: func(t testing.TB) string { dsn, _ := withRun(t); return dsn },
		Open:  openJournal,
		Cut:   func(t testing.TB, dsn string) { terminate(t, open(t, dsn)) },
	})
}

// A holder whose lock is gone and whose connection is not cannot append once another one has locked, and
// what shows that is the fence: where the fence stays, it can.
func TestJournalFence(t *testing.T) {
	for _, off := range []bool{false, true} {
		_, pool := withRun(t)
		if off {
			_, err := pool.Exec(t.Context(), `CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.fence := OLD.fence; RETURN NEW; END';
				CREATE TRIGGER stay BEFORE UPDATE ON brex_payout_runs FOR EACH ROW EXECUTE FUNCTION stay()`)
			require.NoError(t, err)
		}
		j := brexpg.NewJournal(pool, journaltest.Run)
		old, err := j.Lock(t.Context())
		require.NoError(t, err)
		require.NoError(t, old.Append(t.Context(), journaltest.Record(1)))
		require.NoError(t, brexpg.Unlock(t.Context(), old))
		require.NoError(t, old.Append(t.Context(), journaltest.Record(2)), "nobody has taken over yet")
		next, err := j.Lock(t.Context())
		require.NoError(t, err)
		records, err := next.Records(t.Context())
		require.NoError(t, err)
		require.Len(t, records, 2)
		err = old.Append(t.Context(), journaltest.Record(3))
		if off {
			require.NoError(t, err, "without the fence")
			require.ErrorIs(t, next.Append(t.Context(), journaltest.Record(3)), payout.ErrJournal)
			continue
		}
		require.ErrorContains(t, err, "another process has taken over the run")
		require.NoError(t, next.Append(t.Context(), journaltest.Record(3)))
		require.ErrorContains(t, old.Append(t.Context(), journaltest.Record(4)), "an earlier write failed")
		require.NoError(t, old.Close())
		require.NoError(t, next.Close())
	}
}

// What was changed in the table by hand is not read.
func TestJournalDamaged(t *testing.T) {
	for _, damage := range []string{
		`UPDATE brex_payout_journal SET line = replace(line, 'SENDING', 'REFUSED') WHERE seq = 3`,
		`UPDATE brex_payout_journal SET line = left(line, -2) WHERE seq = 3`,
		`UPDATE brex_payout_journal SET line = (SELECT line FROM brex_payout_journal WHERE seq = 1) WHERE seq = 2`,
		`DELETE FROM brex_payout_journal WHERE seq = 2`,
	} {
		_, pool := withRun(t)
		j := brexpg.NewJournal(pool, journaltest.Run)
		l, err := j.Lock(t.Context())
		require.NoError(t, err)
		for n := 1; n <= 3; n++ {
			require.NoError(t, l.Append(t.Context(), journaltest.Record(n)))
		}
		require.NoError(t, l.Close())
		_, err = pool.Exec(t.Context(), damage)
		require.NoError(t, err)
		_, err = j.Records(t.Context())
		require.ErrorIs(t, err, payout.ErrJournal, damage)
		_, err = j.Lock(t.Context())
		require.ErrorIs(t, err, payout.ErrJournal, damage)
	}
	_, pool := withRun(t)
	_, err := brexpg.NewJournal(pool, strings.Repeat("0", 64)).Lock(t.Context())
	require.ErrorContains(t, err, "run 0000000000000000 is not saved in this database")
}

// Locks take nothing from the pool: more runs than it has connections are executed at once.
func TestJournalPool(t *testing.T) {
	dsn, _ := withRun(t)
	pool := open(t, dsn+" pool_max_conns=1")
	var held []payout.LockedJournal
	for i := range 5 {
		run := fmt.Sprintf("%064d", i)
		_, err := pool.Exec(t.Context(), `INSERT INTO brex_payout_runs (run, source, company, plan) VALUES ($1, $1, 'c', '')`, run)
		require.NoError(t, err)
		l, err := brexpg.NewJournal(pool, run).Lock(t.Context())
		require.NoError(t, err)
		held = append(held, l)
	}
	for _, l := range held {
		require.NoError(t, l.Append(t.Context(), journaltest.Record(1)))
		require.NoError(t, l.Close())
	}
}

// company is a sandbox whose keys are forgotten at once, with a client.
func company(t testing.TB, opts ...brextest.Option) (*brextest.Server, *brex.Client) {
	t.Helper()
	none := brextest.None
	s := brextest.NewServer(t, append([]brextest.Option{brextest.WithRequestLog(0), brextest.WithClock(time.Now),
		brextest.WithSize(brextest.Size{Users: 3, Cards: none, Expenses: none, CardTransactions: none, CashTransactions: none,
			Transfers: none, Vendors: 60, Budgets: none, SpendLimits: none})}, opts...)...)
	c, err := brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()), brex.WithLimiter(nil))
	require.NoError(t, err)
	return s, c
}

// planned is a plan of n rows.
func planned(t testing.TB, c *brex.Client, n int) *payout.Plan {
	t.Helper()
	vendors, err := brex.Collect(c.Vendors.All(t.Context(), brex.VendorListParams{}))
	require.NoError(t, err)
	var rows []payout.Row
	for i := 0; len(rows) < n; i++ {
		v := vendors[i%len(vendors)]
		if len(v.PaymentAccounts) != 1 {
			continue
		}
		rows = append(rows, payout.Row{Vendor: v.ID, Amount: money.New(int64(1000+i), "USD"), Reference: fmt.Sprintf("INV-%05d", i)})
	}
	plan, err := payout.NewPlan(t.Context(), c, rows, payout.PlanOptions{})
	require.NoError(t, err)
	return plan
}

func TestRuns(t *testing.T) {
	s, c := company(t)
	dsn, pool := withRun(t)
	_, err := pool.Exec(t.Context(), `DELETE FROM brex_payout_runs`)
	require.NoError(t, err)
	runs := brexpg.NewRuns(pool)
	plan := planned(t, c, 3)
	id, err := plan.ID()
	require.NoError(t, err)
	approve := func(plan *payout.Plan) payout.Journal {
		j, err := runs.Journal(plan)
		require.NoError(t, err)
		require.NoError(t, payout.Approve(t.Context(), plan, j, "Ada", len(plan.Warnings), nil))
		return j
	}

	require.NoError(t, runs.Save(t.Context(), plan))
	approve(plan)
	got, err := brexpg.NewRuns(open(t, dsn)).Load(t.Context(), id[:4])
	require.NoError(t, err)
	require.Equal(t, plan, got)
	for name, want := range map[string]string{"0": "too short", "_%%%": "there is no run"} {
		_, err := runs.Load(t.Context(), name)
		require.ErrorContains(t, err, want)
	}

	// The same rows planned again take the place of a plan of which nothing was sent, and not while it is at work.
	s.Advance(time.Minute)
	again, err := payout.NewPlan(t.Context(), c, rowsOf(plan), payout.PlanOptions{Now: s.Now})
	require.NoError(t, err)
	require.Equal(t, plan.Source, again.Source)
	j, err := runs.Journal(plan)
	require.NoError(t, err)
	l, err := j.Lock(t.Context())
	require.NoError(t, err)
	require.ErrorIs(t, runs.Save(t.Context(), again), payout.ErrLocked)
	require.NoError(t, l.Close())
	require.NoError(t, runs.Save(t.Context(), again))
	_, err = runs.Load(t.Context(), id)
	require.ErrorContains(t, err, "there is no run")
	reports, err := runs.Reports(t.Context())
	require.NoError(t, err)
	require.Len(t, reports, 1)
	require.Empty(t, reports[0].Approvals, "they were of the other plan")

	j = approve(again)
	_, err = payout.Execute(t.Context(), c, again, j, payout.ExecuteOptions{Pause: time.Millisecond, Now: s.Now})
	require.NoError(t, err)
	require.ErrorContains(t, runs.Save(t.Context(), plan), "these rows are a run already that was started: go on with")

	_, err = pool.Exec(t.Context(), `UPDATE brex_payout_runs SET plan = replace(encode(plan, 'escape'), '"amount":1000', '"amount":9000')::bytea`)
	require.NoError(t, err)
	_, err = runs.Reports(t.Context())
	require.ErrorIs(t, err, payout.ErrPlan)
}

func rowsOf(plan *payout.Plan) (rows []payout.Row) {
	for _, y := range plan.Payments {
		rows = append(rows, y.Row)
	}
	return rows
}

// A takeover makes a payment that was under way one of unknown outcome: it is looked for, and not sent again.
func TestTakeover(t *testing.T) {
	_, c := company(t, brextest.WithKeyRetention(time.Nanosecond))
	_, pool := withRun(t)
	runs := brexpg.NewRuns(pool)
	plan := planned(t, c, 5)
	require.NoError(t, runs.Save(t.Context(), plan))
	j, err := runs.Journal(plan)
	require.NoError(t, err)
	require.NoError(t, payout.Approve(t.Context(), plan, j, "Ada", len(plan.Warnings), nil))

	opts := payout.ExecuteOptions{Workers: 1, Pause: time.Millisecond}
	sent := 0
	opts.OnRow = func(l payout.Line) {
		if l.State == payout.Sending {
			if sent++; sent == 3 {
				terminate(t, pool)
			}
		}
	}
	_, err = payout.Execute(t.Context(), c, plan, j, opts)
	require.ErrorIs(t, err, payout.ErrJournal)
	require.Equal(t, 3, sent, "after the lease is lost nothing more is sent")
	report, err := payout.ReadReport(t.Context(), plan, j)
	require.NoError(t, err)
	require.Equal(t, payout.Sending, report.Lines[2].State)

	var states []payout.State
	opts.OnRow = func(l payout.Line) {
		if l.Row == 3 {
			states = append(states, l.State)
		}
	}
	_, err = payout.Execute(t.Context(), c, plan, j, opts)
	require.NoError(t, err)
	require.Equal(t, payout.Found, states[0], "it was made, and is found")
	require.NotContains(t, states, payout.Sending)
	n := 0
	for _, err := range c.Transfers.All(t.Context(), brex.TransferListParams{}) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 5, n)
}
