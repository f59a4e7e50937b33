//go:build unix

package agent

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// BenchmarkPolicyAndLog is what a call costs beside Brex: counting it, the decision, and the two
// records of the log; without a sync and with it.
func BenchmarkPolicyAndLog(b *testing.B) {
	for _, c := range []struct {
		name   string
		noSync bool
	}{{"nosync", true}, {"sync", false}} {
		b.Run(c.name, func(b *testing.B) {
			policy, err := parse(testPolicy(b))
			require.NoError(b, err)
			client, err := brex.New(brex.WithToken("bxt_test"))
			require.NoError(b, err)
			p, err := client.Prepare("listExpenses", map[string]any{"limit": 20})
			require.NoError(b, err)
			ledger, err := OpenLedger(filepath.Join(b.TempDir(), "state"))
			require.NoError(b, err)
			log, err := OpenLog(filepath.Join(b.TempDir(), "log"), LogOptions{NoSync: c.noSync})
			require.NoError(b, err)
			at := time.Now() // ten calls a second, which the policy grants
			g, err := NewGuard(client, policy, ledger, log, WithClock(func() time.Time { return at }))
			require.NoError(b, err)
			g.companyID = "company_1" // known after the first call
			s, err := g.As("reader", SessionOptions{})
			require.NoError(b, err)
			start := cpu(b)
			for b.Loop() {
				at = at.Add(100 * time.Millisecond)
				facts := factsOf(p)
				a := &attempt{id: newID("r"), tool: ToolRead, prepared: p, facts: facts, mac: ledger.fingerprint("reader", p, facts)}
				err := s.settleDecision(background, a)
				if err = errors.Join(err, s.finish(background, a, nil, 20)); err != nil { // require has a cost
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpu is what the process has used of the processor.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
