package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex/money"
)

// rhythm is how often a subscription charges: so many days lie between two charges.
type rhythm struct {
	name              string
	shortest, longest int // days
	aYear             int64
	least             int // charges by which it is known
}

var rhythms = []rhythm{{"weekly", 6, 8, 52, 4}, {"monthly", 25, 35, 12, 3}, {"quarterly", 85, 97, 4, 3}, {"yearly", 355, 375, 1, 2}}

// charge is what a merchant charged on a day.
type charge struct {
	day    time.Time
	amount money.Money
}

// Subscriptions finds merchants that charge a person again and again, and what their price did.
func (s *Source) Subscriptions(ctx context.Context, o Options) (*Report, error) {
	r := s.report("subscriptions", "Subscriptions", Column{"merchant", Text}, Column{"user", Text}, Column{"every", Text}, Column{"last", Amount}, Column{"last_on", Text},
		Column{"before", Amount}, Column{"change", Amount}, Column{"change_percent", Number}, Column{"price_since", Text}, Column{"a_year", Amount},
		Column{"charges", Number}, Column{"prices", Number}, Column{"state", Text}, Column{"merchant_id", ID}, Column{"user_id", ID})
	r.bar = "a_year"
	r.Counts = append(r.Counts, "A subscription is a merchant that charges the same person at least 4 times weekly, 3 times monthly or quarterly, or twice a year apart; "+
		"one interval in four may differ. Charges of one day are one charge, so the parts of a split are one again.",
		"before is the price before the last change, a_year the last charge as often as it comes in a year, which is not a forecast; prices is how many different amounts were charged.")
	type key struct{ merchant, user, currency string }
	names, all, left := map[key]string{}, map[key]map[string]*purse{}, heap{}
	totals := &purse{}
	err := s.expenses(ctx, r, o, left, func(e expense) {
		id, name := e.merchant()
		k := key{id, e.text("user_id"), e.amount.Currency.Code()}
		if id == "" {
			left.add("expenses without a merchant", &e.amount)
			return
		}
		if all[k] == nil {
			all[k] = map[string]*purse{}
		}
		day := e.at.UTC().Format(time.DateOnly)
		if all[k][day] == nil {
			all[k][day] = &purse{}
		}
		all[k][day].add(&e.amount)
		names[k] = max(names[k], name)
	})
	if err != nil {
		return nil, err
	}
	name, err := s.names(ctx, r, "users", userName)
	if err != nil {
		return nil, err
	}
	for k, days := range all {
		charges := make([]charge, 0, len(days))
		for text, p := range days {
			day, err := time.Parse(time.DateOnly, text)
			if err := cmp.Or(err, p.err); err != nil {
				return nil, err
			}
			charges = append(charges, charge{day, *p.all[0].Sum})
		}
		slices.SortFunc(charges, func(a, b charge) int { return a.day.Compare(b.day) })
		every, ok := rhythmOf(charges)
		if !ok {
			for _, c := range charges {
				left.add("days of merchants that do not charge regularly", &c.amount)
			}
			continue
		}
		l, err := subscription(charges, every, r.asOf())
		if err != nil {
			return nil, err
		}
		totals.add(l[7].(*money.Money))
		r.Lines = append(r.Lines, append(append(Line{names[k], name(k.user)}, l...), k.merchant, k.user))
	}
	slices.SortFunc(r.Lines, func(a, b Line) int {
		x, y := a[9].(*money.Money), b[9].(*money.Money)
		return cmp.Or(cmp.Compare(x.Currency, y.Currency), cmp.Compare(y.Amount, x.Amount), cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[14].(string), b[14].(string)))
	})
	r.Counts = append(r.Counts, "The total is of a_year, so many subscriptions.")
	return r, left.close(r, totals)
}

// rhythmOf finds how often the charges come.
func rhythmOf(charges []charge) (rhythm, bool) {
	for _, every := range rhythms {
		fit := 0
		for i := 1; i < len(charges); i++ {
			if days := int(charges[i].day.Sub(charges[i-1].day).Hours() / 24); days >= every.shortest && days <= every.longest {
				fit++
			}
		}
		if len(charges) >= every.least && fit*4 >= (len(charges)-1)*3 {
			return every, true
		}
	}
	return rhythm{}, false
}

// subscription is the columns from every to state.
func subscription(charges []charge, every rhythm, now time.Time) (Line, error) {
	last := charges[len(charges)-1]
	prices := map[int64]bool{}
	since, before := last, (*money.Money)(nil)
	for i := len(charges) - 1; i >= 0; i-- {
		prices[charges[i].amount.Amount] = true
		switch {
		case before != nil:
		case charges[i].amount == last.amount:
			since = charges[i]
		default:
			before = &charges[i].amount
		}
	}
	var change *money.Money
	if before != nil {
		d, err := last.amount.Sub(*before)
		if err != nil {
			return nil, err
		}
		change = &d
	}
	aYear, err := last.amount.Mul(every.aYear)
	if err != nil {
		return nil, err
	}
	state := "active"
	if now.Sub(last.day) > time.Duration(every.longest)*36*time.Hour {
		state = "no charge since"
	}
	return Line{every.name, &last.amount, last.day.Format(time.DateOnly), before, change, percent(change, before),
		since.day.Format(time.DateOnly), &aYear, len(charges), len(prices), state}, nil
}
