package brex

import (
	"context"
	"iter"

	"github.com/brex-go/sdk/gen/travel"
)

// BookingsService reads what was booked for a trip: flights, car rentals, stays and rail journeys.
type BookingsService struct {
	service
	api *travel.Client
}

// Types of the Bookings service.
type (
	// Booking is a booking made for a trip.
	Booking = travel.Booking
	// BookingListParams filters BookingsService.List; zero fields are not sent.
	BookingListParams = travel.ListTripBookingsParams
	// BookingStatus is the state of a booking or of one journey in it.
	BookingStatus = travel.BookingStatus
	// BookingType says what was booked.
	BookingType = travel.BookingType
	// BookingSource says where a booking was made.
	BookingSource = travel.BookingSource
	// BookingData has the details of a booking, in one of four forms: switch on the type of its
	// Value.
	BookingData = travel.BookingData
	// BookingTime is a time at a place, given on the local clock and, where known, as a point in
	// time.
	BookingTime = travel.BookingTime
	// TravelAddress is the place of an airport, station, hotel or rental office.
	TravelAddress = travel.Address
	// TravelCoordinates is a position on the globe.
	TravelCoordinates = travel.AddressGeoCoordinates
	// AirBooking has details of a booking of flights.
	AirBooking = travel.AirBookingData
	// AirJourney is one journey of a flight booking, of one or more flights.
	AirJourney = travel.AirBookingDataJourney
	// AirFlight is one flight of a journey.
	AirFlight = travel.AirBookingDataFlight
	// AirFlightEndpoint is the airport at one end of a flight.
	AirFlightEndpoint = travel.AirBookingDataFlightEndpoint
	// AirFlightNumber is an airline and the number of its flight.
	AirFlightNumber = travel.AirBookingDataFlightNumber
	// AirFlightSeat is a seat on a flight.
	AirFlightSeat = travel.AirBookingDataFlightSeat
	// AirFlightSeatStatus is the state of a seat.
	AirFlightSeatStatus = travel.AirBookingDataFlightSeatStatus
	// AirFlightTicket is a ticket issued by an airline.
	AirFlightTicket = travel.AirBookingDataFlightTicket
	// AirDocumentNumber is a number given to a traveller by an authority.
	AirDocumentNumber = travel.AirBookingDataDocumentNumber
	// AirCabinClass is the class of a cabin on an aircraft.
	AirCabinClass = travel.AirBookingDataCabinClass
	// CarRentalBooking has details of a car rental.
	CarRentalBooking = travel.CarRentalBookingData
	// RentalCar is the car booked.
	RentalCar = travel.CarRentalBookingDataCarDetails
	// RentalCarClass is the class of a rental car.
	RentalCarClass = travel.CarRentalBookingDataCarClass
	// RentalReservation is the reservation of a rental car, with pickup and return.
	RentalReservation = travel.CarRentalBookingDataReservationDetails
	// RentalEndpoint says where and when a rental car is picked up or returned.
	RentalEndpoint = travel.CarRentalBookingDataRentalEndpoint
	// LodgingBooking has details of a stay.
	LodgingBooking = travel.LodgingBookingData
	// LodgingDetails is the hotel or other lodging booked.
	LodgingDetails = travel.LodgingBookingDataLodgingDetails
	// LodgingContact says how to reach a hotel or other lodging.
	LodgingContact = travel.LodgingBookingDataContactInfo
	// LodgingReservation is the reservation of a stay, with check-in and checkout times local to
	// the lodging.
	LodgingReservation = travel.LodgingBookingDataReservationDetails
	// LodgingRoom is the room booked.
	LodgingRoom = travel.LodgingBookingDataRoom
	// RailBooking has details of a booking of rail journeys.
	RailBooking = travel.RailBookingData
	// RailJourney is one journey of a rail booking.
	RailJourney = travel.RailBookingDataRailJourney
	// RailLeg is one leg of a rail journey.
	RailLeg = travel.RailBookingDataRailLeg
	// RailSeat is a seat on a train or other vehicle.
	RailSeat = travel.RailBookingDataRailSeat
	// RailStation is a station or stop at one end of a leg.
	RailStation = travel.RailBookingDataRailStation
	// RailStationType is the kind of station.
	RailStationType = travel.RailBookingDataRailStationType
	// RailClass is the class of travel on a rail leg.
	RailClass = travel.RailBookingDataRailClass
	// RailVehicle says what a leg of a rail journey is travelled with.
	RailVehicle = travel.RailBookingDataVehicle
	// RailVehicleType is the kind of vehicle on a leg.
	RailVehicleType = travel.RailBookingDataVehicleType
)

// List returns one page of bookings of a trip, at most 1,000. What was booked is in BookingData:
// switch on the type of its Value.
//
// It calls listTripBookings, GET /v1/trips/{trip_id}/bookings. Scopes: travel.trips or
// travel.trips.readonly. Access: read.
func (s *BookingsService) List(ctx context.Context, tripID string, params BookingListParams, opts ...CallOption) (*Page[Booking], error) {
	return s.api.ListTripBookings(ctx, tripID, params, opts...)
}

// Pages reads the pages of List one after the other.
func (s *BookingsService) Pages(ctx context.Context, tripID string, params BookingListParams, opts ...CallOption) iter.Seq2[*Page[Booking], error] {
	return pagesOf(ctx, params, params.Cursor, under(s.List, tripID), opts)
}

// All reads every item that List would return, page by page.
func (s *BookingsService) All(ctx context.Context, tripID string, params BookingListParams, opts ...CallOption) iter.Seq2[Booking, error] {
	return items(s.Pages(ctx, tripID, params, opts...))
}

// Get returns one booking of a trip.
//
// It calls getBooking, GET /v1/trips/{trip_id}/bookings/{booking_id}. Scopes: travel.trips or
// travel.trips.readonly. Access: read.
func (s *BookingsService) Get(ctx context.Context, tripID, bookingID string, opts ...CallOption) (*Booking, error) {
	return s.api.GetBooking(ctx, tripID, bookingID, opts...)
}
