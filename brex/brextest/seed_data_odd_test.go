package brextest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// spoil changes a decoded document at random: members are gone, null, or of
// another kind. What it is called stays, mostly.
func spoil(r *rand.Rand, v any, rate float64) any {
	if r.Float64() < rate {
		odd := []any{nil, "", "x", 0, -1, 1.5, int64(1e18), true, []any{}, m{}, m{"amount": nil}, m{"amount": "5"}, []any{nil}, []any{1}, []any{"a"},
			[]any{m{}}, "2026-13-45", "2026-01-01"}
		return odd[r.IntN(len(odd))]
	}
	switch v := v.(type) {
	case m:
		o := m{}
		for _, name := range names(v) {
			switch {
			case strings.HasSuffix(name, "id") && r.Float64() > rate/4:
				o[name] = v[name]
			case r.Float64() > rate:
				o[name] = spoil(r, v[name], rate)
			}
		}
		return o
	case []any:
		list := []any{}
		for _, item := range v {
			list = append(list, spoil(r, item, rate))
		}
		return list
	}
	return v
}

// TestOddData: whatever files hold, they are refused with a reason, or served
// without a 5xx, a panic or a response that is no JSON; and life goes on with
// them.
func TestOddData(t *testing.T) {
	t.Parallel()
	from := newSandbox(t, brextest.WithSize(brextest.Size{Users: 8, Cards: 9, Expenses: 60, CardTransactions: 40, CashTransactions: 30, Vendors: 6,
		Transfers: 12, Statements: 2}))
	files, _ := savedFiles(from)
	docs, err := loadDocuments()
	require.NoError(t, err)
	enough := 12
	if testing.Short() {
		enough = 2
	}
	served := 0
	for seed := uint64(0); served < enough; seed++ {
		require.Less(t, seed, uint64(100), "nearly everything is refused")
		r := rand.New(rand.NewPCG(seed, 7))
		data := fstest.MapFS{}
		for _, name := range names(files) {
			var items []any
			require.NoError(t, json.Unmarshal([]byte(files[name]), &items))
			kept := []any{}
			for _, item := range items {
				if o, is := spoil(r, item, 0.05).(m); is && idOf(o) != "" {
					kept = append(kept, o)
				}
			}
			if r.IntN(15) > 0 {
				data[name] = &fstest.MapFile{Data: []byte(js(m{"items": kept}))}
			}
		}
		h, err := brextest.NewHandler(brextest.WithData(data), brextest.WithRequestLog(1))
		if err != nil {
			require.ErrorContains(t, err, "WithData: ")
			continue
		}
		served++
		s := &sandbox{Handler: h, t: t, asLoaded: true}
		c := &caller{Rand: r, known: map[string][]string{}}
		for i := range 500 {
			ops := brextest.Operations()
			id := ops[i%len(ops)]
			api, method, path := brextest.Route(id)
			target, body := c.request(docs[api].Paths.Value(path).GetOperation(method), path)
			token := s.Token()
			if r.IntN(4) == 0 {
				token = s.TokenFor(brextest.RoleEmployee)
			}
			got := s.raw(method, target, body, "Authorization", "Bearer "+token, "Idempotency-Key", fmt.Sprint(i))
			require.Less(t, got.Status, 500, "seed %d: %s %s %s: %s", seed, method, target, body, got.Body)
			require.True(t, len(got.Body) == 0 || json.Valid(got.Body), "seed %d: %s %s %s: %s", seed, method, target, body, got.Body)
			if got.Status < 300 {
				c.learn(path, got.Body)
			}
			if i%100 == 99 {
				oddLife(s, c)
			}
		}
		var saved bytes.Buffer
		require.NoError(t, s.Snapshot(&saved))
		_, err = brextest.NewHandler(brextest.WithSnapshot(&saved))
		require.NoError(t, err, "seed %d", seed)
	}
}

// oddLife is what happens without requests. All of it may fail, and none of it
// may panic.
func oddLife(s *sandbox, c *caller) {
	for _, card := range c.known["card"] {
		_, _ = s.Purchase(card, 100+c.Int64N(100_000), "Cafe")
	}
	for i, transfer := range c.known["transfer"] {
		_ = []func() error{
			func() error { return s.ApproveTransfer(transfer) },
			func() error { return s.DenyTransfer(transfer) },
			func() error { return s.FailTransfer(transfer, "USER_CANCELLED") },
		}[i%3]()
	}
	for _, referral := range c.known["referral"] {
		_ = s.ActivateReferral(referral)
	}
	for _, kind := range []string{"TRANSFER_PROCESSED", "EXPENSE_PAYMENT_UPDATED", "USER_UPDATED", "REFERRAL_CREATED", "ACCOUNTING_RECORD_READY_FOR_EXPORT"} {
		_, _ = s.FireEvent(kind, nil)
	}
	s.Advance(time.Duration(c.IntN(40*24)) * time.Hour)
}

// TestIntegrationNamedByID: Brex's examples say id where the document says integration_id.
func TestIntegrationNamedByID(t *testing.T) {
	t.Parallel()
	files := exportOf(t)
	files["integrations.json"] = &fstest.MapFile{Data: []byte(`[{"id":"integ_1","vendor":"XERO","vendor_account_id":"1","status":"ACTIVE"},
		{"integration_id":"integ_2","id":"other","vendor":"XERO","vendor_account_id":"2","status":"DISABLED"}]`)}
	s := newSandbox(t, brextest.WithData(files))
	s.asLoaded = true
	got := s.do("POST", "/v3/accounting/integration/integ_1/disconnect", "").json(t)
	require.Equal(t, "integ_1", got["id"], "it keeps it")
	require.Equal(t, "integ_1", got["integration_id"])
	require.Equal(t, "DISABLED", got["status"])
	got = s.do("POST", "/v3/accounting/integration/integ_2/reactivate", "").json(t)
	require.Equal(t, "integ_2", got["integration_id"])
	require.Equal(t, 404, s.do("POST", "/v3/accounting/integration/other/disconnect", "").Status)
}
