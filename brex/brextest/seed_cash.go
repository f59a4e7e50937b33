package brextest

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// movement is one booking of a generated cash account.
type movement struct {
	at          time.Time
	cents       int64
	kind        string
	description string
	transfer    string
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
		m.at = now.Add(-time.Duration(r.between(1, 364*24)) * time.Hour)
		booked[account] = append(booked[account], m)
	}
	number := uint64(0)
	for i, account := range accounts {
		slices.SortStableFunc(booked[i], func(a, b movement) int { return cmp.Compare(a.at.Unix(), b.at.Unix()) })
		opening, low, sum := int64(25_000_000), int64(0), int64(0)
		for _, m := range booked[i] {
			sum += m.cents
			low = min(low, sum)
		}
		opening -= low // an account of Brex is never overdrawn
		t := s.cashTx(account)
		for _, m := range booked[i] {
			t.mustAdd(cashTxDoc(s.ids.id(prefixCashTx, m.at.UnixMilli(), number), m.description,
				object{}.set("amount", m.cents).set("currency", "USD"), formatDate(m.at.Add(-day)), m.at, m.kind, m.transfer))
			number++
		}
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
	next := 0
	for ; next < len(booked) && booked[next].at.Before(periods[0].start); next++ {
		balance += booked[next].cents
	}
	for j, p := range periods[:len(periods)-1] {
		start := balance
		for ; next < len(booked) && booked[next].at.Before(p.end); next++ {
			balance += booked[next].cents
		}
		s.cashStatement(account).mustAdd(statement(s.ids.id(prefixStatement, p.start.UnixMilli(), uint64(1000+i*100+j)), start, balance, p))
	}
}

// otherMovement is a booking that no transfer of ours made.
func otherMovement(r *rng) movement {
	switch p := r.below(100); {
	case p < 45:
		return movement{cents: r.between(150_000, 9_000_000), kind: "PAYMENT",
			description: "Deposit from " + oneOf(r, []string{"Stripe", "Orbital Foods Inc", "Nimbus Health", "Kestrel Airlines", "Borealis Energy"})}
	case p < 60:
		return movement{cents: -r.between(100_000, 4_000_000), kind: "CARD_COLLECTION", description: "Brex card payment"}
	case p < 70:
		return movement{cents: r.between(1_000, 90_000), kind: "DIVIDEND", description: "Money market fund dividend"}
	case p < 80:
		return movement{cents: r.between(500, 30_000), kind: "INTEREST", description: "Interest"}
	case p < 86:
		return movement{cents: -r.between(1_000, 4_500), kind: "FEE", description: "International wire fee"}
	case p < 90:
		return movement{cents: r.between(2_000, 60_000), kind: "REWARDS_REDEMPTION", description: "Rewards cash back"}
	case p < 93:
		return movement{cents: -r.between(100, 20_000), kind: "ADJUSTMENT", description: "Adjustment"}
	}
	return movement{cents: -r.between(400_000, 6_000_000), kind: "PAYMENT", description: "Payroll"}
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
			booked[account] = append(booked[account], movement{time.UnixMilli(landed).UTC(), -cents, "PAYMENT",
				fmt.Sprintf("%s to %s", paymentWords[t.kind], t.name), t.id})
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
