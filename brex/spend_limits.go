package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/budgets"
)

// SpendLimitsService reads and changes spend limits (v2): how much their members may spend in a
// period, with which cards and on what.
type SpendLimitsService struct {
	service
	api *budgets.Client
}

// Types of the SpendLimits service.
type (
	// SpendLimit says how much its members may spend in a period, with which cards and on what.
	SpendLimit = budgets.SpendLimit
	// SpendLimitListParams filters SpendLimitsService.List; zero fields are not sent.
	SpendLimitListParams = budgets.ListSpendLimitsParams
	// CreateSpendLimitRequest is a spend limit to create.
	CreateSpendLimitRequest = budgets.CreateSpendLimitRequest
	// UpdateSpendLimitRequest holds changes to a spend limit.
	UpdateSpendLimitRequest = budgets.UpdateSpendLimitRequest
	// SpendLimitStatus is the state of a spend limit.
	SpendLimitStatus = budgets.SpendLimitStatus
	// SpendLimitPeriodBalance says what has been spent under a spend limit in its current period.
	SpendLimitPeriodBalance = budgets.SpendLimitPeriodBalance
	// SpendLimitPeriodRecurrenceType says how often a spend limit starts again.
	SpendLimitPeriodRecurrenceType = budgets.SpendLimitPeriodRecurrenceType
	// AuthorizationSettings says how much a spend limit allows.
	AuthorizationSettings = budgets.AuthorizationSettings
	// AuthorizationSettingsRequest says how much a new spend limit allows.
	AuthorizationSettingsRequest = budgets.AuthorizationSettingsRequest
	// UpdateAuthorizationSettingsRequest holds changes to how much a spend limit allows.
	UpdateAuthorizationSettingsRequest = budgets.UpdateAuthorizationSettingsRequest
	// AuthorizationType says whether a spend limit is enforced.
	AuthorizationType = budgets.AuthorizationType
	// AuthorizationVisibility says whether the amount and other settings of a spend limit can be
	// seen.
	AuthorizationVisibility = budgets.AuthorizationVisibility
	// AutoCreateLimitCardsSetting says whether cards for the spend limit are created automatically.
	AutoCreateLimitCardsSetting = budgets.AutoCreateLimitCardsSetting
	// AutoTransferCardsSetting says whether cards are transferred to the spend limit automatically.
	AutoTransferCardsSetting = budgets.AutoTransferCardsSetting
	// ExpenseVisibility says who sees the expenses made under a spend limit.
	ExpenseVisibility = budgets.ExpenseVisibility
	// LimitIncreaseSetting says whether increases of a spend limit can be requested.
	LimitIncreaseSetting = budgets.LimitIncreaseSetting
	// MerchantCategoryControls are the merchant categories that a spend limit allows or blocks.
	MerchantCategoryControls = budgets.MerchantCategoryControls
	// RolloverRefreshRate says how unspent money of a spend limit carries over to later periods.
	RolloverRefreshRate = budgets.RolloverRefreshRate
	// SpendType says which cards may spend.
	SpendType = budgets.SpendType
)

// List returns one page of spend limits, at most 1,000, optionally only those with one of
// params.MemberUserIDs among their members.
//
// It calls listSpendLimits, GET /v2/spend_limits. Scopes: budgets or budgets.readonly. Access:
// read.
func (s *SpendLimitsService) List(ctx context.Context, params SpendLimitListParams, opts ...CallOption) (*Page[SpendLimit], error) {
	return s.api.ListSpendLimits(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *SpendLimitsService) Pages(ctx context.Context, params SpendLimitListParams, opts ...CallOption) iter.Seq2[*Page[SpendLimit], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *SpendLimitsService) All(ctx context.Context, params SpendLimitListParams, opts ...CallOption) iter.Seq2[SpendLimit, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one spend limit with its settings and what was spent in the current period, in minor
// units.
//
// It calls getSpendLimitById, GET /v2/spend_limits/{id}. Scopes: budgets or budgets.readonly.
// Access: read.
func (s *SpendLimitsService) Get(ctx context.Context, id string, opts ...CallOption) (*SpendLimit, error) {
	return s.api.GetSpendLimit(ctx, id, opts...)
}

// Create adds a spend limit, within which its members can then spend. Amounts are in minor units.
// Merchant categories cannot be given here, only to Update.
//
// It calls createSpendLimit, POST /v2/spend_limits. Scopes: budgets. Access: money.
func (s *SpendLimitsService) Create(ctx context.Context, req CreateSpendLimitRequest, opts ...CallOption) (*SpendLimit, error) {
	return s.api.CreateSpendLimit(ctx, req, opts...)
}

// Update changes how much may be spent, by whom and on what. Fields left alone are not sent and
// keep their value; amounts are in minor units. The budget above it cannot be changed.
//
// It calls updateSpendLimit, PUT /v2/spend_limits/{id}. Scopes: budgets. Access: money.
func (s *SpendLimitsService) Update(ctx context.Context, id string, req UpdateSpendLimitRequest, opts ...CallOption) (*SpendLimit, error) {
	return s.api.UpdateSpendLimit(ctx, id, req, opts...)
}

// Archive takes a spend limit out of use. Brex declares no idempotency key for it, so it is not
// retried after a broken connection: check its effect before you repeat it.
//
// It calls archiveSpendLimit, POST /v2/spend_limits/{id}/archive. Scopes: budgets. Access: money.
func (s *SpendLimitsService) Archive(ctx context.Context, id string, opts ...CallOption) error {
	return s.api.ArchiveSpendLimit(ctx, id, opts...)
}
