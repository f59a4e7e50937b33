package brex

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"
)

// since is a list that can be narrowed to what came after a time, but not to what came before one.
type since[T any] struct {
	list func(ctx context.Context, from time.Time, cursor string) (*Page[T], error)
	id   func(T) string
	at   func(T) time.Time // zero where an item has none
	// steady says that items keep their order and none goes away, so that a cursor can be taken up
	// by another run: what has come since moves the rest to later pages, where it is read.
	steady bool
}

const (
	// margin is how long before its range a backfill begins to ask. In which zone Brex reads a
	// bound, and whether it includes it, is not documented; what comes too early is dropped by its
	// own time.
	margin = 24 * time.Hour
	// remembered is how many ids at least a backfill page by page knows of those it gave last.
	remembered = 100_000
)

// backfillSince reads a range of a list that has no upper bound, page by page, the next one
// requested while one is worked on.
//
// It cannot be split: every part would begin at its own time and go on to the end of the list. Only
// a promise about the order of the list could tell where to stop, and there is none.
func backfillSince[T any](ctx context.Context, src since[T], r TimeRange, opts BackfillOptions, callOpts []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		ranges, err := backfillRanges(r, &opts, callOpts)
		if err == nil && opts.Resume.Cursor != "" && (!src.steady || len(ranges) != 1) {
			err = usageError("BackfillOptions.Resume is not of a backfill of this list")
		}
		if err != nil {
			yield(zero, err)
			return
		}
		if len(ranges) == 0 {
			return
		}
		from := slices.MinFunc(ranges, func(a, b TimeRange) int { return a.From.Compare(b.From) }).From.Add(-margin)
		list := func(ctx context.Context, cursor string) (*Page[T], error) { return src.list(ctx, from, cursor) }
		wanted := func(item T) bool {
			at := src.at(item)
			return at.IsZero() || slices.ContainsFunc(ranges, func(r TimeRange) bool { return r.owns(at) })
		}
		// read is false when the cursor to begin with was refused.
		read := func(start string) bool {
			var given recentIDs
			first := true
			for page, err := range pages(ctx, start, []CallOption{WithPrefetch()}, list) {
				if first && start != "" && errors.Is(err, ErrInvalid) {
					return false
				}
				first = false
				if err != nil {
					yield(zero, err)
					return true
				}
				for _, item := range page.Items {
					if wanted(item) && given.add(src.id(item)) && !yield(item, nil) {
						return true
					}
				}
				done := Checkpoint{Remaining: []TimeRange{}}
				if page.NextCursor != "" {
					done = Checkpoint{Remaining: ranges, Cursor: page.NextCursor}
				}
				if opts.OnCheckpoint != nil && (src.steady || page.NextCursor == "") {
					opts.OnCheckpoint(done)
				}
			}
			return true
		}
		if !read(opts.Resume.Cursor) {
			read("") // how long Brex knows a cursor is not documented
		}
	}
}

// recentIDs are the ids seen last, at least as many as remembered. An item comes again when others
// arrive before it and move it to a later page, and then those between its two places have been
// read in the meantime: so it is recognised unless more than that many have arrived.
type recentIDs struct{ now, before map[string]bool }

// add reports whether the id is new.
func (r *recentIDs) add(id string) bool {
	known := r.now[id] || r.before[id]
	if r.now == nil || len(r.now) >= remembered {
		r.before, r.now = r.now, map[string]bool{}
	}
	r.now[id] = true
	return !known
}
