// Package money has the two kinds of numbers that Brex uses for money, and their currencies.
//
//   - [Money] is an amount in MINOR units, the smallest unit of its currency: Money{700, "USD"} is
//     7.00 USD, Money{700, "JPY"} is 700 JPY, Money{700, "KWD"} is 0.700 KWD. Every Brex API except
//     accounting uses it.
//   - [Decimal] is an exact decimal number in MAJOR units, as the accounting API writes it: 100.5
//     is 100.50 dollars.
//
// The two never mix by accident: [Money.Decimal] and [Decimal.Money] convert, exactly or not at
// all, and only when asked. Nothing here is a float, and nothing rounds or wraps around: a result
// that is not exact is an error.
//
// # Currencies
//
// A currency that is null or absent in a response decodes to the empty [Currency], which means USD.
// It stays empty when the value is encoded again (left out, not written as null). [Currency.Code]
// always returns a code, and every Money that this package's functions return names its currency.
// Compare with [Money.Equal], because for == Money{1, ""} and Money{1, "USD"} are different values.
//
// The one guess is in [Currency.Digits]: a code that is not in ISO 4217 is assumed to have two
// digits, as most have. [Currency.Known] reports whether a code is in ISO 4217.
//
// # Reading and writing
//
// [Parse] reads what [Money.String] writes ("12.50 USD") and the same with the code first ("USD
// 12.50"). It is strict where leniency has cost people money: no currency, a comma, "12.500 USD"
// (twelve thousand in half of Europe), an exponent, or a currency that does not exist are errors
// that say what to write instead.
//
// # Errors
//
// Every error of this package matches one of these with errors.Is, and its text names the values
// concerned: [ErrSyntax], [ErrInexact], [ErrOverflow], [ErrCurrencyMismatch], [ErrUnknownCurrency],
// [ErrRatio].
package money
