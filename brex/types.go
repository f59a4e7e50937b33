package brex

import (
	"time"

	"github.com/brex-go/sdk/brex/money"
	"github.com/brex-go/sdk/brex/wire"
)

// Types that every service uses.
type (
	// Money is an amount in minor units with its currency.
	Money = money.Money
	// Currency is an ISO 4217 code; empty means USD.
	Currency = money.Currency
	// Decimal is an exact decimal number, as the accounting API uses for amounts in major units.
	Decimal = money.Decimal
	// Integer is a whole number that the document declares as a number, such as a version or the
	// length of a list.
	Integer = wire.Integer
	// Time is a date-time of a response.
	Time = wire.Time
	// Date is a calendar day.
	Date = wire.Date
	// Secret is a string that printing does not show; Reveal returns it.
	Secret = wire.Secret
	// Unknown is the value of a union whose variant this version does not know.
	Unknown = wire.Unknown
	// Operation describes one operation of the API.
	Operation = wire.Operation
	// Access is the class of an operation: what it can do.
	Access = wire.Access
)

// Classes of operations.
const (
	AccessRead      = wire.AccessRead
	AccessWrite     = wire.AccessWrite
	AccessMoney     = wire.AccessMoney     // moves money, or changes who can spend
	AccessSensitive = wire.AccessSensitive // shows card numbers or signing secrets
)

// ParseMoney reads an amount in MAJOR units with its currency, "12.50 USD"; see money.Parse.
func ParseMoney(text string) (Money, error) { return money.Parse(text) }

// ParseDecimal reads a decimal number, "100.5", exactly.
func ParseDecimal(text string) (Decimal, error) { return money.ParseDecimal(text) }

// NewSecret returns a Secret of a string, for the account number of a request for example.
func NewSecret(s string) Secret { return wire.NewSecret(s) }

// NewDate returns a date. Values out of range are normalised as time.Date does.
func NewDate(year int, month time.Month, day int) Date { return wire.NewDate(year, month, day) }

// DateOf returns the day of t in t's own zone.
func DateOf(t time.Time) Date { return wire.DateOf(t) }

// ParseTime reads a date-time like 2026-11-01T12:00:00Z, and the other forms of ISO 8601 that are
// in use; without a zone it is UTC.
func ParseTime(text string) (Time, error) { return wire.ParseTime(text) }

// ParseDate reads a day like 2026-11-01.
func ParseDate(text string) (Date, error) { return wire.ParseDate(text) }

// Nullable is a field of an update: left alone (the zero value), cleared with Null, or set with
// Set.
type Nullable[T any] = wire.Nullable[T]

// Set returns a field of an update that is sent with the value, even if that is zero.
func Set[T any](value T) Nullable[T] { return wire.Set(value) }

// Null returns a field of an update that is sent as null, which clears it.
func Null[T any]() Nullable[T] { return wire.Null[T]() }

// Ptr returns a pointer to v, for the optional fields of a request.
func Ptr[T any](v T) *T { return &v }
