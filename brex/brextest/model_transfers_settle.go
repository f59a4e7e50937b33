package brextest

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// This file is what happens to money without a request: on the company's
// clock, or because an admin decided something in Brex's dashboard.

// available is what an account can spend, in its smallest unit.
func (s *state) available(account int) int64 {
	return s.cashAccounts.doc(account).obj("available_balance").num("amount")
}

// move changes the balances of an account.
func (s *state) move(account int, available, current int64) {
	o := s.cashAccounts.doc(account)
	change := func(name string, by int64) {
		if balance := o.obj(name); balance != nil && by != 0 {
			o = o.set(name, balance.set("amount", balance.num("amount")+by))
		}
	}
	change("available_balance", available)
	change("current_balance", current)
	s.cashAccounts.put(account, o)
}

// findNextDue notes when the next transfer or expense moves on, or receipt is matched.
func (s *state) findNextDue() {
	next := int64(0)
	for i := range s.transfers.keys {
		if due := s.transfers.keys[i].due; due != 0 && (next == 0 || due < next) && !s.transfers.gone[i] {
			next = due
		}
	}
	if match := s.nextMatch(); match != 0 && (next == 0 || match < next) {
		next = match
	}
	if ready := s.nextReady(); ready != 0 && (next == 0 || ready < next) {
		next = ready
	}
	if at := s.nextExpense(); at != 0 && (next == 0 || at < next) {
		next = at
	}
	s.nextDue.Store(next)
}

func (s *state) due(now time.Time) bool {
	next := s.nextDue.Load()
	return next != 0 && next <= now.UnixMilli()
}

// settle carries out what has fallen due, in the order it fell due: a transfer
// may be sent and arrive within one Advance.
func (s *state) settle(now time.Time) {
	for s.due(now) {
		var rows []int
		for row, k := range s.transfers.keys {
			if k.due != 0 && k.due <= now.UnixMilli() && !s.transfers.gone[row] {
				rows = append(rows, row)
			}
		}
		slices.SortFunc(rows, func(a, b int) int {
			return cmp.Or(cmp.Compare(s.transfers.keys[a].due, s.transfers.keys[b].due), cmp.Compare(a, b))
		})
		for _, row := range rows {
			at := time.UnixMilli(s.transfers.keys[row].due).UTC()
			o := s.transfers.doc(row)
			if o.str("status") == "SCHEDULED" {
				s.transfers.put(row, o.set("status", "PROCESSING"))
				continue
			}
			o = o.set("status", "PROCESSED")
			s.transfers.put(row, o)
			s.arrived(o, at)
		}
		s.settleExpenses(now)
		s.matchReceipts(now)
		s.tellReadyRecords(now)
		s.findNextDue()
	}
}

// arrived books a transfer that has arrived.
func (s *state) arrived(o object, at time.Time) {
	row, found := s.cashAccounts.find(o.obj("originating_account").str("id"))
	if !found {
		return // loaded data need not hold the account
	}
	cents := o.obj("amount").num("amount")
	to := o.obj("counterparty")
	switch to.str("type") {
	case "BANK_ACCOUNT": // an incoming transfer
		s.move(row, cents, cents)
		s.book(row, o, cents, "PAYMENT", at)
		return
	case "BOOK_TRANSFER":
		s.move(row, 0, -cents)
		other, own := s.cashAccounts.find(to.str("deposit_account_id"))
		if !own {
			s.book(row, o, -cents, "BOOK_TRANSFER", at)
			return
		}
		s.book(row, o, -cents, "INTRA_CUSTOMER_ACCOUNT_BOOK_TRANSFER", at)
		s.move(other, cents, cents)
		s.book(other, o, cents, "INTRA_CUSTOMER_ACCOUNT_BOOK_TRANSFER", at)
		return
	}
	s.move(row, 0, -cents)
	s.book(row, o, -cents, "PAYMENT", at)
}

// book adds the cash transaction of a transfer.
func (s *state) book(account int, transfer object, cents int64, kind string, at time.Time) {
	amount := object{}.set("amount", cents).set("currency", orUSD(transfer.obj("amount").str("currency")))
	s.cashTx(s.cashAccounts.id(account)).mustAdd(cashTxDoc(s.newID(prefixCashTx, at), transfer.str("description"), amount,
		transfer.str("process_date"), at, kind, transfer.str("id")))
}

func cashTxDoc(id, description string, amount object, initiated string, posted time.Time, kind, transfer string) object {
	return object{}.
		set("id", id).
		set("description", description).
		set("amount", amount).
		set("initiated_at_date", initiated).
		set("posted_at_date", formatDate(posted)).
		set("type", kind).
		set("transfer_id", orNil(transfer))
}

// ApproveTransfer does what an admin does in Brex's dashboard with a transfer
// that waits for approval: it is sent, or fails when the money has gone
// meanwhile.
func (h *Handler) ApproveTransfer(id string) error {
	return h.decide(id, "PENDING_APPROVAL", func(s *state, o object, account int, now time.Time) object {
		cents := o.obj("amount").num("amount")
		if s.available(account) < cents {
			return o.set("status", "FAILED").set("cancellation_reason", "INSUFFICIENT_FUNDS")
		}
		s.move(account, -cents, 0)
		status, send, arrive := routeOf(o.str("payment_type"), now)
		if o.str("payment_type") == "BOOK_TRANSFER" {
			status, send, arrive = "PROCESSED", now, now
		}
		o = o.set("status", status).set("process_date", formatDate(send)).set("estimated_delivery_date", formatDate(arrive))
		if status == "PROCESSED" {
			s.arrived(o, now)
		}
		return o
	})
}

// DenyTransfer is the opposite: the transfer fails with APPROVAL_DENIED.
func (h *Handler) DenyTransfer(id string) error {
	return h.decide(id, "PENDING_APPROVAL", func(_ *state, o object, _ int, _ time.Time) object {
		return o.set("status", "FAILED").set("cancellation_reason", "APPROVAL_DENIED")
	})
}

// FailTransfer makes a transfer that is under way fail, with one of Brex's
// reasons (USER_CANCELLED, INSUFFICIENT_FUNDS, APPROVAL_DENIED,
// BLOCKED_BY_POSITIVE_PAY). The money is available again.
func (h *Handler) FailTransfer(id, reason string) error {
	if !slices.Contains([]string{"USER_CANCELLED", "INSUFFICIENT_FUNDS", "APPROVAL_DENIED", "BLOCKED_BY_POSITIVE_PAY"}, reason) {
		return fmt.Errorf("brextest: %q is not a cancellation reason", reason)
	}
	return h.decide(id, "", func(s *state, o object, account int, _ time.Time) object {
		if o.str("status") != "PENDING_APPROVAL" && o.obj("counterparty").str("type") != "BANK_ACCOUNT" {
			s.move(account, o.obj("amount").num("amount"), 0)
		}
		return o.set("status", "FAILED").set("cancellation_reason", reason)
	})
}

// decide changes a transfer that has the wanted status, or with "" one that is
// not over yet.
func (h *Handler) decide(id, wanted string, change func(*state, object, int, time.Time) object) error {
	now := h.clock.now()
	h.settle(now)
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	row, found := s.transfers.find(id)
	if !found {
		return fmt.Errorf("brextest: there is no transfer %s", id)
	}
	o := s.transfers.doc(row)
	status := o.str("status")
	over := status == "PROCESSED" || status == "FAILED"
	if wanted == "" && over || wanted != "" && status != wanted {
		return fmt.Errorf("brextest: transfer %s is %s", id, status)
	}
	account, found := s.cashAccounts.find(o.obj("originating_account").str("id"))
	if !found {
		return fmt.Errorf("brextest: transfer %s has no cash account here", id)
	}
	s.transfers.put(row, change(s, o, account, now))
	s.findNextDue()
	return nil
}
