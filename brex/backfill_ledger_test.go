package brex

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
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

func hash(id string, key uint64) uint32 {
	h := key
	for _, c := range id {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return uint32(h >> 40)
}

// since is the ledger as a list that has no upper bound.
func (l *ledger) since() since[row] {
	return since[row]{
		list: func(ctx context.Context, from time.Time, cursor string) (*Page[row], error) {
			return l.list(ctx, TimeRange{from, from.AddDate(1000, 0, 0)}, cursor)
		},
		id: func(r row) string { return r.id }, at: func(r row) time.Time { return r.at }, steady: true,
	}
}

// anyOrder is one of the orders that a list may have.
func anyOrder(rnd *rand.Rand) func(a, b row) int {
	key := rnd.Uint64()
	return []func(a, b row) int{newestFirst, func(a, b row) int { return a.at.Compare(b.at) }, func(a, b row) int {
		return int(hash(a.id, key)) - int(hash(b.id, key))
	}}[rnd.IntN(3)]
}

// around makes rows that lie in the range, on its borders, and outside of it.
func around(rnd *rand.Rand, n int, r TimeRange) []row {
	width := r.To.Sub(r.From)
	rows := spread(rnd, n, TimeRange{r.From.Add(-width / 2), r.To.Add(width / 2)}, 0)
	return append(rows, row{"first", r.From}, row{"last", r.To.Add(-time.Millisecond)}, row{"before", r.From.Add(-time.Millisecond)}, row{"after", r.To})
}

func within(rows []row, r TimeRange) (in []row) {
	for _, x := range rows {
		if r.owns(x.at) {
			in = append(in, x)
		}
	}
	return in
}

// arrivals adds rows at random times of the range, and around it.
func arrivals(rnd *rand.Rand, r TimeRange) func(*ledger) {
	n := 0
	return func(l *ledger) {
		if n++; rnd.IntN(3) == 0 {
			at := around(rnd, 1, r)[0].at
			l.rows = append(l.rows, row{fmt.Sprint("new", n), at})
		}
	}
}

// seeds is how many of n random cases run: with -short a tenth, the first ones.
func seeds(n uint64) uint64 {
	if testing.Short() {
		return max(1, n/10)
	}
	return n
}
