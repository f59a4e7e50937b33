package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/budgets"
)

// SpendLimitsV1Service reads and changes spend limits in the form of the v1 API, which called them
// budgets.
//
// Deprecated: Brex deprecated it in October 2024. Use SpendLimitsService.
type SpendLimitsV1Service struct {
	service
	api *budgets.Client
}

// Types of the SpendLimitsV1 service.
type (
	// SpendLimitV1 is a spend limit in its v1 form, which Brex calls a budget.
	//
	// Deprecated: Use SpendLimit.
	SpendLimitV1 = budgets.Budget
	// SpendLimitV1ListParams filters SpendLimitsV1Service.List; zero fields are not sent.
	//
	// Deprecated: Use SpendLimitListParams.
	SpendLimitV1ListParams = budgets.ListBudgetsParams
	// CreateSpendLimitV1Request is a spend limit to create in its v1 form.
	//
	// Deprecated: Use CreateSpendLimitRequest.
	CreateSpendLimitV1Request = budgets.CreateBudgetRequest
	// UpdateSpendLimitV1Request holds changes to a spend limit in its v1 form.
	//
	// Deprecated: Use UpdateSpendLimitRequest.
	UpdateSpendLimitV1Request = budgets.UpdateBudgetRequest
	// SpendLimitV1Status is the state of a v1 spend limit.
	//
	// Deprecated: Use SpendLimitStatus.
	SpendLimitV1Status = budgets.BudgetStatus
	// SpendLimitV1PeriodBalance is the balance of a v1 spend limit in its current period.
	//
	// Deprecated: Use SpendLimitPeriodBalance.
	SpendLimitV1PeriodBalance = budgets.BudgetPeriodBalance
)

// List returns one page of v1 spend limits, at most 1,000.
//
// It calls listBudgets, GET /v1/budgets. Scopes: budgets or budgets.readonly. Access: read.
//
// Deprecated: Use SpendLimitsService.List.
func (s *SpendLimitsV1Service) List(ctx context.Context, params SpendLimitV1ListParams, opts ...CallOption) (*Page[SpendLimitV1], error) {
	return s.api.ListBudgets(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
//
// Deprecated: Use SpendLimitsService.Pages.
func (s *SpendLimitsV1Service) Pages(ctx context.Context, params SpendLimitV1ListParams, opts ...CallOption) iter.Seq2[*Page[SpendLimitV1], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
//
// Deprecated: Use SpendLimitsService.All.
func (s *SpendLimitsV1Service) All(ctx context.Context, params SpendLimitV1ListParams, opts ...CallOption) iter.Seq2[SpendLimitV1, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one v1 spend limit. Amounts are in minor units.
//
// It calls getBudgetById, GET /v1/budgets/{id}. Scopes: budgets or budgets.readonly. Access: read.
//
// Deprecated: Use SpendLimitsService.Get.
func (s *SpendLimitsV1Service) Get(ctx context.Context, id string, opts ...CallOption) (*SpendLimitV1, error) {
	return s.api.GetBudget(ctx, id, opts...)
}

// Create adds a v1 spend limit, within which its members can then spend. Limit is in minor units
// and for one period.
//
// It calls createBudget, POST /v1/budgets. Scopes: budgets. Access: money.
//
// Deprecated: Use SpendLimitsService.Create.
func (s *SpendLimitsV1Service) Create(ctx context.Context, req CreateSpendLimitV1Request, opts ...CallOption) (*SpendLimitV1, error) {
	return s.api.CreateBudget(ctx, req, opts...)
}

// Update changes a v1 spend limit. Fields left alone are not sent and keep their value; amounts are
// in minor units.
//
// It calls updateBudget, PUT /v1/budgets/{id}. Scopes: budgets. Access: money.
//
// Deprecated: Use SpendLimitsService.Update.
func (s *SpendLimitsV1Service) Update(ctx context.Context, id string, req UpdateSpendLimitV1Request, opts ...CallOption) (*SpendLimitV1, error) {
	return s.api.UpdateBudget(ctx, id, req, opts...)
}

// Archive takes a v1 spend limit out of use. Brex declares no idempotency key for it, so it is not
// retried after a broken connection: check its effect before you repeat it.
//
// It calls archiveBudget, POST /v1/budgets/{id}/archive. Scopes: budgets. Access: money.
//
// Deprecated: Use SpendLimitsService.Archive.
func (s *SpendLimitsV1Service) Archive(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.ArchiveBudget(ctx, id, opts...)
}
