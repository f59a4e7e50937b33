package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/expenses"
)

// ExpensesService reads expenses of every type and sets the memo of card expenses.
type ExpensesService struct{ api *expenses.Client }

// Types of the Expenses service.
type (
	Expense              = expenses.ExpandableExpense
	ExpenseListParams    = expenses.ListExpensesParams
	ExpenseGetParams     = expenses.GetExpenseParams
	ExpenseType          = expenses.ExpenseType
	ExpenseStatus        = expenses.ExpenseStatus
	ExpensePaymentStatus = expenses.ExpensePaymentStatus
	UpdateExpenseRequest = expenses.UpdateExpenseRequest
	UpdatedExpense       = expenses.Expense
)

// List returns one page of expenses, 100 at the most.
//
// It calls listExpenses, GET /v1/expenses. Scopes: expenses.card or expenses.card.readonly. Access: read.
func (s *ExpensesService) List(ctx context.Context, params ExpenseListParams, opts ...CallOption) (*Page[Expense], error) {
	return s.api.ListExpenses(with(ctx, opts), params)
}

// Pages reads the pages of List one after the other.
func (s *ExpensesService) Pages(ctx context.Context, params ExpenseListParams, opts ...CallOption) iter.Seq2[*Page[Expense], error] {
	return pages(ctx, params.Cursor, func(ctx context.Context, cursor string) (*Page[Expense], error) {
		p := params
		p.Cursor = cursor
		return s.List(ctx, p, opts...)
	})
}

// All reads all expenses that List would return page by page.
func (s *ExpensesService) All(ctx context.Context, params ExpenseListParams, opts ...CallOption) iter.Seq2[Expense, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one expense. Related objects are filled in as params.Expand asks.
//
// It calls getExpense, GET /v1/expenses/{id}. Scopes: expenses.card or expenses.card.readonly. Access: read.
func (s *ExpensesService) Get(ctx context.Context, id string, params ExpenseGetParams, opts ...CallOption) (*Expense, error) {
	return s.api.GetExpense(with(ctx, opts), id, params)
}

// Update sets the memo of a card expense: Set("") clears it, Null does too where Brex accepts it, and the zero value leaves
// it alone.
//
// It calls updateExpense, PUT /v1/expenses/card/{expense_id}. Scopes: expenses.card. Access: write.
func (s *ExpensesService) Update(ctx context.Context, id string, req UpdateExpenseRequest, opts ...CallOption) (*UpdatedExpense, error) {
	return s.api.UpdateExpense(with(ctx, opts), id, req)
}
