package agent

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func openLedger(t *testing.T, dir string) *Ledger {
	t.Helper()
	l, err := OpenLedger(dir)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// Ledgers on one directory, as two processes have them, count each other's calls, also after
// somebody emptied the file; calls of more than a minute ago do not count.
func TestCallsOfAllProcesses(t *testing.T) {
	t.Parallel()
	dir, now := filepath.Join(t.TempDir(), "state"), time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)
	ledgers := []*Ledger{openLedger(t, dir), openLedger(t, dir)}
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

// A process that starts counts the calls of the last minute however long the file is. After a time
// that was written in part the minute counts as full.
func TestCallsBeforeTheStart(t *testing.T) {
	t.Parallel()
	dir, now := filepath.Join(t.TempDir(), "state"), time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)
	count := func(l *Ledger) int {
		n, err := l.countCall("a", now)
		require.NoError(t, err)
		return n
	}
	running, file := openLedger(t, dir), filepath.Join(dir, "calls-a")
	require.NoError(t, os.WriteFile(file, make([]byte, 3<<20), 0o600)) // of 1970
	for i := range 5 {
		require.Equal(t, i, count(running))
	}
	require.Equal(t, 5, count(openLedger(t, dir)))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for torn := 1; torn < 8; torn++ {
		require.NoError(t, os.WriteFile(file, text[:len(text)-torn], 0o600))
		require.Equal(t, maxCalls-1, count(openLedger(t, dir)), "%d bytes are missing", torn)
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.Write([]byte{0, 0, 1})
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = running.countCall("a", now)
	require.ErrorIs(t, err, ErrLedger)
	require.Equal(t, maxCalls-1, count(running))
	now = now.Add(time.Minute)
	require.Zero(t, count(running))
	require.Equal(t, 1, count(openLedger(t, dir)))
}
