package brextest

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	minor "github.com/brex-go/sdk/brex/money"
)

// record writes one record: what its expense says, in the words of accounting.
func (s *state) record(row int, single bool) object {
	return s.recordWriter(single).record(row)
}

// recordWriter writes the records of a page. Many of them have the same user,
// and the same values by the same category.
type recordWriter struct {
	*state
	single bool
	users  map[string]json.RawMessage
	values map[string]json.RawMessage
}

func (s *state) recordWriter(single bool) recordWriter {
	return recordWriter{s, single, map[string]json.RawMessage{}, map[string]json.RawMessage{}}
}

func (s recordWriter) record(row int) object {
	k := &s.records.keys[row]
	if k.given {
		return s.records.doc(row)
	}
	now := s.now().UnixMilli()
	e := s.expenses.doc(int(k.expense))
	kind := map[string]string{"CARD": "CARD_EXPENSE_POST", "REIMBURSEMENT": "REIMBURSEMENT_EXPENSE_APPROVAL", "BILL": "BILL_EXPENSE"}[k.source]
	paid := e.obj("billing_amount")
	if paid == nil {
		paid = e.obj("usd_equivalent_amount")
	}
	if paid == nil {
		paid = e.obj("original_amount")
	}
	status := k.statusAt(now)
	o := object{}.
		set("id", s.records.id(row)).
		set("type", kind).
		set("source_type", k.source).
		with("source_id", e.get("id")).
		set("review_status", reviewWords[status]).
		set("amount", major(paid)).
		set("original_amount", orNilObject(major(e.obj("original_amount")))).
		with("memo", orNull(e.get("memo"))).
		set("posted_at", formatTime(time.UnixMilli(k.posted))).
		set("erp_posting_date", formatTime(time.UnixMilli(k.posted/dayMs*dayMs))).
		set("updated_at", formatTime(time.UnixMilli(k.updatedAt(now)))).
		set("version", 1+int64(status)+k.version).
		set("invoice_number", nil).
		set("due_at", nil).
		set("vendor", nil).
		set("user", s.user(e.str("user_id")))
	if k.source == "BILL" {
		o = o.set("invoice_number", "INV-"+e.str("id")[len(e.str("id"))-6:]).set("due_at", formatTime(time.UnixMilli(k.posted+14*dayMs)))
		if at, found := s.vendors.find(e.str("vendor_id")); found {
			v := s.vendors.doc(at)
			o = o.set("vendor", object{}.with("id", v.get("id")).with("name", v.get("company_name")).with("email", orNull(v.get("email"))).
				with("phone", orNull(v.get("phone"))).set("website", nil).set("contact_name", nil))
		}
	}
	receipts := []json.RawMessage{}
	for _, raw := range e.list("receipts") {
		receipts = append(receipts, mustObject(raw).pick("id", "download_uris").encode())
	}
	return o.set("receipts", receipts).set("line_items", s.lines(row, k, paid, e))
}

// lines are the two sides of a record, or with single entry one.
func (s recordWriter) lines(row int, k *recordKey, paid, expense object) []json.RawMessage {
	line := func(n uint64, kind string, values json.RawMessage) json.RawMessage {
		return object{}.
			set("id", s.ids.id(prefixRecordLine, k.posted, uint64(row)*2+n)).
			set("type", kind).
			set("amount", major(paid)).
			set("original_amount", orNilObject(major(expense.obj("original_amount")))).
			with("memo", orNull(expense.get("memo"))).
			set("accounting_field_values", values).encode()
	}
	lines := []json.RawMessage{line(0, "DEBIT", s.valuesOf(expense.str("category")))}
	if !s.single {
		lines = append(lines, line(1, "CREDIT", array([]json.RawMessage{})))
	}
	return lines
}

// valuesOf are the accounting fields of an expense category: of each field one
// of its values.
func (s recordWriter) valuesOf(category string) json.RawMessage {
	if known := s.values[category]; known != nil {
		return known
	}
	values := []json.RawMessage{}
	for at := range s.fields.keys {
		f := &s.fields.keys[at]
		if s.fields.gone[at] || f.group != "ACCOUNTING" || f.disabled {
			continue
		}
		var choices []int
		for value := range s.fieldValues.keys {
			if v := &s.fieldValues.keys[value]; v.field == f.id && !v.disabled && !s.fieldValues.gone[value] {
				choices = append(choices, value)
			}
		}
		if len(choices) == 0 {
			continue
		}
		v := s.fieldValues.doc(choices[hash64(f.id, category)%uint64(len(choices))])
		values = append(values, object{}.set("brex_field_id", f.id).with("remote_field_id", orNull(s.fields.doc(at).get("remote_id"))).
			with("brex_field_value_id", v.get("brex_id")).with("remote_field_value_id", orNull(v.get("remote_id"))).encode())
	}
	s.values[category] = array(values)
	return s.values[category]
}

// user is how a record embeds a user, null for one there is not.
func (s recordWriter) user(id string) json.RawMessage {
	if known := s.users[id]; known != nil {
		return known
	}
	s.users[id] = null
	if o := s.recordUser(id); o != nil {
		s.users[id] = o.encode()
	}
	return s.users[id]
}

// recordUser is how a record embeds a user. Members that it does not know are
// left out, because they must not be null.
func (s *state) recordUser(id string) object {
	row, found := s.users.find(id)
	if !found {
		return nil
	}
	u := s.users.doc(row)
	role := "EMPLOYEE"
	if row == 0 {
		role = "ACCOUNT_ADMIN"
	}
	o := u.pick("id", "first_name", "last_name", "email").set("role", role).set("status", orText(u.str("status"), "ACTIVE"))
	add := func(name, value string) {
		if value != "" {
			o = o.set(name, value)
		}
	}
	named := func(t *table[nameKey], id string) string {
		if row, found := t.find(id); found {
			return t.doc(row).str("name")
		}
		return ""
	}
	add("department_id", u.str("department_id"))
	add("department_name", named(s.departments, u.str("department_id")))
	add("location_id", u.str("location_id"))
	add("location_name", named(s.locations, u.str("location_id")))
	add("title_id", u.str("title_id"))
	add("title_name", named(s.titles, u.str("title_id")))
	if at, found := s.users.find(u.str("manager_id")); found {
		m := s.users.doc(at)
		add("manager_id", m.str("id"))
		add("manager_first_name", m.str("first_name"))
		add("manager_last_name", m.str("last_name"))
		add("manager_title_id", m.str("title_id"))
		add("manager_title_name", named(s.titles, m.str("title_id")))
	}
	return o
}

// major turns an amount in minor units into accounting's: a decimal number in
// major ones, exactly.
func major(amount object) object {
	if amount == nil {
		return nil
	}
	currency := orUSD(amount.str("currency"))
	n, sign := amount.num("amount"), ""
	if n < 0 {
		n, sign = -n, "-"
	}
	scale, digits := int64(1), minor.Currency(currency).Digits()
	for range digits {
		scale *= 10
	}
	text := strconv.FormatInt(n/scale, 10)
	if fraction := n % scale; fraction != 0 {
		text += "." + strings.TrimRight(string(appendDigits(nil, int(fraction), digits)), "0")
	}
	return object{}.with("amount", []byte(sign+text)).set("currency", currency)
}
