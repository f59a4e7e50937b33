package brextest

import (
	"cmp"
	"slices"
	"time"
)

// This file lets the expenses go on with the clock: a purchase posts, is
// submitted, approved and settled, its trip begins and ends. The maker decides
// that for any instant; here stands when it decides something new. It looks at
// the clock by the hour, so that a month of a million expenses is 700 steps.

// settledAfter is how long after its purchase something may still happen.
const settledAfter = 31 * dayMs

// change says that something happens to an expense.
type change struct {
	at  int64
	row int32
}

// plan finds what is still to happen.
func (m *expenseMaker) plan() {
	now := m.now
	defer func() { m.now = now }()
	m.now = now + 2*settledAfter // where everything has happened
	for row := m.size.Expenses - 1; row >= 0; row-- {
		purchased := m.purchased(row)
		if purchased < now-settledAfter {
			break
		}
		f := m.facts(row)
		times := []int64{f.submitted, f.posted, f.approved, f.settled, f.purchased + 12*dayMs, f.purchased + 40*60_000}
		if f.trip {
			starts, ends, _ := m.trips.times(&f)
			times = append(times, starts, ends)
		}
		for _, at := range times {
			if at > now {
				m.changes = append(m.changes, change{at, int32(row)})
			}
		}
	}
	slices.SortFunc(m.changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.row, b.row)) })
}

func wholeHour(ms int64) int64 { return (ms + hourMs - 1) / hourMs * hourMs }

// nextExpense is when the next expense changes, in milliseconds, 0 for never.
func (s *state) nextExpense() int64 {
	next := int64(0)
	if m, made := s.expenses.made.(*expenseMaker); made && len(m.changes) > 0 {
		next = wholeHour(m.changes[0].at)
	}
	if len(s.posting) > 0 && (next == 0 || s.posting[0].at < next) {
		next = s.posting[0].at
	}
	return next
}

// settleExpenses carries out what has fallen due.
func (s *state) settleExpenses(now time.Time) {
	if m, made := s.expenses.made.(*expenseMaker); made && len(m.changes) > 0 && wholeHour(m.changes[0].at) <= now.UnixMilli() {
		m.now = now.UnixMilli() / hourMs * hourMs
		for len(m.changes) > 0 && m.changes[0].at <= m.now {
			s.settleExpense(m, int(m.changes[0].row))
			m.changes = m.changes[1:]
		}
	}
	for len(s.posting) > 0 && s.posting[0].at <= now.UnixMilli() {
		s.post(int(s.posting[0].row), s.posting[0].at)
		s.posting = s.posting[1:]
	}
}

// settleExpense brings a generated expense up to the maker's now.
func (s *state) settleExpense(m *expenseMaker, row int) {
	t := s.expenses
	if t.gone[row] {
		return
	}
	before, f := t.keys[row], m.facts(row)
	after := m.key(&f)
	if f.trip {
		if at, found := m.trips.tripNumber(row); found {
			_, _, updated := m.trips.times(&f)
			s.trips.keys[at].updated = updated
			s.trips.version++
		}
	}
	if t.stored[row] != nil {
		// A client has changed it. What it said stays.
		was, o := t.doc(row), mustObject(m.append(nil, row, t.full))
		for _, name := range []string{"memo", "receipts", "exported_at"} {
			o = o.with(name, orNull(was.get(name)))
		}
		if was.str("updated_at") > o.str("updated_at") {
			o = o.with("updated_at", was.get("updated_at"))
		}
		t.put(row, o)
		after = t.keys[row]
		after.parent = before.parent
	}
	if after != before {
		t.keys[row] = after
		t.changed(row)
	}
	if before.posted == 0 && after.posted != 0 {
		if f.kind == "CARD" && f.card >= 0 {
			s.bookCard(m.cards[f.card], m.id(row), shops[f.shop].descriptor, m.shops[f.shop].embedded, f.cents, f.purchased, f.posted, uint64(row))
		}
		s.newRecord(row)
	}
}

// bookedLater keeps the numbers of card transactions that the clock brings
// apart from those that were there at the start.
const bookedLater = 1 << 33

// bookCard adds the card transaction of a purchase that has posted.
func (s *state) bookCard(card, expense, descriptor string, merchant []byte, cents, purchased, posted int64, number uint64) {
	s.cardTransactions.mustAdd(object{}.
		set("id", s.ids.id(prefixCardTx, posted, bookedLater+number)).
		set("card_id", card).
		set("description", descriptor).
		set("amount", money(cents)).
		set("initiated_at_date", formatDate(time.UnixMilli(purchased))).
		set("posted_at_date", formatDate(time.UnixMilli(posted))).
		set("type", "PURCHASE").
		with("merchant", orNull(merchant)).
		set("card_metadata", nil).
		set("expense_id", expense).
		set("card_transaction_operation_reference_id", nil))
	if len(s.cardAccounts.keys) == 0 {
		return
	}
	o := s.cardAccounts.doc(0)
	for name, by := range map[string]int64{"current_balance": cents, "available_balance": -cents} {
		if balance := o.obj(name); balance != nil {
			o = o.set(name, balance.set("amount", balance.num("amount")+by))
		}
	}
	s.cardAccounts.put(0, o)
}
