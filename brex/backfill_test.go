package brex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

type row struct {
	id string
	at time.Time
}

// ledger is a list of rows with offset cursors, as Brex's cursors seem to be, and a latency in virtual time.
type ledger struct {
	mu       sync.Mutex
	rows     []row
	page     int
	latency  time.Duration
	order    func(a, b row) int // of an answer
	include  [2]bool            // whether the start and the end belong to a range
	requests int
	arriving func(*ledger) // called before each answer, under the lock
	fail     error         // answered instead from the failAt-th request on
	failAt   int
}

func newestFirst(a, b row) int { return b.at.Compare(a.at) }

func (l *ledger) list(ctx context.Context, r TimeRange, cursor string) (*Page[row], error) {
	if err := sleep(ctx, l.latency); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	if l.fail != nil && l.requests >= l.failAt {
		return nil, l.fail
	}
	if l.arriving != nil {
		l.arriving(l)
	}
	var hits []row
	for _, x := range l.rows {
		if (x.at.After(r.From) || l.include[0] && x.at.Equal(r.From)) && (x.at.Before(r.To) || l.include[1] && x.at.Equal(r.To)) {
			hits = append(hits, x)
		}
	}
	slices.SortStableFunc(hits, l.order)
	offset, _ := strconv.Atoi(cursor)
	end := min(offset+l.page, len(hits))
	page := &Page[row]{Items: slices.Clone(hits[min(offset, end):end])}
	if end < len(hits) {
		page.NextCursor = strconv.Itoa(end)
	}
	return page, nil
}

func (l *ledger) ranged() ranged[row] {
	return ranged[row]{list: l.list, id: func(r row) string { return r.id }, at: func(r row) time.Time { return r.at }}
}

var (
	year2025 = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	year2026 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	wholeOf  = TimeRange{year2025, year2026}
)

// spread makes n rows over the range; share of them lie in the tenth of it that begins at a random place.
func spread(rnd *rand.Rand, n int, r TimeRange, share float64) []row {
	width := r.To.Sub(r.From)
	dense := r.From.Add(time.Duration(rnd.Float64() * 0.9 * float64(width)))
	rows := make([]row, n)
	for i := range rows {
		at := r.From.Add(time.Duration(rnd.Int64N(int64(width))))
		if rnd.Float64() < share {
			at = dense.Add(time.Duration(rnd.Int64N(int64(width / 10))))
		}
		rows[i] = row{fmt.Sprint("r", i), at.Truncate(time.Millisecond)}
	}
	return rows
}

func ids(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.id
	}
	slices.Sort(out)
	return out
}

// The speed against reading the list from one end to the other, at 200 ms a request, 200 pages, 8 workers. Time is virtual, so
// the figures are the same on every machine.
func TestBackfillIsFaster(t *testing.T) {
	for _, tc := range []struct {
		name  string
		share float64
		least float64
	}{{"even", 0, 7}, {"80% of the rows in 10% of the range", 0.8, 4.5}} {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(12) {
				synctest.Test(t, func(t *testing.T) {
					rnd := rand.New(rand.NewPCG(seed, 1))
					l := &ledger{rows: spread(rnd, 4000, wholeOf, tc.share), page: 20, latency: 200 * time.Millisecond, order: newestFirst, include: [2]bool{true, true}}
					start := time.Now()
					got, err := Collect(backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{Workers: 8}))
					require.NoError(t, err)
					require.Equal(t, ids(l.rows), ids(got))
					serial := 200 * l.latency
					speedup := float64(serial) / float64(time.Since(start))
					t.Logf("seed %d: %.2f times faster, %d requests for 200 pages", seed, speedup, l.requests)
					require.Greater(t, speedup, tc.least)
				})
			}
		})
	}
}

// Whatever the data, the order of the answers, the page size, the ends of ranges and the rows that arrive meanwhile, a
// backfill gives what a serial pass would give, each row once.
func TestBackfillEqualsSerialPass(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 2))
			span := []time.Duration{time.Hour, 3 * time.Second, 90 * 24 * time.Hour}[rnd.IntN(3)]
			r := TimeRange{year2025, year2025.Add(span)}
			l := &ledger{rows: spread(rnd, rnd.IntN(400), r, rnd.Float64()), page: 1 + rnd.IntN(40), latency: time.Duration(rnd.IntN(300)) * time.Millisecond,
				include: [2]bool{rnd.IntN(2) == 0, rnd.IntN(2) == 0}}
			// Some rows lie just on the borders of the parts, and at the ends of the range.
			for i, part := range r.split(8) {
				l.rows = append(l.rows, row{fmt.Sprint("b", i), part.From})
			}
			key := rnd.Uint64()
			l.order = []func(a, b row) int{newestFirst, func(a, b row) int { return a.at.Compare(b.at) }, func(a, b row) int {
				return int(hash(a.id, key)) - int(hash(b.id, key))
			}}[rnd.IntN(3)]
			want := ids(l.rows)
			outside := row{"outside", r.To}
			l.rows = append(l.rows, outside)
			if rnd.IntN(2) == 0 {
				n := 0
				l.arriving = func(l *ledger) { // the newest come first and push the others onto later pages
					if n++; n < 20 && rnd.IntN(3) == 0 {
						l.rows = append(l.rows, row{fmt.Sprint("new", n), r.To.Add(-time.Millisecond)})
					}
				}
				l.order = newestFirst
			}
			got, err := Collect(backfill(t.Context(), l.ranged(), r, BackfillOptions{Workers: 1 + rnd.IntN(10)}))
			require.NoError(t, err)
			seen := map[string]bool{}
			for _, x := range got {
				require.False(t, seen[x.id], "seed %d: %s came twice", seed, x.id)
				seen[x.id] = true
			}
			for _, id := range want {
				require.True(t, seen[id], "seed %d: %s is missing", seed, id)
			}
			require.False(t, seen["outside"], "seed %d", seed)
		})
	}
}

func hash(id string, key uint64) uint32 {
	h := key
	for _, c := range id {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return uint32(h >> 40)
}

// A row whose time is not in the range it was found by, as when a server reads zoneless times in another zone, is given
// once, not lost.
func TestBackfillGivesStrays(t *testing.T) {
	l := &ledger{page: 10, order: newestFirst, rows: spread(rand.New(rand.NewPCG(1, 1)), 500, wholeOf, 0)}
	src := l.ranged()
	src.at = func(r row) time.Time { return r.at.Add(-8 * time.Hour) }
	got, err := Collect(backfill(t.Context(), src, wholeOf, BackfillOptions{}))
	require.NoError(t, err)
	require.Equal(t, ids(l.rows), ids(got))
}

func TestBackfillResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(7, 7))
		l := &ledger{rows: spread(rnd, 5000, wholeOf, 0.5), page: 50, latency: 100 * time.Millisecond, order: newestFirst,
			fail: errors.New("down"), failAt: 70}
		var saved []byte
		save := func(c Checkpoint) {
			b, err := json.Marshal(c)
			require.NoError(t, err)
			saved = b
		}
		all := map[string]bool{}
		var err error
		for x, e := range backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{OnCheckpoint: save}) {
			if err = e; err == nil {
				all[x.id] = true
			}
		}
		require.ErrorContains(t, err, "down")
		require.Less(t, len(all), 5000)
		require.NotNil(t, saved, "some part was done by then")

		l.fail = nil
		var c Checkpoint
		require.NoError(t, json.Unmarshal(saved, &c))
		rest, err := Collect(backfill(t.Context(), l.ranged(), TimeRange{}, BackfillOptions{Resume: c, OnCheckpoint: save}))
		require.NoError(t, err)
		for _, x := range rest {
			all[x.id] = true
		}
		require.Len(t, all, 5000, "nothing is lost")
		require.Less(t, len(rest), 5000, "what was done is not given again")
		require.JSONEq(t, `{"remaining":[]}`, string(saved))
		require.NoError(t, json.Unmarshal(saved, &c))
		got, err := Collect(backfill(t.Context(), l.ranged(), TimeRange{}, BackfillOptions{Resume: c}))
		require.NoError(t, err)
		require.Empty(t, got, "a finished backfill has nothing to resume")
	})
}

// A long backfill is read in parts of a bounded length: their ids are what it keeps in memory, and there is a checkpoint after each. It
// costs few requests where the list is ordered by time, and never more than twice as many.
func TestBackfillKeepsPartsShort(t *testing.T) {
	oldestFirst := func(a, b row) int { return a.at.Compare(b.at) }
	noOrder := func(a, b row) int { return int(hash(a.id, 7)) - int(hash(b.id, 7)) }
	for name, tc := range map[string]struct {
		share         float64
		order         func(a, b row) int
		page, workers int
		longest       int     // part in pages
		most          float64 // requests for a page
	}{
		"even":         {0, newestFirst, 5, 8, longPart, 1.12},
		"skewed":       {0.8, newestFirst, 5, 8, longPart, 1.2},
		"oldest first": {0.5, oldestFirst, 5, 8, longPart, 1.2},
		"no order":     {0.5, noOrder, 5, 8, mostPages, 2},
		"no guess":     {0, noOrder, 50, 1, mostPages, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{rows: spread(rand.New(rand.NewPCG(9, 9)), 15_000, wholeOf, tc.share), page: tc.page, latency: time.Second, order: tc.order, include: [2]bool{true, true}}
				slices.SortFunc(l.rows, tc.order)
				src := l.ranged()
				pages, longest := map[TimeRange]int{}, 0
				src.list = func(ctx context.Context, r TimeRange, cursor string) (*Page[row], error) {
					l.mu.Lock()
					pages[r]++
					longest = max(longest, pages[r])
					l.mu.Unlock()
					return l.list(ctx, r, cursor)
				}
				checkpoints := 0
				got, err := Collect(backfill(t.Context(), src, wholeOf, BackfillOptions{Workers: tc.workers, OnCheckpoint: func(c Checkpoint) { checkpoints++ }}))
				require.NoError(t, err)
				require.Equal(t, ids(l.rows), ids(got))
				all := 15_000 / tc.page
				t.Logf("%d requests for %d pages, the longest part has %d, %d checkpoints", l.requests, all, longest, checkpoints)
				require.LessOrEqual(t, longest, tc.longest)
				require.GreaterOrEqual(t, checkpoints, all/tc.longest)
				require.LessOrEqual(t, l.requests, int(tc.most*float64(all)))
			})
		})
	}
}

// Leaving the loop, or the context, ends every worker: synctest fails when a goroutine is left.
func TestBackfillStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{rows: spread(rand.New(rand.NewPCG(3, 3)), 5000, wholeOf, 0), page: 10, latency: time.Second, order: newestFirst}
		n := 0
		for _, err := range backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{}) {
			require.NoError(t, err)
			if n++; n == 25 {
				break
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		_, err := Collect(backfill(ctx, l.ranged(), wholeOf, BackfillOptions{}))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A consumer that is slow holds the workers back, so that what lies in memory is bounded.
func TestBackfillWaitsForItsConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{rows: spread(rand.New(rand.NewPCG(5, 5)), 4000, wholeOf, 0), page: 20, order: newestFirst}
		for _, err := range backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{Workers: 4}) {
			require.NoError(t, err)
			time.Sleep(time.Hour) // virtual: everything else comes to rest
			synctest.Wait()
			l.mu.Lock()
			requests := l.requests
			l.mu.Unlock()
			require.LessOrEqual(t, requests, 4+4+1, "what four workers hold, and what is handed over")
			break
		}
	})
}

func TestBackfillRefuses(t *testing.T) {
	l := &ledger{page: 1, order: newestFirst}
	for _, tc := range []struct {
		r    TimeRange
		opts BackfillOptions
		want string
	}{
		{TimeRange{year2026, year2025}, BackfillOptions{}, "it must begin before it ends"},
		{TimeRange{}, BackfillOptions{}, "it must begin before it ends"},
		{wholeOf, BackfillOptions{Workers: -1}, "Workers is -1"},
		{wholeOf, BackfillOptions{Workers: 101}, "Workers is 101"},
	} {
		_, err := Collect(backfill(t.Context(), l.ranged(), tc.r, tc.opts))
		require.ErrorIs(t, err, ErrUsage)
		require.ErrorContains(t, err, tc.want)
	}
	l.rows = spread(rand.New(rand.NewPCG(1, 1)), 50, wholeOf, 0)
	loop := l.ranged()
	loop.list = func(context.Context, TimeRange, string) (*Page[row], error) {
		return &Page[row]{Items: l.rows, NextCursor: "x"}, nil
	}
	_, err := Collect(backfill(t.Context(), loop, wholeOf, BackfillOptions{}))
	require.ErrorIs(t, err, ErrCursorLoop)
	require.Zero(t, l.requests)
}
