package brex

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
	"github.com/brex-go/sdk/gen/payments"
)

// everyWayToPay makes one transfer by each of the ways that a call can be made.
func everyWayToPay(ctx context.Context, c *Client) map[string]func() error {
	return map[string]func() error{
		"typed":   func() error { return pay(ctx, c) },
		"dynamic": func() error { _, err := c.Call(ctx, "createTransfer", transferBody); return err },
		"prepared": func() error {
			p, err := c.Prepare("createTransfer", transferBody)
			if err != nil {
				return err
			}
			_, err = c.Send(ctx, p)
			return err
		},
		"raw client": func() error {
			_, err := wire.Do[payments.Transfer](ctx, c.Caller(), &wire.Request{Op: operations.CreateTransfer})
			return err
		},
	}
}

// A 200 that is not a transfer is never taken for one, whichever way the call is made; the outcome is done only where a member
// that a transfer alone has proves it.
func TestJudgeOfATransfer(t *testing.T) {
	for body, want := range map[string]Outcome{
		`{"message":"maintenance"}`:             OutcomeUnknown,
		`{"errors":[{"message":"m"}]}`:          OutcomeUnknown,
		`{"status":"ok"}`:                       OutcomeUnknown,
		`{"status":"PROCESSING"}`:               OutcomeUnknown,
		`{"type":"X","message":"m"}`:            OutcomeUnknown,
		`{}`:                                    OutcomeUnknown,
		`[]`:                                    OutcomeUnknown,
		`[{"id":"dptx_1"}]`:                     OutcomeUnknown,
		`"OK"`:                                  OutcomeUnknown,
		`OK`:                                    OutcomeUnknown,
		`1`:                                     OutcomeUnknown,
		`null`:                                  OutcomeUnknown,
		``:                                      OutcomeUnknown,
		`<html>`:                                OutcomeUnknown,
		`{"id":"dptx_1"`:                        OutcomeUnknown,
		`{"payment_type":"ACH"}`:                OutcomeDone,
		`{"id":null,"amount":{"amount":1}}`:     OutcomeDone,
		`{"id":"","counterparty":{}}`:           OutcomeDone,
		`{"id":7}`:                              OutcomeDone,
		transferResponse:                        "",
		`{"id":"dptx_1","brand_new_member":{}}`: "",
	} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, body), nil }))
		for name, call := range everyWayToPay(t.Context(), client) {
			err := call()
			if want == "" {
				require.NoError(t, err, "%s, %s", name, body)
				continue
			}
			require.ErrorIs(t, err, ErrBadResponse, "%s, %s", name, body)
			require.Equal(t, want, asError(t, err).Outcome(), "%s, %s: %v", name, body, err)
		}
	}
}

// Where Brex documents no response, the documented status or 204 with nothing to read is success, and nothing else.
func TestJudgeOfNothing(t *testing.T) {
	ctx := t.Context()
	for _, tc := range []struct {
		status int
		body   string
		ok     bool
	}{
		{0, ``, true}, {0, `null`, true}, {0, ` {} `, true}, {204, ``, true}, {0, `OK`, false}, {0, `[]`, false}, {0, `"done"`, false}, {0, `1`, false},
		{0, `{"message":"maintenance"}`, false}, {0, `{"deleted":true}`, false}, {0, `<html>`, false}, {202, ``, false}, {206, `{}`, false},
	} {
		for id, typed := range map[string]func(*Client) error{
			"emailCardNumber": func(c *Client) error {
				return c.Cards.EmailNumber(ctx, "c1", EmailCardNumberRequest{RecipientEmail: "maya@example.com"})
			},
			"archiveBudget": func(c *Client) error { return c.SpendLimitsV1.Archive(ctx, "b1") },
			"deleteVendor":  func(c *Client) error { return c.Vendors.Delete(ctx, "v1") },
			"deleteFieldValues": func(c *Client) error {
				return c.FieldValues.Delete(ctx, "f1", DeleteFieldValuesRequest{Items: []FieldValueDeletion{FieldValueDeletionByBrexID("x")}})
			},
		} {
			op, _ := LookupOperation(id)
			status := tc.status
			if status == 0 {
				status = op.Status
			}
			client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(status, tc.body), nil }))
			params := map[string]any{}
			for _, p := range op.PathParams {
				params[p.Name] = "x1"
			}
			switch id {
			case "emailCardNumber":
				params["body"] = EmailCardNumberRequest{RecipientEmail: "maya@example.com"}
			case "deleteFieldValues":
				params["items"] = []any{map[string]any{"brex_id": "x"}}
			}
			for _, err := range []error{typed(client), one(client.Call(ctx, id, params))} {
				if tc.ok {
					require.NoError(t, err, "%s: %d %s", id, status, tc.body)
					continue
				}
				require.ErrorIs(t, err, ErrBadResponse, "%s: %d %s", id, status, tc.body)
				require.Equal(t, OutcomeUnknown, asError(t, err).Outcome(), "%s: %d %s", id, status, tc.body)
			}
		}
	}
}

// A read of which no member is required may be empty, and still not somebody else's.
func TestJudgeOfAnEmptyRead(t *testing.T) {
	for body, ok := range map[string]bool{`{}`: true, `{"monthly_limit":null}`: true, `{"brand_new":1}`: true, `{"status":"ok"}`: false, `{"message":"m"}`: false, `[]`: false, `1`: false} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(200, body), nil }))
		_, typed := client.Users.Limit(t.Context(), "u1")
		_, dynamic := client.Call(t.Context(), "getUserLimit", `{"id":"u1"}`)
		require.Equal(t, ok, typed == nil, "%s: %v", body, typed)
		require.Equal(t, ok, dynamic == nil, "%s: %v", body, dynamic)
	}
}

// A 409 where the key counts, and a refusal that speaks of the key, may be about a payment that was made.
func TestJudgeOfTheKey(t *testing.T) {
	for body, want := range map[string]struct {
		status  int
		outcome Outcome
	}{
		`{"message":"in progress"}`: {409, OutcomeUnknown},
		`{"message":"Idempotency key reused with a different request body"}`: {422, OutcomeUnknown},
		`{"type":"IDEMPOTENT_PARAMETER_MISMATCH","message":"m"}`:             {400, OutcomeUnknown},
		`{"code":"IDEMPOTENCY_KEY_IN_USE","message":"m"}`:                    {400, OutcomeUnknown},
		`{"message":"memo is invalid"}`:                                      {400, OutcomeRefused},
		`{"message":"INSUFFICIENT_FUNDS"}`:                                   {422, OutcomeRefused},
	} {
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(want.status, body), nil }))
		err := pay(t.Context(), client, WithIdempotencyKey("rent-2026-11"))
		require.Equal(t, want.outcome, asError(t, err).Outcome(), body)
		if want.outcome == OutcomeUnknown {
			require.ErrorContains(t, err, "an earlier request under idempotency key rent-2026-11 may be why: look before you repeat it under another key")
		}
	}
	client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(409, `{"message":"m"}`), nil }))
	require.Equal(t, OutcomeRefused, asError(t, client.Vendors.Delete(t.Context(), "v1")).Outcome(), "no key, no doubt")
}
