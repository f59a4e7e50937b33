package payout

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// MaxRows is how many payments a run can have.
const MaxRows = 10_000

// Row is one payment as the source asks for it. Its text must be ASCII.
type Row struct {
	// Line is where the row begins in its file, for messages; 0 where there is no file.
	Line int `json:"line,omitempty"`
	// Vendor is the id of a vendor, or its exact name where only one vendor has it.
	Vendor string `json:"vendor"`
	// Method is a payment type (ACH, DOMESTIC_WIRE, CHEQUE, INTERNATIONAL_WIRE) or the id of a
	// payment instrument of the vendor. It may be empty where the vendor has a single payment
	// account.
	Method string `json:"method,omitempty"`
	// Amount is what the vendor gets, above zero, in minor units.
	Amount money.Money `json:"amount"`
	// Reference is your name for the payment, such as an invoice number. The receiver sees it, and
	// no vendor may have it twice.
	Reference string `json:"reference"`
	// Description is for Brex's dashboard, the reference where it is empty.
	Description string `json:"description,omitempty"`
}

func (r Row) description() string {
	if r.Description == "" {
		return r.Reference
	}
	return r.Description
}

// Problem is a reason not to pay, or with a plan's Warnings a reason to look before paying.
type Problem struct {
	Row     int    `json:"row,omitempty"`    // number of the payment, from 1; 0 for the whole
	Line    int    `json:"line,omitempty"`   // line in the file, 0 where there is none
	Column  string `json:"column,omitempty"` // name of the column in the file, or of the field of Row
	Message string `json:"message"`
}

// String names the place and the reason.
func (p Problem) String() string {
	var place []string
	switch {
	case p.Line > 0:
		place = append(place, "line "+strconv.Itoa(p.Line))
	case p.Row > 0:
		place = append(place, "row "+strconv.Itoa(p.Row))
	}
	if p.Column != "" {
		place = append(place, "column "+strings.Trim(strconv.Quote(p.Column), `"`)) // a header can hold anything
	}
	if len(place) == 0 {
		return p.Message
	}
	return strings.Join(place, ", ") + ": " + p.Message
}

// Problems are all that was found, so that a file is corrected once. It is the error of ReadCSV and
// NewPlan.
type Problems []Problem

// Error lists the first problems and counts the rest.
func (p Problems) Error() string {
	const most = 20
	var b strings.Builder
	fmt.Fprintf(&b, "payout: %s", count(len(p), "problem"))
	for i, one := range p {
		if i == most {
			fmt.Fprintf(&b, "\n  and %d more", len(p)-most)
			break
		}
		b.WriteString("\n  " + one.String())
	}
	return b.String()
}

func (p *Problems) add(row int, line int, column, format string, args ...any) {
	*p = append(*p, Problem{Row: row, Line: line, Column: column,
		Message: fmt.Sprintf(format, args...)})
}

// orNil is the problems as an error, nil when there are none.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// source is the SHA-256 of the canonical rows, in hex. What a row pays counts, where it stood in
// the file does not. A run that repeats the failed rows of another one has the other one's id in
// it, so that its keys and memos are new.
func source(rows []Row, retryOf string) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	_ = enc.Encode([]string{"brex payout rows 1", retryOf}) // a hash accepts everything
	for _, r := range rows {
		r.Line = 0
		r.Amount = money.New(r.Amount.Amount, r.Amount.Currency)
		_ = enc.Encode(r)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// keyOf is the idempotency key of a row.
func keyOf(source string, row int) string {
	return brex.KeyFrom("payout", source,
		strconv.Itoa(row))
}

// memoOf is the external memo of a row: the user's reference and a mark that no other payment has,
// by which it is found again.
func memoOf(reference, source string, row int) string {
	sum := sha256.Sum256([]byte("brex payout memo 1\n" + source + "\n" + strconv.Itoa(row)))
	return reference + " #" + base32.StdEncoding.EncodeToString(sum[:])[:markLength]
}

// markLength is how long the mark in a memo is: 50 bits.
const markLength = 10

// referenceOf is the user's part of a memo, whichever run wrote it.
func referenceOf(memo string) string {
	if i := len(memo) - markLength - 2; i >= 0 && memo[i:i+2] == " #" {
		return memo[:i]
	}
	return memo
}
