package brextest

import (
	"strings"
)

// teamModels serves the company and the resources that are little more than a
// name.
func (h *Handler) teamModels(m map[string]serveFunc) {
	m["getCompany"] = func(c *call) (answer, *problem) { return ok(c.state.company) }

	m["listLegalEntities"] = lists(func(s *state) *table[nameKey] { return s.entities })
	m["getLegalEntity"] = gets(func(s *state) *table[nameKey] { return s.entities }, "id", "LEGAL_ENTITY_NOT_FOUND")

	named(m, "listDepartments", "getDepartmentById", "createDepartment", "DEPARTMENT_NOT_FOUND", prefixDepartment, []string{"name", "description"},
		func(s *state) *table[nameKey] { return s.departments })
	named(m, "listLocations", "getLocationById", "createLocation", "LOCATION_NOT_FOUND", prefixLocation, []string{"name", "description"},
		func(s *state) *table[nameKey] { return s.locations })
	named(m, "listTitles", "getTitleById", "createTitle", "TITLE_NOT_FOUND", prefixTitle, []string{"name"},
		func(s *state) *table[nameKey] { return s.titles })
}

// named models one resource that has a name: list, get and create.
func named(m map[string]serveFunc, listID, getID, createID, code, prefix string, members []string, of func(*state) *table[nameKey]) {
	m[listID] = func(c *call) (answer, *problem) {
		var match func(*nameKey) bool
		if name := strings.ToLower(c.query.str("name")); name != "" {
			match = func(k *nameKey) bool { return strings.Contains(k.name, name) }
		}
		return list(c, of(c.state), 0, match)
	}
	m[getID] = gets(of, "id", code)
	m[createID] = func(c *call) (answer, *problem) {
		o := object{}.set("id", c.state.newID(prefix, c.now))
		for _, name := range members {
			o = o.with(name, orNull(c.body.get(name)))
		}
		of(c.state).mustAdd(o)
		return ok(o)
	}
}
