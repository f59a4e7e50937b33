package brextest

import (
	"fmt"
	"time"
)

// transferKey says when a transfer moves on by itself.
type transferKey struct {
	due  int64 // milliseconds, 0 for never
	book bool  // book transfers are not listed
}

// A transfer is sent at 13:00 and arrives at 21:00 UTC of its days; one that
// is asked for after 20:00, or on a weekend, is sent on the next business day.
const (
	sendHour, arriveHour, cutOffHour = 13, 21, 20
)

func transferKeyOf(o object) transferKey {
	k := transferKey{book: o.str("payment_type") == "BOOK_TRANSFER"}
	switch o.str("status") {
	case "SCHEDULED":
		k.due = atHour(o.str("process_date"), sendHour)
	case "PROCESSING":
		k.due = atHour(o.str("estimated_delivery_date"), arriveHour)
	}
	return k
}

func atHour(date string, hour int) int64 {
	t, ok := parseDay(date)
	if !ok {
		return 0
	}
	return t.Add(time.Duration(hour) * time.Hour).UnixMilli()
}

func businessDay(t time.Time) bool { return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday }

// afterBusinessDays returns the n-th business day after t, the first from t on
// for 0.
func afterBusinessDays(t time.Time, n int) time.Time {
	for ; !businessDay(t); t = t.Add(day) {
	}
	for ; n > 0; n-- {
		for t = t.Add(day); !businessDay(t); t = t.Add(day) {
		}
	}
	return t
}

// deliveryDays is how long each kind of payment takes: a guess.
var deliveryDays = map[string]int{"ACH": 2, "DOMESTIC_WIRE": 0, "CHEQUE": 6, "INTERNATIONAL_WIRE": 3}

// routeOf decides when a payment asked for at now is sent and arrives.
func routeOf(kind string, now time.Time) (status string, send, arrive time.Time) {
	send = now
	if now.Hour() >= cutOffHour {
		send = now.Add(day)
	}
	send = afterBusinessDays(send, 0)
	arrive = afterBusinessDays(send, deliveryDays[kind])
	if formatDate(send) == formatDate(now) {
		return "PROCESSING", send, arrive
	}
	return "SCHEDULED", send, arrive
}

const maxChequeMemo = 40

// maxAmount keeps balances far from overflow: a trillion dollars in cents.
const maxAmount = 100_000_000_000_000

func (h *Handler) transferModels(m map[string]serveFunc) {
	m["listTransfers"] = func(c *call) (answer, *problem) {
		return list(c, c.state.transfers, 0, func(k *transferKey) bool { return !k.book })
	}
	m["getTransfersById"] = gets(func(s *state) *table[transferKey] { return s.transfers }, "id", "TRANSFER_NOT_FOUND")
	m["createTransfer"] = createTransfer
	m["createIncomingTransfer"] = createIncomingTransfer
	m["listLinkedAccounts"] = lists(func(s *state) *table[none] { return s.linked })
}

// payment is a transfer about to be made.
type payment struct {
	account      int // row of the cash account
	amount       object
	cents        int64
	kind         string
	counterparty object
	name         string // who is paid, or pays
}

// amountFor checks the amount of a transfer against an account.
func (c *call) amountFor(account int) (object, int64, *problem) {
	amount := c.body.obj("amount")
	cents := amount.num("amount")
	if cents <= 0 || cents > maxAmount {
		return nil, 0, invalid("amount.amount")
	}
	currency := c.state.cashAccounts.doc(account).obj("available_balance").str("currency")
	if sent := amount.str("currency"); sent != "" && sent != orUSD(currency) {
		return nil, 0, invalid("amount.currency")
	}
	return object{}.with("amount", amount.get("amount")).set("currency", orUSD(currency)), cents, nil
}

func orUSD(currency string) string {
	if currency == "" {
		return "USD"
	}
	return currency
}

func createTransfer(c *call) (answer, *problem) {
	s := c.state
	row, found := s.cashAccounts.find(c.body.obj("originating_account").str("id"))
	if !found {
		return answer{}, invalid("originating_account.id")
	}
	pay := payment{account: row}
	var p *problem
	if pay.amount, pay.cents, p = c.amountFor(row); p != nil {
		return answer{}, p
	}
	if p = c.recipient(&pay); p != nil {
		return answer{}, p
	}
	if pay.kind == "CHEQUE" && len(c.body.str("external_memo")) > maxChequeMemo {
		return answer{}, invalid("external_memo")
	}
	if s.available(row) < pay.cents {
		return answer{}, &problem{status: 400, kind: "BAD_REQUEST", message: "Insufficient funds", code: "INSUFFICIENT_FUNDS"}
	}
	status, send, arrive := routeOf(pay.kind, c.now)
	switch {
	case c.body.has("approval_type"):
		status = "PENDING_APPROVAL" // no money moves before an admin approves
	case pay.kind == "BOOK_TRANSFER":
		status, send, arrive = "PROCESSED", c.now, c.now // within Brex money moves at once
	}
	o := s.newTransfer(c, pay, status, send, arrive)
	if status != "PENDING_APPROVAL" {
		s.move(row, -pay.cents, 0)
	}
	s.transfers.mustAdd(o)
	if status == "PROCESSED" {
		s.arrived(o, c.now)
	}
	s.findNextDue()
	return ok(o)
}

// recipient resolves the counterparty.
func (c *call) recipient(pay *payment) *problem {
	s, sent := c.state, c.body.obj("counterparty")
	if sent.str("type") == "VENDOR" {
		to, found := s.instrument(sent.str("payment_instrument_id"))
		if !found {
			return invalid("counterparty.payment_instrument_id")
		}
		pay.kind, pay.name = to.kind(), to.vendor.str("company_name")
		pay.counterparty = vendorCounterparty(to)
		return nil
	}
	recipient := sent.obj("recipient")
	id := recipient.str("id")
	pay.kind = "BOOK_TRANSFER"
	pay.counterparty = object{}.set("type", "BOOK_TRANSFER").set("deposit_account_id", id)
	if recipient.str("type") == "ACCOUNT_ID" {
		row, found := s.cashAccounts.find(id)
		if !found || row == pay.account {
			return invalid("counterparty.recipient.id")
		}
		pay.name = s.cashAccounts.doc(row).str("name")
		return nil
	}
	to, found := s.instrument(id)
	if !found {
		return invalid("counterparty.recipient.id")
	}
	pay.name = to.vendor.str("company_name")
	return nil
}

func vendorCounterparty(to instrument) object {
	return object{}.set("type", "VENDOR").
		with("payment_instrument_id", to.details.get("payment_instrument_id")).
		with("id", to.vendor.get("id")).
		with("routing_number", orNull(to.details.get("routing_number"))).
		with("account_number", orNull(to.details.get("account_number")))
}

func (s *state) newTransfer(c *call, pay payment, status string, send, arrive time.Time) object {
	return transferDoc(transferSpec{
		id: s.newID(prefixTransfer, c.now), status: status, kind: pay.kind, name: pay.name,
		counterparty: pay.counterparty, amount: pay.amount, account: s.cashAccounts.id(pay.account),
		send: send, arrive: arrive, created: c.now, creator: s.creator(),
		memo: c.body.get("external_memo"), ppro: c.body.get("is_ppro_enabled"),
	})
}

// creator is the user that the sandbox's tokens stand for.
func (s *state) creator() string {
	if len(s.users.keys) > 0 {
		return s.users.id(0)
	}
	return s.fallback.str("id")
}

type transferSpec struct {
	id, status, kind, name, account, creator string
	counterparty, amount                     object
	send, arrive, created                    time.Time
	memo, ppro                               []byte
	reason                                   any
}

// transferDoc writes a transfer. The description is Brex's own wording,
// whatever was sent; the external memo comes back as it was sent.
func transferDoc(t transferSpec) object {
	return object{}.
		set("id", t.id).
		set("counterparty", t.counterparty).
		set("description", fmt.Sprintf("%s to %s", paymentWords[t.kind], t.name)).
		set("payment_type", t.kind).
		set("amount", t.amount).
		set("process_date", formatDate(t.send)).
		set("originating_account", object{}.set("type", "BREX_CASH").set("id", t.account)).
		set("status", t.status).
		set("cancellation_reason", t.reason).
		set("estimated_delivery_date", formatDate(t.arrive)).
		set("creator_user_id", t.creator).
		set("created_at", formatDate(t.created)).
		set("display_name", t.name).
		with("external_memo", orNull(t.memo)).
		with("is_ppro_enabled", orNull(t.ppro))
}

var paymentWords = map[string]string{"ACH": "ACH payment", "DOMESTIC_WIRE": "Wire", "CHEQUE": "Check",
	"INTERNATIONAL_WIRE": "International wire", "BOOK_TRANSFER": "Book transfer"}

func createIncomingTransfer(c *call) (answer, *problem) {
	s := c.state
	bank, found := s.linked.find(c.body.obj("counterparty").str("id"))
	if !found {
		return answer{}, invalid("counterparty.id")
	}
	row, found := s.cashAccounts.find(c.body.obj("receiving_account").str("id"))
	if !found {
		return answer{}, invalid("receiving_account.id")
	}
	pay := payment{account: row, kind: "ACH"}
	var p *problem
	if pay.amount, pay.cents, p = c.amountFor(row); p != nil {
		return answer{}, p
	}
	from := s.linked.doc(bank)
	pay.name = from.obj("bank_details").str("name")
	pay.counterparty = object{}.set("type", "BANK_ACCOUNT").set("routing_number", nil).
		set("account_number", "****"+from.str("last_four")).set("description", pay.name)
	status, send, arrive := routeOf("ACH", c.now)
	o := s.newTransfer(c, pay, status, send, arrive).set("description", "Deposit from "+pay.name)
	s.transfers.mustAdd(o)
	s.findNextDue()
	return ok(o)
}
