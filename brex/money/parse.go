package money

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Parse reads an amount in major units with its currency: "12.50 USD", "USD 12.50", "-3 JPY". It
// reads exactly one number and one code in capitals with exactly one space between them; fewer
// digits than the currency has are fine ("12.5 USD"). What Money.String writes in a known currency
// is read back as the same value.
//
// It fails with ErrSyntax for anything else (no currency, thousands separators, a decimal comma, an
// exponent, a plus sign, leading zeros, characters that are not ASCII, other white space), with
// ErrInexact when there are more digits than the currency has, trailing zeros included ("12.500
// USD" may mean twelve thousand), with ErrUnknownCurrency when the code is not one that
// Currency.Known knows (ParseIn accepts those), and with ErrOverflow.
func Parse(text string) (Money, error) {
	const example = `write an amount and a currency, such as "12.50 USD"`
	for i, r := range text {
		if r >= utf8.RuneSelf {
			return Money{}, malformed(text, fmt.Sprintf("%U at byte %d is not ASCII; %s", r, i, example))
		}
	}
	left, right, found := strings.Cut(text, " ")
	switch {
	case text == "":
		return Money{}, malformed(text, "it is empty; "+example)
	case !found && strings.ContainsAny(text, "\t\n\v\f\r"):
		return Money{}, malformed(text, "the only white space accepted is one space between amount and currency")
	case !found && !strings.ContainsFunc(text, isLetter):
		return Money{}, malformed(text, "the currency is missing; "+example)
	case !found:
		return Money{}, malformed(text, "there is no space between amount and currency; "+example)
	case left == "" || right == "" || strings.ContainsAny(right, " \t\n\v\f\r") || strings.ContainsAny(left, "\t\n\v\f\r"):
		return Money{}, malformed(text, "the only white space accepted is one space between amount and currency")
	case isLetter(rune(left[0])) && isLetter(rune(right[0])):
		return Money{}, malformed(text, "there is no number; "+example)
	}

	digits, code := left, right
	if isLetter(rune(left[0])) {
		digits, code = right, left
	}
	if len(code) != 3 || strings.ContainsFunc(code, func(r rune) bool { return !isLetter(r) }) {
		return Money{}, malformed(text, show(code)+" is not a currency code of three letters; "+example)
	}
	c := Currency(code)
	if c.Code() != code {
		return Money{}, malformed(text, "write the currency in capitals: "+c.Code())
	}
	if !c.Known() {
		return Money{}, fmt.Errorf("%w %s in %s: it is not in ISO 4217, so how many digits it has is not known; use ParseIn if it is right",
			ErrUnknownCurrency, code, show(text))
	}
	return parseAmount(text, digits, c)
}

// ParseIn reads an amount in major units of a currency that is known from elsewhere:
// ParseIn("12.50", EUR). The text is the number alone, as Parse reads it. An empty c is USD. Any
// other c is accepted unchanged, also one that Parse would refuse, with the number of digits that
// Currency.Digits says.
//
// It fails with ErrSyntax, ErrInexact or ErrOverflow, like Parse.
func ParseIn(text string, c Currency) (Money, error) {
	return parseAmount(text, text, c)
}

// parseAmount reads digits as an amount of c; text is what the caller gave, for errors.
func parseAmount(text, digits string, c Currency) (Money, error) {
	n, ok := scan(digits)
	if !ok || n.exponent != "" {
		return Money{}, malformed(text, explain(digits, false))
	}
	if len(n.fraction) > c.Digits() {
		return Money{}, inexact(text, c)
	}
	amount, ok := n.minorUnits(c.Digits())
	if !ok {
		return Money{}, outOfRange(text, c)
	}
	return New(amount, c), nil
}

// outOfRange names the range of c.
func outOfRange(text string, c Currency) error {
	return fmt.Errorf("%w: %s: the range is %v to %v", ErrOverflow, show(text), New(math.MinInt64, c), New(math.MaxInt64, c))
}

// A number is the parts of a decimal number in JSON's grammar: "-12.50e3" has whole "12", fraction
// "50", exponent "3".
type number struct {
	negative                  bool
	whole, fraction, exponent string
}

// scan takes text apart in one pass. It accepts JSON's grammar and nothing else.
func scan(text string) (n number, ok bool) {
	rest, negative := strings.CutPrefix(text, "-")
	n.negative = negative
	n.whole, rest = takeDigits(rest)
	if n.whole == "" || len(n.whole) > 1 && n.whole[0] == '0' {
		return n, false
	}
	if after, found := strings.CutPrefix(rest, "."); found {
		if n.fraction, rest = takeDigits(after); n.fraction == "" {
			return n, false
		}
	}
	if rest == "" {
		return n, true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return n, false
	}
	n.exponent = strings.TrimPrefix(rest[1:], "+")
	digits := n.exponent
	if len(n.exponent) == len(rest)-1 { // there was no plus sign, so there can be a minus sign
		digits = strings.TrimPrefix(digits, "-")
	}
	digits, rest = takeDigits(digits)
	return n, digits != "" && rest == ""
}

// takeDigits cuts the ASCII digits off the front of text.
func takeDigits(text string) (digits, rest string) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

// minorUnits returns the number times 10^digits, which must leave no fraction (n.fraction has at
// most that many digits, and there is no exponent). It reports false when that does not fit.
func (n number) minorUnits(digits int) (amount int64, ok bool) {
	limit := uint64(math.MaxInt64)
	if n.negative {
		limit++
	}
	var sum uint64
	for i := 0; i < len(n.whole)+digits; i++ {
		var d uint64
		switch f := i - len(n.whole); {
		case f < 0:
			d = uint64(n.whole[i] - '0')
		case f < len(n.fraction):
			d = uint64(n.fraction[f] - '0')
		}
		if sum > (limit-d)/10 {
			return 0, false
		}
		sum = sum*10 + d
	}
	if n.negative {
		sum = -sum
	}
	return int64(sum), true
}

// explain says why scan refused text, or why its exponent is not wanted.
func explain(text string, exponents bool) string {
	for _, r := range text {
		if r >= utf8.RuneSelf {
			return fmt.Sprintf("%U is not an ASCII digit", r)
		}
	}
	digits := strings.TrimPrefix(text, "-")
	mantissa := digits
	e := strings.IndexAny(digits, "eE")
	if e > 0 {
		mantissa = digits[:e]
	}
	odd := strings.IndexFunc(mantissa, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	switch {
	case digits == "":
		return "there is no digit"
	case strings.Contains(digits, ","):
		return `a comma is ambiguous; write "1234.50", with a point and without thousands separators`
	case strings.ContainsAny(digits, " \t\n\v\f\r"):
		return "write the number alone, without white space"
	case digits[0] == '+':
		return "leave the plus sign out"
	case odd >= 0:
		return fmt.Sprintf("%q is not a digit", mantissa[odd])
	case e > 0 && !exponents:
		return "an exponent is not accepted; write the number out"
	case strings.Count(mantissa, ".") > 1:
		return `there is more than one point; write "1234.50", without thousands separators`
	case strings.HasPrefix(mantissa, "."):
		return `write a digit before the point, as in "0.50"`
	case strings.HasSuffix(mantissa, "."):
		return "write digits after the point, or leave the point out"
	case len(mantissa) > 1 && mantissa[0] == '0' && mantissa[1] != '.':
		return "leave the leading zeros out"
	case e > 0:
		return `write the exponent as a whole number, as in "1e3" or "1e-2"`
	default:
		return "it is not a decimal number"
	}
}

func isLetter(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
