package brextest

import (
	"encoding/json"
	"fmt"
	"time"
)

// budgetNumber is the number of the first budget, far from the spend limits,
// with which budgets share the prefix of their ids.
const budgetNumber = 1 << 32

// policyID is the company's only expense policy.
func (s *state) policyID() string {
	return s.ids.id(prefixPolicy, s.founded, 0)
}

// seedBudgets makes the budgets, the spend limits below them, and a program.
func (s *state) seedBudgets(size Size, now time.Time) {
	at := now.Add(-founded).UnixMilli()
	account := s.company.str("id")
	people := func(i, n int) json.RawMessage {
		ids := []string{}
		for j := range min(n, len(s.users.keys)) {
			ids = append(ids, s.users.id((i*3+j)%len(s.users.keys)))
		}
		return encode(ids)
	}
	for i := range size.Budgets {
		name, parent := numbered([]string{"Company", "Operations", "Go-to-market", "Research and Development"}, i), any(nil)
		amount := int64(500_000_000)
		if i > 0 {
			parent, amount = s.budgets.id(0), s.ids.random("budget", i).between(20, 120)*1_000_000
		}
		s.budgets.mustAdd(object{}.
			set("budget_id", s.ids.id(prefixBudget, at, budgetNumber+uint64(i))).
			set("account_id", account).
			set("name", name).
			set("description", name+" budget").
			set("parent_budget_id", parent).
			with("owner_user_ids", people(i, 1)).
			set("period_recurrence_type", []string{"YEARLY", "QUARTERLY", "MONTHLY"}[min(i, 2)]).
			set("start_date", fmt.Sprintf("%d-01-01", now.Year())).
			set("end_date", nil).
			set("amount", money(amount)).
			set("limit_type", []string{"SOFT", "HARD"}[i%2]).
			set("spend_budget_status", "ACTIVE"))
	}
	for i := range size.SpendLimits {
		r := s.ids.random("spend limit", i)
		o := object{}.set("id", s.ids.id(prefixBudget, at, uint64(i))).set("account_id", account).
			set("name", numbered(budgetNames, i)).
			set("description", orNil([]string{"", "For the whole team"}[i%2])).
			set("parent_budget_id", idAt(s.budgets, i)).
			set("period_recurrence_type", []string{"PER_MONTH", "PER_MONTH", "PER_QUARTER", "PER_YEAR", "ONE_TIME", "PER_WEEK"}[i%6]).
			set("spend_type", []string{"NON_BUDGET_PROVISIONED_CARDS_ALLOWED", "BUDGET_PROVISIONED_CARDS_ONLY"}[i%5/4]).
			set("start_date", fmt.Sprintf("%d-01-01", now.Year()-1)).
			set("end_date", nil).
			with("owner_user_ids", people(i, 1)).
			with("member_user_ids", people(i, 4)).
			set("authorization_settings", object{}.
				set("base_limit", money(r.between(5, 80)*100_000)).
				set("authorization_type", []string{"HARD", "SOFT"}[i%3/2]).
				set("rollover_refresh_rate", []string{"OFF", "PER_YEAR"}[i%4/3]).
				set("limit_buffer_percentage", []any{nil, 10, 12.5}[i%3])).
			set("authorization_visibility", []string{"PUBLIC", "PRIVATE"}[i%2]).
			set("auto_create_limit_cards_setting", []string{"DISABLED", "ALL_MEMBERS"}[i%4/3]).
			set("auto_transfer_cards_setting", "DISABLED").
			set("department_id", idAt(s.departments, i)).
			set("legal_entity_id", idAt(s.entities, 0)).
			set("expense_policy_id", s.policyID()).
			set("expense_visibility", []string{"SHARED", "PRIVATE"}[i%7/6]).
			set("limit_approval_policy_id", nil).
			set("limit_increase_request_policy_id", nil).
			set("limit_increase_setting", []string{"ENABLED", "DISABLED"}[i%3/2])
		var controls any
		if i%4 == 1 {
			controls = json.RawMessage(`{"allowed_merchant_categories":null,"blocked_merchant_categories":["GAMBLING"]}`)
		}
		o = o.set("merchant_category_controls", controls).set("transaction_limit", nil)
		if i%5 == 2 {
			o = o.set("transaction_limit", money(250_000))
		}
		switch i % 10 {
		case 8: // over for a month, without anybody having archived it
			o = o.set("end_date", formatDate(now.AddDate(0, -1, 0)))
		case 9:
			o = o.set("status", "ARCHIVED")
		}
		s.spendLimits.mustAdd(s.completeLimit(o).set("creator_user_id", s.creator()))
	}
	if size.Budgets > 0 && size.SpendLimits > 0 {
		s.seedProgram(at, now)
	}
}

func (s *state) seedProgram(at int64, now time.Time) {
	blueprint := object{}.
		set("id", s.ids.id(prefixBlueprint, at, 0)).
		set("name", "Home office").
		set("description", "For everybody who joins").
		set("parent_budget_id", s.budgets.id(0)).
		set("owner_user_ids", []string{s.creator()}).
		set("period_type", "YEARLY").
		set("spend_type", "NON_BUDGET_PROVISIONED_CARDS_ALLOWED").
		set("start_date", nil).
		set("end_date", nil).
		set("limit", money(150_000)).
		set("limit_type", "HARD").
		set("limit_visibility", "SHARED")
	s.programs.mustAdd(object{}.
		set("id", s.ids.id(prefixProgram, at, 0)).
		set("name", "New employees").
		set("description", nil).
		set("budget_blueprints", []json.RawMessage{blueprint.encode()}).
		set("existing_budget_ids", []string{s.spendLimits.id(0)}).
		set("budget_program_status", "BUDGET_PROGRAM_STATUS_ACTIVE").
		set("employee_filter", json.RawMessage(`{"employment_status":"EMPLOYMENT_STATUS_ACTIVE","employment_type":"EMPLOYMENT_TYPE_FULL_TIME"}`)).
		set("creator_user_id", s.creator()).
		set("created_at", formatDate(now.AddDate(-1, 0, 0))).
		set("updated_at", formatDate(now.AddDate(0, -2, 0))))
}

// fitLimits raises the generated limits to what was spent below them: Brex
// would have declined the rest.
func (s *state) fitLimits(now time.Time) {
	fit := func(limit object, spent int64) object {
		const step = 100_000
		if spent*5/4 < limit.num("amount") {
			return limit
		}
		return limit.set("amount", (spent*5/4/step+1)*step)
	}
	for row := range s.spendLimits.keys {
		o := s.spendLimits.doc(row)
		settings := o.obj("authorization_settings")
		limit := fit(settings.obj("base_limit"), s.spent(byBudget, o.str("id"), s.limitPeriod(o, now)))
		s.spendLimits.put(row, s.completeLimit(o.set("authorization_settings", settings.set("base_limit", limit))))
	}
	for row := range s.cards.keys {
		o := s.cards.doc(row)
		controls := o.obj("spend_controls")
		if controls == nil {
			continue
		}
		limit := fit(controls.obj("spend_limit"), s.spent(byCard, o.str("id"), s.cardPeriod(controls, now)))
		s.cards.put(row, o.set("spend_controls", controls.set("spend_limit", limit)))
	}
}
