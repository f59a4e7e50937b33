package brex

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Whatever the order of the list, the page size and the rows that arrive meanwhile: the rows of the range, each once, and no other.
func TestBackfillSinceEqualsSerialPass(t *testing.T) {
	for seed := range seeds(300) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 3))
			r := TimeRange{year2025, year2025.Add([]time.Duration{time.Hour, 90 * 24 * time.Hour}[rnd.IntN(2)])}
			l := &ledger{rows: around(rnd, rnd.IntN(400), r), page: 1 + rnd.IntN(40), latency: time.Duration(rnd.IntN(300)) * time.Millisecond,
				order: anyOrder(rnd), include: [2]bool{rnd.IntN(2) == 0, true}}
			want := ids(within(l.rows, r))
			moving := rnd.IntN(2) == 0
			if moving {
				l.arriving = arrivals(rnd, r)
			}
			got, err := Collect(backfillSince(t.Context(), l.since(), r, BackfillOptions{}, nil))
			require.NoError(t, err)
			require.Len(t, within(got, r), len(got), "seed %d: rows outside the range", seed)
			if !moving {
				require.Equal(t, want, ids(got), "seed %d", seed)
				return
			}
			seen := map[string]int{}
			for _, x := range got {
				seen[x.id]++
			}
			for id, n := range seen {
				require.Equal(t, 1, n, "seed %d: %s", seed, id)
			}
			for _, id := range want {
				require.Equal(t, 1, seen[id], "seed %d: %s is missing", seed, id)
			}
		})
	}
}

// From every checkpoint on, another run gives what was not given before it, and what has arrived in between does not hide it.
func TestBackfillSinceResumesFromEveryCheckpoint(t *testing.T) {
	for seed := range seeds(30) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 4))
			first := 0
			l := &ledger{rows: around(rnd, 100, wholeOf), page: 1 + rnd.IntN(20), order: anyOrder(rnd), include: [2]bool{true, true}}
			checkpoints := resumed(t, rnd, l, ids(within(l.rows, wholeOf)), func(opts BackfillOptions) iter.Seq2[row, error] {
				if opts.OnCheckpoint == nil {
					return backfillSince(t.Context(), l.since(), TimeRange{}, opts, nil)
				}
				l.requests = 0
				return func(yield func(row, error) bool) {
					backfillSince(t.Context(), l.since(), wholeOf, opts, nil)(yield)
					first = l.requests
				}
			})
			require.Equal(t, first, checkpoints, "one for each page")
		})
	}
}

// A cursor that is not known any more is no reason to fail: the range is read anew. Another error is.
func TestBackfillSinceBeginsAnew(t *testing.T) {
	l := &ledger{rows: around(rand.New(rand.NewPCG(1, 5)), 100, wholeOf), page: 10, order: newestFirst, include: [2]bool{true, true}}
	src := l.since()
	known := src.list
	refusal := &Error{StatusCode: 400}
	var asked []string
	src.list = func(ctx context.Context, from time.Time, cursor string) (*Page[row], error) {
		asked = append(asked, cursor)
		if len(asked) == 1 {
			return nil, refusal
		}
		return known(ctx, from, cursor)
	}
	resume := BackfillOptions{Resume: Checkpoint{Remaining: []TimeRange{wholeOf}, Cursor: "20"}}
	got, err := Collect(backfillSince(t.Context(), src, TimeRange{}, resume, nil))
	require.NoError(t, err)
	require.Equal(t, ids(within(l.rows, wholeOf)), ids(got))
	require.Equal(t, []string{"20", "", "10", "20", "30"}, asked[:5], "the cursor that was refused may come again")

	asked, refusal = nil, &Error{StatusCode: 500}
	_, err = Collect(backfillSince(t.Context(), src, TimeRange{}, resume, nil))
	require.ErrorIs(t, err, ErrServer)
	require.Len(t, asked, 1)
	asked, refusal = nil, &Error{StatusCode: 400}
	_, err = Collect(backfillSince(t.Context(), src, wholeOf, BackfillOptions{}, nil))
	require.ErrorIs(t, err, ErrInvalid)
	require.Len(t, asked, 1, "without a cursor there is nothing to begin anew")
}

// The next page is requested while one is worked on, one and no more; leaving the loop cancels it.
func TestBackfillSincePrefetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{rows: spread(rand.New(rand.NewPCG(2, 5)), 500, wholeOf, 0), page: 10, latency: 50 * time.Millisecond, order: newestFirst, include: [2]bool{true, true}}
		start := time.Now()
		for _, err := range backfillSince(t.Context(), l.since(), wholeOf, BackfillOptions{OnCheckpoint: func(Checkpoint) { time.Sleep(20 * time.Millisecond) }}, nil) {
			require.NoError(t, err)
		}
		require.Equal(t, 50*50*time.Millisecond+20*time.Millisecond, time.Since(start), "the requests, and the last page's work")
		l.requests = 0
		for range backfillSince(context.Background(), l.since(), wholeOf, BackfillOptions{}, nil) {
			time.Sleep(time.Hour)
			l.mu.Lock()
			require.Equal(t, 2, l.requests)
			l.mu.Unlock()
			break
		}
		l.latency = 1000 * time.Hour
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		_, err := Collect(backfillSince(ctx, l.since(), wholeOf, BackfillOptions{}, nil))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// Where items change places, a cursor is worth nothing to another run: there is one checkpoint, at the end.
func TestBackfillSinceOfMovingItems(t *testing.T) {
	l := &ledger{rows: around(rand.New(rand.NewPCG(3, 5)), 100, wholeOf), page: 10, order: newestFirst, include: [2]bool{true, true}}
	src := l.since()
	src.steady = false
	var all []Checkpoint
	got, err := Collect(backfillSince(t.Context(), src, wholeOf, BackfillOptions{OnCheckpoint: func(c Checkpoint) { all = append(all, c) }}, nil))
	require.NoError(t, err)
	require.Equal(t, ids(within(l.rows, wholeOf)), ids(got))
	require.Equal(t, []Checkpoint{{Remaining: []TimeRange{}}}, all)
	_, err = Collect(backfillSince(t.Context(), src, TimeRange{}, BackfillOptions{Resume: Checkpoint{Remaining: []TimeRange{wholeOf}, Cursor: "20"}}, nil))
	require.ErrorIs(t, err, ErrUsage)
}

func TestBackfillSinceRefuses(t *testing.T) {
	l := &ledger{page: 1, order: newestFirst}
	for want, opts := range map[string]BackfillOptions{
		"Workers is -1":               {Workers: -1},
		"not of a backfill":           {Resume: Checkpoint{Remaining: []TimeRange{wholeOf, wholeOf}, Cursor: "x"}},
		"it must begin before it end": {Resume: Checkpoint{Remaining: []TimeRange{{year2026, year2025}}}},
	} {
		_, err := Collect(backfillSince(t.Context(), l.since(), wholeOf, opts, nil))
		require.ErrorIs(t, err, ErrUsage)
		require.ErrorContains(t, err, want)
	}
	_, err := Collect(backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{Resume: Checkpoint{Remaining: []TimeRange{wholeOf}, Cursor: "x"}}, nil))
	require.ErrorIs(t, err, ErrUsage)
	withResponse := []CallOption{WithResponse(&Response{})}
	_, err = Collect(backfillSince(t.Context(), l.since(), wholeOf, BackfillOptions{}, withResponse))
	require.ErrorIs(t, err, ErrUsage)
	_, err = Collect(backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{}, withResponse))
	require.ErrorIs(t, err, ErrUsage)
	require.Zero(t, l.requests)

	down := errors.New("down")
	l = &ledger{rows: around(rand.New(rand.NewPCG(4, 5)), 100, wholeOf), page: 10, order: newestFirst, include: [2]bool{true, true}, fail: down, failAt: 4}
	got, err := Collect(backfillSince(t.Context(), l.since(), wholeOf, BackfillOptions{}, nil))
	require.ErrorIs(t, err, down)
	require.NotEmpty(t, got, "what was read before the error")
	loop := l.since()
	loop.list = func(context.Context, time.Time, string) (*Page[row], error) { return &Page[row]{NextCursor: "x"}, nil }
	_, err = Collect(backfillSince(t.Context(), loop, wholeOf, BackfillOptions{}, nil))
	require.ErrorIs(t, err, ErrCursorLoop)
}

// An item is known for as long as no more than remembered others have been read since, be they new or not.
func TestRecentIDs(t *testing.T) {
	var r recentIDs
	for i := range 3 * remembered {
		require.True(t, r.add(strconv.Itoa(i)))
		if i >= remembered/2 {
			require.False(t, r.add(strconv.Itoa(i-remembered/2+1)))
		}
	}
	require.LessOrEqual(t, len(r.now)+len(r.before), 2*remembered)
	require.True(t, r.add("0"), "memory is bounded")
}

// Days are those of the zone of from, and count whole.
func TestWholeDays(t *testing.T) {
	tokyo := time.FixedZone("", 9*60*60)
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	for _, tc := range []struct{ from, to, first, end time.Time }{
		{day(1), day(8), day(1), day(8)},
		{day(1).Add(15 * time.Hour), day(8).Add(1), day(1), day(9)},
		{day(1), day(1).Add(1), day(1), day(2)},
		{time.Date(2026, 11, 1, 0, 0, 0, 0, tokyo), time.Date(2026, 11, 3, 0, 0, 0, 0, tokyo), day(1), day(3)},
		{time.Date(2026, 11, 2, 1, 0, 0, 0, tokyo), day(1).Add(17 * time.Hour), day(2), day(3)},
		{day(30), day(31), day(30), day(31)},
	} {
		require.Equal(t, TimeRange{tc.first, tc.end}, wholeDays(tc.from, tc.to), "%v to %v", tc.from, tc.to)
	}
	var requests atomic.Int32
	_, err := Collect(backfillSince(t.Context(), since[row]{list: func(context.Context, time.Time, string) (*Page[row], error) {
		requests.Add(1)
		return &Page[row]{}, nil
	}}, wholeDays(day(2), day(1)), BackfillOptions{}, nil))
	require.ErrorIs(t, err, ErrUsage)
	require.Zero(t, requests.Load())
}
