package brex

import (
	"context"
	"iter"
	"time"

	"github.com/brex-go/sdk/gen/operations"
)

// ExpenseTime names one of the times of an expense by which the list can be filtered.
type ExpenseTime string

const (
	ByPurchase ExpenseTime = "purchased_at"      // when it was bought; never changes
	ByUpdate   ExpenseTime = "updated_at"        // when it last changed: finds later edits
	ByPosting  ExpenseTime = "payment_posted_at" // when the payment posted
)

// ExpenseBackfillOptions sets what ExpensesService.Backfill reads, and how.
type ExpenseBackfillOptions struct {
	BackfillOptions
	// By is the time that the range applies to, ByPurchase by default. Expenses without such a time
	// are not found.
	By ExpenseTime
	// Filter filters further. Its cursor, and the bounds of the time that By names, must not be
	// set.
	Filter ExpenseListParams
}

// Backfill reads all expenses whose time of purchase (or the time that opts.By names) is at or
// after from and before to: each once, in no order, with several requests at a time, within the
// client's limiter. An expense that changes while Backfill runs can be returned as it was before or
// after the change. With ByUpdate, a change moves the expense out of the range, or to where it is
// returned again if the range reaches into the future. The expenses behind it then move up, so that
// one can be missed, as in any list by cursor.
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
	}, TimeRange{from, to}, opts.BackfillOptions, callOpts)
}

// AccountingBackfillOptions sets what AccountingRecordsService.Backfill reads, and how.
type AccountingBackfillOptions struct {
	BackfillOptions
	// Filter filters further. Its cursor and UpdatedAt must not be set.
	Filter AccountingRecordListParams
}

// Backfill reads all accounting records that were last updated at or after from and before to: each
// once, in no order, with several requests at a time. Changes while it runs have the effects that
// ExpensesService.Backfill describes for ByUpdate.
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
	}, TimeRange{from, to}, opts.BackfillOptions, callOpts)
}

// TripBackfillOptions sets what TripsService.Backfill reads, and how.
type TripBackfillOptions struct {
	BackfillOptions
	// Filter sets the size of a page. Its cursor and LastUpdatedAfter must not be set.
	Filter TripListParams
}

// Backfill reads all trips that were last updated at or after from and before to: each once, in no
// order. A trip that changes while it runs can leave the range, and others can change places with
// it and be missed, as in any list by cursor.
//
// Brex accepts no upper bound here, so the range cannot be split among workers. It is read page by
// page, the next page is requested while you work on the present one, and what is later than to is
// read and dropped. Because trips change places, a cursor of an earlier run would miss some: there
// is one checkpoint, at the end, and a resumed backfill begins anew.
//
// It calls listTrips many times over; see List for the scopes.
func (s *TripsService) Backfill(ctx context.Context, from, to time.Time, opts TripBackfillOptions, callOpts ...CallOption) iter.Seq2[Trip, error] {
	if opts.Filter.Cursor != "" || !opts.Filter.LastUpdatedAfter.IsZero() {
		return failed[Trip](usageError("TripBackfillOptions.Filter sets Cursor or LastUpdatedAfter, which the backfill itself does"))
	}
	if opts.Filter.Limit == 0 {
		opts.Filter.Limit = operations.ListTrips.PageLimit
	}
	return backfillSince(ctx, since[Trip]{
		list: func(ctx context.Context, from time.Time, cursor string) (*Page[Trip], error) {
			params := opts.Filter
			params.LastUpdatedAfter, params.Cursor = from, cursor
			return s.List(ctx, params, callOpts...)
		},
		id: func(t Trip) string { return t.ID },
		at: func(t Trip) time.Time { return t.UpdatedAt.Time },
	}, TimeRange{from, to}, opts.BackfillOptions, callOpts)
}

// CardTransactionBackfillOptions sets what TransactionsService.BackfillCard reads, and how.
type CardTransactionBackfillOptions struct {
	BackfillOptions
	// Filter filters further. Its cursor and PostedAtStart must not be set.
	Filter CardTransactionListParams
}

// BackfillCard reads all settled transactions of the primary card account that were posted at or
// after from and before to: each once, in no order. Of a transaction Brex reports only the day on
// which it was posted, so the days of from and to are read whole, in the zone of from; the day of
// to is left out if to is midnight.
//
// Brex accepts no upper bound here, so the range cannot be split among workers. It is read page by
// page, the next page is requested while you work on the present one, and what is later than to is
// read and dropped. There is a checkpoint after each page, with the cursor of the next. A resumed
// backfill continues there, whatever has arrived since; if Brex no longer accepts the cursor, it
// begins anew.
//
// It calls listPrimaryCardTransactions many times over; see ListCard for the scopes.
func (s *TransactionsService) BackfillCard(ctx context.Context, from, to time.Time, opts CardTransactionBackfillOptions, callOpts ...CallOption) iter.Seq2[CardTransaction, error] {
	if opts.Filter.Cursor != "" || !opts.Filter.PostedAtStart.IsZero() {
		return failed[CardTransaction](usageError("CardTransactionBackfillOptions.Filter sets Cursor or PostedAtStart, which the backfill itself does"))
	}
	if opts.Filter.Limit == 0 {
		opts.Filter.Limit = operations.ListPrimaryCardTransactions.PageLimit
	}
	return backfillSince(ctx, since[CardTransaction]{
		list: func(ctx context.Context, from time.Time, cursor string) (*Page[CardTransaction], error) {
			params := opts.Filter
			params.PostedAtStart, params.Cursor = from, cursor
			return s.ListCard(ctx, params, callOpts...)
		},
		id:     func(t CardTransaction) string { return t.ID },
		at:     func(t CardTransaction) time.Time { return t.PostedAtDate.In(time.UTC) },
		steady: true,
	}, wholeDays(from, to), opts.BackfillOptions, callOpts)
}

// CashTransactionBackfillOptions sets what TransactionsService.BackfillCash reads, and how.
type CashTransactionBackfillOptions struct {
	BackfillOptions
	// Filter sets the size of a page. Its cursor and PostedAtStart must not be set.
	Filter CashTransactionListParams
}

// BackfillCash reads all settled transactions of a business (cash) account that were posted at or
// after from and before to, as BackfillCard does for the card account. Several accounts can be read
// at a time, each in its own loop.
//
// It calls listCashTransactions many times over; see ListCash for the scopes.
func (s *TransactionsService) BackfillCash(ctx context.Context, accountID string, from, to time.Time, opts CashTransactionBackfillOptions, callOpts ...CallOption) iter.Seq2[CashTransaction, error] {
	if opts.Filter.Cursor != "" || !opts.Filter.PostedAtStart.IsZero() {
		return failed[CashTransaction](usageError("CashTransactionBackfillOptions.Filter sets Cursor or PostedAtStart, which the backfill itself does"))
	}
	if opts.Filter.Limit == 0 {
		opts.Filter.Limit = operations.ListCashTransactions.PageLimit
	}
	return backfillSince(ctx, since[CashTransaction]{
		list: func(ctx context.Context, from time.Time, cursor string) (*Page[CashTransaction], error) {
			params := opts.Filter
			params.PostedAtStart, params.Cursor = from, cursor
			return s.ListCash(ctx, accountID, params, callOpts...)
		},
		id:     func(t CashTransaction) string { return t.ID },
		at:     func(t CashTransaction) time.Time { return t.PostedAtDate.In(time.UTC) },
		steady: true,
	}, wholeDays(from, to), opts.BackfillOptions, callOpts)
}

// wholeDays is the range of days that a range of time touches in the zone of from, each day as its
// midnight in UTC.
func wholeDays(from, to time.Time) TimeRange {
	if !from.Before(to) {
		return TimeRange{from, to} // to be refused as it is
	}
	last := DateOf(to.Add(-1).In(from.Location()))
	return TimeRange{DateOf(from).In(time.UTC), NewDate(last.Year(), last.Month(), last.Day()+1).In(time.UTC)}
}

// failed is an iterator that gives nothing but an error.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}
