package money_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

func decimal(t testing.TB, text string) money.Decimal {
	t.Helper()
	d, err := money.ParseDecimal(text)
	require.NoError(t, err)
	return d
}

func rat(t testing.TB, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	require.True(t, ok, text)
	return r
}

func TestParseDecimal(t *testing.T) {
	long, zeros := strings.Repeat("9", 400), strings.Repeat("0", 399)
	for text, want := range map[string]string{
		"0":                      "0",
		"-0":                     "0",
		"0.00":                   "0.00",
		"-0.00":                  "0.00",
		"100.5":                  "100.5",
		"12345678.910":           "12345678.910",
		"-0.05":                  "-0.05",
		"16777217":               "16777217", // a float32 makes 16777216 of it
		"9007199254740993":       "9007199254740993",
		"1e3":                    "1000",
		"1E+3":                   "1000",
		"1.5e3":                  "1500",
		"1.50e1":                 "15.0",
		"1E-2":                   "0.01",
		"-12.5e-1":               "-1.25",
		"12.5e-2":                "0.125",
		"1e0":                    "1",
		"1.5e0":                  "1.5",
		"1e-0":                   "1",
		"0e5":                    "0",
		"0.00e1":                 "0.0",
		"-0e-3":                  "0.000",
		"0.001e3":                "1",
		"0.0015e3":               "1.5",
		"123e-1":                 "12.3",
		"123e-3":                 "0.123",
		"123e-4":                 "0.0123",
		"1e0000000000003":        "1000",
		"1e399":                  "1" + zeros,
		"1e-400":                 "0." + zeros + "1",
		long + "." + long:        long + "." + long,
		"0." + zeros + "1e400":   "1",
		"4.9e-324":               "0." + strings.Repeat("0", 323) + "49",
		"1.7976931348623157e308": "17976931348623157" + strings.Repeat("0", 292),
	} {
		d, err := money.ParseDecimal(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, d.String(), text)
		assert.Zero(t, rat(t, text).Cmp(rat(t, d.String())), "%s: the value", text)
	}
	assert.Equal(t, money.Decimal{}, decimal(t, "0"), "the zero value is 0")
	assert.Equal(t, "0", money.Decimal{}.String())
}

func TestParseDecimalErrors(t *testing.T) {
	for _, tt := range []struct {
		text string
		is   error
		want string
	}{
		{"", money.ErrSyntax, `money: malformed amount "": there is no digit`},
		{"-", money.ErrSyntax, `money: malformed amount "-": there is no digit`},
		{"abc", money.ErrSyntax, `money: malformed amount "abc": 'a' is not a digit`},
		{"NaN", money.ErrSyntax, `money: malformed amount "NaN": 'N' is not a digit`},
		{"1,000", money.ErrSyntax, `money: malformed amount "1,000": a comma is ambiguous; write "1234.50", with a point and without thousands separators`},
		{"1 ", money.ErrSyntax, `money: malformed amount "1 ": write the number alone, without white space`},
		{"+1", money.ErrSyntax, `money: malformed amount "+1": leave the plus sign out`},
		{"01", money.ErrSyntax, `money: malformed amount "01": leave the leading zeros out`},
		{".5", money.ErrSyntax, `money: malformed amount ".5": write a digit before the point, as in "0.50"`},
		{"5.", money.ErrSyntax, `money: malformed amount "5.": write digits after the point, or leave the point out`},
		{"5.e1", money.ErrSyntax, `money: malformed amount "5.e1": write digits after the point, or leave the point out`},
		{"1.2.3", money.ErrSyntax, `money: malformed amount "1.2.3": there is more than one point; write "1234.50", without thousands separators`},
		{"1e", money.ErrSyntax, `money: malformed amount "1e": write the exponent as a whole number, as in "1e3" or "1e-2"`},
		{"1e+-3", money.ErrSyntax, `money: malformed amount "1e+-3": write the exponent as a whole number, as in "1e3" or "1e-2"`},
		{"1e1.5", money.ErrSyntax, `money: malformed amount "1e1.5": write the exponent as a whole number, as in "1e3" or "1e-2"`},
		{"1e3e3", money.ErrSyntax, `money: malformed amount "1e3e3": write the exponent as a whole number, as in "1e3" or "1e-2"`},
		{"e5", money.ErrSyntax, `money: malformed amount "e5": 'e' is not a digit`},
		{"0x1", money.ErrSyntax, `money: malformed amount "0x1": 'x' is not a digit`},
		{"٣", money.ErrSyntax, `money: malformed amount "\u0663": U+0663 is not an ASCII digit`},
		{"1e999999999", money.ErrOverflow, `money: amount out of range: "1e999999999": a decimal has at most 400 digits before the point and 400 after`},
		{"1e-999999999", money.ErrOverflow, ""},
		{"1e99999999999999999999999999", money.ErrOverflow, ""},
		{"1e400", money.ErrOverflow, ""},
		{"1e-401", money.ErrOverflow, ""},
		{strings.Repeat("9", 401), money.ErrOverflow, ""},
		{"0." + strings.Repeat("9", 401), money.ErrOverflow, ""},
		{strings.Repeat("9", 100_000), money.ErrOverflow, ""},
		{strings.Repeat("x", 100_000), money.ErrOverflow, ""},
	} {
		d, err := money.ParseDecimal(tt.text)
		assert.ErrorIs(t, err, tt.is, "%.50s", tt.text)
		assert.Equal(t, money.Decimal{}, d)
		if tt.want != "" {
			assert.EqualError(t, err, tt.want)
		}
		assert.Less(t, len(err.Error()), 250)
	}
}

func TestDecimalJSON(t *testing.T) {
	type line struct {
		Amount money.Decimal  `json:"amount"`
		Tax    *money.Decimal `json:"tax,omitempty"`
		Fee    money.Decimal  `json:"fee,omitzero"`
	}
	for _, tt := range []struct{ in, out string }{
		{`{"amount":12345678.910}`, `{"amount":12345678.910}`},
		{`{"amount":100.5,"tax":0.00,"fee":0.10}`, `{"amount":100.5,"tax":0.00,"fee":0.10}`},
		{`{"amount":"100.50"}`, `{"amount":100.50}`},
		{`{"amount":null,"tax":null}`, `{"amount":0}`},
		{`{}`, `{"amount":0}`},
		{`{"amount":-1.5E3,"fee":0.000}`, `{"amount":-1500}`},
	} {
		var l line
		require.NoError(t, json.Unmarshal([]byte(tt.in), &l), tt.in)
		out, err := json.Marshal(l)
		require.NoError(t, err)
		assert.Equal(t, tt.out, string(out))
	}

	d := decimal(t, "7")
	require.NoError(t, json.Unmarshal([]byte("null"), &d))
	assert.Equal(t, money.Decimal{}, d, "null is 0, whatever was there")

	for _, in := range []string{`true`, `""`, `"12,5"`, `"null"`, `" 1"`, `{}`, `[1]`, `"\u0031"`, `1e999999999`, `"1`, `1"`, `"`, "",
		`"` + strings.Repeat("1", 5000) + `"`} {
		d := decimal(t, "7.0")
		err := d.UnmarshalJSON([]byte(in))
		assert.Error(t, err, "%.50s", in)
		assert.Equal(t, "7.0", d.String(), "unchanged on failure")
	}

	var data = []byte(`12.5`)
	require.NoError(t, d.UnmarshalJSON(data))
	data[0] = '9'
	assert.Equal(t, "12.5", d.String(), "the buffer is the decoder's, and may be reused")
}

func TestDecimalMoney(t *testing.T) {
	for _, tt := range []struct {
		text     string
		currency money.Currency
		want     money.Money
	}{
		{"100.5", "USD", usd(10050)},
		{"100.5", "", usd(10050)},
		{"100.500", "USD", usd(10050)},
		{"-0.05", "USD", usd(-5)},
		{"0", "JPY", money.New(0, "JPY")},
		{"1e3", "JPY", money.New(1000, "JPY")},
		{"1000.00", "JPY", money.New(1000, "JPY")},
		{"1.234", "KWD", money.New(1234, "KWD")},
		{"0.0001", "UYW", money.New(1, "UYW")},
		{"92233720368547758.07", "USD", usd(maxInt)},
		{"-92233720368547758.08", "USD", usd(minInt)},
	} {
		got, err := decimal(t, tt.text).Money(tt.currency)
		require.NoError(t, err, tt.text)
		assert.Equal(t, tt.want, got, tt.text)
		assert.True(t, got.Decimal().Equal(decimal(t, tt.text)), "and back: %v", got.Decimal())
	}

	_, err := decimal(t, "12.505").Money("USD")
	assert.ErrorIs(t, err, money.ErrInexact)
	assert.EqualError(t, err, `money: too many digits for the currency: "12.505": USD has 2 digits after the point`)
	_, err = decimal(t, "0.5").Money("JPY")
	assert.ErrorIs(t, err, money.ErrInexact)
	assert.EqualError(t, err, `money: too many digits for the currency: "0.5": JPY has no digits after the point`)
	_, err = decimal(t, "92233720368547758.08").Money("USD")
	assert.ErrorIs(t, err, money.ErrOverflow)
	assert.EqualError(t, err, `money: amount out of range: "92233720368547758.08": the range is -92233720368547758.08 USD to 92233720368547758.07 USD`)
	_, err = decimal(t, "1e399").Money("JPY")
	assert.ErrorIs(t, err, money.ErrOverflow)

	assert.Equal(t, "0", money.New(0, "JPY").Decimal().String())
	assert.Equal(t, money.Decimal{}, money.New(0, "JPY").Decimal())
	assert.Equal(t, "-12.50", usd(-1250).Decimal().String())
}

var someDecimals = []string{
	"0", "0.00", "1", "-1", "1.0", "1.00", "0.1", "-0.1", "0.10", "0.09", "9", "10", "99.99", "-99.99", "100", "0.001",
	"9223372036854775807", "-9223372036854775808", "9223372036854775808", "92233720368547758.07", "0.92233720368547758070",
	"1e50", "-1e50", "1e-50", "123456789012345678901234567890.123456789", "-123456789012345678901234567890.123456789",
}

// Every pair against math/big's rational numbers.
func TestDecimalArithmetic(t *testing.T) {
	for _, a := range someDecimals {
		for _, b := range someDecimals {
			checkArithmetic(t, decimal(t, a), decimal(t, b))
		}
	}
	assert.Equal(t, "2.00", decimal(t, "1.5").Add(decimal(t, "0.50")).String())
	assert.Equal(t, "0.00", decimal(t, "1.50").Sub(decimal(t, "1.5")).String())
	assert.Equal(t, money.Decimal{}, decimal(t, "5").Sub(decimal(t, "5")), "a sum of 0 is the zero value")
	assert.Equal(t, "0.30", decimal(t, "0.10").Add(decimal(t, "0.20")).String())
	assert.Equal(t, "0.00", decimal(t, "0.00").Neg().String(), "there is no negative zero")
	assert.True(t, decimal(t, "1.0").Equal(decimal(t, "1.00")))
	assert.False(t, decimal(t, "1.0") == decimal(t, "1.00"), "== compares what is written")
}

func checkArithmetic(t testing.TB, a, b money.Decimal) {
	t.Helper()
	x, y := rat(t, a.String()), rat(t, b.String())
	for _, tt := range []struct {
		op   string
		got  money.Decimal
		want *big.Rat
	}{
		{"+", a.Add(b), new(big.Rat).Add(x, y)},
		{"-", a.Sub(b), new(big.Rat).Sub(x, y)},
		{"neg", a.Neg(), new(big.Rat).Neg(x)},
	} {
		if rat(t, tt.got.String()).Cmp(tt.want) != 0 || tt.got.Sign() != tt.want.Sign() || tt.got.IsZero() != (tt.want.Sign() == 0) {
			t.Fatalf("%v %s %v = %v, not %v", a, tt.op, b, tt.got, tt.want)
		}
		if again, err := money.ParseDecimal(tt.got.String()); len(tt.got.String()) < 800 && (err != nil || again != tt.got) {
			t.Fatalf("%v %s %v = %v, which is read as %v, %v", a, tt.op, b, tt.got, again, err)
		}
	}
	if a.Cmp(b) != x.Cmp(y) || b.Cmp(a) != y.Cmp(x) || a.Equal(b) != (x.Cmp(y) == 0) {
		t.Fatalf("%v compared with %v: %d, not %d", a, b, a.Cmp(b), x.Cmp(y))
	}
}

func FuzzDecimal(f *testing.F) {
	for i, seed := range append(someDecimals, "1e999999999", "1e-400", "-0", "-0.0e5", "12,5", "", "null", "1.5E+3", "01", "1e", "٣") {
		f.Add(seed, someDecimals[i%len(someDecimals)])
	}
	f.Fuzz(func(t *testing.T, text, other string) {
		var fromJSON, fromString money.Decimal
		errJSON, errString := fromJSON.UnmarshalJSON([]byte(text)), fromString.UnmarshalJSON([]byte(`"`+text+`"`))
		d, err := money.ParseDecimal(text)
		if text == "null" || strings.HasPrefix(text, `"`) {
			return
		}
		if (err == nil) != (errJSON == nil) || (err == nil) != (errString == nil) || fromJSON != d || fromString != d {
			t.Fatalf("%q: %v %v, as JSON %v %v, quoted %v %v", text, d, err, fromJSON, errJSON, fromString, errString)
		}
		isNumber := json.Valid([]byte(text)) && strings.Trim(text, "+-.0123456789eE") == ""
		if isNumber != (err == nil || errors.Is(err, money.ErrOverflow)) && len(text) < 1000 {
			t.Fatalf("%q: ParseDecimal says %v, which is not JSON's grammar", text, err)
		}
		if err != nil {
			return
		}
		if len(d.String()) > 802 {
			t.Fatalf("%q became %d characters", text, len(d.String()))
		}
		if rat(t, d.String()).Cmp(rat(t, text)) != 0 {
			t.Fatalf("%q became %v", text, d)
		}
		again, err := money.ParseDecimal(d.String())
		if err != nil || again != d {
			t.Fatalf("%q: %v is read back as %v, %v", text, d, again, err)
		}
		out, err := json.Marshal(d)
		if err != nil || string(out) != d.String() {
			t.Fatalf("%q: %v is written as %s, %v", text, d, out, err)
		}
		for _, c := range []money.Currency{"JPY", "USD", "KWD", "CLF"} {
			if m, err := d.Money(c); err == nil && !m.Decimal().Equal(d) {
				t.Fatalf("%v in %s is %v", d, c, m)
			}
		}
		if e, err := money.ParseDecimal(other); err == nil {
			checkArithmetic(t, d, e)
		}
	})
}

// One allocation: the text that stays.
func TestDecimalUnmarshalAllocates(t *testing.T) {
	data, quoted := []byte("12345678.910"), []byte(`"12345678.910"`)
	var d money.Decimal
	for _, in := range [][]byte{data, quoted} {
		assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { _ = d.UnmarshalJSON(in) }), 1.0, "%s", in)
	}
}

// A short text must not become a long one before it is refused, nor a long one be copied.
func TestDecimalMemoryIsBounded(t *testing.T) {
	long := []byte(strings.Repeat("1", 10<<20))
	for _, in := range [][]byte{[]byte("1e99999999"), []byte("1e-99999999"), []byte("0e99999999"), long} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var d money.Decimal
		err := d.UnmarshalJSON(in)
		runtime.ReadMemStats(&after)
		assert.ErrorIs(t, err, money.ErrOverflow)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "%.20s", in)
	}
}

func BenchmarkDecimalUnmarshalJSON(b *testing.B) {
	data := []byte("12345678.910")
	var d money.Decimal
	b.ReportAllocs()
	for b.Loop() {
		if err := d.UnmarshalJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecimalAdd(b *testing.B) {
	x, y := decimal(b, "12345678.910"), decimal(b, "0.05")
	b.ReportAllocs()
	for b.Loop() {
		_ = x.Add(y)
	}
}
