// Package journaltest checks a payout.Journal: that it keeps what it was told, that one process at a
// time may write it, and that a process that lost its lock no longer can.
package journaltest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/payout"
)

// Suite is a kind of journal to check.
type Suite struct {
	// Place makes an empty journal for the run that Run returns, and returns where it is, such as a path.
	Place func(t testing.TB) string
	// Open opens the journal of a place. It is also called in another process, see Child.
	Open func(place string) (payout.Journal, error)
	// Cut takes the lock away from whoever holds it, while its process goes on, and returns when it
	// is free. It is nil where a lock ends with its process only.
	Cut func(t testing.TB, place string)
}

// The variable that makes a process the second one.
const childVariable = "BREX_JOURNALTEST_PLACE"

// Child makes the process that Test starts lock a journal until it is killed. Call it at the beginning
// of TestMain or in an init function of the package that calls Test; in any other process it does nothing.
func Child(open func(place string) (payout.Journal, error)) {
	place := os.Getenv(childVariable)
	if place == "" {
		return
	}
	fmt.Println("journaltest: " + hold(open, place).Error())
	os.Exit(1)
}

func hold(open func(string) (payout.Journal, error), place string) error {
	j, err := open(place)
	if err != nil {
		return err
	}
	l, err := j.Lock(context.Background())
	if err != nil {
		return err
	}
	records, err := l.Records(context.Background())
	if err != nil {
		return err
	}
	if err := l.Append(context.Background(), Record(len(records)+1)); err != nil {
		return err
	}
	fmt.Println("journaltest: locked")
	select {}
}

// Run is the id of the run that the checks note records of.
var Run = strings.Repeat("5f", 32)

// Record is the n-th record that the checks note, from 1. What it says would be refused by a run.
func Record(n int) payout.Record {
	return payout.Record{At: time.Date(2026, 11, 2, 12, 0, n, n, time.UTC), Run: Run, Event: payout.EventRow, Row: n,
		State: payout.Sending, Attempt: 1, Scans: 1 << 40, Done: true, Transfer: "dptx_é", Code: "\\u0000 \" \x00",
		Reason: "line\nbreak \u2028 <&> 'quoted' \"quoted\" \\ \x7f", Approval: &payout.Approval{Name: "Ada", PublicKey: []byte{0, 255}}}
}

// Test checks a journal.
func Test(t *testing.T, s Suite) {
	for _, c := range []struct {
		name  string
		check func(*testing.T, Suite)
	}{
		{"keeps", keeps}, {"locked", locked}, {"killed", killed}, {"broken", broken}, {"cut", cut},
	} {
		t.Run(c.name, func(t *testing.T) { c.check(t, s) })
	}
}

// at opens the journal of a place.
func (s Suite) at(t testing.TB, place string) payout.Journal {
	t.Helper()
	j, err := s.Open(place)
	require.NoError(t, err)
	return j
}

func lock(t testing.TB, j payout.Journal) payout.LockedJournal {
	t.Helper()
	l, err := j.Lock(t.Context())
	require.NoError(t, err)
	return l
}

// appended appends the records from-to, and says which are there then.
func appended(t testing.TB, l payout.LockedJournal, from, to int) (all []payout.Record) {
	t.Helper()
	for n := from; n <= to; n++ {
		require.NoError(t, l.Append(t.Context(), Record(n)))
	}
	for n := 1; n <= to; n++ {
		all = append(all, Record(n))
	}
	return all
}

func same(t testing.TB, want []payout.Record, read func(context.Context) ([]payout.Record, error)) {
	t.Helper()
	got, err := read(t.Context())
	require.NoError(t, err)
	require.Equal(t, want, slices.Clip(got))
}

// What was appended is there, in order and as it was, for the holder, for others meanwhile, and for the
// next holder.
func keeps(t *testing.T, s Suite) {
	place := s.Place(t)
	j, other := s.at(t, place), s.at(t, place)
	records, err := j.Records(t.Context())
	require.NoError(t, err)
	require.Empty(t, records)
	l := lock(t, j)
	all := appended(t, l, 1, 12)
	same(t, all, l.Records)
	same(t, all, other.Records)
	require.NoError(t, l.Close())
	l = lock(t, other)
	same(t, all, l.Records)
	all = appended(t, l, 13, 14)
	require.NoError(t, l.Close())
	same(t, all, j.Records)
	same(t, all, s.at(t, place).Records)
	require.NotEqual(t, place, s.Place(t), "each has its own")
}

// While a journal is locked, another one fails at once, of whichever handle.
func locked(t *testing.T, s Suite) {
	place := s.Place(t)
	j := s.at(t, place)
	l := lock(t, j)
	for _, other := range []payout.Journal{j, s.at(t, place)} {
		began := time.Now()
		_, err := other.Lock(t.Context())
		require.ErrorIs(t, err, payout.ErrLocked)
		require.Less(t, time.Since(began), 10*time.Second, "it does not wait")
	}
	appended(t, l, 1, 1)
	require.NoError(t, l.Close())
	require.NoError(t, lock(t, s.at(t, place)).Close())
}

// A process that is killed leaves what it appended, and no lock.
func killed(t *testing.T, s Suite) {
	place := s.Place(t)
	require.NoError(t, lock(t, s.at(t, place)).Close())
	for n := 1; n <= 3; n++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+place)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = cmd.Process.Kill() }) // it would outlive a check that fails
		said := bufio.NewScanner(out)
		for said.Scan() && !strings.HasPrefix(said.Text(), "journaltest: ") {
			continue
		}
		require.Equal(t, "journaltest: locked", said.Text(), "Child is not called, or failed")
		_, err = s.at(t, place).Lock(t.Context())
		require.ErrorIs(t, err, payout.ErrLocked)
		require.NoError(t, cmd.Process.Kill())
		require.Error(t, cmd.Wait())
		records, err := s.at(t, place).Records(t.Context())
		require.NoError(t, err)
		require.Len(t, records, n)
		require.NoError(t, soon(t, s.at(t, place)).Close())
	}
}

// soon locks a journal whose holder has just ended.
func soon(t testing.TB, j payout.Journal) (l payout.LockedJournal) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var err error
		if l, err = j.Lock(t.Context()); err == nil {
			return l
		}
		require.ErrorIs(t, err, payout.ErrLocked)
		require.True(t, time.Now().Before(end), "the lock did not end with its holder")
	}
}

// After an Append that failed nothing is appended, also when nothing stands in its way. What cannot
// be appended here is a record whose context has ended.
func broken(t *testing.T, s Suite) {
	place := s.Place(t)
	l := lock(t, s.at(t, place))
	all := appended(t, l, 1, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if l.Append(ended, Record(2)) == nil { // a journal may finish what was begun
		all = append(all, Record(2))
	} else {
		require.ErrorIs(t, l.Append(t.Context(), Record(2)), payout.ErrJournal)
	}
	_ = l.Close()
	l = soon(t, s.at(t, place))
	same(t, all, l.Records)
	require.NoError(t, l.Close())
}

// A holder whose lock was taken away appends nothing, whether or not somebody else has the lock by
// then, and does not hinder who has.
func cut(t *testing.T, s Suite) {
	if s.Cut == nil {
		t.Skip("its lock ends with the process only")
	}
	for _, taken := range []bool{false, true} {
		place := s.Place(t)
		old := lock(t, s.at(t, place))
		all := appended(t, old, 1, 2)
		s.Cut(t, place)
		var next payout.LockedJournal
		if taken {
			next = soon(t, s.at(t, place))
		}
		for range 2 {
			err := old.Append(t.Context(), Record(3))
			require.ErrorIs(t, err, payout.ErrJournal)
			require.False(t, errors.Is(err, payout.ErrLocked))
		}
		if !taken {
			next = soon(t, s.at(t, place))
		}
		same(t, all, next.Records)
		all = appended(t, next, 3, 4)
		_ = old.Close()
		same(t, all, next.Records)
		all = appended(t, next, 5, 5)
		require.NoError(t, next.Close())
		same(t, all, s.at(t, place).Records)
	}
}
