package brex

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const transferBody = `{"amount":{"amount":125000,"currency":"USD"},"counterparty":{"payment_instrument_id":"pi_1","type":"VENDOR"},` +
	`"description":"d <&> \u003c","external_memo":"m","originating_account":{"id":"dpacc_1","type":"BREX_CASH"}}`

// What Prepare returns is what Send sends, byte for byte, also after it was kept as JSON; a retry has the same key.
func TestPreparedIsSentAsItIs(t *testing.T) {
	var sent []*http.Request
	var bodies []string
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		b, _ := io.ReadAll(r.Body)
		sent, bodies = append(sent, r), append(bodies, string(b))
		return reply(map[bool]int{true: 503, false: 200}[len(sent) == 1], transferResponse), nil
	}), WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}))
	p, err := client.Prepare("createTransfer", transferBody, WithIdempotencyKey("rent-2026-11"))
	require.NoError(t, err)
	require.Empty(t, sent)
	require.Equal(t, "createTransfer POST /v1/transfers  rent-2026-11", fmt.Sprint(p.Operation.ID, " ", p.Method, " ", p.Path, " ", p.Query, " ", p.Key))

	kept, err := json.Marshal(p)
	require.NoError(t, err)
	var again Prepared
	require.NoError(t, json.Unmarshal(kept, &again))
	require.Equal(t, *p, again)

	raw, err := client.Send(t.Context(), &again)
	require.NoError(t, err)
	require.JSONEq(t, transferResponse, string(raw))
	require.Len(t, sent, 2)
	for i, r := range sent {
		require.Equal(t, "rent-2026-11", r.Header.Get("Idempotency-Key"))
		require.Equal(t, string(p.Body), bodies[i])
		require.Equal(t, "/v1/transfers", r.URL.Path)
	}
	require.JSONEq(t, transferBody, string(p.Body))
}

// Every operation can be prepared and sent with the request of its golden file.
func TestPreparePathAndQuery(t *testing.T) {
	var sent *http.Request
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r
		return reply(200, `{"items":[]}`), nil
	}))
	p, err := client.Prepare("listCashTransactions", map[string]any{"id": "a/b c?", "limit": 7, "posted_at_start": "2026-11-01T00:00:00Z"})
	require.NoError(t, err)
	require.Equal(t, "/v2/transactions/cash/a%2Fb%20c%3F", p.Path)
	require.Empty(t, p.Key, "a GET has no key")
	require.Nil(t, p.Body)
	_, err = client.Send(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, p.Path, sent.URL.EscapedPath())
	require.Equal(t, p.Query, sent.URL.RawQuery)
}

func TestPrepareChoosesAKey(t *testing.T) {
	client := newTestClient(t, nothingSent(t))
	a, err := client.Prepare("createTransfer", transferBody)
	require.NoError(t, err)
	b, err := client.Prepare("createTransfer", transferBody)
	require.NoError(t, err)
	require.Len(t, a.Key, 36)
	require.NotEqual(t, a.Key, b.Key)
}

func TestPrepareRefuses(t *testing.T) {
	client := newTestClient(t, nothingSent(t))
	for want, prepare := range map[string]func() (*Prepared, error){
		"is not an operation": func() (*Prepared, error) { return client.Prepare("createFortune", nil) },
		"amount is zero": func() (*Prepared, error) {
			return client.Prepare("createTransfer", strings.Replace(transferBody, "125000", "0", 1))
		},
		"body.amount is missing":   func() (*Prepared, error) { return client.Prepare("createTransfer", `{}`) },
		"id is missing":            func() (*Prepared, error) { return client.Prepare("getCardById", nil) },
		"goes with POST":           func() (*Prepared, error) { return client.Prepare("getMe", nil, WithIdempotencyKey("k")) },
		"WithIdempotencyKey only":  func() (*Prepared, error) { return client.Prepare("getMe", nil, WithoutRetry()) },
		"pages of 1 to 1000 items": func() (*Prepared, error) { return client.Prepare("listUsers", `{"limit":1001}`) },
	} {
		p, err := prepare()
		require.ErrorIs(t, err, ErrUsage, want)
		require.ErrorContains(t, err, want)
		require.Nil(t, p)
	}
}

// A prepared request that somebody changed is checked like any other, and is not sent.
func TestSendRefuses(t *testing.T) {
	client := newTestClient(t, nothingSent(t))
	valid := func(operation, params string) *Prepared {
		p, err := client.Prepare(operation, params)
		require.NoError(t, err)
		return p
	}
	transfer := func(change func(*Prepared)) *Prepared {
		p := valid("createTransfer", transferBody)
		change(p)
		return p
	}
	card := func(path string) *Prepared {
		p := valid("getCardById", `{"id":"c1"}`)
		p.Path = path
		return p
	}
	users := func(query string) *Prepared {
		p := valid("listUsers", `{}`)
		p.Query = query
		return p
	}
	for _, tc := range []struct {
		p    *Prepared
		want string
	}{
		{nil, "is nil"},
		{&Prepared{}, "has no operation"},
		{&Prepared{Operation: &Operation{ID: "nope"}}, "is not an operation"},
		{transfer(func(p *Prepared) { p.Method = "PUT" }), "is a PUT; createTransfer is a POST"},
		{transfer(func(p *Prepared) { p.Key = "" }), "no idempotency key"},
		{transfer(func(p *Prepared) { p.Key = "a b" }), "only visible ASCII"},
		{transfer(func(p *Prepared) { p.Body = nil }), "must have a body"},
		{transfer(func(p *Prepared) { p.Body = json.RawMessage(`{`) }), "is not JSON"},
		{transfer(func(p *Prepared) { p.Body = json.RawMessage(`null`) }), "is null"},
		{transfer(func(p *Prepared) { p.Body = json.RawMessage(`{"amount":{"amount":-5}}`) }), "amount.amount is negative"},
		{transfer(func(p *Prepared) { p.Path = "/v1/vendors" }), "is not one of createTransfer"},
		{transfer(func(p *Prepared) { p.Path = "/v1/transfers/x" }), "is not one of createTransfer"},
		{card("/v2/cards/"), "id is empty"},
		{card("/v2/cards/..%2F.."), "not an id"},
		{card("/v2/cards/%zz"), "cannot be unescaped"},
		{card("/v2/cards/c1?x=y/../z"), "is not one of getCardById"},
		{users("limit=5000"), "pages of 1 to 1000"},
		{users("a=%zz"), "cannot be read"},
		{func() *Prepared { p := valid("getMe", `{}`); p.Key = "k"; return p }(), "goes with POST and PUT only"},
		{func() *Prepared { p := valid("getMe", `{}`); p.Body = json.RawMessage(`{}`); return p }(), "must have a body exactly where"},
	} {
		raw, err := client.Send(t.Context(), tc.p)
		require.ErrorIs(t, err, ErrUsage, tc.want)
		require.ErrorContains(t, err, tc.want)
		require.Nil(t, raw)
	}
	_, err := client.Send(t.Context(), valid("createTransfer", transferBody), WithIdempotencyKey("other"))
	require.ErrorContains(t, err, "has its idempotency key")
}

// Printing shows neither ids, query nor body.
func TestPreparedPrints(t *testing.T) {
	client := newTestClient(t, nil)
	p, err := client.Prepare("createTransfer", transferBody, WithIdempotencyKey("k1"))
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
		for _, v := range []any{p, *p} {
			require.Equal(t, fmt.Sprintf("brex.Prepared(createTransfer, POST /v1/transfers, %d bytes, key k1)", len(p.Body)), fmt.Sprintf(verb, v))
		}
	}
	require.NotContains(t, p.LogValue().String(), "dpacc")
}

// Whatever is kept as a prepared request: no panic, and what is refused is not sent.
func FuzzPrepared(f *testing.F) {
	client := newTestClient(f, nil)
	p, err := client.Prepare("createTransfer", transferBody)
	require.NoError(f, err)
	text, err := json.Marshal(p)
	require.NoError(f, err)
	f.Add(string(text))
	f.Add(`{"operation":"getCardById","method":"GET","path":"/v2/cards/x"}`)
	f.Fuzz(func(t *testing.T, text string) {
		sent := false
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { sent = true; return reply(200, `{}`), nil }))
		var p Prepared
		if json.Unmarshal([]byte(text), &p) != nil {
			return
		}
		_, err := client.Send(t.Context(), &p)
		require.Equal(t, !sent, errorIsUsage(err), "%v", err)
	})
}
