package money

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
)

// Money is an amount of money in the minor units of its currency, as every Brex API except
// accounting writes it: {"amount": 700, "currency": "USD"} is 7.00 USD. The zero Money is 0.00 USD.
//
// It is a plain struct without JSON methods, because a page of transactions holds hundreds and a
// method costs a third of the decoding time. Two things follow. An empty Currency means USD (ask
// Currency.Code) and is left out again when encoded. And, as for every plain struct, a null or
// absent field leaves what was there: decode into a zero Money.
type Money struct {
	// Amount in minor units: cents for USD, whole yen for JPY, fils (1/1000) for KWD. Negative for
	// money out or back.
	Amount int64 `json:"amount"`
	// Currency is the ISO 4217 code; empty means USD.
	Currency Currency `json:"currency,omitempty"`
}

// New returns amount minor units of c: New(700, USD) is 7.00 USD. The currency is written as
// Currency.Code writes it, so an empty c becomes USD.
func New(amount int64, c Currency) Money {
	return Money{Amount: amount, Currency: Currency(c.Code())}
}

// String writes the amount in major units with all digits of its currency, then the code: "12.50
// USD", "-0.05 USD", "1000 JPY". Parse reads it back. A currency that does not look like a code is
// quoted.
func (m Money) String() string {
	return plain(m.Amount, m.Currency.Digits()) + " " + showCode(m.Currency)
}

// Decimal returns the amount in major units, with all digits of the currency: 12.50 for 1,250 US
// cents. It is exact.
func (m Money) Decimal() Decimal {
	return newDecimal(plain(m.Amount, m.Currency.Digits()))
}

// IsZero reports whether the amount is zero, in any currency.
func (m Money) IsZero() bool { return m.Amount == 0 }

// IsNegative reports whether the amount is below zero.
func (m Money) IsNegative() bool { return m.Amount < 0 }

// Sign returns -1, 0 or +1 as the amount is negative, zero or positive.
func (m Money) Sign() int {
	switch {
	case m.Amount < 0:
		return -1
	case m.Amount > 0:
		return 1
	default:
		return 0
	}
}

// Equal reports whether m and o are the same amount of the same currency, an empty currency being
// USD. Amounts of different currencies are never equal, zero included.
func (m Money) Equal(o Money) bool {
	return m.Amount == o.Amount && same(m.Currency, o.Currency)
}

// Cmp returns -1, 0 or +1 as m is less than, equal to or greater than o, and ErrCurrencyMismatch
// when they are in different currencies.
func (m Money) Cmp(o Money) (int, error) {
	if !same(m.Currency, o.Currency) {
		return 0, fmt.Errorf("%w: cannot compare %v with %v", ErrCurrencyMismatch, m, o)
	}
	switch {
	case m.Amount < o.Amount:
		return -1, nil
	case m.Amount > o.Amount:
		return 1, nil
	default:
		return 0, nil
	}
}

// Add returns m + o. It fails with ErrCurrencyMismatch when they are in different currencies, and
// with ErrOverflow.
func (m Money) Add(o Money) (Money, error) {
	if !same(m.Currency, o.Currency) {
		return Money{}, fmt.Errorf("%w: cannot add %v to %v", ErrCurrencyMismatch, o, m)
	}
	sum := m.Amount + o.Amount
	if (sum > m.Amount) != (o.Amount > 0) {
		return Money{}, fmt.Errorf("%w: %v plus %v", ErrOverflow, m, o)
	}
	return New(sum, m.Currency), nil
}

// Sub returns m - o. It fails with ErrCurrencyMismatch when they are in different currencies, and
// with ErrOverflow.
func (m Money) Sub(o Money) (Money, error) {
	if !same(m.Currency, o.Currency) {
		return Money{}, fmt.Errorf("%w: cannot subtract %v from %v", ErrCurrencyMismatch, o, m)
	}
	diff := m.Amount - o.Amount
	if (diff < m.Amount) != (o.Amount > 0) {
		return Money{}, fmt.Errorf("%w: %v minus %v", ErrOverflow, m, o)
	}
	return New(diff, m.Currency), nil
}

// Neg returns -m. It fails with ErrOverflow for the one amount that has no opposite, math.MinInt64.
func (m Money) Neg() (Money, error) {
	if m.Amount == math.MinInt64 {
		return Money{}, fmt.Errorf("%w: the opposite of %v", ErrOverflow, m)
	}
	return New(-m.Amount, m.Currency), nil
}

// Abs returns the amount without its sign. It fails with ErrOverflow for math.MinInt64, like Neg.
func (m Money) Abs() (Money, error) {
	if m.Amount < 0 {
		return m.Neg()
	}
	return New(m.Amount, m.Currency), nil
}

// Mul returns m times n, or ErrOverflow. For a share of an amount use Allocate, which loses
// nothing.
func (m Money) Mul(n int64) (Money, error) {
	product := m.Amount * n
	// the division finds every overflow but one, which overflows itself
	if (n != 0 && product/n != m.Amount) || (n == -1 && m.Amount == math.MinInt64) {
		return Money{}, fmt.Errorf("%w: %v times %d", ErrOverflow, m, n)
	}
	return New(product, m.Currency), nil
}

// Sum adds amounts of one currency. It fails with ErrCurrencyMismatch on the first amount in
// another currency than ms[0], and with ErrOverflow when the total does not fit, whatever the
// order. The sum of nothing is 0.00 USD.
func Sum(ms ...Money) (Money, error) {
	if len(ms) == 0 {
		return New(0, USD), nil
	}
	// 128 bits, two's complement: no order of the terms overflows on the way to a total that fits.
	var hi int64
	var lo, carry uint64
	for i, m := range ms {
		if !same(m.Currency, ms[0].Currency) {
			return Money{}, fmt.Errorf("%w: cannot add %v (index %d) to amounts in %s",
				ErrCurrencyMismatch, m, i, showCode(ms[0].Currency))
		}
		lo, carry = bits.Add64(lo, uint64(m.Amount), 0)
		hi += m.Amount>>63 + int64(carry)
	}
	if hi != int64(lo)>>63 {
		return Money{}, fmt.Errorf("%w: the sum of %d amounts in %s", ErrOverflow, len(ms), showCode(ms[0].Currency))
	}
	return New(int64(lo), ms[0].Currency), nil
}

// magnitude returns the amount without its sign; unlike Abs it has room for math.MinInt64.
func magnitude(amount int64) uint64 {
	if amount < 0 {
		return -uint64(amount)
	}
	return uint64(amount)
}

// plain writes amount with its last digits after the point.
func plain(amount int64, digits int) string {
	var buf [20]byte
	return withPoint(amount < 0, string(strconv.AppendUint(buf[:0], magnitude(amount), 10)), digits)
}
