package payout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// PlanOptions says what a plan must keep to. The zero value pays from the primary business account,
// asks for approval in Brex of every payment, and has no limits.
type PlanOptions struct {
	// Account is the id of the business account that pays, the primary one when empty.
	Account string
	// Totals are control totals, one for each currency of the rows: what the sums must be. Nil does
	// not check.
	Totals []money.Money
	// MaxPayment, MaxVendor and MaxRun are the largest amounts of one payment, of all payments to
	// one vendor and of all payments. A zero amount is not a limit; one in another currency than a
	// row's is an error.
	MaxPayment, MaxVendor, MaxRun money.Money
	// ManualFrom is the amount from which payments ask for approval in Brex (approval_type MANUAL).
	// Zero is every payment.
	ManualFrom money.Money
	// Earlier are the runs made before, of which duplicates are looked for. See Dir.
	Earlier []*Report
	// RetryOf is the run whose failed payments the rows are, made by its RetryRows. Nil for new
	// rows.
	RetryOf *Report
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Lengths of a memo, in characters.
const (
	maxMemo       = 90
	maxChequeMemo = 40
)

// NewPlan checks the rows against the company's vendors, account, limits and earlier payments, and
// makes a plan of them. Nothing is sent except reads. Whatever forbids the run is in the error, a
// Problems; whatever somebody should look at first is in the plan's Warnings.
//
// It calls getCompany, getMe, listAccounts, listVendors and listTransfers.
func NewPlan(ctx context.Context, client Client, rows []Row, opts PlanOptions) (*Plan, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	rows = slices.Clone(rows)
	p := &planner{client: client, opts: opts, warned: map[int]bool{},
		plan: &Plan{Version: planVersion, Created: opts.Now().UTC()}}
	if p.checkRows(rows); len(p.problems) > 0 {
		return nil, p.problems
	}
	if err := p.read(ctx); err != nil {
		return nil, err
	}
	for i, r := range rows {
		p.resolve(i+1, r)
	}
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	p.checkAmounts()
	if err := p.checkHistory(ctx); err != nil {
		return nil, err
	}
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	if err := p.prepare(); err != nil {
		return nil, err
	}
	return p.plan, p.plan.verify()
}

type planner struct {
	client   Client
	opts     PlanOptions
	plan     *Plan
	vendors  map[string][]*brex.Vendor // by id and by name
	earlier  map[string]string         // of a vendor's instrument, the last run's digest of its details
	warned   map[int]bool              // rows of which the amount was paid before
	problems Problems
}

func (p *planner) fail(row int, column, format string, args ...any) {
	p.problems.add(row, p.line(row), column, format, args...)
}

func (p *planner) warn(row int, column, format string, args ...any) {
	list := Problems(p.plan.Warnings)
	list.add(row, p.line(row), column, format, args...)
	p.plan.Warnings = list
}

// paidBefore warns once for a row that something of the same amount was paid to its vendor.
func (p *planner) paidBefore(row int, format string, args ...any) {
	if !p.warned[row] {
		p.warned[row] = true
		p.warn(row, "amount", format, args...)
	}
}

func (p *planner) line(row int) int {
	if row < 1 || row > len(p.plan.Payments) {
		return 0
	}
	return p.plan.Payments[row-1].Row.Line
}

// checkRows is what can be said of rows alone.
func (p *planner) checkRows(rows []Row) {
	if len(rows) == 0 || len(rows) > MaxRows {
		p.fail(0, "", "a run has 1 to %d payments, not %d", MaxRows, len(rows))
		return
	}
	for _, r := range append(slices.Clone(p.opts.Earlier), p.opts.RetryOf) {
		if r != nil && (r.Plan == nil || len(r.Lines) != len(r.Plan.Payments)) {
			p.fail(0, "", "Earlier and RetryOf take reports that ReadReport, Dir or Execute returned")
			return
		}
	}
	if p.opts.RetryOf != nil {
		p.plan.RetryOf = p.opts.RetryOf.ID
	}
	p.plan.Payments = make([]Payment, len(rows))
	for i, r := range rows {
		r.Amount = money.New(r.Amount.Amount, r.Amount.Currency)
		p.plan.Payments[i].Row = r
		rows[i] = r
		for column, text := range map[string]string{"vendor": r.Vendor, "reference": r.Reference} {
			if text == "" {
				p.fail(i+1, column, "is empty")
			}
		}
		ascii := map[string]string{"reference": r.Reference, "description": r.Description}
		for column, text := range ascii {
			if bad := notPrintable(text); bad != "" {
				p.fail(i+1, column, "has %s; Brex takes printable ASCII only", bad)
			}
		}
		if r.Amount.Sign() <= 0 {
			p.fail(i+1, "amount", "%v is not above zero", r.Amount)
		}
	}
	p.plan.Source = source(rows, p.plan.RetryOf)
	var err error
	if p.plan.Totals, err = totalsOf(rows); err != nil {
		p.fail(0, "amount", "%v", err)
	}
}

// notPrintable names the first character that is not printable ASCII.
func notPrintable(s string) string {
	for _, r := range s {
		if r == utf8.RuneError || r < ' ' || r > '~' {
			return fmt.Sprintf("the character %q", r)
		}
	}
	return ""
}

func (p *planner) read(ctx context.Context) error {
	c, err := company(ctx, p.client)
	if err != nil {
		return err
	}
	user, err := get[brex.User](ctx, p.client, "getMe", nil)
	switch {
	case err == nil:
		p.plan.User = Party{user.ID, strings.TrimSpace(user.FirstName + " " + user.LastName)}
	case !errors.Is(err, brex.ErrForbidden):
		return err
	}
	a, err := account(ctx, p.client, p.opts.Account)
	if err != nil {
		return err
	}
	p.plan.Company = Party{c.ID, c.LegalName}
	p.plan.Account = Party{a.ID, a.Name}
	p.plan.Balance = money.New(a.AvailableBalance.Amount, a.AvailableBalance.Currency)
	p.vendors = map[string][]*brex.Vendor{}
	return all(ctx, p.client, "listVendors", func(v brex.Vendor) error {
		p.vendors[v.ID] = append(p.vendors[v.ID], &v)
		if v.CompanyName != "" && v.CompanyName != v.ID {
			p.vendors[v.CompanyName] = append(p.vendors[v.CompanyName], &v)
		}
		return nil
	})
}

// resolve finds who is paid, and by which of their accounts.
func (p *planner) resolve(row int, r Row) {
	found := p.vendors[r.Vendor]
	ids := map[string]bool{}
	for _, v := range found {
		ids[v.ID] = true // a list can repeat an item
	}
	switch {
	case len(ids) == 0:
		p.fail(row, "vendor", "%q is neither the id nor the exact name of a vendor%s", r.Vendor,
			p.withZeros(r.Vendor))
		return
	case len(ids) > 1:
		p.fail(row, "vendor", "%d vendors have the name %q; write the id of one of them", len(ids),
			r.Vendor)
		return
	}
	v := found[0]
	var fits []instrument
	var have []string
	for _, acc := range v.PaymentAccounts {
		in, ok := instrumentOf(acc)
		if !ok {
			continue
		}
		have = append(have, string(in.kind)+" "+in.id)
		if r.Method == "" || r.Method == string(in.kind) || r.Method == in.id {
			fits = append(fits, in)
		}
	}
	choice := "it has none"
	if len(have) > 0 {
		choice = "it has " + strings.Join(have, ", ")
	}
	switch {
	case len(fits) == 0:
		p.fail(row, "method", "%q has no payment account %s; %s", v.CompanyName, r.Method, choice)
	case len(fits) > 1:
		p.fail(row, "method", "%q can be paid in several ways; write which: %s", v.CompanyName,
			choice)
	default:
		y := &p.plan.Payments[row-1]
		y.Vendor = Party{v.ID, v.CompanyName}
		y.Instrument, y.Type, y.Details = fits[0].id, fits[0].kind, fits[0].digest
	}
}

// withZeros says that a name would be one with zeros before it.
func (p *planner) withZeros(name string) string {
	for n := 1; n <= 8 && name != "" && onlyDigits(name); n++ {
		if whole := strings.Repeat("0", n) + name; len(p.vendors[whole]) > 0 {
			return fmt.Sprintf("; %q is: a spreadsheet has removed the zeros", whole)
		}
	}
	return ""
}

type instrument struct {
	id     string
	kind   brex.PaymentType
	digest string
}

func instrumentOf(acc brex.PaymentAccount) (instrument, bool) {
	id, ok := brex.PaymentInstrumentID(acc)
	raw, err := acc.Details.Raw()
	if !ok || err != nil {
		return instrument{}, false
	}
	var kind brex.PaymentType
	switch d := acc.Details.Value().(type) {
	case brex.ACHDetailsResponse:
		kind = brex.PaymentType(d.Type)
	case brex.DomesticWireDetailsResponse:
		kind = brex.PaymentType(d.Type)
	case brex.ChequeDetailsResponse:
		kind = brex.PaymentType(d.Type)
	case brex.InternationalWireDetailsResponse:
		kind = brex.PaymentType(d.Type)
	case brex.Unknown:
		kind = brex.PaymentType(d.Type)
	}
	// 32 bits show a change, and are too few to find an account number by trying them all.
	sum := sha256.Sum256(append([]byte(id+"\n"), raw...))
	return instrument{id, kind, hex.EncodeToString(sum[:4])}, true
}

// prepare freezes the requests.
func (p *planner) prepare() error {
	for i := range p.plan.Payments {
		y := &p.plan.Payments[i]
		request := brex.CreateTransferRequest{
			Counterparty:       brex.CounterpartyVendor(y.Instrument),
			Amount:             y.Row.Amount,
			Description:        y.Row.description(),
			ExternalMemo:       y.Memo,
			OriginatingAccount: brex.OriginatingAccountCash(p.plan.Account.ID),
		}
		if y.Manual {
			request.ApprovalType = brex.ApprovalTypeManual
		}
		var err error
		key := brex.WithIdempotencyKey(keyOf(p.plan.Source, i+1))
		if y.Request, err = p.client.Prepare("createTransfer", request, key); err != nil {
			p.fail(i+1, "", "%v", err)
		}
	}
	return p.problems.orNil()
}
