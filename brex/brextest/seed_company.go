package brextest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

const companyName = "Halcyon Robotics, Inc."

// founded is when the company's first objects were made, relative to now.
const founded = 900 * day

// seedCompany makes what every sandbox has, loaded data or not.
func (s *state) seedCompany(now time.Time) {
	at := now.Add(-founded)
	s.founded = at.UnixMilli()
	s.company = object{}.
		set("id", s.ids.id(prefixCompany, at.UnixMilli(), 0)).
		set("legal_name", companyName).
		set("mailing_address", places[0].address()).
		set("accountType", "BREX_EMPOWER")
	s.fallback = object{}.
		set("id", s.ids.id(prefixUser, at.UnixMilli(), firstCreated)).
		set("first_name", "Sandbox").
		set("last_name", "Admin").
		set("email", "admin@halcyon.example").
		set("status", "ACTIVE")
}

// seed generates the whole company.
func (s *state) seed(size Size, now time.Time) {
	s.seedNames(size, now)
	s.seedUsers(size, now)
	s.seedBudgets(size, now)
	s.seedCards(size, now)
	facts := s.seedExpenses(size, now)
	s.fitLimits(now)
	s.seedTrips(facts)
	facts.plan()
	s.seedFields(formatTime(now.Add(-200 * day)))
	s.seedReferrals(now)
	s.seedCardTransactions(size, facts, now)
	s.seedVendors(size, now)
	s.seedCash(size, now)
	s.seedRecords()
}

func (p place) address() object {
	o := object{}
	for _, f := range []struct{ key, value string }{{"line1", p.line1}, {"line2", ""}, {"city", p.city}, {"state", p.state},
		{"country", p.country}, {"postal_code", p.postal}, {"phone_number", ""}} {
		o = o.set(f.key, orNil(f.value))
	}
	return o
}

// orNil is null for an empty text.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// numbered gives more names than there are words.
func numbered(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return fmt.Sprintf("%s %d", list[i%len(list)], i/len(list)+1)
}

func (s *state) seedNames(size Size, now time.Time) {
	at := now.Add(-founded).UnixMilli()
	for i := range size.Departments {
		o := object{}.set("id", s.ids.id(prefixDepartment, at, uint64(i))).set("name", numbered(departmentNames, i))
		var description any
		if i%3 != 2 {
			description = "The " + strings.ToLower(numbered(departmentNames, i)) + " team"
		}
		s.departments.mustAdd(o.set("description", description))
	}
	for i := range size.Locations {
		p := places[i%len(places)]
		name := p.name
		if i >= len(places) {
			name = fmt.Sprintf("%s %d", p.name, i/len(places)+1)
		}
		o := object{}.set("id", s.ids.id(prefixLocation, at, uint64(i))).set("name", name)
		s.locations.mustAdd(o.set("description", orNil(p.line1)))
	}
	for i := range size.Titles {
		s.titles.mustAdd(object{}.set("id", s.ids.id(prefixTitle, at, uint64(i))).set("name", numbered(titleNames, i)))
	}
	for i, name := range []string{companyName, "Halcyon Robotics UK Ltd"} {
		s.entities.mustAdd(object{}.
			set("id", s.ids.id(prefixEntity, at, uint64(i))).
			set("displayName", name).
			set("billingAddress", places[i*3].address()).
			set("createdAt", formatTime(now.Add(-founded))).
			set("status", "VERIFIED").
			set("isDefault", i == 0))
	}
}

func (s *state) seedUsers(size Size, now time.Time) {
	for i := range size.Users {
		r := s.ids.random("user", i)
		first, last := firstNames[i%len(firstNames)], oneOf(r, lastNames)
		email := strings.ToLower(first + "." + last)
		if i >= len(firstNames) || i > 0 && i%7 == 0 {
			email += fmt.Sprint(i) // two people may share a name, but not an address
		}
		status := "ACTIVE"
		switch {
		case i > 0 && i%13 == 12:
			status = "DISABLED"
		case i > 0 && i%17 == 16:
			status = "INVITED"
		case i > 0 && i%29 == 28:
			status = "PENDING_ACTIVATION"
		}
		hired := now.Add(-founded + time.Duration(i)*founded/time.Duration(size.Users+1))
		o := object{}.
			set("id", s.ids.id(prefixUser, hired.UnixMilli(), uint64(i))).
			set("first_name", first).
			set("last_name", last).
			set("email", email+"@halcyon.example").
			set("status", status).
			set("manager_id", nil)
		if i > 0 {
			o = o.set("manager_id", s.users.id((i-1)/6))
		}
		o = o.set("department_id", idAt(s.departments, i)).
			set("location_id", idAt(s.locations, r.below(max(1, size.Locations)))).
			set("title_id", idAt(s.titles, i)).
			set("metadata", json.RawMessage(fmt.Sprintf(`{"employee_number":"E-%05d"}`, 1000+i))).
			set("remote_display_id", nil)
		if i%4 != 3 {
			o = o.set("remote_display_id", fmt.Sprintf("HR-%05d", 1000+i))
		}
		o = o.set("cost_center_id", nil).
			set("legal_entity_id", idAt(s.entities, min(1, i%9/8))).
			set("custom_fields", json.RawMessage(fmt.Sprintf(`[{"key":"Employee number","value":"E-%05d"},{"key":"Remote","value":%t}]`, 1000+i, i%5 == 4)))
		s.users.mustAdd(o)
	}
}

// idAt returns an id of a table, going round it; nil when it is empty.
func idAt[K any](t *table[K], i int) any {
	if len(t.keys) == 0 {
		return nil
	}
	return t.id(i % len(t.keys))
}

func (s *state) seedCards(size Size, now time.Time) {
	for i := range size.Cards {
		r := s.ids.random("card", i)
		owner := i % size.Users
		user := s.users.doc(owner)
		kind, name := "VIRTUAL", oneOf(r, []string{"Software", "Travel", "Everyday", "Advertising", "Events"})+" card"
		if i < size.Users && i%3 == 0 {
			kind, name = "PHYSICAL", user.str("first_name")+"'s card"
		}
		status := "ACTIVE"
		switch {
		case i%19 == 18:
			status = "TERMINATED"
		case i%11 == 10:
			status = "LOCKED"
		case kind == "PHYSICAL" && i%13 == 12:
			status = "SHIPPED"
		}
		made := now.Add(-time.Duration(r.between(30, 800)) * day)
		o := s.newCard(cardSpec{
			id: s.ids.id(prefixCard, made.UnixMilli(), uint64(i)), owner: user.str("id"), status: status, name: name,
			kind: kind, made: made, last4: fmt.Sprintf("%04d", r.below(10000)), physical: kind == "PHYSICAL",
		})
		if r.chance(60) {
			limit := r.between(5, 100) * 10_000
			spent := r.between(0, limit/100) * 60
			o = o.set("limit_type", "CARD").set("spend_controls", spendControls(limit, limit-min(spent, limit),
				oneOf(r, []string{"MONTHLY", "MONTHLY", "QUARTERLY", "YEARLY", "ONE_TIME"})))
		}
		if r.chance(40) {
			o = o.set("budget_id", idAt(s.spendLimits, r.below(1000)))
		}
		s.cards.mustAdd(o)
	}
}

type cardSpec struct {
	id, owner, status, name, kind, last4 string
	made                                 time.Time
	physical                             bool
}

// newCard writes a card without spend controls; the caller fills in the rest.
func (s *state) newCard(c cardSpec) object {
	o := object{}.
		set("id", c.id).
		set("owner", object{}.set("type", "USER").set("user_id", c.owner)).
		set("status", c.status).
		set("last_four", c.last4).
		set("card_name", c.name).
		set("card_type", c.kind).
		set("limit_type", "USER").
		set("spend_controls", nil).
		set("billing_address", places[0].address()).
		set("mailing_address", nil)
	if c.physical {
		o = o.set("mailing_address", places[0].address())
	}
	expires := c.made.AddDate(4, 0, 0)
	return o.
		set("expiration_date", object{}.set("month", int(expires.Month())).set("year", expires.Year())).
		set("has_been_transferred", false).
		set("metadata", nil).
		set("budget_id", nil).
		set("partner", nil).
		set("created_at", formatTime(c.made))
}

func spendControls(limit, available int64, duration string) object {
	return object{}.
		set("spend_limit", money(limit)).
		set("spend_available", money(available)).
		set("spend_duration", duration).
		set("reason", nil).
		set("lock_after_date", nil)
}
