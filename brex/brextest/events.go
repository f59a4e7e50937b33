package brextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The event types with a documented payload.
const (
	eventReferralCreated   = "REFERRAL_CREATED"
	eventReferralActivated = "REFERRAL_ACTIVATED"
	eventReferralStatus    = "REFERRAL_APPLICATION_STATUS_CHANGED"
	eventTransferProcessed = "TRANSFER_PROCESSED"
	eventTransferFailed    = "TRANSFER_FAILED"
	eventExpensePayment    = "EXPENSE_PAYMENT_UPDATED"
	eventUserUpdated       = "USER_UPDATED"
	eventRecordReady       = "ACCOUNTING_RECORD_READY_FOR_EXPORT"
)

// eventTypes are all types that a subscription can name.
var eventTypes = []string{
	eventReferralCreated, eventReferralActivated, eventReferralStatus, eventTransferProcessed, eventTransferFailed,
	eventExpensePayment, eventUserUpdated,
	"EMBEDDED_CARD_TRANSACTION_UPDATED", "EMBEDDED_CARD_UPDATED", "EMBEDDED_ACCOUNT_UPDATED", "EMBEDDED_CARD_SHIPPING_UPDATED",
	"EMBEDDED_DISPUTE_UPDATED", "PARTNERSHIP_INTEGRATION_CONNECTION_UPDATED", "EMBEDDED_CARD_AUTHORIZATION",
	"EMBEDDED_FRAUD_ALERT", "EMBEDDED_BILLING_GROUP_UPDATED", "EMBEDDED_LEGAL_ENTITY_UPDATED",
	"EMBEDDED_BILLING_STATEMENT_UPDATED", "EMBEDDED_USER_STATUS_UPDATED",
	eventRecordReady,
}

// maxEvents bounds the log: beyond it the oldest event that is delivered, or
// given up, is forgotten.
const maxEvents = 2000

// Event is something that happened and that webhooks report.
type Event struct {
	ID         string          `json:"id"` // the Webhook-Id of every delivery, also when it is sent again
	Type       string          `json:"type"`
	At         time.Time       `json:"at"`
	Payload    json.RawMessage `json:"payload"`              // the body of every delivery
	Deliveries []Delivery      `json:"deliveries,omitempty"` // one for each subscription that asks for the type
}

// Delivery is an event on its way to one subscription.
type Delivery struct {
	Subscription string    `json:"subscription"` // its id
	URL          string    `json:"url"`
	Next         time.Time `json:"next,omitzero"`  // when the next attempt is due; zero when there is none
	Held         string    `json:"held,omitempty"` // the fault that holds the next attempt back
	Delivered    bool      `json:"delivered"`
	Attempts     []Attempt `json:"attempts,omitempty"`

	again bool // asked for while an attempt may be under way
}

// Attempt is one sending of a delivery.
type Attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"` // 0 without a response
	Error  string    `json:"error,omitempty"`
	Fault  string    `json:"fault,omitempty"`  // the fault that it met
	Repeat bool      `json:"repeat,omitempty"` // the second sending of a Duplicate
}

// pending says whether there is still something to send.
func (e *Event) pending() bool {
	return slices.ContainsFunc(e.Deliveries, func(d Delivery) bool { return !d.Next.IsZero() })
}

func (e *Event) clone() Event {
	c := *e
	c.Payload = slices.Clone(e.Payload)
	c.Deliveries = slices.Clone(e.Deliveries)
	for i := range c.Deliveries {
		c.Deliveries[i].Attempts = slices.Clone(e.Deliveries[i].Attempts)
	}
	return c
}

// webhookState is the part of the company that webhooks are.
type webhookState struct {
	events  []*Event
	emitted uint64
	secrets []webhookSecret // oldest first
	ready   []readyRecord   // still to be told, soonest first
	wake    func()          // tells the goroutine of WithBackgroundDelivery; nil without
}

// webhookTarget is where events go.
type webhookTarget struct {
	url    string
	types  []string
	active bool
}

// webhookTargets are the subscriptions by id.
func (s *state) webhookTargets() map[string]webhookTarget {
	targets := map[string]webhookTarget{}
	for row, k := range s.hooks.keys {
		if !s.hooks.gone[row] {
			targets[s.hooks.id(row)] = webhookTarget{k.url, k.events, k.status == "ACTIVE"}
		}
	}
	return targets
}

// emit notes an event, with a delivery for each subscription that wants it.
// The state is locked for writing.
func (s *state) emit(kind string, payload object) *Event {
	now := s.now()
	s.emitted++
	e := &Event{
		ID:      s.ids.id(prefixEvent, now.UnixMilli(), s.emitted),
		Type:    kind,
		At:      now,
		Payload: payload.encode(),
	}
	subs := s.webhookTargets()
	for _, id := range sortedKeys(subs) {
		if sub := subs[id]; sub.active && slices.Contains(sub.types, kind) {
			e.Deliveries = append(e.Deliveries, Delivery{Subscription: id, URL: sub.url, Next: now})
		}
	}
	if len(s.events) >= maxEvents {
		if i := slices.IndexFunc(s.events, func(e *Event) bool { return !e.pending() }); i >= 0 {
			s.events = slices.Delete(s.events, i, i+1)
		}
	}
	s.events = append(s.events, e)
	if s.wake != nil && e.pending() {
		s.wake()
	}
	return e
}

// Events returns what happened, oldest first: the latest 2,000 events, and
// older ones that are not delivered yet.
func (h *Handler) Events() []Event {
	h.mu.RLock()
	defer h.mu.RUnlock()
	events := make([]Event, len(h.state.events))
	for i, e := range h.state.events {
		events[i] = e.clone()
	}
	return events
}

// FireEvent makes an event happen without a reason, of any of Brex's types or
// of a new one. With a nil payload it speaks of the company: the latest
// transfer, an active user and so on; Brex documents no payload for the
// EMBEDDED and PARTNERSHIP types, which then have event_type and company_id
// only. Any other payload is sent as it is when it is a json.RawMessage or
// []byte, and encoded otherwise.
func (h *Handler) FireEvent(eventType string, payload any) (Event, error) {
	if eventType == "" || !ascii(eventType) {
		return Event{}, errors.New("brextest: FireEvent: no event type")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var o object
	switch p := payload.(type) {
	case nil:
		var err error
		if o, err = h.state.sampleEvent(eventType); err != nil {
			return Event{}, fmt.Errorf("brextest: FireEvent: %w", err)
		}
	default:
		raw, err := rawJSON(p)
		if err == nil {
			o, err = parseObject(raw)
		}
		if err != nil {
			return Event{}, fmt.Errorf("brextest: FireEvent: the payload is %w", err)
		}
	}
	return h.state.emit(eventType, o).clone(), nil
}

func rawJSON(v any) ([]byte, error) {
	switch v := v.(type) {
	case json.RawMessage:
		return v, nil
	case []byte:
		return v, nil
	}
	return json.Marshal(v)
}

// ResendEvent sends a known event again to the subscriptions it went to, with
// the same Webhook-Id and payload, as Brex's dashboard does on request.
func (h *Handler) ResendEvent(id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	for _, e := range s.events {
		if e.ID != id {
			continue
		}
		if len(e.Deliveries) == 0 {
			return fmt.Errorf("brextest: no subscription wanted event %s", id)
		}
		for i := range e.Deliveries {
			d := &e.Deliveries[i]
			d.Next, d.Held, d.again = s.now(), "", true
		}
		if s.wake != nil {
			s.wake()
		}
		return nil
	}
	return fmt.Errorf("brextest: there is no event %s", id)
}

// sampleEvent is an event about something that the company has.
func (s *state) sampleEvent(kind string) (object, error) {
	none := fmt.Errorf("the company has nothing that %s could be about", kind)
	switch kind {
	case eventTransferProcessed, eventTransferFailed:
		want := map[string]string{eventTransferProcessed: "PROCESSED", eventTransferFailed: "FAILED"}[kind]
		if o := s.transfers.latest("status", want); o != nil {
			return s.transferEvent(kind, o), nil
		}
		return nil, none
	case eventExpensePayment:
		if o := s.expenses.latest("expense_type", "CARD"); o != nil {
			return s.expenseEvent(o, "PENDING"), nil
		}
		return nil, none
	case eventUserUpdated:
		if o := s.users.latest("status", "ACTIVE"); o != nil {
			return s.userEvent(o, []string{"STATUS"}), nil
		}
		return nil, none
	}
	o := object{}.set("event_type", kind)
	switch kind {
	case eventReferralCreated, eventReferralActivated:
		if referral := s.referrals.latest("status", ""); referral != nil {
			return o.with("referral_id", referral.get("id")), nil
		}
		return nil, none
	case eventReferralStatus:
		if referral := s.referrals.latest("status", ""); referral != nil {
			return o.with("referral_id", referral.get("id")).set("application", object{}.set("cash", "MANUAL_REVIEW")), nil
		}
		return nil, none
	case eventRecordReady:
		if record := s.records.latest("review_status", "READY_FOR_EXPORT"); record != nil {
			return s.recordEvent([]string{record.str("id")}), nil
		}
		return nil, none
	}
	return o.set("company_id", s.companyID()), nil
}

// latest returns the last row whose member has the value, or else the last
// row, nil when there is none.
func (t *rowTable) latest(member, value string) object {
	const enough = 1000 // rows to look at
	var last object
	for row := t.of.length() - 1; row >= max(0, t.of.length()-enough); row-- {
		if t.gone[row] {
			continue
		}
		o := t.doc(row)
		if o.str(member) == value {
			return o
		}
		if last == nil {
			last = o
		}
	}
	return last
}
