package brextest

import "strings"

// showExpense shows a stored expense: what was not asked for is null, what was
// is what the document holds, or else the relation that its id names.
func (s *state) showExpense(o object, v view) object {
	for _, e := range expansions {
		if e.bit == withReceiptURIs {
			if !v.has(e.bit) {
				o = hideReceiptURIs(o)
			}
			continue
		}
		switch {
		case !v.has(e.bit):
			if o.has(e.name) {
				o = o.with(e.name, null)
			}
		case !o.has(e.name) && e.id != "":
			if found := s.related(e.name, o.str(e.id)); found != nil {
				o = o.with(e.name, found)
			}
		}
	}
	if !v.has(withCustomFields) && o.has("custom_fields") {
		o = o.with("custom_fields", null)
	}
	return o
}

// related returns a relation as an expense embeds it.
func (s *state) related(name, id string) []byte {
	switch name {
	case "location":
		return ref(s.locations, id)
	case "department":
		return ref(s.departments, id)
	case "budget":
		return s.budgetRef(id)
	case "spending_entity":
		return ref(s.entities, id)
	case "user":
		if row, ok := s.users.find(id); ok {
			return s.users.keys[row].ref
		}
	}
	return nil
}

// budgetRef is how an expense embeds its budget: a spend limit by now, but old
// data may name a budget.
func (s *state) budgetRef(id string) []byte {
	if row, found := s.spendLimits.find(id); found {
		return s.spendLimits.keys[row].ref
	}
	if row, found := s.budgets.find(id); found {
		return s.budgets.keys[row].ref
	}
	return nil
}

func hideReceiptURIs(o object) object {
	receipts := o.list("receipts")
	if len(receipts) == 0 || !strings.Contains(string(o.get("receipts")), "download_uris") {
		return o
	}
	shown := []byte{'['}
	for i, raw := range receipts {
		if i > 0 {
			shown = append(shown, ',')
		}
		r, err := parseObject(raw)
		if err != nil {
			return o // not a receipt as we know it: leave all as it came
		}
		if r.has("download_uris") {
			r = r.with("download_uris", null)
		}
		shown = r.append(shown)
	}
	return o.with("receipts", append(shown, ']'))
}
