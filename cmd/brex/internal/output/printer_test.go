package output

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

type vendor struct {
	name, number string
	owed         *money.Money
	made         time.Time
}

var vendorColumns = append([]Column[vendor]{
	Text("name", func(v vendor) string { return v.name }),
	Amount("owed", func(v vendor) *money.Money { return v.owed }),
	At("made_at", func(v vendor) wire.Time { return wire.Time{Time: v.made} }),
}, Wide(Long(Secret("number", func(v vendor) wire.Secret { return wire.NewSecret(v.number) })))...)

var vendors = []vendor{
	{"=A\x1b[31m", "123456789", &money.Money{Amount: 700, Currency: "USD"}, time.Date(2026, 11, 2, 23, 0, 0, 0, time.FixedZone("", -3600))},
	{name: "B"},
}

var rawVendors = []json.RawMessage{[]byte("{\"account_number\":\n\"123456789\"}"), []byte(`{"b":1.10}`)}

func TestPrinter(t *testing.T) {
	for _, tc := range []struct {
		o             Options
		begun, closed string // after one page; after Close without a page
	}{
		{Options{Format: Table}, "NAME            OWED  MADE AT\n=A\\x1b[31m  7.00 USD  2026-11-03\nB\n", ""},
		{Options{Format: CSV}, "name,owed,owed_currency,made_at,number\n'=A\\x1b[31m,7.00,USD,2026-11-03T00:00:00Z,[redacted]6789\nB,,,,\n", ""},
		{Options{Format: CSV, RawCSV: true, ShowSecrets: true}, "name,owed,owed_currency,made_at,number\n=A\\x1b[31m,7.00,USD,2026-11-03T00:00:00Z,123456789\nB,,,,\n", ""},
		{Options{Format: JSON}, "[\n{\"account_number\":\"[redacted]6789\"},\n{\"b\":1.10}\n]\n", ""},
		{Options{Format: JSONL, ShowSecrets: true}, "{\"account_number\":\"123456789\"}\n{\"b\":1.10}\n", ""},
	} {
		var out bytes.Buffer
		p := NewPrinter(&out, tc.o, vendorColumns)
		require.Empty(t, out.String(), "nothing before the first page")
		require.NoError(t, p.Page(vendors, rawVendors))
		require.NoError(t, p.Close())
		require.Equal(t, tc.begun, out.String(), "%+v", tc.o)

		out.Reset()
		require.NoError(t, NewPrinter(&out, tc.o, vendorColumns).Close())
		require.Equal(t, tc.closed, out.String(), "%+v", tc.o)
	}
	require.ErrorContains(t, NewPrinter[vendor](new(bytes.Buffer), Options{Format: JSON}, nil).Page(nil, []json.RawMessage{[]byte("{")}), "not JSON")
}

func TestObject(t *testing.T) {
	for _, tc := range []struct {
		o    Options
		want string
	}{
		{Options{Format: Table}, "NAME     =A\\x1b[31m\nOWED     7.00 USD\nMADE AT  2026-11-03T00:00:00Z\nNUMBER   [redacted]6789\n"},
		{Options{Format: JSON}, "{\n  \"account_number\": \"[redacted]6789\"\n}\n"},
		{Options{Format: JSONL}, "{\"account_number\":\"[redacted]6789\"}\n"},
	} {
		var out bytes.Buffer
		require.NoError(t, Object(&out, tc.o, vendorColumns, vendors[0], rawVendors[0]))
		require.Equal(t, tc.want, out.String(), "%+v", tc.o)
	}
}
