package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/gen/operations"
)

// newTransfersCreate pays a vendor.
func newTransfersCreate(a *App, run runFunc) *cobra.Command {
	var to, from, memo, description string
	var amount moneyFlag
	by := choice{of: slices.Sorted(maps.Keys(payBy))}
	return daily{
		op: operations.CreateTransfer, use: "create", short: "Pay a vendor, or move money between own accounts",
		long: `Pay a vendor by one of the ways that Brex has on file for it, which brex vendors list shows. Before anything is
sent, a person sees the company, the account with its balance, the payee with its last four digits, the amount and whether
this vendor was ever paid, and is asked. Unattended, --yes and --company ID take the place of that.

After an unknown outcome, look with brex transfers list before you repeat it, with the same --idempotency-key.`,
		example: `  brex transfers create --to "Acme Paper" --amount 1250.00USD --from Operating --memo INV-4711
  brex transfers create --to "Acme Paper" --by wire --amount 9.50USD --from Payroll --memo B2`,
		flags: func(cmd *cobra.Command) {
			f := cmd.Flags()
			nameFlag(a, cmd, &to, "to", "vendors", "the vendor, by exact name or `id`, or the id of one of its payment instruments")
			f.Var(&by, "by", "ach, wire or cheque, where the vendor can be paid in several ways")
			f.Var(&amount, "amount", "amount with its currency, such as 1250.00USD")
			nameFlag(a, cmd, &from, "from", "accounts", "the cash account that pays, by exact name, last four digits or `id`")
			f.Var(&textValue{&memo}, "memo", "`text` that the payee sees, 90 characters at most")
			f.Var(&textValue{&description}, "description", "`text` for your own records (default the memo)")
			complete(cmd, "by", by.of)
		},
		covers: []string{"external_memo"},
		fill: func(cmd *cobra.Command, body, defaults map[string]any) error {
			if !cmd.Flags().Changed("body") {
				if err := needs(cmd, "to", "amount", "from", "memo"); err != nil {
					return err
				}
			}
			if err := amount.positive("amount"); err != nil {
				return err
			}
			if to != "" {
				body["counterparty"] = map[string]any{"type": "VENDOR", "payment_instrument_id": instrumentRef{to, by.value}}
			}
			if from != "" {
				body["originating_account"] = map[string]any{"type": "BREX_CASH", "id": ref{"accounts", from}}
			}
			if amount.value != nil {
				body["amount"] = amount.value
			}
			if memo != "" {
				body["external_memo"] = memo
			}
			if memo != "" {
				defaults["description"] = memo
			}
			if description != "" {
				body["description"] = description
			}
			return nil
		},
	}.command(a, run)
}

// newVendorsCreate makes a vendor with a way to pay it.
func newVendorsCreate(a *App, run runFunc) *cobra.Command {
	var name, account, routing string
	var wire bool
	var saving, personal bool
	return daily{
		op: operations.CreateVendor, use: "create", short: "Create vendors", many: true,
		long: `Create a vendor, with the account that ACH payments or, with --wire, wires go to. --set adds what has no flag:
the address that a wire needs, or a cheque. With --file, each row of a CSV file is a vendor; its columns are members such as
company_name, email and payment_accounts[0].details.type.`,
		example: `  brex vendors create --name "Acme Paper" --email a@acme.example --routing 021000021 --account 00123456
  brex vendors create --file vendors.csv`,
		flags: func(cmd *cobra.Command) {
			f := cmd.Flags()
			f.Var(&textValue{&name}, "name", "`name` of the vendor")
			f.Var(&textValue{&account}, "account", "account `number` that payments go to")
			f.Var(&textValue{&routing}, "routing", "routing `number` of the account's bank")
			f.BoolVar(&wire, "wire", false, "pay by domestic wire instead of ACH")
			f.BoolVar(&saving, "saving", false, "the account is a savings account")
			f.BoolVar(&personal, "personal", false, "the account is a person's, not a business's")
		},
		covers: []string{"company_name"},
		fill: func(cmd *cobra.Command, body, _ map[string]any) error {
			if !cmd.Flags().Changed("body") && !cmd.Flags().Changed("file") {
				if err := needs(cmd, "name"); err != nil {
					return err
				}
			}
			if name != "" {
				body["company_name"] = name
			}
			if (account == "") != (routing == "") {
				return usagef("--account and --routing go together")
			}
			if account == "" {
				return nil
			}
			details := map[string]any{"type": "ACH", "account_number": account, "routing_number": routing,
				"account_type":  map[bool]string{false: "CHECKING", true: "SAVING"}[saving],
				"account_class": map[bool]string{false: "BUSINESS", true: "PERSONAL"}[personal]}
			if wire {
				details = map[string]any{"type": "DOMESTIC_WIRE", "account_number": account, "routing_number": routing}
			}
			body["payment_accounts"] = []any{map[string]any{"details": details}}
			return nil
		},
	}.command(a, run)
}

// newExpensesMemo puts a memo on an expense.
func newExpensesMemo(a *App, run runFunc) *cobra.Command {
	r := &request{op: operations.UpdateExpense, params: map[string]any{}, body: map[string]any{}}
	run = orRun(a, run)
	cmd := &cobra.Command{Use: "memo ID TEXT", Short: "Put a memo on a card expense",
		Example: `  brex expenses memo expense_cl3khzfnr00000k92bdjtmmes "Team lunch"`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("%q needs an id and the memo, in quotes; brex expenses list prints ids", words(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			r.args, r.body["memo"] = args[:1], strings.TrimSpace(args[1])
			return run(cmd.Context(), r)
		}}
	r.write.bind(cmd, r.op)
	return calls(cmd, r.op)
}
