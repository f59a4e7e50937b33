package brextest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// WebhookDelivery names the sending of a webhook for Handler.FailNext and
// Rule.Operation. It meets Duplicate (the receiver gets it twice),
// ResetBeforeAccept (it is lost on the way), ResetAfterAccept (the receiver got
// it, and its response is lost), DeliverLate and DeliverOutOfOrder. What is lost
// is sent again after the next wait of WithWebhookRetries. The Webhook-Id stays
// the same each time.
//
// Rule.Match sees the webhook as a POST: the address as its path, the
// Webhook-Id, and the event as its body. Rules for any operation are about
// calls, and don't touch it.
const WebhookDelivery = "webhookDelivery"

// deliveryOperation stands for every sending of a webhook.
var deliveryOperation = &operation{id: WebhookDelivery, method: http.MethodPost}

// outOfOrderWithin is how long DeliverOutOfOrder waits for a later event.
const outOfOrderWithin = time.Hour

const outOfOrder = "deliver-out-of-order"

// DeliverLate sends a webhook d after it is due, on the company's clock: what
// happens meanwhile is told before it. Only a WebhookDelivery can meet it.
func DeliverLate(d time.Duration) Fault {
	return Fault{name: "deliver-late " + d.String(), held: true, hold: d}
}

// DeliverOutOfOrder holds a webhook back until a later event has been sent to
// the same subscription, and for an hour at most, on the company's clock. Only
// a WebhookDelivery can meet it.
func DeliverOutOfOrder() Fault {
	return Fault{name: outOfOrder, held: true, hold: outOfOrderWithin}
}

// fits says whether calls of an operation, nil for any, can meet the fault.
func (f Fault) fits(op *operation) bool {
	if op != nil && op.id == WebhookDelivery {
		return f.held || f.twice || f.drop || f.dropAfter
	}
	return !f.held
}

// deliveryRequest is a webhook about to be sent as rules see it. What chaos
// makes of an attempt depends on which event it is, and not on the others,
// whose order is anybody's guess once a goroutine sends them.
func (s *state) deliveryRequest(e *Event, delivery int) Request {
	d := &e.Deliveries[delivery]
	number, _ := s.ids.number(prefixEvent, e.ID)
	return Request{
		chance:      fmt.Sprint(number, delivery, len(d.Attempts)),
		Method:      http.MethodPost,
		Path:        d.URL,
		Header:      http.Header{"Webhook-Id": {e.ID}},
		Body:        e.Payload,
		OperationID: WebhookDelivery,
	}
}

// tries are the attempts that count towards the retries: the second of a
// Duplicate is none of its own.
func (d *Delivery) tries() int {
	n := 0
	for _, a := range d.Attempts {
		if !a.Repeat {
			n++
		}
	}
	return n
}

// attempt sends a parcel as its fault wants it and records what came of it.
func (h *Handler) attempt(p parcel) (sent int) {
	// A receiver compares the timestamp with the real time: the company's clock may be months
	// ahead.
	p.sent = time.Now()
	var attempts []Attempt
	blocked := false
	try := func() {
		a := Attempt{At: p.at, Fault: p.fault.name, Repeat: len(attempts) > 0}
		var err error
		if p.fault.drop {
			a.Error = "the connection was closed before the webhook was sent"
		} else if a.Status, err = h.send(p); err != nil {
			a.Error, blocked = err.Error(), isBlocked(err)
		} else if p.fault.dropAfter {
			a.Status, a.Error = 0, "the connection was closed before the response was read: "+strconv.Itoa(a.Status)
		}
		attempts = append(attempts, a)
	}
	try()
	if p.fault.twice && !blocked {
		try()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.noteAttempts(p, attempts, blocked)
	return len(attempts)
}

// letGo makes due what DeliverOutOfOrder holds back and what one of the
// parcels, just sent, has overtaken.
func (h *Handler) letGo(sent []parcel) (found bool) {
	if len(sent) == 0 {
		return false
	}
	latest := map[string]int{} // the place of the last event sent, by subscription
	for _, p := range sent {
		id := p.event.Deliveries[p.delivery].Subscription
		latest[id] = max(latest[id], p.place)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.clock.now()
	for place, e := range h.state.events {
		for i := range e.Deliveries {
			d := &e.Deliveries[i]
			if last, some := latest[d.Subscription]; some && place < last && d.Held == outOfOrder && d.Next.After(now) {
				d.Next, found = now, true
			}
		}
	}
	return found
}
