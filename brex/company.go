package brex

import (
	"context"

	"github.com/brex-go/sdk/gen/team"
)

// CompanyService reads the company.
type CompanyService struct {
	service
	api *team.Client
}

// Types of the Company service.
type (
	// Company is the company the token belongs to.
	Company = team.CompanyResponse
	// CompanyAccountType is the Brex product the company is on.
	CompanyAccountType = team.AccountType
)

// Get returns the company that the token belongs to. Its ID is the company id of webhook events,
// which identifies the token that an event needs.
//
// It calls getCompany, GET /v2/company. Scopes: companies.readonly. Access: read.
func (s *CompanyService) Get(ctx context.Context, opts ...CallOption) (*Company, error) {
	return s.api.GetCompany(ctx, opts...)
}
