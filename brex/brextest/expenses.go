package brextest

import (
	"slices"
	"strings"
	"time"
)

var (
	expenseStatuses = []string{"DRAFT", "SUBMITTED", "APPROVED", "OUT_OF_POLICY", "VOID", "CANCELED", "SPLIT", "SETTLED"}
	expenseTypes    = []string{"CARD", "BILLPAY", "REIMBURSEMENT", "CLAWBACK", "UNSET"}
	paymentStatuses = []string{"NOT_STARTED", "PROCESSING", "CANCELED", "DECLINED", "CLEARED", "REFUNDING", "REFUNDED",
		"CASH_ADVANCE", "CREDITED", "AWAITING_PAYMENT", "SCHEDULED"}
)

// The views of an expense. Without its bit, what can be expanded is null.
const (
	withLocation view = 1 << iota
	withDepartment
	withMerchant
	withReceiptURIs
	withUser
	withBudget
	withPayment
	withSpendingEntity
	withPolicy
	withCustomFields

	// fullExpense is what an expense owns. Its relations are looked up when
	// they are asked for, so that they are never out of date.
	fullExpense = withMerchant | withReceiptURIs | withPayment | withPolicy | withCustomFields
)

type expansion struct {
	name string
	bit  view
	id   string // the member that names the relation, "" when the row owns it
}

// expansions are the values of expand[] for expenses. Each but the receipts'
// is also the member that it fills.
var expansions = []expansion{
	{"location", withLocation, "location_id"},
	{"department", withDepartment, "department_id"},
	{"merchant", withMerchant, ""},
	{"receipts.download_uris", withReceiptURIs, ""},
	{"user", withUser, "user_id"},
	{"budget", withBudget, "budget_id"},
	{"payment", withPayment, ""},
	{"spending_entity", withSpendingEntity, "spending_entity_id"},
	{"policy", withPolicy, ""},
}

// expenseKey is what the filters of expenses look at.
type expenseKey struct {
	purchased, updated, posted   int64 // milliseconds, 0 for null
	user, parent, budget, entity uint32
	kind, status, payment        uint32
}

func (s *state) expenseKeyOf(o object) expenseKey {
	return expenseKey{
		purchased: millisOf(o.str("purchased_at")),
		updated:   millisOf(o.str("updated_at")),
		posted:    millisOf(o.str("payment_posted_at")),
		user:      s.words.of(o.str("user_id")),
		parent:    s.words.of(o.str("parent_expense_id")),
		budget:    s.words.of(o.str("budget_id")),
		entity:    s.words.of(o.str("spending_entity_id")),
		kind:      s.words.of(o.str("expense_type")),
		status:    s.words.of(o.str("status")),
		payment:   s.words.of(o.str("payment_status")),
	}
}

// millisOf reads an instant of a document, 0 when it is none.
func millisOf(s string) int64 {
	if s == "" {
		return 0
	}
	t, ok := parseTime(s, false)
	if !ok {
		if t, ok = parseDay(s); !ok {
			return 0
		}
	}
	return t.UnixMilli()
}

func parseDay(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

func expenseParams(withType bool) []param {
	params := []param{
		{name: "expand[]", many: true},
		{name: "user_id[]", many: true},
		{name: "parent_expense_id[]", many: true},
		{name: "budget_id[]", many: true},
		{name: "spending_entity_id[]", many: true},
		{name: "status[]", many: true, enum: expenseStatuses},
		{name: "payment_status[]", many: true, enum: paymentStatuses},
		{name: "purchased_at_start", kind: asTime},
		{name: "purchased_at_end", kind: asTime},
		{name: "updated_at_start", kind: asTime},
		{name: "updated_at_end", kind: asTime},
		{name: "payment_posted_at_start", kind: asTime},
		{name: "payment_posted_at_end", kind: asTime},
		{name: "load_custom_fields", kind: asBool},
	}
	if withType {
		params = append(params, param{name: "expense_type[]", many: true, enum: expenseTypes})
	}
	return append(params, paging(maxExpenseLimit)...)
}

var expenseGetParams = []param{{name: "expand[]", many: true}, {name: "load_custom_fields", kind: asBool}}

// updatedExpense is the shorter document that an update answers.
var updatedExpense = []string{"id", "memo", "location_id", "department_id", "updated_at", "category", "merchant_id",
	"budget_id", "original_amount", "billing_amount", "purchased_at", "status", "payment_status"}

func (h *Handler) expenseModels(m map[string]model) {
	m["listExpenses"] = model{params: expenseParams(true), serve: listExpenses}
	m["listExpenses_1"] = model{params: expenseParams(false), serve: listExpenses}
	m["getExpense"] = model{params: expenseGetParams, serve: func(c *call) (answer, *problem) { return getExpense(c, "id", false) }}
	m["getCardExpense"] = model{params: expenseGetParams, serve: func(c *call) (answer, *problem) { return getExpense(c, "expense_id", true) }}
	m["updateExpense"] = model{body: objectShape(optional("memo", anyText)), serve: updateExpense}
}

// expenseView reads expand[] and load_custom_fields.
func expenseView(c *call) (view, *problem) {
	var v view
	for _, name := range c.query.all("expand[]") {
		i := slices.IndexFunc(expansions, func(e expansion) bool { return e.name == name })
		if i < 0 {
			return 0, badRequest("expand[] is invalid: " + printable(name) + " cannot be expanded")
		}
		v |= expansions[i].bit
	}
	if c.query.flag("load_custom_fields") {
		v |= withCustomFields
	}
	return v, nil
}

func listExpenses(c *call) (answer, *problem) {
	v, p := expenseView(c)
	if p != nil {
		return answer{}, p
	}
	w, q := &c.state.words, c.query
	kind := w.choose(q.all("expense_type[]")...)
	if c.op.id == "listExpenses_1" {
		kind = w.choose("CARD") // the deprecated list knows no others
	}
	user, parent := w.choose(q.all("user_id[]")...), w.choose(q.all("parent_expense_id[]")...)
	budget, entity := w.choose(q.all("budget_id[]")...), w.choose(q.all("spending_entity_id[]")...)
	status, payment := w.choose(q.all("status[]")...), w.choose(q.all("payment_status[]")...)
	purchased := q.span("purchased_at_start", "purchased_at_end")
	updated := q.span("updated_at_start", "updated_at_end")
	posted := q.span("payment_posted_at_start", "payment_posted_at_end")

	var match func(*expenseKey) bool
	if kind.given || user.given || parent.given || budget.given || entity.given || status.given || payment.given ||
		purchased.given() || updated.given() || posted.given() {
		match = func(k *expenseKey) bool {
			return kind.takes(k.kind) && status.takes(k.status) && payment.takes(k.payment) && user.takes(k.user) &&
				budget.takes(k.budget) && entity.takes(k.entity) && parent.takes(k.parent) &&
				purchased.takes(k.purchased) && updated.takes(k.updated) && posted.takes(k.posted)
		}
	}
	return list(c, c.state.expenses, v, match)
}

func getExpense(c *call, param string, cardOnly bool) (answer, *problem) {
	v, p := expenseView(c)
	if p != nil {
		return answer{}, p
	}
	t := c.state.expenses
	row, p := byID(c, t, param, "EXPENSE_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	if cardOnly && t.keys[row].kind != c.state.words.numbers["CARD"] {
		return answer{}, notFound("EXPENSE_NOT_FOUND")
	}
	return answer{status: 200, body: t.append(nil, row, v)}, nil
}

func updateExpense(c *call) (answer, *problem) {
	t := c.state.expenses
	row, p := byID(c, t, "expense_id", "EXPENSE_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if c.body.has("memo") {
		memo := c.body.str("memo")
		if memo == "" {
			o = o.with("memo", null) // "" clears the memo
		} else {
			o = o.set("memo", memo)
		}
		o = o.set("updated_at", formatTime(c.now))
		parent := t.keys[row].parent
		t.put(row, o)
		t.keys[row].parent = parent // no member of the document says it
		o = t.doc(row)
	}
	return ok(o.pick(updatedExpense...))
}

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
		return ref(s.budgets, id)
	case "spending_entity":
		return ref(s.entities, id)
	case "user":
		if row, ok := s.users.find(id); ok {
			return s.users.keys[row].ref
		}
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
