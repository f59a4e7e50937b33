// Command consumer uses the SDK as a stranger would: another module, exported names only. A test builds it, and its go.sum
// shows what importing the SDK costs.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	client, err := brex.NewFromEnv()
	if err != nil {
		return err
	}
	total := money.New(0, money.USD)
	for expense, err := range client.Expenses.All(ctx, brex.ExpenseListParams{Limit: 50}) {
		if errors.Is(err, brex.ErrForbidden) {
			return fmt.Errorf("ask an admin for the scope: %w", err)
		}
		if err != nil {
			return err
		}
		if expense.USDEquivalentAmount == nil {
			continue
		}
		if total, err = total.Add(*expense.USDEquivalentAmount); err != nil {
			return err
		}
	}
	fmt.Println(total)
	return nil
}
