package brextest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// fieldKey is what fields are chosen by.
type fieldKey struct {
	id, group string
	disabled  bool
}

func fieldKeyOf(o object) fieldKey {
	return fieldKey{o.str("brex_id"), o.str("group"), string(o.get("is_disabled")) == "true"}
}

// valueKey is what field values are looked up and filtered by.
type valueKey struct {
	id, field, valueID, remoteID string
	value                        string // lower case
	disabled                     bool
}

func valueKeyOf(o object) valueKey {
	return valueKey{o.str("brex_id"), o.str("field_id"), o.str("value_id"), o.str("remote_id"), strings.ToLower(o.str("value")),
		string(o.get("is_disabled")) == "true"}
}

const (
	fieldNotFound = "FIELD_NOT_FOUND"
	valueNotFound = "FIELD_VALUE_NOT_FOUND"
)

func (s *state) initFields() {
	s.fields = newTable("fields", fieldKeyOf)
	s.fieldValues = newTable("field_values", valueKeyOf)
	s.fields.idKey, s.fieldValues.idKey = "brex_id", "brex_id"
}

func (h *Handler) fieldModels(m map[string]serveFunc) {
	m["listFields"] = func(c *call) (answer, *problem) {
		var match func(*fieldKey) bool
		if wanted := c.query.all("field_id[]"); len(wanted) > 0 {
			match = func(k *fieldKey) bool { return slices.Contains(wanted, k.id) }
		}
		return list(c, c.state.fields, 0, match)
	}
	m["getFieldById"] = gets(func(s *state) *table[fieldKey] { return s.fields }, "id", fieldNotFound)
	m["createField"] = createField
	m["updateField"] = updateField
	m["deleteField"] = deleteField
	m["listFieldValues"] = listFieldValues
	m["getFieldValueById"] = func(c *call) (answer, *problem) {
		t := c.state.fieldValues
		row, p := byID(c, t, "brex_id", valueNotFound)
		if p == nil && t.keys[row].field != c.path("field_id") {
			p = notFound(valueNotFound)
		}
		if p != nil {
			return answer{}, p
		}
		return answer{status: 200, body: t.append(nil, row, 0)}, nil
	}
	m["createFieldValues"] = createFieldValues
	m["updateFieldValues"] = updateFieldValues
	m["deleteFieldValues"] = deleteFieldValues
}

func createField(c *call) (answer, *problem) {
	if c.body.str("name") == "" {
		return answer{}, invalid("name")
	}
	if id := c.body.str("integration_id"); id != "" && !c.state.integrations.has(id) {
		return answer{}, invalid("integration_id")
	}
	disabled := c.body.get("is_disabled")
	if disabled == nil || isNull(disabled) {
		disabled = []byte("false")
	}
	o := object{}.set("brex_id", c.state.newID(prefixField, c.now)).
		with("remote_id", orNull(c.body.get("remote_id"))).
		with("name", c.body.get("name")).
		with("group", c.body.get("group")).
		with("integration_id", orNull(c.body.get("integration_id"))).
		with("is_disabled", disabled).
		set("updated_at", formatTime(c.now))
	c.state.fields.mustAdd(o)
	return ok(o)
}

func updateField(c *call) (answer, *problem) {
	t := c.state.fields
	row, p := byID(c, t, "id", fieldNotFound)
	if p != nil {
		return answer{}, p
	}
	if raw := c.body.get("name"); raw != nil && !isNull(raw) && text(raw) == "" {
		return answer{}, invalid("name")
	}
	t.put(row, merge(t.doc(row), c.body, "name", "is_disabled").set("updated_at", formatTime(c.now)))
	return ok(t.doc(row))
}

// deleteField takes the field's values along.
func deleteField(c *call) (answer, *problem) {
	t := c.state.fields
	row, p := byID(c, t, "id", fieldNotFound)
	if p != nil {
		return answer{}, p
	}
	id := c.path("id")
	for value, k := range c.state.fieldValues.keys {
		if k.field == id && !c.state.fieldValues.gone[value] {
			c.state.fieldValues.remove(value)
		}
	}
	t.remove(row)
	return answer{status: 200}, nil
}

// field checks the field of the path.
func (c *call) field() (string, *problem) {
	_, p := byID(c, c.state.fields, "field_id", fieldNotFound)
	return c.path("field_id"), p
}

func listFieldValues(c *call) (answer, *problem) {
	field, p := c.field()
	if p != nil {
		return answer{}, p
	}
	ids, valueIDs, remoteIDs := c.query.all("brex_id[]"), c.query.all("value_id[]"), c.query.all("remote_id[]")
	value := strings.ToLower(c.query.str("value"))
	oneOf := func(wanted []string, id string) bool { return len(wanted) == 0 || slices.Contains(wanted, id) }
	return list(c, c.state.fieldValues, 0, func(k *valueKey) bool {
		return k.field == field && oneOf(ids, k.id) && oneOf(valueIDs, k.valueID) && oneOf(remoteIDs, k.remoteID) &&
			strings.Contains(k.value, value)
	})
}

// lookup finds a value of a field by whichever id an item names it.
func (s *state) lookupValue(field string, item object) (row int, by string, found bool) {
	if id := item.str("brex_id"); item.has("brex_id") {
		row, found = s.fieldValues.find(id)
		return row, "brex_id", found && s.fieldValues.keys[row].field == field
	}
	by = "value_id"
	id := func(k *valueKey) string { return k.valueID }
	if item.has("remote_id") {
		by, id = "remote_id", func(k *valueKey) string { return k.remoteID }
	}
	wanted := item.str(by)
	for row := range s.fieldValues.keys {
		k := &s.fieldValues.keys[row]
		if wanted != "" && k.field == field && id(k) == wanted && !s.fieldValues.gone[row] {
			return row, by, true
		}
	}
	return 0, by, false
}

// createFieldValues makes all values or, when one of them cannot be made, none.
func createFieldValues(c *call) (answer, *problem) {
	field, p := c.field()
	if p != nil {
		return answer{}, p
	}
	s := c.state
	seen := map[string]bool{}
	for i, raw := range c.body.list("items") {
		item, name := mustObject(raw), itemName(i)
		if item.str("value") == "" {
			return answer{}, invalid(name + "value")
		}
		// An id from outside names one value of a field.
		for _, by := range []string{"value_id", "remote_id"} {
			id := item.str(by)
			if id == "" {
				continue
			}
			_, _, taken := s.lookupValue(field, object{}.set(by, id))
			if taken || seen[by+id] {
				return answer{}, conflict(name+by+" is in use", "FIELD_VALUE_EXISTS")
			}
			seen[by+id] = true
		}
	}
	made := []json.RawMessage{}
	for _, raw := range c.body.list("items") {
		item := mustObject(raw)
		disabled := item.get("is_disabled")
		if disabled == nil || isNull(disabled) {
			disabled = []byte("false")
		}
		o := object{}.set("brex_id", s.newID(prefixFieldValue, c.now)).
			set("field_id", field).
			with("value", item.get("value")).
			with("value_id", orNull(item.get("value_id"))).
			with("remote_id", orNull(item.get("remote_id"))).
			with("is_disabled", disabled).
			set("updated_at", formatTime(c.now))
		s.fieldValues.mustAdd(o)
		made = append(made, o.encode())
	}
	return ok(object{}.set("items", made))
}

func itemName(i int) string { return "items[" + strconv.Itoa(i) + "]." }

// rowsOf finds the value that each item of a request names: all, or a 404 that
// says which one there is not.
func (c *call) rowsOf(field string) ([]int, *problem) {
	var rows []int
	for i, raw := range c.body.list("items") {
		row, by, found := c.state.lookupValue(field, mustObject(raw))
		if !found {
			p := notFound(valueNotFound)
			p.message = itemName(i) + by + " is not the id of a value of the field"
			return nil, p
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// updateFieldValues returns each changed value in the order of the items.
func updateFieldValues(c *call) (answer, *problem) {
	field, p := c.field()
	if p != nil {
		return answer{}, p
	}
	rows, p := c.rowsOf(field)
	if p != nil {
		return answer{}, p
	}
	items := c.body.list("items")
	for i := range rows {
		data := mustObject(items[i]).obj("data")
		if raw := data.get("value"); raw != nil && !isNull(raw) && text(raw) == "" {
			return answer{}, invalid(itemName(i) + "data.value")
		}
	}
	t, changed := c.state.fieldValues, []json.RawMessage{}
	for i, row := range rows {
		t.put(row, merge(t.doc(row), mustObject(items[i]).obj("data"), "value", "is_disabled").set("updated_at", formatTime(c.now)))
		changed = append(changed, t.doc(row).encode())
	}
	return ok(object{}.set("items", changed))
}

func deleteFieldValues(c *call) (answer, *problem) {
	field, p := c.field()
	if p != nil {
		return answer{}, p
	}
	rows, p := c.rowsOf(field)
	if p != nil {
		return answer{}, p
	}
	for _, row := range rows {
		if !c.state.fieldValues.gone[row] { // an item may be there twice
			c.state.fieldValues.remove(row)
		}
	}
	return ok(object{})
}

// seedFields makes the fields of a company that keeps its books elsewhere.
func (s *state) seedFields(updated string) {
	for i, f := range []struct {
		name, group string
		values      []string
	}{
		{"Category", "ACCOUNTING", []string{"Software", "Travel", "Meals", "Office", "Advertising", "Professional Services"}},
		{"Class", "ACCOUNTING", []string{"R&D", "G&A", "Sales and Marketing"}},
		{"Cost Center", "USER", []string{"CC-100", "CC-200", "CC-300", "CC-400"}},
		{"Project", "ERP", []string{"Apollo", "Gemini", "Mercury"}},
		{"Trip Purpose", "TRAVEL", []string{"Customer visit", "Conference"}},
	} {
		field := s.ids.id(prefixField, s.founded, uint64(i))
		s.fields.mustAdd(object{}.set("brex_id", field).set("remote_id", "F-"+strconv.Itoa(100+i)).set("name", f.name).
			set("group", f.group).set("integration_id", nil).set("is_disabled", false).set("updated_at", updated))
		for j, value := range f.values {
			o := object{}.set("brex_id", s.ids.id(prefixFieldValue, s.founded, uint64(i*100+j))).set("field_id", field).
				set("value", value).set("value_id", f.name[:2]+"-"+strconv.Itoa(j+1)).set("remote_id", strconv.Itoa(4000+i*100+j))
			if j == 3 {
				o = o.set("value_id", nil)
			}
			s.fieldValues.mustAdd(o.set("is_disabled", j == 4).set("updated_at", updated))
		}
	}
}
