package brex

import (
	"context"
	"iter"
	"slices"
	"time"
)

// BackfillOptions sets how a backfill reads. The zero value is valid.
type BackfillOptions struct {
	// Workers is how many requests run at a time, 8 by default. More do not help against the limit
	// of 1,000 requests in 60 s. A list that cannot be split is read by one worker in any case; its
	// Backfill method says so.
	Workers int
	// Resume continues an interrupted backfill from its last Checkpoint. The range passed to the
	// call is then ignored; the filter must be the same. A zero Checkpoint begins anew.
	Resume Checkpoint
	// OnCheckpoint is called between two items, whenever a part of the range is done or, if the
	// range cannot be split, a page. Save the Checkpoint after you have processed the items; a
	// resumed backfill returns the items of unfinished parts again.
	OnCheckpoint func(Checkpoint)
}

// TimeRange is the time from From up to, but not including, To, in whole milliseconds.
type TimeRange struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Checkpoint is what a backfill still has to read. Save it as JSON. Remaining is nil if nothing is
// done yet, and empty but not nil if everything is.
type Checkpoint struct {
	Remaining []TimeRange `json:"remaining"`
	Cursor    string      `json:"cursor,omitempty"` // of the next page, where the list is read page by page
}

const (
	defaultWorkers = 8
	// narrowest is the smallest part of a range that is worth a request of its own.
	narrowest = time.Second
)

// ranged is a list that can be narrowed to a range of time.
type ranged[T any] struct {
	// list reads a page of the items in the range, both ends included or not, as the API may have
	// it.
	list func(ctx context.Context, r TimeRange, cursor string) (*Page[T], error)
	id   func(T) string
	at   func(T) time.Time // the time by which list narrows
}

// backfill reads a range of a list with several workers. It reads each part of the range by its
// cursor, and splits a part that turns out to be long. Splitting reads the part anew, which costs
// the pages read so far but needs no promise about the order of the list.
//
// Each item comes once. Neighbouring parts overlap by a millisecond, because whether the API
// includes the ends of a range is not documented; an item belongs to the part that its time lies
// in, so that what two parts both see is taken from one. Within a part, items are known by their
// id: rows move from page to page while others arrive. Only the ids of parts at work are kept,
// which are short but where very many items have the same second, and of items whose time lies
// outside the part that found them.
func backfill[T any](ctx context.Context, src ranged[T], r TimeRange, opts BackfillOptions, callOpts []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		parts, err := backfillParts(r, &opts, callOpts)
		if err != nil {
			yield(zero, err)
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		p := newPlan(ctx, src, parts, opts.Workers)
		defer p.finish(cancel)
		stray := map[string]bool{}
		for m := range p.out {
			switch {
			case m.err != nil:
				yield(zero, m.err)
				return
			case m.finished:
				p.settle(m.part)
				if opts.OnCheckpoint != nil {
					opts.OnCheckpoint(Checkpoint{Remaining: p.remaining()})
				}
				continue
			}
			for _, item := range m.items {
				if !m.part.owns(src.at(item)) {
					if stray[src.id(item)] {
						continue
					}
					stray[src.id(item)] = true
				}
				if !yield(item, nil) {
					return
				}
			}
		}
		if ctx.Err() != nil && len(p.open) > 0 {
			yield(zero, contextError(ctx))
		}
	}
}

// backfillRanges checks the options and gives the ranges to read.
func backfillRanges(r TimeRange, opts *BackfillOptions, callOpts []CallOption) ([]TimeRange, error) {
	if opts.Workers == 0 {
		opts.Workers = defaultWorkers
	}
	if opts.Workers < 1 || opts.Workers > 100 {
		return nil, usageError("BackfillOptions.Workers is %d; it may be 1 to 100", opts.Workers)
	}
	if optionsOf(callOpts).response != nil {
		return nil, usageError("a backfill does not go with WithResponse: its requests would fill the response behind your back")
	}
	ranges := slices.Clone(opts.Resume.Remaining)
	if ranges == nil {
		ranges = []TimeRange{r}
	}
	for i, r := range ranges {
		r = TimeRange{r.From.UTC().Truncate(time.Millisecond), r.To.UTC().Truncate(time.Millisecond)}
		if r.From.IsZero() || !r.From.Before(r.To) {
			return nil, usageError("backfill: range %d goes from %v to %v; it must begin before it ends", i+1, r.From, r.To)
		}
		ranges[i] = r
	}
	return ranges, nil
}

// backfillParts are the parts that a range to be read in parallel is divided into at first.
func backfillParts(r TimeRange, opts *BackfillOptions, callOpts []CallOption) ([]TimeRange, error) {
	ranges, err := backfillRanges(r, opts, callOpts)
	if err == nil && opts.Resume.Cursor != "" {
		err = usageError("BackfillOptions.Resume is not of a backfill of this list")
	}
	if err != nil {
		return nil, err
	}
	var parts []TimeRange
	for _, r := range ranges {
		parts = append(parts, r.split((opts.Workers+len(ranges)-1)/len(ranges))...)
	}
	return parts, nil
}

// split divides a range into n about equal ones, fewer where they would be too narrow.
func (r TimeRange) split(n int) []TimeRange {
	width := r.To.Sub(r.From)
	n = max(1, min(n, int(width/narrowest)))
	parts := make([]TimeRange, 0, n)
	from := r.From
	for i := 1; i <= n; i++ {
		to := r.To
		if i < n {
			to = r.From.Add(time.Duration(int64(width/time.Millisecond)*int64(i)/int64(n)) * time.Millisecond)
		}
		parts = append(parts, TimeRange{from, to})
		from = to
	}
	return parts
}

// wide is the range as it is asked for: a millisecond longer at both ends.
func (r TimeRange) wide() TimeRange {
	return TimeRange{r.From.Add(-time.Millisecond), r.To.Add(time.Millisecond)}
}

func (r TimeRange) owns(t time.Time) bool { return !t.Before(r.From) && t.Before(r.To) }
