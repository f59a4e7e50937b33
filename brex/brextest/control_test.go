package brextest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// control is a caller of the control API from this machine.
type control struct {
	t testing.TB
	h *brextest.Handler
}

func (c control) send(change func(*http.Request), method, path, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, "http://localhost:2739"+brextest.ControlPath+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:50000"
	if method != "GET" {
		r.Header.Set("X-Brex-Sandbox", "1")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	return w
}

// ok calls and reads the response.
func (c control) ok(method, path, body string) map[string]any {
	c.t.Helper()
	w := c.send(nil, method, path, body)
	require.Equal(c.t, 200, w.Code, "%s", w.Body)
	var m map[string]any
	require.NoError(c.t, json.Unmarshal(w.Body.Bytes(), &m), "%s", w.Body)
	return m
}

func (c control) fails(status int, method, path, body, message string) {
	c.t.Helper()
	w := c.send(nil, method, path, body)
	require.Equal(c.t, status, w.Code, "%s", w.Body)
	requireBrexShaped(c.t, result{w.Code, w.Header(), w.Body.Bytes()})
	require.Contains(c.t, w.Body.String(), message)
}

func TestControl(t *testing.T) {
	t.Parallel()
	var r receiver
	s := subscribed(t, &r, hookURL, transferEvents, brextest.WithControl(), brextest.WithToken("mine", "users.readonly"))
	c := control{t, s.Handler}

	status := c.ok("GET", "status", "")
	require.Equal(t, "2026-11-02T12:00:00Z", status["now"])
	require.EqualValues(t, 1, status["requests"], "what comes this way is not counted")
	require.Len(t, s.Requests(), 1)

	// The state.
	rows := map[string]float64{}
	for _, table := range c.ok("GET", "state", "")["tables"].([]any) {
		rows[table.(map[string]any)["name"].(string)] = table.(map[string]any)["rows"].(float64)
	}
	require.EqualValues(t, len(s.all("/v2/users")), rows["users"])
	require.EqualValues(t, 1, rows["webhook_subscriptions"])
	page := c.ok("GET", "state/expenses?limit=3&offset=2", "")
	require.Len(t, page["items"], 3)
	require.EqualValues(t, 350, page["total"])
	require.Equal(t, s.all("/v1/expenses?limit=5")[2]["id"], page["items"].([]any)[0].(map[string]any)["id"])
	name := s.get("/v2/users/me").json(t)["email"].(string)
	page = c.ok("GET", "state/users?q="+strings.ToUpper(name), "")
	require.Len(t, page["items"], 1)
	c.fails(404, "GET", "state/aliens", "", "there is no table aliens")
	c.fails(400, "GET", "state/users?limit=1000", "", "limit is not between 1 and 200")
	c.fails(400, "GET", "state/users?offset=-1", "", "offset")

	// The clock and events.
	require.Equal(t, "2026-11-04T00:00:00Z", c.ok("POST", "clock", `{"advance":"36h"}`)["now"])
	require.Equal(t, "2026-11-14T00:00:00Z", c.ok("POST", "clock", `{"advance":"10d"}`)["now"])
	for _, bad := range []string{`{"advance":"-1h"}`, `{"advance":"x"}`, `{"advance":"90000h"}`, `{"advance":"NaNd"}`, `{}`, ``} {
		c.fails(400, "POST", "clock", bad, "is not a time")
	}
	c.fails(400, "POST", "clock", `{"back":"1h"}`, "unknown field")
	c.fails(400, "POST", "clock", `{"advance":"1h"} x`, "more than one value")
	before := len(r.deliveries())
	event := c.ok("POST", "events", `{"type":"TRANSFER_FAILED"}`)
	require.EqualValues(t, 1, c.ok("POST", "deliver", "")["attempts"])
	c.ok("POST", "events/"+event["id"].(string)+"/resend", "")
	c.ok("POST", "deliver", "")
	require.Len(t, r.deliveries(), before+2)
	c.ok("POST", "events", `{"type":"MINE","payload":{"event_type":"MINE"}}`)
	c.fails(400, "POST", "events", `{"type":"MINE","payload":[1]}`, "not a JSON object")
	c.fails(400, "POST", "events", `{}`, "no event type")
	c.fails(400, "POST", "events/none/resend", "", "there is no event")
	log := c.ok("GET", "events", "")
	require.Equal(t, "MINE", log["events"].([]any)[0].(map[string]any)["type"], "the latest first")
	require.Len(t, log["types"], 20)
	c.ok("POST", "secrets/rotate", "")
	require.Len(t, c.ok("GET", "tokens", "")["webhook_secrets"], 2)

	// Transfers.
	b := bankOf(s)
	manual := s.do("POST", "/v1/transfers", b.pay(b.ach, 5, `,"approval_type":"MANUAL"`), key("m")...).json(t)["id"].(string)
	c.ok("POST", "transfers/"+manual+"/approve", "")
	c.ok("POST", "transfers/"+manual+"/fail", `{"reason":"USER_CANCELLED"}`)
	require.Equal(t, "FAILED", s.get("/v1/transfers/" + manual).json(t)["status"])
	c.fails(400, "POST", "transfers/"+manual+"/deny", "", "is FAILED")
	c.fails(404, "POST", "transfers/"+manual+"/explode", "", "Not Found")

	// Faults.
	c.ok("POST", "faults", `{"fault":"status","operation":"getMe","status":503,"count":2}`)
	c.ok("POST", "faults", `{"fault":"unknown-fields","rate":0.5,"seed":3,"method":"GET"}`)
	require.Equal(t, 503, s.raw("GET", "/v2/users/me", "").Status)
	faults := c.ok("GET", "faults", "")
	require.Equal(t, map[string]any{"operation": "getMe", "fault": "status 503", "count": 1.0}, faults["rules"].([]any)[0])
	for _, kind := range faults["kinds"].([]any) {
		operation := "*"
		if strings.HasPrefix(kind.(string), "deliver-") {
			operation = brextest.WebhookDelivery
		}
		c.ok("POST", "faults", `{"fault":"`+kind.(string)+`","delay":"1ms","count":1,"operation":"`+operation+`"}`)
	}
	require.Empty(t, c.ok("DELETE", "faults", "")["rules"])
	for bad, message := range map[string]string{`{"fault":"fire"}`: "is not a fault; there are: deliver-late, deliver-out-of-order, duplicate, empty-body, hang, html, latency, null-everywhere", `{"fault":"hang","operation":"x"}`: "is not an operation",
		`{"fault":"status","status":99}`: "status", `{"fault":"latency","delay":"1d1"}`: "is not a time", `{"fault":"hang","rate":2}`: "Rate"} {
		c.fails(400, "POST", "faults", bad, message)
	}

	// Tokens, requests, a snapshot and the way back.
	tokens := map[string]string{}
	for _, line := range c.ok("GET", "tokens", "")["tokens"].([]any) {
		tokens[line.(map[string]any)["token"].(string)] = line.(map[string]any)["role"].(string)
	}
	require.Equal(t, "ADMIN", tokens[s.Token()])
	require.Equal(t, "EMPLOYEE", tokens[s.TokenFor(brextest.RoleEmployee)])
	require.Contains(t, tokens, "mine")
	requests := c.ok("GET", "requests", "")["requests"].([]any)
	require.Equal(t, "getMe", requests[0].(map[string]any)["operation"])
	require.NotContains(t, c.send(nil, "GET", "requests", "").Body.String(), s.Token())
	saved := c.send(nil, "GET", "snapshot", "").Body.String()
	restored := newSandbox(t, brextest.WithSnapshot(strings.NewReader(saved)))
	require.Equal(t, s.Now(), restored.Now())
	c.ok("POST", "reset", "")
	require.Equal(t, brextest.DefaultNow, s.Now())
	require.Empty(t, s.all("/v1/webhooks"))

	c.fails(404, "GET", "nothing", "", "Not Found")
	c.fails(404, "PUT", "clock", "", "Not Found")
	require.Equal(t, 404, newSandbox(t, small).get(brextest.ControlPath).Status, "not without the option")
}

// TestControlIsForThisMachine: a page of another site that the user has open
// gets nothing, and changes nothing.
func TestControlIsForThisMachine(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithControl())
	c := control{t, s.Handler}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, change := range map[string]func(*http.Request){
		"another machine":       func(r *http.Request) { r.RemoteAddr = "192.168.1.7:5000" },
		"no address":            func(r *http.Request) { r.RemoteAddr = "" },
		"a rebound name":        func(r *http.Request) { r.Host = "evil.example:2739" },
		"a name like localhost": func(r *http.Request) { r.Host = "localhost.evil.example" },
		"no host":               func(r *http.Request) { r.Host = "" },
		"a cross-site fetch":    header("Sec-Fetch-Site", "cross-site"),
		"a same-site fetch":     header("Sec-Fetch-Site", "same-site"),
		"a foreign origin":      header("Origin", "https://evil.example"),
		"another port's origin": header("Origin", "http://localhost:3000"),
		"a null origin":         header("Origin", "null"),
	} {
		for _, call := range []string{"GET status", "GET tokens", "POST reset", "DELETE faults", "GET "} {
			method, path, _ := strings.Cut(call, " ")
			w := c.send(change, method, path, "")
			require.Equal(t, 403, w.Code, "%s: %s", name, call)
			require.Empty(t, w.Header().Get("Access-Control-Allow-Origin"))
			require.NotContains(t, w.Body.String(), "bxt_")
		}
	}
	// A form of another site can send a simple POST; only the header says no.
	w := c.send(func(r *http.Request) { r.Header.Del("X-Brex-Sandbox") }, "POST", "reset", "")
	require.Equal(t, 403, w.Code)
	require.Contains(t, w.Body.String(), "X-Brex-Sandbox is missing")
	// And a browser asks before it sends that header.
	require.Equal(t, 403, c.send(func(r *http.Request) { r.Header.Del("X-Brex-Sandbox") }, "OPTIONS", "reset", "").Code)

	for name, change := range map[string]func(*http.Request){
		"curl": nil, "IPv6": func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:1", "[::1]:2739" },
		"the address bar": header("Sec-Fetch-Site", "none"),
		"the page itself": func(r *http.Request) {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Origin", "http://localhost:2739")
		},
	} {
		require.Equal(t, 200, c.send(change, "GET", "status", "").Code, name)
		require.Equal(t, 200, c.send(change, "POST", "clock", `{"advance":"1s"}`).Code, name)
	}
	require.Equal(t, brextest.DefaultNow.Add(4*time.Second), s.Now())
}

func TestPage(t *testing.T) {
	t.Parallel()
	c := control{t, newSandbox(t, small, brextest.WithControl()).Handler}
	for path, kind := range map[string]string{"": "text/html", "page.js": "javascript", "page.css": "text/css"} {
		w := c.send(nil, "GET", path, "")
		require.Equal(t, 200, w.Code, path)
		require.Contains(t, w.Header().Get("Content-Type"), kind)
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'")
		require.Equal(t, "DENY", w.Header().Get("X-Frame-Options"))
		for _, bad := range []string{"innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "http://", "https://", "onclick=", "style="} {
			require.NotContains(t, w.Body.String(), bad, path)
		}
	}
}

// TestControlIsTheWorld: what is no request of an application, for programs
// that cannot call the library.
func TestControlIsTheWorld(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithControl(), brextest.WithOAuthClient("app", "secret", "http://127.0.0.1/cb"))
	c := control{t, s.Handler}

	card := ids(s.all("/v2/cards"))[0]
	expense := c.ok("POST", "purchases", `{"card_id":"`+card+`","amount":1250,"merchant":"Blue Bottle"}`)["expense_id"].(string)
	require.Equal(t, expense, ids(s.all("/v1/expenses"))[0])
	c.fails(400, "POST", "purchases", `{"card_id":"`+card+`","amount":0,"merchant":"Blue Bottle"}`, "Purchase: the amount is not above zero")
	c.fails(400, "POST", "purchases", `{"card_id":"nope","amount":1,"merchant":"x"}`, "there is no card nope")
	c.fails(400, "POST", "purchases", `{"card_id":"nope","amount":1.5,"merchant":"x"}`, "amount")

	referral := s.do("POST", "/v1/referrals", `{"referral_code":"abc","applicant":{"first_name":"A","last_name":"B","email":"a@b.example"}}`).json(t)["id"].(string)
	c.ok("POST", "referrals/"+referral+"/activate", "")
	require.Equal(t, "ACTIVE", s.get("/v1/referrals/" + referral).json(t)["status"])
	c.fails(400, "POST", "referrals/"+referral+"/activate", "", "is ACTIVE")

	const authorize = brextest.IssuerPath + "/v1/authorize?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb&state=123456789&scope=users.readonly+vendors"
	ask := func() result { return s.raw("GET", authorize, "") }
	require.Contains(t, ask().Header.Get("Location"), "code=")
	c.ok("POST", "oauth/consent", `{"deny":true}`)
	require.Contains(t, ask().Header.Get("Location"), "error=access_denied")
	c.ok("POST", "oauth/consent", `{"page":true}`)
	require.Contains(t, string(ask().Body), "<form")
	c.ok("POST", "oauth/consent", `{"scopes":["vendors"]}`)
	_, after, _ := strings.Cut(ask().Header.Get("Location"), "code=")
	code, _, _ := strings.Cut(after, "&")
	token := s.raw("POST", brextest.IssuerPath+"/v1/token", "grant_type=authorization_code&client_id=app&client_secret=secret&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcb&code="+code,
		"Content-Type", "application/x-www-form-urlencoded").json(t)
	require.Equal(t, "vendors", token["scope"])
	vendors := func() int {
		return s.raw("POST", "/v1/vendors", `{"company_name":"A"}`, "Authorization", "Bearer "+token["access_token"].(string), "Idempotency-Key", "k").Status
	}
	require.Equal(t, 200, vendors())
	c.ok("POST", "oauth/revoke", "")
	require.Equal(t, 401, vendors())
	c.fails(400, "POST", "oauth/consent", `{"answer":"yes"}`, "answer")
}
