package brex

import "github.com/brex-go/sdk/gen/travel"

// Values of AirCabinClass that are documented. Brex may answer others, which are kept as they are.
const (
	AirCabinClassBusiness       = travel.AirBookingDataCabinClassBusiness
	AirCabinClassEconomy        = travel.AirBookingDataCabinClassEconomy
	AirCabinClassFirst          = travel.AirBookingDataCabinClassFirst
	AirCabinClassPremiumEconomy = travel.AirBookingDataCabinClassPremiumEconomy
)

// Values of AirFlightSeatStatus that are documented. Brex may answer others, which are kept as they are.
const (
	AirFlightSeatStatusCanceled  = travel.AirBookingDataFlightSeatStatusCanceled
	AirFlightSeatStatusConfirmed = travel.AirBookingDataFlightSeatStatusConfirmed
	AirFlightSeatStatusPending   = travel.AirBookingDataFlightSeatStatusPending
)

// Values of BookingSource that are documented. Brex may answer others, which are kept as they are.
const (
	BookingSourceBrexTravel = travel.BookingSourceBrexTravel
	BookingSourceExternal   = travel.BookingSourceExternal
)

// Values of BookingStatus that are documented. Brex may answer others, which are kept as they are.
const (
	BookingStatusAirlineControl         = travel.BookingStatusAirlineControl
	BookingStatusApprovalDenied         = travel.BookingStatusApprovalDenied
	BookingStatusApprovalRequested      = travel.BookingStatusApprovalRequested
	BookingStatusCanceled               = travel.BookingStatusCanceled
	BookingStatusCancellationInProgress = travel.BookingStatusCancellationInProgress
	BookingStatusCompleted              = travel.BookingStatusCompleted
	BookingStatusConfirmed              = travel.BookingStatusConfirmed
	BookingStatusHold                   = travel.BookingStatusHold
	BookingStatusInProgress             = travel.BookingStatusInProgress
	BookingStatusPaymentDeclined        = travel.BookingStatusPaymentDeclined
	BookingStatusPending                = travel.BookingStatusPending
	BookingStatusProcessing             = travel.BookingStatusProcessing
	BookingStatusRefunded               = travel.BookingStatusRefunded
	BookingStatusScheduleChange         = travel.BookingStatusScheduleChange
	BookingStatusUnconfirmed            = travel.BookingStatusUnconfirmed
	BookingStatusVoided                 = travel.BookingStatusVoided
)

// Values of BookingType that are documented. Brex may answer others, which are kept as they are.
const (
	BookingTypeAir       = travel.BookingTypeAir
	BookingTypeCarRental = travel.BookingTypeCarRental
	BookingTypeLodging   = travel.BookingTypeLodging
	BookingTypeRail      = travel.BookingTypeRail
)

// Values of RailClass that are documented. Brex may answer others, which are kept as they are.
const (
	RailClassBusiness        = travel.RailBookingDataRailClassBusiness
	RailClassBusinessPremium = travel.RailBookingDataRailClassBusinessPremium
	RailClassCoach           = travel.RailBookingDataRailClassCoach
	RailClassExecutive       = travel.RailBookingDataRailClassExecutive
	RailClassFirst           = travel.RailBookingDataRailClassFirst
	RailClassRoom            = travel.RailBookingDataRailClassRoom
	RailClassSleeper         = travel.RailBookingDataRailClassSleeper
	RailClassStandard        = travel.RailBookingDataRailClassStandard
	RailClassStandardPremium = travel.RailBookingDataRailClassStandardPremium
)

// Values of RailStationType that are documented. Brex may answer others, which are kept as they are.
const (
	RailStationTypeBusStop       = travel.RailBookingDataRailStationTypeBusStop
	RailStationTypeFerryTerminal = travel.RailBookingDataRailStationTypeFerryTerminal
	RailStationTypeGroup         = travel.RailBookingDataRailStationTypeGroup
	RailStationTypeIndividual    = travel.RailBookingDataRailStationTypeIndividual
	RailStationTypeMetro         = travel.RailBookingDataRailStationTypeMetro
)

// Values of RailVehicleType that are documented. Brex may answer others, which are kept as they are.
const (
	RailVehicleTypeBus   = travel.RailBookingDataVehicleTypeBus
	RailVehicleTypeFerry = travel.RailBookingDataVehicleTypeFerry
	RailVehicleTypeMetro = travel.RailBookingDataVehicleTypeMetro
	RailVehicleTypeTaxi  = travel.RailBookingDataVehicleTypeTaxi
	RailVehicleTypeTrain = travel.RailBookingDataVehicleTypeTrain
	RailVehicleTypeTram  = travel.RailBookingDataVehicleTypeTram
	RailVehicleTypeTube  = travel.RailBookingDataVehicleTypeTube
	RailVehicleTypeWalk  = travel.RailBookingDataVehicleTypeWalk
)

// Values of RentalCarClass that are documented. Brex may answer others, which are kept as they are.
const (
	RentalCarClassCompact             = travel.CarRentalBookingDataCarClassCompact
	RentalCarClassCompactSUV          = travel.CarRentalBookingDataCarClassCompactSuv
	RentalCarClassConvertible         = travel.CarRentalBookingDataCarClassConvertible
	RentalCarClassEconomy             = travel.CarRentalBookingDataCarClassEconomy
	RentalCarClassElectric            = travel.CarRentalBookingDataCarClassElectric
	RentalCarClassFullSize            = travel.CarRentalBookingDataCarClassFullSize
	RentalCarClassHybrid              = travel.CarRentalBookingDataCarClassHybrid
	RentalCarClassIntermediate        = travel.CarRentalBookingDataCarClassIntermediate
	RentalCarClassIntermediateSUV     = travel.CarRentalBookingDataCarClassIntermediateSuv
	RentalCarClassLuxury              = travel.CarRentalBookingDataCarClassLuxury
	RentalCarClassLuxurySUV           = travel.CarRentalBookingDataCarClassLuxurySuv
	RentalCarClassMini                = travel.CarRentalBookingDataCarClassMini
	RentalCarClassMiniVan             = travel.CarRentalBookingDataCarClassMiniVan
	RentalCarClassOther               = travel.CarRentalBookingDataCarClassOther
	RentalCarClassPassengerVan        = travel.CarRentalBookingDataCarClassPassengerVan
	RentalCarClassPickupTruck         = travel.CarRentalBookingDataCarClassPickupTruck
	RentalCarClassPremium             = travel.CarRentalBookingDataCarClassPremium
	RentalCarClassPremiumSUV          = travel.CarRentalBookingDataCarClassPremiumSuv
	RentalCarClassRecreationalVehicle = travel.CarRentalBookingDataCarClassRecreationalVehicle
	RentalCarClassSpecial             = travel.CarRentalBookingDataCarClassSpecial
	RentalCarClassSports              = travel.CarRentalBookingDataCarClassSports
	RentalCarClassStandard            = travel.CarRentalBookingDataCarClassStandard
	RentalCarClassSUV                 = travel.CarRentalBookingDataCarClassSuv
)

// Values of TravelerType that are documented. Brex may answer others, which are kept as they are.
const (
	TravelerTypeEmployee = travel.TravelerTypeEmployee
	TravelerTypeGuest    = travel.TravelerTypeGuest
)

// Values of TripStatus that are documented. Brex may answer others, which are kept as they are.
const (
	TripStatusAirlineControl         = travel.TripStatusAirlineControl
	TripStatusApprovalDenied         = travel.TripStatusApprovalDenied
	TripStatusApprovalRequested      = travel.TripStatusApprovalRequested
	TripStatusCanceled               = travel.TripStatusCanceled
	TripStatusCancellationInProgress = travel.TripStatusCancellationInProgress
	TripStatusCompleted              = travel.TripStatusCompleted
	TripStatusDeleted                = travel.TripStatusDeleted
	TripStatusDraft                  = travel.TripStatusDraft
	TripStatusHold                   = travel.TripStatusHold
	TripStatusInProgress             = travel.TripStatusInProgress
	TripStatusInvited                = travel.TripStatusInvited
	TripStatusPaymentDeclined        = travel.TripStatusPaymentDeclined
	TripStatusPending                = travel.TripStatusPending
	TripStatusProcessing             = travel.TripStatusProcessing
	TripStatusRefunded               = travel.TripStatusRefunded
	TripStatusScheduleChange         = travel.TripStatusScheduleChange
	TripStatusUnconfirmed            = travel.TripStatusUnconfirmed
	TripStatusUpcoming               = travel.TripStatusUpcoming
	TripStatusVoided                 = travel.TripStatusVoided
)
