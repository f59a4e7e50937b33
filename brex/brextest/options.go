package brextest

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

// Option configures a sandbox.
type Option func(*config) error

type config struct {
	seed         uint64
	size         Size
	sized        bool
	data         fs.FS
	clock        func() time.Time
	tokens       []tokenOption
	strictZone   bool
	strictQuery  bool
	lists        ListMode
	keyReuse     KeyReuse
	keyRetention time.Duration
	keysAlways   bool
	badToken     int // the status of a refused token
	unusedFor    time.Duration
	requestLog   int
	noBusiness   bool
	oldestFirst  bool
	limits       *Limits // nil: none
	retryHint    RetryHint
	chaos        *chaos
	webhooks     webhookConfig
	control      bool
	snapshot     *snapshot
	seeded       bool
	onRequest    func(Request)
	oauth        oauthConfig
}

type tokenOption struct {
	token  string
	scopes []string
	role   Role
}

func configure(opts []Option) (config, error) {
	cfg := config{
		seed:         1,
		clock:        func() time.Time { return DefaultNow },
		keyRetention: 24 * time.Hour,
		badToken:     http.StatusUnauthorized,
		requestLog:   defaultRequestLog,
		webhooks:     webhookConfig{retries: DefaultWebhookRetries},
	}
	for _, opt := range opts {
		if opt == nil {
			return cfg, errors.New("brextest: an option is nil")
		}
		if err := opt(&cfg); err != nil {
			return cfg, fmt.Errorf("brextest: %w", err)
		}
	}
	if cfg.data != nil && cfg.sized {
		return cfg, errors.New("brextest: WithData and WithSize exclude each other: the files say how much there is")
	}
	if cfg.snapshot != nil {
		return cfg, cfg.continueFrom(cfg.snapshot)
	}
	cfg.size = cfg.size.withDefaults()
	return cfg, cfg.size.validate()
}

// WithSeed chooses the company: the same seed gives the same ids, people and
// purchases, on every machine. The default is 1.
func WithSeed(seed uint64) Option {
	return func(c *config) error { c.seed, c.seeded = seed, true; return nil }
}

// None in a Size means none at all, where 0 means the default.
const None = -1

// Size says how much of each resource is generated. 0 keeps the default, None
// leaves the resource out.
type Size struct {
	Users            int // default 40
	Cards            int // default 60; needs users
	Expenses         int // default 1,500; needs users
	CardTransactions int // default 1,200; needs cards
	CashAccounts     int // default 2
	CashTransactions int // default 400, over all cash accounts; needs one
	Vendors          int // default 30
	Transfers        int // default 60; needs vendors and a cash account
	Departments      int // default 8
	Locations        int // default 5
	Titles           int // default 12
	Statements       int // default 12 months, per account
	LinkedAccounts   int // default 2
	Budgets          int // default 4; the first one is above the others
	SpendLimits      int // default 10
}

// maxRows bounds one resource, so that a typing slip fails instead of filling
// the memory.
const maxRows = 5_000_000

func (s *Size) fields() []struct {
	name  string
	value *int
	usual int
} {
	return []struct {
		name  string
		value *int
		usual int
	}{
		{"Users", &s.Users, 40},
		{"Cards", &s.Cards, 60},
		{"Expenses", &s.Expenses, 1500},
		{"CardTransactions", &s.CardTransactions, 1200},
		{"CashAccounts", &s.CashAccounts, 2},
		{"CashTransactions", &s.CashTransactions, 400},
		{"Vendors", &s.Vendors, 30},
		{"Transfers", &s.Transfers, 60},
		{"Departments", &s.Departments, 8},
		{"Locations", &s.Locations, 5},
		{"Titles", &s.Titles, 12},
		{"Statements", &s.Statements, 12},
		{"LinkedAccounts", &s.LinkedAccounts, 2},
		{"Budgets", &s.Budgets, 4},
		{"SpendLimits", &s.SpendLimits, 10},
	}
}

// withDefaults fills what is 0, and leaves out by default what needs something
// that is left out.
func (s Size) withDefaults() Size {
	asked := s
	for _, f := range s.fields() {
		switch *f.value {
		case 0:
			*f.value = f.usual
		case None:
			*f.value = 0
		}
	}
	drop := func(value *int, asked int, needed int) {
		if asked == 0 && needed == 0 {
			*value = 0
		}
	}
	drop(&s.Cards, asked.Cards, s.Users)
	drop(&s.Expenses, asked.Expenses, s.Users)
	drop(&s.CardTransactions, asked.CardTransactions, s.Cards)
	drop(&s.CashTransactions, asked.CashTransactions, s.CashAccounts)
	drop(&s.Transfers, asked.Transfers, s.Vendors)
	drop(&s.Transfers, asked.Transfers, s.CashAccounts)
	return s
}

func (s Size) validate() error {
	for _, f := range s.fields() {
		if *f.value < 0 || *f.value > maxRows {
			return fmt.Errorf("brextest: WithSize: %s is %d; it is 0 (default), None, or at most %d", f.name, *f.value, maxRows)
		}
	}
	for _, need := range []struct {
		name  string
		value int
		of    string
		have  int
	}{
		{"Cards", s.Cards, "Users", s.Users},
		{"Expenses", s.Expenses, "Users", s.Users},
		{"CardTransactions", s.CardTransactions, "Cards", s.Cards},
		{"CashTransactions", s.CashTransactions, "CashAccounts", s.CashAccounts},
		{"Transfers", s.Transfers, "Vendors", s.Vendors},
		{"Transfers", s.Transfers, "CashAccounts", s.CashAccounts},
	} {
		if need.value > 0 && need.have == 0 {
			return fmt.Errorf("brextest: WithSize: %s need at least one of %s", need.name, need.of)
		}
	}
	return nil
}

// WithSize chooses how much is generated.
func WithSize(s Size) Option {
	return func(c *config) error { c.size, c.sized = s, true; return nil }
}

// WithData loads the company from JSON files instead of a seed: one file per resource at the root
// of data, named after it (expenses.json, card_transactions.json, cash_accounts.json,
// cash_transactions_<account id>.json and so on; the package doc lists them), in the form of a list
// response or as a bare array. A resource without a file is empty. Files with other names are
// skipped, and Handler.Ignored names them.
func WithData(data fs.FS) Option {
	return func(c *config) error {
		if data == nil {
			return errors.New("WithData: no file system")
		}
		c.data = data
		return nil
	}
}

// WithClock gives the company a clock of its own instead of the fixed
// DefaultNow. Handler.Advance still adds to it.
func WithClock(now func() time.Time) Option {
	return func(c *config) error {
		if now == nil {
			return errors.New("WithClock: no function")
		}
		c.clock = now
		return nil
	}
}

// WithToken accepts one more bearer token, limited to the given scopes. With
// none it may only call the operations that need no scope.
func WithToken(token string, scopes ...string) Option {
	return func(c *config) error {
		if strings.TrimSpace(token) == "" || strings.ContainsAny(token, " \t\r\n") || !ascii(token) {
			return errors.New("WithToken: the token is empty, or has spaces or other characters that no header can carry")
		}
		c.tokens = append(c.tokens, tokenOption{token: token, scopes: append([]string(nil), scopes...)})
		return nil
	}
}

// WithRequestLog says how many requests Handler.Requests keeps: the latest n,
// 2,048 by default, none with 0.
func WithRequestLog(n int) Option {
	return func(c *config) error {
		if n < 0 || n > 1_000_000 {
			return errors.New("WithRequestLog: n is not between 0 and 1,000,000")
		}
		c.requestLog = n
		return nil
	}
}
