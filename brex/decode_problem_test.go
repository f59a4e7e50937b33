package brex

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// A date-time in any usual form costs nothing; one that cannot be read names its field and its object, typed or by a decoder of
// the caller's, and shows no value.
func TestOddDates(t *testing.T) {
	for _, form := range []string{"2026-01-02T03:04:05.000+0000", "2026-01-02T03:04", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02 03:04:05"} {
		client := newTestClient(t, roundTrip(body(`{"items":[{"id":"e1"},{"id":"e2","updated_at":"`+form+`"}]}`)))
		page, err := client.Expenses.List(t.Context(), ExpenseListParams{})
		require.NoError(t, err, form)
		require.Equal(t, NewDate(2026, 1, 2), DateOf(page.Items[1].UpdatedAt.Time), form)
	}
	own := WithJSON(func(data []byte, v any) error {
		if json.Unmarshal(data, v) != nil {
			return errors.New("e2 said yesterday")
		}
		return nil
	})
	for _, opts := range [][]Option{nil, {own}} {
		for response, want := range map[string]string{
			`{"items":[{"id":"e1"},{"id":"e2","updated_at":"yesterday"}]}`:    "a date-time that is not like 2026-11-01T12:00:00Z, at items[1].updated_at of e2",
			`{"items":[{"id":"e2","updated_at":1761999999}]}`:                 "a date-time that is not like 2026-11-01T12:00:00Z, at items[0].updated_at of e2",
			`{"items":[{"id":"4111111111111111","updated_at":"yesterday"}]}`:  "at items[0].updated_at of [number]",
			`{"items":[{"id":"e2","memo":{"x":"yesterday"}}]}`:                "a JSON object where string belongs, at items[0].memo of e2",
			`{"items":[{"id":"e2","original_amount":{"amount":1.5}}]}`:        "a JSON number where int64 belongs, at items[0].original_amount.amount of e2",
			`{"items":[{"id":"e2\n\u001b[31m","purchased_at":"2026-11-31"}]}`: "at items[0].purchased_at of e2 [31m",
			`{"items":"yesterday"}`:                     "at items",
			`["yesterday"]`:                             "at the top level",
			`{"items":[{"id":"e2","updated_at":"yester`: "the body is not JSON, or cut off",
		} {
			client := newTestClient(t, roundTrip(body(response)), opts...)
			_, err := client.Expenses.List(t.Context(), ExpenseListParams{})
			require.ErrorIs(t, err, ErrBadResponse)
			require.ErrorContains(t, err, want)
			require.NotContains(t, err.Error(), "yesterday")
			require.NotContains(t, err.Error(), "4111")
		}
	}
}

func TestVersionsOfAccountingRecords(t *testing.T) {
	client := newTestClient(t, roundTrip(body(`{"items":[{"id":"r1","version":1.0},{"id":"r2","version":9007199254740993.0}],"total_count":2.0}`)))
	page, err := client.AccountingRecords.List(t.Context(), AccountingRecordListParams{})
	require.NoError(t, err)
	require.Equal(t, []Integer{1, 1<<53 + 1, 2}, []Integer{page.Items[0].Version, page.Items[1].Version, page.TotalCount})
}
