package agent

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Ledgers on one directory, as two processes have them, count each other's calls, also after the
// file was begun anew; calls of more than a minute ago do not count.
func TestCallsOfAllProcesses(t *testing.T) {
	t.Parallel()
	dir, now := filepath.Join(t.TempDir(), "state"), time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)
	var ledgers []*Ledger
	for range 2 {
		l, err := OpenLedger(dir)
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		ledgers = append(ledgers, l)
	}
	count := func(i int) int {
		n, err := ledgers[i%2].countCall("a", now)
		require.NoError(t, err)
		return n
	}
	for i := range 2200 {
		require.Equal(t, min(i, maxCalls-1), count(i/3))
	}
	require.NoError(t, os.Truncate(filepath.Join(dir, "calls-a"), 0))
	require.Equal(t, maxCalls-1, count(0), "what this process knows counts")
	require.Equal(t, maxCalls-1, count(1))
	now = now.Add(time.Minute)
	for i := range 5 {
		require.Equal(t, i, count(i))
	}
	now = now.Add(-time.Hour)
	require.Equal(t, maxCalls-1, count(0), "a clock that was set back")
}
