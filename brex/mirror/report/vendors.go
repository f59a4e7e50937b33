package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/money"
)

// paid is what a vendor was paid in a currency.
type paid struct {
	id               string
	transfers, bills purse
}

// Vendors lists what vendors were paid in a year, in UTC. It is not a tax figure.
func (s *Source) Vendors(ctx context.Context, year int) (*Report, error) {
	r := s.report("vendors", fmt.Sprintf("Vendors paid in %d", year), Column{"vendor", Text}, Column{"transfers", Amount}, Column{"payments", Number},
		Column{"bills", Amount}, Column{"bills_paid", Number}, Column{"vendor_id", ID})
	r.bar = "transfers"
	r.Counts = []string{"This is NOT A TAX FIGURE, such as for form 1099: that depends on what was paid for, how, and to whom, and Brex does not say all of it.",
		fmt.Sprintf("transfers: transfers to vendors that are PROCESSED, by the day they were processed, in %d; one that came back later is not subtracted.", year),
		fmt.Sprintf("bills: bills (BILLPAY) whose payment is CLEARED, by the time it posted in UTC, in %d; split, void, canceled and refunded ones are left out.", year),
		"A bill that was paid by a transfer can be in both, so the two are never added. Card purchases are in neither."}
	from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	o := Options{From: from, To: from.AddDate(1, 0, 0).Add(-time.Nanosecond)}
	all, totals, left := map[string]*paid{}, &purse{}, heap{}
	at := func(id string, m *money.Money) *paid {
		key := id + "\x00" + m.Currency.Code()
		if all[key] == nil {
			all[key] = &paid{id: id}
		}
		return all[key]
	}
	err := s.read(ctx, r, "transfers", func(t record) {
		if day := cmp.Or(t.text("process_date"), t.text("created_at")); day == "" || day[:4] != from.Format("2006") {
			return
		}
		amount, status := t.money("amount"), t.text("status")
		var to struct{ ID string }
		switch {
		case t.text("counterparty_type") != "VENDOR":
			left.add("transfers to others than vendors", amount)
		case status != "PROCESSED" || amount == nil || t.text("process_date") == "":
			left.add("transfers that are "+strings.ToLower(cmp.Or(status, "of no status"))+", or have no day or amount", amount)
		case json.Unmarshal(t.json("counterparty"), &to) != nil:
			left.add("transfers whose vendor cannot be read", amount)
		default:
			at(to.ID, amount).transfers.add(amount)
			totals.add(amount)
		}
	})
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, r, "expenses", func(e record) {
		if e.text("expense_type") != "BILLPAY" || !o.within(e.time("payment_posted_at")) {
			return
		}
		amount, why := spent(e)
		switch {
		case why != "":
			left.add("bills: "+why, amount)
		case e.text("payment_status") != "CLEARED":
			left.add("bills whose payment is not cleared", amount)
		default:
			at(e.text("vendor_id"), amount).bills.add(amount)
		}
	})
	if err != nil {
		return nil, err
	}
	name, err := s.names(ctx, r, "vendors", func(row record) string { return row.text("company_name") })
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		transfers, payments := p.transfers.only()
		bills, n := p.bills.only()
		if err := cmp.Or(p.transfers.err, p.bills.err); err != nil {
			return nil, err
		}
		r.Lines = append(r.Lines, Line{name(p.id), transfers, payments, bills, n, p.id})
	}
	slices.SortFunc(r.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(currency(a), currency(b)), cmp.Compare(amount(b), amount(a)), cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[5].(string), b[5].(string)))
	})
	r.Counts = append(r.Counts, "The total is of transfers.")
	return r, left.close(r, totals)
}

// only is the one sum of a purse, nil where nothing was added.
func (p *purse) only() (*money.Money, int) {
	if len(p.all) == 0 {
		return nil, 0
	}
	return p.all[0].Sum, p.all[0].Count
}

func currency(l Line) string {
	for _, v := range l {
		if m, _ := v.(*money.Money); m != nil {
			return m.Currency.Code()
		}
	}
	return ""
}

func amount(l Line) int64 {
	if m, _ := l[1].(*money.Money); m != nil {
		return m.Amount
	}
	return 0
}
