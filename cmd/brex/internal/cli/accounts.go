package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// account is a card account or a business (cash) account; one of the two is set.
type account struct {
	card *brex.CardAccount
	cash *brex.CashAccount
}

func (a *App) accounts() *cobra.Command {
	return group("accounts", "Card accounts and business (cash) accounts with their balances", a.accountsList())
}

// refused says how to do without the accounts that Brex did not list.
func refused(err error, asked, other string) error {
	if err == nil || asked != "" {
		return err
	}
	return fmt.Errorf("%w; to leave these out, use --type %s", err, other)
}

func (a *App) accountsList() *cobra.Command {
	kind := choice{of: []string{"card", "cash"}}
	l := &lister[account]{columns: accountColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List accounts with their balances",
		Long: `List card accounts and business (cash) accounts with their balances. When Brex refuses one of the two,
the other is listed all the same; --type leaves one out.`,
		Example: `  brex accounts list --sandbox
  brex accounts list --type cash --show-secrets`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	cmd.Flags().Var(&kind, "type", "only accounts of this type: card or cash")
	complete(cmd, "type", kind.of)
	l.bind(cmd, nil, nil, nil)
	l.read = func(ctx context.Context, s *session, raw bool) iter.Seq2[batch[account], error] {
		var parts []func() (batch[account], error)
		if kind.value != "cash" {
			parts = append(parts, func() (batch[account], error) {
				b, err := cardAccounts(ctx, s, raw)
				return b, refused(err, kind.value, "cash")
			})
		}
		if kind.value != "card" {
			parts = append(parts, func() (batch[account], error) {
				b, err := cashAccounts(ctx, s, raw)
				return b, refused(err, kind.value, "card")
			})
		}
		return inTurn(ctx, parts)
	}
	return cmd
}

// inTurn calls all parts, and reports the first failure after what the others gave.
func inTurn[T any](ctx context.Context, parts []func() (batch[T], error)) iter.Seq2[batch[T], error] {
	return func(yield func(batch[T], error) bool) {
		var failed error
		for _, part := range parts {
			b, err := part()
			if err != nil && failed == nil {
				failed = err
			}
			if ctx.Err() != nil {
				break
			}
			if err == nil && !yield(b, nil) {
				return
			}
		}
		if failed != nil {
			yield(batch[T]{}, failed)
		}
	}
}

func cardAccounts(ctx context.Context, s *session, raw bool) (b batch[account], err error) {
	var response brex.Response
	all, err := s.Accounts.ListCard(ctx, brex.WithResponse(&response))
	if err != nil {
		return b, err
	}
	for i := range all {
		b.rows = append(b.rows, account{card: &all[i]})
	}
	b.raw, err = rawIf(raw, response.Body, len(all))
	return b, err
}

func cashAccounts(ctx context.Context, s *session, raw bool) (b batch[account], err error) {
	var response brex.Response
	page, err := s.Accounts.ListCash(ctx, brex.WithResponse(&response))
	if err != nil {
		return b, err
	}
	for i := range page.Items {
		b.rows = append(b.rows, account{cash: &page.Items[i]})
	}
	b.raw, err = rawIf(raw, response.Body, len(page.Items))
	return b, err
}

func rawIf(raw bool, body []byte, want int) ([]json.RawMessage, error) {
	if !raw {
		return nil, nil
	}
	return rawItems(body, want)
}

// cashText is a column that business accounts only have.
func cashText(name string, f func(*brex.CashAccount) string) output.Column[account] {
	return output.Text(name, func(a account) string {
		if a.cash == nil {
			return ""
		}
		return f(a.cash)
	})
}

var accountColumns = append([]output.Column[account]{
	output.Text("type", func(a account) string {
		if a.card != nil {
			return "card"
		}
		return "cash"
	}),
	output.ID("id", func(a account) string {
		if a.card != nil {
			return a.card.ID
		}
		return a.cash.ID
	}),
	cashText("name", func(c *brex.CashAccount) string { return c.Name }),
	output.Text("status", func(a account) string {
		if a.card != nil {
			return string(a.card.Status)
		}
		return string(a.cash.Status)
	}),
	output.Amount("current_balance", func(a account) *brex.Money {
		if a.card != nil {
			return a.card.CurrentBalance
		}
		return &a.cash.CurrentBalance
	}),
	output.Amount("available_balance", func(a account) *brex.Money {
		if a.card != nil {
			return a.card.AvailableBalance
		}
		return &a.cash.AvailableBalance
	}),
	output.Secret("account_number", func(a account) brex.Secret {
		if a.cash == nil {
			return brex.Secret{}
		}
		return a.cash.AccountNumber
	}),
}, output.Wide(
	cashText("routing_number", func(c *brex.CashAccount) string { return c.RoutingNumber }),
	cashText("primary", func(c *brex.CashAccount) string { return map[bool]string{true: "true", false: "false"}[c.Primary] }),
	output.Amount("account_limit", func(a account) *brex.Money {
		if a.card == nil {
			return nil
		}
		return a.card.AccountLimit
	}),
)...)

// choice is a flag with a fixed set of values.
type choice struct {
	of    []string
	value string
}

func (c *choice) String() string { return "" }
func (c *choice) Type() string   { return strings.Join(c.of, "|") }
func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return badValue("is one of " + strings.Join(c.of, ", "))
	}
	c.value = s
	return nil
}
