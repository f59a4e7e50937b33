package brextest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func newWalker(t *testing.T, s *sandbox) *walker {
	t.Helper()
	s.everyRow = true
	return &walker{sandbox: s, done: map[string]bool{}}
}

func cents(money any) int64 { return int64(money.(m)["amount"].(float64)) }

// TestSpendLimitsShowWhatWasSpent: the balance of the period is the sum of the
// expenses, and v1 shows the same limit.
func TestSpendLimitsShowWhatWasSpent(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t))
	checked := 0
	for _, limit := range w.all("/v2/spend_limits") {
		id, balance := limit["id"].(string), limit["current_period_balance"].(m)
		query := "/v1/expenses?budget_id[]=" + id
		if at := balance["start_time"]; at != nil {
			query += "&purchased_at_start=" + at.(string)
		}
		if at := balance["end_time"]; at != nil {
			query += "&purchased_at_end=" + at.(string)
		}
		sum := int64(0)
		for _, e := range w.all(query) {
			if e["budget_amount"] == nil || e["status"] == "SPLIT" || e["payment_status"] == "CANCELED" || e["payment_status"] == "REFUNDED" ||
				e["payment_status"] == "CREDITED" {
				continue
			}
			sum += cents(e["budget_amount"])
		}
		require.Equal(t, sum, cents(balance["amount_spent"]), limit["name"])
		if sum > 0 {
			checked++
		}
		old := w.call("getBudgetById", "", id)
		base := limit["authorization_settings"].(m)["base_limit"]
		require.Equal(t, base, old["limit"])
		require.Equal(t, cents(base)-sum, cents(old["current_period_balance"].(m)["balance"]))
		require.Equal(t, limit["name"], old["name"])
		require.Equal(t, limit["member_user_ids"], old["member_user_ids"])
		require.Equal(t, map[string]string{"ACTIVE": "APPROVED", "EXPIRED": "EXPIRED", "ARCHIVED": "TERMINATED"}[limit["status"].(string)], old["budget_status"])
	}
	require.Greater(t, checked, 4)
	require.Equal(t, len(w.all("/v2/spend_limits")), len(w.all("/v1/budgets?limit=3")))
}

// TestV1AndV2Agree: a change through one is a change through the other.
func TestV1AndV2Agree(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	budget, user := w.first("listSpendBudgets"), w.first("listUsers")
	v1 := idOf(w.call("createBudget", js(m{"name": "V1", "description": "d", "parent_budget_id": budget, "limit": m{"amount": 7000},
		"limit_type": "SOFT", "limit_visibility": "SHARED", "period_type": "QUARTERLY", "spend_type": "BUDGET_PROVISIONED_CARDS_ONLY",
		"member_user_ids": []string{user}, "end_date": "2026-12-31"})))
	limit := w.call("getSpendLimitById", "", v1)
	require.Equal(t, "PER_QUARTER", limit["period_recurrence_type"])
	require.Equal(t, "PUBLIC", limit["authorization_visibility"])
	require.Equal(t, m{"amount": 7000.0, "currency": "USD"}, limit["authorization_settings"].(m)["base_limit"])
	require.Equal(t, "2026-10-01", limit["current_period_balance"].(m)["start_date"])
	require.Equal(t, []any{user}, limit["member_user_ids"])
	require.Contains(t, ids(w.all("/v2/spend_limits?member_user_id[]="+user)), v1)

	w.call("updateSpendLimit", `{"authorization_settings":{"base_limit":{"amount":9000}},"period_recurrence_type":"PER_WEEK","description":null}`, v1)
	old := w.call("getBudgetById", "", v1)
	require.Equal(t, 9000.0, old["limit"].(m)["amount"])
	require.Equal(t, "WEEKLY", old["period_type"])
	require.Equal(t, "SOFT", old["limit_type"], "what was left out stays")
	require.Nil(t, old["description"], "null removes")

	w.call("updateBudget", `{"limit_type":"HARD","name":null}`, v1)
	limit = w.call("getSpendLimitById", "", v1)
	require.Equal(t, "HARD", limit["authorization_settings"].(m)["authorization_type"])
	require.Equal(t, "V1", limit["name"], "a limit always has a name")

	w.Advance(70 * 24 * time.Hour)
	require.Equal(t, "EXPIRED", w.call("getSpendLimitById", "", v1)["status"], "by its end date, on the clock")
	w.call("archiveBudget", "", v1)
	require.Equal(t, "ARCHIVED", w.call("getSpendLimitById", "", v1)["status"])
	require.Equal(t, "TERMINATED", w.call("getBudgetById", "", v1)["budget_status"])
}

func TestBudgetRules(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	budget, user := w.first("listSpendBudgets"), w.first("listUsers")
	body := m{"name": "B", "description": "d", "parent_budget_id": budget, "period_recurrence_type": "MONTHLY", "amount": m{"amount": 1}}
	made := idOf(w.call("createSpendBudget", js(body)))
	with := func(key string, value any) string {
		b := m{}
		for k, v := range body {
			b[k] = v
		}
		b[key] = value
		return js(b)
	}
	wantProblem(t, w.try("createSpendBudget", with("parent_budget_id", "budget_nope")), 400, "parent_budget_id is invalid")
	wantProblem(t, w.try("createSpendBudget", with("owner_user_ids", []string{"nobody"})), 400, "owner_user_ids is invalid")
	wantProblem(t, w.try("createSpendBudget", with("start_date", "next week")), 400, "start_date is invalid")
	wantProblem(t, w.try("createSpendBudget", with("period_recurrence_type", "DAILY")), 400, "period_recurrence_type is invalid")
	wantProblem(t, w.try("createSpendBudget", with("colour", "red")), 400, "colour is not a known field")
	wantProblem(t, w.do("POST", "/v2/budgets", js(body)), 400, "Idempotency-Key is required")
	wantProblem(t, w.try("updateSpendBudget", js(m{"parent_budget_id": made}), made), 400, "parent_budget_id is invalid")
	wantProblem(t, w.try("updateSpendBudget", js(m{"parent_budget_id": made}), budget), 400, "parent_budget_id is invalid")
	require.Equal(t, 404, w.try("getSpendBudgetById", "", "nope").Status)
	w.call("archiveSpendBudget", "", made)
	require.Equal(t, "ARCHIVED", w.call("getSpendBudgetById", "", made)["spend_budget_status"])

	wantProblem(t, w.try("createSpendLimit", spendLimit("nobody", budget)), 400, "owner_user_ids is invalid")
	wantProblem(t, w.try("createSpendLimit", spendLimit(user, "nope")), 400, "parent_budget_id is invalid")
	limit := idOf(w.call("createSpendLimit", spendLimit(user, budget)))
	wantProblem(t, w.try("updateSpendLimit", `{"start_date":"2026-05-01","end_date":"2026-04-01"}`, limit), 400, "end_date is invalid")
	wantProblem(t, w.try("updateSpendLimit", `{"authorization_settings":{"limit_buffer_percentage":101}}`, limit), 400,
		"authorization_settings.limit_buffer_percentage is invalid")
}

func TestBudgetPrograms(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	blueprint := m{"name": "Desk", "limit": m{"amount": 100}, "limit_type": "HARD", "limit_visibility": "PRIVATE", "period_type": "YEARLY",
		"spend_type": "BUDGET_PROVISIONED_CARDS_ONLY"}
	program := w.call("createBudgetProgram", js(m{"name": "P", "budget_blueprints": []m{blueprint, blueprint}}))
	id := idOf(program)
	list := program["budget_blueprints"].([]any)
	require.Len(t, list, 2)
	kept := list[1].(m)["id"]
	// One is changed, one is dropped, one is new.
	delete(blueprint, "limit_visibility") // an update knows no such member
	changed := w.call("updateBudgetProgram", js(m{"budget_blueprints": []m{{"id": kept, "name": "Chair"}, blueprint}}), id)
	list = changed["budget_blueprints"].([]any)
	require.Equal(t, kept, list[0].(m)["id"])
	require.Equal(t, "Chair", list[0].(m)["name"])
	require.NotEqual(t, kept, list[1].(m)["id"])
	wantProblem(t, w.try("updateBudgetProgram", `{"budget_blueprints":[{"id":"nope"}]}`, id), 400, "budget_blueprints[0].id is invalid")
	wantProblem(t, w.try("createBudgetProgram", js(m{"name": "P", "budget_blueprints": []m{}, "existing_budget_ids": []string{"nope"}})), 400,
		"existing_budget_ids is invalid")
	require.Equal(t, "BUDGET_PROGRAM_STATUS_DELETED", w.call("deleteBudgetProgram", "", id)["budget_program_status"])
	require.Equal(t, 404, w.try("getBudgetProgramById", "", id).Status)
	require.Equal(t, 404, w.try("deleteBudgetProgram", "", id).Status)
}
