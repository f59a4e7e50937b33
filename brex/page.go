package brex

import (
	"context"
	"fmt"
	"iter"

	"github.com/brex-go/sdk/brex/wire"
)

// Page is one page of a list: Items, NextCursor (empty on the last page) and, for accounting
// records, TotalCount.
type Page[T any] = wire.Page[T]

// cursored are the parameters of a list, which the generator gives the method.
type cursored[P any] interface{ WithCursor(cursor string) P }

// pagesOf reads the pages of a typed list from the one that params ask for, whose cursor is start.
func pagesOf[T any, P cursored[P]](ctx context.Context, params P, start string,
	list func(context.Context, P, ...CallOption) (*Page[T], error), opts []CallOption) iter.Seq2[*Page[T], error] {
	return pages(ctx, start, opts, func(ctx context.Context, cursor string) (*Page[T], error) {
		return list(ctx, params.WithCursor(cursor), opts...)
	})
}

// under is a list that lies under an object, which id names.
func under[T, P any](list func(context.Context, string, P, ...CallOption) (*Page[T], error), id string) func(context.Context, P, ...CallOption) (*Page[T], error) {
	return func(ctx context.Context, params P, opts ...CallOption) (*Page[T], error) {
		return list(ctx, id, params, opts...)
	}
}

// pages reads a list page by page from the cursor start: the only loop over cursors. It goes on
// past an empty page, because only next_cursor says where a list ends; it stops with an error at a
// cursor that it has used already, because such a list never ends; and it reads nothing ahead,
// unless WithPrefetch asks for it. The iterator can be used again, from any goroutine, and starts
// anew each time.
func pages[T any](ctx context.Context, start string, opts []CallOption, list func(context.Context, string) (*Page[T], error)) iter.Seq2[*Page[T], error] {
	return func(yield func(*Page[T], error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		fetch := func(cursor string) func() (*Page[T], error) {
			return func() (*Page[T], error) { return list(ctx, cursor) }
		}
		if optionsOf(opts).prefetch {
			fetch = func(cursor string) func() (*Page[T], error) {
				return begin(func() (*Page[T], error) { return list(ctx, cursor) })
			}
		}
		used := map[string]bool{start: true}
		for next := fetch(start); ; {
			if ctx.Err() != nil {
				yield(nil, contextError(ctx))
				return
			}
			page, err := next()
			if err != nil {
				yield(nil, err)
				return
			}
			cursor := page.NextCursor
			looped := cursor != "" && used[cursor]
			if cursor != "" && !looped {
				used[cursor] = true
				next = fetch(cursor)
			}
			if !yield(page, nil) || cursor == "" {
				return
			}
			if looped {
				yield(nil, fmt.Errorf("%w after %d pages: the list would never end", ErrCursorLoop, len(used)))
				return
			}
		}
	}
}

// begin runs f in the background; the function it returns waits for the result.
func begin[T any](f func() (T, error)) func() (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	return func() (T, error) {
		r := <-done
		return r.value, r.err
	}
}

// items flattens pages.
func items[T any](pages iter.Seq2[*Page[T], error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// Collect reads an iterator to its end and returns the items. On an error it returns the items so
// far together with the error, so that nothing is lost.
func Collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for item, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, item)
	}
	return all, nil
}
