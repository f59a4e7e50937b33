package money

import (
	"fmt"
	"math/big"
	"strings"
)

// maxDigits bounds a Decimal. Every number that a float64 printer can write in its shortest form
// fits (309 digits before the point, 340 after), and a page of the longest ones is still small.
const maxDigits = 400

const (
	maxText     = 3 * maxDigits // longest text read: digits on both sides, and zeros that an exponent takes away
	maxExponent = 4 * maxDigits // beyond it, no text that short comes to rest within maxDigits on both sides
)

// A Decimal is an exact decimal number of any size within reason, as text. The accounting API
// writes amounts with it, in MAJOR units: 100.5 is 100.50 dollars. It keeps its digits as received,
// so 12345678.910 stays 12345678.910; only an exponent is written out (1.5e3 becomes 1500) and a
// zero loses its minus sign.
//
// The zero Decimal is 0. Decimals can be compared with == and be map keys, but that compares how
// they are written: use Equal or Cmp for the value, where 1.0 equals 1.00.
type Decimal struct {
	text string // plain digits, "-12.50"; "" for "0", so that the zero value and a parsed 0 are ==
}

func newDecimal(text string) Decimal {
	if text == "0" {
		text = ""
	}
	return Decimal{text}
}

// ParseDecimal reads a decimal number as JSON writes it: "100.5", "-0.05", "1e3". It fails with
// ErrSyntax for anything else (thousands separators, a plus sign, leading zeros, a missing digit
// beside the point, white space), and with ErrOverflow when the number, written out, has more than
// 400 digits before or after the point (or text has more than 1,200 characters), so that
// 1e999999999 costs nothing.
func ParseDecimal(text string) (Decimal, error) {
	if len(text) > maxText {
		return Decimal{}, tooLong(text)
	}
	n, ok := scan(text)
	if !ok {
		return Decimal{}, malformed(text, explain(text, true))
	}
	digits := text
	if n.exponent != "" {
		if n, ok = n.writeOut(); !ok {
			return Decimal{}, tooLong(text)
		}
		digits = withPoint(n.negative, n.whole+n.fraction, len(n.fraction))
	}
	if len(n.whole) > maxDigits || len(n.fraction) > maxDigits {
		return Decimal{}, tooLong(text)
	}
	if n.negative && n.isZero() {
		digits = strings.TrimPrefix(digits, "-")
	}
	return newDecimal(digits), nil
}

// tooLong refuses a number that would need too many digits, before anything is made of it.
func tooLong(text string) error {
	return fmt.Errorf("%w: %s: a decimal has at most %d digits before the point and %d after",
		ErrOverflow, show(text), maxDigits, maxDigits)
}

// String returns the digits, without exponent: "100.5". It is what ParseDecimal reads.
func (d Decimal) String() string {
	if d.text == "" {
		return "0"
	}
	return d.text
}

// MarshalJSON writes a JSON number, digit for digit, never a string.
func (d Decimal) MarshalJSON() ([]byte, error) {
	return []byte(d.String()), nil
}

// UnmarshalJSON reads a JSON number, or a string that holds one. null is 0. It fails like
// ParseDecimal, and then leaves d as it was.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*d = Decimal{}
		return nil
	}
	if len(data) >= 2 && data[0] == '"' && data[len(data)-1] == '"' {
		data = data[1 : len(data)-1]
	}
	if len(data) > maxText {
		return tooLong(string(data[:maxText]))
	}
	parsed, err := ParseDecimal(string(data))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Money returns d major units of c in minor units: 100.5 in USD is New(10050, USD). It is exact or
// fails: with ErrInexact when d has more digits than the currency (zeros at the end do not count:
// 100.500 is 100.50 USD), and with ErrOverflow. An empty c is USD.
func (d Decimal) Money(c Currency) (Money, error) {
	n, digits := d.number(), c.Digits()
	if len(n.fraction) > digits {
		if strings.Trim(n.fraction[digits:], "0") != "" {
			return Money{}, inexact(d.String(), c)
		}
		n.fraction = n.fraction[:digits]
	}
	amount, ok := n.minorUnits(digits)
	if !ok {
		return Money{}, outOfRange(d.String(), c)
	}
	return New(amount, c), nil
}

// IsZero reports whether the value is 0, however written. With it `json:",omitzero"` leaves 0.00
// out, too.
func (d Decimal) IsZero() bool { return d.number().isZero() }

// Sign returns -1, 0 or +1 as d is negative, zero or positive.
func (d Decimal) Sign() int {
	switch n := d.number(); {
	case n.isZero():
		return 0
	case n.negative:
		return -1
	default:
		return 1
	}
}

// Equal reports whether d and e are the same number: 1.0 equals 1.00.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Cmp returns -1, 0 or +1 as d is less than, equal to or greater than e in value.
func (d Decimal) Cmp(e Decimal) int {
	a, b := d.number(), e.number()
	switch {
	case a.negative && !b.negative: // zero never has a minus sign
		return -1
	case b.negative && !a.negative:
		return 1
	case a.negative:
		a, b = b, a
	}
	if len(a.whole) != len(b.whole) { // no leading zeros: the longer is the larger
		if len(a.whole) < len(b.whole) {
			return -1
		}
		return 1
	}
	if c := strings.Compare(a.whole, b.whole); c != 0 {
		return c
	}
	return strings.Compare(strings.TrimRight(a.fraction, "0"), strings.TrimRight(b.fraction, "0"))
}

// Neg returns -d.
func (d Decimal) Neg() Decimal {
	if d.IsZero() {
		return d
	}
	if positive, found := strings.CutPrefix(d.text, "-"); found {
		return Decimal{positive}
	}
	return Decimal{"-" + d.text}
}

// Add returns d + e, exact, with as many digits after the point as the longer of the two: 1.5 +
// 0.50 is 2.00. It cannot overflow; only sums beyond 10^400, which no amount is, are longer than
// ParseDecimal reads.
func (d Decimal) Add(e Decimal) Decimal {
	a, b := d.number(), e.number()
	digits := max(len(a.fraction), len(b.fraction))
	if x, ok := a.minorUnits(digits); ok { // nearly always: both fit in 64 bits
		if y, ok := b.minorUnits(digits); ok {
			if sum := x + y; (sum > x) == (y > 0) {
				return newDecimal(plain(sum, digits))
			}
		}
	}
	sum := new(big.Int).Add(a.unscaled(digits), b.unscaled(digits))
	return newDecimal(withPoint(sum.Sign() < 0, sum.Abs(sum).String(), digits))
}

// Sub returns d - e, like Add.
func (d Decimal) Sub(e Decimal) Decimal { return d.Add(e.Neg()) }

// number takes d apart; d is always plain digits.
func (d Decimal) number() number {
	text, negative := strings.CutPrefix(d.String(), "-")
	whole, fraction, _ := strings.Cut(text, ".")
	return number{negative: negative, whole: whole, fraction: fraction}
}

func (n number) isZero() bool {
	return strings.Trim(n.whole, "0") == "" && strings.Trim(n.fraction, "0") == ""
}

// unscaled returns the number times 10^digits, as minorUnits does, at any size.
func (n number) unscaled(digits int) *big.Int {
	// SetString cannot fail: there are only ASCII digits, at least one.
	i, _ := new(big.Int).SetString(n.whole+n.fraction+strings.Repeat("0", digits-len(n.fraction)), 10)
	if n.negative {
		i.Neg(i)
	}
	return i
}

// writeOut applies the exponent: the point moves, zeros fill up. It reports false when the exponent
// is so large that it must not be tried, as in 1e999999999.
func (n number) writeOut() (number, bool) {
	text, down := strings.CutPrefix(n.exponent, "-")
	exponent := 0
	for i := 0; i < len(text); i++ {
		if exponent = exponent*10 + int(text[i]-'0'); exponent > maxExponent {
			return n, false
		}
	}
	digits, point := n.whole+n.fraction, len(n.whole)
	if down {
		if point -= exponent; point < 1 {
			digits = strings.Repeat("0", 1-point) + digits
			point = 1
		}
	} else {
		point += exponent
		digits += strings.Repeat("0", max(0, point-len(digits)))
	}
	whole := strings.TrimLeft(digits[:point], "0")
	if whole == "" {
		whole = "0"
	}
	return number{negative: n.negative, whole: whole, fraction: digits[point:]}, true
}

// withPoint writes digits with the last places of them after the point: withPoint(true, "5", 2) is
// "-0.05".
func withPoint(negative bool, digits string, places int) string {
	var b strings.Builder
	b.Grow(len(digits) + places + 3)
	if negative {
		b.WriteByte('-')
	}
	whole := len(digits) - places
	if whole > 0 {
		b.WriteString(digits[:whole])
	} else {
		b.WriteByte('0')
	}
	if places == 0 {
		return b.String()
	}
	b.WriteByte('.')
	for ; whole < 0; whole++ {
		b.WriteByte('0')
	}
	b.WriteString(digits[whole:])
	return b.String()
}
