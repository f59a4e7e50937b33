package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/team"
)

// LegalEntitiesService reads the legal entities of the company.
type LegalEntitiesService struct {
	service
	api *team.Client
}

// Types of the LegalEntities service.
type (
	// LegalEntity is a legal entity of the company.
	LegalEntity = team.LegalEntity
	// LegalEntityListParams filters LegalEntitiesService.List; zero fields are not sent.
	LegalEntityListParams = team.ListLegalEntitiesParams
	// LegalEntityStatus is the state of the verification of a legal entity.
	LegalEntityStatus = team.LegalEntityStatus
)

// List returns one page of legal entities, at most 1,000.
//
// It calls listLegalEntities, GET /v2/legal_entities. Scopes: legal_entities or
// legal_entities.readonly. Access: read.
func (s *LegalEntitiesService) List(ctx context.Context, params LegalEntityListParams, opts ...CallOption) (*Page[LegalEntity], error) {
	return s.api.ListLegalEntities(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *LegalEntitiesService) Pages(ctx context.Context, params LegalEntityListParams, opts ...CallOption) iter.Seq2[*Page[LegalEntity], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *LegalEntitiesService) All(ctx context.Context, params LegalEntityListParams, opts ...CallOption) iter.Seq2[LegalEntity, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one legal entity.
//
// It calls getLegalEntity, GET /v2/legal_entities/{id}. Scopes: legal_entities or
// legal_entities.readonly. Access: read.
func (s *LegalEntitiesService) Get(ctx context.Context, id string, opts ...CallOption) (*LegalEntity, error) {
	return s.api.GetLegalEntity(ctx, id, opts...)
}
