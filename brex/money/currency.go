package money

import "strings"

// A Currency is an ISO 4217 code, such as "EUR". The empty Currency means USD, which is what Brex
// means by a currency that is null or absent. Codes that this package does not know survive
// decoding and encoding unchanged.
type Currency string

// Codes of common currencies. Any other code is as valid: money.Currency("ISK").
const (
	AED Currency = "AED" // United Arab Emirates dirham
	ARS Currency = "ARS" // Argentine peso
	AUD Currency = "AUD" // Australian dollar
	BRL Currency = "BRL" // Brazilian real
	CAD Currency = "CAD" // Canadian dollar
	CHF Currency = "CHF" // Swiss franc
	CLP Currency = "CLP" // Chilean peso, no minor unit
	CNY Currency = "CNY" // Chinese yuan
	COP Currency = "COP" // Colombian peso
	CZK Currency = "CZK" // Czech koruna
	DKK Currency = "DKK" // Danish krone
	EUR Currency = "EUR" // euro
	GBP Currency = "GBP" // pound sterling
	HKD Currency = "HKD" // Hong Kong dollar
	HUF Currency = "HUF" // Hungarian forint
	IDR Currency = "IDR" // Indonesian rupiah
	ILS Currency = "ILS" // Israeli new shekel
	INR Currency = "INR" // Indian rupee
	JPY Currency = "JPY" // Japanese yen, no minor unit
	KRW Currency = "KRW" // South Korean won, no minor unit
	KWD Currency = "KWD" // Kuwaiti dinar, three digits
	MXN Currency = "MXN" // Mexican peso
	MYR Currency = "MYR" // Malaysian ringgit
	NOK Currency = "NOK" // Norwegian krone
	NZD Currency = "NZD" // New Zealand dollar
	PHP Currency = "PHP" // Philippine peso
	PLN Currency = "PLN" // Polish zloty
	RON Currency = "RON" // Romanian leu
	SAR Currency = "SAR" // Saudi riyal
	SEK Currency = "SEK" // Swedish krona
	SGD Currency = "SGD" // Singapore dollar
	THB Currency = "THB" // Thai baht
	TRY Currency = "TRY" // Turkish lira
	TWD Currency = "TWD" // New Taiwan dollar
	USD Currency = "USD" // United States dollar
	VND Currency = "VND" // Vietnamese dong, no minor unit
	ZAR Currency = "ZAR" // South African rand
)

// The ISO 4217 table is here rather than taken from golang.org/x/text/currency, because that
// package returns the digits of CLDR, which say how a price is usually displayed and need not be
// the minor unit of ISO 4217 (UTS 35; unicode-org/cldr PR 4112), and in an old edition (CLDR 32, as
// of x/text v0.40.0). 22 active currencies differ. It says 0 where ISO 4217 says 2 for AFN ALL AMD
// COP GYD IDR IRR KPW LAK LBP MGA MMK MNT MUR PKR RSD SOS SYP TZS UZS YER, and 0 where ISO 4217
// says 3 for IQD; UYW (4) it does not know. Each is an amount wrong by a factor of 100 or 1,000.
//
// Source: ISO 4217 list one, edition of 2024-06-25, with the amendments since: XCG for ANG, XAD
// new, CUC and BGN withdrawn. Codes to which ISO 4217 gives no minor unit (metals, XDR, XTS, XXX
// ...) are left out.
const (
	// active currencies with two digits
	twoDigits = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF" +
		" CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF" +
		" IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN" +
		" MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS" +
		" SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW" +
		" ZWG "
	// withdrawn since 2017, as Brex opened: old transactions carry them. All had two digits.
	withdrawn = " ANG BGN CUC HRK MRO SLL STD VEF ZWL "
)

// Code returns the currency's code, "USD" when c is empty. A three-letter code comes back in
// capitals, as ISO 4217 writes it; anything else comes back unchanged.
func (c Currency) Code() string {
	switch {
	case c == "":
		return string(USD)
	case len(c) != 3:
		return string(c)
	}
	for i := 0; i < len(c); i++ {
		if ch := c[i]; (ch < 'A' || ch > 'Z') && (ch < 'a' || ch > 'z') {
			return string(c)
		}
	}
	return strings.ToUpper(string(c)) // allocates only if there is something to change
}

// Digits returns how many digits ISO 4217 gives the currency's minor unit: 2 for USD (1 dollar is
// 100 cents), 0 for JPY, 3 for KWD, 4 for CLF. For a code it does not know, see Known, it returns
// 2, which most currencies have.
func (c Currency) Digits() int {
	switch c.Code() {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	default:
		return 2
	}
}

// Known reports whether Digits comes from ISO 4217 rather than from a guess: whether the code is,
// or has been since 2017, a currency of ISO 4217 with a minor unit. The empty Currency is USD and
// known. A code can be newer than this package, so treat an unknown one as a reason to ask, not as
// an error; only Parse refuses it.
func (c Currency) Known() bool {
	code := c.Code()
	if len(code) != 3 || strings.Contains(code, " ") {
		return false
	}
	if c.Digits() != 2 {
		return true
	}
	word := " " + code + " "
	return strings.Contains(twoDigits, word) || strings.Contains(withdrawn, word)
}

// same reports whether a and b are the same currency.
func same(a, b Currency) bool {
	return a == b || a.Code() == b.Code()
}
