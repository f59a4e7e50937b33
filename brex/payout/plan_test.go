package payout

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

func TestPlanIsFrozen(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	rows := invoices(t, c, 4)
	rows[1].Description = `"<paper>" & more`
	plan, err := NewPlan(background, c, rows,
		PlanOptions{Now: clock(s), ManualFrom: money.New(1002, "USD")})
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, true, true},
		[]bool{plan.Payments[0].Manual, plan.Payments[1].Manual, plan.Payments[2].Manual,
			plan.Payments[3].Manual})
	data, err := plan.Encode()
	require.NoError(t, err)
	again, err := DecodePlan(data)
	require.NoError(t, err)
	require.Equal(t, plan.Payments[1].Request.Body, again.Payments[1].Request.Body)
	id, err := plan.ID()
	require.NoError(t, err)
	idAgain, err := again.ID()
	require.NoError(t, err)
	require.Equal(t, id, idAgain)

	// The same rows have the same keys and memos in every plan, and other rows others.
	second, err := NewPlan(background, c, invoices(t, c, 4), PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	require.NotEqual(t, plan.Source, second.Source)
	third, err := NewPlan(background, c, invoices(t, c, 4), PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	require.Equal(t, second.Payments[0].Request.Key, third.Payments[0].Request.Key)
	require.Equal(t, second.Payments[0].Memo, third.Payments[0].Memo)

	// Whatever is changed by hand is noticed, in what a person reads and in what is sent.
	for _, change := range [][2]string{
		{`"amount":1000`, `"amount":100`}, {"INV-0001", "INV-0009"}, {`\"amount\":1001`,
			`\"amount\":1003`}, {plan.Payments[0].Instrument, plan.Payments[1].Instrument},
		{plan.Payments[0].Request.Key, plan.Payments[1].Request.Key}, {`"manual":false`,
			`"manual":true`}, {`"version":1`, `"version":2`}, {plan.Account.ID, "other"},
		{`"created"`, `"extra":1,"created"`}, {`{"version"`, ` {"version"`}, {"\n", "\n{}"},
	} {
		changed := bytes.ReplaceAll(data, []byte(change[0]), []byte(change[1]))
		if change[0] != plan.Account.ID { // which is a plan of its own when it is changed everywhere
			changed = bytes.Replace(data, []byte(change[0]), []byte(change[1]), 1)
		}
		require.NotEqual(t, string(data), string(changed), change)
		p, err := DecodePlan(changed)
		if err == nil { // then it is another run, which nobody has approved
			other, err := p.ID()
			require.NoError(t, err)
			require.NotEqual(t, id, other)
			require.Equal(t, plan.Account.ID, change[0])
			continue
		}
		require.ErrorIs(t, err, ErrPlan, change)
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	vendors, err := brex.Collect(c.Vendors.All(background, brex.VendorListParams{}))
	require.NoError(t, err)
	var several, none, cheque string
	for _, v := range vendors {
		switch {
		case len(v.PaymentAccounts) == 0:
			none = v.ID
		case len(v.PaymentAccounts) > 1:
			several = v.ID
		default:
			if in, _ := instrumentOf(v.PaymentAccounts[0]); in.kind == brex.PaymentTypeCheque {
				cheque = v.ID
			}
		}
	}
	usd := func(cents int64) money.Money { return money.New(cents, "USD") }
	for name, tc := range map[string]struct {
		change func(*Row)
		opts   PlanOptions
		want   string
	}{
		"unknown vendor": {func(r *Row) { r.Vendor = "Nobody Ltd" }, PlanOptions{},
			`row 2, column vendor: "Nobody Ltd" is neither the id nor the exact name`},
		"several accounts": {func(r *Row) { r.Vendor, r.Method = several, "" }, PlanOptions{},
			"can be paid in several ways; write which: it has ACH"},
		"no account": {func(r *Row) { r.Vendor, r.Method = none, "" }, PlanOptions{},
			"has no payment account"},
		"another's instrument": {func(r *Row) { r.Vendor = several }, PlanOptions{},
			"has no payment account"},
		"memo of a cheque": {func(r *Row) {
			r.Vendor, r.Method, r.Reference = cheque, "",
				strings.Repeat("R", 29)
		}, PlanOptions{}, "a payment by CHEQUE has room for 28"},
		"memo": {func(r *Row) { r.Reference = strings.Repeat("R", 79) },
			PlanOptions{}, "has room for 78"},
		"not ASCII": {func(r *Row) { r.Reference = "Rechnung Müller" }, PlanOptions{},
			`column reference: has the character 'ü'`},
		"line break": {func(r *Row) { r.Description = "a\nb" }, PlanOptions{},
			`column description: has the character '\n'`},
		"no reference": {func(r *Row) { r.Reference = "" }, PlanOptions{}, "is empty"},
		"zero": {func(r *Row) { r.Amount.Amount = 0 }, PlanOptions{},
			"is not above zero"},
		"negative": {func(r *Row) { r.Amount.Amount = -5 }, PlanOptions{},
			"is not above zero"},
		"currency": {func(r *Row) { r.Amount.Currency = "EUR" }, PlanOptions{},
			"EUR cannot be paid from"},
		"same reference": {func(r *Row) {
			r.Vendor, r.Method, r.Reference = "ROW1", "",
				"INV-0000"
		}, PlanOptions{}, `already in row 1`},
		"too large": {func(*Row) {}, PlanOptions{MaxPayment: usd(1000)},
			"10.01 USD is more than 10.00 USD"},
		"too much for one": {func(r *Row) { r.Vendor, r.Method = "ROW1", "" },
			PlanOptions{MaxVendor: usd(2000)}, "may get in this run"},
		"too much": {func(*Row) {}, PlanOptions{MaxRun: usd(3002)},
			"the largest run allowed"},
		"limit's currency": {func(*Row) {}, PlanOptions{MaxRun: money.New(1, "EUR")},
			"another currency"},
		"control total": {func(*Row) {}, PlanOptions{Totals: []money.Money{usd(3004)}},
			"the control total is 30.04 USD, and the rows add up to 30.03 USD"},
		"total's currency": {func(*Row) {},
			PlanOptions{Totals: []money.Money{usd(3003), money.New(1, "EUR")}}, "no row is in EUR"},
		"no control total": {func(*Row) {}, PlanOptions{Totals: []money.Money{}},
			"there is no control total in USD"},
		"balance": {func(r *Row) { r.Amount = usd(900_000_000_000) }, PlanOptions{},
			"the total is"},
		"account": {func(*Row) {}, PlanOptions{Account: "nope"},
			`there is no business account "nope"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := invoices(t, c, 3)
			tc.change(&rows[1])
			if rows[1].Vendor == "ROW1" {
				rows[1].Vendor = rows[0].Vendor
			}
			tc.opts.Now = clock(s)
			_, err := NewPlan(background, c, rows, tc.opts)
			var problems Problems
			require.ErrorAs(t, err, &problems)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err = NewPlan(background, c, nil, PlanOptions{})
	require.ErrorContains(t, err, "1 to 10000 payments, not 0")
	require.Empty(t, transfers(t, s))
}

// All problems are reported at once, and a name that two vendors have is none.
func TestPlanReportsAll(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	for i := range 2 {
		_, err := c.Vendors.Create(background, brex.CreateVendorRequest{CompanyName: "Twin Inc"},
			brex.WithIdempotencyKey(fmt.Sprint("twin", i)))
		require.NoError(t, err)
	}
	rows := invoices(t, c, 3)
	rows[0].Vendor, rows[2].Vendor = "Twin Inc", "Nobody"
	_, err := NewPlan(background, c, rows, PlanOptions{Now: clock(s)})
	require.ErrorContains(t, err, "2 problems")
	require.ErrorContains(t, err, `row 1, column vendor: 2 vendors have the name "Twin Inc"`)
	require.ErrorContains(t, err, "row 3")
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 5)
	report, err := ReadReport(background, plan, journal)
	require.NoError(t, err)
	_, err = NewPlan(background, c, invoices(t, c, 5),
		PlanOptions{Now: clock(s), Earlier: []*Report{report}})
	require.NoError(t, err, "not started: this plan takes its place")

	report, err = Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	// The same file again, with the journal and without.
	_, err = NewPlan(background, c, invoices(t, c, 5),
		PlanOptions{Now: clock(s), Earlier: []*Report{report}})
	require.ErrorContains(t, err, "already: resume that one")
	_, err = NewPlan(background, c, invoices(t, c, 5), PlanOptions{Now: clock(s)})
	require.ErrorContains(t, err, "has the memo of this payment already")
	// One invoice in another file.
	rows := invoices(t, c, 5)[3:4]
	rows[0].Amount.Amount = 77
	_, err = NewPlan(background, c, rows, PlanOptions{Now: clock(s), Earlier: []*Report{report}})
	require.ErrorContains(t, err, `already in run `)
	_, err = NewPlan(background, c, rows, PlanOptions{Now: clock(s)})
	require.ErrorContains(t, err, `has the reference "INV-0003" already`)
	// The same amount to the same vendor is for a person to judge.
	rows = invoices(t, c, 5)[2:4]
	rows[0].Reference, rows[1].Reference = "NEW-1", "NEW-2"
	rows = append(rows, rows[0])
	rows[2].Reference = "NEW-3"
	for _, earlier := range [][]*Report{nil, {report}} {
		second, err := NewPlan(background, c, rows, PlanOptions{Now: clock(s), Earlier: earlier})
		require.NoError(t, err)
		require.Len(t, second.Warnings, 4)
		require.Contains(t, second.Warnings[0].String(), "already in row 1")
		require.False(t, second.Payments[0].First)
	}
	s.Advance(31 * 24 * time.Hour)
	second, err := NewPlan(background, c, rows,
		PlanOptions{Now: clock(s), Earlier: []*Report{report}})
	require.NoError(t, err)
	require.Len(t, second.Warnings, 1)
}

func TestBankDetailsChanged(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 2)
	require.True(t, plan.Payments[0].First)
	report, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	rows := invoices(t, c, 2)
	rows[0].Reference, rows[0].Amount.Amount, rows[1].Reference, rows[1].Amount.Amount = "N1", 5, "N2", 6
	report.Plan.Payments[0].Details = "00000000" // as if Brex had other details then
	again, err := NewPlan(background, c, rows,
		PlanOptions{Now: clock(s), Earlier: []*Report{report}})
	require.NoError(t, err)
	require.Len(t, again.Warnings, 1)
	require.Contains(t, again.Warnings[0].String(), "bank details")
	require.Equal(t, 1, again.Warnings[0].Row)
}

func TestLimitsAreCounted(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, journal := planned(t, s, c, 20)
	_, err := Execute(background, c, plan, journal, quick(s))
	require.NoError(t, err)
	rows := invoices(t, c, 1001)
	for i := range rows {
		rows[i].Reference = fmt.Sprint("NEXT-", i)
	}
	for _, tc := range []struct {
		after time.Duration
		used  DailyUse
	}{{time.Hour, DailyUse{20, 0, 20}}, {49 * time.Hour, DailyUse{0, 0, 20}}, {31 * 24 * time.Hour,
		DailyUse{}}} {
		s.Advance(tc.after)
		next, err := NewPlan(background, c, slices.Clone(rows), PlanOptions{Now: clock(s)})
		require.NoError(t, err)
		require.Equal(t, tc.used, next.Used)
		last := next.Warnings[len(next.Warnings)-2:]
		require.Contains(t, last[0].String(), "continued on the next day")
		require.Contains(t, last[1].String(), "asks to be contacted")
	}
	next, err := NewPlan(background, c, rows[:900], PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	for _, w := range next.Warnings {
		require.NotZero(t, w.Row, w)
	}
}

func TestApprove(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	plan, err := NewPlan(background, c, invoices(t, c, 2), PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	journal := NewFileJournal(filepath.Join(t.TempDir(), "j"))
	require.Error(t, Approve(background, plan, journal, "", 0, key))
	require.Error(t, Approve(background, plan, journal, "Ada", 0, key[:7]))
	require.NoError(t, Approve(background, plan, journal, "Ada", 0, key))
	report, err := ReadReport(background, plan, journal)
	require.NoError(t, err)
	require.Equal(t, "Ada", report.Approvals[0].Name)

	forged := report.Approvals[0]
	forged.Name = "Grace"
	id, err := plan.ID()
	require.NoError(t, err)
	other := NewFileJournal(filepath.Join(t.TempDir(), "j"))
	locked, err := other.Lock(background)
	require.NoError(t, err)
	require.NoError(t, locked.Append(background,
		Record{Run: id, Event: EventApproved, Approval: &forged}))
	require.NoError(t, locked.Close())
	_, err = Execute(background, c, plan, other, quick(s))
	require.ErrorIs(t, err, ErrNotApproved)
	require.ErrorContains(t, err, "signature")
}

func TestDir(t *testing.T) {
	t.Parallel()
	s := sandbox(t)
	c := connect(t, s)
	path := filepath.Join(t.TempDir(), "runs")
	dir, err := OpenDir(path)
	require.NoError(t, err)
	plan, err := NewPlan(background, c, invoices(t, c, 3), PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	require.NoError(t, dir.Save(background, plan))
	newer, err := NewPlan(background, c, invoices(t, c, 3),
		PlanOptions{Now: clock(s), ManualFrom: money.New(1, "USD")})
	require.NoError(t, err)
	require.NoError(t, dir.Save(background, newer), "nobody had approved it")
	plan2, err := NewPlan(background, c, invoices(t, c, 2), PlanOptions{Now: clock(s)})
	require.NoError(t, err)
	require.NoError(t, dir.Save(background, plan2))
	reports, err := dir.Reports(background)
	require.NoError(t, err)
	require.Len(t, reports, 2)

	id, err := plan2.ID()
	require.NoError(t, err)
	loaded, err := dir.Load(id[:6])
	require.NoError(t, err)
	journal, err := dir.Journal(loaded)
	require.NoError(t, err)
	require.NoError(t, Approve(background, loaded, journal, "Ada", 0, nil))
	require.NoError(t, dir.Save(background, plan2), "nothing was sent")
	_, err = Execute(background, c, plan2, journal, quick(s))
	require.ErrorIs(t, err, ErrNotApproved, "its approval has gone")
	require.NoError(t, Approve(background, plan2, journal, "Ada", 0, nil))
	locked, err := journal.Lock(background)
	require.NoError(t, err)
	require.ErrorIs(t, dir.Save(background, plan2), ErrLocked)
	require.NoError(t, locked.Close())
	_, err = Execute(background, c, plan2, journal, quick(s))
	require.NoError(t, err)
	require.ErrorContains(t, dir.Save(background, plan2), "go on with "+id[:nameLength])
	_, err = dir.Load("abc")
	require.ErrorContains(t, err, "too short")
	_, err = dir.Load("zzzz")
	require.ErrorContains(t, err, "no run")
}

// A plan of 5,000 rows is checked in little more time than its lists take.
func BenchmarkPlan5000(b *testing.B) {
	s := sandbox(b)
	c := connect(b, s)
	rows := invoices(b, c, 5000)
	for b.Loop() {
		_, err := NewPlan(background, c, slices.Clone(rows), PlanOptions{Now: clock(s)})
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			b.Fatal(err)
		}
		require.NoError(b, err)
	}
}
