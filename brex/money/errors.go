package money

import (
	"errors"
	"fmt"
	"strconv"
)

// The errors of this package. Every returned error wraps one of them and adds the values and the
// remedy, so test with errors.Is.
var (
	// ErrSyntax: the text is not an amount (Parse, ParseIn) or not a decimal number (ParseDecimal,
	// Decimal.UnmarshalJSON).
	ErrSyntax = errors.New("money: malformed amount")

	// ErrInexact: the amount has more digits after the point than its currency, so it has no value
	// in minor units.
	ErrInexact = errors.New("money: too many digits for the currency")

	// ErrOverflow: the amount does not fit a 64-bit number of minor units, or a Decimal has too
	// many digits.
	ErrOverflow = errors.New("money: amount out of range")

	// ErrCurrencyMismatch: the two amounts are in different currencies, which this package never
	// converts.
	ErrCurrencyMismatch = errors.New("money: different currencies")

	// ErrUnknownCurrency: Parse met a code that is not in ISO 4217 as this package knows it. See
	// Currency.Known.
	ErrUnknownCurrency = errors.New("money: unknown currency")

	// ErrRatio: the ratios of Allocate, or the number of parts of Split, do not divide an amount.
	ErrRatio = errors.New("money: senseless ratios")
)

// malformed says what is wrong with text, and what would be right.
func malformed(text, why string) error {
	return fmt.Errorf("%w %s: %s", ErrSyntax, show(text), why)
}

// inexact says how many digits c has.
func inexact(text string, c Currency) error {
	if c.Digits() == 0 {
		return fmt.Errorf("%w: %s: %s has no digits after the point", ErrInexact, show(text), showCode(c))
	}
	return fmt.Errorf("%w: %s: %s has %d digits after the point", ErrInexact, show(text), showCode(c), c.Digits())
}

// show quotes text for an error: in ASCII, because a look-alike digit or an odd space must be
// visible, and cut short, because text comes from outside.
func show(text string) string {
	const most = 40
	if len(text) > most {
		return strconv.QuoteToASCII(text[:most]) + "..."
	}
	return strconv.QuoteToASCII(text)
}

// showCode writes a currency code as it is when it looks like a code, and quoted otherwise: it may
// be anything that a response contained, and must not be able to fake a line of a log.
func showCode(c Currency) string {
	code := c.Code()
	if len(code) > 12 {
		return show(code)
	}
	for i := 0; i < len(code); i++ {
		if ch := code[i]; ch <= ' ' || ch > '~' || ch == '"' {
			return show(code)
		}
	}
	return code
}
