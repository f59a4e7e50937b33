package brextest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// state is the company: every resource, and what connects them. All of it is
// guarded by Handler.mu.
type state struct {
	ids         identity
	lists       ListMode
	newestFirst bool
	now         func() time.Time
	ignored     []string
	created     uint64 // objects made by clients so far
	nextDue     atomic.Int64

	words    words
	founded  int64 // milliseconds
	company  object
	fallback object // who /v2/users/me is when there are no users
	owners   owners

	users       *table[userKey]
	cards       *table[cardKey]
	departments *table[nameKey]
	locations   *table[nameKey]
	titles      *table[nameKey]
	entities    *table[nameKey]
	budgets     *table[budgetKey] // of the v2 API
	spendLimits *table[limitKey]  // which v1 calls budgets, and so do expenses
	programs    *table[none]

	expenses         *table[expenseKey]
	posting          []change // purchases that have not posted
	cardTransactions *table[cardTxKey]
	cardAccounts     *table[none]
	cardStatements   *table[none]
	cashAccounts     *table[none]
	cashTransactions map[string]*table[cashTxKey] // by account
	cashStatements   map[string]*table[none]      // by account

	vendors   *table[vendorKey]
	transfers *table[transferKey]
	linked    *table[none]

	limits map[string]object // monthly limits by user
	sums   sums

	webhookState

	hooks          *table[subscriptionKey]
	webhookGroups  *table[nameKey]
	webhookMembers *table[memberKey]

	fields       *table[fieldKey]
	fieldValues  *table[valueKey]
	integrations *table[integrationKey]
	records      *table[recordKey] // the accounting records
	recordCounts recordCounts
	trips        *table[tripKey]
	bookings     map[string][]object // loaded ones, by trip
	referrals    *table[none]
	uploads      map[string]*upload

	sweepUploadsAt int
	uploadOrder    uint64
}

func newState(cfg config, clock func() time.Time) (*state, error) {
	now := clock()
	s := &state{
		now:              clock,
		ids:              identity{cfg.seed},
		lists:            cfg.lists,
		newestFirst:      !cfg.oldestFirst,
		users:            newTable("users", userKeyOf),
		departments:      newTable("departments", nameKeyOf),
		locations:        newTable("locations", nameKeyOf),
		titles:           newTable("titles", nameKeyOf),
		entities:         newTable("legal_entities", entityKeyOf),
		budgets:          newTable("budgets", budgetKeyOf),
		spendLimits:      newTable("spend_limits", limitKeyOf),
		programs:         newTable("budget_programs", noKey),
		cardAccounts:     newTable("card_accounts", noKey),
		cardStatements:   newTable("card_statements", noKey),
		cashAccounts:     newTable("cash_accounts", noKey),
		cashTransactions: map[string]*table[cashTxKey]{},
		cashStatements:   map[string]*table[none]{},
		vendors:          newTable("vendors", vendorKeyOf),
		transfers:        newTable("transfers", transferKeyOf),
		linked:           newTable("linked_accounts", noKey),
		limits:           map[string]object{},
		uploads:          map[string]*upload{},
	}
	s.users.show = showUser
	s.initWebhooks()
	s.initFields()
	s.initTravel()
	s.initOnboarding()
	s.initAccounting()
	s.budgets.idKey = "budget_id"
	s.spendLimits.live = s.liveLimit
	s.cards = newTable("cards", s.cardKeyOf)
	s.cards.live = s.liveCard
	s.expenses = newTable("expenses", s.expenseKeyOf)
	s.expenses.show = s.showExpense
	s.expenses.index = expenseIndex()
	s.expenses.full = fullExpense
	s.cardTransactions = newTable("card_transactions", s.cardTxKeyOf)
	s.expenses.newestFirst = s.newestFirst
	s.cardTransactions.newestFirst = s.newestFirst
	s.transfers.newestFirst = s.newestFirst
	s.cardStatements.newestFirst = s.newestFirst

	s.seedCompany(now)
	if cfg.data != nil {
		if err := s.load(cfg.data, now); err != nil {
			return nil, err
		}
	} else {
		s.seed(cfg.size, now)
	}
	s.owners = s.findOwners()
	s.startEvents()
	s.findNextDue()
	return s, nil
}

// cashTx returns the transactions of a cash account.
func (s *state) cashTx(account string) *table[cashTxKey] {
	t := s.cashTransactions[account]
	if t == nil {
		t = newTable("cash_transactions_"+account, cashTxKeyOf)
		t.newestFirst = s.newestFirst
		s.cashTransactions[account] = t
	}
	return t
}

// cashStatement returns the statements of a cash account.
func (s *state) cashStatement(account string) *table[none] {
	t := s.cashStatements[account]
	if t == nil {
		t = newTable("cash_statements_"+account, noKey)
		t.newestFirst = s.newestFirst
		s.cashStatements[account] = t
	}
	return t
}

// newID names an object that a client creates. It depends on the seed and on
// how many were created before, so that a test sees the same ids every time.
func (s *state) newID(prefix string, now time.Time) string {
	s.created++
	return s.ids.id(prefix, now.UnixMilli(), firstCreated+s.created)
}

// words gives each text that filters look for a number, so that a row's key is
// a few numbers.
type words struct{ numbers map[string]uint32 }

// of returns the number of a string, 0 for "".
func (w *words) of(s string) uint32 {
	if s == "" {
		return 0
	}
	if n, ok := w.numbers[s]; ok {
		return n
	}
	if w.numbers == nil {
		w.numbers = map[string]uint32{}
	}
	n := uint32(len(w.numbers) + 1)
	w.numbers[s] = n
	return n
}

// choice is one filter that takes any of several values.
type choice struct {
	given  bool
	values []uint32
}

// choose looks up what a filter asks for. A text that no row has is left out:
// the filter then matches nothing.
func (w *words) choose(texts ...string) choice {
	var c choice
	for _, s := range texts {
		c.given = true
		if n, ok := w.numbers[s]; ok && s != "" {
			c.values = append(c.values, n)
		}
	}
	return c
}

func (c choice) takes(n uint32) bool {
	if !c.given {
		return true
	}
	for _, v := range c.values {
		if v == n {
			return true
		}
	}
	return false
}

// span is a filter with two inclusive bounds in milliseconds.
type span struct {
	from, to   int64
	open, shut bool // a bound is given
}

func (q query) span(start, end string) span {
	var s span
	s.from, s.open = q.millis(start)
	s.to, s.shut = q.millis(end)
	return s
}

func (s span) given() bool { return s.open || s.shut }

// takes says whether an instant lies within; 0, which is null, never does.
func (s span) takes(ms int64) bool {
	switch {
	case !s.open && !s.shut:
		return true
	case ms == 0:
		return false
	}
	return (!s.open || ms >= s.from) && (!s.shut || ms <= s.to)
}

// nameKey serves the resources that are little more than a name. ref is how
// other documents embed it when it is expanded.
type nameKey struct {
	name string // lower case
	ref  []byte
}

func nameKeyOf(o object) nameKey {
	return nameKey{strings.ToLower(o.str("name")), o.pick("id", "name").encode()}
}

func entityKeyOf(o object) nameKey {
	// The same entity is written in two ways: camelCase in the team API,
	// snake_case inside an expense.
	ref := object{}.
		with("id", o.get("id")).
		with("display_name", orNull(o.get("displayName"))).
		with("billing_address", orNull(o.get("billingAddress"))).
		with("created_at", orNull(o.get("createdAt"))).
		with("status", orNull(o.get("status")))
	if d := o.get("isDefault"); d != nil {
		ref = ref.with("is_default", d)
	}
	return nameKey{strings.ToLower(o.str("displayName")), ref.encode()}
}

// ref returns how a row is embedded, nil when there is none of that id.
func ref(t *table[nameKey], id string) []byte {
	if row, ok := t.find(id); ok {
		return t.keys[row].ref
	}
	return nil
}

func orNull(raw []byte) []byte {
	if raw == nil {
		return null
	}
	return raw
}

// bare returns a JSON array without an envelope.
func bare[K any](t *table[K]) answer {
	return answer{status: http.StatusOK, body: append(t.appendRows([]byte{'['}, t.all(), 0), ']')}
}
