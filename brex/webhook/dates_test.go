package webhook_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

const paymentEvent = `{"event_type":"EXPENSE_PAYMENT_UPDATED","expense_id":"e","payment_status":"CLEARED","company_id":"c","version":7,` +
	`"original_amount":{"amount":12345678901234567,"currency":"USD"},"purchased_at":`

// deliverTo hands a signed body to a handler and returns the status.
func deliverTo(t *testing.T, body string, opts ...webhook.HandlerOption) int {
	t.Helper()
	h, _ := newHandler(t, opts...)
	return serve(h, request(t, body))
}

// A date in a usual form is read; one that is not in any is left out, named, and at hand. The rest of the event is exact.
func TestOddDatesDoNotHoldAnEventBack(t *testing.T) {
	for value, want := range map[string]time.Time{
		`"2026-01-02T03:04:05.000+0000"`: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		`"2026-01-02T03:04"`:             time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		`"2026-01-02T03:04Z"`:            time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC),
		`"2026-01-02"`:                   time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		`null`:                           {},
		`"yesterday"`:                    {},
		`1767323045`:                     {},
		`{"seconds":1767323045}`:         {},
	} {
		var got *webhook.ExpensePaymentUpdated
		var delivery webhook.Delivery
		keep := func(ctx context.Context, e *webhook.ExpensePaymentUpdated) error {
			got, delivery = e, delivered(ctx)
			return nil
		}
		require.Equal(t, http.StatusOK, deliverTo(t, paymentEvent+value+`}`, webhook.On(keep)), value)
		require.NotNil(t, got, value)
		require.True(t, want.Equal(got.PurchasedAt.Time), value)
		require.Equal(t, int64(12345678901234567), got.OriginalAmount.Amount, value)
		require.Equal(t, []string{"e", "c"}, []string{got.ExpenseID, got.CompanyID}, value)
		require.Equal(t, paymentEvent+value+`}`, string(delivery.Body), "as received")
		if value == `null` || !want.IsZero() {
			require.Empty(t, delivery.Unread, value)
			continue
		}
		require.Len(t, delivery.Unread, 1, value)
		require.Equal(t, "purchased_at", delivery.Unread[0].Field)
		require.JSONEq(t, value, string(delivery.Unread[0].Raw))
		require.EqualError(t, delivery.Unread[0].Err, "a date-time that is not like 2026-11-01T12:00:00Z")
	}
}

func delivered(ctx context.Context) webhook.Delivery {
	d, _ := webhook.DeliveryFrom(ctx)
	return d
}

// An amount is not a date: an event that has lost one could be taken for another. It waits for a version that can read it, as before.
func TestOddAmountsHoldAnEventBack(t *testing.T) {
	wrong := `{"event_type":"EXPENSE_PAYMENT_UPDATED","expense_id":"e","original_amount":{"amount":"12.50"},"purchased_at":"yesterday"}`
	var unknown *webhook.UnknownEvent
	require.Equal(t, http.StatusInternalServerError, deliverTo(t, wrong, webhook.On(func(context.Context, *webhook.ExpensePaymentUpdated) error {
		return nil
	})))
	require.Equal(t, http.StatusOK, deliverTo(t, wrong, webhook.On(func(_ context.Context, e *webhook.UnknownEvent) error {
		unknown = e
		return nil
	})))
	require.Equal(t, wrong, string(unknown.Raw), "with the date that could not be read either")
	require.ErrorContains(t, unknown.Err, "original_amount.amount")
}

// Parse reports the same as an UnknownEvent, whose error names the field and does not show the value.
func TestParseNamesWhatCannotBeRead(t *testing.T) {
	event, err := webhook.Parse([]byte(paymentEvent + `"yesterday"}`))
	require.NoError(t, err)
	unknown, ok := event.(*webhook.UnknownEvent)
	require.True(t, ok)
	require.EqualError(t, unknown.Err, "webhook: a EXPENSE_PAYMENT_UPDATED of another shape than documented: purchased_at: "+
		"a date-time that is not like 2026-11-01T12:00:00Z")
	require.Equal(t, "c", unknown.Company())
}
