package payout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/money"
)

// Report is a run as its journal has it.
type Report struct {
	ID        string     `json:"run"`
	Plan      *Plan      `json:"-"`
	Company   Party      `json:"company"`
	Account   Party      `json:"account"`
	Source    string     `json:"source"`
	RetryOf   string     `json:"retry_of,omitempty"`
	Created   time.Time  `json:"created"`
	Approvals []Approval `json:"approvals"`         // notes of who ran the command, see Approval
	Started   bool       `json:"started"`           // something was sent
	Stopped   string     `json:"stopped,omitempty"` // why the last execution ended early
	Halted    string     `json:"halted,omitempty"`  // why nothing may be sent any more
	Sums      []Sum      `json:"sums"`              // by currency
	Lines     []Line     `json:"payments"`          // one for each row, in their order
}

// Line is one payment of a report.
type Line struct {
	Row        int                 `json:"row"`
	Reference  string              `json:"reference"`
	Vendor     Party               `json:"vendor"`
	Instrument string              `json:"instrument"`
	Type       brex.PaymentType    `json:"type"`
	Amount     money.Money         `json:"amount"`
	Memo       string              `json:"memo"`
	Manual     bool                `json:"manual"` // approval was asked for in Brex
	Key        string              `json:"idempotency_key"`
	State      State               `json:"state"`
	Attempts   int                 `json:"attempts"`
	Transfer   string              `json:"transfer,omitempty"`
	Status     brex.TransferStatus `json:"status,omitempty"`
	Code       string              `json:"code,omitempty"`
	Reason     string              `json:"reason,omitempty"`
	At         time.Time           `json:"at,omitzero"` // of the last change
}

// Sum is the money of a run in one currency: Planned is the sum of all others.
type Sum struct {
	Planned   money.Money `json:"planned"`
	Unsent    money.Money `json:"unsent"`    // never sent, or certainly without effect
	Refused   money.Money `json:"refused"`   // Brex refused it
	Unknown   money.Money `json:"unknown"`   // may have been made
	Pending   money.Money `json:"pending"`   // made, and Brex has yet to process or approve it
	Processed money.Money `json:"processed"` // paid
	Failed    money.Money `json:"failed"`    // made, and failed, cancelled or not approved
}

// ReadReport reads the report of a run, also while it is executed.
func ReadReport(ctx context.Context, plan *Plan, journal Journal) (*Report, error) {
	records, err := journal.Records(ctx)
	if err != nil {
		return nil, err
	}
	run, err := plan.ID()
	if err != nil {
		return nil, err
	}
	state, err := replay(plan, run, records)
	if err != nil {
		return nil, err
	}
	return (&worker{plan: plan, run: run, state: state}).report()
}

func (w *worker) line(i int) Line {
	row, y := &w.state.rows[i], &w.plan.Payments[i-1]
	return Line{Row: i, Reference: y.Row.Reference, Vendor: y.Vendor, Instrument: y.Instrument,
		Type: y.Type, Amount: y.Row.Amount, Memo: y.Memo,
		Manual: y.Manual, Key: y.Request.Key, State: row.state, Attempts: row.attempts, Transfer: row.transfer, Status: row.last.Status,
		Code: row.last.Code, Reason: row.last.Reason, At: row.last.At}
}

func (w *worker) report() (*Report, error) {
	p, s := w.plan, w.state
	r := &Report{ID: w.run, Plan: p, Company: p.Company, Account: p.Account, Source: p.Source,
		RetryOf: p.RetryOf, Created: p.Created,
		Approvals: []Approval{}, Started: s.started, Stopped: s.stopped, Halted: s.halted}
	for _, rec := range s.approvals {
		r.Approvals = append(r.Approvals, *rec.Approval)
	}
	for i := 1; i < len(s.rows); i++ {
		r.Lines = append(r.Lines, w.line(i))
	}
	for _, total := range p.Totals {
		sum, err := sumOf(r.Lines, total)
		if err != nil {
			return nil, err
		}
		r.Sums = append(r.Sums, sum)
	}
	return r, nil
}

// sumOf adds the lines in the currency of total, and checks that nothing is left out or counted
// twice.
func sumOf(lines []Line, total money.Money) (Sum, error) {
	zero := money.New(0, total.Currency)
	s := Sum{total, zero, zero, zero, zero, zero, zero}
	for _, l := range lines {
		if l.Amount.Currency.Code() != total.Currency.Code() {
			continue
		}
		part := s.part(l.State)
		sum, err := part.Add(l.Amount)
		if err != nil {
			return s, err
		}
		*part = sum
	}
	all, err := money.Sum(s.Unsent, s.Refused, s.Unknown, s.Pending, s.Processed, s.Failed)
	if err == nil && !all.Equal(total) {
		err = fmt.Errorf("payout: the report does not add up: %v was planned, and %v is accounted for", total, all)
	}
	return s, err
}

func (s *Sum) part(state State) *money.Money {
	switch state {
	case Planned:
		return &s.Unsent
	case Refused:
		return &s.Refused
	case Accepted, Found:
		return &s.Pending
	case Processed:
		return &s.Processed
	case Failed:
		return &s.Failed
	}
	return &s.Unknown
}

// Undecided are the payments of which only a person can say whether to send them again.
func (r *Report) Undecided() []Line {
	var lines []Line
	for _, l := range r.Lines {
		if l.State.inDoubt() {
			lines = append(lines, l)
		}
	}
	return lines
}

// RetryRows are the rows of a run that may be paid by another one: those that Brex refused or that
// failed, and where the run is halted also those that were never sent. Payments in doubt are never
// among them. Give the report to NewPlan as RetryOf.
func (r *Report) RetryRows() ([]Row, error) {
	var rows []Row
	for i, l := range r.Lines {
		if l.State == Refused || l.State == Failed || l.State == Planned && r.Halted != "" {
			row := r.Plan.Payments[i].Row
			row.Line = 0
			row.Vendor, row.Method = l.Vendor.ID, l.Instrument
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("payout: no payment of this run was refused or has failed")
	}
	return rows, nil
}
