package payout

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/money"
)

// sandbox is a company with a full account and without other transfers.
func sandbox(t testing.TB, opts ...brextest.Option) *brextest.Server {
	t.Helper()
	return brextest.NewServer(t, append([]brextest.Option{brextest.WithSize(brextest.Size{Users: 3,
		Cards: brextest.None, Expenses: brextest.None,
		CardTransactions: brextest.None, CashTransactions: brextest.None, Transfers: brextest.None, Vendors: 60, Budgets: brextest.None,
		SpendLimits: brextest.None})}, opts...)...)
}

func connect(t testing.TB, s *brextest.Server) *brex.Client {
	t.Helper()
	c, err := brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: time.Millisecond,
			MaxDelay: 2 * time.Millisecond}))
	require.NoError(t, err)
	return c
}

// invoices are n rows to the sandbox's vendors, all of different amounts. Cheques and vendors with
// several accounts are among them.
func invoices(t testing.TB, c *brex.Client, n int) []Row {
	t.Helper()
	vendors, err := brex.Collect(c.Vendors.All(context.Background(), brex.VendorListParams{}))
	require.NoError(t, err)
	var rows []Row
	for i := 0; len(rows) < n; i++ {
		v := vendors[i%len(vendors)]
		if len(v.PaymentAccounts) == 0 {
			continue
		}
		in, ok := instrumentOf(v.PaymentAccounts[0])
		require.True(t, ok)
		if in.kind == brex.PaymentTypeInternationalWire {
			continue
		}
		rows = append(rows, Row{Vendor: v.ID, Method: in.id,
			Amount: money.New(int64(1000+i), "USD"), Reference: fmt.Sprintf("INV-%04d", i)})
	}
	return rows
}

func clock(s *brextest.Server) func() time.Time { return s.Now }

// planned makes an approved plan of n rows with its journal.
func planned(t testing.TB, s *brextest.Server, c *brex.Client, n int) (*Plan, *FileJournal) {
	t.Helper()
	plan, err := NewPlan(context.Background(), c, invoices(t, c, n), PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	journal := NewFileJournal(filepath.Join(t.TempDir(), "run.journal"))
	require.NoError(t, Approve(context.Background(), plan, journal, "Ada", len(plan.Warnings), nil))
	return plan, journal
}

func quick(s *brextest.Server) ExecuteOptions {
	return ExecuteOptions{Now: clock(s), Pause: time.Millisecond}
}

// transfers are the sandbox's transfers by memo.
func transfers(t testing.TB, s *brextest.Server) map[string][]brex.Transfer {
	t.Helper()
	s.ClearFaults()
	all := map[string][]brex.Transfer{}
	for tr, err := range connect(t, s).Transfers.All(context.Background(),
		brex.TransferListParams{Limit: 1000}) {
		require.NoError(t, err)
		all[tr.ExternalMemo] = append(all[tr.ExternalMemo], tr)
	}
	return all
}

// paidOnce checks that each payment of a plan exists exactly once, and nothing else.
func paidOnce(t testing.TB, s *brextest.Server, plan *Plan) {
	t.Helper()
	made := transfers(t, s)
	require.Len(t, made, len(plan.Payments))
	for _, y := range plan.Payments {
		require.Len(t, made[y.Memo], 1, y.Memo)
		require.Equal(t, y.Row.Amount, made[y.Memo][0].Amount)
	}
}

// swapped is a client of which some methods are replaced.
type swapped struct {
	Client
	send func(ctx context.Context, p *brex.Prepared, opts ...brex.CallOption) (json.RawMessage,
		error)
}

func (s swapped) Send(ctx context.Context, p *brex.Prepared,
	opts ...brex.CallOption) (json.RawMessage, error) {
	return s.send(ctx, p, opts...)
}
