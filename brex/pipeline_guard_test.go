package brex

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
	"github.com/brex-go/sdk/gen/payments"
	"github.com/brex-go/sdk/gen/team"
)

// nothingSent fails the test when a request goes out.
func nothingSent(t testing.TB) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s %s was sent", r.Method, r.URL.Path)
		return reply(500, ""), nil
	})
}

func errorIsUsage(err error) bool { return errors.Is(err, ErrUsage) }

func textFile() File { return FileFromReader("r.txt", strings.NewReader("receipt"), 7) }

var errHouseRule = errors.New("house rule: ask Maya")

// everyRoad makes one call that changes something, by each of the ways that a call can be made.
func everyRoad(ctx context.Context, c *Client) map[string]func() error {
	return map[string]func() error{
		"typed":      func() error { return pay(ctx, c) },
		"no result":  func() error { return c.Vendors.Delete(ctx, "v1") },
		"list":       func() error { _, err := Collect(c.Users.All(ctx, UserListParams{})); return err },
		"dynamic":    func() error { _, err := c.Call(ctx, "createTransfer", transferBody); return err },
		"raw rows":   func() error { _, err := Collect(c.CallAll(ctx, "listUsers", nil)); return err },
		"raw client": func() error { _, err := team.NewClient(c.Caller()).UnlockCard(ctx, "c1"); return err },
		"upload":     func() error { _, err := c.Receipts.Upload(ctx, "e1", textFile()); return err },
		"backfill": func() error {
			_, err := Collect(c.Expenses.Backfill(ctx, time.Unix(0, 0), time.Unix(9, 0), ExpenseBackfillOptions{}))
			return err
		},
		"prepared": func() error {
			p, err := c.Prepare("createTransfer", transferBody)
			if err != nil {
				return err
			}
			_, err = c.Send(ctx, p)
			return err
		},
	}
}

// A guard refuses before anything is sent, whichever way the call is made; the refusal is logged and observed.
func TestGuardRefuses(t *testing.T) {
	observer, seen := watch(t)
	client := newTestClient(t, nothingSent(t), observer, WithGuard(func(context.Context, *Prepared) error { return errHouseRule }))
	for name, call := range everyRoad(context.WithValue(t.Context(), contextMark{}, "mine"), client) {
		seen()
		err := call()
		require.ErrorIs(t, err, ErrGuard, name)
		require.ErrorIs(t, err, errHouseRule, name)
		require.NotErrorIs(t, err, ErrUsage, name)
		require.ErrorContains(t, err, "refused by the guard: house rule: ask Maya", name)
		e := asError(t, err)
		require.Equal(t, OutcomeNotSent, e.Outcome(), name)
		require.Zero(t, e.Attempts)
		require.Equal(t, []string{"call 0 0 0s not sent"}, seen()[:1], name)
	}
}

// A guard sees what goes out, once for all attempts, and cannot change it.
func TestGuardSees(t *testing.T) {
	var saw []Prepared
	var body string
	attempts := 0
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		attempts++
		b, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		body = string(b)
		return reply(map[bool]int{true: 503, false: 200}[attempts == 1], transferResponse), nil
	}), WithRetryPolicy(RetryPolicy{BaseDelay: 1, MaxDelay: 1}), WithGuard(func(_ context.Context, p *Prepared) error {
		saw = append(saw, *p)
		p.Path, p.Key = "/v1/vendors", "other"
		for i := range p.Body {
			p.Body[i] = ' '
		}
		return nil
	}))
	var r Response
	require.NoError(t, pay(t.Context(), client, WithResponse(&r), WithIdempotencyKey("k1")))
	require.Equal(t, 2, attempts)
	require.Len(t, saw, 1)
	require.Equal(t, "k1", r.IdempotencyKey)
	require.Contains(t, body, `"amount":100`)
	require.Equal(t, "POST", saw[0].Method)
	require.Equal(t, AccessMoney, saw[0].Operation.Access)
}

// Guards are asked in order, and a request that is refused here anyway reaches none.
func TestGuardOrder(t *testing.T) {
	var asked []string
	guard := func(name string, err error) Option {
		return WithGuard(func(context.Context, *Prepared) error { asked = append(asked, name); return err })
	}
	client := newTestClient(t, nothingSent(t), guard("first", nil), guard("second", errHouseRule), guard("third", nil))
	require.ErrorIs(t, pay(t.Context(), client), errHouseRule)
	require.Equal(t, []string{"first", "second"}, asked)
	_, err := client.Cards.Get(t.Context(), "")
	require.ErrorIs(t, err, ErrUsage)
	require.Len(t, asked, 2)
	_, err = New(WithToken(testToken), WithGuard(nil))
	require.ErrorIs(t, err, ErrUsage)
}

// ReadOnly lets through what reads, and nothing else: decided by the operation, for all of them.
func TestReadOnly(t *testing.T) {
	for _, op := range Operations() {
		err := ReadOnly(t.Context(), &Prepared{Operation: op})
		require.Equal(t, op.Access == AccessRead, err == nil, op.ID)
		if op.Access == AccessRead {
			require.Equal(t, "GET", op.Method, op.ID)
		}
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, `{"id":"x"}`), nil }), WithGuard(ReadOnly))
	_, err := client.Users.Me(t.Context(), UserMeParams{})
	require.NoError(t, err)
	require.ErrorContains(t, pay(t.Context(), client), "read only: createTransfer has the access class money")
	_, err = client.Cards.Number(t.Context(), "c1")
	require.ErrorIs(t, err, ErrGuard)
	_, err = client.Receipts.Match(t.Context(), textFile())
	require.ErrorIs(t, err, ErrGuard)
}

// A body that is wrong is refused on every road by the same rule, and is logged and observed like any other call.
func TestInvalidBodyOnEveryRoad(t *testing.T) {
	observer, seen := watch(t)
	var log lockedBuffer
	client := newTestClient(t, nothingSent(t), observer, WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	ctx := context.WithValue(t.Context(), contextMark{}, "mine")
	const memo = "café"
	request := CreateTransferRequest{Counterparty: CounterpartyVendor("pi_1"), Amount: Money{Amount: 100}, Description: "d", ExternalMemo: memo,
		OriginatingAccount: OriginatingAccountCash("dpacc_1")}
	params := strings.Replace(transferBody, `"external_memo":"m"`, `"external_memo":"`+memo+`"`, 1)
	for name, call := range map[string]func() error{
		"typed":      func() error { _, err := client.Transfers.Create(ctx, request); return err },
		"dynamic":    func() error { _, err := client.Call(ctx, "createTransfer", params); return err },
		"raw client": func() error { _, err := payments.NewClient(client.Caller()).CreateTransfer(ctx, request); return err },
		"raw body of another type": func() error {
			return client.Caller().Call(ctx, &wire.Request{Op: operations.CreateTransfer, Body: map[string]any{"external_memo": memo}}, &struct{}{})
		},
	} {
		seen()
		err := call()
		require.ErrorIs(t, err, ErrUsage, name)
		require.ErrorContains(t, err, "external_memo holds 'é'; Brex takes ASCII only there", name)
		require.Equal(t, []string{"call 0 0 0s not sent"}, seen(), name)
	}
	require.Equal(t, 4, strings.Count(log.String(), "brex call"))
	_, err := client.Call(ctx, "createTransfer", `{"nope":1}`)
	require.ErrorIs(t, err, ErrUsage)
	require.Len(t, seen(), 1, "parameters that no document knows are refused in the pipeline, too")
}
