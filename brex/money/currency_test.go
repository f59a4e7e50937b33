package money_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

func TestCurrencyCode(t *testing.T) {
	for c, want := range map[money.Currency]string{
		"": "USD", "USD": "USD", "EUR": "EUR", "usd": "USD", "Jpy": "JPY",
		"USDC": "USDC", "usdc": "usdc", "x": "x", "u$d": "u$d", "€": "€",
	} {
		assert.Equal(t, want, c.Code(), "%q", string(c))
	}
}

func TestCurrencyDigits(t *testing.T) {
	for digits, codes := range map[int]string{
		0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF jpy",
		3: "BHD IQD JOD KWD LYD OMR TND kwd",
		4: "CLF UYW",
		// x/text/currency says 0 for these (CLDR): the reason why the table is ours.
		2: "USD EUR GBP AFN ALL AMD COP GYD IDR IRR KPW LAK LBP MGA MMK MNT MUR PKR RSD SOS SYP TZS UZS YER HUF TWD",
	} {
		for _, code := range strings.Fields(codes) {
			assert.Equal(t, digits, money.Currency(code).Digits(), code)
			assert.True(t, money.Currency(code).Known(), code)
		}
	}
	for _, c := range []money.Currency{"ZZZ", "USDC", "XAU", "XXX", "", "not a code"} {
		assert.Equal(t, 2, c.Digits(), "%q", string(c))
	}
}

// All three-letter codes: the counts of ISO 4217 (165 active with a minor unit, 9 withdrawn since 2017).
func TestCurrencyKnown(t *testing.T) {
	counts := map[int]int{}
	for n := range 26 * 26 * 26 {
		c := money.Currency([]byte{byte('A' + n/676), byte('A' + n/26%26), byte('A' + n%26)})
		if c.Known() {
			counts[c.Digits()]++
		} else {
			assert.Equal(t, 2, c.Digits(), "%s: unknown, so the default", c)
		}
	}
	assert.Equal(t, map[int]int{0: 17, 2: 139 + 9, 3: 7, 4: 2}, counts)

	for _, c := range []money.Currency{"", "HRK", "XCG", "ZWG", "eur"} {
		assert.True(t, c.Known(), "%q", string(c))
	}
	for _, c := range []money.Currency{"US", "USDC", "D A", " AE", "E A", "XAU", "XTS", "XXX", "DEM", "   "} {
		assert.False(t, c.Known(), "%q", string(c))
	}
}

// An unknown currency, an empty one and a null one come out of JSON and go back with the meaning they had.
func TestCurrencyJSON(t *testing.T) {
	for _, tt := range []struct{ in, out, text string }{
		{`{"amount":700,"currency":"EUR"}`, `{"amount":700,"currency":"EUR"}`, "7.00 EUR"},
		{`{"amount":700,"currency":null}`, `{"amount":700}`, "7.00 USD"},
		{`{"amount":700}`, `{"amount":700}`, "7.00 USD"},
		{`{"amount":700,"currency":""}`, `{"amount":700}`, "7.00 USD"},
		{`{"amount":700,"currency":"QQQ"}`, `{"amount":700,"currency":"QQQ"}`, "7.00 QQQ"},
		{`{"amount":700,"currency":"jpy"}`, `{"amount":700,"currency":"jpy"}`, "700 JPY"},
		{`{"amount":-9223372036854775808,"currency":"USD"}`, `{"amount":-9223372036854775808,"currency":"USD"}`, "-92233720368547758.08 USD"},
		{`{"currency":"USD"}`, `{"amount":0,"currency":"USD"}`, "0.00 USD"},
	} {
		var m money.Money
		require.NoError(t, json.Unmarshal([]byte(tt.in), &m), tt.in)
		assert.Equal(t, tt.text, m.String(), tt.in)
		out, err := json.Marshal(m)
		require.NoError(t, err)
		assert.Equal(t, tt.out, string(out), tt.in)

		var again money.Money
		require.NoError(t, json.Unmarshal(out, &again))
		assert.Equal(t, m, again, tt.in)
		assert.True(t, m.Equal(money.New(m.Amount, m.Currency)), tt.in)
	}
	for _, in := range []string{`{"amount":7.5}`, `{"amount":"700"}`, `{"amount":9223372036854775808}`, `{"amount":1,"currency":3}`} {
		assert.Error(t, json.Unmarshal([]byte(in), new(money.Money)), in)
	}
}
