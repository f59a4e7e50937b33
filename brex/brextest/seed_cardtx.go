package brextest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// cardTxMaker makes the settled card transactions: the purchases are those of
// the expenses, and between them stand refunds, rewards and the monthly
// collections of the card balance.
type cardTxMaker struct {
	s        *state
	expenses *expenseMaker
	rows     []cardTxRow // oldest first
}

type cardTxRow struct {
	posted  int64
	amount  int64 // US cents
	expense int32 // -1 for none
	card    int32 // -1 for none
	shop    int16
	kind    uint8
}

const (
	txPurchase uint8 = iota
	txRefund
	txRewards
	txCollection
	txChargeback
)

var cardTxTypes = []string{"PURCHASE", "REFUND", "REWARDS_CREDIT", "COLLECTION", "CHARGEBACK"}

func (s *state) seedCardTransactions(size Size, from *expenseMaker, now time.Time) {
	m := &cardTxMaker{s: s, expenses: from}
	m.rows = make([]cardTxRow, 0, size.CardTransactions)
	others := size.CardTransactions / 15
	// The newest expenses first, so that a small size is a recent history.
	for i := size.Expenses - 1; i >= 0 && len(m.rows) < size.CardTransactions-others; i-- {
		f := from.facts(i)
		if f.kind == "CARD" && f.posted != 0 && f.card >= 0 {
			m.rows = append(m.rows, cardTxRow{f.posted, f.cents, int32(i), int32(f.card), int16(f.shop), txPurchase})
		}
	}
	oldest := now.UnixMilli() - 365*dayMs
	if n := len(m.rows); n > 0 {
		oldest = m.rows[n-1].posted
	}
	for i := len(m.rows); i < size.CardTransactions; i++ {
		m.rows = append(m.rows, m.other(i, size, oldest, now.UnixMilli()))
	}
	slices.SortFunc(m.rows, func(a, b cardTxRow) int {
		return cmp.Or(cmp.Compare(a.posted, b.posted), cmp.Compare(a.expense, b.expense), cmp.Compare(a.amount, b.amount))
	})
	t := s.cardTransactions
	t.made, t.count, t.keys = m, len(m.rows), make([]cardTxKey, len(m.rows))
	for i, row := range m.rows {
		t.keys[i].posted = row.posted / dayMs * dayMs
		if row.card >= 0 {
			t.keys[i].user = s.words.of(from.users[from.cardOwner[row.card]])
		}
	}
	m.accounts(size, now)
}

// other makes what is not a purchase of an expense.
func (m *cardTxMaker) other(i int, size Size, from, to int64) cardTxRow {
	r := m.s.ids.random("card transaction", i)
	row := cardTxRow{posted: r.between(from, to), expense: -1, card: int32(r.below(size.Cards)), shop: int16(r.below(len(shops)))}
	switch p := r.below(100); {
	case p < 55:
		row.kind, row.amount = txRefund, -r.between(900, 60_000)
	case p < 70:
		row.kind, row.amount, row.card, row.shop = txRewards, -r.between(500, 25_000), -1, -1
	case p < 92:
		row.kind, row.amount, row.card, row.shop = txCollection, -r.between(100_000, 4_000_000), -1, -1
	case p < 96:
		row.kind, row.amount = txChargeback, -r.between(2_000, 90_000)
	default:
		row.kind, row.amount = txPurchase, r.between(900, 60_000)
	}
	return row
}

func (m *cardTxMaker) id(row int) string {
	return m.s.ids.id(prefixCardTx, m.rows[row].posted, uint64(row))
}

func (m *cardTxMaker) number(id string) (int, bool) {
	n, ok := m.s.ids.number(prefixCardTx, id)
	return int(n), ok && n < uint64(len(m.rows))
}

func (m *cardTxMaker) append(dst []byte, row int, _ view) []byte {
	t := &m.rows[row]
	w := writer{buf: dst}
	w.open()
	w.id("id", m.s.ids, prefixCardTx, t.posted, uint64(row))
	initiated := t.posted
	if t.card >= 0 {
		w.str("card_id", m.expenses.cards[t.card])
	} else {
		w.null("card_id")
	}
	switch {
	case t.expense >= 0:
		initiated = m.expenses.purchased(int(t.expense))
		w.str("description", shops[t.shop].descriptor)
	case t.kind == txCollection:
		w.str("description", "Payment - Thank you!")
	case t.kind == txRewards:
		w.str("description", "Rewards statement credit")
	default:
		w.str("description", shops[t.shop].descriptor)
	}
	w.money("amount", t.amount, "USD")
	w.date("initiated_at_date", initiated)
	w.date("posted_at_date", t.posted)
	w.str("type", cardTxTypes[t.kind])
	if t.shop >= 0 {
		w.raw("merchant", m.expenses.shops[t.shop].embedded)
	} else {
		w.null("merchant")
	}
	w.null("card_metadata")
	if t.expense >= 0 {
		w.id("expense_id", m.s.ids, prefixExpense, initiated, uint64(t.expense))
	} else {
		w.null("expense_id")
	}
	if row%4 != 0 {
		w.id("card_transaction_operation_reference_id", m.s.ids, prefixTransferPart, t.posted, uint64(row))
	} else {
		w.null("card_transaction_operation_reference_id")
	}
	w.close()
	return w.buf
}

// accounts makes the card account and its statements, which add up to the
// transactions.
func (m *cardTxMaker) accounts(size Size, now time.Time) {
	const limit = 50_000_000
	s := m.s
	periods := months(now, size.Statements+1) // the last is the current one
	sums := make([]int64, len(periods))
	for _, row := range m.rows {
		for i, p := range periods {
			if row.posted >= p.start.UnixMilli() && row.posted < p.end.UnixMilli() && row.kind != txCollection {
				sums[i] += row.amount
			}
		}
	}
	before := int64(0)
	for i, p := range periods[:len(periods)-1] {
		s.cardStatements.mustAdd(statement(s.ids.id(prefixStatement, p.start.UnixMilli(), uint64(i)), before, sums[i], p))
		before = sums[i]
	}
	current := max(0, sums[len(sums)-1])
	s.cardAccounts.mustAdd(object{}.
		set("id", s.ids.id(prefixCardAccount, now.Add(-founded).UnixMilli(), 1)). // companies have the same prefix
		set("status", "ACTIVE").
		set("current_balance", money(current)).
		set("available_balance", money(max(0, limit-current))).
		set("account_limit", money(limit)).
		set("current_statement_period", periods[len(periods)-1].json()))
}

// period is a calendar month: end is the first instant after it.
type period struct{ start, end time.Time }

// months returns n months, the last one that of now.
func months(now time.Time, n int) []period {
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	list := make([]period, n)
	for i := range list {
		start := first.AddDate(0, i-n+1, 0)
		list[i] = period{start, start.AddDate(0, 1, 0)}
	}
	return list
}

func (p period) json() json.RawMessage {
	return json.RawMessage(`{"start_date":` + strconv.Quote(formatDate(p.start)) +
		`,"end_date":` + strconv.Quote(formatDate(p.end.Add(-day))) + `}`)
}

func statement(id string, start, end int64, p period) object {
	return object{}.
		set("id", id).
		set("start_balance", money(start)).
		set("end_balance", money(end)).
		set("period", p.json())
}
