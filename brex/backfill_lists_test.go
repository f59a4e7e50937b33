package brex_test

import (
	"encoding/json"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// Through the real pipeline and the sandbox's filters and cursors, a backfill gives what reading page by page gives.
func TestExpensesBackfillEqualsAll(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	to := server.Now()
	from := to.AddDate(0, -3, 0)
	for _, by := range []brex.ExpenseTime{brex.ByPurchase, brex.ByUpdate, brex.ByPosting} {
		params := brex.ExpenseListParams{ExpenseType: []brex.ExpenseType{brex.ExpenseTypeCard}}
		want := map[string]bool{}
		serial := params
		switch by {
		case brex.ByPurchase:
			serial.PurchasedAtStart, serial.PurchasedAtEnd = from, to
		case brex.ByUpdate:
			serial.UpdatedAtStart, serial.UpdatedAtEnd = from, to
		case brex.ByPosting:
			serial.PaymentPostedAtStart, serial.PaymentPostedAtEnd = from, to
		}
		for e, err := range client.Expenses.All(t.Context(), serial) {
			require.NoError(t, err)
			want[e.ID] = true
		}
		require.Greater(t, len(want), 100, by)
		var remaining brex.Checkpoint
		got := map[string]bool{}
		for e, err := range client.Expenses.Backfill(t.Context(), from, to, brex.ExpenseBackfillOptions{By: by, Filter: params,
			BackfillOptions: brex.BackfillOptions{OnCheckpoint: func(c brex.Checkpoint) { remaining = c }}}) {
			require.NoError(t, err)
			require.False(t, got[e.ID], "%s came twice", e.ID)
			got[e.ID] = true
		}
		require.Equal(t, want, got, by)
		require.Empty(t, remaining.Remaining)
	}
}

func TestBackfillRefusesBoundsOfItsOwn(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	from, to := server.Now().AddDate(0, -1, 0), server.Now()
	for _, opts := range []brex.ExpenseBackfillOptions{
		{By: "created_at"},
		{Filter: brex.ExpenseListParams{Cursor: "x"}},
		{Filter: brex.ExpenseListParams{PurchasedAtEnd: time.Now()}},
		{By: brex.ByUpdate, Filter: brex.ExpenseListParams{UpdatedAtStart: time.Now()}},
	} {
		_, err := brex.Collect(client.Expenses.Backfill(t.Context(), from, to, opts))
		require.ErrorIs(t, err, brex.ErrUsage)
	}
	_, err = brex.Collect(client.AccountingRecords.Backfill(t.Context(), from, to,
		brex.AccountingBackfillOptions{Filter: brex.AccountingRecordListParams{UpdatedAt: brex.UpdatedAtRange{Gt: "2026-01-01"}}}))
	require.ErrorIs(t, err, brex.ErrUsage)
	for _, filter := range []brex.CardTransactionListParams{{Cursor: "x"}, {PostedAtStart: time.Now()}} {
		_, err = brex.Collect(client.Transactions.BackfillCard(t.Context(), from, to, brex.CardTransactionBackfillOptions{Filter: filter}))
		require.ErrorIs(t, err, brex.ErrUsage)
	}
	for _, filter := range []brex.CashTransactionListParams{{Cursor: "x"}, {PostedAtStart: time.Now()}} {
		_, err = brex.Collect(client.Transactions.BackfillCash(t.Context(), "dpacc_1", from, to, brex.CashTransactionBackfillOptions{Filter: filter}))
		require.ErrorIs(t, err, brex.ErrUsage)
	}
	for _, filter := range []brex.TripListParams{{Cursor: "x"}, {LastUpdatedAfter: time.Now()}} {
		_, err = brex.Collect(client.Trips.Backfill(t.Context(), from, to, brex.TripBackfillOptions{Filter: filter}))
		require.ErrorIs(t, err, brex.ErrUsage)
	}
	var response brex.Response
	_, err = brex.Collect(client.Expenses.Backfill(t.Context(), from, to, brex.ExpenseBackfillOptions{}, brex.WithResponse(&response)))
	require.ErrorIs(t, err, brex.ErrUsage)
	require.Empty(t, server.Requests())
}

// Transactions and trips, which have no upper bound: what lies in the range, each once, whatever the order of the list; and ranges that
// touch give everything once.
func TestBackfillsWithoutUpperBound(t *testing.T) {
	for name, options := range map[string][]brextest.Option{"newest first": nil, "oldest first": {brextest.WithOldestFirst()}} {
		t.Run(name, func(t *testing.T) {
			server := brextest.NewServer(t, append(options, brextest.WithStrictQuery())...)
			client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
			require.NoError(t, err)
			ctx := t.Context()
			account, err := client.Accounts.PrimaryCash(ctx)
			require.NoError(t, err)
			to := server.Now()
			middle, from := to.AddDate(0, -2, 0).Truncate(24*time.Hour), to.AddDate(0, -6, 0).Truncate(24*time.Hour)

			card, err := brex.Collect(client.Transactions.AllCard(ctx, brex.CardTransactionListParams{}))
			require.NoError(t, err)
			cash, err := brex.Collect(client.Transactions.AllCash(ctx, account.ID, brex.CashTransactionListParams{}))
			require.NoError(t, err)
			trips, err := brex.Collect(client.Trips.All(ctx, brex.TripListParams{}))
			require.NoError(t, err)
			for _, r := range []brex.TimeRange{{From: from, To: middle}, {From: middle, To: to}, {From: from, To: to}} {
				backfilled(t, r, card, func(x brex.CardTransaction) (string, time.Time) { return x.ID, x.PostedAtDate.In(time.UTC) },
					client.Transactions.BackfillCard(ctx, r.From, r.To, brex.CardTransactionBackfillOptions{Filter: brex.CardTransactionListParams{Limit: 70}}))
				backfilled(t, r, cash, func(x brex.CashTransaction) (string, time.Time) { return x.ID, x.PostedAtDate.In(time.UTC) },
					client.Transactions.BackfillCash(ctx, account.ID, r.From, r.To, brex.CashTransactionBackfillOptions{Filter: brex.CashTransactionListParams{Limit: 30}}))
				backfilled(t, r, trips, func(x brex.Trip) (string, time.Time) { return x.ID, x.UpdatedAt.Time },
					client.Trips.Backfill(ctx, r.From, r.To, brex.TripBackfillOptions{Filter: brex.TripListParams{Limit: 10}}))
			}
		})
	}
}

// backfilled holds that seq gives what of all lies in the range, each once.
func backfilled[T any](t *testing.T, r brex.TimeRange, all []T, key func(T) (string, time.Time), seq iter.Seq2[T, error]) {
	t.Helper()
	want, got := map[string]bool{}, map[string]bool{}
	for _, x := range all {
		if id, at := key(x); !at.Before(r.From) && at.Before(r.To) {
			want[id] = true
		}
	}
	for x, err := range seq {
		require.NoError(t, err)
		id, _ := key(x)
		require.False(t, got[id], "%s came twice", id)
		got[id] = true
	}
	require.Greater(t, len(want), 10)
	require.Less(t, len(want), len(all))
	require.Equal(t, want, got, "%T from %v to %v", all, r.From, r.To)
}

// A backfill of transactions is taken up from each of its checkpoints, while the company goes on buying.
func TestTransactionsBackfillResumes(t *testing.T) {
	for name, options := range map[string][]brextest.Option{"newest first": nil, "oldest first": {brextest.WithOldestFirst()}} {
		t.Run(name, func(t *testing.T) {
			server := brextest.NewServer(t, append(options, brextest.WithStrictQuery())...)
			client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
			require.NoError(t, err)
			cards, err := brex.Collect(client.Cards.All(t.Context(), brex.CardListParams{}))
			require.NoError(t, err)
			buy := func(n int) { // posts at once, by moving the clock
				for _, card := range cards {
					if n > 0 && card.Status == brex.CardStatusActive {
						_, err := server.Purchase(card.ID, 100, "Corner Shop")
						require.NoError(t, err)
						n--
					}
				}
				server.Advance(49 * time.Hour)
			}
			from, to := server.Now().AddDate(0, -3, 0), server.Now().AddDate(1, 0, 0)
			read := func(resume brex.Checkpoint, each func(c brex.Checkpoint, given int)) (given []string) {
				opts := brex.CardTransactionBackfillOptions{Filter: brex.CardTransactionListParams{Limit: 40},
					BackfillOptions: brex.BackfillOptions{Resume: resume, OnCheckpoint: func(c brex.Checkpoint) { each(c, len(given)) }}}
				for x, err := range client.Transactions.BackfillCard(t.Context(), from, to, opts) {
					require.NoError(t, err)
					given = append(given, x.ID)
				}
				return given
			}
			there := read(brex.Checkpoint{}, func(brex.Checkpoint, int) {})
			require.Greater(t, len(there), 200)

			type saved struct {
				json  []byte
				given int // until then
			}
			var checkpoints []saved
			given := read(brex.Checkpoint{}, func(c brex.Checkpoint, given int) {
				b, err := json.Marshal(c)
				require.NoError(t, err)
				checkpoints = append(checkpoints, saved{b, given})
				buy(3)
			})
			once := map[string]bool{}
			for _, id := range given {
				require.False(t, once[id], "%s came twice", id)
				once[id] = true
			}
			require.Subset(t, given, there)
			require.Greater(t, len(checkpoints), 5)
			for i, s := range checkpoints {
				var c brex.Checkpoint
				require.NoError(t, json.Unmarshal(s.json, &c))
				buy(5)
				rest := read(c, func(brex.Checkpoint, int) {})
				require.Subset(t, append(rest, given[:s.given]...), there, "checkpoint %d", i)
				require.Equal(t, i == len(checkpoints)-1, len(rest) == 0, "checkpoint %d", i)
			}
		})
	}
}
