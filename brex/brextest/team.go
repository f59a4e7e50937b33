package brextest

import (
	"strings"
)

// teamModels serves the company and the resources that are little more than a
// name.
func (h *Handler) teamModels(m map[string]model) {
	m["getCompany"] = model{serve: func(c *call) (answer, *problem) { return ok(c.state.company) }}

	m["listLegalEntities"] = model{params: paging(maxLimit), serve: func(c *call) (answer, *problem) {
		return list(c, c.state.entities, 0, nil)
	}}
	m["getLegalEntity"] = model{serve: func(c *call) (answer, *problem) {
		return getRow(c, c.state.entities, "id", "LEGAL_ENTITY_NOT_FOUND", 0)
	}}

	name := required("name", textShape(1, 0))
	described := objectShape(name, optional("description", anyText))
	named(m, "listDepartments", "getDepartmentById", "createDepartment", "DEPARTMENT_NOT_FOUND", prefixDepartment, described,
		func(s *state) *table[nameKey] { return s.departments })
	named(m, "listLocations", "getLocationById", "createLocation", "LOCATION_NOT_FOUND", prefixLocation, described,
		func(s *state) *table[nameKey] { return s.locations })
	named(m, "listTitles", "getTitleById", "createTitle", "TITLE_NOT_FOUND", prefixTitle, objectShape(name),
		func(s *state) *table[nameKey] { return s.titles })
}

// named models one resource that has a name: list, get and create.
func named(m map[string]model, listID, getID, createID, code, prefix string, body *shape, of func(*state) *table[nameKey]) {
	m[listID] = model{params: append(paging(maxLimit), param{name: "name"}), serve: func(c *call) (answer, *problem) {
		var match func(*nameKey) bool
		if name := strings.ToLower(c.query.str("name")); name != "" {
			match = func(k *nameKey) bool { return strings.Contains(k.name, name) }
		}
		return list(c, of(c.state), 0, match)
	}}
	m[getID] = model{serve: func(c *call) (answer, *problem) { return getRow(c, of(c.state), "id", code, 0) }}
	m[createID] = model{body: body, serve: func(c *call) (answer, *problem) {
		o := object{}.set("id", c.state.newID(prefix, c.now))
		for _, f := range body.fields {
			o = o.with(f.name, orNull(c.body.get(f.name)))
		}
		of(c.state).mustAdd(o)
		return ok(o)
	}}
}
