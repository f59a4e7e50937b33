package brextest

import (
	"fmt"
	"time"
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

func (h *Handler) cardModels(m map[string]serveFunc) {
	m["listCardsByUserId"] = listCards
	m["getCardById"] = func(c *call) (answer, *problem) {
		row, p := c.card()
		if p != nil {
			return answer{}, p
		}
		return answer{status: 200, body: c.state.cards.append(nil, row, 0)}, nil
	}
	m["createCard"] = createCard
	m["updateCard"] = updateCard
	m["lockCard"] = func(c *call) (answer, *problem) { return setCardStatus(c, "LOCKED") }
	m["unlockCard"] = func(c *call) (answer, *problem) { return setCardStatus(c, "ACTIVE") }
	m["terminateCard"] = func(c *call) (answer, *problem) { return setCardStatus(c, "TERMINATED") }
	m["getCardNumber"] = getCardNumber
	m["emailCardNumber"] = func(c *call) (answer, *problem) {
		if _, p := c.card(); p != nil {
			return answer{}, p
		}
		return answer{status: 200}, nil // no mail is sent, and no body is documented
	}
}

// card finds the card of the path. An employee sees its own.
func (c *call) card() (int, *problem) {
	row, p := byID(c, c.state.cards, "id", "CARD_NOT_FOUND")
	if self := c.self(); p == nil && self != "" && c.state.cards.keys[row].user != c.state.words.numbers[self] {
		return 0, forbidden()
	}
	return row, p
}

func listCards(c *call) (answer, *problem) {
	var match func(*cardKey) bool
	if self := c.self(); self != "" {
		if user := c.query.str("user_id"); user != "" && user != self {
			return answer{}, forbidden()
		}
		c.query.set("user_id", self)
	}
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
	if parent := c.body.obj("spend_controls").str("parent_budget_id"); parent != "" && !s.spendLimits.has(parent) && !s.budgets.has(parent) {
		return answer{}, invalid("spend_controls.parent_budget_id")
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
	return ok(s.liveCard(o))
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

// controlsOf applies sent spend controls to the present ones. What is
// available is worked out whenever the card is shown.
func controlsOf(present, sent object) object {
	if present == nil {
		present = object{}.set("spend_limit", money(0)).set("spend_available", money(0)).set("spend_duration", nil).
			set("reason", nil).set("lock_after_date", nil)
	}
	if sent.has("spend_limit") {
		present = present.set("spend_limit", inUSD(sent.obj("spend_limit")))
	}
	for _, name := range []string{"spend_duration", "reason", "lock_after_date", "allowed_merchant_details", "blocked_merchant_details"} {
		if raw := sent.get(name); raw != nil {
			present = present.with(name, raw)
		}
	}
	return present
}

// cardPeriod is what a card's limit counts at an instant.
func (s *state) cardPeriod(controls object, now time.Time) period {
	return recurrences[controls.str("spend_duration")].at(now)
}

// liveCard is a card as it is now: what is left to spend on it, and whether
// its time is over.
func (s *state) liveCard(o object) object {
	controls := o.obj("spend_controls")
	if controls == nil {
		return o
	}
	limit := controls.obj("spend_limit")
	left := limit.num("amount") - s.spent(byCard, o.str("id"), s.cardPeriod(controls, s.now()))
	o = o.set("spend_controls", controls.set("spend_available",
		object{}.set("amount", max(0, left)).set("currency", orUSD(limit.str("currency")))))
	if last, bounded := parseDay(controls.str("lock_after_date")); bounded && o.str("status") == "ACTIVE" && !s.now().Before(last.Add(day)) {
		o = o.set("status", "LOCKED")
	}
	return o
}

func updateCard(c *call) (answer, *problem) {
	t := c.state.cards
	row, p := c.card()
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
	return answer{status: 200, body: t.append(nil, row, 0)}, nil
}

// setCardStatus locks, unlocks or terminates. A terminated card stays so.
func setCardStatus(c *call, status string) (answer, *problem) {
	t := c.state.cards
	row, p := c.card()
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if o.str("status") == "TERMINATED" && status != "TERMINATED" {
		return answer{}, &problem{status: 400, kind: "BAD_REQUEST", message: "the card is terminated", code: "CARD_TERMINATED"}
	}
	o = o.set("status", status)
	t.put(row, o)
	return answer{status: 200, body: t.append(nil, row, 0)}, nil
}

// getCardNumber makes a number up: it ends in the card's last four digits and
// belongs to no bank.
func getCardNumber(c *call) (answer, *problem) {
	t := c.state.cards
	row, p := c.card()
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
