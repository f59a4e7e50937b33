package brextest_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/brex-go/sdk/brex/brextest"
)

// BenchmarkExpensePage: a page of a million expenses stays below 5 ms, also
// deep in the list and with filters that hardly anything passes.
func BenchmarkExpensePage(b *testing.B) {
	for name, size := range map[string]brextest.Size{"1500": {}, "million": {Users: 5000, Cards: 6000, Expenses: 1_000_000, CardTransactions: 100_000}} {
		s := newSandbox(b, brextest.WithSize(size), brextest.WithRequestLog(1))
		oldest := s.get("/v1/expenses?limit=1&purchased_at_end=2025-11-10T00:00:00").items(b)
		split := ""
		if items := s.get("/v1/expenses?status[]=SPLIT&purchased_at_end=2026-01-01T00:00:00").items(b); len(items) > 0 {
			split = items[0]["id"].(string)
		}
		queries := []string{"limit=100", "limit=100&expand[]=merchant&expand[]=user&expand[]=budget", "limit=100&status[]=VOID",
			"status[]=OUT_OF_POLICY&payment_status[]=REFUNDED",
			"limit=100&purchased_at_end=2025-11-10T00:00:00", "updated_at_start=2026-11-02T11:00:00", "parent_expense_id[]=" + split}
		if len(oldest) > 0 {
			queries = append(queries, "user_id[]="+oldest[0]["user_id"].(string))
		}
		// Deep in a filtered list: the cursor knows where it was.
		deep := "limit=100&status[]=SETTLED"
		for range 300 {
			next := s.get("/v1/expenses?" + deep).cursor(b)
			if next == "" {
				break
			}
			deep = "limit=100&status[]=SETTLED&cursor=" + url.QueryEscape(next)
		}
		for i, query := range append(queries, deep) {
			label := name + " " + query
			if i == len(queries) {
				label = name + " deep"
			}
			b.Run(label, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.raw("GET", "/v1/expenses?"+query, "", "Authorization", "Bearer "+s.Token())
				}
			})
		}
	}
}

func BenchmarkNewHandler(b *testing.B) {
	for name, size := range map[string]brextest.Size{"default": {}, "million": {Expenses: 1_000_000, CardTransactions: 800_000}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newSandbox(b, brextest.WithSize(size))
			}
		})
	}
}

// BenchmarkMillion is what else takes long when there is so much: what was
// spent, the books, the trips, and a month on the clock.
func BenchmarkMillion(b *testing.B) {
	s := newSandbox(b, brextest.WithSize(brextest.Size{Expenses: 1_000_000, CardTransactions: 800_000, CashTransactions: 200_000}), brextest.WithRequestLog(0))
	var primary struct{ ID string }
	_ = json.Unmarshal(s.raw("GET", "/v2/accounts/cash/primary", "", "Authorization", "Bearer "+s.Token()).Body, &primary)
	for _, path := range []string{"/v2/spend_limits", "/v2/cards", "/v2/transactions/card/primary?limit=1000", "/v3/accounting/records",
		"/v3/accounting/records?review_status=REVIEW", "/v1/trips?last_updated_after=2026-11-01T00:00:00", "/v2/transactions/cash/" + primary.ID} {
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				s.raw("GET", path, "", "Authorization", "Bearer "+s.Token())
			}
		})
	}
	b.Run("a month", func(b *testing.B) {
		for b.Loop() {
			s.Advance(30 * 24 * time.Hour)
		}
	})
}

// BenchmarkRequest is what one request costs, its validation included.
func BenchmarkRequest(b *testing.B) {
	s := newSandbox(b, brextest.WithRequestLog(1))
	vendor := `{"company_name":"Acme","email":"ap@acme.example","payment_accounts":[` + achAccount + `]}`
	card := `{"owner":{"type":"USER","user_id":"` + ids(s.get("/v2/users").items(b))[0] + `"},"card_name":"x","card_type":"VIRTUAL","limit_type":"CARD",
		"spend_controls":{"spend_limit":{"amount":100000,"currency":"USD"},"spend_duration":"MONTHLY"},"metadata":{"team":"platform"}}`
	for _, r := range [][3]string{
		{"GET", "/v2/users?limit=10&status[]=ACTIVE", ""},
		{"GET", "/v1/expenses?limit=100&user_id[]=x&purchased_at_start=2026-01-01T00:00:00", ""},
		{"POST", "/v1/vendors", vendor},
		{"POST", "/v2/cards", card},
	} {
		path, _, _ := strings.Cut(r[1], "?")
		b.Run(r[0]+" "+path, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				got := s.raw(r[0], r[1], r[2], "Authorization", "Bearer "+s.Token(), "Idempotency-Key", strconv.Itoa(n))
				if got.Status != 200 {
					b.Fatalf("%s", got.Body)
				}
			}
		})
	}
}
