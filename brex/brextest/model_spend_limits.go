package brextest

import (
	"slices"
	"time"
)

// limitKey is what spend limits are filtered by. ref is how an expense embeds
// one.
type limitKey struct {
	name   string
	people []string // members and owners
	member []string
	status string
	ref    []byte
}

func limitKeyOf(o object) limitKey {
	k := limitKey{name: o.str("name"), status: o.str("status"), ref: o.pick("id", "name").encode()}
	k.member = textsOf(o, "member_user_ids")
	k.people = append(textsOf(o, "owner_user_ids"), k.member...)
	return k
}

// textsOf returns the texts of a list.
func textsOf(o object, name string) []string {
	var list []string
	for _, raw := range o.list(name) {
		list = append(list, text(raw))
	}
	return list
}

const spendLimitNotFound = "SPEND_LIMIT_NOT_FOUND"

func (h *Handler) spendLimitModels(m map[string]serveFunc) {
	m["listSpendLimits"] = func(c *call) (answer, *problem) { return list(c, c.state.spendLimits, 0, c.limitFilter()) }
	m["getSpendLimitById"] = func(c *call) (answer, *problem) {
		row, p := c.spendLimit()
		if p != nil {
			return answer{}, p
		}
		return answer{status: 200, body: c.state.spendLimits.append(nil, row, 0)}, nil
	}
	m["createSpendLimit"] = createSpendLimit
	m["updateSpendLimit"] = updateSpendLimit
	m["archiveSpendLimit"] = archiveSpendLimit
	h.v1BudgetModels(m)
}

// limitFilter is the filter of both lists, nil for all.
func (c *call) limitFilter() func(*limitKey) bool {
	members, self := c.query.all("member_user_id[]"), c.self()
	if len(members) == 0 && self == "" {
		return nil
	}
	return func(k *limitKey) bool {
		if self != "" && !slices.Contains(k.people, self) {
			return false
		}
		return len(members) == 0 || slices.ContainsFunc(k.member, func(id string) bool { return slices.Contains(members, id) })
	}
}

// spendLimit finds the spend limit of the path. An employee sees those it is a
// member or owner of.
func (c *call) spendLimit() (int, *problem) {
	code := spendLimitNotFound
	if c.op.path[:3] == "/v1" {
		code = "BUDGET_NOT_FOUND"
	}
	t := c.state.spendLimits
	row, p := byID(c, t, "id", code)
	if self := c.self(); p == nil && self != "" && !slices.Contains(t.keys[row].people, self) {
		return 0, forbidden()
	}
	return row, p
}

// createSpendLimit stores the v2 form, from which v1 is derived.
func createSpendLimit(c *call) (answer, *problem) {
	if p := c.checkLimit(nil); p != nil {
		return answer{}, p
	}
	for _, name := range []string{"name", "expense_policy_id"} {
		if c.body.str(name) == "" {
			return answer{}, invalid(name)
		}
	}
	o := object{}.set("id", c.state.newID(prefixBudget, c.now)).set("account_id", c.state.company.str("id"))
	for _, name := range limitMembers {
		o = o.with(name, orNull(c.body.get(name)))
	}
	o = c.state.completeLimit(o).set("creator_user_id", c.creator())
	c.state.spendLimits.mustAdd(o)
	return answer{status: 200, body: c.state.liveLimit(o).encode()}, nil
}

// limitMembers are what a client says about a spend limit, in the order of the
// schema.
var limitMembers = []string{"name", "description", "parent_budget_id", "period_recurrence_type", "spend_type", "start_date", "end_date",
	"owner_user_ids", "member_user_ids", "authorization_settings", "authorization_visibility", "auto_create_limit_cards_setting",
	"auto_transfer_cards_setting", "department_id", "legal_entity_id", "expense_policy_id", "expense_visibility",
	"limit_approval_policy_id", "limit_increase_request_policy_id", "limit_increase_setting", "merchant_category_controls",
	"transaction_limit"}

// completeLimit adds what the client does not say.
func (s *state) completeLimit(o object) object {
	for _, name := range []string{"owner_user_ids", "member_user_ids"} {
		if !o.has(name) {
			o = o.with(name, []byte("[]"))
		}
	}
	if a := o.obj("authorization_settings"); a != nil {
		if !a.has("limit_buffer_percentage") {
			a = a.with("limit_buffer_percentage", null)
		}
		// Nobody asks for an increase here, so that there is none.
		o = o.set("authorization_settings", a.set("base_limit", inUSD(a.obj("base_limit"))).set("limit_with_increases", inUSD(a.obj("base_limit"))))
	}
	if o.has("transaction_limit") {
		o = o.set("transaction_limit", inUSD(o.obj("transaction_limit")))
	}
	return o.set("status", orText(o.str("status"), "ACTIVE"))
}

// inUSD fills in the currency that an amount leaves out.
func inUSD(amount object) object {
	return object{}.with("amount", amount.get("amount")).set("currency", orUSD(amount.str("currency")))
}

// checkLimit holds what a request names against what exists. present is nil
// for a new limit.
func (c *call) checkLimit(present object) *problem {
	if p := c.checkPeople(); p != nil {
		return p
	}
	for _, name := range []string{"department_id", "legal_entity_id"} {
		if c.body.has(name) && !c.state.userRelation(name, c.body.str(name)) {
			return invalid(name)
		}
	}
	if c.body.has("parent_budget_id") && !c.state.budgets.has(c.body.str("parent_budget_id")) {
		return invalid("parent_budget_id")
	}
	return c.checkDates(present)
}

// checkPeople: whoever owns or may spend must be a user.
func (c *call) checkPeople() *problem {
	for _, name := range []string{"owner_user_ids", "member_user_ids"} {
		for _, id := range textsOf(c.body, name) {
			if !c.state.users.has(id) {
				return invalid(name)
			}
		}
	}
	return nil
}

// checkDates: nothing ends before it starts.
func (c *call) checkDates(present object) *problem {
	from, to := c.body.get("start_date"), c.body.get("end_date")
	if from == nil {
		from = present.get("start_date")
	}
	if to == nil {
		to = present.get("end_date")
	}
	if text(from) != "" && text(to) != "" && text(to) < text(from) {
		return invalid("end_date")
	}
	return nil
}

// creator is the user whose token it is.
func (c *call) creator() string {
	if self := c.self(); self != "" {
		return self
	}
	return c.state.creator()
}

func updateSpendLimit(c *call) (answer, *problem) {
	row, p := c.spendLimit()
	if p != nil {
		return answer{}, p
	}
	t := c.state.spendLimits
	o := t.doc(row)
	if p := c.checkLimit(o); p != nil {
		return answer{}, p
	}
	if raw := c.body.get("name"); raw != nil && text(raw) == "" && !isNull(raw) {
		return answer{}, invalid("name")
	}
	changes := c.body
	if settings := c.body.obj("authorization_settings"); settings != nil {
		changes = slices.Clone(changes).set("authorization_settings", merge(o.obj("authorization_settings"), settings,
			"authorization_type", "base_limit", "rollover_refresh_rate"))
	}
	o = merge(o, changes, "name", "owner_user_ids", "member_user_ids", "period_recurrence_type", "spend_type", "status",
		"authorization_settings")
	t.put(row, c.state.completeLimit(o))
	return answer{status: 200, body: t.append(nil, row, 0)}, nil
}

// merge applies an update: what is absent stays, null removes, but not what
// every such object has.
func merge(o, changes object, kept ...string) object {
	if o == nil {
		o = object{}
	}
	for _, m := range changes {
		if isNull(m.value) && slices.Contains(kept, m.key) {
			continue
		}
		o = o.with(m.key, m.value)
	}
	return o
}

// archiveSpendLimit is both versions' archive. Archiving twice is not an error.
func archiveSpendLimit(c *call) (answer, *problem) {
	row, p := c.spendLimit()
	if p != nil {
		return answer{}, p
	}
	t := c.state.spendLimits
	t.put(row, t.doc(row).set("status", "ARCHIVED"))
	return answer{status: 200}, nil // no body is documented
}

// period is what the limit counts at an instant.
func (s *state) limitPeriod(o object, now time.Time) period {
	return recurrences[o.str("period_recurrence_type")].at(now).within(o.str("start_date"), o.str("end_date"))
}

// liveLimit is a spend limit as it is now: what was spent in its period, and
// whether it is over.
func (s *state) liveLimit(o object) object {
	now := s.now()
	p := s.limitPeriod(o, now)
	date := func(t time.Time, exclusive bool) (day_, instant any) {
		if t.IsZero() {
			return nil, nil
		}
		if exclusive {
			return formatDate(t.Add(-day)), formatTime(t)
		}
		return formatDate(t), formatTime(t)
	}
	from, fromTime := date(p.start, false)
	to, toTime := date(p.end, true)
	balance := object{}.set("start_date", from).set("end_date", to).set("start_time", fromTime).set("end_time", toTime).
		set("amount_spent", money(s.spent(byBudget, o.str("id"), p))).set("rollover_amount", nil)
	status := o.str("status")
	if end, bounded := parseDay(o.str("end_date")); bounded && status == "ACTIVE" && !now.Before(end.Add(day)) {
		status = "EXPIRED"
	}
	first, last := period{}.within(o.str("start_date"), ""), period{}.within("", o.str("end_date"))
	_, begins := date(first.start, false)
	_, ends := date(last.end, true)
	return o.without("creator_user_id").set("status", status).
		set("start_time_utc", begins).set("end_time_utc", ends).
		set("current_period_balance", balance)
}
