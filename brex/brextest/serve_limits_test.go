package brextest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// inProcess carries requests to a handler without a network, which is what a
// synctest bubble needs.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // net/http panics with this value itself
			err = io.ErrUnexpectedEOF
		} else if p != nil {
			panic(p)
		}
	}()
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

func clientOf(t testing.TB, h *brextest.Handler, opts ...brex.Option) *brex.Client {
	t.Helper()
	client, err := brex.New(append([]brex.Option{brex.WithToken(h.Token()), brex.WithBaseURL("http://localhost"),
		brex.WithHTTPClient(&http.Client{Transport: inProcess{h}}), brex.WithLimiter(nil)}, opts...)...)
	require.NoError(t, err)
	return client
}

func TestRequestLimit(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithLimits(brextest.Limits{}), brextest.WithToken("other", "companies.readonly"))
	for i := range 999 {
		require.Equal(t, 200, s.get("/v2/company").Status, i)
		s.Advance(time.Millisecond)
	}
	require.Equal(t, 400, s.get("/v2/users?limit=x").Status, "a mistake counts too")
	limited := func(wait string) {
		t.Helper()
		got := s.get("/v2/company")
		require.Equal(t, []any{429, wait}, []any{got.Status, got.Header.Get("Retry-After")})
		requireBrexShaped(t, got)
	}
	limited("60") // 59.001 s, rounded up
	require.Equal(t, 429, s.raw("GET", "/v2/company", "", "Authorization", "Bearer other").Status, "all user tokens are one customer's")
	require.Equal(t, 401, s.raw("GET", "/v2/company", "", "Authorization", "Bearer wrong").Status, "nobody is no client")
	s.Advance(59 * time.Second)
	limited("1")
	s.Advance(time.Millisecond)
	require.Equal(t, 200, s.get("/v2/company").Status, "what was refused did not count")
	limited("1")
	s.Advance(time.Minute)
	require.Equal(t, 200, s.get("/v2/company").Status)

	// By default nothing is limited, and one number can be turned off.
	for _, s := range []*sandbox{newSandbox(t, small), newSandbox(t, small, brextest.WithLimits(brextest.Limits{Requests: brextest.None}))} {
		for range 1100 {
			require.Equal(t, 200, s.get("/v2/company").Status)
		}
	}
}

// TestDailyLimits are on what is made, not on what is asked for.
func TestDailyLimits(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithLimits(brextest.Limits{Transfers: 4, InternationalWires: 1, Cards: 2}))
	b := bankOf(s)
	n := 0
	pay := func(instrument string) result {
		n++
		return s.do("POST", "/v1/transfers", b.pay(instrument, 100, ""), key(fmt.Sprint("k", n))...)
	}
	require.Equal(t, 400, pay("nobody").Status)
	require.Equal(t, 200, pay(b.world).Status)
	wantProblem(t, pay(b.world), 429, "international_wires")
	for range 3 {
		require.Equal(t, 200, pay(b.ach).Status)
	}
	got := pay(b.ach)
	wantProblem(t, got, 429, "transfers")
	require.Equal(t, "86400", got.Header.Get("Retry-After"))
	require.Equal(t, 200, s.do("POST", "/v1/transfers", b.pay(b.world, 100, ""), key("k2")...).Status, "a replay makes nothing")
	linked := ids(s.all("/v1/linked_accounts"))[0]
	incoming := fmt.Sprintf(`{"counterparty":{"type":"BANK","id":%q},"receiving_account":{"type":"BREX_CASH","id":%q},"amount":{"amount":5,"currency":"USD"},"description":"in"}`, linked, b.primary)
	require.Equal(t, 429, s.do("POST", "/v1/incoming_transfers", incoming, key("in")...).Status)
	s.Advance(24 * time.Hour)
	require.Equal(t, 200, s.do("POST", "/v1/incoming_transfers", incoming, key("in")...).Status)
	require.Equal(t, 200, pay(b.world).Status)

	user := s.get("/v2/users/me").json(t)["id"].(string)
	card := fmt.Sprintf(`{"owner":{"type":"USER","user_id":%q},"card_name":"Ads","card_type":"VIRTUAL","limit_type":"USER"}`, user)
	statuses := []int{}
	for i := range 3 {
		statuses = append(statuses, s.do("POST", "/v2/cards", card, key(fmt.Sprint("c", i))...).Status)
	}
	require.Equal(t, []int{200, 200, 429}, statuses)
}

func TestRetryHints(t *testing.T) {
	t.Parallel()
	for hint, want := range map[brextest.RetryHint]string{
		brextest.HintSeconds: "60", brextest.HintDate: "Mon, 02 Nov 2026 12:01:00 GMT", brextest.HintNone: "",
	} {
		s := newSandbox(t, small, brextest.WithLimits(brextest.Limits{Requests: 1}), brextest.WithRetryHint(hint))
		s.Advance(time.Hour)
		s.get("/v2/company")
		got := s.get("/v2/company")
		require.Equal(t, []any{429, want}, []any{got.Status, got.Header.Get("Retry-After")})
	}
	_, err := brextest.NewHandler(brextest.WithRetryHint(9))
	require.ErrorContains(t, err, "is not a hint")
	_, err = brextest.NewHandler(brextest.WithLimits(brextest.Limits{Cards: -2}))
	require.ErrorContains(t, err, "Cards is -2")
}

// TestLimitWithARunningClock has clients that really wait, in the time of a
// synctest bubble.
func TestLimitWithARunningClock(t *testing.T) {
	t.Parallel()
	const calls = 2500
	for _, hint := range []brextest.RetryHint{brextest.HintSeconds, brextest.HintDate} {
		for _, polite := range []bool{true, false} {
			t.Run(fmt.Sprintf("hint %d, polite %v", hint, polite), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h, err := brextest.NewHandler(small, brextest.WithClock(time.Now), brextest.WithLimits(brextest.Limits{}),
						brextest.WithRetryHint(hint), brextest.WithRequestLog(2*calls))
					require.NoError(t, err)
					limiter := brex.WithLimiter(nil)
					if polite {
						// One of its own: the default is shared with other tests, whose clock is another.
						window, err := brex.NewWindow(1000, time.Minute)
						require.NoError(t, err)
						limiter = brex.WithLimiter(window)
					}
					client := clientOf(t, h, limiter)
					start := time.Now()
					for range calls {
						_, err := client.Company.Get(t.Context())
						require.NoError(t, err)
					}
					require.InDelta(t, 120, time.Since(start).Seconds(), 3)
					refused := 0
					for _, r := range h.Requests() {
						if r.Status == 429 {
							refused++
						}
					}
					if polite {
						require.Zero(t, refused, "the client's own limiter keeps to the same window")
					} else {
						require.Equal(t, 2, refused, "each time told once how long to wait")
					}
				})
			})
		}
	}
}
