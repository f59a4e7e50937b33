package brextest

import (
	"fmt"
)

// maxPhysicalCards is how many active physical cards a user may have.
const maxPhysicalCards = 10

// cardKey is what cards are filtered and counted by.
type cardKey struct {
	user     uint32
	physical bool // and not terminated
}

func (s *state) cardKeyOf(o object) cardKey {
	return cardKey{s.words.of(o.obj("owner").str("user_id")),
		o.str("card_type") == "PHYSICAL" && o.str("status") != "TERMINATED"}
}

var changeReason = objectShape(
	optional("description", anyText),
	required("reason", enumShape("CARD_DAMAGED", "CARD_LOST", "CARD_NOT_RECEIVED", "DO_NOT_NEED_PHYSICAL_CARD",
		"DO_NOT_NEED_VIRTUAL_CARD", "FRAUD", "OTHER")))

func spendControlFields(merchants *shape) []field {
	return []field{
		optional("reason", anyText), optional("lock_after_date", formatShape(asDate)),
		optional("allowed_merchant_details", merchants), optional("blocked_merchant_details", merchants),
	}
}

func (h *Handler) cardModels(m map[string]model) {
	amount := &shape{kind: isInteger, intRange: true, max: maxAmount}
	limit := objectShape(required("amount", amount), optional("currency", textShape(3, 3)))
	duration := enumShape("MONTHLY", "QUARTERLY", "YEARLY", "ONE_TIME")
	controls := spendControlFields(listShape(objectShape(required("name", textShape(1, 0))), 50))
	m["listCardsByUserId"] = model{params: append(paging(maxLimit), param{name: "user_id"}), serve: listCards}
	m["getCardById"] = model{serve: func(c *call) (answer, *problem) {
		return getRow(c, c.state.cards, "id", "CARD_NOT_FOUND", 0)
	}}
	m["createCard"] = model{serve: createCard, body: objectShape(
		required("owner", &shape{kind: isObject, variants: map[string]*shape{"USER": objectShape(required("user_id", anyText))}}),
		required("card_name", textShape(1, 0)),
		required("card_type", enumShape("VIRTUAL", "PHYSICAL")),
		required("limit_type", enumShape("CARD", "USER")),
		optional("spend_controls", objectShape(append([]field{required("spend_limit", limit), required("spend_duration", duration),
			optional("parent_budget_id", anyText), optional("policy_id", anyText)}, controls...)...)),
		optional("mailing_address", addressShape),
		optional("metadata", stringMap),
		optional("card_attribute_preferences", objectShape(optional("three_domain_secure_enabled_preference",
			enumShape("THREE_DOMAIN_SECURE_ENABLED", "THREE_DOMAIN_SECURE_DISABLED")))),
	)}
	m["updateCard"] = model{serve: updateCard, body: objectShape(
		optional("spend_controls", objectShape(append([]field{optional("spend_limit", limit),
			optional("spend_duration", duration)}, controls...)...)),
		optional("metadata", stringMap),
	)}
	m["lockCard"] = model{body: changeReason, serve: func(c *call) (answer, *problem) { return setCardStatus(c, "LOCKED") }}
	m["unlockCard"] = model{serve: func(c *call) (answer, *problem) { return setCardStatus(c, "ACTIVE") }}
	m["terminateCard"] = model{body: changeReason, serve: func(c *call) (answer, *problem) { return setCardStatus(c, "TERMINATED") }}
	m["getCardNumber"] = model{serve: getCardNumber}
	m["emailCardNumber"] = model{
		body: objectShape(field{name: "recipient_email", shape: anyText}, field{name: "sender_name", shape: anyText},
			optional("message", anyText), optional("expiry_days", &shape{kind: isInteger, intRange: true, min: 1, max: 30})),
		serve: func(c *call) (answer, *problem) {
			if _, p := byID(c, c.state.cards, "id", "CARD_NOT_FOUND"); p != nil {
				return answer{}, p
			}
			return answer{status: 200}, nil // no mail is sent, and no body is documented
		},
	}
}

func listCards(c *call) (answer, *problem) {
	var match func(*cardKey) bool
	if user := c.query.str("user_id"); user != "" {
		owner := c.state.words.choose(user)
		match = func(k *cardKey) bool { return owner.takes(k.user) }
	}
	return list(c, c.state.cards, 0, match)
}

func createCard(c *call) (answer, *problem) {
	s := c.state
	owner := c.body.obj("owner").str("user_id")
	if !s.users.has(owner) {
		return answer{}, invalid("owner.user_id")
	}
	physical := c.body.str("card_type") == "PHYSICAL"
	if physical && s.physicalCards(owner) >= maxPhysicalCards {
		return answer{}, &problem{status: 400, kind: "BAD_REQUEST", message: "the user has 10 active physical cards",
			code: "PHYSICAL_CARD_LIMIT"}
	}
	if c.body.str("limit_type") == "CARD" && !c.body.has("spend_controls") {
		return answer{}, missing("spend_controls")
	}
	status := "ACTIVE"
	if physical {
		status = "SHIPPED"
	}
	id := s.newID(prefixCard, c.now)
	o := s.newCard(cardSpec{
		id: id, owner: owner, status: status, name: c.body.str("card_name"), kind: c.body.str("card_type"),
		last4: fmt.Sprintf("%04d", hash64(id)%10000), made: c.now, physical: physical,
	})
	o = o.with("limit_type", c.body.get("limit_type")).with("metadata", orNull(c.body.get("metadata")))
	if c.body.has("mailing_address") {
		o = o.with("mailing_address", c.body.get("mailing_address"))
	}
	if c.body.has("spend_controls") {
		sent := c.body.obj("spend_controls")
		o = o.with("budget_id", orNull(sent.get("parent_budget_id"))).set("spend_controls", controlsOf(nil, sent))
	}
	s.cards.mustAdd(o)
	return ok(o)
}

func (s *state) physicalCards(owner string) int {
	n, user := 0, s.words.of(owner)
	for row, k := range s.cards.keys {
		if k.physical && k.user == user && !s.cards.gone[row] {
			n++
		}
	}
	return n
}

// controlsOf applies sent spend controls to the present ones: the available
// amount moves with the limit.
func controlsOf(present, sent object) object {
	if present == nil {
		present = object{}.set("spend_limit", money(0)).set("spend_available", money(0)).set("spend_duration", nil).
			set("reason", nil).set("lock_after_date", nil)
	}
	if sent.has("spend_limit") {
		limit := sent.obj("spend_limit")
		spent := present.obj("spend_limit").num("amount") - present.obj("spend_available").num("amount")
		currency := orUSD(limit.str("currency"))
		present = present.
			set("spend_limit", object{}.with("amount", limit.get("amount")).set("currency", currency)).
			set("spend_available", object{}.set("amount", limit.num("amount")-spent).set("currency", currency))
	}
	for _, name := range []string{"spend_duration", "reason", "lock_after_date", "allowed_merchant_details", "blocked_merchant_details"} {
		if raw := sent.get(name); raw != nil {
			present = present.with(name, raw)
		}
	}
	return present
}

func updateCard(c *call) (answer, *problem) {
	t := c.state.cards
	row, p := byID(c, t, "id", "CARD_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if raw := c.body.get("metadata"); raw != nil {
		o = o.with("metadata", raw)
	}
	switch raw := c.body.get("spend_controls"); {
	case raw == nil:
	case isNull(raw):
		o = o.with("spend_controls", null)
	default:
		o = o.set("spend_controls", controlsOf(o.obj("spend_controls"), c.body.obj("spend_controls")))
	}
	t.put(row, o)
	return ok(o)
}

// setCardStatus locks, unlocks or terminates. A terminated card stays so.
func setCardStatus(c *call, status string) (answer, *problem) {
	t := c.state.cards
	row, p := byID(c, t, "id", "CARD_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if o.str("status") == "TERMINATED" && status != "TERMINATED" {
		return answer{}, &problem{status: 400, kind: "BAD_REQUEST", message: "the card is terminated", code: "CARD_TERMINATED"}
	}
	o = o.set("status", status)
	t.put(row, o)
	return ok(o)
}

// getCardNumber makes a number up: it ends in the card's last four digits and
// belongs to no bank.
func getCardNumber(c *call) (answer, *problem) {
	t := c.state.cards
	row, p := byID(c, t, "id", "CARD_NOT_FOUND")
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	h := hash64(o.str("id"))
	holder := "Sandbox Admin"
	if user, found := c.state.users.find(o.obj("owner").str("user_id")); found {
		u := c.state.users.doc(user)
		holder = u.str("first_name") + " " + u.str("last_name")
	}
	return ok(object{}.
		with("id", o.get("id")).
		set("number", fmt.Sprintf("0000%08d%s", h%100_000_000, o.str("last_four"))).
		set("cvv", fmt.Sprintf("%03d", h/7%1000)).
		with("expiration_date", orNull(o.get("expiration_date"))).
		set("holder_name", holder))
}
