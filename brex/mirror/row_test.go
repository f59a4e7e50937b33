package mirror

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/tables"
)

func TestConvert(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 123456789, time.UTC)
	for _, test := range []struct {
		in   string
		to   wire.ColumnType
		want any
		fits bool
	}{
		{`null`, wire.ColumnString, nil, true},
		{`"é"`, wire.ColumnString, "é", true}, {`12`, wire.ColumnString, "12", true}, {`{}`, wire.ColumnString, nil, false},
		{`9007199254740993`, wire.ColumnInteger, int64(9007199254740993), true}, {`1.5`, wire.ColumnInteger, nil, false},
		{`"1"`, wire.ColumnInteger, nil, false}, {`9223372036854775808`, wire.ColumnInteger, nil, false},
		{`0.10`, wire.ColumnDecimal, "0.10", true}, {`"12.50"`, wire.ColumnDecimal, "12.50", true}, {`1e3`, wire.ColumnDecimal, "1000", true},
		{`"x"`, wire.ColumnDecimal, nil, false}, {`true`, wire.ColumnDecimal, nil, false},
		{`true`, wire.ColumnBoolean, true, true}, {`"true"`, wire.ColumnBoolean, nil, false},
		{`"2026-11-01T13:00:00.123456789+01:00"`, wire.ColumnTime, at, true}, {`"2026-11-01T12:00:00.123456789"`, wire.ColumnTime, at, true},
		{`""`, wire.ColumnTime, nil, true}, {`"soon"`, wire.ColumnTime, nil, false}, {`17`, wire.ColumnTime, nil, false},
		{`"2026-11-01"`, wire.ColumnDate, "2026-11-01", true}, {`"2026-11-01T23:00:00Z"`, wire.ColumnDate, "2026-11-01", true},
		{`"2026-13-01"`, wire.ColumnDate, nil, false},
		{`{"b":1,"a":[1.10,"<"]}`, wire.ColumnJSON, json.RawMessage(`{"a":[1.10,"<"],"b":1}`), true},
	} {
		var v any
		dec := json.NewDecoder(strings.NewReader(test.in))
		dec.UseNumber()
		require.NoError(t, dec.Decode(&v))
		got, fits := convert(v, test.to)
		require.Equal(t, test.fits, fits, "%s as %s", test.in, test.to)
		require.Equal(t, test.want, got, "%s as %s", test.in, test.to)
	}
}

func rowsOf(t testing.TB, name string, p *privacy) *rows {
	t.Helper()
	for _, table := range tables.All {
		if table.Name == name {
			return newRows(table, p)
		}
	}
	require.Fail(t, name)
	return nil
}

func value(r *rows, row *Row, column string) any {
	for i, c := range r.table.Columns {
		if c.Name == column {
			return row.Values[i]
		}
	}
	return nil
}

func TestRow(t *testing.T) {
	r := rowsOf(t, "cash_transactions", &privacy{})
	row, err := r.row(json.RawMessage(`{"id":"t1","amount":{"amount":-5,"currency":null},"posted_at_date":"2026-11-01","description":"a\u0000b","new":{"cvv":"123","iban":"DE89370400440532013000"}}`), "acc")
	require.NoError(t, err)
	require.Equal(t, []string{"acc", "t1"}, row.Key)
	require.Equal(t, int64(-5), value(r, row, "amount_minor"))
	require.Equal(t, "USD", value(r, row, "amount_currency"), "null means USD")
	require.Equal(t, "ab", value(r, row, "description"))
	require.Equal(t, `{"amount":{"amount":-5,"currency":null},"description":"ab","id":"t1","new":{"iban":"*3000"},"posted_at_date":"2026-11-01"}`, string(row.Raw),
		"what no document has is kept, and what is named like a secret is not")
	require.Empty(t, r.misfits)

	row, err = r.row(json.RawMessage(`{"id":"t2","amount":12,"posted_at_date":"yesterday"}`), "acc")
	require.NoError(t, err)
	require.Nil(t, value(r, row, "posted_at_date"))
	require.Equal(t, map[string]int{"cash_transactions.posted_at_date": 1}, r.misfits)

	for _, bad := range []string{`{}`, `{"id":""}`, `{"id":7.5e1}x`, `[]`, `null`, `"x"`, ``} {
		_, err := r.row(json.RawMessage(bad), "acc")
		if bad != `{"id":7.5e1}x` {
			require.Error(t, err, bad)
		}
	}
}

// Children follow their object, and what they hide is hidden.
func TestRowChildren(t *testing.T) {
	r := rowsOf(t, "expenses", &privacy{})
	row, err := r.row(json.RawMessage(`{"id":"e","updated_at":"2026-11-01T00:00:00Z","custom_fields":[{"key":"a","value":{"data_type":"STRING","value_type":"SINGLE_VALUE","data":"x"}},
		{"key":"b","value":null}],"user":{"id":"u"},"receipts":[{"id":"r","download_uris":["https://x"]}]}`), "")
	require.NoError(t, err)
	require.Len(t, row.Children, 1)
	require.Len(t, row.Children[0], 2)
	require.Equal(t, "a", row.Children[0][0][0])
	require.NotContains(t, string(row.Raw), "https://x")
	require.NotContains(t, string(row.Raw), `"user"`)
	require.False(t, row.Version.IsZero())
}

// Whatever comes, a row has the columns of its table, and never a secret.
func FuzzRow(f *testing.F) {
	f.Add(`{"id":"x","payment_accounts":[{"details":{"type":"ACH","account_number":"123456789"}}]}`)
	f.Add(`{"id":"x","a":{"b":[{"secret":"s","cvv":1,"number":{"number":[]}}]}}`)
	f.Add(`{"id":1e400}`)
	f.Fuzz(func(t *testing.T, raw string) {
		for _, table := range tables.All {
			row, err := newRows(table, &privacy{forgotten: []string{"user_of_this_id"}}).row(json.RawMessage(raw), "parent")
			if err != nil || row == nil {
				continue
			}
			require.Len(t, row.Values, len(table.Columns))
			require.Len(t, row.Key, len(table.Key))
			require.True(t, json.Valid(row.Raw))
			require.NotContains(t, string(row.Raw), `"cvv":`)
			require.NotContains(t, string(row.Raw), `"secret":`)
		}
	})
}
