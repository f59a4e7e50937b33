//go:build unix

package mirror_test

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
)

// objectsOf lists so many objects of a table of the sandbox.
func objectsOf(b testing.TB, name string, n int) (*mirror.Table, []json.RawMessage) {
	b.Helper()
	server := brextest.NewServer(b, brextest.WithSize(brextest.Size{Users: 50, Expenses: n, CardTransactions: n}))
	client := sinktest.Client(b, server)
	table := tableOf(b, name)
	params := map[string]any{"limit": table.List.PageLimit}
	for k, v := range table.Query {
		params[k] = v
	}
	all, err := brex.Collect(client.CallAll(b.Context(), table.List.ID, params))
	require.NoError(b, err)
	return table, all
}

// BenchmarkSink commits rows, 5,000 at a time, as a first run does and as one that finds them unchanged. On a machine that is busy with
// other work, the rates by the processor time of this process say more than those by the clock; PostgreSQL's own time is not in them.
func BenchmarkSink(b *testing.B) {
	for _, stream := range []string{"card_transactions", "expenses"} {
		table, objects := objectsOf(b, stream, 20_000)
		rows, err := mirror.RowsOf(table, objects)
		require.NoError(b, err)
		for _, kind := range soakKinds {
			b.Run(stream+"/"+kind, func(b *testing.B) {
				place := b.TempDir() + "/copy"
				if f := places[kind]; f != nil {
					place = f(b)
				}
				sink, err := sinks[kind](place)
				require.NoError(b, err)
				defer func() { require.NoError(b, sink.Close()) }()
				var took, cpu [2]time.Duration
				for n := range b.N {
					s, err := sink.Begin(b.Context(), fmt.Sprint("company", n), table)
					require.NoError(b, err)
					state := mirror.State{}
					for pass := range took {
						began, cpuBegan := time.Now(), processorTime(b)
						for rest := rows; len(rest) > 0; {
							part := rest[:min(len(rest), 5000)]
							rest = rest[len(part):]
							state.Revision++
							_, err := s.Commit(b.Context(), mirror.Batch{Rows: part, Scan: int64(pass + 1), At: time.Now(), State: state})
							require.NoError(b, err)
						}
						took[pass] += time.Since(began)
						cpu[pass] += processorTime(b) - cpuBegan
					}
				}
				for pass, name := range []string{"new", "same"} {
					b.ReportMetric(float64(b.N*len(rows))/took[pass].Seconds(), name+"-rows/s")
					b.ReportMetric(float64(b.N*len(rows))/cpu[pass].Seconds(), name+"-rows/cpu-s")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkRow makes rows of objects: decoding, filtering, columns and _raw.
func BenchmarkRow(b *testing.B) {
	for _, stream := range []string{"card_transactions", "expenses"} {
		b.Run(stream, func(b *testing.B) {
			table, objects := objectsOf(b, stream, 1000)
			b.ResetTimer()
			for range b.N {
				_, err := mirror.RowsOf(table, objects)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(b.N*len(objects))/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
