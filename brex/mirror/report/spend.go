package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/money"
)

// Groups are what Spend groups by.
func Groups() []string { return []string{"merchant", "category", "department", "user", "month"} }

// The reasons for which an expense is not counted.
const (
	leftSplit    = "split expenses, whose parts are counted in their place"
	leftVoid     = "void or canceled expenses"
	leftUnpaid   = "expenses whose payment was declined or canceled"
	leftRefunded = "expenses that were refunded or credited"
	leftClawback = "clawbacks, which people pay back to the company"
	leftDraft    = "drafts of reimbursements and bills"
	leftAmount   = "expenses without an amount"
)

// spendCounts says what spent counts.
const spendCounts = "Counted are card purchases, reimbursements, bills and expenses without a type, whether or not they are approved or paid yet, " +
	"by the amount that was billed, or the amount of the purchase in its own currency where nothing has been billed. " +
	"Refunds under way count until they are done; a refund that Brex books as a card transaction of its own, without marking the expense, is not subtracted."

// spent is the amount by which an expense counts, or why it does not.
func spent(e record) (amount *money.Money, left string) {
	for _, name := range []string{"billing_amount", "purchased_amount", "original_amount"} {
		if amount = e.money(name); amount != nil {
			break
		}
	}
	kind, status, payment := e.text("expense_type"), e.text("status"), e.text("payment_status")
	switch {
	case kind == "CLAWBACK":
		return amount, leftClawback
	case status == "SPLIT":
		return amount, leftSplit
	case status == "VOID", status == "CANCELED":
		return amount, leftVoid
	case payment == "DECLINED", payment == "CANCELED":
		return amount, leftUnpaid
	case payment == "REFUNDED", payment == "CREDITED":
		return amount, leftRefunded
	case status == "DRAFT" && (kind == "REIMBURSEMENT" || kind == "BILLPAY"):
		return amount, leftDraft
	case amount == nil:
		return nil, leftAmount
	}
	return amount, ""
}

// expense is an expense that counts.
type expense struct {
	record
	at     time.Time
	amount money.Money
}

// expenses calls f for the expenses of the time that count, and puts the others on the heap.
func (s *Source) expenses(ctx context.Context, r *Report, o Options, left heap, f func(expense)) error {
	r.Counts = append(r.Counts, fmt.Sprintf("Expenses by the time of purchase, %s.", o.between()), spendCounts)
	return s.read(ctx, r, "expenses", func(e record) {
		at := e.time("purchased_at")
		if at.IsZero() && o.From.IsZero() && o.To.IsZero() || o.within(at) {
			if amount, why := spent(e); why != "" {
				left.add(why, amount)
			} else {
				f(expense{e, at, *amount})
			}
		} else if at.IsZero() {
			left.add("expenses without a time of purchase", e.money("original_amount"))
		}
	})
}

// merchant is what the expenses of a merchant share, and its name.
func (e expense) merchant() (id, name string) {
	name = e.text("merchant_raw_descriptor")
	if id = e.text("merchant_id"); id == "" {
		id = strings.ToUpper(name)
	}
	return id, name
}

// line is what is added up for a group in a currency.
type line struct {
	id, name string
	sum      purse
}

// Spend adds up expenses by merchant, category, department, user or month of purchase in UTC.
func (s *Source) Spend(ctx context.Context, o Options) (*Report, error) {
	if !slices.Contains(Groups(), o.By) {
		return nil, fmt.Errorf("report: By %q is not one of %s", o.By, strings.Join(Groups(), ", "))
	}
	r := s.report("spend", "Spend by "+o.By, Column{o.By, Text}, Column{"amount", Amount}, Column{"expenses", Number}, Column{"percent", Number}, Column{o.By + "_id", ID})
	r.bar = "amount"
	r.days = o.By == "month"
	lines, totals, left := map[string]*line{}, &purse{}, heap{}
	err := s.expenses(ctx, r, o, left, func(e expense) {
		id, name := e.group(o.By)
		key := id + "\x00" + e.amount.Currency.Code()
		if lines[key] == nil {
			lines[key] = &line{id: id}
		}
		l := lines[key]
		l.name = max(l.name, name) // whatever the order of the rows
		l.sum.add(&e.amount)
		totals.add(&e.amount)
	})
	if err != nil {
		return nil, err
	}
	name, err := s.groupNames(ctx, r, o.By)
	if err != nil {
		return nil, err
	}
	if err := left.close(r, totals); err != nil {
		return nil, err
	}
	for _, l := range lines {
		if l.sum.err != nil {
			return nil, l.sum.err
		}
		of := slices.IndexFunc(r.Totals, func(t Tally) bool { return t.Sum.Currency == l.sum.all[0].Sum.Currency })
		if l.name == "" {
			l.name = name(l.id)
		}
		r.Lines = append(r.Lines, Line{l.name, l.sum.all[0].Sum, l.sum.all[0].Count, percent(l.sum.all[0].Sum, r.Totals[of].Sum), l.id})
	}
	slices.SortFunc(r.Lines, func(a, b Line) int {
		x, y := a[1].(*money.Money), b[1].(*money.Money)
		byName := cmp.Or(cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[4].(string), b[4].(string)))
		if r.days {
			return cmp.Or(cmp.Compare(x.Currency, y.Currency), byName)
		}
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(y.Amount, x.Amount), byName)
	})
	return r, nil
}

// group is what an expense is grouped by, and its name where the expense has it.
func (e expense) group(by string) (id, name string) {
	switch by {
	case "merchant":
		if id, name = e.merchant(); id == "" {
			id = e.text("vendor_id")
		}
		return id, name
	case "month":
		id = e.at.UTC().Format("2006-01")
		return id, id
	case "category":
		id = e.text("category")
		return id, id
	}
	return e.text(by + "_id"), ""
}

// groupNames are the names of what expenses have only the ids of.
func (s *Source) groupNames(ctx context.Context, r *Report, by string) (func(string) string, error) {
	switch by {
	case "merchant":
		return s.names(ctx, r, "vendors", func(row record) string { return row.text("company_name") })
	case "department":
		return s.names(ctx, r, "departments", func(row record) string { return row.text("name") })
	case "user":
		return s.names(ctx, r, "users", userName)
	}
	return func(string) string { return "(none)" }, nil
}
