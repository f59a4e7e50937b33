package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/team"
)

// LocationsService reads and adds locations.
type LocationsService struct {
	service
	api *team.Client
}

// Types of the Locations service.
type (
	// Location is a location of the company.
	Location = team.LocationResponse
	// LocationListParams filters LocationsService.List; zero fields are not sent.
	LocationListParams = team.ListLocationsParams
	// CreateLocationRequest is a location to create.
	CreateLocationRequest = team.CreateLocationRequest
)

// List returns one page of locations, at most 1,000, optionally only those with the name
// params.Name.
//
// It calls listLocations, GET /v2/locations. Scopes: locations or locations.readonly. Access: read.
func (s *LocationsService) List(ctx context.Context, params LocationListParams, opts ...CallOption) (*Page[Location], error) {
	return s.api.ListLocations(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *LocationsService) Pages(ctx context.Context, params LocationListParams, opts ...CallOption) iter.Seq2[*Page[Location], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *LocationsService) All(ctx context.Context, params LocationListParams, opts ...CallOption) iter.Seq2[Location, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one location.
//
// It calls getLocationById, GET /v2/locations/{id}. Scopes: locations or locations.readonly.
// Access: read.
func (s *LocationsService) Get(ctx context.Context, id string, opts ...CallOption) (*Location, error) {
	return s.api.GetLocation(ctx, id, opts...)
}

// Create adds a location. The API has no way to change or delete it.
//
// It calls createLocation, POST /v2/locations. Scopes: locations. Access: write.
func (s *LocationsService) Create(ctx context.Context, req CreateLocationRequest, opts ...CallOption) (*Location, error) {
	return s.api.CreateLocation(ctx, req, opts...)
}
