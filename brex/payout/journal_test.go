package payout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	journalfile "github.com/brex-go/sdk/brex/internal/journal"
)

func fill(t testing.TB, j *FileJournal, n int) {
	t.Helper()
	l, err := j.Lock(background)
	require.NoError(t, err)
	for i := range n {
		require.NoError(t, l.Append(background,
			Record{At: brextest.DefaultNow, Run: "r", Event: EventRow, Row: i + 1, State: Sending,
				Attempt: 1}))
	}
	require.NoError(t, l.Close())
}

// A journal that was cut off anywhere in its last line is what it was before that line; any other
// change is refused.
func TestJournalTorn(t *testing.T) {
	t.Parallel()
	j := NewFileJournal(filepath.Join(t.TempDir(), "j"))
	fill(t, j, 3)
	data, err := os.ReadFile(j.Path())
	require.NoError(t, err)
	info, err := os.Stat(j.Path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	last := bytes.LastIndexByte(data[:len(data)-1], '\n') + 1
	for cut := last; cut < len(data); cut++ {
		require.NoError(t, os.WriteFile(j.Path(), data[:cut], 0o600))
		records, err := j.Records(background)
		require.NoError(t, err)
		require.Len(t, records, 2)
	}
	l, err := j.Lock(background)
	require.NoError(t, err)
	require.NoError(t, l.Append(background, Record{At: brextest.DefaultNow, Run: "r",
		Event: EventRow, Row: 3, State: Sending, Attempt: 1}))
	require.NoError(t, l.Close())
	again, err := os.ReadFile(j.Path())
	require.NoError(t, err)
	require.Equal(t, data, again, "the torn line is gone and the same one takes its place")

	lines := bytes.SplitAfter(data, []byte("\n"))
	for name, bad := range map[string][]byte{
		"a line is missing":       append(bytes.Clone(lines[0]), lines[2]...),
		"the first is missing":    data[len(lines[0]):],
		"lines change places":     bytes.Join([][]byte{lines[1], lines[0], lines[2]}, nil),
		"a line is there twice":   append(bytes.Clone(data), lines[2]...),
		"something is in between": bytes.Join([][]byte{lines[0], []byte("x\n"), lines[1]}, nil),
	} {
		require.NoError(t, os.WriteFile(j.Path(), bad, 0o600))
		_, err := j.Records(background)
		require.ErrorIs(t, err, ErrJournal, name)
		_, err = j.Lock(background)
		require.ErrorIs(t, err, ErrJournal, name)
		after, err := os.ReadFile(j.Path())
		require.NoError(t, err)
		require.Equal(t, bad, after, "what cannot be read is left alone")
	}
	for i := range len(data) - len(lines[2]) { // every byte but those of the last line
		bad := bytes.Clone(data)
		bad[i] ^= 1
		_, _, _, err := journalfile.Decode[Record](journalfile.Chain{}, bad)
		require.Error(t, err, i)
	}
}

func TestJournalLocked(t *testing.T) {
	t.Parallel()
	j := NewFileJournal(filepath.Join(t.TempDir(), "j"))
	l, err := j.Lock(background)
	require.NoError(t, err)
	_, err = NewFileJournal(j.Path()).Lock(background)
	require.ErrorIs(t, err, ErrLocked)
	require.NoError(t, l.Close())
	fill(t, j, 1)
}

// A second execution of a run is refused while the first goes on, in this process as in another
// one.
func TestTwoExecutions(t *testing.T) {
	t.Parallel()
	s := sandbox(t, forgetful()...)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 20)
	var once sync.Once
	client := swapped{c, func(ctx context.Context, p *brex.Prepared,
		opts ...brex.CallOption) (json.RawMessage, error) {
		once.Do(func() {
			_, err := Execute(background, c, plan, NewFileJournal(journal.Path()), quick(s))
			require.ErrorIs(t, err, ErrLocked)
			require.ErrorIs(t, Settle(background, plan, journal, "x", brex.TransferStatusProcessed),
				ErrLocked)
			report, err := ReadReport(background, plan, journal)
			require.NoError(t, err, "but it can be looked at")
			require.True(t, report.Started)
		})
		return c.Send(ctx, p, opts...)
	}}
	_, err := Execute(background, client, plan, journal, quick(s))
	require.NoError(t, err)
	paidOnce(t, s, plan)
}

// fullDisk fails at a byte of what is written, or at a sync.
type fullDisk struct {
	*os.File
	room  *int64
	syncs *int
}

func (f fullDisk) WriteAt(p []byte, off int64) (int, error) {
	if *f.room < int64(len(p)) {
		n, _ := f.File.WriteAt(p[:*f.room], off)
		*f.room = 0
		return n, syscall.ENOSPC
	}
	*f.room -= int64(len(p))
	return f.File.WriteAt(p, off)
}

func (f fullDisk) Sync() error {
	if *f.syncs--; *f.syncs < 0 {
		return syscall.ENOSPC
	}
	return f.File.Sync()
}

// TestDiskFull lets the disk be full before, in the middle of and after each write, and at each
// sync: nothing is sent that is not noted, and when there is room again the run goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := sandbox(t, forgetful()...)
	c := connect(t, s)
	plan, model := planned(t, s, c, 3)
	approved, err := os.ReadFile(model.Path())
	require.NoError(t, err)
	opts := quick(s)
	opts.Workers = 1
	opts.Now = func() time.Time { return brextest.DefaultNow } // lines of the same length in each run
	_, err = Execute(background, c, plan, model, opts)
	require.NoError(t, err)
	whole, err := os.ReadFile(model.Path())
	require.NoError(t, err)
	type limit struct {
		room  int64
		syncs int
	}
	var limits []limit
	for at := len(approved); at < len(whole); {
		next := at + bytes.IndexByte(whole[at:], '\n') + 1
		for _, room := range []int{at, at + 1, (at + next) / 2, next - 1} {
			limits = append(limits, limit{int64(room - len(approved)), 1000})
		}
		at = next
	}
	for syncs := range bytes.Count(whole, []byte("\n")) - bytes.Count(approved, []byte("\n")) + 1 {
		limits = append(limits, limit{1 << 30, syncs})
	}
	for _, l := range limits {
		t.Run(fmt.Sprintf("%d-%d", l.room, l.syncs), func(t *testing.T) {
			s := sandbox(t, forgetful()...)
			c := connect(t, s)
			journal := NewFileJournal(filepath.Join(t.TempDir(), "j"))
			require.NoError(t, os.WriteFile(journal.Path(), approved, 0o600))
			journal.file.Open = func(path string) (journalfile.Handle, error) {
				f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
				return fullDisk{f, &l.room, &l.syncs}, err
			}
			sent := 0
			client := swapped{c, func(ctx context.Context, p *brex.Prepared,
				o ...brex.CallOption) (json.RawMessage, error) {
				report, err := ReadReport(background, plan, journal)
				require.NoError(t, err)
				noted := 0
				for _, line := range report.Lines {
					noted += line.Attempts
				}
				sent++
				require.Equal(t, sent, noted, "sent and not noted")
				return c.Send(ctx, p, o...)
			}}
			_, err := Execute(background, client, plan, journal, opts)
			require.ErrorIs(t, err, ErrJournal)
			require.True(t, errors.Is(err, syscall.ENOSPC))
			require.LessOrEqual(t, len(transfers(t, s)), sent)
			journal.file.Open = nil
			_, err = Execute(background, c, plan, journal, opts)
			require.NoError(t, err)
			paidOnce(t, s, plan)
		})
	}
}

// FuzzPlan: a plan that is read is the one that was written, byte for byte.
func FuzzPlan(f *testing.F) {
	s := sandbox(f)
	c := connect(f, s)
	plan, err := NewPlan(background, c, invoices(f, c, 2), PlanOptions{Now: clock(s)})
	require.NoError(f, err)
	data, err := plan.Encode()
	require.NoError(f, err)
	f.Add(string(data))
	f.Add(strings.Replace(string(data), `"amount":1000`, `"amount":1e3`, 1))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := DecodePlan([]byte(text))
		if err != nil {
			require.ErrorIs(t, err, ErrPlan)
			return
		}
		again, err := p.Encode()
		require.NoError(t, err)
		require.Equal(t, text, string(again))
		require.NoError(t, p.verify())
	})
}

// Every change of state that the table does not allow is refused.
func TestTransitions(t *testing.T) {
	t.Parallel()
	all := []State{Planned, Sending, Accepted, Refused, Unknown, Found, Absent, Processed, Failed}
	require.Len(t, transitions, len(all))
	for from, allowed := range transitions {
		for _, to := range all {
			r := newRunState("r", 1)
			r.rows[1] = rowState{state: from, attempts: 1, doubtful: 1}
			rec := Record{Run: "r", Event: EventRow, Row: 1, State: to, Attempt: 2}
			if to == Accepted || to == Found || to == Processed || to == Failed {
				rec.Transfer = "t"
			}
			err := r.apply(rec)
			if strings.Contains(fmt.Sprint(allowed), string(to)) {
				require.NoError(t, err, "%s to %s", from, to)
			} else {
				require.ErrorIs(t, err, ErrTransition, "%s to %s", from, to)
			}
		}
	}
	for _, bad := range []Record{{Run: "other", Event: EventStarted}, {Run: "r", Event: "X"},
		{Run: "r", Event: EventRow, Row: 2, State: Sending, Attempt: 1},
		{Run: "r", Event: EventRow, Row: 1, State: Sending, Attempt: 2}, {Run: "r", Event: EventRow,
			Row: 1, State: Found}} {
		require.ErrorIs(t, newRunState("r", 1).apply(bad), ErrTransition)
	}
	r := newRunState("r", 1)
	for _, rec := range []Record{{State: Sending, Attempt: 1}, {State: Unknown}, {State: Absent},
		{State: Sending, Attempt: 2}} {
		rec.Run, rec.Event, rec.Row = "r", EventRow, 1
		require.NoError(t, r.apply(rec))
	}
	require.ErrorIs(t, r.apply(Record{Run: "r", Event: EventRow, Row: 1, State: Refused}),
		ErrTransition, "the first attempt may have paid")
}
