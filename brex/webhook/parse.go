package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/brex-go/sdk/brex/wire"
)

// ErrNotEvent is the error for a body that is not a JSON object with an event_type.
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

// Parse reads the body of a delivery; verify it first. An event of a documented type becomes that
// type, also when members that are documented as required are missing, as they are in Brex's own
// examples. An unknown type is not an error: it becomes an UnknownEvent, and so does a known one of
// another shape than documented. The errors are ErrEmptyBody and ErrNotEvent.
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
		if place, found := wire.Unreadable(body, event); found {
			err = fmt.Errorf("%s: %w", place, place.Err)
		}
		unknown.Err = fmt.Errorf("webhook: a %s of another shape than documented: %w", eventType, err)
		return unknown, nil
	}
	return event, nil
}

// Unread is a member of an event that could not be read.
type Unread struct {
	Field string          // its name, "purchased_at"
	Raw   json.RawMessage // as received
	Err   error           // why, without the value
}

// ParseDelivery is Parse as a Handler does it, for bodies that are verified in one place and handled
// in another: a date that cannot be read does not make the event unknown: it is left
// out, and returned beside it. No event's meaning hangs on a date, and an event that nobody reads
// is sent for ever. Of other members, amounts for example, that cannot be said.
func ParseDelivery(body []byte) (Event, []Unread, error) {
	event, err := Parse(body)
	var left []Unread
	for {
		unknown, ok := event.(*UnknownEvent)
		var format *wire.FormatError
		if !ok || !errors.As(unknown.Err, &format) {
			return event, left, err
		}
		place, _ := wire.Unreadable(body, kinds[unknown.EventType]())
		shorter, ok := without(body, place.Path)
		if !ok {
			return event, left, err
		}
		left = append(left, Unread{Field: place.String(), Raw: place.Raw, Err: place.Err})
		body = shorter
		if event, err = Parse(body); err == nil {
			if still, ok := event.(*UnknownEvent); ok {
				still.Raw = unknown.Raw
			}
		}
	}
}

// without makes the value at path null. Numbers stay as they are written.
func without(body []byte, path []any) (json.RawMessage, bool) {
	if len(path) == 0 {
		return nil, false
	}
	inner := func(raw json.RawMessage) (json.RawMessage, bool) {
		if len(path) == 1 {
			return json.RawMessage("null"), raw != nil
		}
		return without(raw, path[1:])
	}
	switch step := path[0].(type) {
	case string:
		var object map[string]json.RawMessage
		if json.Unmarshal(body, &object) != nil {
			return nil, false
		}
		value, ok := inner(object[step])
		object[step] = value
		shorter, err := json.Marshal(object)
		return shorter, ok && err == nil
	case int:
		var list []json.RawMessage
		if json.Unmarshal(body, &list) != nil || step >= len(list) {
			return nil, false
		}
		value, ok := inner(list[step])
		list[step] = value
		shorter, err := json.Marshal(list)
		return shorter, ok && err == nil
	}
	return nil, false
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
