package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/team"
)

// TitlesService reads and adds job titles.
type TitlesService struct {
	service
	api *team.Client
}

// Types of the Titles service.
type (
	// Title is a job title of the company.
	Title = team.TitleResponse
	// TitleListParams filters TitlesService.List; zero fields are not sent.
	TitleListParams = team.ListTitlesParams
	// CreateTitleRequest is a job title to create.
	CreateTitleRequest = team.CreateTitleRequest
)

// List returns one page of job titles, at most 1,000, optionally only those with the name
// params.Name.
//
// It calls listTitles, GET /v2/titles. Scopes: titles or titles.readonly. Access: read.
func (s *TitlesService) List(ctx context.Context, params TitleListParams, opts ...CallOption) (*Page[Title], error) {
	return s.api.ListTitles(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *TitlesService) Pages(ctx context.Context, params TitleListParams, opts ...CallOption) iter.Seq2[*Page[Title], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *TitlesService) All(ctx context.Context, params TitleListParams, opts ...CallOption) iter.Seq2[Title, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one job title.
//
// It calls getTitleById, GET /v2/titles/{id}. Scopes: titles or titles.readonly. Access: read.
func (s *TitlesService) Get(ctx context.Context, id string, opts ...CallOption) (*Title, error) {
	return s.api.GetTitle(ctx, id, opts...)
}

// Create adds a job title. The API has no way to change or delete it.
//
// It calls createTitle, POST /v2/titles. Scopes: titles. Access: write.
func (s *TitlesService) Create(ctx context.Context, req CreateTitleRequest, opts ...CallOption) (*Title, error) {
	return s.api.CreateTitle(ctx, req, opts...)
}
