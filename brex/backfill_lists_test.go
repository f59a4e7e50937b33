package brex_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// Through the real pipeline and the sandbox's filters and cursors, a backfill gives what reading page by page gives.
func TestExpensesBackfillEqualsAll(t *testing.T) {
	server := brextest.NewServer(t)
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
	server := brextest.NewServer(t)
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
	require.Empty(t, server.Requests())
}
