package brex

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestZonedTimes(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 500e6, time.FixedZone("", -5*3600))
	query := wire.Query{}
	query.Time("posted_at_start", at)
	for want, opts := range map[string][]Option{"posted_at_start=2026-11-01T17%3A00%3A00.5": nil, "posted_at_start=2026-11-01T17%3A00%3A00.5Z": {WithZonedTimes()}} {
		got := ""
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.RawQuery
			return reply(200, `{"items":[]}`), nil
		}), opts...)
		if err := client.caller.Call(t.Context(), &wire.Request{Op: opList, Query: query}, nil); err != nil || got != want {
			t.Errorf("sent %s, want %s, %v", got, want, err)
		}
	}
}

func TestPathIDs(t *testing.T) {
	for id, want := range map[string]string{ // "" for refused
		"thing_1":          "/v1/things/thing_1/parts/p",
		"a/b":              "/v1/things/a%2Fb/parts/p",
		"a b":              "/v1/things/a%20b/parts/p",
		"a+b&c=d":          "/v1/things/a+b&c=d/parts/p",
		"a?b#c":            "/v1/things/a%3Fb%23c/parts/p",
		"%2e%2e":           "/v1/things/%252e%252e/parts/p",
		"100%":             "/v1/things/100%25/parts/p",
		"...":              "/v1/things/.../parts/p",
		".a":               "/v1/things/.a/parts/p",
		"日本":               "/v1/things/%E6%97%A5%E6%9C%AC/parts/p",
		"{part}":           "/v1/things/%7Bpart%7D/parts/p",
		"{id}":             "/v1/things/%7Bid%7D/parts/p",
		"dGVzdA==":         "/v1/things/dGVzdA==/parts/p",
		"":                 "",
		".":                "",
		"..":               "",
		" a":               "",
		"a ":               "",
		"\u00a0a":          "",
		"a\nb":             "",
		"a\x00b":           "",
		"a\u0085b":         "",
		"../users":         "",
		"a/../../v2/users": "",
		"a/.":              "",
		`..\users`:         "",
	} {
		got := ""
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.EscapedPath()
			if r.URL.RequestURI() != got {
				t.Errorf("%q: request URI %q", id, r.URL.RequestURI())
			}
			return reply(200, `{"id":"x"}`), nil
		}))
		err := client.caller.Call(t.Context(), &wire.Request{Op: opTwoIDs, Path: []string{id, "p"}}, nil)
		if got != want || (want == "") != errors.Is(err, ErrUsage) {
			t.Errorf("id %q: sent %q, want %q, %v", id, got, want, err)
		}
		if want == "" {
			if e := asError(t, err); e.Outcome() != OutcomeNotSent || e.Attempts != 0 || strings.ContainsAny(e.Error(), "\n\x00") {
				t.Errorf("id %q: %s, %q", id, e.Outcome(), e)
			}
		}
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { t.Error("sent"); return nil, nil }))
	for _, path := range [][]string{nil, {"a"}, {"a", "b", "c"}} {
		if err := client.caller.Call(t.Context(), &wire.Request{Op: opTwoIDs, Path: path}, nil); !errors.Is(err, ErrUsage) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestPageLimits(t *testing.T) {
	free := *opList
	free.PageLimit = 0
	for _, tc := range []struct {
		op    *wire.Operation
		limit int
		ok    bool
	}{{opList, 0, true}, {opList, 1, true}, {opList, 100, true}, {opList, 101, false}, {opList, -1, false}, {&free, 5000, true}, {&free, -5, false}} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, `{"items":[]}`), nil }))
		req := &wire.Request{Op: tc.op}
		req.Query.Int("limit", tc.limit)
		if err := client.caller.Call(t.Context(), req, nil); (err == nil) != tc.ok || err != nil && !errors.Is(err, ErrUsage) {
			t.Errorf("limit %d: %v", tc.limit, err)
		}
	}
}

// An error with status 200 must not look like an empty result. A member of the type, be it null, and members that were added
// since make no error.
func TestHiddenError(t *testing.T) {
	type limit struct {
		Monthly *Money `json:"monthly_limit"`
		thing
	}
	type note struct {
		Message string `json:"message"`
	}
	for answer, ok := range map[string]bool{
		`{}`:                                   false, // Brex sends members, be they null
		`{"monthly_limit":null}`:               true,
		`{"monthly_limit":null,"message":"m"}`: true,
		`{"note":"","errors":[]}`:              true,
		`{"added_last_week":{"a":1}}`:          false,
		`[]`:                                   false,
		`"OK"`:                                 false,
		`1`:                                    false,
		`{"status":"ok"}`:                      false,
		`{"type":"X","message":"m"}`:           false,
		`{"errors":[]}`:                        false,
		`{"errors":{"a":["b"]},"x":1}`:         false,
		`{"error":{"message":"m"}}`:            false,
		`{"error_code":"X","details":null}`:    false,
	} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, answer), nil }))
		got, err := wire.Do[limit](t.Context(), client.Caller(), &wire.Request{Op: opDeclared})
		if ok && (err != nil || got == nil) || !ok && (!errors.Is(err, ErrBadResponse) || got != nil || asError(t, err).Outcome() != OutcomeUnknown) {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
		if answer[0] != '{' {
			continue
		}
		if _, err := wire.Do[map[string]any](t.Context(), client.Caller(), &wire.Request{Op: opDeclared}); err != nil {
			t.Errorf("%s into a map: %v", answer, err)
		}
		if _, err := wire.Do[wire.Union](t.Context(), client.Caller(), &wire.Request{Op: opDeclared}); err != nil {
			t.Errorf("%s into a union: %v", answer, err)
		}
	}
	for answer, ok := range map[string]bool{ // of an operation whose response Brex documents as empty
		``: true, `{}`: true, `{ }`: true, `null`: true, `OK`: false, `"deleted"`: false, `[]`: false, `{"message":"deleted"}`: false, `{"type":"vendor"}`: false,
		`{"type":"X","message":"m"}`: false, `{"errors":[{}]}`: false, `{"error":"m"}`: false, `{"error_code":"X"}`: false,
	} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, answer), nil }))
		for _, op := range []*wire.Operation{opNoBody, opDelete} {
			_, err := send(t.Context(), client, op)
			if ok && err != nil || !ok && (!errors.Is(err, ErrBadResponse) || asError(t, err).Outcome() != OutcomeUnknown) {
				t.Errorf("%s, %s: %v", op.ID, answer, err)
			}
		}
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, `{"message":""}`), nil }))
	if _, err := wire.Do[note](t.Context(), client.Caller(), &wire.Request{Op: opDeclared}); err != nil {
		t.Errorf("a type that has a message: %v", err)
	}
}

// A thing without the id that its document requires is no thing: {} and {"data": {...}} would decode to one that a caller takes for
// made. A list's element that is null would be an empty one, and a backfill, which knows items by their id, would give one for many.
func TestResponsesThatNameNothing(t *testing.T) {
	create := func(ctx context.Context, c *Client) (any, error) {
		return c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "Acme"})
	}
	list := func(ctx context.Context, c *Client) (any, error) { return c.Vendors.List(ctx, VendorListParams{}) }
	backfill := func(ctx context.Context, c *Client) (any, error) {
		now := time.Now()
		return Collect(c.Expenses.Backfill(ctx, now.Add(-time.Hour), now, ExpenseBackfillOptions{}))
	}
	bare := func(ctx context.Context, c *Client) (any, error) { return c.Accounts.ListCard(ctx) }
	secrets := func(ctx context.Context, c *Client) (any, error) { return c.Webhooks.Secrets(ctx) }
	for _, tc := range []struct {
		answer, missing string // "" where it is valid
		outcome         Outcome
		call            func(context.Context, *Client) (any, error)
	}{
		{`{}`, "id", OutcomeUnknown, create},
		{`{"data":{"id":"v1"}}`, "id", OutcomeUnknown, create},
		{`{"status":"ok"}`, "id", OutcomeUnknown, create},
		{`{"id":null,"company_name":"Acme"}`, "id", OutcomeDone, create},
		{`{"id":"v1"}`, "", "", create},
		{`{"items":[null]}`, "id in element 1", OutcomeDone, list},
		{`{"items":[{"id":"v1"},{"company_name":"Acme"}]}`, "id in element 2", OutcomeDone, list},
		{`{"items":[{"id":"v1"}]}`, "", "", list},
		{`{"items":[null,null]}`, "id in element 1", OutcomeDone, backfill},
		{`[{"id":"a1"},null]`, "id in element 2", OutcomeUnknown, bare},
		{`[]`, "", "", bare},
		{`[{"secret":"s1"},null]`, "object in element 2", OutcomeUnknown, secrets},
	} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, tc.answer), nil }))
		_, err := tc.call(t.Context(), client)
		if tc.missing == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.answer, err)
			}
			continue
		}
		if !errors.Is(err, ErrBadResponse) || !strings.Contains(err.Error(), "the body has no "+tc.missing) || asError(t, err).Outcome() != tc.outcome {
			t.Errorf("%s: %v", tc.answer, err)
		}
	}
}

// WithJSON decodes pages and single things; what it refuses is a bad answer, without the decoder's words, which may quote it.
func TestWithJSON(t *testing.T) {
	var decoded []string
	fail := false
	decode := func(data []byte, v any) error {
		decoded = append(decoded, reflect.TypeOf(v).String()+" "+string(data))
		if fail {
			return errors.New("cannot read " + string(data))
		}
		return json.Unmarshal(data, v)
	}
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/v2/users" {
			return reply(200, ` {"items":[{"id":"u1"}],"next_cursor":null} `), nil
		}
		return reply(200, `{"id":"thing-secret"}`), nil
	}), WithJSON(decode))
	got, err := send(t.Context(), client, opRead)
	if err != nil || got.ID != "thing-secret" {
		t.Fatalf("%+v, %v", got, err)
	}
	page, err := client.Users.List(t.Context(), UserListParams{})
	if err != nil || len(page.Items) != 1 || page.Items[0].ID != "u1" {
		t.Fatalf("%+v, %v", page, err)
	}
	if len(decoded) != 2 || decoded[0] != `*brex.thing {"id":"thing-secret"}` || !strings.HasSuffix(decoded[1], ` {"items":[{"id":"u1"}],"next_cursor":null}`) {
		t.Errorf("decoded %q", decoded)
	}
	fail = true
	_, err = send(t.Context(), client, opDeclared)
	if e := asError(t, err); !errors.Is(err, ErrBadResponse) || e.Outcome() != OutcomeDone || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	if _, err := New(WithToken(testToken), WithJSON(nil)); !errors.Is(err, ErrUsage) {
		t.Errorf("%v", err)
	}
}

// null is not a value of any type, be there a member to miss or not; nothing of it reaches the result.
func TestNullBody(t *testing.T) {
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, " null\n"), nil }))
	for name, out := range map[string]any{"no required id": &struct{ Note string }{}, "an id": &thing{}, "raw": new(json.RawMessage), "list": new([]thing)} {
		err := client.caller.Call(t.Context(), &wire.Request{Op: opTwoIDs, Path: []string{"a", "b"}}, out)
		require.ErrorIs(t, err, ErrBadResponse, name)
		require.ErrorContains(t, err, "the body is empty", name)
		require.True(t, reflect.ValueOf(out).Elem().IsZero(), name)
	}
}
