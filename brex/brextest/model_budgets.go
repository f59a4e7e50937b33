package brextest

// budgetKey is how other documents embed a budget.
type budgetKey struct{ ref []byte }

func budgetKeyOf(o object) budgetKey {
	return budgetKey{object{}.with("id", o.get("budget_id")).with("name", orNull(o.get("name"))).encode()}
}

const budgetNotFound = "BUDGET_NOT_FOUND"

func (h *Handler) budgetModels(m map[string]serveFunc) {
	budgets := func(s *state) *table[budgetKey] { return s.budgets }
	m["listSpendBudgets"] = lists(budgets)
	m["getSpendBudgetById"] = gets(budgets, "id", budgetNotFound)
	m["createSpendBudget"] = createBudget
	m["updateSpendBudget"] = updateBudget
	m["archiveSpendBudget"] = func(c *call) (answer, *problem) {
		row, p := byID(c, c.state.budgets, "id", budgetNotFound)
		if p != nil {
			return answer{}, p
		}
		t := c.state.budgets
		t.put(row, t.doc(row).set("spend_budget_status", "ARCHIVED"))
		return answer{status: 200}, nil // no body is documented
	}
	h.spendLimitModels(m)
	h.programModels(m)
}

// checkBudget holds what a request names against what exists.
func (c *call) checkBudget(present object) *problem {
	if raw := c.body.get("name"); raw != nil && !isNull(raw) && text(raw) == "" {
		return invalid("name")
	}
	if p := c.checkPeople(); p != nil {
		return p
	}
	if c.body.has("parent_budget_id") {
		// A budget must not be above itself.
		own := present.str("budget_id")
		for id := c.body.str("parent_budget_id"); id != ""; {
			row, found := c.state.budgets.find(id)
			if !found || id == own {
				return invalid("parent_budget_id")
			}
			id = c.state.budgets.doc(row).str("parent_budget_id")
		}
	}
	return c.checkDates(present)
}

func createBudget(c *call) (answer, *problem) {
	if p := c.checkBudget(nil); p != nil {
		return answer{}, p
	}
	if c.body.str("parent_budget_id") == "" {
		return answer{}, invalid("parent_budget_id")
	}
	o := object{}.set("budget_id", c.state.newID(prefixBudget, c.now)).set("account_id", c.state.company.str("id"))
	for _, name := range []string{"name", "description", "parent_budget_id", "owner_user_ids", "period_recurrence_type", "start_date",
		"end_date", "amount", "limit_type"} {
		o = o.with(name, orNull(c.body.get(name)))
	}
	if !o.has("owner_user_ids") {
		o = o.with("owner_user_ids", []byte("[]"))
	}
	o = o.set("amount", inUSD(c.body.obj("amount"))).set("spend_budget_status", "ACTIVE")
	c.state.budgets.mustAdd(o)
	return ok(o)
}

func updateBudget(c *call) (answer, *problem) {
	t := c.state.budgets
	row, p := byID(c, t, "id", budgetNotFound)
	if p != nil {
		return answer{}, p
	}
	o := t.doc(row)
	if p := c.checkBudget(o); p != nil {
		return answer{}, p
	}
	o = merge(o, c.body, "name", "owner_user_ids", "period_recurrence_type")
	if c.body.has("amount") {
		o = o.set("amount", inUSD(c.body.obj("amount")))
	}
	t.put(row, o)
	return ok(t.doc(row))
}
