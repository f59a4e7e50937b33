package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) cards() *cobra.Command {
	return group("cards", "Cards", a.cardsList(), newCardsCreate(a, nil), newCardsEnd(a, "lock", nil), newCardsEnd(a, "terminate", nil))
}

func (a *App) cardsList() *cobra.Command {
	var p brex.CardListParams
	l := &lister[brex.Card]{columns: cardColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List cards",
		Example: `  brex cards list --sandbox
  brex cards list --user-id cuuser_ckrz3n9b9013i01h5hgdyz7jh`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	l.read = read(&p, func(s *session) pages[brex.CardListParams, brex.Card] { return s.Cards.Pages })
	q := newQuery(cmd, operations.ListCards)
	q.text(&p.UserID, "user_id", "only cards of the user with this `id`")
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	return cmd
}

// limitOf is the spend limit or what is left of it, where the card has one of its own.
func limitOf(c brex.Card, left bool) *brex.Money {
	switch {
	case c.SpendControls == nil:
		return nil
	case left:
		return &c.SpendControls.SpendAvailable
	}
	return &c.SpendControls.SpendLimit
}

var cardColumns = append([]output.Column[brex.Card]{
	output.ID("id", func(c brex.Card) string { return c.ID }),
	output.Text("card_name", func(c brex.Card) string { return c.CardName }),
	output.Text("last_four", func(c brex.Card) string { return c.LastFour }),
	output.Text("card_type", func(c brex.Card) string { return string(c.CardType) }),
	output.Text("status", func(c brex.Card) string { return string(c.Status) }),
	output.Text("limit_type", func(c brex.Card) string { return string(c.LimitType) }),
	output.Amount("spend_limit", func(c brex.Card) *brex.Money { return limitOf(c, false) }),
	output.Amount("spend_available", func(c brex.Card) *brex.Money { return limitOf(c, true) }),
}, output.Wide(
	output.Text("spend_duration", func(c brex.Card) string {
		if c.SpendControls == nil {
			return ""
		}
		return string(c.SpendControls.SpendDuration)
	}),
	output.Text("expires", func(c brex.Card) string {
		if c.ExpirationDate.Year == 0 {
			return ""
		}
		return fmt.Sprintf("%04d-%02d", c.ExpirationDate.Year, c.ExpirationDate.Month)
	}),
	output.ID("user_id", func(c brex.Card) string {
		owner, _ := c.Owner.AsUserOwner()
		return owner.UserID
	}),
	output.ID("budget_id", func(c brex.Card) string { return c.BudgetID }),
)...)
