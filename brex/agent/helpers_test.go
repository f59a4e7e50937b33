package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

var background = context.Background()

// fixture is a company, a client of it, and what a guard needs.
type fixture struct {
	sandbox *brextest.Handler
	client  *brex.Client
	guard   *Guard
	dir     string
	wire    *atomic.Int64 // requests other than reads
	company string
	account string
	payee   string // payment instrument
	now     time.Time
}

var instrument = regexp.MustCompile(`"payment_instrument_id":"([^"]+)"`)

const policyText = `version: 1
company: %s
zone: America/New_York
agents:
  reader:
    calls: 1000/min
    expenses: {level: read, fields: all, expand: [merchant]}
    users: {level: read, fields: [id, first_name, email]}
  payer:
    calls: 1000/min
    rows: 100
    vendors: read
    accounts: read
    transfers:
      level: read
      operations: [createTransfer]
      fields: all
      max: 2500.00 USD
      per_day: 5000.00 USD
      per_month: 6000.00 USD
      payees: [%s]
      from: [%s]
      memo: INV-[0-9]{4,10}
      hours: Mon-Fri 08:00-18:00
      approve_above: 500.00 USD
      approvers: [cfo]
      after_untrusted: allow
    cards:
      level: full
      fields: all
      max: 100.00 USD
      hours: any
      approvers: [cfo]
`

// setup makes a company whose requests the test counts.
func setup(t testing.TB, opts ...brextest.Option) *fixture {
	t.Helper()
	f, _ := setupURL(t, opts...)
	return f
}

func setupURL(t testing.TB, opts ...brextest.Option) (*fixture, string) {
	t.Helper()
	f := &fixture{dir: t.TempDir(), wire: new(atomic.Int64), now: time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)}
	s := brextest.NewServer(t, append([]brextest.Option{brextest.WithSize(brextest.Size{Users: 12, Vendors: 8}),
		brextest.WithRequestHook(func(r brextest.Request) {
			if r.Method != "GET" {
				f.wire.Add(1)
			}
		})}, opts...)...)
	f.sandbox = s.Handler
	var err error
	f.client, err = brex.New(brex.WithBaseURL(s.URL), brex.WithToken(s.Token()), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}))
	require.NoError(t, err)
	company, err := f.client.Company.Get(background)
	require.NoError(t, err)
	f.company = company.ID
	accounts, err := f.client.Accounts.ListCash(background)
	require.NoError(t, err)
	f.account = accounts.Items[0].ID
	for raw, err := range f.client.CallAll(background, "listVendors", nil) {
		require.NoError(t, err)
		if found := instrument.FindSubmatch(raw); found != nil {
			f.payee = string(found[1])
			break
		}
	}
	require.NotEmpty(t, f.payee)
	f.guard = f.open(t, f.policy(t))
	return f, s.URL
}

// policy is the usual policy, with old replaced by new for each pair.
func (f *fixture) policy(t testing.TB, replace ...string) *Policy {
	t.Helper()
	text := fmt.Sprintf(policyText, f.company, f.payee, f.account)
	for i := 0; i+1 < len(replace); i += 2 {
		require.Contains(t, text, replace[i])
		text = strings.ReplaceAll(text, replace[i], replace[i+1])
	}
	p, err := parse(text)
	require.NoError(t, err)
	return p
}

func parse(text string) (*Policy, error) {
	return ParsePolicy("policy.yaml", []byte(text), func(string) ([]byte, error) { return nil, errors.New("there is no file") })
}

// open makes a guard as another process would, on the same directory.
func (f *fixture) open(t testing.TB, d Decider, opts ...Option) *Guard {
	t.Helper()
	ledger, err := OpenLedger(filepath.Join(f.dir, "state"))
	require.NoError(t, err)
	log, err := OpenLog(filepath.Join(f.dir, "audit"), LogOptions{NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = ledger.Close() })
	g, err := NewGuard(f.client, d, ledger, log, append([]Option{WithClock(func() time.Time { return f.now })}, opts...)...)
	require.NoError(t, err)
	return g
}

func (f *fixture) as(t testing.TB, agent string) *Session {
	t.Helper()
	s, err := f.guard.As(agent, SessionOptions{Host: "test", Via: "go"})
	require.NoError(t, err)
	return s
}

// transfer are the parameters of a payment in cents.
func (f *fixture) transfer(cents int64, memo string) json.RawMessage {
	return fmt.Appendf(nil, `{"counterparty":{"type":"VENDOR","payment_instrument_id":%q},"amount":{"amount":%d,"currency":"USD"},`+
		`"description":%q,"external_memo":%q,"originating_account":{"type":"BREX_CASH","id":%q}}`, f.payee, cents, memo, memo, f.account)
}

// records reads the log, checking its chain.
func (f *fixture) records(t testing.TB) (all []Record) {
	t.Helper()
	for r, err := range ReadLog(filepath.Join(f.dir, "audit")) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}
