package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) statements() *cobra.Command {
	return group("statements", nounShorts["statements"], newStatementsList(a))
}

// statement is a statement of one account.
type statement struct {
	account string
	brex.Statement
}

// newStatementsList lists the statements of the cards, or of a cash account.
func newStatementsList(a *App) *cobra.Command {
	var account string
	l := &lister[statement]{columns: statementColumns}
	cmd := calls(&cobra.Command{
		Use: "list", Short: "List the statements of the cards, or of a cash account",
		Long: paragraphs("List the statements of the primary card account or, with --account, of a cash account."),
		Example: `  brex statements list --sandbox
  brex statements list --account Operating --month 2026-10`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}, operations.ListPrimaryCardStatements, operations.ListCashStatements)
	nameFlag(a, cmd, &account, "account", "accounts", "a cash account, by exact name, last four digits or `id`")
	l.bind(cmd, nil, nil, nil)
	l.narrowed(cmd, operations.ListPrimaryCardStatements)
	l.read = func(ctx context.Context, s *session, _ bool) iter.Seq2[batch[statement], error] {
		return func(yield func(batch[statement], error) bool) {
			op, params, of := operations.ListPrimaryCardStatements, map[string]any{}, "card"
			if account != "" {
				o, err := s.finder().find(ctx, "accounts", account)
				if err != nil {
					yield(batch[statement]{}, err)
					return
				}
				op, params["id"], of = operations.ListCashStatements, o.id(), o.text("name")
			}
			for page, err := range s.CallPages(ctx, op.ID, params) {
				b := batch[statement]{}
				if err == nil {
					b, err = statementsOf(page.Items, of)
				}
				if !yield(b, err) || err != nil {
					return
				}
			}
		}
	}
	return cmd
}

// statementsOf decodes statements.
func statementsOf(items []json.RawMessage, of string) (b batch[statement], err error) {
	for _, raw := range items {
		st := statement{account: of}
		if err := json.Unmarshal(raw, &st.Statement); err != nil {
			return b, fmt.Errorf("a statement cannot be read: %w", err)
		}
		b.rows, b.raw = append(b.rows, st), append(b.raw, raw)
	}
	return b, nil
}

var statementColumns = []output.Column[statement]{
	output.ID("id", func(s statement) string { return s.ID }),
	output.Text("account", func(s statement) string { return s.account }),
	output.Day("start_date", func(s statement) brex.Date { return s.Period.StartDate }),
	output.Day("end_date", func(s statement) brex.Date { return s.Period.EndDate }),
	output.Amount("start_balance", func(s statement) *brex.Money { return s.StartBalance }),
	output.Amount("end_balance", func(s statement) *brex.Money { return s.EndBalance }),
}
