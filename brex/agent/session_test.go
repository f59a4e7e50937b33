package agent

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

func TestReadAndPay(t *testing.T) {
	t.Parallel()
	f := setup(t)
	reader := f.as(t, "reader")
	got, err := reader.Read(background, ReadRequest{Operation: "listExpenses", Rows: 20, Params: json.RawMessage(`{"expand":["merchant"]}`)})
	require.NoError(t, err)
	t.Logf("%d bytes, %d tokens:\n%s", len(got.Text), tokens(got.Text), got.Text)
	total, err := reader.Total(background, TotalRequest{Operation: "listExpenses", By: "month"})
	require.NoError(t, err)
	t.Log(total.Text)
	found, err := reader.Search(background, "expenses")
	require.NoError(t, err)
	t.Log(found.Text)
	payer := f.as(t, "payer")
	about, err := payer.Describe(background, "createTransfer")
	require.NoError(t, err)
	t.Logf("%d tokens\n%s", tokens(about.Text), about.Text)

	paid, err := payer.Money(background, "createTransfer", f.transfer(40000, "INV-4711"), "invoice")
	require.NoError(t, err)
	t.Log(paid.Text)
	require.EqualValues(t, 1, f.wire.Load())

	_, err = payer.Money(background, "createTransfer", f.transfer(60000, "INV-4712"), "invoice")
	var pending *PendingError
	require.ErrorAs(t, err, &pending)
	t.Log(err)
	require.EqualValues(t, 1, f.wire.Load())
	ledger, log := f.guard.Ledger(), f.guard.Log()
	require.ErrorIs(t, ledger.Approve(background, log, pending.Approval.ID, Person{Name: "payer"}), ErrApproval)
	require.NoError(t, ledger.Approve(background, log, pending.Approval.ID, Person{Name: "cfo", From: "program"}))
	state, err := payer.Pending(background, pending.Approval.ID)
	require.NoError(t, err)
	require.Contains(t, state.Text, "is approved")
	_, err = payer.Money(background, "createTransfer", f.transfer(60000, "INV-4712"), "invoice")
	require.NoError(t, err)
	require.EqualValues(t, 2, f.wire.Load())
	_, err = payer.Money(background, "createTransfer", f.transfer(60000, "INV-4712"), "invoice")
	require.ErrorAs(t, err, &pending)
	require.EqualValues(t, 2, f.wire.Load())

	transfers, err := brex.Collect(f.client.Transfers.All(background, brex.TransferListParams{}))
	require.NoError(t, err)
	n := 0
	for _, tr := range transfers {
		if tr.ExternalMemo == "INV-4711" || tr.ExternalMemo == "INV-4712" {
			n++
		}
	}
	require.Equal(t, 2, n)
	for _, r := range f.records(t) {
		t.Log(r.Say)
	}
}
