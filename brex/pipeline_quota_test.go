package brex

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
)

var quotaToken atomic.Int64

// quotaClient is a client with quotas of its own: 3 transfers, 2 international wires, 2 cards.
func quotaClient(t testing.TB, rt http.RoundTripper, opts ...Option) *Client {
	t.Helper()
	token := fmt.Sprintf("quota-token-%d", quotaToken.Add(1))
	client := newTestClient(t, rt, append([]Option{WithToken(token)}, opts...)...)
	if q := client.caller.cfg.quotas; q != nil {
		q.transfers.limit, q.wires.limit, q.cards.limit = 3, 2, 2
	}
	return client
}

func pay(ctx context.Context, c *Client, instrument string, opts ...CallOption) error {
	_, err := c.Transfers.Create(ctx, CreateTransferRequest{Counterparty: VendorCounterparty(instrument), Amount: Money{Amount: 100, Currency: "USD"},
		Description: "d", ExternalMemo: "m", OriginatingAccount: FromCashAccount("dpacc_1")}, opts...)
	return err
}

func issueCard(ctx context.Context, c *Client) error {
	_, err := c.Cards.Create(ctx, CreateCardRequest{CardName: "n"}, WithHeader("X-N", "1"))
	return err
}

const transferAnswer = `{"id":"dptx_1","payment_type":"ACH","amount":{"amount":100,"currency":"USD"},"status":"SCHEDULED"}`

// What counts, and what does not. Each row makes calls and says which of them are refused here.
func TestQuotas(t *testing.T) {
	reset, dial := netFailure("read", errors.New("reset")), netFailure("dial", errors.New("refused"))
	ok, wire := body(transferAnswer), body(strings.Replace(transferAnswer, "ACH", "INTERNATIONAL_WIRE", 1))
	transfer := func(key string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			if key == "" {
				return pay(ctx, c, "pi_1")
			}
			return pay(ctx, c, "pi_1", WithIdempotencyKey(key))
		}
	}
	to := func(instrument string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return pay(ctx, c, instrument) }
	}
	incoming := func(ctx context.Context, c *Client) error {
		_, err := c.IncomingTransfers.Create(ctx, CreateIncomingTransferRequest{Amount: Money{Amount: 1, Currency: "USD"}, Description: "d",
			Counterparty: BankCounterparty("bank_1"), ReceivingAccount: ToCashAccount("dpacc_1")})
		return err
	}
	type calls []func(context.Context, *Client) error
	for name, tc := range map[string]struct {
		answers []func(*http.Request) (*http.Response, error) // the last one for ever
		calls   calls
		refused string // "." sent, "x" refused here
	}{
		"made":                              {answers{ok}, calls{transfer(""), transfer(""), transfer(""), transfer(""), transfer("")}, "...xx"},
		"both directions are one":           {answers{ok}, calls{incoming, transfer(""), incoming, incoming, transfer("")}, "...xx"},
		"cards are counted apart":           {answers{ok}, calls{issueCard, issueCard, issueCard, transfer("")}, "..x."},
		"refused by Brex":                   {answers{status(400)}, calls{transfer(""), transfer(""), transfer(""), transfer(""), transfer("")}, "....."},
		"never sent":                        {answers{dial}, calls{transfer(""), transfer(""), transfer(""), transfer(""), transfer("")}, "....."},
		"unknown":                           {answers{reset}, calls{transfer(""), transfer(""), transfer(""), transfer("")}, "...x"},
		"unknown after retries":             {answers{status(503)}, calls{transfer(""), transfer(""), transfer(""), transfer("")}, "...x"},
		"done, answer unusable":             {answers{body("")}, calls{transfer(""), transfer(""), transfer(""), transfer("")}, "...x"},
		"one key is one":                    {answers{ok}, calls{transfer("a"), transfer("a"), transfer("a"), transfer("b"), transfer("c"), transfer("d"), transfer("b")}, ".....x."},
		"unknown, then repeated":            {answers{status(501), ok}, calls{transfer("a"), transfer("a"), transfer("b"), transfer("c"), transfer("d")}, "....x"},
		"unknown, then its repeat refused":  {answers{status(501), status(400), ok}, calls{transfer("a"), transfer("a"), transfer("b"), transfer("c"), transfer("d")}, "....x"},
		"wires, known by their first":       {answers{wire, wire, ok}, calls{to("abroad"), to("abroad"), to("abroad"), to("home"), to("home")}, "..x.x"},
		"wires to an account not yet known": {answers{wire, wire, wire}, calls{to("a"), to("b"), to("c"), to("d")}, "...x"},
		"refused wires":                     {answers{wire, status(400), status(400), wire, ok}, calls{to("a"), to("a"), to("a"), to("a"), to("a"), to("b")}, "....x."},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			client := quotaClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				n++
				return tc.answers[min(n, len(tc.answers))-1](r)
			}), WithoutValidation())
			got := ""
			for _, call := range tc.calls {
				before := n
				err := call(t.Context(), client)
				if errors.Is(err, ErrQuota) {
					got += "x"
					if e := asError(t, err); n != before || e.Outcome() != OutcomeNotSent || e.Attempts != 0 || errors.Is(err, ErrRateLimited) {
						t.Errorf("%s: %s, %d sent: %v", name, e.Outcome(), n-before, err)
					}
					continue
				}
				got += "."
			}
			if got != tc.refused {
				t.Errorf("%s: got %s, want %s", name, got, tc.refused)
			}
		})
	}
}

type answers = []func(*http.Request) (*http.Response, error)

// The day rolls: a slot is free 24 hours after its answer arrived, not before, and the error says when.
func TestQuotaRolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := quotaClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Second)
			return reply(200, transferAnswer), nil
		}))
		for range 3 {
			if err := pay(t.Context(), client, "pi_1"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour - 10*time.Second)
		}
		err := pay(t.Context(), client, "pi_1") // three hours after the first was sent
		want := 21*time.Hour + 10*time.Second
		free := time.Now().Add(want).UTC().Format("2006-01-02 15:04:05 UTC")
		if e := asError(t, err); e.RetryAfter != want || !strings.Contains(err.Error(), "Brex allows 3 transfers in 24 hours") ||
			!strings.Contains(err.Error(), "one is free again at "+free) || !strings.Contains(err.Error(), "retry after 21h0m10s") {
			t.Errorf("retry after %v: %v", e.RetryAfter, err)
		}
		time.Sleep(want - time.Nanosecond)
		if err := pay(t.Context(), client, "pi_1"); !errors.Is(err, ErrQuota) {
			t.Errorf("a nanosecond too early: %v", err)
		}
		time.Sleep(time.Nanosecond)
		if err := pay(t.Context(), client, "pi_1"); err != nil {
			t.Error(err)
		}
		if err := pay(t.Context(), client, "pi_1"); !errors.Is(err, ErrQuota) {
			t.Errorf("the second is not free yet: %v", err)
		}
	})
}

// Those under way hold their place, so that concurrent calls cannot exceed the quota together; a refusal gives it back.
func TestQuotaConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := atomic.Int64{}
		code.Store(400)
		client := quotaClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return reply(int(code.Load()), transferAnswer), nil
		}))
		for round, want := range []int{17, 17} { // nothing was made in the first round
			var refused atomic.Int64
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					if err := pay(t.Context(), client, "pi_1"); errors.Is(err, ErrQuota) {
						refused.Add(1)
						if e := asError(t, err); e.RetryAfter != 24*time.Hour || !strings.Contains(err.Error(), "under way") {
							t.Errorf("%v", err)
						}
					}
				})
			}
			all.Wait()
			if int(refused.Load()) != want {
				t.Errorf("round %d: %d refused, want %d", round, refused.Load(), want)
			}
			code.Store(200)
		}
	})
}

// A transport that panics leaves the outcome unknown: it counts.
func TestQuotaPanic(t *testing.T) {
	client := quotaClient(t, roundTrip(func(*http.Request) (*http.Response, error) { panic("transport") }))
	for range 3 {
		func() {
			defer func() { _ = recover() }()
			_ = pay(t.Context(), client, "pi_1")
		}()
	}
	if err := pay(t.Context(), client, "pi_1"); !errors.Is(err, ErrQuota) {
		t.Error(err)
	}
}

// Quotas are shared like the Window, survive the clients that used them, and can be left to Brex.
func TestQuotasShared(t *testing.T) {
	of := func(opts ...Option) *quotas { return newTestClient(t, nil, opts...).caller.cfg.quotas }
	a := of(WithToken("quota-shared"))
	if of(WithToken("quota-shared")) != a || of(WithToken("quota-shared"), WithBaseURL("https://platform.brexapis.com")) != a {
		t.Error("one token has two quotas")
	}
	if of(WithToken("quota-other")) == a || of(WithToken("quota-shared"), WithBaseURL("https://proxy.example")) == a {
		t.Error("two tokens share quotas")
	}
	source := func() Option {
		return WithTokenSource(tokenFunc(func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "x"}, nil }))
	}
	w := window(t, 1, time.Hour)
	lone, other := of(source()), of(source())
	one, two := of(source(), WithLimiter(w)), of(source(), WithLimiter(w))
	if lone == other || one != two || one == nil {
		t.Error("clients with a token source share quotas by their Window, and only so")
	}
	if of(WithoutQuotas()) != nil {
		t.Error("WithoutQuotas counts")
	}
	runtime.KeepAlive(a)

	ok := roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, transferAnswer), nil })
	run := quotaToken.Add(1) // the process remembers what earlier runs of the test counted
	short := func() *Client { return newTestClient(t, ok, WithToken(fmt.Sprint("quota-short-lived-", run))) }
	if err := pay(t.Context(), short(), "pi_1"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		runtime.GC()
	}
	if n := len(short().caller.cfg.quotas.transfers.known); n != 1 {
		t.Errorf("%d transfers known after the client has gone", n)
	}
	lost := func() *Client {
		return newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(501, ""), nil }), WithToken(fmt.Sprint("quota-lost-", run)))
	}
	_ = pay(t.Context(), lost(), "pi_1")
	for range 3 {
		runtime.GC()
	}
	if n := len(lost().caller.cfg.quotas.transfers.known); n != 1 {
		t.Errorf("%d transfers of unknown outcome known after the client has gone", n)
	}

	free := quotaClient(t, ok, WithoutQuotas())
	for range 10 {
		if err := pay(t.Context(), free, "pi_1"); err != nil {
			t.Fatal(err)
		}
	}
}

// The documented numbers.
func TestQuotaNumbers(t *testing.T) {
	q := newQuotas()
	if q.transfers.limit != 1000 || q.wires.limit != 100 || q.cards.limit != 5000 || thousands(5000) != "5,000" || thousands(100) != "100" {
		t.Errorf("%d %d %d %s", q.transfers.limit, q.wires.limit, q.cards.limit, thousands(5000))
	}
}

// A repeat of what was made does not begin its day anew.
func TestQuotaReplayKeepsItsDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := quotaClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, transferAnswer), nil }))
		for _, key := range []string{"a", "", "a", "b", "c"} {
			if key == "" {
				time.Sleep(12 * time.Hour)
			} else if err := pay(t.Context(), client, "pi_1", WithIdempotencyKey(key)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(12 * time.Hour)
		if err := pay(t.Context(), client, "pi_1"); err != nil {
			t.Error(err)
		}
	})
}

// usedTransfers is a client over the answers, and how many transfers its observer was last told are used.
func usedTransfers(t *testing.T, answer func(key string) (status int)) (client *Client, used func() int) {
	var last atomic.Int64
	client = quotaClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		return reply(answer(r.Header.Get("Idempotency-Key")), transferAnswer), nil
	}), WithObserver(func(_ context.Context, e Event) {
		if e.Kind == EventQuota {
			last.Store(int64(e.Used))
		}
	}))
	return client, func() int { return int(last.Load()) }
}

// A repeat that makes what the first may have made counts from its own answer, once.
func TestQuotaUnknownThenMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code := 501
		client, used := usedTransfers(t, func(string) int { return code })
		_ = pay(t.Context(), client, "pi_1", WithIdempotencyKey("a"))
		code = 200
		for _, key := range []string{"b", "a", "c"} {
			time.Sleep(6 * time.Hour)
			if err := pay(t.Context(), client, "pi_1", WithIdempotencyKey(key)); err != nil {
				t.Fatal(err)
			}
		}
		if used() != 3 {
			t.Errorf("%d used", used())
		}
		time.Sleep(6 * time.Hour)
		if err := pay(t.Context(), client, "pi_1"); !errors.Is(err, ErrQuota) || asError(t, err).RetryAfter != 6*time.Hour {
			t.Errorf("a day after the first attempt at a, which did not make it; b is free in 6 hours: %v", err)
		}
		time.Sleep(6 * time.Hour)
		if err := pay(t.Context(), client, "pi_1"); err != nil || used() != 3 {
			t.Errorf("a day after b: %d used, %v", used(), err)
		}
		time.Sleep(12 * time.Hour)
		if err := pay(t.Context(), client, "pi_1"); err != nil || used() != 2 {
			t.Errorf("a day after a and c: %d used, %v", used(), err)
		}
	})
}

// A repeat that is under way when the day of the first is over is counted from its own answer, and what has run out meanwhile is not told
// as used.
func TestQuotaDayEndsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := time.Duration(0)
		client, used := usedTransfers(t, func(key string) int {
			if key == "a" {
				time.Sleep(slow)
			}
			return 200
		})
		for _, key := range []string{"a", "b"} {
			if err := pay(t.Context(), client, "pi_1", WithIdempotencyKey(key)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(24*time.Hour - 20*time.Second)
		slow = 40 * time.Second
		again := make(chan error)
		go func() { again <- pay(t.Context(), client, "pi_1", WithIdempotencyKey("a")) }()
		time.Sleep(30 * time.Second)
		if err := pay(t.Context(), client, "pi_1", WithIdempotencyKey("c")); err != nil || used() != 2 {
			t.Errorf("%d used, want the new one and the one under way; %v", used(), err)
		}
		if err := <-again; err != nil || used() != 2 {
			t.Errorf("%d used, %v", used(), err)
		}
		time.Sleep(24*time.Hour - 5*time.Second)
		if err := pay(t.Context(), client, "pi_1", WithIdempotencyKey("d")); err != nil || used() != 2 {
			t.Errorf("%d used, want the new one and the one repeated five seconds less than a day ago; %v", used(), err)
		}
		time.Sleep(6 * time.Second)
		if err := pay(t.Context(), client, "pi_1", WithIdempotencyKey("e")); err != nil || used() != 2 {
			t.Errorf("%d used, want the two new ones; %v", used(), err)
		}
	})
}

// What runs out while a call is under way is not told as used when it ends.
func TestQuotaUsedIsOfToday(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := time.Duration(0)
		client, used := usedTransfers(t, func(string) int { time.Sleep(slow); return 200 })
		if err := pay(t.Context(), client, "pi_1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24*time.Hour - 20*time.Second)
		slow = 40 * time.Second
		if err := pay(t.Context(), client, "pi_1"); err != nil || used() != 1 {
			t.Errorf("%d used, %v", used(), err)
		}
	})
}

// A transfer to no payment instrument that is answered as an international wire says nothing of others.
func TestQuotaWireToNoInstrument(t *testing.T) {
	q := newQuotas()
	q.learn("")
	if q.international("") {
		t.Error("every book transfer counts as an international wire")
	}
}
