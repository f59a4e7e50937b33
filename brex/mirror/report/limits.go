package report

import (
	"cmp"
	"context"
	"math/big"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/money"
)

// Limits lists how far spend limits, and the limits of cards that have one of their own, are used.
func (s *Source) Limits(ctx context.Context) (*Report, error) {
	r := s.report("limits", "Use of limits", Column{"kind", Text}, Column{"name", Text}, Column{"period", Text}, Column{"used_percent", Number},
		Column{"spent", Amount}, Column{"limit", Amount}, Column{"left", Amount}, Column{"period_end", Text}, Column{"id", ID})
	r.bar, r.whole, r.series = "spent", "limit", "kind"
	r.Counts = []string{"Active spend limits, by what Brex says was spent in the present period, of the limit with granted increases and what was carried over; a buffer above the limit is not part of it.",
		"Cards that are not terminated and have a limit of their own: spent is the limit less what Brex says is available. A card's spending can be part of a spend limit's too, so there is no total."}
	left := heap{}
	var bad error
	add := func(kind, name, period string, spent, limit *money.Money, end, id string) {
		rest, err := limit.Sub(*spent)
		bad = cmp.Or(bad, err)
		r.Lines = append(r.Lines, Line{kind, name, strings.ToLower(strings.TrimPrefix(period, "PER_")), percent(spent, limit), spent, limit, &rest, end, id})
	}
	err := s.read(ctx, r, "spend_limits", func(l record) {
		spent, limit := l.money("current_period_balance_amount_spent"), l.money("authorization_settings_limit_with_increases")
		if limit == nil {
			limit = l.money("authorization_settings_base_limit")
		}
		if over := l.money("current_period_balance_rollover_amount"); over != nil && limit != nil && !over.IsZero() {
			sum, err := limit.Add(*over)
			bad, limit = cmp.Or(bad, err), &sum
		}
		switch {
		case l.text("status") != "ACTIVE":
			left.add("spend limits that are "+strings.ToLower(cmp.Or(l.text("status"), "of no status")), limit)
		case spent == nil || limit == nil || spent.Currency.Code() != limit.Currency.Code():
			left.add("spend limits without a limit, or spent in another currency", limit)
		default:
			add("spend limit", l.text("name"), l.text("period_recurrence_type"), spent, limit, l.text("current_period_balance_end_date"), l.Key[0])
		}
	})
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, r, "cards", func(c record) {
		limit, available := c.money("spend_controls_spend_limit"), c.money("spend_controls_spend_available")
		switch {
		case c.text("status") == "TERMINATED":
			left.add("cards that are terminated", limit)
		case limit == nil || available == nil || limit.Currency.Code() != available.Currency.Code():
			left.add("cards that have no limit of their own", nil)
		default:
			spent, err := limit.Sub(*available)
			bad = cmp.Or(bad, err)
			add("card", strings.TrimSpace(c.text("card_name")+" "+c.text("last_four")), c.text("spend_controls_spend_duration"), &spent, limit, "", c.Key[0])
		}
	})
	if err := cmp.Or(err, bad); err != nil {
		return nil, err
	}
	slices.SortFunc(r.Lines, func(a, b Line) int {
		return cmp.Or(-cmp.Compare(a[0].(string), b[0].(string)), -used(a).Cmp(used(b)), cmp.Compare(a[8].(string), b[8].(string)))
	})
	return r, left.close(r, &purse{})
}

// used is spent of limit in a line of Limits.
func used(l Line) *big.Rat {
	limit := l[5].(*money.Money).Amount
	if limit == 0 {
		return new(big.Rat)
	}
	return big.NewRat(l[4].(*money.Money).Amount, limit)
}
