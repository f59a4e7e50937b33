//go:build databases && linux

package brexriver_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/servertest"
)

// program is the program brex, built once.
func program(t testing.TB, env ...string) func(args ...string) *exec.Cmd {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("go", "build", "-o", dir+"/brex", "github.com/brex-go/sdk/cmd/brex").CombinedOutput()
	require.NoError(t, err, string(out))
	return func(args ...string) *exec.Cmd {
		cmd := exec.Command(dir+"/brex", args...)
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + dir + "/config"}, env...)
		return cmd
	}
}

// Two workers keep a copy and send a run that was planned, approved and enqueued elsewhere, and end when they are told to.
func TestReplicasWorker(t *testing.T) {
	s := brextest.NewServer(t, brextest.WithClock(time.Now), brextest.WithRequestLog(0))
	to := "postgres:" + servertest.Database(t)
	brexCmd := program(t, "BREX_TOKEN="+s.Token(), "BREX_BASE_URL="+s.URL)
	run := func(code int, args ...string) (out, said string) {
		t.Helper()
		var o, e bytes.Buffer
		cmd := brexCmd(append(args, "--to", to)...)
		cmd.Stdout, cmd.Stderr = &o, &e
		_ = cmd.Run() // its exit code says more
		require.Equal(t, code, cmd.ProcessState.ExitCode(), "%v: %s", args, &e)
		return o.String(), e.String()
	}
	file := filepath.Join(t.TempDir(), "invoices.csv")
	require.NoError(t, os.WriteFile(file, []byte("vendor,method,amount,currency,reference\n"+
		"Acme Office Supply,ACH,1250.00,USD,INV-1001\nHarbor Legal LLP,ACH,99.95,USD,INV-1002\n"), 0o600))

	out, _ := run(0, "pg", "status")
	require.Regexp(t, `brex +1 +limiter +no`, out)
	_, said := run(1, "payouts", "list")
	require.Contains(t, said, "make them with brex pg migrate")
	for range 2 {
		out, _ = run(0, "pg", "migrate")
		require.Regexp(t, `payout_journal +yes`, out)
		require.Regexp(t, `river +\d+ .* yes`, out)
		require.NotRegexp(t, `(?m) no *$`, out)
	}

	out, said = run(0, "payouts", "plan", file)
	require.Contains(t, said, "with the same --to")
	id := out[:12]
	out, _ = run(0, "payouts", "list", "-o", "json")
	_, ours, _ := strings.Cut(out, `"company":{"id":"`)
	ours, _, _ = strings.Cut(ours, `"`)
	enqueue := []string{"payouts", "run", id, "--enqueue", "--yes", "--company", ours, "--expect-total", "1349.95 USD"}
	_, said = run(6, enqueue...)
	require.Contains(t, said, "run brex payouts approve first")
	run(0, "payouts", "approve", id, "--as", "Ada", "--yes")
	run(2, "payouts", "run", id, "--enqueue")
	run(2, append(enqueue, "--company", "other")...)
	_, said = run(0, enqueue...)
	require.Contains(t, said, "enqueued; a worker")
	_, said = run(0, enqueue...)
	require.Contains(t, said, "it was enqueued before")

	var workers []*exec.Cmd
	var saying [2]bytes.Buffer
	for i := range saying {
		cmd := brexCmd("worker", "--to", to, "--payouts", "--company", ours, "--streams", "vendors,cash_transactions")
		cmd.Stderr = &saying[i]
		require.NoError(t, cmd.Start())
		workers = append(workers, cmd)
	}
	require.Eventually(t, func() bool {
		runs, _ := run(0, "payouts", "list", "-o", "csv")
		copied, _ := run(0, "sync", "status", "-o", "csv")
		return strings.Contains(runs, ",sent") && strings.Contains(copied, "vendors,done") && strings.Contains(copied, "cash_transactions,done")
	}, time.Minute, 200*time.Millisecond)
	for _, cmd := range workers {
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	}
	both := ""
	for i, cmd := range workers {
		err := cmd.Wait()
		text := saying[i].String()
		require.NoError(t, err, text)
		require.Contains(t, text, "brex: working for ")
		require.True(t, strings.HasSuffix(text, "brex: stopped\n"), text)
		both += text
	}
	t.Log(both)
	require.Contains(t, both, "of 1349.95 USD, 0.00 USD unsent, 0.00 USD refused, 0.00 USD unknown")
	require.Contains(t, both, "vendors done, ")
	require.NotContains(t, both, "cash_statements", "which nobody asked for")
	run(0, "payouts", "reconcile", id)
	out, _ = run(0, "payouts", "report", id, "-o", "csv")
	require.Contains(t, out, "INV-1001")
}
