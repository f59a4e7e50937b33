package brextest

func (h *Handler) accountModels(m map[string]serveFunc) {
	m["listCardAccounts"] = func(c *call) (answer, *problem) {
		return bare(c.state.cardAccounts), nil // a bare array, like the webhook secrets only
	}
	m["listPrimaryCardStatements"] = lists(func(s *state) *table[none] { return s.cardStatements })
	m["listAccounts"] = func(c *call) (answer, *problem) {
		t := c.state.cashAccounts
		// The envelope of a page, but never a second page.
		return c.page("", func(dst []byte) []byte { return t.appendRows(dst, t.all(), 0) }), nil
	}
	m["getPrimaryAccount"] = func(c *call) (answer, *problem) {
		row, ok := c.state.primaryAccount()
		if !ok {
			return answer{}, notFound("CASH_ACCOUNT_NOT_FOUND")
		}
		return answer{status: 200, body: c.state.cashAccounts.append(nil, row, 0)}, nil
	}
	m["getAccount"] = gets(func(s *state) *table[none] { return s.cashAccounts }, "id", "CASH_ACCOUNT_NOT_FOUND")
	m["listCashStatements"] = func(c *call) (answer, *problem) {
		if _, p := byID(c, c.state.cashAccounts, "id", "CASH_ACCOUNT_NOT_FOUND"); p != nil {
			return answer{}, p
		}
		t := c.state.cashStatements[c.path("id")]
		if t == nil {
			t = newTable("cash_statements", noKey)
		}
		return list(c, t, 0, nil)
	}
}

// primaryAccount is the account that says so, or else the first: old exports
// don't say.
func (s *state) primaryAccount() (row int, ok bool) {
	t := s.cashAccounts
	for row := range t.keys {
		if string(t.doc(row).get("primary")) == "true" {
			return row, true
		}
	}
	return 0, len(t.keys) > 0
}
