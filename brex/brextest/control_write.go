package brextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

func (h *Handler) controlFire(r *http.Request) (any, error) {
	var in struct {
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	var payload any
	if len(in.Payload) > 0 && !isNull(in.Payload) {
		payload = in.Payload
	}
	return h.FireEvent(in.Type, payload)
}

func (h *Handler) controlResend(r *http.Request) (any, error) {
	return done, h.ResendEvent(r.PathValue("id"))
}

var done = map[string]bool{"ok": true}

func (h *Handler) controlDeliver(*http.Request) (any, error) {
	return map[string]int{"attempts": h.DeliverPending()}, nil
}

func (h *Handler) controlClock(r *http.Request) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	d, err := parseDuration(in.Advance, maxAdvance)
	if err != nil {
		return nil, err
	}
	h.Advance(d)
	return map[string]time.Time{"now": h.clock.now()}, nil
}

func (h *Handler) controlInject(r *http.Request) (any, error) {
	in := struct {
		Fault     string  `json:"fault"`
		Operation string  `json:"operation"`
		Method    string  `json:"method"`
		Status    int     `json:"status"`
		Body      string  `json:"body"`
		Delay     string  `json:"delay"`
		Count     int     `json:"count"`
		Skip      int     `json:"skip"`
		Rate      float64 `json:"rate"`
		Seed      uint64  `json:"seed"`
	}{Status: http.StatusServiceUnavailable, Delay: "2s"}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	kind := faultKinds[in.Fault]
	if kind == nil {
		return nil, fmt.Errorf("%q is not a fault; there are: %s", in.Fault, strings.Join(sortedKeys(faultKinds), ", "))
	}
	if in.Status < 200 || in.Status > 599 {
		return nil, errors.New("status is not between 200 and 599")
	}
	most := time.Hour
	if in.Fault == "deliver-late" {
		most = maxAdvance // on the company's clock, and not on the caller's time
	}
	delay, err := parseDuration(in.Delay, most)
	if err != nil {
		return nil, err
	}
	rule := Rule{Operation: in.Operation, Method: in.Method, Fault: kind(in.Status, in.Body, delay),
		Skip: in.Skip, Count: in.Count, Rate: in.Rate, Seed: in.Seed}
	if rule.Operation == "" {
		rule.Operation = anyOperation
	}
	if err := h.checkRule(rule); err != nil {
		return nil, err
	}
	h.faults.add(rule)
	return h.controlFaults(r)
}

func (h *Handler) controlClear(r *http.Request) (any, error) {
	h.ClearFaults()
	return h.controlFaults(r)
}

func (h *Handler) controlPurchase(r *http.Request) (any, error) {
	var in struct {
		Card     string `json:"card_id"`
		Amount   int64  `json:"amount"`
		Merchant string `json:"merchant"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	id, err := h.Purchase(in.Card, in.Amount, in.Merchant)
	if err != nil {
		return nil, err
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	row, _ := h.state.expenses.find(id)
	o := h.state.expenses.doc(row)
	return map[string]string{"expense_id": id, "payment_status": o.str("payment_status"), "reason": o.obj("payment").str("statusReason")}, nil
}

func (h *Handler) controlActivate(r *http.Request) (any, error) {
	return done, h.ActivateReferral(r.PathValue("id"))
}

func (h *Handler) controlConsent(r *http.Request) (any, error) {
	var in struct {
		Page   bool     `json:"page"`
		Deny   bool     `json:"deny"`
		Scopes []string `json:"scopes"`
	}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	h.SetOAuthConsent(OAuthConsent{Page: in.Page, Deny: in.Deny, Scopes: in.Scopes})
	return done, nil
}

func (h *Handler) controlRevoke(*http.Request) (any, error) {
	h.RevokeOAuth()
	return done, nil
}

func (h *Handler) controlTransfer(r *http.Request) (any, error) {
	id := r.PathValue("id")
	switch r.PathValue("what") {
	case "approve":
		return done, h.ApproveTransfer(id)
	case "deny":
		return done, h.DenyTransfer(id)
	case "fail":
		in := struct {
			Reason string `json:"reason"`
		}{"INSUFFICIENT_FUNDS"}
		if err := readControl(r, &in); err != nil {
			return nil, err
		}
		return done, h.FailTransfer(id, in.Reason)
	}
	return nil, problemError{notFound("")}
}

func (h *Handler) controlRotate(r *http.Request) (any, error) {
	in := struct {
		Overlap string `json:"overlap"`
	}{"24h"}
	if err := readControl(r, &in); err != nil {
		return nil, err
	}
	overlap, err := parseDuration(in.Overlap, maxAdvance)
	if err == nil {
		err = h.RotateWebhookSecret(overlap)
	}
	return done, err
}

func (h *Handler) controlReset(*http.Request) (any, error) { return done, h.Reset() }
