package brextest

import (
	"encoding/json"
	"slices"
	"time"
)

// tripKey is what trips are filtered by.
type tripKey struct {
	updated int64
	user    uint32 // who travels
}

func (s *state) tripKeyOf(o object) tripKey {
	return tripKey{millisOf(o.str("updated_at")), s.words.of(o.obj("traveler").str("user_id"))}
}

func (s *state) initTravel() {
	s.trips = newTable("trips", s.tripKeyOf)
	s.trips.newestFirst = s.newestFirst
	s.bookings = map[string][]object{}
}

func (h *Handler) travelModels(m map[string]serveFunc) {
	m["listTrips"] = func(c *call) (answer, *problem) {
		after, bounded := c.query.millis("last_updated_after")
		user := choice{}
		if self := c.self(); self != "" {
			user = c.state.words.choose(self)
		}
		var match func(*tripKey) bool
		if bounded || user.given {
			match = func(k *tripKey) bool { return (!bounded || k.updated > after) && user.takes(k.user) }
		}
		return list(c, c.state.trips, 0, match)
	}
	m["getTrip"] = func(c *call) (answer, *problem) {
		row, p := c.trip()
		if p != nil {
			return answer{}, p
		}
		return answer{status: 200, body: c.state.trips.append(nil, row, 0)}, nil
	}
	m["listTripBookings"] = listBookings
	m["getBooking"] = func(c *call) (answer, *problem) {
		row, p := c.trip()
		if p != nil {
			return answer{}, p
		}
		for _, o := range c.state.bookingsOf(row) {
			if o.str("id") == c.path("booking_id") {
				return ok(o)
			}
		}
		return answer{}, notFound("BOOKING_NOT_FOUND")
	}
}

// trip finds the trip of the path. An employee sees its own.
func (c *call) trip() (int, *problem) {
	row, p := byID(c, c.state.trips, "trip_id", "TRIP_NOT_FOUND")
	if self := c.self(); p == nil && self != "" && c.state.trips.keys[row].user != c.state.words.numbers[self] {
		return 0, forbidden()
	}
	return row, p
}

func listBookings(c *call) (answer, *problem) {
	row, p := c.trip()
	if p != nil {
		return answer{}, p
	}
	t := newTable("bookings", noKey)
	for _, o := range c.state.bookingsOf(row) {
		t.mustAdd(o)
	}
	return list(c, t, 0, nil)
}

// bookingsOf returns the bookings of a trip: loaded ones, or those that its
// number stands for.
func (s *state) bookingsOf(trip int) []object {
	if given := s.bookings[s.trips.id(trip)]; given != nil {
		return given
	}
	if m, made := s.trips.made.(*tripMaker); made && trip < s.trips.count {
		return m.bookings(trip)
	}
	return nil
}

// tripMaker makes the trips of a generated company: one for each flight or
// stay that somebody has paid for.
type tripMaker struct {
	s        *state
	expenses *expenseMaker
	rows     []int32 // the expenses, oldest first
}

// tripNumber is the row of an expense's trip.
func (m *tripMaker) tripNumber(expense int) (int, bool) {
	return slices.BinarySearch(m.rows, int32(expense))
}

func (m *tripMaker) id(row int) string {
	f := m.expenses.purchased(int(m.rows[row]))
	return m.s.ids.id(prefixTrip, f, uint64(m.rows[row]))
}

func (m *tripMaker) number(id string) (int, bool) {
	n, ok := m.s.ids.number(prefixTrip, id)
	if !ok || n > maxRows {
		return 0, false
	}
	return m.tripNumber(int(n))
}

// times are when a trip begins and ends, and when it last changed.
func (m *tripMaker) times(f *expenseFacts) (starts, ends, updated int64) {
	starts = f.purchased/dayMs*dayMs + int64(3+f.row%18)*dayMs + 15*hourMs
	ends = starts + int64(1+f.row%5)*dayMs
	updated = f.purchased + 5*60_000
	for _, at := range []int64{starts, ends} {
		if at <= m.expenses.now {
			updated = max(updated, at)
		}
	}
	return starts, ends, updated
}

func (m *tripMaker) status(f *expenseFacts) string {
	starts, ends, _ := m.times(f)
	switch {
	case f.payment == "DECLINED":
		return "PAYMENT_DECLINED"
	case f.payment == "CANCELED":
		return "CANCELED"
	case f.payment == "REFUNDED":
		return "REFUNDED"
	case m.expenses.now < starts:
		return "UPCOMING"
	case m.expenses.now < ends:
		return "IN_PROGRESS"
	}
	return "COMPLETED"
}

func (m *tripMaker) append(dst []byte, row int, _ view) []byte {
	f := m.expenses.facts(int(m.rows[row]))
	starts, ends, updated := m.times(&f)
	user, where := m.expenses.users[f.user], places[f.row%len(places)]
	if where.city == "" {
		where = places[0]
	}
	traveler := object{}.set("type", "EMPLOYEE").set("user_id", user).set("name", nil).set("guest_email", nil)
	if at, found := m.s.users.find(user); found {
		o := m.s.users.doc(at)
		traveler = traveler.set("name", object{}.with("first_name", o.get("first_name")).with("last_name", o.get("last_name")).
			set("middle_name", nil).set("suffix", nil))
	}
	if f.row%11 == 10 { // somebody who is not with the company
		traveler = object{}.set("type", "GUEST").set("user_id", nil).set("name", nil).set("guest_email", "guest@visitor.example")
	}
	w := writer{buf: dst}
	w.open()
	w.str("id", m.id(row))
	w.str("name", "Trip to "+where.city)
	w.str("status", m.status(&f))
	w.str("booker_user_id", user)
	w.raw("traveler", traveler.encode())
	w.time("starts_at", starts)
	w.time("ends_at", ends)
	w.time("billable_at", f.posted)
	w.key("version")
	w.buf = append(w.buf, '1'+byte(f.row%4))
	w.time("created_at", f.purchased)
	w.time("updated_at", updated)
	w.close()
	return w.buf
}

// seedTrips follows from the expenses.
func (s *state) seedTrips(from *expenseMaker) {
	m := &tripMaker{s: s, expenses: from}
	t := s.trips
	for row := range from.size.Expenses {
		f := from.facts(row)
		if !f.trip {
			continue
		}
		m.rows = append(m.rows, int32(row))
		_, _, updated := m.times(&f)
		t.keys = append(t.keys, tripKey{updated, s.words.of(from.users[f.user])})
	}
	t.made, t.count = m, len(m.rows)
	from.trips = m
}

// zones are how many hours each place's clocks are ahead of UTC, without
// summer time: a company must be the same on a machine that knows no zones.
var zones = map[string]int{"America/Los_Angeles": -8, "America/New_York": -5, "America/Chicago": -6, "Europe/London": 0,
	"Asia/Tokyo": 9, "Europe/Berlin": 1}

// bookingTime writes an instant as travel does: local time, and the same in
// UTC.
func bookingTime(ms int64, zone string) json.RawMessage {
	t := time.UnixMilli(ms).In(time.FixedZone("", zones[zone]*3600))
	return object{}.set("local_time", t.Format(time.RFC3339)).set("timestamp", formatTime(t.UTC())).encode()
}
