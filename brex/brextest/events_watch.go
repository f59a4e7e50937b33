package brextest

import "strings"

// This file turns changes of the company into webhook events. It watches the
// tables, so that it does not matter whether a request, the clock or an admin
// changed something.

// before is what a row was until now, when anybody wants to know.
func (t *rowTable) before(row int) object {
	if t.watch == nil {
		return nil
	}
	return t.doc(row)
}

// tell says that a row is new (before is nil) or another.
func (t *rowTable) tell(before object, row int) {
	if t.watch != nil {
		t.watch(before, t.doc(row))
	}
}

// changedTo says that a member has got one of the values.
func changedTo(before, after object, member string, values ...string) bool {
	now := after.str(member)
	if before != nil && before.str(member) == now {
		return false
	}
	for _, v := range values {
		if v == now {
			return true
		}
	}
	return false
}

// startEvents is called once the company is complete: what it was made or
// loaded with is no news.
func (s *state) startEvents() {
	s.secrets = []webhookSecret{s.newSecret()}
	s.transfers.watch = s.transferChanged
	s.users.watch = s.userChanged
	s.expenses.watch = s.expenseChanged
	s.referrals.watch = s.referralChanged
	s.records.watch = s.recordChanged
	s.findReadyRecords(s.now())
}

func (s *state) transferChanged(before, after object) {
	kind := ""
	switch {
	case changedTo(before, after, "status", "PROCESSED"):
		kind = eventTransferProcessed
	case changedTo(before, after, "status", "FAILED"):
		kind = eventTransferFailed
	default:
		return
	}
	s.emit(kind, s.transferEvent(kind, after))
}

func (s *state) transferEvent(kind string, transfer object) object {
	return object{}.
		set("event_type", kind).
		with("transfer_id", transfer.get("id")).
		with("payment_type", orNull(transfer.get("payment_type"))).
		set("return_for_id", nil).
		set("company_id", s.companyID())
}

func (s *state) companyID() string { return s.company.str("id") }

// userAttributes are the members whose changes Brex reports.
var userAttributes = []string{"status", "manager_id", "department_id", "location_id"}

func (s *state) userChanged(before, after object) {
	if before == nil {
		return // Brex has no event for a new user
	}
	var changed []string
	for _, name := range userAttributes {
		if before.str(name) != after.str(name) {
			changed = append(changed, strings.ToUpper(name))
		}
	}
	if len(changed) > 0 {
		s.emit(eventUserUpdated, s.userEvent(after, changed))
	}
}

func (s *state) userEvent(user object, attributes []string) object {
	return object{}.
		set("event_type", eventUserUpdated).
		with("user_id", user.get("id")).
		set("company_id", s.companyID()).
		set("updated_attributes", attributes)
}

// paymentStatuses are the states that the event's document knows, by the
// expense's payment_status. The others are not reported.
var paymentStatuses = map[string]string{"NOT_STARTED": "PENDING", "PROCESSING": "PENDING", "DECLINED": "DECLINED"}

func (s *state) expenseChanged(before, after object) {
	status := paymentStatuses[after.str("payment_status")]
	if status == "" || after.str("expense_type") != "CARD" || before != nil && paymentStatuses[before.str("payment_status")] == status {
		return
	}
	s.emit(eventExpensePayment, s.expenseEvent(after, status))
}

func (s *state) expenseEvent(expense object, status string) object {
	reason, kind := "APPROVED", "PURCHASE"
	if expense.obj("billing_amount").num("amount") < 0 {
		kind = "REFUND"
	}
	if status == "DECLINED" {
		reason, kind = "OTHER", "DECLINED"
	}
	if given := expense.obj("payment").str("statusReason"); given != "" {
		reason = given
	}
	merchant := expense.obj("merchant")
	descriptor := merchant.str("raw_descriptor")
	if descriptor == "" {
		descriptor = "MERCHANT"
	}
	o := object{}.
		set("event_type", eventExpensePayment).
		with("expense_id", expense.get("id")).
		set("payment_status", status).
		set("payment_status_reason", reason).
		set("payment_type", kind).
		set("company_id", s.companyID())
	if expense.has("purchased_at") {
		o = o.with("purchased_at", expense.get("purchased_at"))
	}
	return o.
		with("original_amount", orNull(expense.get("original_amount"))).
		with("billing_amount", orNull(expense.get("billing_amount"))).
		set("card_id", s.cardOf(expense)).
		set("merchant", object{}.
			set("raw_descriptor", descriptor).
			set("mcc", orText(merchant.str("mcc"), "5734")).
			set("country", orText(merchant.str("country"), "US"))).
		set("payment_authorization_code", strings.ToUpper(encodeHash(expense.str("id"))[:6])).
		set("payment_description", descriptor).
		set("version", 1)
}

// cardOf is the card of an expense: the one that its payment names, or else
// one of its user's.
func (s *state) cardOf(expense object) string {
	if by := expense.obj("payment").obj("paymentInstrument"); by.str("type") == "CARD" {
		return by.str("id")
	}
	for row := range s.cards.keys {
		if !s.cards.gone[row] && s.cards.doc(row).obj("owner").str("user_id") == expense.str("user_id") {
			return s.cards.id(row)
		}
	}
	if len(s.cards.keys) > 0 {
		return s.cards.id(0)
	}
	return ""
}

func orText(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
