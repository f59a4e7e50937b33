package report

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// MissingReceipts lists card purchases and reimbursements that have no receipt, the oldest of each person first.
func (s *Source) MissingReceipts(ctx context.Context, o Options) (*Report, error) {
	r := s.report("missing-receipts", "Missing receipts", Column{"user", Text}, Column{"email", Text}, Column{"purchased_at", Text}, Column{"merchant", Text},
		Column{"amount", Amount}, Column{"expense_type", Text}, Column{"status", Text}, Column{"expense_id", Text}, Column{"user_id", ID})
	r.bar = "amount"
	totals, left := &purse{}, heap{}
	var found []expense
	err := s.expenses(ctx, r, o, left, func(e expense) {
		receipts := strings.TrimSpace(string(e.json("receipts")))
		switch {
		case !slices.Contains([]string{"CARD", "REIMBURSEMENT"}, e.text("expense_type")):
			left.add("bills and expenses without a type", &e.amount)
		case receipts != "" && receipts != "[]" && receipts != "null":
			left.add("expenses that have a receipt", &e.amount)
		case o.Above != nil && e.amount.Currency.Code() == o.Above.Currency.Code() && e.amount.Amount <= o.Above.Amount:
			left.add("expenses of at most "+o.Above.String(), &e.amount)
		default:
			found = append(found, e)
			totals.add(&e.amount)
		}
	})
	if err != nil {
		return nil, err
	}
	emails := map[string]string{}
	name, err := s.names(ctx, r, "users", func(row record) string {
		emails[row.Key[0]] = row.text("email")
		return userName(row)
	})
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		user, amount := e.text("user_id"), e.amount
		_, merchant := e.merchant()
		r.Lines = append(r.Lines, Line{name(user), emails[user], e.at.UTC().Format(time.DateOnly), merchant, &amount, e.text("expense_type"), e.text("status"), e.Key[0], user})
	}
	slices.SortFunc(r.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[8].(string), b[8].(string)),
			cmp.Compare(a[2].(string), b[2].(string)), cmp.Compare(a[7].(string), b[7].(string)))
	})
	r.Counts = append(r.Counts, "Missing is a receipt where the expense itself has none: each part of a split is looked at by itself. Nothing is locked because of it.")
	return r, left.close(r, totals)
}
