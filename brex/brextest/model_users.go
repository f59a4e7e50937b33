package brextest

import (
	"slices"
	"strings"
)

// userKey is what the filters of users look at, and ref is how other documents
// embed the user.
type userKey struct {
	email, name, remote, status                                string // email and name in lower case
	manager, department, location, title, costCenter, entityID string
	custom                                                     []string // key:value
	ref                                                        []byte
}

func userKeyOf(o object) userKey {
	k := userKey{
		email:      strings.ToLower(o.str("email")),
		name:       strings.ToLower(o.str("first_name") + " " + o.str("last_name")),
		remote:     o.str("remote_display_id"),
		status:     o.str("status"),
		manager:    o.str("manager_id"),
		department: o.str("department_id"),
		location:   o.str("location_id"),
		title:      o.str("title_id"),
		costCenter: o.str("cost_center_id"),
		entityID:   o.str("legal_entity_id"),
		ref:        o.pick("id", "first_name", "last_name", "department_id", "location_id").encode(),
	}
	for _, raw := range o.list("custom_fields") {
		if f, err := parseObject(raw); err == nil {
			value := f.str("value")
			if value == "" {
				value = string(f.get("value"))
			}
			k.custom = append(k.custom, f.str("key")+":"+value)
		}
	}
	return k
}

// showUser leaves custom fields out unless they are loaded.
func showUser(o object, v view) object {
	if !v.has(withCustomFields) && o.has("custom_fields") {
		o = o.with("custom_fields", null)
	}
	return o
}

func userView(c *call) view {
	if c.query.flag("load_custom_fields") {
		return withCustomFields
	}
	return 0
}

func (h *Handler) userModels(m map[string]serveFunc) {
	m["listUsers"] = listUsers
	m["getUserById"] = func(c *call) (answer, *problem) {
		return getRow(c, c.state.users, "id", "USER_NOT_FOUND", userView(c))
	}
	m["getMe"] = getMe
	h.userWriteModels(m)
}

func listUsers(c *call) (answer, *problem) {
	q := c.query
	var tests []func(*userKey) bool
	anyOf := func(name string, member func(*userKey) string, fold bool) {
		values := slices.Clone(q.all(name))
		if len(values) == 0 {
			return
		}
		if fold {
			for i := range values {
				values[i] = strings.ToLower(values[i])
			}
		}
		tests = append(tests, func(k *userKey) bool { return slices.Contains(values, member(k)) })
	}
	anyOf("email", func(k *userKey) string { return k.email }, true)
	anyOf("email[]", func(k *userKey) string { return k.email }, true)
	anyOf("remote_display_id", func(k *userKey) string { return k.remote }, false)
	anyOf("status[]", func(k *userKey) string { return k.status }, false)
	anyOf("manager_id[]", func(k *userKey) string { return k.manager }, false)
	anyOf("department_id[]", func(k *userKey) string { return k.department }, false)
	anyOf("location_id[]", func(k *userKey) string { return k.location }, false)
	anyOf("title_id[]", func(k *userKey) string { return k.title }, false)
	anyOf("cost_center_id[]", func(k *userKey) string { return k.costCenter }, false)
	anyOf("legal_entity_id[]", func(k *userKey) string { return k.entityID }, false)
	if name := strings.ToLower(q.str("name")); name != "" {
		tests = append(tests, func(k *userKey) bool { return strings.Contains(k.name, name) })
	}
	if wanted := q.all("custom_field[]"); len(wanted) > 0 {
		tests = append(tests, func(k *userKey) bool {
			return slices.ContainsFunc(k.custom, func(f string) bool { return slices.Contains(wanted, f) })
		})
	}
	var match func(*userKey) bool
	if len(tests) > 0 {
		match = func(k *userKey) bool {
			for _, test := range tests {
				if !test(k) {
					return false
				}
			}
			return true
		}
	}
	return list(c, c.state.users, userView(c), match)
}

// getMe returns the user that the token belongs to. Data without users has a made-up one, because
// who a token belongs to is the first thing that a client asks.
func getMe(c *call) (answer, *problem) {
	me := c.self()
	if me == "" {
		me = c.state.owners.admin
	}
	if row, found := c.state.users.find(me); found {
		return answer{status: 200, body: c.state.users.append(nil, row, userView(c))}, nil
	}
	return ok(c.state.fallback)
}
