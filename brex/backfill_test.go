package brex

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The speed against reading the list from one end to the other, at 200 ms a request, 200 pages, 8 workers. Time is virtual, so
// the figures are the same on every machine.
func TestBackfillIsFaster(t *testing.T) {
	for _, tc := range []struct {
		name  string
		share float64
		least float64
	}{{"even", 0, 7}, {"80% of the rows in 10% of the range", 0.8, 4.5}} {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range seeds(12) {
				synctest.Test(t, func(t *testing.T) {
					rnd := rand.New(rand.NewPCG(seed, 1))
					l := &ledger{rows: spread(rnd, 4000, wholeOf, tc.share), page: 20, latency: 200 * time.Millisecond, order: newestFirst, include: [2]bool{true, true}}
					start := time.Now()
					got, err := Collect(backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{Workers: 8}, nil))
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
	for seed := range seeds(300) {
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
			l.order = anyOrder(rnd)
			want := ids(l.rows)
			l.rows = append(l.rows, row{"after", r.To}, row{"before", r.From.Add(-time.Millisecond)})
			if rnd.IntN(2) == 0 {
				l.arriving = arrivals(rnd, r)
			}
			got, err := Collect(backfill(t.Context(), l.ranged(), r, BackfillOptions{Workers: 1 + rnd.IntN(10)}, nil))
			require.NoError(t, err)
			seen := map[string]bool{}
			for _, x := range got {
				require.False(t, seen[x.id], "seed %d: %s came twice", seed, x.id)
				seen[x.id] = true
			}
			for _, id := range want {
				require.True(t, seen[id], "seed %d: %s is missing", seed, id)
			}
			require.Len(t, within(got, r), len(got), "seed %d: rows outside the range", seed)
		})
	}
}

// A row whose time is not in the range it was found by, as when a server reads zoneless times in another zone, is given
// once, not lost.
func TestBackfillGivesStrays(t *testing.T) {
	l := &ledger{page: 10, order: newestFirst, rows: spread(rand.New(rand.NewPCG(1, 1)), 500, wholeOf, 0)}
	src := l.ranged()
	src.at = func(r row) time.Time { return r.at.Add(-8 * time.Hour) }
	got, err := Collect(backfill(t.Context(), src, wholeOf, BackfillOptions{}, nil))
	require.NoError(t, err)
	require.Equal(t, ids(l.rows), ids(got))
}

// Rows that a list gives for every part, having no time or one outside the range, come once, too.
func TestBackfillGivesWhatEveryPartFindsOnce(t *testing.T) {
	l := &ledger{page: 10, order: newestFirst, include: [2]bool{true, true}, rows: spread(rand.New(rand.NewPCG(1, 1)), 200, wholeOf, 0)}
	src := l.ranged()
	src.list = func(ctx context.Context, r TimeRange, cursor string) (*Page[row], error) {
		page, err := l.list(ctx, r, cursor)
		page.Items = append(page.Items, row{id: "without a time"}, row{"long ago", year2025.AddDate(-1, 0, 0)})
		return page, err
	}
	got, err := Collect(backfill(t.Context(), src, wholeOf, BackfillOptions{}, nil))
	require.NoError(t, err)
	require.Len(t, got, 202)
	require.Equal(t, ids(append(l.rows, row{id: "without a time"}, row{id: "long ago"})), ids(got))
}

// A range is asked for in UTC and whole milliseconds, in which Brex's filters are written.
func TestBackfillAsksInMilliseconds(t *testing.T) {
	zone := time.FixedZone("", 5*60*60+30*60)
	from, to := time.Date(2026, 11, 1, 5, 30, 0, 1_999_999, zone), time.Date(2026, 11, 1, 5, 30, 1, 999_999, zone)
	var asked []TimeRange
	src := ranged[row]{list: func(_ context.Context, r TimeRange, _ string) (*Page[row], error) {
		asked = append(asked, r)
		return &Page[row]{}, nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Collect(backfill(ctx, src, TimeRange{from, to}, BackfillOptions{Workers: 100, OnCheckpoint: func(c Checkpoint) {
		require.Empty(t, c.Remaining)
		cancel() // when all is done, the end of the context is no error
	}}, nil))
	require.NoError(t, err)
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	require.Equal(t, []TimeRange{{day, day.Add(1001 * time.Millisecond)}}, asked)
}

// A long backfill is read in parts of a bounded length: their ids are what it keeps in memory, and there is a checkpoint after each. It
// costs few requests where the list is ordered by time, and never more than twice as many.
func TestBackfillKeepsPartsShort(t *testing.T) {
	oldestFirst := func(a, b row) int { return a.at.Compare(b.at) }
	noOrder := func(a, b row) int { return int(hash(a.id, 7)) - int(hash(b.id, 7)) }
	for name, tc := range map[string]struct {
		share                float64
		order                func(a, b row) int
		pages, page, workers int
		longest              int     // part in pages
		most                 float64 // requests for a page
	}{
		"even":         {0, newestFirst, 1500, 5, 8, longPart, 1.12},
		"skewed":       {0.8, newestFirst, 1500, 5, 8, longPart, 1.2},
		"oldest first": {0.5, oldestFirst, 1500, 5, 8, longPart, 1.2},
		"no order":     {0.5, noOrder, 1500, 5, 8, mostPages, 2},
		"no guess":     {0, noOrder, 300, 50, 1, mostPages, 2},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && tc.pages > 300 {
				t.Skip("thousands of requests")
			}
			synctest.Test(t, func(t *testing.T) {
				l := &ledger{rows: spread(rand.New(rand.NewPCG(9, 9)), tc.pages*tc.page, wholeOf, tc.share), page: tc.page, latency: time.Second, order: tc.order, include: [2]bool{true, true}}
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
				got, err := Collect(backfill(t.Context(), src, wholeOf, BackfillOptions{Workers: tc.workers, OnCheckpoint: func(c Checkpoint) { checkpoints++ }}, nil))
				require.NoError(t, err)
				require.Equal(t, ids(l.rows), ids(got))
				t.Logf("%d requests for %d pages, the longest part has %d, %d checkpoints", l.requests, tc.pages, longest, checkpoints)
				require.LessOrEqual(t, longest, tc.longest)
				require.GreaterOrEqual(t, checkpoints, tc.pages/tc.longest)
				require.LessOrEqual(t, l.requests, int(tc.most*float64(tc.pages)))
			})
		})
	}
}

// The workers share the client's limiter with everything else: a server that allows 50 requests a minute refuses none, and is used to the full.
func TestBackfillKeepsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{rows: spread(rand.New(rand.NewPCG(6, 6)), 2000, wholeOf, 0.5), page: 10, order: newestFirst, include: [2]bool{true, true}}
		server := &limitedServer{limit: 50, length: time.Minute}
		client := newTestClient(t, roundTrip(func(req *http.Request) (*http.Response, error) {
			if res, err := server.RoundTrip(req); err != nil || res.StatusCode != 200 {
				return res, err
			}
			q := req.URL.Query()
			from, err := time.Parse("2006-01-02T15:04:05", q.Get("purchased_at_start"))
			require.NoError(t, err)
			to, err := time.Parse("2006-01-02T15:04:05", q.Get("purchased_at_end"))
			require.NoError(t, err)
			page, err := l.list(req.Context(), TimeRange{from, to}, q.Get("cursor"))
			require.NoError(t, err)
			var items []string
			for _, x := range page.Items {
				items = append(items, fmt.Sprintf(`{"id":%q,"purchased_at":%q}`, x.id, x.at.Format(time.RFC3339Nano)))
			}
			return reply(200, fmt.Sprintf(`{"items":[%s],"next_cursor":%q}`, strings.Join(items, ","), page.NextCursor)), nil
		}), WithLimiter(window(t, 50, time.Minute)))
		start := time.Now()
		got, err := Collect(client.Expenses.Backfill(t.Context(), wholeOf.From, wholeOf.To, ExpenseBackfillOptions{Filter: ExpenseListParams{Limit: 10}}))
		require.NoError(t, err)
		require.Len(t, got, 2000)
		require.Zero(t, server.refused)
		require.LessOrEqual(t, time.Since(start), time.Duration(server.served/50+1)*time.Minute)
	})
}

// Leaving the loop, or the context, ends every worker: synctest fails when a goroutine is left.
func TestBackfillStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{rows: spread(rand.New(rand.NewPCG(3, 3)), 5000, wholeOf, 0), page: 10, latency: time.Second, order: newestFirst}
		n := 0
		for _, err := range backfill(context.Background(), l.ranged(), wholeOf, BackfillOptions{}, nil) { // a context that the test's end does not end
			require.NoError(t, err)
			if n++; n == 25 {
				break
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2500*time.Millisecond)
		defer cancel()
		_, err := Collect(backfill(ctx, l.ranged(), wholeOf, BackfillOptions{}, nil))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A consumer that is slow holds the workers back, so that what lies in memory is bounded.
func TestBackfillWaitsForItsConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &ledger{rows: spread(rand.New(rand.NewPCG(5, 5)), 4000, wholeOf, 0), page: 20, order: newestFirst}
		for _, err := range backfill(t.Context(), l.ranged(), wholeOf, BackfillOptions{Workers: 4}, nil) {
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
		_, err := Collect(backfill(t.Context(), l.ranged(), tc.r, tc.opts, nil))
		require.ErrorIs(t, err, ErrUsage)
		require.ErrorContains(t, err, tc.want)
	}
	l.rows = spread(rand.New(rand.NewPCG(1, 1)), 50, wholeOf, 0)
	loop := l.ranged()
	loop.list = func(context.Context, TimeRange, string) (*Page[row], error) {
		return &Page[row]{Items: l.rows, NextCursor: "x"}, nil
	}
	_, err := Collect(backfill(t.Context(), loop, wholeOf, BackfillOptions{}, nil))
	require.ErrorIs(t, err, ErrCursorLoop)
	require.Zero(t, l.requests)
}
