package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/expenses"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) expenses() *cobra.Command {
	return group("expenses", "Card expenses, bill payments, reimbursements and clawbacks", a.expensesList(), a.expensesGet(), newExpensesMemo(a, nil))
}

const expandExpense = "related objects to show in full: location, department, merchant, receipts.download_uris, user, budget, " +
	"payment, spending_entity, policy"

func (a *App) expensesList() *cobra.Command {
	var p brex.ExpenseListParams
	l := &lister[brex.Expense]{columns: expenseColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List expenses",
		Long: `List expenses of every type. For tables and csv, the merchant and the user of each expense are always
asked for too; --expand fills further columns of csv with names.`,
		Example: `  brex expenses list --sandbox
  brex expenses list --status approved,settled --purchased-at-start 30d
  brex expenses list --updated-at-start 2026-11-01 --all -o csv > expenses.csv`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.Expand = a.expandNames(p.Expand)
			return l.run(a, cmd)
		},
	}
	l.read = read(&p, func(s *session) pages[brex.ExpenseListParams, brex.Expense] { return s.Expenses.Pages })
	q := newQuery(cmd, operations.ListExpenses)
	list(q, &p.ExpenseType, "expense_type[]", "only expenses of these types")
	list(q, &p.Status, "status[]", "only expenses with one of these statuses")
	list(q, &p.PaymentStatus, "payment_status[]", "only expenses with one of these payment statuses")
	list(q, &p.UserIDs, "user_id[]", "only expenses of these users")
	list(q, &p.BudgetIDs, "budget_id[]", "only expenses of these budgets")
	list(q, &p.SpendingEntityIDs, "spending_entity_id[]", "only expenses of these spending legal entities")
	list(q, &p.ParentExpenseIDs, "parent_expense_id[]", "only the parts of these split expenses")
	q.time(&p.PurchasedAtStart, "purchased_at_start", "only purchases from this time on")
	q.time(&p.PurchasedAtEnd, "purchased_at_end", "only purchases up to this time")
	q.time(&p.UpdatedAtStart, "updated_at_start", "only expenses changed from this time on")
	q.time(&p.UpdatedAtEnd, "updated_at_end", "only expenses last changed up to this time")
	q.time(&p.PaymentPostedAtStart, "payment_posted_at_start", "only expenses whose payment posted from this time on")
	q.time(&p.PaymentPostedAtEnd, "payment_posted_at_end", "only expenses whose payment posted up to this time")
	list(q, &p.Expand, "expand[]", expandExpense)
	q.bool(&p.LoadCustomFields, "load_custom_fields", "fill in custom_fields, for json and jsonl")
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	return cmd
}

func (a *App) expensesGet() *cobra.Command {
	var p brex.ExpenseGetParams
	cmd := &cobra.Command{
		Use:     "get ID",
		Short:   "Show one expense",
		Example: "  brex expenses get expense_cl3khzfnr00000k92bdjtmmes",
		Args:    oneID("brex expenses list"),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.connect()
			if err != nil {
				return err
			}
			p.Expand = a.expandNames(p.Expand)
			var response brex.Response
			e, err := s.Expenses.Get(cmd.Context(), args[0], p, brex.WithResponse(&response))
			if err != nil {
				return err
			}
			return printObject(a, expenseColumns, *e, response.Body)
		},
	}
	q := newQuery(cmd, operations.GetExpense)
	list(q, &p.Expand, "expand[]", expandExpense)
	q.bool(&p.LoadCustomFields, "load_custom_fields", "fill in custom_fields, for json and jsonl")
	return cmd
}

// expandNames adds to what --expand names what the columns of a table show in any case.
func (a *App) expandNames(expand []string) []string {
	if a.flags.output.Raw() {
		return expand
	}
	for _, name := range []string{"merchant", "user"} {
		if !slices.Contains(expand, name) {
			expand = append(expand, name)
		}
	}
	return expand
}

var expenseColumns = append([]output.Column[brex.Expense]{
	output.ID("id", func(e brex.Expense) string { return e.ID }),
	output.At("purchased_at", func(e brex.Expense) brex.Time { return e.PurchasedAt }),
	output.Amount("purchased_amount", func(e brex.Expense) *brex.Money { return e.PurchasedAmount }),
	output.Text("status", func(e brex.Expense) string { return string(e.Status) }),
	output.Text("user", func(e brex.Expense) string {
		if e.User == nil {
			return "" // the id has a column of its own
		}
		return strings.TrimSpace(e.User.FirstName + " " + e.User.LastName)
	}),
	output.Text("merchant", func(e brex.Expense) string {
		if e.Merchant == nil {
			return ""
		}
		return e.Merchant.RawDescriptor
	}),
	output.Text("memo", func(e brex.Expense) string { return e.Memo }),
}, output.Wide(
	output.Text("expense_type", func(e brex.Expense) string { return string(e.ExpenseType) }),
	output.Text("payment_status", func(e brex.Expense) string { return string(e.PaymentStatus) }),
	output.Text("category", func(e brex.Expense) string { return string(e.Category) }),
	output.At("payment_posted_at", func(e brex.Expense) brex.Time { return e.PaymentPostedAt }),
	output.At("updated_at", func(e brex.Expense) brex.Time { return e.UpdatedAt }),
	output.At("exported_at", func(e brex.Expense) brex.Time { return e.ExportedAt }),
	output.Amount("original_amount", func(e brex.Expense) *brex.Money { return e.OriginalAmount }),
	output.Amount("billing_amount", func(e brex.Expense) *brex.Money { return e.BillingAmount }),
	output.Amount("budget_amount", func(e brex.Expense) *brex.Money { return e.BudgetAmount }),
	output.Amount("usd_equivalent_amount", func(e brex.Expense) *brex.Money { return e.USDEquivalentAmount }),
	output.ID("user_id", func(e brex.Expense) string { return e.UserID }),
	output.ID("merchant_id", func(e brex.Expense) string { return e.MerchantID }),
	output.ID("budget_id", func(e brex.Expense) string { return e.BudgetID }),
	output.ID("department_id", func(e brex.Expense) string { return e.DepartmentID }),
	output.ID("location_id", func(e brex.Expense) string { return e.LocationID }),
	output.ID("spending_entity_id", func(e brex.Expense) string { return e.SpendingEntityID }),
	output.ID("trip_id", func(e brex.Expense) string { return e.TripID }),
	expanded("budget", func(e brex.Expense) *expenses.Budget { return e.Budget }, func(b *expenses.Budget) string { return b.Name }),
	expanded("department", func(e brex.Expense) *expenses.Department { return e.Department }, func(d *expenses.Department) string { return d.Name }),
	expanded("location", func(e brex.Expense) *expenses.CustomerLocation { return e.Location }, func(l *expenses.CustomerLocation) string { return l.Name }),
	expanded("spending_entity", func(e brex.Expense) *expenses.LegalEntity { return e.SpendingEntity }, func(l *expenses.LegalEntity) string { return l.DisplayName }),
)...)

// expanded is a column with the name of a related object, empty where it was not expanded: its id
// has a column of its own.
func expanded[T any](column string, object func(brex.Expense) *T, name func(*T) string) output.Column[brex.Expense] {
	return output.Text(column, func(e brex.Expense) string {
		if o := object(e); o != nil {
			return name(o)
		}
		return ""
	})
}
