package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex/money"
)

// flow is what moved on a day.
type flow struct{ in, out money.Money }

// account is a cash account and its transactions by day.
type account struct {
	id, name string
	balance  money.Money
	days     map[string]*flow
}

// Cash lists the balances of business accounts at the end of each day. It counts back from the balance that Brex states, and
// forecasts nothing. The first day is that of From, or of the first transaction; the last that of To, or the day of reading.
func (s *Source) Cash(ctx context.Context, o Options) (*Report, error) {
	r := s.report("cash", "Balances by day", Column{"account", Text}, Column{"day", Text}, Column{"balance", Amount}, Column{"in", Amount}, Column{"out", Amount}, Column{"account_id", ID})
	r.bar, r.series, r.days = "balance", "account", true
	r.Counts = []string{"The balance at the end of a day in UTC is Brex's current balance less the transactions that were posted later. It is not a forecast. " +
		"Transactions count by the day they were posted, of all types; what is pending does not. An account and its transactions are read one after the other: a transaction that posts in between makes the days before it wrong by its amount."}
	left, accounts := heap{}, map[string]*account{}
	err := s.read(ctx, r, "cash_accounts", func(a record) {
		b := a.money("current_balance")
		if b == nil {
			left.add("accounts without a balance", nil)
			return
		}
		accounts[a.Key[0]] = &account{a.Key[0], cmp.Or(a.text("name"), a.Key[0]), *b, map[string]*flow{}}
	})
	if err != nil {
		return nil, err
	}
	var bad error
	err = s.read(ctx, r, "cash_transactions", func(t record) {
		a, amount, day := accounts[t.Key[0]], t.money("amount"), t.text("posted_at_date")
		switch {
		case a == nil:
			left.add("transactions of an account that is not there or has no balance", amount)
		case amount == nil, day == "", amount.Currency.Code() != a.balance.Currency.Code():
			left.add("transactions without an amount in the account's currency or a day, which make earlier balances wrong", amount)
		default:
			bad = cmp.Or(bad, a.add(day, *amount))
		}
	})
	if err := cmp.Or(err, bad); err != nil {
		return nil, err
	}
	end := r.asOf()
	if !o.To.IsZero() && o.To.Before(end) {
		end = o.To.UTC()
	}
	for _, a := range accounts {
		lines, err := a.lines(o.From, end)
		if err != nil {
			return nil, fmt.Errorf("report: the balances of %s: %w", a.id, err)
		}
		r.Lines = append(r.Lines, lines...)
	}
	slices.SortFunc(r.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a[0].(string), b[0].(string)), cmp.Compare(a[5].(string), b[5].(string)), cmp.Compare(a[1].(string), b[1].(string)))
	})
	return r, left.close(r, &purse{})
}

func (a *account) add(day string, amount money.Money) (err error) {
	f := a.days[day]
	if f == nil {
		f = &flow{money.New(0, a.balance.Currency), money.New(0, a.balance.Currency)}
		a.days[day] = f
	}
	if amount.IsNegative() {
		f.out, err = f.out.Add(amount)
	} else {
		f.in, err = f.in.Add(amount)
	}
	return err
}

// lines are the days from the first to the last, counted back from the present balance.
func (a *account) lines(from, end time.Time) (all []Line, err error) {
	first, last := end.Format(time.DateOnly), end.Format(time.DateOnly)
	balance := a.balance
	for day, f := range a.days {
		if first = min(first, day); day <= last {
			continue
		}
		if balance, err = back(balance, f); err != nil {
			return nil, err
		}
	}
	if !from.IsZero() {
		first = from.UTC().Format(time.DateOnly)
	}
	for day := last; day >= first; {
		f := a.days[day]
		if f == nil {
			f = &flow{money.New(0, balance.Currency), money.New(0, balance.Currency)}
		}
		then := balance
		all = append(all, Line{a.name, day, &then, &f.in, &f.out, a.id})
		if balance, err = back(balance, f); err != nil {
			return nil, err
		}
		end = end.AddDate(0, 0, -1)
		day = end.Format(time.DateOnly)
	}
	return all, nil
}

// back is the balance before a day's transactions.
func back(balance money.Money, f *flow) (money.Money, error) {
	balance, err := balance.Sub(f.in)
	if err != nil {
		return balance, err
	}
	return balance.Sub(f.out)
}
