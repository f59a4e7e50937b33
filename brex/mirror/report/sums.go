package report

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex/money"
)

// purse adds up amounts by currency, exactly.
type purse struct {
	all []Tally
	err error
}

func (p *purse) add(m *money.Money) {
	i := slices.IndexFunc(p.all, func(t Tally) bool {
		return (t.Sum == nil) == (m == nil) && (m == nil || t.Sum.Currency.Code() == m.Currency.Code())
	})
	if i < 0 {
		t := Tally{Count: 1}
		if m != nil {
			sum := *m
			t.Sum = &sum
		}
		p.all = append(p.all, t)
		return
	}
	p.all[i].Count++
	if m != nil {
		sum, err := p.all[i].Sum.Add(*m)
		if err != nil {
			p.err = fmt.Errorf("report: a sum: %w", err)
		}
		p.all[i].Sum = &sum
	}
}

func (p *purse) sorted() []Tally {
	slices.SortFunc(p.all, func(a, b Tally) int {
		if a.Sum == nil || b.Sum == nil {
			return strings.Compare(strconv.FormatBool(a.Sum == nil), strconv.FormatBool(b.Sum == nil))
		}
		return strings.Compare(string(a.Sum.Currency), string(b.Sum.Currency))
	})
	if p.all == nil {
		return []Tally{}
	}
	return p.all
}

// heap is what is left out, by the reason.
type heap map[string]*purse

func (h heap) add(why string, m *money.Money) {
	if h[why] == nil {
		h[why] = &purse{}
	}
	h[why].add(m)
}

// close puts the totals and what was left out into the report.
func (h heap) close(r *Report, totals *purse) error {
	r.Totals = totals.sorted()
	errs := []error{totals.err}
	for why, p := range h {
		r.LeftOut = append(r.LeftOut, LeftOut{why, p.sorted()})
		errs = append(errs, p.err)
	}
	slices.SortFunc(r.LeftOut, func(a, b LeftOut) int { return strings.Compare(a.Why, b.Why) })
	return errors.Join(errs...)
}

// Share is part*of/whole, rounded half away from zero, exactly; 0 where whole is 0.
func Share(part, whole, of int64) int64 {
	if whole == 0 {
		return 0
	}
	n := new(big.Int).Mul(big.NewInt(part), big.NewInt(2*of))
	n.Quo(n, big.NewInt(whole))
	if n.Sign() < 0 {
		n.Sub(n, big.NewInt(1))
	} else {
		n.Add(n, big.NewInt(1))
	}
	return n.Quo(n, big.NewInt(2)).Int64()
}

// percent is part of whole in percent, to a tenth; empty where they cannot be compared.
func percent(part, whole *money.Money) string {
	if part == nil || whole == nil || whole.Amount == 0 || part.Currency.Code() != whole.Currency.Code() {
		return ""
	}
	n := Share(part.Amount, whole.Amount, 1000)
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%d", sign, n/10, n%10)
}
