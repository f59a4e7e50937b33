package payout

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// Plan is a run of payments, finished and checked. It is never changed: its id is the SHA-256 of
// its encoding, in which the bytes of every request are frozen. It holds names, amounts and ids,
// and no account numbers.
type Plan struct {
	Version  int           `json:"version"`
	Created  time.Time     `json:"created"`
	Company  Party         `json:"company"`            // whose token made the plan; only that company can execute it
	User     Party         `json:"user"`               // whose token made the plan; empty where the token may not read it
	Account  Party         `json:"account"`            // the business account that pays
	Balance  money.Money   `json:"balance"`            // available there when the plan was made
	Source   string        `json:"source"`             // SHA-256 of the rows; keys and memos derive from it
	RetryOf  string        `json:"retry_of,omitempty"` // id of the run whose failed payments these are
	Totals   []money.Money `json:"totals"`             // of the payments, by currency
	Warnings []Problem     `json:"warnings,omitempty"` // what the approver must have looked at
	Used     DailyUse      `json:"used"`               // of Brex's limits, when the plan was made
	Payments []Payment     `json:"payments"`           // one for each row, in their order
}

// Party is something at Brex with its name.
type Party struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// DailyUse is what was used of what Brex allows, as far as Brex's list shows it: by day, because
// the list has no times.
type DailyUse struct {
	Transfers int `json:"transfers"` // since the day that began at most 48 hours ago
	Wires     int `json:"wires"`     // of these, international wires
	Month     int `json:"month"`     // transfers of 30 days
}

// Payment is one row of a plan.
type Payment struct {
	Row        Row              `json:"row"`
	Vendor     Party            `json:"vendor"`
	Instrument string           `json:"instrument"` // id of the vendor's payment account
	Type       brex.PaymentType `json:"type"`       // how the money travels
	// Details is a short digest of the payment account's details, by which a later plan sees that
	// they have changed.
	Details string `json:"details"`
	// First is set when neither Brex's list nor an earlier run has a payment to the vendor.
	First bool   `json:"first,omitempty"`
	Memo  string `json:"memo"` // the reference and a mark by which the transfer is found again
	// Manual is set when the request asks for approval in Brex. Whether that is another person
	// depends on the company's settings there: an admin can by default approve his own.
	Manual  bool           `json:"manual"`
	Request *brex.Prepared `json:"request"`
}

// planVersion is the form of plans that this version of the package reads and writes.
const planVersion = 1

// planLife is how long a plan that was never started can be: its checks are as old as it is.
const planLife = 7 * 24 * time.Hour

// ErrPlan is a plan that cannot be trusted: damaged, changed by hand, or of another version.
var ErrPlan = errors.New("payout: the plan cannot be used")

// Encode is the plan as JSON, the same bytes each time.
func (p *Plan) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // it would change the bytes of the requests
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	return b.Bytes(), nil
}

// DecodePlan reads what Encode wrote, and nothing else: every key, memo, total and request is
// checked against the rows.
func DecodePlan(data []byte) (*Plan, error) {
	p := new(Plan)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if err := p.verify(); err != nil {
		return nil, err
	}
	again, err := p.Encode()
	if err == nil && !bytes.Equal(again, data) {
		err = fmt.Errorf("%w: it was changed after it was made", ErrPlan)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// ID is the id of the run: the SHA-256 of the encoded plan, in hex.
func (p *Plan) ID() (string, error) {
	data, err := p.Encode()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

// verify checks that the plan says the same everywhere: what a person reads is what is sent.
func (p *Plan) verify() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s", ErrPlan, fmt.Sprintf(format, args...))
	}
	if p == nil {
		return bad("there is none")
	}
	rows := make([]Row, len(p.Payments))
	for i := range p.Payments {
		rows[i] = p.Payments[i].Row
	}
	totals, err := totalsOf(rows)
	switch {
	case p.Version != planVersion:
		return bad("it has version %d, this program knows version %d", p.Version, planVersion)
	case len(rows) == 0 || len(rows) > MaxRows:
		return bad("it has %s", count(len(rows), "payment"))
	case err != nil:
		return bad("%v", err)
	case fmt.Sprint(totals) != fmt.Sprint(p.Totals):
		return bad("its totals are not those of its payments")
	case p.Source != source(rows, p.RetryOf):
		return bad("its rows are not those it was made of")
	}
	for i := range p.Payments {
		if field := p.Payments[i].mismatch(p, i+1); field != "" {
			return bad("row %d: %s is not what the row asks for", i+1, field)
		}
	}
	return nil
}

// mismatch names what of a payment is not as the row and the plan have it, or "".
func (y *Payment) mismatch(p *Plan, row int) string {
	r := y.Request
	if r == nil || r.Operation == nil || r.Operation.ID != "createTransfer" ||
		r.Method != r.Operation.Method || r.Path != r.Operation.Path || r.Query != "" {
		return "the request"
	}
	var body struct {
		Counterparty struct {
			Type       string `json:"type"`
			Instrument string `json:"payment_instrument_id"`
		} `json:"counterparty"`
		Amount  money.Money `json:"amount"`
		Memo    string      `json:"external_memo"`
		Account struct {
			Type string `json:"type"`
			ID   string `json:"id"`
		} `json:"originating_account"`
		Approval    brex.ApprovalType `json:"approval_type"`
		Description string            `json:"description"`
	}
	dec := json.NewDecoder(bytes.NewReader(r.Body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return "the request's body"
	}
	switch {
	case r.Key != keyOf(p.Source, row):
		return "the idempotency key"
	case y.Memo != memoOf(y.Row.Reference, p.Source, row), body.Memo != y.Memo:
		return "the memo"
	case body.Counterparty.Type != string(brex.CounterpartyTypeVendor),
		body.Counterparty.Instrument != y.Instrument:
		return "the payment instrument"
	case !body.Amount.Equal(y.Row.Amount), body.Amount.Sign() <= 0:
		return "the amount"
	case body.Description != y.Row.description():
		return "the description"
	case body.Account.ID != p.Account.ID,
		body.Account.Type != string(brex.OriginatingAccountTypeBrexCash):
		return "the account"
	case (body.Approval == brex.ApprovalTypeManual) != y.Manual:
		return "the approval"
	}
	return ""
}

// totalsOf adds the amounts by currency, in the order in which the currencies appear.
func totalsOf(rows []Row) ([]money.Money, error) {
	var totals []money.Money
	at := map[string]int{}
	for i, r := range rows {
		code := r.Amount.Currency.Code()
		j, seen := at[code]
		if !seen {
			j = len(totals)
			at[code] = j
			totals = append(totals, money.New(0, r.Amount.Currency))
		}
		sum, err := totals[j].Add(r.Amount)
		if err != nil {
			return nil, fmt.Errorf("row %d: the total is too large: %w", i+1, err)
		}
		totals[j] = sum
	}
	return totals, nil
}

// Approval says who ran the approving command on which plan. It is a note, not a control: whoever
// can write the journal can make one, and nothing shows that he is another person than the author.
type Approval struct {
	Name      string `json:"name"`                 // as the approver gave it
	Warnings  int    `json:"warnings"`             // how many of the plan's warnings he was shown
	PublicKey []byte `json:"public_key,omitempty"` // Ed25519, empty without a signature
	Signature []byte `json:"signature,omitempty"`  // of the run's id, the name and the number of warnings
}
