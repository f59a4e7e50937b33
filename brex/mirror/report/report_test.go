package report_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/memory"
	"github.com/brex-go/sdk/brex/mirror/report"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
	"github.com/brex-go/sdk/brex/money"
)

var streams = []string{"expenses", "departments", "users", "vendors", "spend_limits", "cards", "cash_accounts", "cash_transactions", "transfers"}

// copies is the same company in SQLite and in memory.
type copies struct {
	db      *sql.DB
	sources map[string]*report.Source
}

func now() time.Time { return brextest.DefaultNow }

func copied(t *testing.T, server *brextest.Server) copies {
	t.Helper()
	if testing.Short() {
		t.Skip("a copy in SQLite takes long under the race detector; make check runs it")
	}
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()), brex.WithLimiter(nil))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "books.db")
	disk, err := sqlite.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, disk.Close()) })
	c := copies{sources: map[string]*report.Source{}}
	for name, sink := range map[string]interface {
		mirror.Sink
		mirror.Reader
	}{"sqlite": disk, "memory": memory.New()} {
		m, err := mirror.New(client, sink, mirror.WithClock(now))
		require.NoError(t, err)
		_, err = m.Run(t.Context(), streams...)
		require.NoError(t, err)
		c.sources[name], err = report.Open(t.Context(), sink, "", now)
		require.NoError(t, err)
	}
	c.db, err = sql.Open("sqlite", path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.db.Close()) })
	return c
}

// both makes a report of both copies, which agree, and returns it.
func (c copies) both(t *testing.T, f func(*report.Source) (*report.Report, error)) *report.Report {
	t.Helper()
	var texts []string
	var r *report.Report
	for _, s := range c.sources {
		var err error
		r, err = f(s)
		require.NoError(t, err)
		text, err := json.Marshal(r)
		require.NoError(t, err)
		texts = append(texts, string(text))
	}
	require.JSONEq(t, texts[0], texts[1])
	return r
}

// sums are the results of a query of three columns: a name, a currency and a sum.
func (c copies) sums(t *testing.T, query string, args ...any) map[string]int64 {
	t.Helper()
	rows, err := c.db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var name, currency string
		var sum int64
		require.NoError(t, rows.Scan(&name, &currency, &sum))
		all[name+" "+currency] += sum
	}
	require.NoError(t, rows.Err())
	return all
}

// figures are the lines of a report as sums has them.
func figures(r *report.Report, id, amount string) map[string]int64 {
	all := map[string]int64{}
	for _, l := range r.Lines {
		if m, _ := r.Value(l, amount).(*money.Money); m != nil {
			all[fmt.Sprint(r.Value(l, id), " ", m.Currency)] += m.Amount
		}
	}
	return all
}

// planted are expenses of one merchant, made of one that is there.
func planted(t *testing.T, server *brextest.Server) {
	t.Helper()
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	params := map[string]any{"limit": 1, "expand[]": []string{"merchant", "user"}, "expense_type[]": []string{"CARD"}, "status[]": []string{"SETTLED"}}
	raw, err := client.Call(t.Context(), "listExpenses", params)
	require.NoError(t, err)
	var page struct{ Items []map[string]any }
	require.NoError(t, json.Unmarshal(raw, &page))
	plant := func(id, kind, status, payment, currency string, original int64, billed any) {
		e := maps.Clone(page.Items[0])
		maps.Copy(e, map[string]any{"id": id, "merchant_id": "merchant_planted", "expense_type": kind, "status": status, "payment_status": payment, "receipts": []any{},
			"original_amount": map[string]any{"amount": original, "currency": currency}, "purchased_amount": map[string]any{"amount": original, "currency": currency},
			"billing_amount": nil, "purchased_at": "2026-10-15T10:00:00.000Z", "category": "GROCERY"})
		if billed != nil {
			e["billing_amount"] = map[string]any{"amount": billed, "currency": "USD"}
		}
		text, err := json.Marshal(e)
		require.NoError(t, err)
		require.NoError(t, server.SetRow("expenses", id, text))
	}
	plant("expense_split", "CARD", "SPLIT", "CLEARED", "USD", 1000, 1000)
	plant("expense_part1", "CARD", "SUBMITTED", "NOT_STARTED", "USD", 300, 300)
	plant("expense_part2", "CARD", "SUBMITTED", "NOT_STARTED", "USD", 700, 700)
	plant("expense_void", "CARD", "VOID", "DECLINED", "USD", 5, nil)
	plant("expense_canceled", "REIMBURSEMENT", "CANCELED", "NOT_STARTED", "USD", 7, nil)
	plant("expense_declined", "CARD", "SUBMITTED", "DECLINED", "USD", 11, nil)
	plant("expense_refunded", "CARD", "SETTLED", "REFUNDED", "USD", 13, 13)
	plant("expense_refunding", "CARD", "SETTLED", "REFUNDING", "USD", 20, 20)
	plant("expense_draft", "REIMBURSEMENT", "DRAFT", "NOT_STARTED", "EUR", 17, nil)
	plant("expense_reimbursed", "REIMBURSEMENT", "APPROVED", "CLEARED", "EUR", 500, 600)
	plant("expense_owed", "REIMBURSEMENT", "SUBMITTED", "NOT_STARTED", "EUR", 900, nil)
	plant("expense_bill", "BILLPAY", "SETTLED", "CLEARED", "USD", 4000, 4000)
	plant("expense_clawback", "CLAWBACK", "SETTLED", "CLEARED", "USD", 19, 19)
	plant("expense_negative", "CARD", "SETTLED", "CLEARED", "USD", -50, -50)
	plant("expense_outside", "CARD", "SETTLED", "CLEARED", "USD", 23, 23)
	require.NoError(t, server.SetRow("expenses", "expense_outside", json.RawMessage(`{"purchased_at":"2026-09-30T23:59:59.999Z"}`)))
}

var october = report.Options{From: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 31, 23, 59, 59, 999e6, time.UTC)}

// counted is an expense of October that counts, in SQL, written apart from the package.
const counted = `purchased_at >= '2026-10-01' AND purchased_at < '2026-11-01' AND expense_type IN ('CARD', 'BILLPAY', 'REIMBURSEMENT', 'UNSET')
	AND status NOT IN ('SPLIT', 'VOID', 'CANCELED') AND payment_status NOT IN ('DECLINED', 'CANCELED', 'REFUNDED', 'CREDITED')
	AND NOT (status = 'DRAFT' AND expense_type IN ('REIMBURSEMENT', 'BILLPAY'))`

const amounts = `coalesce(billing_amount_currency, purchased_amount_currency), coalesce(billing_amount_minor, purchased_amount_minor)`

func TestSpend(t *testing.T) {
	server := brextest.NewServer(t)
	planted(t, server)
	c := copied(t, server)
	for by, column := range map[string]string{"merchant": "merchant_id", "category": "category", "department": "coalesce(department_id, '')", "user": "user_id", "month": "'2026-10'"} {
		o := october
		o.By = by
		r := c.both(t, func(s *report.Source) (*report.Report, error) { return s.Spend(t.Context(), o) })
		want := c.sums(t, `SELECT `+column+`, `+amounts+` FROM expenses WHERE `+counted)
		require.NotEmpty(t, want)
		require.Equal(t, want, figures(r, by+"_id", "amount"), by)

		// What is counted and what is not is all there is.
		all := c.sums(t, `SELECT '', coalesce(billing_amount_currency, purchased_amount_currency), coalesce(billing_amount_minor, purchased_amount_minor) FROM expenses
			WHERE purchased_at >= '2026-10-01' AND purchased_at < '2026-11-01'`)
		tallies := slices.Clone(r.Totals)
		for _, left := range r.LeftOut {
			tallies = append(tallies, left.Of...)
		}
		got := map[string]int64{}
		for _, tally := range tallies {
			got[" "+tally.Sum.Currency.Code()] += tally.Sum.Amount
		}
		require.Equal(t, all, got)
		if by == "merchant" { // 300+700+20+600+4000-50, and what is owed in euros
			require.Equal(t, int64(5570), figures(r, "merchant_id", "amount")["merchant_planted USD"])
			require.Equal(t, int64(900), figures(r, "merchant_id", "amount")["merchant_planted EUR"])
		}
	}
	_, err := c.sources["memory"].Spend(t.Context(), report.Options{By: "mood"})
	require.ErrorContains(t, err, "not one of merchant")
}

func TestMissingReceipts(t *testing.T) {
	server := brextest.NewServer(t)
	planted(t, server)
	c := copied(t, server)
	o := october
	o.Above = &money.Money{Amount: 400, Currency: "USD"}
	r := c.both(t, func(s *report.Source) (*report.Report, error) { return s.MissingReceipts(t.Context(), o) })
	want := c.sums(t, `SELECT id, `+amounts+` FROM expenses WHERE `+counted+` AND expense_type IN ('CARD', 'REIMBURSEMENT') AND json_array_length(receipts) = 0
		AND NOT (coalesce(billing_amount_currency, purchased_amount_currency) = 'USD' AND coalesce(billing_amount_minor, purchased_amount_minor) <= 400)`)
	require.Contains(t, want, "expense_part2 USD")
	require.NotContains(t, want, "expense_part1 USD", "not above the amount")
	require.Contains(t, want, "expense_owed EUR", "another currency than that of the amount")
	require.Equal(t, want, figures(r, "expense_id", "amount"))
}

func TestLimits(t *testing.T) {
	c := copied(t, brextest.NewServer(t))
	r := c.both(t, func(s *report.Source) (*report.Report, error) { return s.Limits(t.Context()) })
	want := c.sums(t, `SELECT id, current_period_balance_amount_spent_currency, current_period_balance_amount_spent_minor FROM spend_limits WHERE status = 'ACTIVE'
		UNION ALL SELECT id, spend_controls_spend_limit_currency, spend_controls_spend_limit_minor - spend_controls_spend_available_minor FROM cards
		WHERE status <> 'TERMINATED' AND spend_controls_spend_limit_minor IS NOT NULL`)
	require.Equal(t, want, figures(r, "id", "spent"))
	for _, l := range r.Lines {
		spent, limit, left := r.Value(l, "spent").(*money.Money), r.Value(l, "limit").(*money.Money), r.Value(l, "left").(*money.Money)
		require.Equal(t, limit.Amount, spent.Amount+left.Amount)
		require.Equal(t, fmt.Sprintf("%.1f", float64(report.Share(spent.Amount, limit.Amount, 1000))/10), r.Value(l, "used_percent"))
	}
}

func TestCash(t *testing.T) {
	c := copied(t, brextest.NewServer(t))
	o := report.Options{From: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)}
	r := c.both(t, func(s *report.Source) (*report.Report, error) { return s.Cash(t.Context(), o) })
	got := map[string]int64{}
	for _, l := range r.Lines {
		m := r.Value(l, "balance").(*money.Money)
		got[fmt.Sprint(r.Value(l, "account_id"), r.Value(l, "day"), " ", m.Currency)] = m.Amount
	}
	want := c.sums(t, `WITH RECURSIVE days(day) AS (SELECT '2026-09-01' UNION ALL SELECT date(day, '+1 day') FROM days WHERE day < '2026-10-20')
		SELECT a.id || day, a.current_balance_currency, a.current_balance_minor - coalesce((SELECT sum(amount_minor) FROM cash_transactions t
			WHERE t.account_id = a.id AND t.posted_at_date > day), 0) FROM cash_accounts a, days`)
	require.Len(t, want, 100)
	require.Equal(t, want, got)
}

// A copy says nothing about the days after it was read.
func TestCashOfAnOldCopy(t *testing.T) {
	server := brextest.NewServer(t)
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	sink := memory.New()
	m, err := mirror.New(client, sink, mirror.WithClock(now))
	require.NoError(t, err)
	_, err = m.Run(t.Context(), "cash_accounts", "cash_transactions")
	require.NoError(t, err)
	source, err := report.Open(t.Context(), sink, "", func() time.Time { return now().AddDate(0, 0, 5) })
	require.NoError(t, err)
	r, err := source.Cash(t.Context(), report.Options{From: now().AddDate(0, 0, -1)})
	require.NoError(t, err)
	for _, l := range r.Lines {
		require.LessOrEqual(t, r.Value(l, "day"), "2026-11-02")
	}
	require.Len(t, r.Lines, 4)
}

func TestVendors(t *testing.T) {
	server := brextest.NewServer(t)
	planted(t, server)
	require.NoError(t, server.SetRow("expenses", "expense_bill", json.RawMessage(`{"vendor_id":"vendor_gone","payment_posted_at":"2026-12-31T23:59:59.999Z"}`)))
	c := copied(t, server)
	r := c.both(t, func(s *report.Source) (*report.Report, error) { return s.Vendors(t.Context(), 2026) })
	want := c.sums(t, `SELECT json_extract(counterparty, '$.id'), amount_currency, amount_minor FROM transfers
		WHERE status = 'PROCESSED' AND counterparty_type = 'VENDOR' AND process_date BETWEEN '2026-01-01' AND '2026-12-31'`)
	require.NotEmpty(t, want)
	require.Equal(t, want, figures(r, "vendor_id", "transfers"))
	want = c.sums(t, `SELECT vendor_id, billing_amount_currency, billing_amount_minor FROM expenses WHERE expense_type = 'BILLPAY' AND payment_status = 'CLEARED'
		AND status NOT IN ('SPLIT', 'VOID', 'CANCELED', 'DRAFT') AND payment_posted_at >= '2026-01-01' AND payment_posted_at < '2027-01-01'`)
	require.Equal(t, int64(4000), want["vendor_gone USD"])
	require.Equal(t, want, figures(r, "vendor_id", "bills"))
	require.Contains(t, strings.Join(r.Says(), "\n"), "NOT A TAX FIGURE")
}

// Regular charges are found, with the last change of their price; the parts of a split are one charge, and refunds are none.
func TestSubscriptions(t *testing.T) {
	server := brextest.NewServer(t)
	charges := 0
	charge := func(merchant, day, status, payment string, cents int64) {
		charges++
		e := map[string]any{"id": fmt.Sprintf("expense_sub%d", charges), "merchant_id": merchant, "merchant": map[string]any{"raw_descriptor": strings.ToUpper(merchant), "mcc": "5734", "country": "USA"},
			"expense_type": "CARD", "status": status, "payment_status": payment, "user_id": "cuuser_someone", "receipts": []any{}, "updated_at": day + "T10:00:00.000Z", "purchased_at": day + "T10:00:00.000Z",
			"original_amount": map[string]any{"amount": cents, "currency": "USD"}, "purchased_amount": map[string]any{"amount": cents, "currency": "USD"}, "billing_amount": map[string]any{"amount": cents, "currency": "USD"},
			"category": "RECURRING_SOFTWARE_AND_SAAS"}
		text, err := json.Marshal(e)
		require.NoError(t, err)
		require.NoError(t, server.SetRow("expenses", e["id"].(string), text))
	}
	for i, cents := range []int64{1000, 1000, 1000, 1200, 1200} {
		charge("monthly", fmt.Sprintf("2026-%02d-01", 6+i), "SETTLED", "CLEARED", cents)
	}
	charge("monthly", "2026-09-12", "SETTLED", "REFUNDED", 1000)
	for _, day := range []string{"2026-08-05", "2026-09-05", "2026-10-05"} {
		charge("shared", day, "SPLIT", "CLEARED", 900)
		charge("shared", day, "SUBMITTED", "NOT_STARTED", 400)
		charge("shared", day, "SUBMITTED", "NOT_STARTED", 500)
	}
	for _, day := range []string{"2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"} {
		charge("ended", day, "SETTLED", "CLEARED", 250)
	}
	for _, day := range []string{"2026-03-02", "2026-03-04", "2026-07-16", "2026-08-23"} {
		charge("irregular", day, "SETTLED", "CLEARED", 250)
	}
	charge("yearly", "2025-10-20", "SETTLED", "CLEARED", 50000)
	charge("yearly", "2026-10-20", "SETTLED", "CLEARED", 45000)
	c := copied(t, server)
	r := c.both(t, func(s *report.Source) (*report.Report, error) {
		return s.Subscriptions(t.Context(), report.Options{From: time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)})
	})
	got := map[string]string{}
	for _, l := range r.Lines {
		if r.Value(l, "user_id") == "cuuser_someone" {
			text := ""
			for _, column := range []string{"every", "last", "last_on", "before", "change", "change_percent", "price_since", "a_year", "charges", "prices", "state"} {
				text += fmt.Sprint(r.Value(l, column), "|")
			}
			got[r.Value(l, "merchant_id").(string)] = text
		}
	}
	require.Equal(t, map[string]string{
		"monthly": "monthly|12.00 USD|2026-10-01|10.00 USD|2.00 USD|20.0|2026-09-01|144.00 USD|5|2|active|",
		"shared":  "monthly|9.00 USD|2026-10-05|<nil>|<nil>||2026-08-05|108.00 USD|3|1|active|",
		"ended":   "weekly|2.50 USD|2026-03-23|<nil>|<nil>||2026-03-02|130.00 USD|4|1|no charge since|",
		"yearly":  "yearly|450.00 USD|2026-10-20|500.00 USD|-50.00 USD|-10.0|2026-10-20|450.00 USD|2|2|active|",
	}, got)
}

// A page needs nothing from outside, shows text from outside as text, and draws each currency by itself.
func TestHTML(t *testing.T) {
	server := brextest.NewServer(t)
	planted(t, server)
	require.NoError(t, server.SetRow("expenses", "expense_owed", json.RawMessage(`{"merchant":{"raw_descriptor":"<script>alert(1)</script>","mcc":"5734","country":"USA"}}`)))
	c := copied(t, server)
	o := october
	o.By = "merchant"
	r, err := c.sources["memory"].Spend(t.Context(), o)
	require.NoError(t, err)
	var page strings.Builder
	require.NoError(t, r.HTML(&page))
	require.NotContains(t, page.String(), "<script")
	require.Contains(t, page.String(), "&lt;script&gt;alert(1)")
	require.Contains(t, page.String(), "amount in EUR")
	require.Contains(t, page.String(), "amount in USD")
	require.Equal(t, strings.Count(page.String(), "<svg"), 2)
}

func TestShare(t *testing.T) {
	for _, test := range []struct{ part, whole, of, want int64 }{
		{1, 3, 1000, 333}, {2, 3, 1000, 667}, {-1, 2, 1, -1}, {1, 2, 1, 1}, {5, 0, 100, 0}, {1 << 62, 1 << 62, 1 << 40, 1 << 40}, {-7, 2, 10, -35},
	} {
		require.Equal(t, test.want, report.Share(test.part, test.whole, test.of), test)
	}
}
