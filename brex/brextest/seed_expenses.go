package brextest

import (
	"strconv"
	"time"
)

// expenseMaker makes the expenses of a generated company, each from the seed
// and its number alone.
type expenseMaker struct {
	s                   *state
	size                Size
	now, seeded         int64    // what has happened until now; the start
	changes             []change // what happens after now
	start, slot         int64    // milliseconds: row i was bought within slot i after start
	users, cards        []string
	departments, places []string
	budgets, entities   []string
	userDept, userPlace []string
	cardOwner           []int
	shops               []shopIDs
	trips               *tripMaker
}

type shopIDs struct {
	id       string
	embedded []byte // as an expense shows it expanded
}

// expenseFacts is everything that is decided about one expense.
type expenseFacts struct {
	row, parent           int // parent is -1 except for the parts of a split
	user, card            int // card is -1 when it was not a card purchase
	shop, budget, entity  int
	kind, status, payment string
	amount, cents         int64 // in the shop's currency; in US cents
	purchased, updated    int64 // milliseconds
	submitted, approved   int64
	settled, posted       int64
	memo                  string
	receipts              int
	reason                string
	exported, trip, paid  bool
}

// seedExpenses sets the expenses up and returns who makes them, for the card
// transactions that follow from them.
func (s *state) seedExpenses(size Size, now time.Time) *expenseMaker {
	m := &expenseMaker{s: s, size: size, now: now.UnixMilli(), seeded: now.UnixMilli()}
	m.slot = int64(365*day/time.Millisecond) / int64(max(1, size.Expenses))
	m.start = m.now - m.slot*int64(size.Expenses)
	m.users, m.cards = idsOf(s.users), idsOf(s.cards)
	m.departments, m.places = idsOf(s.departments), idsOf(s.locations)
	m.budgets, m.entities = idsOf(s.spendLimits), idsOf(s.entities)
	for row := range m.users {
		o := s.users.doc(row)
		m.userDept = append(m.userDept, o.str("department_id"))
		m.userPlace = append(m.userPlace, o.str("location_id"))
	}
	for i := range m.cards {
		m.cardOwner = append(m.cardOwner, i%max(1, size.Users))
	}
	for i, sh := range shops {
		m.shops = append(m.shops, shopIDs{s.ids.id(prefixMerchant, m.start, uint64(i)), sh.embedded()})
	}

	t := s.expenses
	t.made, t.count, t.keys = m, size.Expenses, make([]expenseKey, size.Expenses)
	for i := range t.keys {
		f := m.facts(i)
		t.keys[i] = m.key(&f)
	}
	t.index.rebuild(t.keys)
	return m
}

// key is what the filters know of an expense.
func (m *expenseMaker) key(f *expenseFacts) expenseKey {
	w := &m.s.words
	k := expenseKey{
		purchased: f.purchased, updated: f.updated, posted: f.posted,
		user: w.of(m.users[f.user]), entity: w.of(m.entity(f)),
		kind: w.of(f.kind), status: w.of(f.status), payment: w.of(f.payment), cents: spentCents(f.payment, f.cents),
	}
	if f.card >= 0 {
		k.card = w.of(m.cards[f.card])
	}
	if f.budget >= 0 {
		k.budget = w.of(m.budgets[f.budget])
	}
	if f.parent >= 0 {
		k.parent = w.of(m.id(f.parent))
	}
	return k
}

func idsOf[K any](t *table[K]) []string {
	ids := make([]string, len(t.keys))
	for row := range ids {
		ids[row] = t.id(row)
	}
	return ids
}

func (sh shop) embedded() []byte {
	var w writer
	w.open()
	w.str("raw_descriptor", sh.descriptor)
	w.str("mcc", sh.mcc)
	w.str("country", sh.country)
	w.close()
	return w.buf
}

func (m *expenseMaker) purchased(row int) int64 {
	r := m.s.ids.random("expense time", row)
	return m.start + m.slot*int64(row) + int64(r.below(int(max(1, m.slot))))
}

func (m *expenseMaker) id(row int) string {
	return m.s.ids.id(prefixExpense, m.purchased(row), uint64(row))
}

func (m *expenseMaker) number(id string) (int, bool) {
	n, ok := m.s.ids.number(prefixExpense, id)
	return int(n), ok && n < uint64(m.size.Expenses)
}

func (m *expenseMaker) entity(f *expenseFacts) string {
	if len(m.entities) == 0 {
		return ""
	}
	return m.entities[f.entity]
}

// splitEvery spaces the splits: row n*splitEvery is one, the next two rows are
// its parts.
const splitEvery = 97

// facts decides one expense.
func (m *expenseMaker) facts(row int) expenseFacts {
	if part := row % splitEvery; (part == 1 || part == 2) && row > 2 {
		if f := m.original(row - part); f.status == "SPLIT" {
			return m.part(f, row, part)
		}
	}
	return m.original(row)
}

// part is one of the two expenses that a split one became.
func (m *expenseMaker) part(f expenseFacts, row, part int) expenseFacts {
	half := f.amount / 2
	f.parent, f.row = f.row, row
	if part == 1 {
		f.amount, f.cents = half, f.cents/2
	} else {
		f.amount, f.cents = f.amount-half, f.cents-f.cents/2
	}
	f.purchased = m.purchased(row)
	f.trip = false
	f.status, f.memo, f.receipts = "SUBMITTED", "Part "+strconv.Itoa(part)+" of a split expense", 0
	f.posted, f.settled, f.approved = 0, 0, 0
	f.payment, f.card = "NOT_STARTED", -1
	return f
}

// original decides an expense that is not part of another.
func (m *expenseMaker) original(row int) expenseFacts {
	r := m.s.ids.random("expense", row)
	f := expenseFacts{row: row, parent: -1, card: -1, budget: -1}
	f.purchased = m.purchased(row)
	age := m.now - f.purchased

	f.kind = "CARD"
	switch p := r.below(100); {
	case p >= 98:
		f.kind = "UNSET"
	case p >= 96:
		f.kind = "CLAWBACK"
	case p >= 90:
		f.kind = "BILLPAY"
	case p >= 83 || len(m.cards) == 0:
		f.kind = "REIMBURSEMENT"
	}
	f.user = r.below(len(m.users))
	if f.kind == "CARD" {
		f.card = r.below(len(m.cards))
		f.user = m.cardOwner[f.card]
	}
	f.shop = r.below(len(shops))
	sh := &shops[f.shop]
	// The square makes small purchases as frequent as they are.
	x := r.between(0, 1000)
	f.amount = sh.low + (sh.high-sh.low)*x*x/1_000_000
	f.cents = f.amount * toUSD[sh.currency][0] / toUSD[sh.currency][1]
	if len(m.budgets) > 0 && r.chance(55) {
		f.budget = r.below(len(m.budgets))
	}
	if len(m.entities) > 0 && r.chance(12) {
		f.entity = len(m.entities) - 1
	}
	if r.chance(72) {
		f.memo = oneOf(r, memos)
	}
	if f.cents > 2500 || r.chance(20) {
		f.receipts = 1 + r.below(20)/19
		if r.chance(9) {
			f.receipts = 0
		}
	}
	f.trip = sh.category == "AIRLINE_EXPENSES" || sh.category == "LODGING" && r.chance(50)
	m.progress(&f, r, age)
	return f
}

// progress decides how far an expense has come: a young one is still a draft
// with a payment under way, an old one settled.
func (m *expenseMaker) progress(f *expenseFacts, r *rng, age int64) {
	until := func(delay int64) int64 { // 0 when it has not happened yet
		if delay > age {
			return 0
		}
		return f.purchased + delay
	}
	post, submit := until(r.between(20, 70)*hourMs), until(r.between(1, 96)*hourMs)
	approve := until(r.between(97, 240) * hourMs)
	f.updated = f.purchased + min(age, r.between(1, 40)*60_000)
	fate := r.below(1000)

	switch {
	case f.kind == "CARD" && fate < 30:
		f.payment, f.status, f.reason, f.receipts = "DECLINED", "VOID", oneOf(r, declineReasons), 0
		return
	case f.kind == "CARD" && fate < 40:
		f.payment, f.status = "CANCELED", "CANCELED"
		return
	case f.kind == "CARD":
		f.reason, f.payment = "APPROVED", "PROCESSING"
		if post != 0 {
			f.posted, f.payment, f.paid = post, "CLEARED", true
		}
		if post != 0 && fate >= 980 {
			f.payment = oneOf(r, []string{"REFUNDED", "REFUNDED", "REFUNDING", "CREDITED"})
		}
	case approve == 0:
		f.payment = "NOT_STARTED"
	case age < 12*dayMs:
		f.payment = oneOf(r, []string{"PROCESSING", "SCHEDULED", "AWAITING_PAYMENT"})
	default:
		f.payment, f.posted, f.paid = "CLEARED", approve+2*dayMs, true
	}

	f.status = "DRAFT"
	f.submitted = submit
	switch {
	case submit == 0:
	case f.row%splitEvery == 0 && f.row > 2 && f.row+2 < m.size.Expenses && f.kind == "CARD" && f.purchased < m.seeded-10*dayMs:
		f.status = "SPLIT"
	case fate >= 100 && fate < 160:
		f.status = "OUT_OF_POLICY"
	case approve == 0 || fate >= 160 && fate < 230:
		f.status = "SUBMITTED"
	case !f.paid || fate < 300:
		f.status, f.approved = "APPROVED", approve
	default:
		f.status, f.approved, f.settled = "SETTLED", approve, max(approve, f.posted)
		f.exported = fate%2 == 0 && age > 30*dayMs
	}
	f.updated = max(f.updated, f.submitted, f.approved, f.settled, f.posted)
}
