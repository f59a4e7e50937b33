package brextest

import (
	"slices"
	"time"
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
	cents                        int64 // that count as spent
	user, parent, budget, entity uint32
	kind, status, payment, card  uint32
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
		card:      s.words.of(o.obj("payment").obj("paymentInstrument").str("id")),
		cents:     spentCents(o.str("payment_status"), usdCents(o)),
	}
}

// usdCents is what an expense costs in US cents, as far as its document says.
func usdCents(o object) int64 {
	for _, name := range []string{"usd_equivalent_amount", "billing_amount", "budget_amount", "original_amount"} {
		if o.has(name) {
			return o.obj(name).num("amount")
		}
	}
	return 0
}

// spentCents leaves out what was not paid, or was paid back.
func spentCents(payment string, cents int64) int64 {
	switch payment {
	case "DECLINED", "CANCELED", "REFUNDED", "CREDITED":
		return 0
	}
	return cents
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

// updatedExpense is the shorter document that an update returns.
var updatedExpense = []string{"id", "memo", "location_id", "department_id", "updated_at", "category", "merchant_id",
	"budget_id", "original_amount", "billing_amount", "purchased_at", "status", "payment_status"}

func (h *Handler) expenseModels(m map[string]serveFunc) {
	m["listExpenses"] = listExpenses
	m["listExpenses_1"] = listExpenses
	m["getExpense"] = func(c *call) (answer, *problem) { return getExpense(c, "id", false) }
	m["getCardExpense"] = func(c *call) (answer, *problem) { return getExpense(c, "expense_id", true) }
	m["updateExpense"] = updateExpense
}

// expenseView reads expand[], which holds known names, and load_custom_fields.
func expenseView(c *call) view {
	var v view
	for _, e := range expansions {
		if slices.Contains(c.query.all("expand[]"), e.name) {
			v |= e.bit
		}
	}
	if c.query.flag("load_custom_fields") {
		v |= withCustomFields
	}
	return v
}

func listExpenses(c *call) (answer, *problem) {
	v, w, q := expenseView(c), &c.state.words, c.query
	self := c.self()
	if self != "" {
		for _, user := range q.all("user_id[]") {
			if user != self {
				return answer{}, forbidden()
			}
		}
		q.set("user_id[]", self)
	}
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

	var f filter[expenseKey]
	if kind.given || user.given || parent.given || budget.given || entity.given || status.given || payment.given ||
		purchased.given() || updated.given() || posted.given() {
		f.match = func(k *expenseKey) bool {
			return kind.takes(k.kind) && status.takes(k.status) && payment.takes(k.payment) && user.takes(k.user) &&
				budget.takes(k.budget) && entity.takes(k.entity) && parent.takes(k.parent) &&
				purchased.takes(k.purchased) && updated.takes(k.updated) && posted.takes(k.posted)
		}
	}
	for column, chosen := range []choice{byUser: user, byParent: parent, byBudget: budget, byEntity: entity, byKind: kind,
		byStatus: status, byPayment: payment} {
		if chosen.given {
			f.words = append(f.words, wordFilter{column, chosen})
		}
	}
	for column, given := range []span{purchasedAt: purchased, updatedAt: updated, postedAt: posted} {
		if given.given() {
			f.spans = append(f.spans, spanFilter{column, given})
		}
	}
	return listBy(c, c.state.expenses, v, f)
}

func getExpense(c *call, param string, cardOnly bool) (answer, *problem) {
	v, t := expenseView(c), c.state.expenses
	row, p := byID(c, t, param, "EXPENSE_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	if cardOnly && t.keys[row].kind != c.state.words.numbers["CARD"] {
		return answer{}, notFound("EXPENSE_NOT_FOUND")
	}
	if self := c.self(); self != "" && t.keys[row].user != c.state.words.numbers[self] {
		return answer{}, forbidden()
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
	if p := c.mine(o.str("user_id")); p != nil {
		return answer{}, p
	}
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
