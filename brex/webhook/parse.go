package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrNotEvent is a body that is no JSON object with an event_type.
var ErrNotEvent = errors.New("webhook: not an event")

// kinds makes an empty event of each documented type.
var kinds = map[EventType]func() Event{
	TypeReferralCreated:                  func() Event { return new(ReferralCreated) },
	TypeReferralActivated:                func() Event { return new(ReferralActivated) },
	TypeReferralApplicationStatusChanged: func() Event { return new(ReferralApplicationStatusChanged) },
	TypeTransferProcessed:                func() Event { return new(TransferProcessed) },
	TypeTransferFailed:                   func() Event { return new(TransferFailed) },
	TypeExpensePaymentUpdated:            func() Event { return new(ExpensePaymentUpdated) },
	TypeUserUpdated:                      func() Event { return new(UserUpdated) },
	TypeAccountingRecordReadyForExport:   func() Event { return new(AccountingRecordReadyForExport) },
}

// Parse reads the body of a delivery; verify it first. An event of a documented type becomes that type, also when members that are
// documented as required are missing, as they are in Brex's own examples. An unknown type is no error: it becomes an UnknownEvent,
// and so does a known one of another shape than documented. The errors are ErrEmptyBody and ErrNotEvent.
func Parse(body []byte) (Event, error) {
	if len(body) == 0 {
		return nil, ErrEmptyBody
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || members == nil {
		return nil, fmt.Errorf("%w: the body is not a JSON object", ErrNotEvent)
	}
	eventType := EventType(text(members["event_type"]))
	if eventType == "" {
		return nil, fmt.Errorf("%w: it has no event_type", ErrNotEvent)
	}
	unknown := &UnknownEvent{EventType: eventType, CompanyID: text(members["company_id"]), Raw: bytes.Clone(body)}
	if unknown.CompanyID == "" {
		unknown.CompanyID = text(members["companyId"])
	}
	kind, ok := kinds[eventType]
	if !ok {
		return unknown, nil
	}
	event := kind()
	if err := json.Unmarshal(body, event); err != nil {
		unknown.Err = fmt.Errorf("webhook: a %s of another shape than documented: %w", eventType, err)
		return unknown, nil
	}
	return event, nil
}

// UnmarshalJSON reads the members in camelCase and in snake_case.
func (e *AccountingRecordReadyForExport) UnmarshalJSON(b []byte) error {
	type plain AccountingRecordReadyForExport
	var now plain
	if err := json.Unmarshal(b, &now); err != nil {
		return err
	}
	var older struct {
		IDs       []string `json:"accounting_record_ids"`
		CompanyID string   `json:"company_id"`
	}
	if err := json.Unmarshal(b, &older); err != nil {
		return err
	}
	if len(now.AccountingRecordIDs) == 0 {
		now.AccountingRecordIDs = older.IDs
	}
	if now.CompanyID == "" {
		now.CompanyID = older.CompanyID
	}
	*e = AccountingRecordReadyForExport(now)
	return nil
}

// text is a JSON string, or empty for anything else.
func text(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}
