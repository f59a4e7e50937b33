package payout

import (
	"errors"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Event is what a record of a journal reports.
type Event string

// The events of a run.
const (
	EventApproved Event = "APPROVED" // somebody approved the plan; see Approval
	EventStarted  Event = "STARTED"  // an execution or a reconciliation began
	EventRow      Event = "ROW"      // a payment has another state
	EventStopped  Event = "STOPPED"  // an execution ended early, Reason says why; it can be repeated
	EventHalted   Event = "HALTED"   // nothing may be sent in this run any more, Reason says why
)

// Record is one entry of a journal. It holds no secret.
type Record struct {
	At       time.Time           `json:"at"`
	Run      string              `json:"run"` // id of the plan
	Event    Event               `json:"event"`
	Row      int                 `json:"row,omitempty"` // from 1
	State    State               `json:"state,omitempty"`
	Attempt  int                 `json:"attempt,omitempty"`
	Transfer string              `json:"transfer,omitempty"` // id at Brex
	Status   brex.TransferStatus `json:"status,omitempty"`   // as Brex returned it
	Done     bool                `json:"done,omitempty"`     // Brex reported success in a response that could not be used
	Scans    int                 `json:"scans,omitempty"`    // how often the list was read
	Listed   int                 `json:"listed,omitempty"`   // how many transfers it had
	Code     string              `json:"code,omitempty"`     // of Brex's error, or a cancellation reason
	Reason   string              `json:"reason,omitempty"`
	Approval *Approval           `json:"approval,omitempty"`
}

// ErrJournal is a journal that cannot be trusted or written. Nothing is sent on it.
var ErrJournal = errors.New("payout: the journal cannot be used")
