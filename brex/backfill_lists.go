package brex

import (
	"context"
	"iter"
	"time"

	"github.com/brex-go/sdk/gen/operations"
)

// ExpenseTime is one of the times of an expense that its list can be narrowed by.
type ExpenseTime string

const (
	ByPurchase ExpenseTime = "purchased_at"      // when it was bought; never changes
	ByUpdate   ExpenseTime = "updated_at"        // when it last changed: finds later edits
	ByPosting  ExpenseTime = "payment_posted_at" // when the payment posted
)

// ExpenseBackfillOptions says what ExpensesService.Backfill reads, and how.
type ExpenseBackfillOptions struct {
	BackfillOptions
	// By is the time that the range is about: ByPurchase unless set. Expenses that have no such time are not found.
	By ExpenseTime
	// Filter narrows further. Its cursor, and the bounds of the time that By names, must not be set.
	Filter ExpenseListParams
}

// Backfill reads all expenses whose purchase (or what opts.By says) lies from the time from up to, not including, to: each
// once, in no order, with several requests at a time. It stays inside the client's limiter like any other call. An expense
// that changes while it runs can be given as it was before or after; with ByUpdate it can move out of the range.
//
// It calls listExpenses many times over; see List for the scopes.
func (s *ExpensesService) Backfill(ctx context.Context, from, to time.Time, opts ExpenseBackfillOptions, callOpts ...CallOption) iter.Seq2[Expense, error] {
	if opts.By == "" {
		opts.By = ByPurchase
	}
	if opts.Filter.Limit == 0 {
		opts.Filter.Limit = operations.ListExpenses.PageLimit
	}
	bounds := func(p *ExpenseListParams) (start, end *time.Time) {
		switch opts.By {
		case ByPurchase:
			return &p.PurchasedAtStart, &p.PurchasedAtEnd
		case ByUpdate:
			return &p.UpdatedAtStart, &p.UpdatedAtEnd
		case ByPosting:
			return &p.PaymentPostedAtStart, &p.PaymentPostedAtEnd
		}
		return nil, nil
	}
	start, end := bounds(&opts.Filter)
	switch {
	case start == nil:
		return failed[Expense](usageError("ExpenseBackfillOptions.By is %q; it may be ByPurchase, ByUpdate or ByPosting", opts.By))
	case !start.IsZero() || !end.IsZero() || opts.Filter.Cursor != "":
		return failed[Expense](usageError("ExpenseBackfillOptions.Filter sets the cursor or a bound of %s, which the backfill itself does", opts.By))
	}
	return backfill(ctx, ranged[Expense]{
		list: func(ctx context.Context, r TimeRange, cursor string) (*Page[Expense], error) {
			params := opts.Filter
			start, end := bounds(&params)
			*start, *end, params.Cursor = r.From, r.To, cursor
			return s.List(ctx, params, callOpts...)
		},
		id: func(e Expense) string { return e.ID },
		at: func(e Expense) time.Time {
			return map[ExpenseTime]Time{ByPurchase: e.PurchasedAt, ByUpdate: e.UpdatedAt, ByPosting: e.PaymentPostedAt}[opts.By].Time
		},
	}, TimeRange{from, to}, opts.BackfillOptions)
}

// AccountingBackfillOptions says what AccountingRecordsService.Backfill reads, and how.
type AccountingBackfillOptions struct {
	BackfillOptions
	// Filter narrows further. Its cursor and UpdatedAt must not be set.
	Filter AccountingRecordListParams
}

// Backfill reads all accounting records that were last updated from the time from up to, not including, to: each once, in no
// order, with several requests at a time.
//
// It calls queryAccountingRecords many times over; see List for the scopes.
func (s *AccountingRecordsService) Backfill(ctx context.Context, from, to time.Time, opts AccountingBackfillOptions, callOpts ...CallOption) iter.Seq2[AccountingRecord, error] {
	if opts.Filter.Cursor != "" || opts.Filter.UpdatedAt != (UpdatedAtRange{}) {
		return failed[AccountingRecord](usageError("AccountingBackfillOptions.Filter sets Cursor or UpdatedAt, which the backfill itself does"))
	}
	if opts.Filter.Limit == 0 {
		opts.Filter.Limit = operations.QueryAccountingRecords.PageLimit
	}
	return backfill(ctx, ranged[AccountingRecord]{
		list: func(ctx context.Context, r TimeRange, cursor string) (*Page[AccountingRecord], error) {
			params := opts.Filter
			params.Cursor = cursor
			params.UpdatedAt = UpdatedAtRange{Gte: r.From.Format(time.RFC3339Nano), Lte: r.To.Format(time.RFC3339Nano)}
			return s.List(ctx, params, callOpts...)
		},
		id: func(r AccountingRecord) string { return r.ID },
		at: func(r AccountingRecord) time.Time { return r.UpdatedAt.Time },
	}, TimeRange{from, to}, opts.BackfillOptions)
}

// failed is an iterator that gives nothing but an error.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}
