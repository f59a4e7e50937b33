package brex

import (
	"context"
	"fmt"
	"sync"
)

// eachWorkers is how many calls of Each are under way at a time. The limiter of the client paces what they send.
const eachWorkers = 4

// Each calls f for each item, a few at a time, and returns when all are done. A failure stops no other item. Once ctx has ended,
// no further item is begun: those left have the error of ctx, and nothing was sent for them. It returns nil when all succeeded,
// otherwise an *EachError with the failures in the order of items.
//
//	err := brex.Each(ctx, cardIDs, func(ctx context.Context, id string) error {
//		_, err := client.Cards.Lock(ctx, id, brex.LockCardRequest{Reason: brex.ChangeCardReasonOther})
//		return err
//	})
func Each[T any](ctx context.Context, items []T, f func(context.Context, T) error) error {
	errs := make([]error, len(items))
	next := make(chan int)
	var work sync.WaitGroup
	for range min(eachWorkers, len(items)) {
		work.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = f(ctx, items[i])
				}
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	work.Wait()
	failed := &EachError{Of: len(items)}
	for i, err := range errs {
		if err != nil {
			failed.Failed = append(failed.Failed, EachFailure{Index: i, Err: err})
		}
	}
	if len(failed.Failed) == 0 {
		return nil
	}
	return failed
}

// EachError reports the items of Each that failed. The others succeeded.
type EachError struct {
	Of     int           // number of items
	Failed []EachFailure // at least one, by Index
}

// EachFailure is an item that failed.
type EachFailure struct {
	Index int // of the item
	Err   error
}

// Error has the first failure.
func (e *EachError) Error() string {
	if len(e.Failed) == 0 {
		return "brex: nothing failed"
	}
	first := e.Failed[0]
	return fmt.Sprintf("brex: %d of %d failed; item %d: %v", len(e.Failed), e.Of, first.Index, first.Err)
}

// Unwrap returns all failures, for errors.Is and errors.As.
func (e *EachError) Unwrap() []error {
	all := make([]error, len(e.Failed))
	for i, f := range e.Failed {
		all[i] = f.Err
	}
	return all
}
