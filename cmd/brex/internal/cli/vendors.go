package cli

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) vendors() *cobra.Command {
	return group("vendors", "Vendors that transfers go to", a.vendorsList(), newVendorsCreate(a, nil))
}

func (a *App) vendorsList() *cobra.Command {
	var p brex.VendorListParams
	l := &lister[brex.Vendor]{columns: vendorColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List vendors",
		Example: `  brex vendors list --sandbox
  brex vendors list --name "Acme" -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	l.read = read(&p, func(s *session) pages[brex.VendorListParams, brex.Vendor] { return s.Vendors.Pages })
	q := newQuery(cmd, operations.ListVendors)
	q.text(&p.Name, "name", "only vendors that match this name")
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	return cmd
}

var vendorColumns = append([]output.Column[brex.Vendor]{
	output.ID("id", func(v brex.Vendor) string { return v.ID }),
	output.Text("company_name", func(v brex.Vendor) string { return v.CompanyName }),
	output.Long(output.Text("email", func(v brex.Vendor) string { return v.Email })),
	output.Long(output.Text("pay_by", func(v brex.Vendor) string {
		var ways []string
		for _, i := range vendorInstruments(v) {
			ways = append(ways, i.String())
		}
		return strings.Join(ways, "; ")
	})),
	output.ID("payment_instrument_ids", func(v brex.Vendor) string {
		var ids []string
		for _, i := range vendorInstruments(v) {
			ids = append(ids, i.id)
		}
		return strings.Join(ids, " ")
	}),
}, output.Wide(
	output.Text("phone", func(v brex.Vendor) string { return v.Phone }),
	output.Text("payment_types", func(v brex.Vendor) string {
		var types []string
		for _, account := range v.PaymentAccounts {
			types = append(types, unionType(account.Details.Raw()))
		}
		return strings.Join(types, " ")
	}),
)...)

// vendorInstruments are the ways to pay a vendor.
func vendorInstruments(v brex.Vendor) (all []instrument) {
	for _, account := range v.PaymentAccounts {
		raw, err := account.Details.Raw()
		if err != nil {
			continue
		}
		details, err := decodeJSON(raw)
		if err != nil {
			continue
		}
		all = append(all, instruments(object{"payment_accounts": []any{map[string]any{"details": details}}})...)
	}
	return all
}

// unionType is the discriminator of a union, also of a variant that this version does not know.
func unionType(raw json.RawMessage, err error) string {
	var u struct {
		Type string `json:"type"`
	}
	if err != nil || json.Unmarshal(raw, &u) != nil {
		return ""
	}
	return u.Type
}
