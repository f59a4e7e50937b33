package brex

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// faultyBrex is a Brex in memory for one thing. It honours idempotency keys as Brex documents it: for operations that
// declare them, and for no others. The first faults requests meet the fault.
type faultyBrex struct {
	op     *wire.Operation
	fault  fault
	faults int

	requests int
	effects  int // how often something was created, sent or deleted, or was changed to another value
	changed  bool
	deleted  bool
	keys     map[string]bool
}

// act does what the operation asks for, and gives the answer.
func (f *faultyBrex) act(req *http.Request) *http.Response {
	key := req.Header.Get("Idempotency-Key")
	switch f.op {
	case opPut:
		if !f.changed {
			f.changed = true
			f.effects++
		}
	case opDeclared:
		if !f.keys[key] {
			f.keys[key] = true
			f.effects++
		}
	case opUndeclared:
		f.effects++
	case opDelete:
		if f.deleted {
			return reply(404, `{"type":"NOT_FOUND","message":"no such thing"}`)
		}
		f.deleted = true
		f.effects++
		return reply(200, "")
	}
	return reply(200, `{"id":"thing_1"}`)
}

func (f *faultyBrex) RoundTrip(req *http.Request) (*http.Response, error) {
	f.requests++
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	if f.requests > f.faults {
		return f.act(req), nil
	}
	if f.fault.acts {
		f.act(req)
	}
	return f.fault.answer(req)
}

type fault struct {
	name    string
	acts    bool // the server acts before the fault
	answer  func(*http.Request) (*http.Response, error)
	options func() []Option // of the client, nil for none
}

// newTokens is a source with another token each time.
func newTokens() []Option {
	given := 0
	return []Option{WithTokenSource(tokenFunc(func() (*oauth2.Token, error) {
		given++
		return &oauth2.Token{AccessToken: fmt.Sprint(testToken, given)}, nil
	}))}
}

func smallResponses() []Option { return []Option{WithMaxResponse(1000)} }

func status(code int, header ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return reply(code, `{"type":"FAULT","message":"as asked"}`, header...), nil
	}
}

func body(text string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return reply(200, text), nil }
}

func netFailure(op string, err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: op, Net: "tcp", Err: err}
	}
}

func hang(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func cutShort(*http.Request) (*http.Response, error) {
	res := reply(200, "")
	res.ContentLength, res.Body = 100, failingBody{strings.NewReader(`{"id":"thi`), io.ErrUnexpectedEOF}
	return res, nil
}

var faultKinds = []fault{
	{name: "refused", answer: netFailure("dial", syscall.ECONNREFUSED)},
	{name: "reset before acting", answer: netFailure("read", syscall.ECONNRESET)},
	{name: "reset after acting", acts: true, answer: netFailure("read", syscall.ECONNRESET)},
	{name: "timeout before acting", answer: hang},
	{name: "timeout after acting", acts: true, answer: hang},
	{name: "429", answer: status(429)},
	{name: "429 seconds", answer: status(429, "Retry-After", "7")},
	{name: "429 date", answer: func(r *http.Request) (*http.Response, error) {
		return status(429, "Retry-After", time.Now().Add(30*time.Second).UTC().Format(http.TimeFormat))(r)
	}},
	{name: "429 negative", answer: status(429, "Retry-After", "-5")},
	{name: "429 garbage", answer: status(429, "Retry-After", "soon")},
	{name: "429 absurd", answer: status(429, "Retry-After", "99999999999999999999")},
	{name: "429 a century", answer: status(429, "Retry-After", "Fri, 31 Dec 2126 23:59:59 GMT")},
	{name: "500", acts: true, answer: status(500)},
	{name: "502", acts: true, answer: status(502)},
	{name: "503", acts: true, answer: status(503, "Retry-After", "3")},
	{name: "503 absurd", acts: true, answer: status(503, "Retry-After", "86400")},
	{name: "504", acts: true, answer: status(504)},
	{name: "501", acts: true, answer: status(501)},
	{name: "400", answer: status(400)},
	{name: "401", answer: status(401)},
	{name: "401, another token", answer: status(401), options: newTokens},
	{name: "403", answer: status(403)},
	{name: "404", answer: status(404)},
	{name: "408", acts: true, answer: status(408)},
	{name: "409", answer: status(409)},
	{name: "422", answer: status(422)},
	{name: "499", acts: true, answer: status(499)},
	{name: "422 on the key", acts: true, answer: func(*http.Request) (*http.Response, error) {
		return reply(422, `{"type":"IDEMPOTENCY_KEY_REUSED","message":"as asked"}`), nil
	}},
	{name: "200 cut off", acts: true, answer: cutShort},
	{name: "200 half JSON", acts: true, answer: body(`{"id":"thi`)},
	{name: "200 empty", acts: true, answer: body("")},
	{name: "200 null", acts: true, answer: body("null")},
	{name: "200 too large", acts: true, answer: body(`{"id":"` + strings.Repeat("x", 1000) + `"}`), options: smallResponses},
	{name: "200 HTML", answer: body("<html><body>Sign in to the Wi-Fi</body></html>")},
	{name: "200 error object", answer: body(`{"type":"INTERNAL","message":"no"}`)},
	{name: "200 other type", acts: true, answer: body(`["thing_1"]`)},
	{name: "200 half of it", acts: true, answer: body(`{"id":null,"note":"x"}`)},
	{name: "200 OK", answer: body("OK")},
	{name: "200 {}", acts: true, answer: body("{}")},
	{name: "200 status ok", answer: body(`{"status":"ok"}`)},
	{name: "204", acts: true, answer: func(*http.Request) (*http.Response, error) { return reply(204, ""), nil }},
	{name: "302", acts: true, answer: status(302, "Location", "https://elsewhere.example/")},
	{name: "307", answer: status(307, "Location", "https://elsewhere.example/")},
	{name: "308", answer: status(308, "Location", "https://elsewhere.example/")},
}

// The matrix: what each class of operation makes of each fault: when one attempt meets it, when all do, or both. A cell
// says: attempts, result, outcome, effects on the server. The outcome is left out where the call worked. It is the table of
// the package doc in full; a change here is a change of what the package promises.
const faultMatrix = `
fault                 | met  | getThing                           | updateThing                        | createThing                        | sendThing                          | deleteThing
refused               | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
refused               | ever | 4 noresponse not sent 0            | 4 noresponse not sent 0            | 4 noresponse not sent 0            | 4 noresponse not sent 0            | 4 noresponse not sent 0
reset before acting   | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 noresponse unknown 0             | 2 ok 1
reset before acting   | ever | 4 noresponse unknown 0             | 4 noresponse unknown 0             | 4 noresponse unknown 0             | 1 noresponse unknown 0             | 4 noresponse unknown 0
reset after acting    | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 noresponse unknown 1             | 2 ok 1
reset after acting    | ever | 4 noresponse unknown 0             | 4 noresponse unknown 1             | 4 noresponse unknown 1             | 1 noresponse unknown 1             | 4 noresponse unknown 1
timeout before acting | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 noresponse unknown 0             | 2 ok 1
timeout before acting | ever | 3 noresponse+budget unknown 0      | 3 noresponse+budget unknown 0      | 3 noresponse+budget unknown 0      | 1 noresponse unknown 0             | 3 noresponse+budget unknown 0
timeout after acting  | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 noresponse unknown 1             | 2 ok 1
timeout after acting  | ever | 3 noresponse+budget unknown 0      | 3 noresponse+budget unknown 1      | 3 noresponse+budget unknown 1      | 1 noresponse unknown 1             | 3 noresponse+budget unknown 1
429                   | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
429                   | ever | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0
429 seconds           | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
429 seconds           | ever | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0
429 date              | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
429 date              | ever | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0
429 negative          | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
429 negative          | ever | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0
429 garbage           | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
429 garbage           | ever | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0            | 4 ratelimited refused 0
429 absurd            | any  | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0
429 a century         | any  | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0 | 1 ratelimited+retryafter refused 0
500                   | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 server unknown 1                 | 2 ok 1
500                   | ever | 4 server unknown 0                 | 4 server unknown 1                 | 4 server unknown 1                 | 1 server unknown 1                 | 4 server unknown 1
502                   | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 server unknown 1                 | 2 ok 1
502                   | ever | 4 server unknown 0                 | 4 server unknown 1                 | 4 server unknown 1                 | 1 server unknown 1                 | 4 server unknown 1
503                   | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 server unknown 1                 | 2 ok 1
503                   | ever | 4 server unknown 0                 | 4 server unknown 1                 | 4 server unknown 1                 | 1 server unknown 1                 | 4 server unknown 1
503 absurd            | any  | 1 server+retryafter unknown 0      | 1 server+retryafter unknown 1      | 1 server+retryafter unknown 1      | 1 server unknown 1                 | 1 server+retryafter unknown 1
504                   | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 server unknown 1                 | 2 ok 1
504                   | ever | 4 server unknown 0                 | 4 server unknown 1                 | 4 server unknown 1                 | 1 server unknown 1                 | 4 server unknown 1
501                   | any  | 1 server unknown 0                 | 1 server unknown 1                 | 1 server unknown 1                 | 1 server unknown 1                 | 1 server unknown 1
400                   | any  | 1 invalid refused 0                | 1 invalid refused 0                | 1 invalid refused 0                | 1 invalid refused 0                | 1 invalid refused 0
401                   | any  | 1 unauthorized refused 0           | 1 unauthorized refused 0           | 1 unauthorized refused 0           | 1 unauthorized refused 0           | 1 unauthorized refused 0
401, another token    | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1                             | 2 ok 1
401, another token    | ever | 2 unauthorized refused 0           | 2 unauthorized refused 0           | 2 unauthorized refused 0           | 2 unauthorized refused 0           | 2 unauthorized refused 0
403                   | any  | 1 forbidden refused 0              | 1 forbidden refused 0              | 1 forbidden refused 0              | 1 forbidden refused 0              | 1 forbidden refused 0
404                   | any  | 1 notfound refused 0               | 1 notfound refused 0               | 1 notfound refused 0               | 1 notfound refused 0               | 1 notfound refused 0
408                   | any  | 1 none unknown 0                   | 1 none unknown 1                   | 1 none unknown 1                   | 1 none unknown 1                   | 1 none unknown 1
409                   | any  | 1 conflict refused 0               | 1 conflict refused 0               | 1 conflict unknown 0               | 1 conflict refused 0               | 1 conflict refused 0
422                   | any  | 1 invalid refused 0                | 1 invalid refused 0                | 1 invalid refused 0                | 1 invalid refused 0                | 1 invalid refused 0
499                   | any  | 1 none unknown 0                   | 1 none unknown 1                   | 1 none unknown 1                   | 1 none unknown 1                   | 1 none unknown 1
422 on the key        | any  | 1 invalid unknown 0                | 1 invalid unknown 1                | 1 invalid unknown 1                | 1 invalid unknown 1                | 1 invalid unknown 1
200 cut off           | once | 2 ok 0                             | 2 ok 1                             | 2 ok 1                             | 1 badresponse unknown 1            | 2 ok 1
200 cut off           | ever | 4 badresponse unknown 0            | 4 badresponse unknown 1            | 4 badresponse unknown 1            | 1 badresponse unknown 1            | 4 badresponse unknown 1
200 half JSON         | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1
200 empty             | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 ok 1
200 null              | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 ok 1
200 too large         | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1
200 HTML              | any  | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0
200 error object      | any  | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0
200 other type        | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1
200 half of it        | any  | 1 badresponse done 0               | 1 badresponse done 1               | 1 badresponse done 1               | 1 badresponse done 1               | 1 badresponse unknown 1
200 OK                | any  | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0
200 {}                | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 ok 1
200 status ok         | any  | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0            | 1 badresponse unknown 0
204                   | any  | 1 badresponse unknown 0            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 badresponse unknown 1            | 1 ok 1
302                   | any  | 1 none unknown 0                   | 1 none unknown 1                   | 1 none unknown 1                   | 1 none unknown 1                   | 1 none unknown 1
307                   | any  | 1 none refused 0                   | 1 none refused 0                   | 1 none refused 0                   | 1 none refused 0                   | 1 none refused 0
308                   | any  | 1 none refused 0                   | 1 none refused 0                   | 1 none refused 0                   | 1 none refused 0                   | 1 none refused 0
`

func TestFaultMatrix(t *testing.T) {
	got := strings.SplitAfter(strings.TrimLeft(faultMatrix, "\n"), "\n")[0]
	row := func(f fault, met string, times int) string {
		line := fmt.Sprintf("%-21s | %s", f.name, met)
		for _, op := range opClasses {
			line += fmt.Sprintf(" | %-34s", faultCell(t, op, f, times))
		}
		return strings.TrimRight(line, " ") + "\n"
	}
	for _, f := range faultKinds {
		once, ever := row(f, "once", 1), row(f, "ever", 1000)
		if once == strings.Replace(ever, "| ever |", "| once |", 1) {
			got += strings.Replace(ever, "| ever |", "| any  |", 1)
		} else {
			got += once + ever
		}
	}
	want := strings.TrimLeft(faultMatrix, "\n")
	if got == want {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range gotLines {
		if i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Errorf("row %d is now\n%s", i, gotLines[i])
		}
	}
	t.Logf("the whole matrix:\n%s", got)
}

// faultCell plays one cell. It also holds what must hold in every cell, whatever the table says.
func faultCell(t *testing.T, op *wire.Operation, f fault, times int) (cell string) {
	synctest.Test(t, func(t *testing.T) {
		server := &faultyBrex{op: op, fault: f, faults: times, keys: map[string]bool{}}
		var options []Option
		if f.options != nil {
			options = f.options()
		}
		client := newTestClient(t, server, options...)
		var response Response
		got, err := send(t.Context(), client, op, WithResponse(&response))
		name := op.ID + ", " + f.name

		if server.effects > 1 {
			t.Errorf("%s: %d effects on the server", name, server.effects)
		}
		if response.Attempts != server.requests {
			t.Errorf("%s: %d attempts reported, %d requests seen", name, response.Attempts, server.requests)
		}
		if err == nil {
			if op.Result != "" && got.ID != "thing_1" {
				t.Errorf("%s: success with %+v", name, got)
			}
			if op != opRead && server.effects != 1 {
				t.Errorf("%s: success, but %d effects", name, server.effects)
			}
			cell = fmt.Sprintf("%d ok %d", server.requests, server.effects)
			return
		}
		e := asError(t, err)
		if e.Attempts != server.requests {
			t.Errorf("%s: the error says %d attempts, %d requests seen", name, e.Attempts, server.requests)
		}
		if op != opRead {
			switch e.Outcome() { // what the error claims must be true
			case OutcomeNotSent, OutcomeRefused:
				if server.effects != 0 {
					t.Errorf("%s: outcome %s, but there was an effect", name, e.Outcome())
				}
			case OutcomeDone:
				if server.effects != 1 {
					t.Errorf("%s: outcome done, but there was no effect", name)
				}
			}
		}
		if e.Outcome() == OutcomeUnknown && op != opRead && (!strings.Contains(e.Error(), "may have taken effect") ||
			!strings.Contains(e.Error(), e.IdempotencyKey) || (op != opDelete) != (e.IdempotencyKey != "")) {
			t.Errorf("%s: does not say that the outcome is unknown, or not by which key: %v", name, err)
		}
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v looks like the end of the caller's context", name, err)
		}
		if text := e.Error(); strings.Contains(text, testToken) || strings.Contains(text, "\n") {
			t.Errorf("%s: text %q", name, text)
		}
		cell = fmt.Sprintf("%d %s %s %d", server.requests, sentinelNames(err), e.Outcome(), server.effects)
	})
	return cell
}

func sentinelNames(err error) string {
	var names []string
	for _, s := range allSentinels {
		if errors.Is(err, s.err) {
			names = append(names, s.name)
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, "+")
}

var allSentinels = []struct {
	err  error
	name string
}{{ErrInvalid, "invalid"}, {ErrUnauthorized, "unauthorized"}, {ErrForbidden, "forbidden"}, {ErrNotFound, "notfound"},
	{ErrConflict, "conflict"}, {ErrRateLimited, "ratelimited"}, {ErrServer, "server"}, {ErrNoResponse, "noresponse"},
	{ErrBadResponse, "badresponse"}, {ErrUsage, "usage"}, {ErrCursorLoop, "loop"}, {ErrRetryAfter, "retryafter"}, {ErrAuth, "auth"}, {ErrBudget, "budget"}}

// After a 401 the call is repeated once, and only when the source has another token.
func TestFaultMatrixRefreshedToken(t *testing.T) {
	for _, op := range opClasses {
		for name, tc := range map[string]struct {
			tokens   []string // what the source gives, call by call; the last one for ever
			refuse   int      // so many requests are answered 401
			requests int
			ok       bool
		}{
			"other token works":          {[]string{"token-1", "token-2"}, 1, 2, true},
			"same token":                 {[]string{"token-1"}, 1, 1, false},
			"other token is refused too": {[]string{"token-1", "token-2", "token-2", "token-3"}, 9, 2, false},
			"source always has another":  {[]string{"t-1", "t-2", "t-3", "t-4", "t-5", "t-6", "t-7"}, 9, 2, false},
		} {
			synctest.Test(t, func(t *testing.T) {
				server := &faultyBrex{op: op, fault: fault{answer: status(401)}, faults: tc.refuse, keys: map[string]bool{}}
				given := 0
				client := newTestClient(t, server, WithTokenSource(tokenFunc(func() (*oauth2.Token, error) {
					given++
					return &oauth2.Token{AccessToken: tc.tokens[min(given, len(tc.tokens))-1]}, nil
				})))
				start := time.Now()
				_, err := send(t.Context(), client, op)
				if (err == nil) != tc.ok || server.requests != tc.requests || time.Since(start) != 0 {
					t.Errorf("%s, %s: %d requests in %v, %v", op.ID, name, server.requests, time.Since(start), err)
				}
				if !tc.ok && (!errors.Is(err, ErrUnauthorized) || asError(t, err).Outcome() != OutcomeRefused) {
					t.Errorf("%s, %s: %v", op.ID, name, err)
				}
			})
		}
	}
}

// A later refusal does not undo what an earlier attempt may have done.
func TestFaultMatrixSequences(t *testing.T) {
	reset, dial := netFailure("read", syscall.ECONNRESET), netFailure("dial", syscall.ECONNREFUSED)
	answers := func(a ...func(*http.Request) (*http.Response, error)) []func(*http.Request) (*http.Response, error) {
		return a
	}
	for name, tc := range map[string]struct {
		op      *wire.Operation
		answers []func(*http.Request) (*http.Response, error)
		want    Outcome
		is      error
	}{
		"reset, then refused by 409":  {opDeclared, answers(reset, status(409)), OutcomeUnknown, ErrConflict},
		"503, then 401":               {opDeclared, answers(status(503), status(401)), OutcomeUnknown, ErrUnauthorized},
		"503, then 403":               {opPut, answers(status(503), status(403)), OutcomeUnknown, ErrForbidden},
		"503, then no connection":     {opDeclared, answers(status(503), dial), OutcomeUnknown, ErrNoResponse},
		"cut off, then 400":           {opDeclared, answers(cutShort, status(400)), OutcomeUnknown, ErrInvalid},
		"cut off, then 503":           {opDeclared, answers(cutShort, status(503)), OutcomeUnknown, ErrServer},
		"503, cut off, no connection": {opDeclared, answers(status(503), cutShort, dial), OutcomeUnknown, ErrNoResponse},
		"a read, 503, then 404":       {opRead, answers(status(503), status(404)), OutcomeRefused, ErrNotFound},
		"429, then 400":               {opUndeclared, answers(status(429), status(400)), OutcomeRefused, ErrInvalid},
		"no connection, then reset":   {opUndeclared, answers(dial, reset), OutcomeUnknown, ErrNoResponse},
		"503, then a Wi-Fi page":      {opDeclared, answers(status(503), body("<html>")), OutcomeUnknown, ErrBadResponse},
		"cut off, then a Wi-Fi page":  {opDeclared, answers(cutShort, body("<html>")), OutcomeUnknown, ErrBadResponse},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				n++
				return tc.answers[min(n, len(tc.answers))-1](r)
			}))
			_, err := send(t.Context(), client, tc.op)
			e := asError(t, err)
			if e.Outcome() != tc.want || !errors.Is(err, tc.is) {
				t.Errorf("%s: outcome %s, want %s: %v", name, e.Outcome(), tc.want, err)
			}
			if e.TraceID == "" && n > 1 && name != "no connection, then reset" {
				t.Errorf("%s: the trace id of the answer is lost", name)
			}
		})
	}
}
