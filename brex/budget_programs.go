package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/budgets"
)

// BudgetProgramsService reads and changes budget programs, patterns from which budgets for groups
// of employees are made.
type BudgetProgramsService struct {
	service
	api *budgets.Client
}

// Types of the BudgetPrograms service.
type (
	// BudgetProgram is a set of budget blueprints and existing budgets for the employees that
	// EmployeeFilter selects.
	BudgetProgram = budgets.BudgetProgram
	// BudgetProgramListParams filters BudgetProgramsService.List; zero fields are not sent.
	BudgetProgramListParams = budgets.ListBudgetProgramsParams
	// CreateBudgetProgramRequest is a budget program to create.
	CreateBudgetProgramRequest = budgets.CreateBudgetProgramRequest
	// UpdateBudgetProgramRequest holds changes to a budget program.
	UpdateBudgetProgramRequest = budgets.UpdateBudgetProgramRequest
	// BudgetProgramStatus is the state of a budget program.
	BudgetProgramStatus = budgets.BudgetProgramStatus
	// BudgetBlueprint is a pattern in a budget program from which budgets are made.
	BudgetBlueprint = budgets.BudgetBlueprint
	// CreateBudgetBlueprintRequest is a blueprint of a new budget program.
	CreateBudgetBlueprintRequest = budgets.CreateBudgetBlueprintRequest
	// UpdateBudgetBlueprintRequest is a blueprint in an update of a budget program.
	UpdateBudgetBlueprintRequest = budgets.UpdateBudgetBlueprintRequest
	// EmployeeFilter selects the employees a budget program is for.
	EmployeeFilter = budgets.EmployeeFilter
	// EmploymentStatus is the state of an employee's employment.
	EmploymentStatus = budgets.EmploymentStatus
	// EmploymentType is the kind of employment.
	EmploymentType = budgets.EmploymentType
	// BudgetPeriodType says how often the limit of a v1 budget or blueprint starts again.
	BudgetPeriodType = budgets.PeriodType
	// BudgetLimitVisibilityType says who sees the limit of a v1 budget or blueprint.
	BudgetLimitVisibilityType = budgets.BudgetLimitVisibilityType
)

// List returns one page of budget programs, at most 1,000.
//
// It calls listBudgetPrograms, GET /v1/budget_programs. Scopes: budgets or budgets.readonly.
// Access: read.
func (s *BudgetProgramsService) List(ctx context.Context, params BudgetProgramListParams, opts ...CallOption) (*Page[BudgetProgram], error) {
	return s.api.ListBudgetPrograms(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *BudgetProgramsService) Pages(ctx context.Context, params BudgetProgramListParams, opts ...CallOption) iter.Seq2[*Page[BudgetProgram], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *BudgetProgramsService) All(ctx context.Context, params BudgetProgramListParams, opts ...CallOption) iter.Seq2[BudgetProgram, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one budget program with its blueprints.
//
// It calls getBudgetProgramById, GET /v1/budget_programs/{id}. Scopes: budgets or budgets.readonly.
// Access: read.
func (s *BudgetProgramsService) Get(ctx context.Context, id string, opts ...CallOption) (*BudgetProgram, error) {
	return s.api.GetBudgetProgram(ctx, id, opts...)
}

// Create adds a budget program of one or more blueprints. It can change who may spend; limits are
// in minor units.
//
// It calls createBudgetProgram, POST /v1/budget_programs. Scopes: budgets. Access: money.
func (s *BudgetProgramsService) Create(ctx context.Context, req CreateBudgetProgramRequest, opts ...CallOption) (*BudgetProgram, error) {
	return s.api.CreateBudgetProgram(ctx, req, opts...)
}

// Update changes a budget program, and with it perhaps who may spend. Fields left alone are not
// sent and keep their value.
//
// It calls updateBudgetProgram, PUT /v1/budget_programs/{id}. Scopes: budgets. Access: money.
func (s *BudgetProgramsService) Update(ctx context.Context, id string, req UpdateBudgetProgramRequest, opts ...CallOption) (*BudgetProgram, error) {
	return s.api.UpdateBudgetProgram(ctx, id, req, opts...)
}

// Delete deletes a budget program and returns it. What becomes of the budgets that were made from
// it is not documented: look at them.
//
// It calls deleteBudgetProgram, DELETE /v1/budget_programs/{id}. Scopes: budgets. Access: money.
func (s *BudgetProgramsService) Delete(ctx context.Context, id string, opts ...CallOption) (*BudgetProgram, error) {
	return s.api.DeleteBudgetProgram(ctx, id, opts...)
}
