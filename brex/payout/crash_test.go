package payout

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// crashCase is a run that is killed again and again.
type crashCase struct {
	seed      uint64
	rows      int
	kills     int
	retention time.Duration // of keys; a nanosecond for none, 0 for ever
	reuse     brextest.KeyReuse
	lost      bool // responses lost after Brex accepted
	fives     bool // 5xx
	chaos     bool
	shorten   bool    // a Brex that shortens memos
	two       float64 // how often two processes begin at once
	mutant    string
	points    []string // where it is killed, all when nil
}

func (k crashCase) String() string {
	return fmt.Sprintf("seed %d, %d rows, keys %v, reuse %d, lost %v, 5xx %v, chaos %v", k.seed,
		k.rows, k.retention, k.reuse, k.lost, k.fives, k.chaos)
}

func (k crashCase) options() []brextest.Option {
	opts := []brextest.Option{brextest.WithKeyReuse(k.reuse),
		brextest.WithKeyRetention(k.retention), brextest.WithRequestLog(0)}
	if k.retention == time.Nanosecond {
		opts = append(opts, forgetful()...)
	}
	return opts
}

// faults are what happens to the children's requests. The parent's own are let through.
func (k crashCase) faults(s *brextest.Server) {
	add := func(operation string, rate float64, seed uint64, f brextest.Fault) {
		s.AddRule(brextest.Rule{Operation: operation, Fault: f, Rate: rate, Seed: k.seed + seed,
			Match: func(r brextest.Request) bool { return r.Header.Get("X-Parent") == "" }})
	}
	if k.lost {
		add("createTransfer", 0.1, 1, brextest.ResetAfterAccept())
	}
	if k.fives {
		add("createTransfer", 0.1, 2, brextest.Status(502, ""))
	}
	if k.shorten {
		add("createTransfer", 0, 3, brextest.Rewrite(shortMemos))
		add("listTransfers", 0, 4, brextest.Rewrite(shortMemos))
	}
	if !k.chaos {
		return
	}
	for i, f := range brextest.DefaultChaos() {
		name := f.String()
		// A request that a proxy sends twice to a Brex without memory pays twice, whatever the
		// client does.
		if strings.HasPrefix(name, "deliver") || strings.HasPrefix(name, "retry-after") ||
			name == "duplicate" && k.retention == time.Nanosecond {
			continue
		}
		add("*", 0.01, 10+uint64(i), f)
	}
}

// crashed is a run in the middle of its case.
type crashed struct {
	crashCase
	t       *testing.T
	s       *brextest.Server
	plan    *Plan
	journal *FileJournal
	random  *rand.Rand
	killed  int
}

// run executes a case and returns how often it was killed, and what was not as it must be.
func (k crashCase) run(t *testing.T) (int, error) {
	s := sandbox(t, k.options()...)
	c := connect(t, s)
	r := &crashed{crashCase: k, t: t, s: s, random: rand.New(rand.NewPCG(k.seed, 17))}
	r.plan, r.journal = planned(t, s, c, k.rows)
	data, err := r.plan.Encode()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(r.journal.Path()), "plan.json"),
		data, 0o600))
	k.faults(s)
	for i := 0; r.killed < k.kills && i < 3*k.kills; i++ {
		done, err := r.round()
		if err != nil {
			return r.killed, err
		}
		if done {
			break
		}
	}
	return r.killed, r.finish()
}

// round executes the run once, until it is killed or ends.
func (r *crashed) round() (done bool, err error) {
	point := ""
	if r.points != nil || r.random.IntN(4) > 0 {
		points := r.points
		if points == nil {
			points = crashPoints
		}
		point = fmt.Sprintf("%s@%d", points[r.random.IntN(len(points))],
			1+r.random.IntN(max(2, 2*r.rows/max(1, r.kills))))
	}
	said, killed := r.execute(point, r.random.Float64() < r.two)
	if killed {
		r.killed++
		time.Sleep(5 * time.Millisecond) // requests under way reach the sandbox
	}
	if err := r.noted(); err != nil {
		return false, err
	}
	steps := []time.Duration{0, 0, time.Second, time.Minute, 9 * time.Minute, 20 * time.Minute,
		3 * time.Hour, 50 * time.Hour}
	r.s.Advance(steps[r.random.IntN(len(steps))])
	return said == "end <nil>", nil
}

// execute starts a child and kills it at a step, at a random time for "", or with "end" not at all.
func (r *crashed) execute(point string, another bool) (said string, killed bool) {
	p := r.start(point)
	if another {
		other := r.start("end")
		other.begin()
		defer func() {
			for other.out.Scan() {
				continue
			}
			_ = other.cmd.Wait()
		}()
	}
	p.begin()
	timer := time.NewTimer(time.Minute)
	if point == "" {
		timer.Reset(time.Duration(r.random.IntN(40)) * time.Millisecond)
	}
	defer timer.Stop()
	lines := make(chan string, 8)
	go func() {
		defer close(lines)
		for p.out.Scan() {
			lines <- p.out.Text()
		}
	}()
	for {
		select {
		case text, ok := <-lines:
			switch {
			case !ok:
				_ = p.cmd.Wait()
				return said, false
			case strings.HasPrefix(text, "at "):
				return text, p.kill(lines)
			}
			said = text
		case <-timer.C:
			if point == "end" {
				r.t.Error("the child hangs")
			}
			return said, p.kill(lines)
		}
	}
}

type process struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

// begin lets the child go on. It may be dead.
func (p *process) begin() { _, _ = io.WriteString(p.in, "go\n") }

func (p *process) kill(lines <-chan string) bool {
	_ = p.cmd.Process.Kill()
	for range lines {
		continue
	}
	var exit *exec.ExitError
	return errors.As(p.cmd.Wait(), &exit) && exit.ExitCode() == -1
}

func (r *crashed) start(point string) *process {
	cmd := exec.Command(os.Args[0])
	resend := ""
	if point == "end" || r.random.IntN(2) == 0 {
		resend = "1"
	}
	cmd.Env = append(os.Environ(), "BREX_PAYOUT_CHILD=1", "BREX_PAYOUT_URL="+r.s.URL,
		"BREX_PAYOUT_TOKEN="+r.s.Token(),
		"BREX_PAYOUT_DIR="+filepath.Dir(r.journal.Path()), "BREX_PAYOUT_NOW="+r.s.Now().Format(time.RFC3339Nano),
		"BREX_PAYOUT_CRASH="+point, "BREX_PAYOUT_MUTANT="+r.mutant, "BREX_PAYOUT_RESEND="+resend)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(r.t, err)
	stdin, err := cmd.StdinPipe()
	require.NoError(r.t, err)
	require.NoError(r.t, cmd.Start())
	p := &process{cmd, stdin, bufio.NewScanner(stdout)}
	require.True(r.t, p.out.Scan())
	require.Equal(r.t, "ready", p.out.Text())
	return p
}

// made are the sandbox's transfers by memo, without any fault in between.
func (r *crashed) made() map[string][]string {
	made := map[string][]string{}
	all := connect(r.t, r.s).Transfers.All(context.Background(),
		brex.TransferListParams{Limit: 1000}, brex.WithHeader("X-Parent", "1"))
	for t, err := range all {
		require.NoError(r.t, err)
		made[t.ExternalMemo] = append(made[t.ExternalMemo], t.ID)
	}
	return made
}

// noted checks what must be so at any time: no payment twice, and none that the journal on disk
// does not have.
func (r *crashed) noted() error {
	report, err := ReadReport(context.Background(), r.plan, r.journal)
	if err != nil {
		return err
	}
	made := r.made()
	for _, l := range report.Lines {
		switch n := len(made[l.Memo]); {
		case n > 1:
			return fmt.Errorf("row %d was paid %d times", l.Row, n)
		case n == 1 && (l.Attempts == 0 || l.State == Refused):
			return fmt.Errorf("row %d was paid, and the journal has it as %s after %d attempts",
				l.Row, l.State, l.Attempts)
		}
	}
	if r.shorten && len(made) > 8 {
		return fmt.Errorf("%d payments were made that cannot be found again", len(made))
	}
	return nil
}

// finish resumes the run without faults until it is done, and compares the report with the sandbox.
func (r *crashed) finish() error {
	r.s.ClearFaults()
	if r.shorten {
		r.faults(r.s)
	}
	said := ""
	for range 4 {
		if said, _ = r.execute("end", false); said == "end <nil>" ||
			said == "end "+ErrHalted.Error() {
			break
		}
	}
	if err := r.noted(); err != nil {
		return err
	}
	if r.shorten {
		if said != "end "+ErrHalted.Error() {
			return fmt.Errorf("the run was not halted: %s", said)
		}
		return nil
	}
	report, err := ReadReport(context.Background(), r.plan, r.journal)
	if err != nil {
		return err
	}
	made := r.made()
	for _, l := range report.Lines {
		if ids := made[l.Memo]; len(ids) != 1 || ids[0] != l.Transfer {
			return fmt.Errorf("row %d is %s with transfer %q, and the sandbox has %q: %s", l.Row,
				l.State, l.Transfer, ids, said)
		}
	}
	sum := report.Sums[0]
	if len(made) != r.rows || !sum.Pending.Equal(sum.Planned) {
		return fmt.Errorf("the report has %v of %v, the sandbox %d transfers: %s", sum.Pending,
			sum.Planned, len(made), said)
	}
	return nil
}

// TestCrash is the short form of TestPayoutCrash.
func TestCrash(t *testing.T) {
	kills := 0
	for i, k := range crashCases(5, 3, 20) {
		n, err := k.run(t)
		require.NoError(t, err, "case %d: %v", i, k)
		kills += n
	}
	require.GreaterOrEqual(t, kills, 5)
}

// TestPayoutCrash kills as often as BREX_PAYOUT_KILLS says; make payout-crash.
func TestPayoutCrash(t *testing.T) {
	want, _ := strconv.Atoi(os.Getenv("BREX_PAYOUT_KILLS"))
	if want == 0 {
		t.Skip("make payout-crash")
	}
	kills, payments := 0, 0
	for i, k := range crashCases(want, 25, 50) { // more cases than needed: some end before all their kills
		if kills >= want {
			break
		}
		n, err := k.run(t)
		require.NoError(t, err, "case %d: %v", i, k)
		kills, payments = kills+n, payments+k.rows
		if i%10 == 9 {
			t.Logf("%d cases, %d kills, %d payments", i+1, kills, payments)
		}
	}
	t.Logf("%d kills, %d payments", kills, payments)
	require.GreaterOrEqual(t, kills, want)
}

// crashCases mixes how long Brex remembers keys, what a reused key gets, and faults.
func crashCases(n, kills, rows int) []crashCase {
	var cases []crashCase
	retention := []time.Duration{time.Nanosecond, 30 * time.Second, 10 * time.Minute,
		24 * time.Hour, 0}
	for i := range n {
		cases = append(cases, crashCase{seed: uint64(i) + 1, rows: rows + i*37%(3*rows+1),
			kills: kills, retention: retention[i%5],
			reuse: brextest.KeyReuse(i / 5 % 2), lost: i/10%2 == 0 ||
				i < 10, fives: i/20%2 == 0, chaos: i/40%2 == 1 ||
				i%7 == 3, two: []float64{0, 0, 0.5}[i%3]})
	}
	return cases
}

// Each guard is needed: without it, the same test fails.
func TestCrashMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a dozen broken runs")
	}
	base := crashCase{seed: 5, rows: 20, kills: 3, retention: time.Nanosecond, lost: true}
	for _, tc := range []struct {
		mutant string
		change func(*crashCase)
	}{
		{"no sync", func(k *crashCase) { k.points = []string{"sent"} }},
		{"no scan", func(k *crashCase) { k.points = []string{"sent", "write:other"} }},
		{"no lock", func(k *crashCase) { k.two, k.rows, k.points = 1, 60, []string{"end"} }},
		{"no memo check", func(k *crashCase) { k.shorten, k.lost = true, false }},
	} {
		t.Run(strings.ReplaceAll(tc.mutant, " ", "-"), func(t *testing.T) {
			k := base
			tc.change(&k)
			_, err := k.run(t)
			require.NoError(t, err, "with the guard")
			k.mutant, k.kills = tc.mutant, 12
			for err = error(nil); err == nil && k.seed < base.seed+10; k.seed++ { // chance is in it
				_, err = k.run(t)
			}
			require.Error(t, err, "without the guard")
			t.Log(err)
		})
	}
}
