package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/travel"
)

// TripsService reads the trips that were booked.
type TripsService struct {
	service
	api *travel.Client
}

// Types of the Trips service.
type (
	// Trip is a trip, to which bookings belong.
	Trip = travel.Trip
	// TripListParams filters TripsService.List; zero fields are not sent.
	TripListParams = travel.ListTripsParams
	// TripStatus is the state of a trip.
	TripStatus = travel.TripStatus
	// Traveler is the person who travels.
	Traveler = travel.Traveler
	// TravelerName is the name of a traveller.
	TravelerName = travel.TravelerName
	// TravelerType says whether the traveller is an employee of the customer or a guest from
	// outside.
	TravelerType = travel.TravelerType
)

// List returns one page of trips without their bookings, at most 1,000, optionally only those
// changed after params.LastUpdatedAfter.
//
// It calls listTrips, GET /v1/trips. Scopes: travel.trips or travel.trips.readonly. Access: read.
func (s *TripsService) List(ctx context.Context, params TripListParams, opts ...CallOption) (*Page[Trip], error) {
	return s.api.ListTrips(ctx, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *TripsService) Pages(ctx context.Context, params TripListParams, opts ...CallOption) iter.Seq2[*Page[Trip], error] {
	return pagesOf(ctx, params, params.Cursor, s.List, opts)
}

// All reads every item that List would return, page by page.
func (s *TripsService) All(ctx context.Context, params TripListParams, opts ...CallOption) iter.Seq2[Trip, error] {
	return items(s.Pages(ctx, params, opts...))
}

// Get returns one trip without its bookings, which BookingsService lists.
//
// It calls getTrip, GET /v1/trips/{trip_id}. Scopes: travel.trips or travel.trips.readonly. Access:
// read.
func (s *TripsService) Get(ctx context.Context, tripID string, opts ...CallOption) (*Trip, error) {
	return s.api.GetTrip(ctx, tripID, opts...)
}
