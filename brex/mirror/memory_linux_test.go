package mirror_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// What a run needs does not grow with the list: 500,000 rows need no more than 100,000, and less than 150 MB. BREX_MIRROR_MEMORY names
// the sinks, because it takes minutes.
func TestMemory(t *testing.T) {
	kinds := os.Getenv("BREX_MIRROR_MEMORY")
	if kinds == "" {
		t.Skip("takes minutes: set BREX_MIRROR_MEMORY=sqlite,jsonl,parquet,csv,export")
	}
	for kind := range strings.SplitSeq(kinds, ",") {
		t.Run(kind, func(t *testing.T) {
			var peak [2]int64
			for i, rows := range []int{100_000, 500_000} {
				server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 50, CardTransactions: rows}), brextest.WithRequestLog(0))
				place := t.TempDir() + "/copy"
				if f := places[kind]; f != nil {
					place = f(t)
				}
				text, err := json.Marshal(child{URL: server.URL, Token: server.Token(), Sink: kind, Place: place, Streams: []string{"card_transactions"}})
				require.NoError(t, err)
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), "BREX_MIRROR_CHILD="+string(text))
				out, err := cmd.CombinedOutput()
				require.NoError(t, err, "%s", out)
				peak[i] = cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
				t.Logf("%d rows: %d MB, %v of processor time", rows, peak[i], cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
				server.Close()
			}
			require.Less(t, peak[1], int64(150))
			require.Less(t, peak[1], peak[0]+peak[0]/4)
		})
	}
}
