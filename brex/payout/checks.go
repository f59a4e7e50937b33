package payout

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// What Brex allows in 24 hours, and above how many transfers in 30 days it asks to be contacted
// first.
const (
	dailyTransfers = 1000
	dailyWires     = 100
	monthly        = 1000
)

// checkAmounts checks memos, limits, totals and the balance.
func (p *planner) checkAmounts() {
	vendors := map[string]money.Money{}
	currency := p.plan.Balance.Currency
	for i := range p.plan.Payments {
		y, row := &p.plan.Payments[i], i+1
		amount := y.Row.Amount
		if amount.Currency != currency {
			p.fail(row, "currency", "%s cannot be paid from %s, which holds %s", amount.Currency,
				p.plan.Account.Name, currency)
			continue
		}
		y.Memo = memoOf(y.Row.Reference, p.plan.Source, row)
		most := maxMemo
		if y.Type == brex.PaymentTypeCheque {
			most = maxChequeMemo
		}
		if len(y.Memo) > most {
			p.fail(row, "reference", "has %s, and a payment by %s has room for %d",
				count(len(y.Row.Reference), "character"), y.Type, most-markLength-2)
		}
		sum, err := amount.Add(orZero(vendors[y.Vendor.ID], currency))
		if err != nil {
			p.fail(row, "amount", "%v", err)
			continue
		}
		vendors[y.Vendor.ID] = sum
		p.limit(row, "the largest payment allowed", amount, p.opts.MaxPayment)
		p.limit(row, "what "+y.Vendor.Name+" may get in this run", sum, p.opts.MaxVendor)
		y.Manual = p.opts.ManualFrom.IsZero() || !p.below(row, amount, p.opts.ManualFrom)
	}
	if len(p.problems) > 0 {
		return
	}
	total := p.plan.Totals[0] // all rows are in the account's currency
	p.limit(0, "the largest run allowed", total, p.opts.MaxRun)
	if over, _ := total.Cmp(p.plan.Balance); over > 0 {
		p.fail(0, "amount", "the total is %v, and %s has %v", total, p.plan.Account.Name,
			p.plan.Balance)
	}
	p.controlTotals()
}

func orZero(m money.Money, c money.Currency) money.Money {
	if m.Currency == "" {
		return money.New(m.Amount, c)
	}
	return m
}

// limit refuses an amount above a limit that is set.
func (p *planner) limit(row int, what string, amount, most money.Money) {
	if most.IsZero() {
		return
	}
	over, err := amount.Cmp(most)
	switch {
	case err != nil:
		p.fail(row, "amount", "%s is given in another currency: %v", what, most)
	case over > 0:
		p.fail(row, "amount", "%v is more than %v, %s", amount, most, what)
	}
}

func (p *planner) below(row int, amount, from money.Money) bool {
	c, err := amount.Cmp(from)
	if err != nil {
		p.fail(row, "amount", "approval is asked for from %v on, which is another currency", from)
	}
	return err == nil && c < 0
}

func (p *planner) controlTotals() {
	if p.opts.Totals == nil {
		return
	}
	for _, want := range p.opts.Totals {
		i := slices.IndexFunc(p.plan.Totals, in(want.Currency))
		switch {
		case i < 0:
			p.fail(0, "amount", "the control total is %v, and no row is in %s", want,
				want.Currency.Code())
		case !p.plan.Totals[i].Equal(want):
			p.fail(0, "amount", "the control total is %v, and the rows add up to %v", want,
				p.plan.Totals[i])
		}
	}
	for _, have := range p.plan.Totals {
		if !slices.ContainsFunc(p.opts.Totals, in(have.Currency)) {
			p.fail(0, "amount", "the rows add up to %v, and there is no control total in %s", have,
				have.Currency.Code())
		}
	}
}

func in(c money.Currency) func(money.Money) bool {
	return func(m money.Money) bool { return m.Currency.Code() == c.Code() }
}

// sameAs is what two payments that may be one have in common.
type sameAs struct{ vendor, what string }

func byReference(vendor, reference string) sameAs {
	return sameAs{vendor, "reference " + reference}
}
func byAmount(vendor string, m money.Money) sameAs {
	return sameAs{vendor, "amount " + strconv.FormatInt(m.Amount, 10) + " " + m.Currency.Code()}
}

// checkHistory looks for payments that were made before: in the file, in earlier runs and in Brex's
// list.
func (p *planner) checkHistory(ctx context.Context) error {
	at := p.inFile()
	known := map[string]bool{} // vendors paid before
	past := map[string]bool{}  // transfers of earlier runs, which have been looked at there
	p.inRuns(at, known, past)
	if err := p.inList(ctx, at, known, past); err != nil {
		return err
	}
	for i := range p.plan.Payments {
		y := &p.plan.Payments[i]
		y.First = !known[y.Vendor.ID]
		if before := p.earlier[y.Instrument]; before != "" && before != y.Details {
			p.warn(i+1, "vendor", "the bank details of %q have changed since they were last paid: "+
				"ask them by a number you know", y.Vendor.Name)
		}
	}
	p.limits()
	return nil
}

// inFile finds duplicates in the file, and gives the rows by what they have in common with others.
func (p *planner) inFile() map[sameAs][]int {
	at := map[sameAs][]int{}
	for i := range p.plan.Payments {
		y := &p.plan.Payments[i]
		ref := byReference(y.Vendor.ID, y.Row.Reference)
		amount := byAmount(y.Vendor.ID, y.Row.Amount)
		if first := at[ref]; len(first) > 0 {
			p.fail(i+1, "reference", "%q has the reference %q already in row %d", y.Vendor.Name,
				y.Row.Reference, first[0])
		} else if first := at[amount]; len(first) > 0 {
			p.warn(i+1, "amount", "%q gets %v already in row %d", y.Vendor.Name, y.Row.Amount,
				first[0])
		}
		at[ref], at[amount] = append(at[ref], i+1), append(at[amount], i+1)
	}
	return at
}

// inRuns compares with the runs of before. Payments that certainly were not made do not count.
func (p *planner) inRuns(at map[sameAs][]int, known, past map[string]bool) {
	p.earlier = map[string]string{}
	newest := map[string]time.Time{}
	for _, run := range p.opts.Earlier {
		if run == nil {
			continue
		}
		if run.Plan.Source == p.plan.Source {
			if run.Started {
				p.fail(0, "", "these rows are run %.12s already: resume that one", run.ID)
			}
			continue
		}
		for i, l := range run.Lines {
			y := &run.Plan.Payments[i]
			past[l.Transfer] = true
			if l.State == Planned && run.Halted == "" {
				for _, row := range at[byReference(y.Vendor.ID, y.Row.Reference)] {
					p.warn(row, "reference", "%q has the reference %q also in run %.12s, row %d, "+
						"which is not sent yet", y.Vendor.Name, y.Row.Reference, run.ID, i+1)
				}
			}
			if l.State == Refused || l.State == Failed || l.State == Planned {
				continue
			}
			known[y.Vendor.ID] = true
			if !run.Plan.Created.Before(newest[y.Instrument]) {
				newest[y.Instrument], p.earlier[y.Instrument] = run.Plan.Created, y.Details
			}
			for _, row := range at[byReference(y.Vendor.ID, y.Row.Reference)] {
				p.fail(row, "reference", "%q has the reference %q already in run %.12s, row %d, "+
					"which is %s", y.Vendor.Name, y.Row.Reference, run.ID, i+1, l.State)
			}
			if p.opts.Now().Sub(run.Plan.Created) < 30*24*time.Hour {
				for _, row := range at[byAmount(y.Vendor.ID, y.Row.Amount)] {
					p.paidBefore(row, "%q got %v in run %.12s, row %d", y.Vendor.Name, y.Row.Amount,
						run.ID, i+1)
				}
			}
		}
	}
}

// inList compares with Brex's list of transfers, and counts them.
func (p *planner) inList(ctx context.Context, at map[sameAs][]int, known,
	past map[string]bool) error {
	memos := map[string]int{}
	for i := range p.plan.Payments {
		memos[p.plan.Payments[i].Memo] = i + 1
	}
	use := newUse(p.opts.Now())
	seen := map[string]bool{}
	err := all(ctx, p.client, "listTransfers", func(t brex.Transfer) error {
		if seen[t.ID] {
			return nil
		}
		seen[t.ID] = true
		use.add(t)
		if row := memos[t.ExternalMemo]; row > 0 {
			p.fail(row, "reference", "transfer %s, which is %s, has the memo of this payment already",
				t.ID, t.Status)
			return nil
		}
		to, ok := t.Counterparty.AsVendorDetailsResponse()
		if !ok || t.Status == brex.TransferStatusFailed {
			return nil
		}
		known[to.ID] = true
		if past[t.ID] {
			return nil
		}
		for _, row := range at[byReference(to.ID, referenceOf(t.ExternalMemo))] {
			p.fail(row, "reference", "transfer %s to the same vendor, which is %s, has the reference "+
				"%q already", t.ID, t.Status, referenceOf(t.ExternalMemo))
		}
		if !use.monthAgo(t) {
			for _, row := range at[byAmount(to.ID, money.New(t.Amount.Amount, t.Amount.Currency))] {
				p.paidBefore(row, "transfer %s of %s paid the vendor the same amount", t.ID,
					t.CreatedAt)
			}
		}
		return nil
	})
	p.plan.Used = use.DailyUse
	return err
}

// limits says what of Brex's limits is in the way.
func (p *planner) limits() {
	wires := 0
	for i := range p.plan.Payments {
		if p.plan.Payments[i].Type == brex.PaymentTypeInternationalWire {
			wires++
		}
	}
	n, used := len(p.plan.Payments), p.plan.Used
	if n+used.Transfers > dailyTransfers {
		p.warn(0, "", "Brex allows %d transfers in 24 hours and %d were made since yesterday: "+nextDay,
			dailyTransfers, used.Transfers)
	}
	if wires+used.Wires > dailyWires {
		p.warn(0, "", "Brex allows %d international wires in 24 hours and %d were made since "+
			"yesterday: "+nextDay, dailyWires, used.Wires)
	}
	if n+used.Month > monthly {
		p.warn(0, "", "with this run there are %d transfers in 30 days: Brex asks to be contacted "+
			"before there are more than %d", n+used.Month, monthly)
	}
}

const nextDay = "the run will stop at the limit and has to be continued on the next day"

// use counts transfers of Brex's list against its limits. The list has days and no times, so a day
// counts as a whole.
type use struct {
	DailyUse
	day, month string
}

func newUse(now time.Time) *use {
	back := func(d time.Duration) string { return now.UTC().Add(-d).Format(time.DateOnly) }
	return &use{day: back(24 * time.Hour), month: back(30 * 24 * time.Hour)}
}

func (u *use) add(t brex.Transfer) {
	if u.monthAgo(t) {
		return
	}
	u.Month++
	if !u.recent(t) {
		return
	}
	u.Transfers++
	if t.PaymentType == brex.PaymentTypeInternationalWire {
		u.Wires++
	}
}

// A transfer whose day is missing counts: nobody can say that it is old.
func (u *use) recent(t brex.Transfer) bool {
	return t.CreatedAt.IsZero() || t.CreatedAt.String() >= u.day
}
func (u *use) monthAgo(t brex.Transfer) bool {
	return !t.CreatedAt.IsZero() && t.CreatedAt.String() < u.month
}
