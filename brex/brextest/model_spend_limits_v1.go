package brextest

import (
	"net/http"
)

// This file is the deprecated v1 view: what v1 calls a budget is a v2 spend
// limit, seen through other names.

var (
	v1Status     = map[string]string{"ACTIVE": "APPROVED", "EXPIRED": "EXPIRED", "ARCHIVED": "TERMINATED", "DELETED": "DELETED"}
	v1Visibility = map[string]string{"PUBLIC": "SHARED", "PRIVATE": "PRIVATE"}
	v2Visibility = inverse(v1Visibility)
)

func (h *Handler) v1BudgetModels(m map[string]serveFunc) {
	m["listBudgets"] = func(c *call) (answer, *problem) {
		rows, next, p := pageOf(c, c.state.spendLimits, filter[limitKey]{match: c.limitFilter()})
		if p != nil {
			return answer{}, p
		}
		return c.page(next, func(dst []byte) []byte {
			for i, row := range rows {
				if i > 0 {
					dst = append(dst, ',')
				}
				dst = c.state.v1Budget(row).append(dst)
			}
			return dst
		}), nil
	}
	m["getBudgetById"] = func(c *call) (answer, *problem) {
		row, p := c.spendLimit()
		if p != nil {
			return answer{}, p
		}
		return ok(c.state.v1Budget(row))
	}
	m["createBudget"] = createV1Budget
	m["updateBudget"] = updateV1Budget
	m["archiveBudget"] = archiveSpendLimit
}

// v1Budget is a spend limit in its v1 form.
func (s *state) v1Budget(row int) object {
	t := s.spendLimits
	limit := mustObject(t.append(nil, row, 0)) // as v2 shows it now
	settings, spent := limit.obj("authorization_settings"), limit.obj("current_period_balance")
	amount := settings.obj("base_limit")
	var left any
	if amount != nil && spent.has("amount_spent") {
		left = object{}.set("amount", amount.num("amount")-spent.obj("amount_spent").num("amount")).set("currency", orUSD(amount.str("currency")))
	}
	o := object{}.
		with("budget_id", limit.get("id")).
		with("account_id", limit.get("account_id")).
		set("creator_user_id", orNil(t.doc(row).str("creator_user_id")))
	for _, name := range []string{"name", "description", "parent_budget_id", "owner_user_ids", "member_user_ids"} {
		o = o.with(name, orNull(limit.get(name)))
	}
	return o.
		set("budget_status", v1Status[limit.str("status")]).
		set("period_type", v1Period[limit.str("period_recurrence_type")]).
		with("start_date", orNull(limit.get("start_date"))).
		with("end_date", orNull(limit.get("end_date"))).
		set("limit", orNilObject(amount)).
		with("spend_type", orNull(limit.get("spend_type"))).
		with("limit_type", orNull(settings.get("authorization_type"))).
		set("limit_visibility", orNil(v1Visibility[limit.str("authorization_visibility")])).
		set("current_period_balance", object{}.set("balance", left).
			with("start_date", orNull(spent.get("start_date"))).with("end_date", orNull(spent.get("end_date")))).
		set("templateId", nil).
		set("budget_type", "BUDGET")
}

func orNilObject(o object) any {
	if o == nil {
		return nil
	}
	return o
}

// fromV1 turns the members of a v1 request into those of v2. An absent member
// stays absent.
func fromV1(body object) object {
	o := object{}
	copied := func(from, to string) {
		if raw := body.get(from); raw != nil {
			o = o.with(to, raw)
		}
	}
	translated := func(from, to string, words map[string]string) {
		switch raw := body.get(from); {
		case raw == nil:
		case isNull(raw):
			o = o.with(to, null)
		default:
			o = o.set(to, words[text(raw)])
		}
	}
	for _, name := range []string{"name", "description", "parent_budget_id", "owner_user_ids", "member_user_ids", "start_date", "end_date",
		"spend_type"} {
		copied(name, name)
	}
	copied("entity_id", "legal_entity_id")
	copied("policy_id", "expense_policy_id")
	translated("period_type", "period_recurrence_type", v2Period)
	translated("limit_visibility", "authorization_visibility", v2Visibility)
	settings := object{}
	for _, m := range []struct{ from, to string }{{"limit_type", "authorization_type"}, {"limit", "base_limit"}} {
		if raw := body.get(m.from); raw != nil {
			settings = settings.with(m.to, raw)
		}
	}
	if len(settings) > 0 {
		o = o.set("authorization_settings", settings)
	}
	return o
}

func createV1Budget(c *call) (answer, *problem) {
	if c.body.has("entity_id") && !c.state.entities.has(c.body.str("entity_id")) {
		return answer{}, invalid("entity_id")
	}
	c.body = fromV1(c.body).
		set("auto_create_limit_cards_setting", "DISABLED").
		set("auto_transfer_cards_setting", "DISABLED").
		set("expense_visibility", "SHARED").
		set("limit_increase_setting", "ENABLED")
	c.body = c.body.set("authorization_settings", c.body.obj("authorization_settings").set("rollover_refresh_rate", "OFF"))
	if !c.body.has("expense_policy_id") {
		c.body = c.body.set("expense_policy_id", c.state.policyID())
	}
	if _, p := createSpendLimit(c); p != nil {
		return answer{}, p
	}
	return ok(c.state.v1Budget(len(c.state.spendLimits.keys) - 1))
}

func updateV1Budget(c *call) (answer, *problem) {
	c.body = fromV1(c.body)
	if _, p := updateSpendLimit(c); p != nil {
		return answer{}, p
	}
	row, p := c.spendLimit()
	if p != nil {
		return answer{}, p
	}
	return answer{status: http.StatusOK, body: c.state.v1Budget(row).encode()}, nil
}
