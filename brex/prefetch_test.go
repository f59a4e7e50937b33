package brex

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// slow gives n pages, each after latency.
func slow(n int, latency time.Duration, asked *atomic.Int32) func(context.Context, string) (*Page[int], error) {
	return func(ctx context.Context, cursor string) (*Page[int], error) {
		asked.Add(1)
		if err := sleep(ctx, latency); err != nil {
			return nil, err
		}
		i, _ := strconv.Atoi(cursor)
		page := &Page[int]{Items: []int{i}}
		if i+1 < n {
			page.NextCursor = strconv.Itoa(i + 1)
		}
		return page, nil
	}
}

// 50 pages at 50 ms with 20 ms of work on each take as long as the requests alone, within 3%. Time is virtual.
func TestPrefetchHidesTheConsumer(t *testing.T) {
	took := func(opts ...CallOption) (d time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			var asked atomic.Int32
			start, next := time.Now(), 0
			for page, err := range pages(t.Context(), "", opts, slow(50, 50*time.Millisecond, &asked)) {
				require.NoError(t, err)
				require.Equal(t, []int{next}, page.Items)
				next++
				time.Sleep(20 * time.Millisecond)
			}
			require.Equal(t, 50, next)
			require.EqualValues(t, 50, asked.Load())
			d = time.Since(start)
		})
		return d
	}
	bound := 50 * 50 * time.Millisecond
	require.Equal(t, bound+50*20*time.Millisecond, took(), "without it, both add up")
	require.Less(t, float64(took(WithPrefetch())), 1.03*float64(bound))
}

func TestPrefetchIsBoundedAndCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		for range pages(t.Context(), "", []CallOption{WithPrefetch()}, slow(50, time.Second, &asked)) {
			time.Sleep(time.Hour)
			require.EqualValues(t, 2, asked.Load(), "one page ahead, no more")
			break
		}
	})
	synctest.Test(t, func(t *testing.T) {
		var ahead context.Context
		start := time.Now()
		for range pages(context.Background(), "", []CallOption{WithPrefetch()}, func(ctx context.Context, cursor string) (*Page[int], error) {
			if cursor == "" {
				return &Page[int]{NextCursor: "next"}, nil
			}
			ahead = ctx
			<-ctx.Done() // synctest fails if this is for ever
			return nil, ctx.Err()
		}) {
			synctest.Wait()
			break
		}
		if ahead == nil || ahead.Err() == nil || time.Since(start) != 0 {
			t.Error("the request under way is cancelled when the loop is left, and not waited for")
		}
	})
}

func TestPrefetchKeepsErrorsInOrder(t *testing.T) {
	boom := errors.New("boom")
	var got []int
	var last error
	for page, err := range pages(t.Context(), "", []CallOption{WithPrefetch()}, func(_ context.Context, cursor string) (*Page[int], error) {
		if cursor == "b" {
			return nil, boom
		}
		return &Page[int]{Items: []int{len(cursor)}, NextCursor: map[string]string{"": "a", "a": "b"}[cursor]}, nil
	}) {
		if last = err; err == nil {
			got = append(got, page.Items...)
		}
	}
	require.Equal(t, []int{0, 1}, got, "the pages before the error come first")
	require.ErrorIs(t, last, boom)

	looped := 0
	for _, err := range pages(t.Context(), "", []CallOption{WithPrefetch()}, func(context.Context, string) (*Page[int], error) {
		return &Page[int]{Items: []int{1}, NextCursor: "x"}, nil
	}) {
		looped++
		last = err
	}
	require.ErrorIs(t, last, ErrCursorLoop)
	require.Equal(t, 3, looped)
}

func TestPrefetchDoesNotGoWithResponse(t *testing.T) {
	o := optionsOf([]CallOption{WithPrefetch(), WithResponse(&Response{})})
	require.ErrorIs(t, o.err, ErrUsage)
	require.ErrorContains(t, o.err, "WithPrefetch does not go with WithResponse")
}
