package cli

import (
	"context"
	"iter"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

// transaction is a card transaction or one of a business account; one of the two is set.
type transaction struct {
	card *brex.CardTransaction
	cash *brex.CashTransaction
}

func (a *App) transactions() *cobra.Command {
	return group("transactions", "Settled transactions of the cards or of a business account", a.transactionsList())
}

func (a *App) transactionsList() *cobra.Command {
	var (
		account string
		p       brex.CardTransactionListParams
	)
	l := &lister[transaction]{columns: transactionColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List settled transactions, of the cards unless --account is given",
		Long: `List settled transactions of the primary card account or, with --account, of a business (cash) account.
Brex lists no pending ones.`,
		Example: `  brex transactions list --sandbox
  brex transactions list --posted-at-start 7d -o csv --all > card.csv
  brex transactions list --account dpacc_ckrqrb91z990d01h4yz3f1k0f`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	cmd.Flags().Var(&textValue{&account}, "account", "a cash account, by exact name, last four digits or `id`")
	q := newQuery(cmd, operations.ListPrimaryCardTransactions)
	q.time(&p.PostedAtStart, "posted_at_start", "only transactions posted from this time on")
	list(q, &p.UserIDs, "user_ids", "only transactions of these users; not with --account")
	list(q, &p.Expand, "expand[]", "related objects to show in full, such as expense_id; not with --account")
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	l.check = func() error {
		for _, name := range []string{"user-ids", "expand"} {
			if account != "" && cmd.Flags().Changed(name) {
				return usagef("--%s goes with card transactions only, not with --account", name)
			}
		}
		return nil
	}
	l.read = func(ctx context.Context, s *session, raw bool) iter.Seq2[batch[transaction], error] {
		if account != "" {
			id, err := s.finder().id(ctx, "accounts", account)
			if err != nil {
				return func(yield func(batch[transaction], error) bool) { yield(batch[transaction]{}, err) }
			}
			account = id
		}
		if account == "" {
			all := read(&p, func(s *session) pages[brex.CardTransactionListParams, brex.CardTransaction] {
				return s.Transactions.PagesCard
			})
			return convert(all(ctx, s, raw), func(t *brex.CardTransaction) transaction { return transaction{card: t} })
		}
		cash := brex.CashTransactionListParams{PostedAtStart: p.PostedAtStart, Cursor: p.Cursor, Limit: p.Limit}
		all := read(&cash, func(s *session) pages[brex.CashTransactionListParams, brex.CashTransaction] {
			return func(ctx context.Context, p brex.CashTransactionListParams, opts ...brex.CallOption) iter.Seq2[*brex.Page[brex.CashTransaction], error] {
				return s.Transactions.PagesCash(ctx, account, p, opts...)
			}
		})
		return convert(all(ctx, s, raw), func(t *brex.CashTransaction) transaction { return transaction{cash: t} })
	}
	return cmd
}

// convert changes the type of the rows of a list.
func convert[T, U any](seq iter.Seq2[batch[T], error], f func(*T) U) iter.Seq2[batch[U], error] {
	return func(yield func(batch[U], error) bool) {
		for b, err := range seq {
			c := batch[U]{raw: b.raw, next: b.next, rows: make([]U, len(b.rows))}
			for i := range b.rows {
				c.rows[i] = f(&b.rows[i])
			}
			if !yield(c, err) {
				return
			}
		}
	}
}

// cardText is a column that card transactions only have.
func cardText(name string, f func(*brex.CardTransaction) string) output.Column[transaction] {
	return output.Text(name, func(t transaction) string {
		if t.card == nil {
			return ""
		}
		return f(t.card)
	})
}

// bothText is a column that both kinds have.
func bothText(name string, card func(*brex.CardTransaction) string, cash func(*brex.CashTransaction) string) output.Column[transaction] {
	return output.Text(name, func(t transaction) string {
		if t.card != nil {
			return card(t.card)
		}
		return cash(t.cash)
	})
}

var transactionColumns = append([]output.Column[transaction]{
	output.Long(bothText("id", func(t *brex.CardTransaction) string { return t.ID }, func(t *brex.CashTransaction) string { return t.ID })),
	bothText("posted_at_date", func(t *brex.CardTransaction) string { return t.PostedAtDate.String() },
		func(t *brex.CashTransaction) string { return t.PostedAtDate.String() }),
	output.Amount("amount", func(t transaction) *brex.Money {
		if t.card != nil {
			return &t.card.Amount
		}
		return t.cash.Amount
	}),
	bothText("type", func(t *brex.CardTransaction) string { return string(t.Type) }, func(t *brex.CashTransaction) string { return string(t.Type) }),
	bothText("description", func(t *brex.CardTransaction) string { return t.Description },
		func(t *brex.CashTransaction) string { return t.Description }),
}, output.Wide(
	bothText("initiated_at_date", func(t *brex.CardTransaction) string { return t.InitiatedAtDate.String() },
		func(t *brex.CashTransaction) string { return t.InitiatedAtDate.String() }),
	cardText("merchant", func(t *brex.CardTransaction) string {
		if t.Merchant == nil {
			return ""
		}
		return t.Merchant.RawDescriptor
	}),
	cardText("mcc", func(t *brex.CardTransaction) string {
		if t.Merchant == nil {
			return ""
		}
		return t.Merchant.MCC
	}),
	cardText("card_id", func(t *brex.CardTransaction) string { return t.CardID }),
	cardText("expense_id", func(t *brex.CardTransaction) string { return t.ExpenseID }),
	output.Text("transfer_id", func(t transaction) string {
		if t.cash == nil {
			return ""
		}
		return t.cash.TransferID
	}),
)...)
