package webhook

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"

	"github.com/brex-go/sdk/gen/webhooks"
)

// EventType names a kind of event. Brex may add types; they reach the caller as UnknownEvent.
type EventType = webhooks.WebhookEventType

// Types of the fields of events. Their known values are constants of package gen/webhooks, and Brex
// may send others.
type (
	ApplicationStatus          = webhooks.ApplicationStatus
	ExpensePaymentStatus       = webhooks.ExpensePaymentStatus
	ExpensePaymentStatusReason = webhooks.ExpensePaymentStatusReason
	ExpensePaymentType         = webhooks.ExpensePaymentType
	Merchant                   = webhooks.Merchant
	PaymentType                = webhooks.PaymentType
	ProductApplication         = webhooks.ProductApplication
	UserAttributes             = webhooks.UserAttributes
)

// The event types whose payload Brex documents. Each has a Go type of its own; the other types that
// Brex lists, the EMBEDDED and PARTNERSHIP ones, have constants in package gen/webhooks and arrive
// as UnknownEvent.
const (
	TypeReferralCreated                  = webhooks.WebhookEventTypeReferralCreated
	TypeReferralActivated                = webhooks.WebhookEventTypeReferralActivated
	TypeReferralApplicationStatusChanged = webhooks.WebhookEventTypeReferralApplicationStatusChanged
	TypeTransferProcessed                = webhooks.WebhookEventTypeTransferProcessed
	TypeTransferFailed                   = webhooks.WebhookEventTypeTransferFailed
	TypeExpensePaymentUpdated            = webhooks.WebhookEventTypeExpensePaymentUpdated
	TypeUserUpdated                      = webhooks.WebhookEventTypeUserUpdated
	TypeAccountingRecordReadyForExport   = webhooks.WebhookEventTypeAccountingRecordReadyForExport
)

// Event is the event of a delivery: a pointer to one of the event types of this package,
// UnknownEvent included. Use a type switch, or let a Handler call the callback for the type. Only
// this package implements it.
type Event interface {
	// Type returns the event_type.
	Type() EventType
	// Company returns the id of the company that the event is about, as GET /v2/company returns it:
	// partners choose the token by it. It is empty for referral events and for the older form of
	// the accounting event, which name no company.
	Company() string

	payload() any // what is encoded for the event, with its event_type
}

type (
	// ReferralCreated says that a referral was made, by the API or otherwise. Its fields are those
	// of webhooks.ReferralCreatedEvent: EventType and ReferralID.
	ReferralCreated webhooks.ReferralCreatedEvent

	// ReferralActivated says that a referred contact signed up. Its fields are those of
	// webhooks.ReferralActivatedEvent: EventType and ReferralID.
	ReferralActivated webhooks.ReferralActivatedEvent

	// ReferralApplicationStatusChanged says that a referred company's application changed its
	// state. Its fields are those of webhooks.ReferralApplicationStatusChangedEvent: EventType,
	// ReferralID and Application.
	ReferralApplicationStatusChanged webhooks.ReferralApplicationStatusChangedEvent

	// TransferProcessed says that a transfer was processed. Its fields are those of
	// webhooks.TransferProcessedEvent: EventType, TransferID, PaymentType, ReturnForID (the
	// transfer whose money comes back, when this one is a return) and CompanyID.
	TransferProcessed webhooks.TransferProcessedEvent

	// TransferFailed says that a transfer failed. Its fields are those of
	// webhooks.TransferFailedEvent: EventType, TransferID, PaymentType, ReturnForID and CompanyID.
	TransferFailed webhooks.TransferFailedEvent

	// ExpensePaymentUpdated says that the card payment of an expense was made, refused or changed.
	// Its fields are those of webhooks.ExpensePaymentStatusUpdatedEvent: EventType, ExpenseID,
	// PaymentStatus, PaymentStatusReason, PaymentType, CompanyID, PurchasedAt, OriginalAmount and
	// BillingAmount (minor units, nil when not sent), CardID, Merchant, PaymentAuthorizationCode,
	// Version, and the deprecated Amount and PaymentDescription, which older deliveries have
	// instead.
	ExpensePaymentUpdated webhooks.ExpensePaymentStatusUpdatedEvent

	// UserUpdated says that attributes of a user changed; read the user for the new values. Its
	// fields are those of webhooks.UserUpdatedEvent: EventType, UserID, CompanyID and
	// UpdatedAttributes.
	UserUpdated webhooks.UserUpdatedEvent

	// AccountingRecordReadyForExport says that accounting records can be exported. Its fields are
	// those of webhooks.AccountingRecordReadyForExportEvent: EventType, AccountingRecordIDs and
	// CompanyID. Brex sends its members in camelCase, and sent them in snake_case, without a
	// company; both are read.
	AccountingRecordReadyForExport webhooks.AccountingRecordReadyForExportEvent
)

// UnknownEvent is an event of a type whose payload this version does not know, or one of a known
// type that does not have the documented shape, in which case Err says why.
type UnknownEvent struct {
	EventType EventType       // as received
	CompanyID string          // company_id or companyId, where the payload has one
	Raw       json.RawMessage // the body as received
	Err       error           // nil when the type is simply not known
}

// String names the type and hides the payload, which may hold account data.
func (e UnknownEvent) String() string {
	return fmt.Sprintf("webhook.UnknownEvent(%.100q, %d bytes)", string(e.EventType), len(e.Raw))
}

// Format prints String for every verb, which hides the payload.
func (e UnknownEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// LogValue returns String, which hides the payload.
func (e UnknownEvent) LogValue() slog.Value { return slog.StringValue(e.String()) }

// Type is REFERRAL_CREATED.
func (*ReferralCreated) Type() EventType { return TypeReferralCreated }

// Type is REFERRAL_ACTIVATED.
func (*ReferralActivated) Type() EventType { return TypeReferralActivated }

// Type is REFERRAL_APPLICATION_STATUS_CHANGED.
func (*ReferralApplicationStatusChanged) Type() EventType {
	return TypeReferralApplicationStatusChanged
}

// Type is TRANSFER_PROCESSED.
func (*TransferProcessed) Type() EventType { return TypeTransferProcessed }

// Type is TRANSFER_FAILED.
func (*TransferFailed) Type() EventType { return TypeTransferFailed }

// Type is EXPENSE_PAYMENT_UPDATED.
func (*ExpensePaymentUpdated) Type() EventType { return TypeExpensePaymentUpdated }

// Type is USER_UPDATED.
func (*UserUpdated) Type() EventType { return TypeUserUpdated }

// Type is ACCOUNTING_RECORD_READY_FOR_EXPORT.
func (*AccountingRecordReadyForExport) Type() EventType { return TypeAccountingRecordReadyForExport }

// Type returns the event_type as received.
func (e *UnknownEvent) Type() EventType { return e.EventType }

// Company returns "": referral events name no company.
func (*ReferralCreated) Company() string { return "" }

// Company returns "": referral events name no company.
func (*ReferralActivated) Company() string { return "" }

// Company returns "": referral events name no company.
func (*ReferralApplicationStatusChanged) Company() string { return "" }

// Company returns CompanyID.
func (e *TransferProcessed) Company() string { return e.CompanyID }

// Company returns CompanyID.
func (e *TransferFailed) Company() string { return e.CompanyID }

// Company returns CompanyID.
func (e *ExpensePaymentUpdated) Company() string { return e.CompanyID }

// Company returns CompanyID.
func (e *UserUpdated) Company() string { return e.CompanyID }

// Company returns CompanyID, which is empty in the older form.
func (e *AccountingRecordReadyForExport) Company() string { return e.CompanyID }

// Company returns CompanyID, which is empty where the payload has none.
func (e *UnknownEvent) Company() string { return e.CompanyID }

// A payload is a plain copy whose event_type is set, so that an event made in a test need not
// repeat it.

func (e *ReferralCreated) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *ReferralActivated) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *ReferralApplicationStatusChanged) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *TransferProcessed) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *TransferFailed) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *ExpensePaymentUpdated) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *UserUpdated) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *AccountingRecordReadyForExport) payload() any { c := *e; c.EventType = e.Type(); return c }

func (e *UnknownEvent) payload() any {
	if len(e.Raw) > 0 {
		return e.Raw
	}
	return struct {
		EventType EventType `json:"event_type"`
		CompanyID string    `json:"company_id,omitempty"`
	}{e.EventType, e.CompanyID}
}
