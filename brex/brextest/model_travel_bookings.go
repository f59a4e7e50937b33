package brextest

import (
	"encoding/json"
	"fmt"
)

// airports are those of places, and where flights go.
var airports = []string{"SFO", "JFK", "AUS", "LHR", "SEA", "HND", "ORD", "BER"}

// booked is a booking about to be written.
type booked struct {
	m            *tripMaker
	f            *expenseFacts
	r            *rng
	here, there  place
	starts, ends int64
}

// bookings makes the bookings of a trip: what its expense paid for, and often
// something to get around with. Over all trips the four kinds occur.
func (m *tripMaker) bookings(trip int) []object {
	f := m.expenses.facts(int(m.rows[trip]))
	b := booked{m: m, f: &f, r: m.s.ids.random("booking", f.row)}
	b.starts, b.ends, _ = m.times(&f)
	b.here, b.there = places[0], places[f.row%len(places)]
	if b.there.city == "" || b.there.city == b.here.city {
		b.there = places[1]
	}
	var list []object
	if shops[f.shop].category == "AIRLINE_EXPENSES" {
		list = append(list, b.booking(0, "AIR", b.air()))
	} else {
		list = append(list, b.booking(0, "LODGING", b.lodging()))
	}
	switch f.row % 4 {
	case 1:
		list = append(list, b.booking(1, "CAR_RENTAL", b.car()))
	case 2:
		list = append(list, b.booking(1, "RAIL", b.rail()))
	}
	return list
}

// bookingID is the id of a trip's booking.
func (m *tripMaker) bookingID(f *expenseFacts, n int) string {
	return m.s.ids.id(prefixBooking, f.purchased, uint64(f.row)*4+uint64(n))
}

func (b *booked) booking(n int, kind string, data object) object {
	status := map[string]string{"UPCOMING": "CONFIRMED", "IN_PROGRESS": "IN_PROGRESS", "COMPLETED": "COMPLETED", "CANCELED": "CANCELED",
		"REFUNDED": "REFUNDED", "PAYMENT_DECLINED": "PAYMENT_DECLINED"}[b.m.status(b.f)]
	_, _, updated := b.m.times(b.f)
	return object{}.
		set("id", b.m.bookingID(b.f, n)).
		set("trip_id", b.m.s.ids.id(prefixTrip, b.f.purchased, uint64(b.f.row))).
		set("type", kind).
		set("status", status).
		set("source", []string{"BREX_TRAVEL", "BREX_TRAVEL", "EXTERNAL"}[b.f.row%3]).
		set("booking_data", data).
		set("version", 1+b.f.row%4).
		set("created_at", string(appendTime(nil, b.f.purchased))).
		set("updated_at", string(appendTime(nil, updated)))
}

func (b *booked) code() string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	code := make([]byte, 6)
	for i := range code {
		code[i] = letters[b.r.below(len(letters))]
	}
	return string(code)
}

// travelAddress is an address as the travel API writes it.
func travelAddress(p place) object {
	o := object{}.set("address_line_1", orNil(p.line1)).set("address_line_2", nil).set("city", orNil(p.city)).
		set("administrative_area", orNil(p.state)).set("country", p.country).set("postal_code", orNil(p.postal)).
		set("timezone", orNil(p.zone)).set("coordinates", nil)
	if p.latitude != "" {
		o = o.set("coordinates", json.RawMessage(`{"latitude":`+p.latitude+`,"longitude":`+p.longitude+`}`))
	}
	return o
}

func airportOf(p place) string {
	for i := range places {
		if places[i].name == p.name {
			return airports[i]
		}
	}
	return airports[0]
}

func (b *booked) air() object {
	flight := func(from, to place, at int64) object {
		hours := int64(2 + b.r.below(9))
		number := fmt.Sprint(10 + b.r.below(1900))
		end := func(p place) object {
			return object{}.set("airport_code", airportOf(p)).set("airport_location", travelAddress(p)).set("terminal", fmt.Sprint(1+b.r.below(4))).
				set("gate", nil)
		}
		return object{}.
			set("origin", end(from)).
			set("destination", end(to)).
			set("departure_time", bookingTime(at, from.zone)).
			set("arrival_time", bookingTime(at+hours*hourMs, to.zone)).
			set("duration", fmt.Sprintf("PT%dH", hours)).
			set("cabin_class", oneOf(b.r, []string{"ECONOMY", "ECONOMY", "PREMIUM_ECONOMY", "BUSINESS"})).
			set("confirmation_code", b.code()).
			set("marketing_flight", object{}.set("airline_code", "UA").set("number", number).set("airline_name", "United Airlines")).
			set("operating_flight", nil).
			set("seat", object{}.set("number", fmt.Sprintf("%d%c", 5+b.r.below(30), 'A'+rune(b.r.below(6)))).set("status", "CONFIRMED"))
	}
	journey := func(from, to place, at int64) json.RawMessage {
		return object{}.set("status", "CONFIRMED").set("cabin_display_name", "Main Cabin").
			set("flights", []json.RawMessage{flight(from, to, at).encode()}).encode()
	}
	return object{}.set("type", "AIR").
		set("journeys", []json.RawMessage{journey(b.here, b.there, b.starts), journey(b.there, b.here, b.ends-4*hourMs)}).
		set("known_traveler_number", nil).
		set("redress_number", nil).
		set("tickets", []json.RawMessage{object{}.set("number", fmt.Sprintf("016%010d", b.r.below(1_000_000_000))).
			set("issue_date", string(appendTime(nil, b.f.purchased)[:10])).encode()})
}

func (b *booked) lodging() object {
	return object{}.set("type", "LODGING").
		set("lodging_details", object{}.
			set("display_name", shops[b.f.shop].descriptor).
			set("brand_name", nil).
			set("chain_name", nil).
			set("contact_information", object{}.set("phone", "+1 415 555 0100").set("email", nil).set("fax", nil)).
			set("location", travelAddress(b.there)).
			set("star_rating", json.RawMessage([]string{"3.5", "4", "5"}[b.f.row%3]))).
		set("reservation_details", object{}.
			set("check_in_time", bookingTime(b.starts, b.there.zone)).
			set("checkout_time", bookingTime(b.ends, b.there.zone)).
			set("confirmation_code", b.code()).
			set("room", object{}.set("display_name", "Standard King").set("description", nil).set("bed_count", 1).set("bed_type", "King")))
}

func (b *booked) car() object {
	end := func(at int64) object {
		return object{}.set("location", travelAddress(b.there)).set("time", bookingTime(at, b.there.zone))
	}
	class := oneOf(b.r, []string{"COMPACT", "INTERMEDIATE", "FULL_SIZE", "ELECTRIC"})
	return object{}.set("type", "CAR_RENTAL").
		set("car_details", object{}.set("display_name", "Toyota Corolla or similar").set("car_class", class)).
		set("reservation_details", object{}.set("confirmation_code", b.code()).set("pickup", end(b.starts)).set("drop_off", end(b.ends)))
}

func (b *booked) rail() object {
	station := func(p place) object {
		return object{}.set("name", p.city+" Central").set("type", "INDIVIDUAL").set("location", travelAddress(p))
	}
	leg := object{}.
		set("origin", station(b.here)).
		set("destination", station(b.there)).
		set("departure_time", bookingTime(b.starts, b.here.zone)).
		set("arrival_time", bookingTime(b.starts+3*hourMs, b.there.zone)).
		set("duration", "PT3H").
		set("rail_class", oneOf(b.r, []string{"STANDARD", "FIRST"})).
		set("seat", object{}.set("coach_number", fmt.Sprint(1+b.r.below(12))).set("seat_number", fmt.Sprint(1+b.r.below(80)))).
		set("vehicle", object{}.set("type", "TRAIN").set("carrier", "Amtrak").set("timetable_id", nil))
	return object{}.set("type", "RAIL").
		set("journeys", []json.RawMessage{object{}.set("legs", []json.RawMessage{leg.encode()}).encode()})
}
