package brextest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// postsAfter is how long a purchase takes to post: a guess.
const postsAfter = 48 * time.Hour

// Purchase does what a merchant does with a card: it charges so many US cents.
// The response is the id of the expense. A card that is locked, terminated or
// not active yet, and a limit that is exceeded (of the card, of the user, of
// the card's spend limit) make a declined expense, whose payment says why; any
// other posts two days later on the company's clock, and is then a card
// transaction. It fails only when there is no such card, or nothing to charge.
func (h *Handler) Purchase(cardID string, cents int64, merchant string) (expenseID string, err error) {
	if cents <= 0 || cents > maxAmount {
		return "", errors.New("brextest: Purchase: the amount is not above zero, or beyond reason")
	}
	if merchant == "" || !ascii(merchant) {
		return "", errors.New("brextest: Purchase: the merchant has no name, or not an ASCII one")
	}
	h.settle(h.clock.now())
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	row, found := s.cards.find(cardID)
	if !found {
		return "", fmt.Errorf("brextest: Purchase: there is no card %s", cardID)
	}
	card := mustObject(s.cards.append(nil, row, 0))
	now := s.now()
	reason := s.declines(card, cents, now)
	o := s.purchase(card, cents, merchant, reason, now)
	s.expenses.mustAdd(o)
	if reason == "" {
		s.posting = append(s.posting, change{now.Add(postsAfter).UnixMilli(), int32(len(s.expenses.keys) - 1)})
		s.findNextDue()
	}
	return o.str("id"), nil
}

// declines says why a purchase is declined, "" when it is not.
func (s *state) declines(card object, cents int64, now time.Time) string {
	user := card.obj("owner").str("user_id")
	switch card.str("status") {
	case "TERMINATED":
		return "CARD_TERMINATED"
	case "LOCKED", "SHIPPED":
		return "CARD_NOT_ACTIVE"
	}
	if row, found := s.users.find(user); found && slices.Contains([]string{"DISABLED", "DELETED", "CLOSED"}, s.users.keys[row].status) {
		return "USER_SUSPENDED"
	}
	if controls := card.obj("spend_controls"); controls != nil && cents > controls.obj("spend_available").num("amount") {
		return "EXCEEDED_CARD_LIMIT"
	}
	if limit := s.limitOf(user); limit.has("monthly_limit") && cents > limit.obj("monthly_available").num("amount") {
		return "EXCEEDED_USER_LIMIT"
	}
	row, found := s.spendLimits.find(card.str("budget_id"))
	if !found {
		return ""
	}
	limit := s.liveLimit(s.spendLimits.doc(row))
	settings := limit.obj("authorization_settings")
	most := settings.obj("base_limit").num("amount")
	if percent := settings.get("limit_buffer_percentage"); percent != nil && !isNull(percent) {
		most += most / 100 * settings.num("limit_buffer_percentage")
	}
	switch {
	case limit.str("status") != "ACTIVE":
		return "BUDGET_EXPIRED"
	case limit.has("transaction_limit") && cents > limit.obj("transaction_limit").num("amount"):
		return "EXCEEDED_BUDGET_TRANSACTION_LIMIT"
	case settings.str("authorization_type") == "HARD" && limit.obj("current_period_balance").obj("amount_spent").num("amount")+cents > most:
		return "EXCEEDED_BUDGET_LIMIT"
	}
	return ""
}

// purchase writes the expense of a purchase.
func (s *state) purchase(card object, cents int64, merchant, reason string, now time.Time) object {
	id, amount := s.newID(prefixExpense, now), money(cents)
	status, payment, billed := "DRAFT", "PROCESSING", any(amount)
	if reason != "" {
		status, payment, billed = "VOID", "DECLINED", nil
	} else {
		reason = "APPROVED"
	}
	user := object(nil)
	if row, found := s.users.find(card.obj("owner").str("user_id")); found {
		user = s.users.doc(row)
	}
	o := object{}.set("id", id)
	for _, f := range []member{
		{"memo", null}, {"location_id", orNull(user.get("location_id"))}, {"location", null}, {"address", null},
		{"department_id", orNull(user.get("department_id"))}, {"department", null},
		{"updated_at", encode(formatTime(now))}, {"payment_posted_at", null}, {"category", encode("OTHER_BUSINESS_EXPENSES")},
		{"merchant_id", encode(s.ids.id(prefixMerchant, s.founded, hash64(merchant)|1<<62))},
		{"merchant", object{}.set("raw_descriptor", strings.ToUpper(merchant)).set("mcc", "5734").set("country", "USA").encode()},
		{"receipts", []byte("[]")},
		{"budget_id", orNull(card.get("budget_id"))}, {"budget", null}, {"expense_type", encode("CARD")},
		{"original_amount", amount},
	} {
		o = o.with(f.key, f.value)
	}
	o = o.set("billing_amount", billed).set("budget_amount", nil)
	if card.has("budget_id") {
		o = o.set("budget_amount", billed)
	}
	o = o.set("purchased_amount", amount).set("usd_equivalent_amount", amount).
		set("purchased_at", formatTime(now)).set("status", status).set("payment_status", payment).
		with("user_id", orNull(card.obj("owner").get("user_id"))).set("user", nil).
		set("payment", object{}.set("id", s.ids.id(prefixPayment, now.UnixMilli(), firstCreated+s.created)).
			set("paymentInstrument", object{}.set("type", "CARD").with("id", card.get("id"))).set("statusReason", reason)).
		set("custom_fields", nil)
	for _, name := range []string{"trip_id", "spending_entity_id", "spending_entity", "billing_entity_id", "exported_at",
		"integration_spending_entity_id", "integration_billing_entity_id", "review", "repayment", "approved_at", "submitted_at",
		"completion_date", "booking_id"} {
		o = o.with(name, null)
	}
	return o.set("dashboard_url", "https://dashboard.brex.com/expenses/"+id).set("policy", nil).set("vendor_id", nil)
}

// post lets a purchase post.
func (s *state) post(row int, ms int64) {
	t := s.expenses
	if t.gone[row] {
		return
	}
	at := formatTime(time.UnixMilli(ms))
	o := t.doc(row).set("payment_status", "CLEARED").set("payment_posted_at", at).set("updated_at", at).
		set("status", "SUBMITTED").set("submitted_at", at)
	t.put(row, slices.Clone(o)) // which hides what was not asked for
	number := firstCreated + uint64(row)
	s.bookCard(o.obj("payment").obj("paymentInstrument").str("id"), o.str("id"), o.obj("merchant").str("raw_descriptor"), o.get("merchant"),
		usdCents(o), t.keys[row].purchased, ms, number)
	s.newRecord(row)
}
