package money_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/money"
)

const (
	maxInt = int64(math.MaxInt64)
	minInt = int64(math.MinInt64)
)

func usd(cents int64) money.Money { return money.New(cents, money.USD) }

// seeded returns a generator that repeats, and says so when the test fails.
func seeded(t testing.TB) *rand.Rand {
	const seed = 4217
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, seed))
}

// anyAmount is small, near a limit, or anything.
func anyAmount(r *rand.Rand) int64 {
	switch r.IntN(5) {
	case 0:
		return r.Int64N(2001) - 1000
	case 1:
		return maxInt - r.Int64N(3)
	case 2:
		return minInt + r.Int64N(3)
	default:
		return int64(r.Uint64()) >> r.IntN(64)
	}
}

func TestNewNamesTheCurrency(t *testing.T) {
	assert.Equal(t, money.Money{Amount: 5, Currency: "USD"}, money.New(5, ""))
	assert.Equal(t, money.Money{Amount: 5, Currency: "JPY"}, money.New(5, "jpy"))
	assert.Equal(t, money.Money{Amount: 5, Currency: "weird"}, money.New(5, "weird"))
}

func TestString(t *testing.T) {
	for _, tt := range []struct {
		amount   int64
		currency money.Currency
		want     string
	}{
		{1250, "USD", "12.50 USD"},
		{1250, "", "12.50 USD"},
		{0, "", "0.00 USD"},
		{-5, "USD", "-0.05 USD"},
		{5, "USD", "0.05 USD"},
		{-100, "USD", "-1.00 USD"},
		{1000, "JPY", "1000 JPY"},
		{0, "JPY", "0 JPY"},
		{-3, "JPY", "-3 JPY"},
		{1, "KWD", "0.001 KWD"},
		{-12345, "KWD", "-12.345 KWD"},
		{1, "CLF", "0.0001 CLF"},
		{maxInt, "USD", "92233720368547758.07 USD"},
		{minInt, "USD", "-92233720368547758.08 USD"},
		{minInt, "JPY", "-9223372036854775808 JPY"},
		{minInt, "CLF", "-922337203685477.5808 CLF"},
		{100, "USDC", "1.00 USDC"},
		{100, "a\nb", `1.00 "a\nb"`},
		{100, "é", `1.00 "\u00e9"`},
		{100, "0123456789abcdef0123456789abcdef0123456789abcdef", `1.00 "0123456789abcdef0123456789abcdef01234567"...`},
	} {
		m := money.Money{Amount: tt.amount, Currency: tt.currency}
		assert.Equal(t, tt.want, m.String())
		assert.Equal(t, tt.want, fmt.Sprintf("%v", m))
		assert.Equal(t, tt.want, fmt.Sprintf("%+v", m))
		assert.Equal(t, "{Amount:"+tt.want+"}", fmt.Sprintf("%+v", struct{ Amount money.Money }{m}), "in a struct")
	}
}

func TestSignsAndEquality(t *testing.T) {
	for _, amount := range []int64{minInt, -1, 0, 1, maxInt} {
		m := money.New(amount, "EUR")
		assert.Equal(t, amount == 0, m.IsZero())
		assert.Equal(t, amount < 0, m.IsNegative())
		assert.Equal(t, big.NewInt(amount).Sign(), m.Sign())
	}
	one := money.Money{Amount: 1}
	assert.True(t, one.Equal(usd(1)))
	assert.True(t, usd(1).Equal(one))
	assert.False(t, usd(1).Equal(usd(2)))
	assert.False(t, usd(0).Equal(money.New(0, "EUR")), "zero has a currency, too")
	assert.True(t, usd(1) == money.New(1, ""), "what the package returns can be compared with ==")
}

func TestCmp(t *testing.T) {
	for _, tt := range []struct {
		a, b int64
		want int
	}{{1, 2, -1}, {2, 1, 1}, {2, 2, 0}, {minInt, maxInt, -1}, {maxInt, minInt, 1}} {
		got, err := usd(tt.a).Cmp(money.Money{Amount: tt.b})
		require.NoError(t, err)
		assert.Equal(t, tt.want, got)
	}
	_, err := usd(1).Cmp(money.New(1, "EUR"))
	assert.ErrorIs(t, err, money.ErrCurrencyMismatch)
	assert.EqualError(t, err, "money: different currencies: cannot compare 0.01 USD with 0.01 EUR")
}

// Every operation against math/big: the exact result, or ErrOverflow where it does not fit.
func TestArithmeticIsExactOrFails(t *testing.T) {
	check := func(t *testing.T, what string, want *big.Int, got money.Money, err error) {
		t.Helper()
		if !want.IsInt64() {
			assert.ErrorIs(t, err, money.ErrOverflow, what)
			assert.Equal(t, money.Money{}, got, what)
			return
		}
		if assert.NoError(t, err, what) {
			assert.Equal(t, usd(want.Int64()), got, what)
		}
	}
	one := func(a, b int64) {
		x, y := big.NewInt(a), big.NewInt(b)
		m, n := money.Money{Amount: a}, usd(b)
		got, err := m.Add(n)
		check(t, fmt.Sprint(a, "+", b), new(big.Int).Add(x, y), got, err)
		got, err = m.Sub(n)
		check(t, fmt.Sprint(a, "-", b), new(big.Int).Sub(x, y), got, err)
		got, err = m.Mul(b)
		check(t, fmt.Sprint(a, "*", b), new(big.Int).Mul(x, y), got, err)
		got, err = m.Neg()
		check(t, fmt.Sprint("-", a), new(big.Int).Neg(x), got, err)
		got, err = m.Abs()
		check(t, fmt.Sprint("abs ", a), new(big.Int).Abs(x), got, err)
		got, err = money.Sum(m, n, n, m)
		check(t, fmt.Sprint("sum ", a, b, b, a), new(big.Int).Lsh(new(big.Int).Add(x, y), 1), got, err)
	}
	edges := []int64{minInt, minInt + 1, -3, -2, -1, 0, 1, 2, 3, maxInt - 1, maxInt, 1 << 32, -1 << 32, 3037000500}
	for _, a := range edges {
		for _, b := range edges {
			one(a, b)
		}
	}
	r := seeded(t)
	for range 5000 {
		one(anyAmount(r), anyAmount(r))
	}
}

func TestArithmeticErrors(t *testing.T) {
	eur := money.New(500, "EUR")
	_, err := usd(1250).Add(eur)
	assert.ErrorIs(t, err, money.ErrCurrencyMismatch)
	assert.EqualError(t, err, "money: different currencies: cannot add 5.00 EUR to 12.50 USD")
	_, err = usd(1250).Sub(eur)
	assert.ErrorIs(t, err, money.ErrCurrencyMismatch)
	assert.EqualError(t, err, "money: different currencies: cannot subtract 5.00 EUR from 12.50 USD")
	_, err = money.New(0, "EUR").Add(usd(0))
	assert.ErrorIs(t, err, money.ErrCurrencyMismatch, "also when both are zero")
	_, err = usd(maxInt).Add(usd(1))
	assert.EqualError(t, err, "money: amount out of range: 92233720368547758.07 USD plus 0.01 USD")
	_, err = usd(minInt).Neg()
	assert.EqualError(t, err, "money: amount out of range: the opposite of -92233720368547758.08 USD")
	_, err = usd(minInt).Mul(-1)
	assert.EqualError(t, err, "money: amount out of range: -92233720368547758.08 USD times -1")
}

func TestSum(t *testing.T) {
	got, err := money.Sum()
	require.NoError(t, err)
	assert.Equal(t, usd(0), got)

	got, err = money.Sum(money.Money{Amount: 1}, usd(2), money.New(-5, "usd"))
	require.NoError(t, err)
	assert.Equal(t, usd(-2), got)

	// no order overflows on the way to a total that fits
	for _, order := range [][]int64{{maxInt, maxInt, minInt, minInt, 2}, {minInt, minInt, 2, maxInt, maxInt}, {maxInt, minInt, 2, minInt, maxInt}} {
		var ms []money.Money
		for _, amount := range order {
			ms = append(ms, usd(amount))
		}
		got, err = money.Sum(ms...)
		require.NoError(t, err)
		assert.Equal(t, usd(0), got)
	}

	_, err = money.Sum(usd(1), usd(2), money.New(500, "EUR"))
	assert.ErrorIs(t, err, money.ErrCurrencyMismatch)
	assert.EqualError(t, err, "money: different currencies: cannot add 5.00 EUR (index 2) to amounts in USD")
	_, err = money.Sum(usd(maxInt), usd(1))
	assert.ErrorIs(t, err, money.ErrOverflow)
}
