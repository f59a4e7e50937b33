package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/team"
)

// DepartmentsService reads and adds departments.
type DepartmentsService struct {
	service
	api *team.Client
}

// Types of the Departments service.
type (
	// Department is a department of the company.
	Department = team.DepartmentResponse
	// DepartmentListParams filters DepartmentsService.List; zero fields are not sent.
	DepartmentListParams = team.ListDepartmentsParams
	// CreateDepartmentRequest is a department to create.
	CreateDepartmentRequest = team.CreateDepartmentRequest
)

// List returns one page of departments, at most 1,000, optionally only those with the name
// params.Name.
//
// It calls listDepartments, GET /v2/departments. Scopes: departments or departments.readonly.
// Access: read.
func (s *DepartmentsService) List(ctx context.Context, params DepartmentListParams, opts ...CallOption) (*Page[Department], error) {
	return s.api.ListDepartments(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *DepartmentsService) Pages(ctx context.Context, params DepartmentListParams, opts ...CallOption) iter.Seq2[*Page[Department], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *DepartmentsService) All(ctx context.Context, params DepartmentListParams, opts ...CallOption) iter.Seq2[Department, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one department.
//
// It calls getDepartmentById, GET /v2/departments/{id}. Scopes: departments or
// departments.readonly. Access: read.
func (s *DepartmentsService) Get(ctx context.Context, id string, opts ...CallOption) (*Department, error) {
	return s.api.GetDepartment(ctx, id, opts...)
}

// Create adds a department. The API has no way to change or delete it.
//
// It calls createDepartment, POST /v2/departments. Scopes: departments. Access: write.
func (s *DepartmentsService) Create(ctx context.Context, req CreateDepartmentRequest, opts ...CallOption) (*Department, error) {
	return s.api.CreateDepartment(ctx, req, opts...)
}
