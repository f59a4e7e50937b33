//go:build databases && linux

package brexriver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brexriver"
	"github.com/brex-go/sdk/brex/payout"
)

// replicaVariable makes a process of this test a worker.
const replicaVariable = "BREX_RIVER_REPLICA"

type replicaConfig struct {
	URL, Token, DSN, Company, Name string
	Pace, Pause, Slice             time.Duration
}

// paced takes its time for each payment, so that kills find some under way.
type paced struct {
	payout.Client
	pace time.Duration
}

func (c paced) Send(ctx context.Context, p *brex.Prepared, opts ...brex.CallOption) (json.RawMessage, error) {
	time.Sleep(c.pace / 2)
	defer time.Sleep(c.pace / 2)
	return c.Client.Send(ctx, p, opts...)
}

// replica is a worker in a process of its own.
func replica() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := work(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func work(ctx context.Context) error {
	var c replicaConfig
	if err := json.Unmarshal([]byte(os.Getenv(replicaVariable)), &c); err != nil {
		return err
	}
	client, err := brex.New(brex.WithBaseURL(c.URL), brex.WithToken(c.Token), brex.WithLimiter(nil))
	if err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, c.DSN)
	if err != nil {
		return err
	}
	workers := river.NewWorkers()
	if err := brexriver.Add(workers, brexriver.Deps{Runs: brexpg.NewRuns(pool), Client: paced{client, c.Pace},
		Execute: payout.ExecuteOptions{Pause: c.Pause}, Slice: c.Slice}); err != nil {
		return err
	}
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{ID: c.Name, Workers: workers, Logger: slog.New(slog.DiscardHandler),
		FetchPollInterval: 50 * time.Millisecond, FetchCooldown: 10 * time.Millisecond, RetryPolicy: soon{}, JobTimeout: time.Second, RescueStuckJobsAfter: time.Second,
		Queues: map[string]river.QueueConfig{brexriver.PayoutQueue(c.Company): {MaxWorkers: 2}}})
	if err != nil {
		return err
	}
	if err := jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	<-ctx.Done()
	return jobs.StopAndCancel(context.WithoutCancel(ctx))
}

// show is a run on four workers of which one is killed again and again.
type show struct {
	t        *testing.T
	payments int
	every    time.Duration // between two kills, most of them of the worker that has the run
	kill     bool
	rescues  bool // River's own, after one kill
	replicaConfig

	client *brex.Client
	pool   *pgxpool.Pool
	plan   *payout.Plan
	j      payout.Journal
	four   map[string]*exec.Cmd
	kills  int
}

// TestReplicasPayout pays a run on four workers that are killed: each payment is made once, none is lost, and the report adds up.
// With BREX_REPLICAS it pays 500, and a worker is killed every second. Without the lock, the fence and the numbers of the
// journal's records, workers that both have the run pay twice.
func TestReplicasPayout(t *testing.T) {
	s := show{t: t, payments: 60, every: 400 * time.Millisecond, kill: true, replicaConfig: replicaConfig{Pace: 80 * time.Millisecond, Pause: 300 * time.Millisecond}}
	if os.Getenv("BREX_REPLICAS") != "" {
		s.payments, s.every, s.Pause = 500, time.Second, 500*time.Millisecond
	}
	began := time.Now()
	require.NoError(t, s.run(""))
	require.GreaterOrEqual(t, s.kills, 3)
	t.Logf("%d payments, %d kills, %v", s.payments, s.kills, time.Since(began).Round(time.Second/10))

	s.payments, s.kill = 60, false
	require.NoError(t, s.run(""), "with the guards, although each worker is given the run")
	s.Pace *= 2
	err := s.run(`CREATE FUNCTION pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.fence := OLD.fence; RETURN NEW; END';
		CREATE TRIGGER stay BEFORE UPDATE ON brex_payout_runs FOR EACH ROW EXECUTE FUNCTION stay();
		CREATE FUNCTION next() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1);
			NEW.seq := (SELECT coalesce(max(seq), 0) + 1 FROM brex_payout_journal WHERE run = NEW.run); RETURN NEW; END';
		CREATE TRIGGER next BEFORE INSERT ON brex_payout_journal FOR EACH ROW EXECUTE FUNCTION next()`)
	require.ErrorContains(t, err, "was paid 2 times")
	t.Log("without guards:", err)
}

// When the process of a run dies, River itself gives it to another one. With BREX_REPLICAS, because River looks twice a minute.
func TestReplicasRescue(t *testing.T) {
	if os.Getenv("BREX_REPLICAS") == "" {
		t.Skip("make replicas")
	}
	s := show{t: t, payments: 60, every: time.Second, rescues: true,
		replicaConfig: replicaConfig{Pace: 800 * time.Millisecond, Pause: 300 * time.Millisecond, Slice: 5 * time.Second}}
	began := time.Now()
	require.NoError(t, s.run(""))
	require.Equal(t, 1, s.kills)
	t.Logf("%d payments, taken over after one kill and in slices, %v", s.payments, time.Since(began).Round(time.Second/10))
}

func (s show) named(i int) string { return fmt.Sprint("worker", i) }

// run pays a run. mutant changes the database first.
func (s *show) run(mutant string) error {
	t := s.t
	server, client, id := company(t)
	dsn, pool := migrated(t)
	s.client, s.pool, s.URL, s.Token, s.DSN, s.Company, s.kills = client, pool, server.URL, server.Token(), dsn, id, 0
	s.plan, s.j = saved(t, client, pool, s.payments, true)
	if mutant != "" {
		_, err := pool.Exec(t.Context(), mutant)
		require.NoError(t, err)
		s.DSN += " search_path=public,pg_catalog" // the functions of the mutant come first
	}
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{})
	require.NoError(t, err)
	args, err := brexriver.Payout(s.plan)
	require.NoError(t, err)
	_, err = jobs.Insert(t.Context(), args, nil)
	require.NoError(t, err)
	s.four = map[string]*exec.Cmd{}
	for i := range 4 {
		s.start(s.named(i))
	}
	defer func() {
		for _, cmd := range s.four {
			require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
		}
		for _, cmd := range s.four {
			require.NoError(t, cmd.Wait(), "a worker that is told to stop does")
		}
	}()
	for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
		time.Sleep(s.every/2 + rand.N(s.every))
		done, err := s.look()
		if mutant != "" && errors.Is(err, payout.ErrJournal) {
			err = nil // it shows in the records too, and the payments are what counts
		}
		if done || err != nil {
			return err
		}
		if s.kill || s.rescues && s.kills == 0 {
			s.murder()
		}
		if !s.rescues {
			s.rescue()
		}
	}
	return errors.New("it takes too long")
}

func (s *show) start(name string) {
	c := s.replicaConfig
	c.Name = name
	text, err := json.Marshal(c)
	require.NoError(s.t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), replicaVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	require.NoError(s.t, cmd.Start())
	s.four[name] = cmd
}

// murder kills the worker that has the run, or now and then another one, and starts it anew.
func (s *show) murder() {
	name := s.named(rand.IntN(4))
	if rand.IntN(4) > 0 {
		err := s.pool.QueryRow(s.t.Context(), `SELECT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'`).Scan(&name)
		if err != nil {
			require.ErrorIs(s.t, err, pgx.ErrNoRows)
		}
	}
	require.NoError(s.t, s.four[name].Process.Kill())
	require.Error(s.t, s.four[name].Wait())
	s.kills++
	s.start(name)
}

// rescue does what River does with a job that seems stuck, without waiting half a minute for it. It gives the run to a second
// worker also where the first is alive.
func (s *show) rescue() {
	_, err := s.pool.Exec(s.t.Context(), `UPDATE river_job SET state = 'available', scheduled_at = now() WHERE state IN ('running', 'scheduled', 'retryable')`)
	require.NoError(s.t, err)
}

// look checks what must be so at any time: no payment is there twice, and none that the journal does not have.
func (s *show) look() (done bool, err error) {
	made := map[string]int{}
	for tr, err := range s.client.Transfers.All(s.t.Context(), brex.TransferListParams{Limit: 1000}) {
		require.NoError(s.t, err)
		made[tr.ExternalMemo]++
	}
	for i, y := range s.plan.Payments {
		if n := made[y.Memo]; n > 1 {
			return false, fmt.Errorf("row %d was paid %d times", i+1, n)
		}
	}
	report, err := payout.ReadReport(s.t.Context(), s.plan, s.j) // after the list: what is in it was noted before
	if err != nil {
		return false, err
	}
	for _, l := range report.Lines {
		if made[l.Memo] == 1 && (l.Attempts == 0 || l.State == payout.Refused) {
			return false, fmt.Errorf("row %d was paid, and the journal has it as %s after %d attempts", l.Row, l.State, l.Attempts)
		}
	}
	var state string
	require.NoError(s.t, s.pool.QueryRow(s.t.Context(), `SELECT state FROM river_job`).Scan(&state))
	switch state {
	case "completed":
		return true, paid(s.t, s.client, s.plan, s.j)
	case "cancelled", "discarded":
		return false, fmt.Errorf("the job is %s", state)
	}
	return false, nil
}
