package cli

import (
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) transfers() *cobra.Command {
	return group("transfers", "Money sent from business accounts", a.transfersList(), newTransfersCreate(a, nil))
}

func (a *App) transfersList() *cobra.Command {
	var p brex.TransferListParams
	l := &lister[brex.Transfer]{columns: transferColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List transfers",
		Long:  "List transfers. Brex leaves out book transfers.",
		Example: `  brex transfers list --sandbox
  brex transfers list --all -o csv > transfers.csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	l.read = read(&p, func(s *session) pages[brex.TransferListParams, brex.Transfer] { return s.Transfers.Pages })
	q := newQuery(cmd, operations.ListTransfers)
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	return cmd
}

var transferColumns = append([]output.Column[brex.Transfer]{
	output.ID("id", func(t brex.Transfer) string { return t.ID }),
	output.Day("process_date", func(t brex.Transfer) brex.Date { return t.ProcessDate }),
	output.Amount("amount", func(t brex.Transfer) *brex.Money { return &t.Amount }),
	output.Text("status", func(t brex.Transfer) string { return string(t.Status) }),
	output.Text("payment_type", func(t brex.Transfer) string { return string(t.PaymentType) }),
	output.Text("display_name", func(t brex.Transfer) string { return t.DisplayName }),
	output.Text("external_memo", func(t brex.Transfer) string { return t.ExternalMemo }),
}, output.Wide(
	output.Text("description", func(t brex.Transfer) string { return t.Description }),
	output.Day("created_at", func(t brex.Transfer) brex.Date { return t.CreatedAt }),
	output.Day("estimated_delivery_date", func(t brex.Transfer) brex.Date { return t.EstimatedDeliveryDate }),
	output.Text("cancellation_reason", func(t brex.Transfer) string { return string(t.CancellationReason) }),
	output.Text("counterparty_type", func(t brex.Transfer) string { return unionType(t.Counterparty.Raw()) }),
	output.ID("vendor_id", func(t brex.Transfer) string {
		vendor, _ := t.Counterparty.AsVendorDetailsResponse()
		return vendor.ID
	}),
	output.ID("originating_account_id", func(t brex.Transfer) string {
		from, _ := t.OriginatingAccount.AsBrexCashAccountDetailsResponse()
		return from.ID
	}),
	output.ID("creator_user_id", func(t brex.Transfer) string { return t.CreatorUserID }),
)...)
