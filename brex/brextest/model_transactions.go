package brextest

// cardTxKey is what the filters of card transactions look at.
type cardTxKey struct {
	posted int64  // start of the day, milliseconds
	user   uint32 // the card's owner
}

func (s *state) cardTxKeyOf(o object) cardTxKey {
	k := cardTxKey{posted: millisOf(o.str("posted_at_date"))}
	if row, ok := s.cards.find(o.str("card_id")); ok {
		k.user = s.cards.keys[row].user
	}
	return k
}

// cashTxKey is what the filter of cash transactions looks at.
type cashTxKey struct{ posted int64 }

func cashTxKeyOf(o object) cashTxKey { return cashTxKey{millisOf(o.str("posted_at_date"))} }

func (h *Handler) transactionModels(m map[string]serveFunc) {
	m["listPrimaryCardTransactions"] = listCardTransactions
	m["listCashTransactions"] = listCashTransactions
}

// postedFrom turns posted_at_start into a day: a row's own day is all that is
// known of it, so the whole day of the bound counts.
func postedFrom(q query) (from int64, given bool) {
	from, given = q.millis("posted_at_start")
	return from - ((from%dayMs)+dayMs)%dayMs, given
}

func listCardTransactions(c *call) (answer, *problem) {
	users := c.state.words.choose(c.query.all("user_ids")...)
	from, bounded := postedFrom(c.query)
	var match func(*cardTxKey) bool
	if users.given || bounded {
		match = func(k *cardTxKey) bool { return users.takes(k.user) && (!bounded || k.posted >= from) }
	}
	return list(c, c.state.cardTransactions, 0, match)
}

func listCashTransactions(c *call) (answer, *problem) {
	if _, p := byID(c, c.state.cashAccounts, "id", "CASH_ACCOUNT_NOT_FOUND"); p != nil {
		return answer{}, p
	}
	t := c.state.cashTransactions[c.path("id")]
	if t == nil {
		t = newTable("cash_transactions", cashTxKeyOf)
	}
	from, bounded := postedFrom(c.query)
	var match func(*cashTxKey) bool
	if bounded {
		match = func(k *cashTxKey) bool { return k.posted >= from }
	}
	return list(c, t, 0, match)
}
