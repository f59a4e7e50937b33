package brextest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ControlPath is below what WithControl adds: a page for a browser at
// ControlPath itself, and its JSON, which scripts may use too.
const ControlPath = "/_sandbox/"

// controlHeader must be on every request of the control API that changes
// something. A page from elsewhere cannot send it: its browser asks first, and
// is told nothing.
const controlHeader = "X-Brex-Sandbox"

// WithControl adds the control API and its page under ControlPath. They show the state and the
// tokens to whoever asks, so they accept only requests that come from this machine, to a loopback
// address or localhost, and not from a page of another site.
//
//	GET    status                 clock, counts, faults, pending deliveries
//	GET    state                  the tables with their sizes
//	GET    state/{table}          rows; limit, offset and q (text to look for)
//	GET    state/{table}/{id}     a row
//	GET    summary                balances of the cash accounts, and transfers by status
//	GET    events                 the event log
//	GET    requests               the request log, without headers
//	GET    tokens                 bearer tokens and signing secrets
//	GET    faults                 rules that are waiting, and the faults there are
//	GET    snapshot               the state as Snapshot writes it
//	POST   events                 {"type": T, "payload": {...}}: fire an event; without payload one about the company
//	POST   events/{id}/resend     send an event again
//	POST   deliver                send what is due
//	POST   clock                  {"advance": "36h"}
//	POST   faults                 {"fault": "status", "operation": "getMe", "status": 503, "delay": "2s", "count": 1, "skip": 0, "rate": 0, "seed": 0}
//	PUT    state/{table}/{id}     {"memo": M}: set members of a row, or add the row with all of them
//	DELETE state/{table}/{id}     remove a row
//	POST   purchases              {"card_id": C, "amount": 1250, "merchant": "Blue Bottle"}: charge a card, in cents; responds with the payment_status and its reason
//	POST   transfers/{id}/{what}  approve, deny or fail ({"reason": "INSUFFICIENT_FUNDS"})
//	POST   referrals/{id}/activate  open the referred customer's account
//	POST   secrets/rotate         {"overlap": "24h"}
//	POST   oauth/consent          {"page": false, "deny": false, "scopes": null}: whether the customer consents from now on
//	POST   oauth/revoke           the customer removes the application
//	POST   reset                  everything as it was at the start
//	DELETE faults                 forget all rules and end the chaos
//
// Requests that change something need the header X-Brex-Sandbox with any
// value. Errors have the shape of Brex's. No limit, fault or token applies.
func WithControl() Option {
	return func(c *config) error { c.control = true; return nil }
}

//go:embed page
var pageFiles embed.FS

// routeControl registers the control API.
func (h *Handler) routeControl() {
	if !h.config.control {
		return
	}
	for pattern, serve := range map[string]func(*http.Request) (any, error){
		"GET status":                   h.controlStatus,
		"GET state":                    h.controlTables,
		"GET state/{table}":            h.controlRows,
		"GET state/{table}/{id}":       h.controlRow,
		"GET summary":                  h.controlSummary,
		"GET events":                   h.controlEvents,
		"GET requests":                 h.controlRequests,
		"GET tokens":                   h.controlTokens,
		"GET faults":                   h.controlFaults,
		"GET snapshot":                 h.controlSnapshot,
		"POST events":                  h.controlFire,
		"POST events/{id}/resend":      h.controlResend,
		"POST deliver":                 h.controlDeliver,
		"POST clock":                   h.controlClock,
		"POST faults":                  h.controlInject,
		"POST purchases":               h.controlPurchase,
		"PUT state/{table}/{id}":       h.controlSetRow,
		"DELETE state/{table}/{id}":    h.controlRemoveRow,
		"POST transfers/{id}/{what}":   h.controlTransfer,
		"POST referrals/{id}/activate": h.controlActivate,
		"POST secrets/rotate":          h.controlRotate,
		"POST oauth/consent":           h.controlConsent,
		"POST oauth/revoke":            h.controlRevoke,
		"POST reset":                   h.controlReset,
		"DELETE faults":                h.controlClear,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		h.control.HandleFunc(method+" "+ControlPath+path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := serve(r)
			if err != nil {
				controlError(w, err)
				return
			}
			controlJSON(w, http.StatusOK, answer)
		})
	}
	for path, file := range map[string]string{"{$}": "page.html", "page.js": "page.js", "page.css": "page.css"} {
		h.control.HandleFunc("GET "+ControlPath+path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, pageFiles, "page/"+file)
		})
	}
	h.control.HandleFunc(ControlPath, func(w http.ResponseWriter, _ *http.Request) {
		controlError(w, problemError{notFound("")})
	})
	h.mux.HandleFunc(ControlPath, h.guardControl)
}

// guardControl lets only the machine's own user in. A page of another site
// that the user has open can make the browser send requests here, with any
// path; what it cannot do is choose the Host, the Origin or Sec-Fetch-Site, or
// set a header without permission.
func (h *Handler) guardControl(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	if reason := foreign(r); reason != "" {
		controlError(w, problemError{&problem{status: http.StatusForbidden, kind: "FORBIDDEN", message: reason}})
		return
	}
	h.control.ServeHTTP(w, r)
}

// foreign says why a request is not one of the machine's own user.
func foreign(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err != nil || !loopback(host) {
		return "the control API accepts requests from this machine only"
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	// A name that somebody points here (DNS rebinding) is not one of ours.
	if !loopback(strings.Trim(strings.ToLower(host), "[]")) {
		return "the control API is reached as localhost or by a loopback address only"
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return "the control API is not for pages of other sites"
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
			return "the control API is not for pages of other sites"
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get(controlHeader) == "" {
		return "the header " + controlHeader + " is missing; any value will do"
	}
	return ""
}

// problemError is a problem as an error.
type problemError struct{ *problem }

func controlError(w http.ResponseWriter, err error) {
	var p problemError
	if !errors.As(err, &p) {
		p.problem = badRequest(strings.TrimPrefix(err.Error(), "brextest: "))
	}
	a := p.answer()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // an error means that the client has gone
}

func controlJSON(w http.ResponseWriter, status int, v any) {
	body, ready := v.(json.RawMessage)
	if !ready {
		body = encode(v)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // an error means that the client has gone
}

// readControl reads a body into v; members that v does not have are errors,
// and so is everything after the value. An empty body leaves v as it is.
func readControl(r *http.Request, v any) error {
	body, tooLong := readBody(r)
	if tooLong {
		return errors.New("the body is too large")
	}
	if len(body) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("the body: more than one value")
	}
	return nil
}

// maxAdvance bounds one step of the control API's clock: a slip of the hand
// should not take the company into another century.
const maxAdvance = 10 * 366 * 24 * time.Hour

func parseDuration(s string, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if days, found := strings.CutSuffix(s, "d"); found && err != nil {
		d, err = time.ParseDuration(days + "h")
		d *= 24
	}
	if err != nil || d < 0 || d > most {
		return 0, fmt.Errorf("%q is not a time such as 90s, 36h or 7d, of at most %v", s, most)
	}
	return d, nil
}
