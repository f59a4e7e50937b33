package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/budgets"
)

// BudgetsService reads and changes budgets, the v2 kind that Brex calls spend budgets. What v1
// called a budget is a spend limit: see SpendLimitsService.
type BudgetsService struct {
	service
	api *budgets.Client
}

// Types of the Budgets service.
type (
	// Budget is a budget of the v2 API; its amount is in minor units and for one period.
	Budget = budgets.SpendBudget
	// BudgetListParams filters BudgetsService.List; zero fields are not sent.
	BudgetListParams = budgets.ListSpendBudgetsParams
	// CreateBudgetRequest is a budget to create.
	CreateBudgetRequest = budgets.CreateSpendBudgetRequest
	// UpdateBudgetRequest holds changes to a budget.
	UpdateBudgetRequest = budgets.UpdateSpendBudgetRequest
	// BudgetPeriodRecurrenceType says how often the amount of a budget starts again.
	BudgetPeriodRecurrenceType = budgets.BudgetPeriodRecurrenceType
	// BudgetLimitType says whether the amount of a budget, v1 budget or blueprint is enforced.
	BudgetLimitType = budgets.LimitType
)

// List returns one page of budgets, at most 1,000.
//
// It calls listSpendBudgets, GET /v2/budgets. Scopes: budgets or budgets.readonly. Access: read.
func (s *BudgetsService) List(ctx context.Context, params BudgetListParams, opts ...CallOption) (*Page[Budget], error) {
	return s.api.ListSpendBudgets(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *BudgetsService) Pages(ctx context.Context, params BudgetListParams, opts ...CallOption) iter.Seq2[*Page[Budget], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *BudgetsService) All(ctx context.Context, params BudgetListParams, opts ...CallOption) iter.Seq2[Budget, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one budget. Its Amount is in minor units and for one period.
//
// It calls getSpendBudgetById, GET /v2/budgets/{id}. Scopes: budgets or budgets.readonly. Access:
// read.
func (s *BudgetsService) Get(ctx context.Context, id string, opts ...CallOption) (*Budget, error) {
	return s.api.GetSpendBudget(ctx, id, opts...)
}

// Create adds a budget below an existing one. Amount is in minor units and for one period.
//
// It calls createSpendBudget, POST /v2/budgets. Scopes: budgets. Access: money.
func (s *BudgetsService) Create(ctx context.Context, req CreateBudgetRequest, opts ...CallOption) (*Budget, error) {
	return s.api.CreateSpendBudget(ctx, req, opts...)
}

// Update changes a budget, for example its amount (in minor units), its period or its owners.
// Fields left alone are not sent and keep their value.
//
// It calls updateSpendBudget, PUT /v2/budgets/{id}. Scopes: budgets. Access: money.
func (s *BudgetsService) Update(ctx context.Context, id string, req UpdateBudgetRequest, opts ...CallOption) (*Budget, error) {
	return s.api.UpdateSpendBudget(ctx, id, req, opts...)
}

// Archive takes a budget out of use. Brex declares no idempotency key for it, so it is not retried
// after a broken connection: check its effect before you repeat it.
//
// It calls archiveSpendBudget, POST /v2/budgets/{id}/archive. Scopes: budgets. Access: money.
func (s *BudgetsService) Archive(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.ArchiveSpendBudget(ctx, id, opts...)
}
