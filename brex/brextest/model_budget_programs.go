package brextest

import (
	"encoding/json"
	"slices"
	"strconv"
)

func (h *Handler) programModels(m map[string]serveFunc) {
	programs := func(s *state) *table[none] { return s.programs }
	m["listBudgetPrograms"] = lists(programs)
	m["getBudgetProgramById"] = gets(programs, "id", programNotFound)
	m["createBudgetProgram"] = createProgram
	m["updateBudgetProgram"] = updateProgram
	m["deleteBudgetProgram"] = func(c *call) (answer, *problem) {
		t := c.state.programs
		row, p := byID(c, t, "id", programNotFound)
		if p != nil {
			return answer{}, p
		}
		o := t.doc(row).set("budget_program_status", "BUDGET_PROGRAM_STATUS_DELETED").set("updated_at", formatDate(c.now))
		t.remove(row)
		return ok(o) // the program as it was, gone from now on
	}
}

const programNotFound = "BUDGET_PROGRAM_NOT_FOUND"

// checkProgram holds what a request names against what exists.
func (c *call) checkProgram() *problem {
	if raw := c.body.get("name"); raw != nil && !isNull(raw) && text(raw) == "" {
		return invalid("name")
	}
	for _, id := range textsOf(c.body, "existing_budget_ids") {
		if !c.state.spendLimits.has(id) {
			return invalid("existing_budget_ids")
		}
	}
	for i, raw := range c.body.list("budget_blueprints") {
		b, name := mustObject(raw), "budget_blueprints["+strconv.Itoa(i)+"]."
		if b.has("parent_budget_id") && !c.state.budgets.has(b.str("parent_budget_id")) {
			return invalid(name + "parent_budget_id")
		}
		for _, id := range textsOf(b, "owner_user_ids") {
			if !c.state.users.has(id) {
				return invalid(name + "owner_user_ids")
			}
		}
		if b.str("start_date") != "" && b.str("end_date") != "" && b.str("end_date") < b.str("start_date") {
			return invalid(name + "end_date")
		}
	}
	return nil
}

var blueprintMembers = []string{"name", "description", "parent_budget_id", "owner_user_ids", "period_type", "spend_type", "start_date",
	"end_date", "limit", "limit_type", "limit_visibility"}

// blueprint writes a new blueprint. Members that a response must not show as
// null are left out when they are not given.
func (c *call) blueprint(sent object) object {
	o := object{}.set("id", c.state.newID(prefixBlueprint, c.now))
	for _, name := range blueprintMembers {
		raw := sent.get(name)
		if raw == nil || isNull(raw) && slices.Contains([]string{"name", "parent_budget_id", "owner_user_ids"}, name) {
			continue
		}
		o = o.with(name, raw)
	}
	if sent.has("limit") {
		o = o.set("limit", inUSD(sent.obj("limit")))
	}
	return o
}

func createProgram(c *call) (answer, *problem) {
	if p := c.checkProgram(); p != nil {
		return answer{}, p
	}
	blueprints := []json.RawMessage{}
	for _, raw := range c.body.list("budget_blueprints") {
		blueprints = append(blueprints, c.blueprint(mustObject(raw)).encode())
	}
	o := object{}.set("id", c.state.newID(prefixProgram, c.now)).
		with("name", c.body.get("name")).
		with("description", orNull(c.body.get("description"))).
		set("budget_blueprints", blueprints).
		with("existing_budget_ids", orNull(c.body.get("existing_budget_ids"))).
		set("budget_program_status", "BUDGET_PROGRAM_STATUS_ACTIVE").
		set("creator_user_id", c.creator()).
		set("created_at", formatDate(c.now)).
		set("updated_at", formatDate(c.now))
	if c.body.has("employee_filter") {
		o = o.with("employee_filter", c.body.get("employee_filter"))
	}
	c.state.programs.mustAdd(o)
	return ok(o)
}

// updateProgram changes what the body names. Its blueprints are the new list:
// one with the id of a present blueprint changes that one, one without is new,
// and those not named are dropped.
func updateProgram(c *call) (answer, *problem) {
	t := c.state.programs
	row, p := byID(c, t, "id", programNotFound)
	if p == nil {
		p = c.checkProgram()
	}
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if c.body.has("budget_blueprints") {
		list, p := c.newBlueprints(o.list("budget_blueprints"))
		if p != nil {
			return answer{}, p
		}
		o = o.set("budget_blueprints", list)
	}
	for _, name := range []string{"name", "description", "employee_filter", "existing_budget_ids"} {
		raw := c.body.get(name)
		switch {
		case raw == nil || isNull(raw) && name == "name":
		case isNull(raw) && name == "employee_filter":
			o = o.without(name) // no response shows it as null
		default:
			o = o.with(name, raw)
		}
	}
	t.put(row, o.set("updated_at", formatDate(c.now)))
	return ok(t.doc(row))
}

func (c *call) newBlueprints(present []json.RawMessage) ([]json.RawMessage, *problem) {
	list := []json.RawMessage{}
	for i, raw := range c.body.list("budget_blueprints") {
		sent, name := mustObject(raw), "budget_blueprints["+strconv.Itoa(i)+"]."
		if !sent.has("id") {
			for _, needed := range []string{"limit_type", "period_type", "spend_type"} {
				if !sent.has(needed) {
					return nil, missing(name + needed)
				}
			}
			list = append(list, c.blueprint(sent).encode())
			continue
		}
		at := slices.IndexFunc(present, func(old json.RawMessage) bool { return mustObject(old).str("id") == sent.str("id") })
		if at < 0 {
			return nil, invalid(name + "id")
		}
		o := mustObject(present[at])
		for _, m := range sent {
			switch {
			case !isNull(m.value):
				o = o.with(m.key, m.value)
			case slices.Contains([]string{"description", "start_date", "end_date", "limit"}, m.key):
				o = o.with(m.key, null)
			}
		}
		list = append(list, o.encode())
	}
	return list, nil
}
