package brex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
	"unicode/utf8"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// answered is the *Error that an answer gives.
func answered(t testing.TB, status int, body string, header ...string) *Error {
	t.Helper()
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }))
	_, err := send(t.Context(), client, opRead, WithoutRetry())
	return asError(t, err)
}

// Every shape of body that was seen: status, trace id and body survive, and what can be read of the cause is.
func TestErrorBodies(t *testing.T) {
	deep := strings.Repeat(`{"errors":`, 5000) + `"x"` + strings.Repeat("}", 5000)
	for name, tc := range map[string]struct{ body, kind, code, message string }{
		"documented":           {`{"type":"NOT_FOUND","message":"User not found","code":"USER_NOT_FOUND"}`, "NOT_FOUND", "USER_NOT_FOUND", "User not found"},
		"without code":         {`{"type":"NOT_FOUND","message":"gone"}`, "NOT_FOUND", "", "gone"},
		"null code":            {`{"type":"NOT_FOUND","message":"gone","code":null}`, "NOT_FOUND", "", "gone"},
		"unknown members":      {`{"type":"X","message":"m","hint":{"a":[1]}}`, "X", "", "m"},
		"empty":                {``, "", "", ""},
		"empty object":         {`{}`, "", "", ""},
		"null":                 {`null`, "", "", ""},
		"errors object":        {`{"errors":{"amount":["must be positive","and small"]}}`, "", "", "amount: must be positive; amount: and small"},
		"errors array":         {`{"errors":[{"message":"amount is bad"},{"message":"other"}]}`, "", "", "amount is bad; other"},
		"a field":              {`{"message":"Validation failed","errors":[{"field":"amount","message":"must be positive"},{"path":"memo","message":"memo is too long"}]}`, "", "", "Validation failed; amount: must be positive; memo is too long"},
		"embedded":             {`{"message":"Bad Request","_embedded":{"errors":[{"message":"amount: must be positive"}]}}`, "", "", "Bad Request; amount: must be positive"},
		"RFC 9457":             {`{"type":"about:blank","title":"Bad Request","detail":"amount must be positive"}`, "about:blank", "", "Bad Request; amount must be positive"},
		"said twice":           {`{"message":"amount is bad","errors":[{"message":"amount is bad"}]}`, "", "", "amount is bad"},
		"errors of texts":      {`{"errors":["", "second"]}`, "", "", "second"},
		"errors empty object":  {`{"errors":{}}`, "", "", ""},
		"errors empty array":   {`{"errors":[]}`, "", "", ""},
		"errors text":          {`{"errors":"no"}`, "", "", "no"},
		"error text":           {`{"error":"invalid_token"}`, "", "", "invalid_token"},
		"error object":         {`{"error":{"message":"inner","code":7}}`, "", "", "inner"},
		"accounting":           {`{"error_code":"INTEGRATION_NOT_ACTIVE","message":"Integration is not active.","details":{"record_ids":["a"]}}`, "", "INTEGRATION_NOT_ACTIVE", "Integration is not active."},
		"accounting no detail": {`{"error_code":"INVALID_REQUEST","message":"m","details":null}`, "", "INVALID_REQUEST", "m"},
		"code as number":       {`{"type":"T","message":"m","code":42}`, "T", "42", "m"},
		"code as object":       {`{"type":"T","message":"m","code":{"a":1}}`, "T", "", "m"},
		"type as list":         {`{"type":["T"],"message":"m","error_code":"C"}`, "", "C", "m"},
		"message as list":      {`{"type":"T","message":["first","second"]}`, "T", "", "first; second"},
		"message as object":    {`{"type":"T","message":{"text":"inner"}}`, "T", "", "text: inner"},
		"all wrong":            {`{"type":1.5e3,"message":true,"code":[],"errors":7}`, "1.5e3", "", ""},
		"array":                {`[{"message":"first"}]`, "", "", "first"},
		"text":                 {`"plain"`, "", "", "plain"},
		"number":               {`7`, "", "", ""},
		"HTML":                 {"<html><body>502 Bad Gateway</body></html>", "", "", "the response is not JSON"},
		"plain words":          {"upstream connect error", "", "", "the response is not JSON"},
		"half JSON":            {`{"type":"NOT_FOUND","mess`, "", "", "the response is not JSON"},
		"binary":               {"\x00\xff\xfe\x1b[31m", "", "", "the response is not JSON"},
		"too deep":             {deep, "", "", ""},
		"huge":                 {`{"message":"` + strings.Repeat("x", 2<<20) + `"}`, "", "", "the response is too large for an error"},
		"line breaks":          {`{"message":"two\nlines\r\n\tand\u0000control\u001b[31mcolour\u0085next\u2028line\u202ereversed"}`, "", "", "two lines and control [31mcolour next line reversed"},
		"long message":         {`{"message":"` + strings.Repeat("é", 400) + `"}`, "", "", strings.Repeat("é", 250) + "..."},
		"token echoed":         {`{"type":"` + testToken + `","code":"x-` + testToken + `","message":"token ` + testToken + ` is bad: Bearer ` + testToken + `"}`, "[token]", "x-[token]", "token [token] is bad: Bearer [token]"},
		"token at the cut":     {`{"message":"` + strings.Repeat("a ", 245) + testToken + `"}`, "", "", strings.Repeat("a ", 245) + "[token]"},
		"token as key":         {`{"errors":{"` + testToken + `":"is bad"}}`, "", "", "[token]: is bad"},
		"card number":          {`{"message":"Card 4111111111111111 or 4111 1111 1111 1111 or 4111-1111-1111-1234 is locked"}`, "", "", "Card [number]1111 or [number]1111 or [number]1234 is locked"},
		"account number":       {`{"message":"account_number '000123456789' is invalid"}`, "", "", "account_number '[number]6789' is invalid"},
		"ids and dates stay":   {`{"message":"expense_123456789012 of 2026-11-01 12:00:00, limit 1234567, id 550e8400-e29b-41d4-a716-446655440000"}`, "", "", "expense_123456789012 of 2026-11-01 12:00:00, limit 1234567, id 550e8400-e29b-41d4-a716-446655440000"},
	} {
		e := answered(t, 400, tc.body, "X-Brex-Trace-Id", "trace-7")
		if e.Type != tc.kind || e.Code != tc.code || e.Message != tc.message {
			t.Errorf("%s: type %q code %q message %q, want %q %q %q", name, e.Type, e.Code, e.Message, tc.kind, tc.code, tc.message)
		}
		if e.StatusCode != 400 || e.TraceID != "trace-7" || !errors.Is(e, ErrInvalid) || e.Outcome() != OutcomeRefused {
			t.Errorf("%s: status %d, trace %q, %s", name, e.StatusCode, e.TraceID, e.Outcome())
		}
		if want := tc.body[:min(len(tc.body), 16<<10)]; string(e.RawBody()) != want {
			t.Errorf("%s: the raw body has %d bytes, want %d", name, len(e.RawBody()), len(want))
		}
		if text := e.Error(); strings.ContainsAny(text, "\n\r\x00\x1b") || len(text) > 1000 {
			t.Errorf("%s: text %q", name, text)
		}
	}
}

// The raw body is the caller's own.
func TestRawBodyIsACopy(t *testing.T) {
	e := answered(t, 400, `{"message":"m"}`)
	e.RawBody()[0] = 'X'
	if string(e.RawBody()) != `{"message":"m"}` {
		t.Error("the body was changed from outside")
	}
	if b := (&Error{}).RawBody(); b != nil {
		t.Errorf("an error without an answer has the body %q", b)
	}
}

func TestErrorSentinels(t *testing.T) {
	for status, want := range map[int]string{400: "invalid", 422: "invalid", 401: "unauthorized", 403: "forbidden", 404: "notfound", 409: "conflict",
		429: "ratelimited", 500: "server", 502: "server", 503: "server", 504: "server", 599: "server", 402: "none", 405: "none", 418: "none", 300: "none", 304: "none"} {
		e := answered(t, status, "")
		if got := sentinelNames(fmt.Errorf("wrapped: %w", e)); got != want {
			t.Errorf("%d is %s, want %s", status, got, want)
		}
		if e.StatusCode != status || e.Operation != "getThing" || e.Method != "GET" || e.Path != "/v1/things/{id}" {
			t.Errorf("%d: %d %s %s %s", status, e.StatusCode, e.Operation, e.Method, e.Path)
		}
	}
	if errors.Is(&Error{}, ErrServer) || errors.Is(&Error{}, nil) {
		t.Error("an empty error is of no kind")
	}
}

// Scopes that would do are told on 401 and 403 only, as a copy; words never blame the token alone.
func TestErrorScopes(t *testing.T) {
	for _, status := range []int{401, 403} {
		e := answered(t, status, "")
		if !slices.Equal(e.Scopes, opRead.Scopes) || !strings.Contains(e.Error(), "things or things.readonly") {
			t.Errorf("%d: %v: %v", status, e.Scopes, e)
		}
		e.Scopes[0] = "changed"
		if opRead.Scopes[0] != "things" {
			t.Fatal("the operation's row was changed through an error")
		}
	}
	if e := answered(t, 404, ""); e.Scopes != nil {
		t.Errorf("404 has scopes %v", e.Scopes)
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*Error{
		"brex: getThing (GET /v1/things/{id}): 404 NOT_FOUND: USER_NOT_FOUND: User not found [trace trace-1]": answered(t, 404, `{"type":"NOT_FOUND","code":"USER_NOT_FOUND","message":"User not found"}`),
		"brex: getThing (GET /v1/things/{id}): 500 [trace trace-1]":                                           answered(t, 500, ""),
		"brex: getThing (GET /v1/things/{id}): 429: slow [retry after 9s, trace trace-1]":                     answered(t, 429, `{"message":"slow"}`, "Retry-After", "9"),
		"brex: getThing (GET /v1/things/{id}): 200: the body is empty [trace trace-1]":                        answered(t, 200, ""),
	} {
		if e.Error() != want {
			t.Errorf("got  %s\nwant %s", e, want)
		}
	}
}

// Words of the outcome, for each class.
func TestErrorTextOutcome(t *testing.T) {
	const key = "KEY-1"
	for _, tc := range []struct {
		op   *wire.Operation
		do   func(*http.Request) (*http.Response, error)
		want string
	}{
		{opRead, status(403), "brex: getThing (GET /v1/things/{id}): 403 FAULT: as asked; the token needs the scope things or things.readonly, and its user a role that may do this [trace trace-1]"},
		{opDeclared, status(503), "brex: createThing (POST /v1/things): 503 FAULT: as asked; it may have taken effect; repeat it only with idempotency key KEY-1 [trace trace-1]"},
		{opUndeclared, status(503), "brex: sendThing (POST /v1/things/send): 503 FAULT: as asked; it may have taken effect; look before you repeat it: Brex documents no idempotency for it (it was sent with key KEY-1) [trace trace-1]"},
		{opPut, status(503), "brex: updateThing (PUT /v1/things/{id}): 503 FAULT: as asked; it may have taken effect; repeating it has no second effect (it was sent with key KEY-1) [trace trace-1]"},
		{opDelete, status(503), "brex: deleteThing (DELETE /v1/things/{id}): 503 FAULT: as asked; it may have taken effect; repeating it has no second effect [trace trace-1]"},
		{opDeclared, cutShort, "brex: createThing (POST /v1/things): 200: the response was cut off: unexpected EOF; it may have taken effect; repeat it only with idempotency key KEY-1 [trace trace-1]"},
		{opDeclared, body(`{"id":7}`), "brex: createThing (POST /v1/things): 200: a JSON number where string belongs, at id; it has taken effect: do not repeat it [trace trace-1]"},
		{opUndeclared, status(307), "brex: sendThing (POST /v1/things/send): 307 FAULT: a redirect, which is not followed: check the base URL [trace trace-1]"},
		{opDeclared, hang, "brex: createThing (POST /v1/things): no complete response within the timeout of an attempt; it may have taken effect; repeat it only with idempotency key KEY-1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			opts := []CallOption{WithoutRetry()}
			if tc.op.Method == "POST" || tc.op.Method == "PUT" {
				opts = append(opts, WithIdempotencyKey(key))
			}
			_, err := send(t.Context(), newTestClient(t, roundTrip(tc.do)), tc.op, opts...)
			if err == nil || err.Error() != tc.want {
				t.Errorf("got  %v\nwant %s", err, tc.want)
			}
		})
	}
}

// Errors of the network are told without the address's query, whatever wraps them, and their cause can be found.
func TestErrorOfTheNetwork(t *testing.T) {
	cause := errors.New("broken pipe of " + testToken)
	query := wire.Query{}
	query.String("email", "someone@example.com")
	for name, err := range map[string]error{
		"plain":        cause,
		"url error":    &url.Error{Op: "Get", URL: "https://api.brex.com/v1/things?email=someone%40example.com", Err: cause},
		"nested":       &url.Error{Op: "Get", URL: "https://x/?a=1", Err: fmt.Errorf("proxy: %w", &url.Error{Op: "Get", URL: "https://api.brex.com/?email=someone%40example.com", Err: cause})},
		"in the text":  fmt.Errorf("GET https://api.brex.com/v1/things?email=someone%%40example.com failed:\n%w", cause),
		"empty":        &url.Error{Op: "Get", URL: "https://x/?email=someone%40example.com"},
		"empty nested": fmt.Errorf("https://x/?email=someone%%40example.com %w", &url.Error{URL: "https://x/?email=someone%40example.com", Err: cause}),
	} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return nil, err }))
		got := client.caller.Call(t.Context(), &wire.Request{Op: opList, Query: query, Options: []CallOption{WithoutRetry()}}, &struct{}{})
		e := asError(t, got)
		if text := e.Error(); strings.Contains(text, "someone") || strings.Contains(text, testToken) || strings.Contains(text, "\n") || !errors.Is(e, ErrNoResponse) {
			t.Errorf("%s: %q", name, text)
		}
		if name != "empty" && !errors.Is(e, cause) {
			t.Errorf("%s: the cause is lost: %v", name, e)
		}
	}
}

// Nor does a text of net/http's show the address, in which an id stands.
func TestErrorOfTheNetworkHidesTheAddress(t *testing.T) {
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }))
	_, err := send(t.Context(), client, opRead, WithoutRetry())
	if text := err.Error(); text != "brex: getThing (GET /v1/things/{id}): broken" {
		t.Error(text)
	}
}

// The error of a token source often holds the answer it got, which can hold secrets: it can be asked for, but is not shown.
func TestErrorOfATokenSource(t *testing.T) {
	retrieve := &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400}, Body: []byte("refresh_token=secret-refresh")}
	for name, source := range map[string]tokenFunc{
		"error":      func() (*oauth2.Token, error) { return nil, retrieve },
		"nil token":  func() (*oauth2.Token, error) { return nil, nil },
		"empty":      func() (*oauth2.Token, error) { return &oauth2.Token{}, nil },
		"line break": func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "secret-refresh\n"}, nil },
		"odd type": func() (*oauth2.Token, error) {
			return &oauth2.Token{AccessToken: "a", TokenType: "secret-refresh\r\nX: y"}, nil
		},
	} {
		requests := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { requests++; return reply(200, "{}"), nil }), WithTokenSource(source))
		_, err := send(t.Context(), client, opDeclared)
		e := asError(t, err)
		if !errors.Is(err, ErrAuth) || e.Outcome() != OutcomeNotSent || e.Attempts != 0 || requests != 0 {
			t.Errorf("%s: %d requests, %s: %v", name, requests, e.Outcome(), err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, err); strings.Contains(text, "secret-refresh") {
				t.Errorf("%s: %s shows %s", name, verb, text)
			}
		}
		if found := new(oauth2.RetrieveError); name == "error" && (!errors.As(err, &found) || found != retrieve) {
			t.Error("the source's error cannot be found")
		}
	}
}

// contextError gives both, the context's error and the cause.
func TestContextError(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	if err := contextError(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, why) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := contextError(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Whatever an answer holds: no panic, one bounded line of printable text, no token.
func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{``, `{}`, `{"type":"NOT_FOUND","message":"m","code":"c"}`, `{"errors":{"a":["b"]}}`, `{"errors":[]}`, `<html>`, `[1]`, "\x00\xff",
		`{"message":"` + testToken + `"}`, `{"message":"\u0000\u2028 4111 1111 1111 1111"}`, `{"error_code":"X","message":["a",{"b":"c"}]}`} {
		f.Add([]byte(seed))
	}
	k := &call{op: opRead, token: testToken, target: url.URL{RawQuery: "cursor=secret-cursor"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := &Error{}
		e.readErrorBody(body, k.hide)
		for _, s := range []string{e.Type, e.Code, e.Message} {
			if len(s) > 503 || !utf8.ValidString(s) || strings.Contains(s, testToken) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q gives %q", body, s)
			}
		}
		if len(e.Type) > 103 || len(e.Code) > 103 {
			t.Errorf("type of %d bytes, code of %d", len(e.Type), len(e.Code))
		}
		if text := e.Error(); strings.Contains(text, "\n") || bytes.Contains([]byte(text), []byte(testToken)) {
			t.Errorf("text %q", text)
		}
	})
}
