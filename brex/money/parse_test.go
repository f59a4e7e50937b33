package money_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]money.Money{
		"12.50 USD":                 usd(1250),
		"USD 12.50":                 usd(1250),
		"12.5 USD":                  usd(1250),
		"12 USD":                    usd(1200),
		"0 USD":                     usd(0),
		"-0.00 USD":                 usd(0),
		"0.05 USD":                  usd(5),
		"-0.05 USD":                 usd(-5),
		"USD -0.05":                 usd(-5),
		"-3 JPY":                    money.New(-3, "JPY"),
		"1.234 KWD":                 money.New(1234, "KWD"),
		"12.500 KWD":                money.New(12500, "KWD"),
		"0.0001 CLF":                money.New(1, "CLF"),
		"1.5 EUR":                   money.New(150, "EUR"), // the E of EUR is no exponent
		"92233720368547758.07 USD":  usd(maxInt),
		"-92233720368547758.08 USD": usd(minInt),
		"9223372036854775807 JPY":   money.New(maxInt, "JPY"),
		"10 HRK":                    money.New(1000, "HRK"), // withdrawn, but in old transactions
	} {
		got, err := money.Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestParseErrors(t *testing.T) {
	const example = `; write an amount and a currency, such as "12.50 USD"`
	for _, tt := range []struct {
		text string
		is   error
		want string // what follows the sentinel and the quoted text
	}{
		{"", money.ErrSyntax, `: it is empty` + example},
		{"12.50", money.ErrSyntax, `: the currency is missing` + example},
		{"$12.50", money.ErrSyntax, `: the currency is missing` + example},
		{"USD", money.ErrSyntax, `: there is no space between amount and currency` + example},
		{"12.50USD", money.ErrSyntax, `: there is no space between amount and currency` + example},
		{"12.50  USD", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{" 12.50 USD", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{"12.50 USD ", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{"12.50\tUSD", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{"12.50 USD\n", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{"1 000 USD", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{" ", money.ErrSyntax, `: the only white space accepted is one space between amount and currency`},
		{"12.50\u00a0USD", money.ErrSyntax, `: U+00A0 at byte 5 is not ASCII` + example},
		{"１2.50 USD", money.ErrSyntax, `: U+FF11 at byte 0 is not ASCII` + example},
		{"−12.50 USD", money.ErrSyntax, `: U+2212 at byte 0 is not ASCII` + example},
		{"12.50 €", money.ErrSyntax, `: U+20AC at byte 6 is not ASCII` + example},
		{"12.50 \xff", money.ErrSyntax, `: U+FFFD at byte 6 is not ASCII` + example},
		{"12.50 usd", money.ErrSyntax, `: write the currency in capitals: USD`},
		{"12.50 US", money.ErrSyntax, `: "US" is not a currency code of three letters` + example},
		{"12.50 USDC", money.ErrSyntax, `: "USDC" is not a currency code of three letters` + example},
		{"12.50 100", money.ErrSyntax, `: "100" is not a currency code of three letters` + example},
		{"-USD 12.50", money.ErrSyntax, `: "12.50" is not a currency code of three letters` + example},
		{"USD EUR", money.ErrSyntax, `: there is no number` + example},
		{"NaN USD", money.ErrSyntax, `: there is no number` + example},
		{"1,000.00 USD", money.ErrSyntax, `: a comma is ambiguous; write "1234.50", with a point and without thousands separators`},
		{"12,50 EUR", money.ErrSyntax, `: a comma is ambiguous; write "1234.50", with a point and without thousands separators`},
		{"1.000.000 EUR", money.ErrSyntax, `: there is more than one point; write "1234.50", without thousands separators`},
		{"1_000 USD", money.ErrSyntax, `: '_' is not a digit`},
		{"1'000 CHF", money.ErrSyntax, `: '\'' is not a digit`},
		{"$12.50 USD", money.ErrSyntax, `: '$' is not a digit`},
		{"(12.50) USD", money.ErrSyntax, `: '(' is not a digit`},
		{"1e3 USD", money.ErrSyntax, `: an exponent is not accepted; write the number out`},
		{"1e USD", money.ErrSyntax, `: an exponent is not accepted; write the number out`},
		{"+5 USD", money.ErrSyntax, `: leave the plus sign out`},
		{"-+5 USD", money.ErrSyntax, `: leave the plus sign out`},
		{"--5 USD", money.ErrSyntax, `: '-' is not a digit`},
		{"5- USD", money.ErrSyntax, `: '-' is not a digit`},
		{"- USD", money.ErrSyntax, `: there is no digit`},
		{"USD -", money.ErrSyntax, `: there is no digit`},
		{".5 USD", money.ErrSyntax, `: write a digit before the point, as in "0.50"`},
		{". USD", money.ErrSyntax, `: write a digit before the point, as in "0.50"`},
		{"5. USD", money.ErrSyntax, `: write digits after the point, or leave the point out`},
		{"007 USD", money.ErrSyntax, `: leave the leading zeros out`},
		{"00.70 USD", money.ErrSyntax, `: leave the leading zeros out`},
		{"0x10 USD", money.ErrSyntax, `: 'x' is not a digit`},
		{"12.505 USD", money.ErrInexact, `: USD has 2 digits after the point`},
		{"12.500 USD", money.ErrInexact, `: USD has 2 digits after the point`},
		{"1.0 JPY", money.ErrInexact, `: JPY has no digits after the point`},
		{"1.0000 KWD", money.ErrInexact, `: KWD has 3 digits after the point`},
		{"92233720368547758.08 USD", money.ErrOverflow, `: the range is -92233720368547758.08 USD to 92233720368547758.07 USD`},
		{"-92233720368547758.09 USD", money.ErrOverflow, `: the range is -92233720368547758.08 USD to 92233720368547758.07 USD`},
		{"18446744073709551617 JPY", money.ErrOverflow, `: the range is -9223372036854775808 JPY to 9223372036854775807 JPY`},
		{strings.Repeat("9", 5000) + " USD", money.ErrOverflow, `: the range is -92233720368547758.08 USD to 92233720368547758.07 USD`},
		{"12.50 USB", money.ErrUnknownCurrency, ``},
		{"12.50 XXX", money.ErrUnknownCurrency, ``},
	} {
		got, err := money.Parse(tt.text)
		if !assert.ErrorIs(t, err, tt.is, "%q", tt.text) {
			continue
		}
		assert.Equal(t, money.Money{}, got)
		if tt.want != "" {
			assert.True(t, strings.HasSuffix(err.Error(), tt.want), "%q: %v", tt.text, err)
		}
		assert.Less(t, len(err.Error()), 250, "an error stays short")
		for _, r := range err.Error() {
			assert.True(t, r >= ' ' && r <= '~', "%q: an error is printable ASCII", tt.text)
		}
	}
	_, err := money.Parse("１2.50 USD")
	assert.EqualError(t, err, `money: malformed amount "\uff112.50 USD": U+FF11 at byte 0 is not ASCII`+example)
	_, err = money.Parse("12.505 USD")
	assert.EqualError(t, err, `money: too many digits for the currency: "12.505 USD": USD has 2 digits after the point`)
	_, err = money.Parse("12.50 USB")
	assert.EqualError(t, err, `money: unknown currency USB in "12.50 USB": it is not in ISO 4217, so how many digits it has is not known; use ParseIn if it is right`)
}

func TestParseIn(t *testing.T) {
	for _, tt := range []struct {
		text     string
		currency money.Currency
		want     money.Money
	}{
		{"12.50", "EUR", money.New(1250, "EUR")},
		{"12.5", "", usd(1250)},
		{"-1000", "JPY", money.New(-1000, "JPY")},
		{"1000", "jpy", money.New(1000, "JPY")},
		{"12.50", "USB", money.New(1250, "USB")}, // taken as it is
	} {
		got, err := money.ParseIn(tt.text, tt.currency)
		require.NoError(t, err, tt.text)
		assert.Equal(t, tt.want, got, tt.text)
	}
	for _, tt := range []struct {
		text string
		is   error
		want string
	}{
		{"", money.ErrSyntax, `money: malformed amount "": there is no digit`},
		{"12.50 EUR", money.ErrSyntax, `money: malformed amount "12.50 EUR": write the number alone, without white space`},
		{"12.505", money.ErrInexact, `money: too many digits for the currency: "12.505": EUR has 2 digits after the point`},
		{"１", money.ErrSyntax, `money: malformed amount "\uff11": U+FF11 is not an ASCII digit`},
		{"e5", money.ErrSyntax, `money: malformed amount "e5": 'e' is not a digit`},
	} {
		_, err := money.ParseIn(tt.text, "EUR")
		assert.ErrorIs(t, err, tt.is)
		assert.EqualError(t, err, tt.want)
	}
}

// What String writes, Parse reads, for currencies of every number of digits; so does Decimal, the other way round.
func TestParseStringRoundTrip(t *testing.T) {
	r := seeded(t)
	for range 3000 {
		for _, c := range []money.Currency{"JPY", "USD", "KWD", "CLF", "", "zzz"} {
			m := money.New(anyAmount(r), c)
			if m.Currency.Known() {
				got, err := money.Parse(m.String())
				require.NoError(t, err)
				require.Equal(t, m, got)
			}
			got, err := money.ParseIn(strings.TrimSuffix(m.String(), " "+c.Code()), c)
			require.NoError(t, err)
			require.Equal(t, m, got)
			got, err = m.Decimal().Money(c)
			require.NoError(t, err)
			require.Equal(t, m, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"12.50 USD", "USD 12.50", "-3 JPY", "0.001 KWD", "1.0000 CLF", "12.505 USD", "1,000.00 USD", "1e3 USD", "", " ", "USD",
		"-92233720368547758.08 USD", "92233720368547758.08 USD", "１2 USD", "12.50\u00a0USD", "007 USD", ".5 EUR", "5. EUR", "1 QQQ", "\xff \xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = money.ParseIn(text, "KWD")
		m, err := money.Parse(text)
		if err != nil {
			if m != (money.Money{}) {
				t.Fatalf("Parse(%q) = %v with error %v", text, m, err)
			}
			return
		}
		if !m.Currency.Known() {
			t.Fatalf("Parse(%q) took the unknown currency %q", text, m.Currency)
		}
		again, err := money.Parse(m.String())
		if err != nil || again != m {
			t.Fatalf("Parse(%q) = %v, read back as %v, %v", text, m, again, err)
		}
		// An independent way to the same value: the number as a Decimal.
		number := strings.Trim(strings.Replace(text, string(m.Currency), "", 1), " ")
		d, err := money.ParseDecimal(number)
		if err != nil {
			t.Fatalf("Parse reads %q, ParseDecimal(%q) does not: %v", text, number, err)
		}
		if fromDecimal, err := d.Money(m.Currency); err != nil || fromDecimal != m {
			t.Fatalf("Parse(%q) = %v, as a Decimal %v, %v", text, m, fromDecimal, err)
		}
	})
}
