package brextest

import (
	"strings"
)

// userRelations are the members of a user that name something else. What they
// name must exist; a cost center is not modelled and may be anything.
var userRelations = []string{"manager_id", "department_id", "location_id", "title_id", "legal_entity_id"}

func (h *Handler) userWriteModels(m map[string]serveFunc) {
	m["createUser"] = createUser
	m["updateUser"] = updateUser
	m["getUserLimit"] = func(c *call) (answer, *problem) {
		if _, p := byID(c, c.state.users, "id", "USER_NOT_FOUND"); p != nil {
			return answer{}, p
		}
		if p := c.mine(c.path("id")); p != nil {
			return answer{}, p
		}
		return ok(c.state.limitOf(c.path("id")))
	}
	m["setUserLimit"] = setUserLimit
}

func (s *state) userRelation(name, id string) bool {
	switch name {
	case "manager_id":
		return s.users.has(id)
	case "department_id":
		return s.departments.has(id)
	case "location_id":
		return s.locations.has(id)
	case "title_id":
		return s.titles.has(id)
	case "legal_entity_id":
		return s.entities.has(id)
	}
	return true
}

func (c *call) checkRelations() *problem {
	for _, name := range userRelations {
		if c.body.has(name) && !c.state.userRelation(name, c.body.str(name)) {
			return invalid(name)
		}
	}
	return nil
}

func createUser(c *call) (answer, *problem) {
	s := c.state
	if p := c.checkRelations(); p != nil {
		return answer{}, p
	}
	email := strings.ToLower(c.body.str("email"))
	for row := range s.users.keys {
		if s.users.keys[row].email == email && !s.users.gone[row] {
			return answer{}, &problem{status: 400, kind: "BAD_REQUEST", message: "email is already in use", code: "USER_EXISTS"}
		}
	}
	o := object{}.set("id", s.newID(prefixUser, c.now))
	for _, name := range []string{"first_name", "last_name", "email"} {
		o = o.with(name, c.body.get(name))
	}
	o = o.set("status", "INVITED")
	for _, name := range []string{"manager_id", "department_id", "location_id", "title_id", "metadata"} {
		o = o.with(name, orNull(c.body.get(name)))
	}
	o = o.set("remote_display_id", nil)
	for _, name := range []string{"cost_center_id", "legal_entity_id"} {
		o = o.with(name, orNull(c.body.get(name)))
	}
	s.users.mustAdd(o.set("custom_fields", nil))
	return ok(o.set("custom_fields", nil))
}

// updateUser changes what the body names: null removes, absent changes nothing.
func updateUser(c *call) (answer, *problem) {
	t := c.state.users
	row, p := byID(c, t, "id", "USER_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	if p := c.checkRelations(); p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	for _, m := range c.body {
		if m.key == "status" && isNull(m.value) {
			continue // a user always has a status
		}
		o = o.with(m.key, m.value)
	}
	t.put(row, o)
	return answer{status: 200, body: t.append(nil, row, 0)}, nil
}

// limitOf returns a user's monthly limit, and what is left of it after this
// month's card purchases; without a limit both members are null.
func (s *state) limitOf(user string) object {
	limit := s.limits[user]
	if limit == nil {
		return object{}.set("monthly_limit", nil).set("monthly_available", nil)
	}
	left := limit.num("amount") - s.spent(byUser, user, monthly.at(s.now()))
	return object{}.set("monthly_limit", limit).
		set("monthly_available", object{}.set("amount", max(0, left)).set("currency", limit.str("currency")))
}

func setUserLimit(c *call) (answer, *problem) {
	if _, p := byID(c, c.state.users, "id", "USER_NOT_FOUND"); p != nil {
		return answer{}, p
	}
	user := c.path("id")
	if c.body.get("monthly_limit") == nil {
		return ok(c.state.limitOf(user))
	}
	if !c.body.has("monthly_limit") { // null removes the limit
		delete(c.state.limits, user)
		return ok(c.state.limitOf(user))
	}
	c.state.limits[user] = inUSD(c.body.obj("monthly_limit"))
	return ok(c.state.limitOf(user))
}
