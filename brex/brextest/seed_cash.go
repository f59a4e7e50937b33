package brextest

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// movement is one booking of a generated cash account. A million of them cost
// this and a key each; their documents are made when they are asked for.
type movement struct {
	at       int64 // milliseconds
	cents    int64
	transfer int32 // row of the transfer, -1 for none
	text     uint8 // of cashTexts, unless a transfer says it
	kind     uint8 // of cashKinds
}

var cashKinds = []string{"PAYMENT", "CARD_COLLECTION", "DIVIDEND", "INTEREST", "FEE", "REWARDS_REDEMPTION", "ADJUSTMENT",
	"INTRA_CUSTOMER_ACCOUNT_BOOK_TRANSFER"}

const intraCompany = 7 // of cashKinds

var cashTexts = []string{"Deposit from Stripe", "Deposit from Orbital Foods Inc", "Deposit from Nimbus Health", "Deposit from Kestrel Airlines",
	"Deposit from Borealis Energy", "Brex card payment", "Money market fund dividend", "Interest", "International wire fee",
	"Rewards cash back", "Adjustment", "Payroll"}

// cashMaker makes the transactions of one generated account.
type cashMaker struct {
	s     *state
	first uint64 // number of its first transaction
	rows  []movement
}

func (m *cashMaker) id(row int) string {
	return m.s.ids.id(prefixCashTx, m.rows[row].at, m.first+uint64(row))
}

func (m *cashMaker) number(id string) (int, bool) {
	n, ok := m.s.ids.number(prefixCashTx, id)
	return int(n - m.first), ok && n >= m.first && n-m.first < uint64(len(m.rows))
}

func (m *cashMaker) append(dst []byte, row int, _ view) []byte {
	r := &m.rows[row]
	w := writer{buf: dst}
	w.open()
	w.id("id", m.s.ids, prefixCashTx, r.at, m.first+uint64(row))
	transfer, description := "", cashTexts[r.text]
	if r.transfer >= 0 {
		o := m.s.transfers.doc(int(r.transfer))
		transfer, description = o.str("id"), o.str("description")
	}
	w.str("description", description)
	w.money("amount", r.cents, "USD")
	w.date("initiated_at_date", r.at-dayMs)
	w.date("posted_at_date", r.at)
	w.str("type", cashKinds[r.kind])
	w.opt("transfer_id", transfer)
	w.close()
	return w.buf
}

// statementMaker makes the monthly statements of one generated account.
type statementMaker struct {
	s        *state
	first    uint64
	periods  []period
	balances []int64 // at the start of each, and at the end of the last
}

func (m *statementMaker) id(row int) string {
	return m.s.ids.id(prefixStatement, m.periods[row].start.UnixMilli(), m.first+uint64(row))
}

func (m *statementMaker) number(id string) (int, bool) {
	n, ok := m.s.ids.number(prefixStatement, id)
	return int(n - m.first), ok && n >= m.first && n-m.first < uint64(len(m.periods))
}

func (m *statementMaker) append(dst []byte, row int, _ view) []byte {
	return statement(m.id(row), m.balances[row], m.balances[row+1], m.periods[row]).append(dst)
}

var accountNames = []string{"Primary Cash Account", "Payroll Account", "Tax Reserve", "Savings"}

// seedCash makes the cash accounts, their transactions, transfers and
// statements. Balances are what the bookings add up to.
func (s *state) seedCash(size Size, now time.Time) {
	if size.CashAccounts == 0 {
		return
	}
	at := now.Add(-founded).UnixMilli()
	accounts := make([]string, size.CashAccounts)
	for i := range accounts {
		accounts[i] = s.ids.id(prefixCashAccount, at, uint64(i))
	}
	booked := make([][]movement, size.CashAccounts)
	held := make([]int64, size.CashAccounts)
	s.seedTransfers(size, accounts, booked, held, now)
	s.seedBookTransfers(size, accounts, booked, now)
	sent := 0
	for i := range booked {
		sent += len(booked[i])
	}
	for i := range max(0, size.CashTransactions-sent) {
		r := s.ids.random("cash", i)
		// Two in three on the primary account.
		account := 0
		if i%3 == 2 {
			account = i / 3 % size.CashAccounts
		}
		m := otherMovement(r)
		m.at = now.Add(-time.Duration(r.between(1, 364*24)) * time.Hour).UnixMilli()
		booked[account] = append(booked[account], m)
	}
	number := uint64(0)
	for i, account := range accounts {
		slices.SortStableFunc(booked[i], func(a, b movement) int { return cmp.Compare(a.at, b.at) })
		opening, low, sum := int64(25_000_000), int64(0), int64(0)
		for _, m := range booked[i] {
			sum += m.cents
			low = min(low, sum)
		}
		opening -= low // an account of Brex is never overdrawn
		t := s.cashTx(account)
		t.made, t.count = &cashMaker{s, number, booked[i]}, len(booked[i])
		t.keys = make([]cashTxKey, len(booked[i]))
		for row, m := range booked[i] {
			t.keys[row].posted = m.at / dayMs * dayMs
		}
		number += uint64(len(booked[i]))
		s.cashAccounts.mustAdd(object{}.
			set("id", account).
			set("name", numbered(accountNames, i)).
			set("status", "ACTIVE").
			set("current_balance", money(opening+sum)).
			set("available_balance", money(opening+sum-held[i])).
			set("account_number", fmt.Sprintf("6682103%05d", s.ids.random("account number", i).below(100_000))).
			set("routing_number", "211179322").
			set("primary", i == 0))
		s.cashStatementsOf(account, i, opening, booked[i], size, now)
	}
}

func (s *state) cashStatementsOf(account string, i int, balance int64, booked []movement, size Size, now time.Time) {
	periods := months(now, size.Statements+1)
	m := &statementMaker{s: s, first: uint64(1+i) * maxRows, periods: periods[:size.Statements]}
	next := 0
	for ; next < len(booked) && booked[next].at < periods[0].start.UnixMilli(); next++ {
		balance += booked[next].cents
	}
	m.balances = append(m.balances, balance)
	for _, p := range m.periods {
		for ; next < len(booked) && booked[next].at < p.end.UnixMilli(); next++ {
			balance += booked[next].cents
		}
		m.balances = append(m.balances, balance)
	}
	t := s.cashStatement(account)
	t.made, t.count, t.keys = m, size.Statements, make([]none, size.Statements)
}

// otherMovement is a booking that no transfer of ours made.
func otherMovement(r *rng) movement {
	move := func(cents int64, kind, text int) movement {
		return movement{cents: cents, transfer: -1, kind: uint8(kind), text: uint8(text)}
	}
	switch p := r.below(100); {
	case p < 45:
		return move(r.between(150_000, 9_000_000), 0, r.below(5))
	case p < 60:
		return move(-r.between(100_000, 4_000_000), 1, 5)
	case p < 70:
		return move(r.between(1_000, 90_000), 2, 6)
	case p < 80:
		return move(r.between(500, 30_000), 3, 7)
	case p < 86:
		return move(-r.between(1_000, 4_500), 4, 8)
	case p < 90:
		return move(r.between(2_000, 60_000), 5, 9)
	case p < 93:
		return move(-r.between(100, 20_000), 6, 10)
	}
	return move(-r.between(400_000, 6_000_000), 0, 11)
}

// seedTransfers makes transfers of the last half year, and what they booked or
// hold.
func (s *state) seedTransfers(size Size, accounts []string, booked [][]movement, held []int64, now time.Time) {
	var targets []instrument
	for row := range s.vendors.keys {
		vendor := s.vendors.doc(row)
		for _, d := range paymentDetails(vendor) {
			targets = append(targets, instrument{vendor, d})
		}
	}
	if len(targets) == 0 {
		return
	}
	for i := range size.Transfers {
		r := s.ids.random("transfer", i)
		to := oneOf(r, targets)
		account := min(len(accounts)-1, r.below(5)/4)
		// Evenly over half a year, the last ones still under way.
		age := time.Duration(size.Transfers-1-i) * 180 * day / time.Duration(size.Transfers)
		created := now.Add(-age - 2*time.Hour)
		cents := r.between(2_500, 2_200_000)
		status, send, arrive := routeOf(to.kind(), created)
		t := transferSpec{
			id: s.ids.id(prefixTransfer, created.UnixMilli(), uint64(i)), kind: to.kind(), name: to.vendor.str("company_name"),
			counterparty: vendorCounterparty(to), amount: mustObject(money(cents)), account: accounts[account],
			send: send, arrive: arrive, created: created, creator: s.creator(),
			memo: encode(fmt.Sprintf("INV-%05d", 2000+i*7)), ppro: []byte("false"),
		}
		landed := atHour(formatDate(arrive), arriveHour)
		switch {
		case i%23 == 22:
			status, t.reason = "FAILED", oneOf(r, []string{"INSUFFICIENT_FUNDS", "USER_CANCELLED", "APPROVAL_DENIED"})
		case i%20 == 19 && age < 30*day:
			status = "PENDING_APPROVAL"
		case landed <= now.UnixMilli():
			status = "PROCESSED"
			booked[account] = append(booked[account], movement{at: landed, cents: -cents, transfer: int32(len(s.transfers.keys))})
		default:
			if atHour(formatDate(send), sendHour) <= now.UnixMilli() {
				status = "PROCESSING"
			}
			held[account] += cents
		}
		t.status = status
		s.transfers.mustAdd(transferDoc(t))
	}
}

// seedBookTransfers makes transfers between the company's own accounts, which
// the list of transfers leaves out: every month some.
func (s *state) seedBookTransfers(size Size, accounts []string, booked [][]movement, now time.Time) {
	if len(accounts) < 2 || size.Transfers == 0 {
		return
	}
	n := max(1, size.Transfers/15)
	for i := range n {
		r := s.ids.random("book transfer", i)
		from, to := 0, 1+r.below(len(accounts)-1)
		at := now.Add(-time.Duration(n-i)*180*day/time.Duration(n+1) - time.Hour)
		cents := r.between(5, 400) * 10_000
		row := int32(len(s.transfers.keys))
		s.transfers.mustAdd(transferDoc(transferSpec{
			id: s.ids.id(prefixTransfer, at.UnixMilli(), uint64(size.Transfers+i)), kind: "BOOK_TRANSFER", name: numbered(accountNames, to),
			counterparty: object{}.set("type", "BOOK_TRANSFER").set("deposit_account_id", accounts[to]),
			amount:       mustObject(money(cents)), account: accounts[from], status: "PROCESSED", send: at, arrive: at, created: at,
			creator: s.creator(), memo: encode("Between own accounts"), ppro: []byte("false"),
		}))
		booked[from] = append(booked[from], movement{at: at.UnixMilli(), cents: -cents, transfer: row, kind: intraCompany})
		booked[to] = append(booked[to], movement{at: at.UnixMilli(), cents: cents, transfer: row, kind: intraCompany})
	}
}
