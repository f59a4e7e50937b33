package brex

import (
	"regexp"
	"strings"
	"sync"
)

// uuidShape is an id whose parts can be all digits.
var uuidShape = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b`)
})

// longNumber is what may be a card or account number: eight digits or more, alone or after a word
// for an account or card; fourteen or more after any dash or underscore, where shorter ones are the
// end of an id; or digits in the groups in which cards are written. Digits within another word are
// none.
var longNumber = sync.OnceValue(func() *regexp.Regexp {
	const between = `(?: ?[-./_–‑] ?| )`
	return regexp.MustCompile(`(?:^|[^\w-])\d{8,}\b|(?:^|[_-])\d{14,}\b` +
		`|\b(?i:account|acct|acc|card|iban|number|num|no|pan)[_-]?\d{8,}\b` +
		`|(?:^|\W)(?:\d{4}(?:` + between + `\d{4}){3}(?:` + between + `\d{1,3})?|\d{4}` + between + `\d{6}` + between + `\d{4,5})\b`)
})

// years are four years in a row, which look like a card.
var years = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\D*(?:(?:19|20)\d\d\D+){3}(?:19|20)\d\d$`) })

// hideNumbers leaves the last four digits of card and account numbers.
func hideNumbers(s string) string {
	if len(s) < 8 || !strings.ContainsAny(s, "0123456789") {
		return s
	}
	var b strings.Builder
	done := 0
	for _, id := range uuidShape().FindAllStringIndex(s, -1) {
		b.WriteString(longNumber().ReplaceAllStringFunc(s[done:id[0]], lastDigits))
		b.WriteString(s[id[0]:id[1]])
		done = id[1]
	}
	b.WriteString(longNumber().ReplaceAllStringFunc(s[done:], lastDigits))
	return b.String()
}

// lastDigits is a match of longNumber with its last four digits only.
func lastDigits(match string) string {
	if years().MatchString(match) {
		return match
	}
	digits := onlyDigits(match)
	return match[:strings.IndexAny(match, "0123456789")] + "[number]" + digits[len(digits)-4:]
}

// iban is what may be an international account number, in one piece or in groups of four: any
// country in capitals, those that have one in small letters too, where ids look alike. Only Brex's
// own words are searched for it: a trace id can look the same.
var iban = sync.OnceValue(func() *regexp.Regexp {
	const countries = `ad|ae|al|at|az|ba|be|bg|bh|bi|br|by|ch|cr|cy|cz|de|dj|dk|do|ee|eg|es|fi|fk|fo|fr|gb|ge|gi|gl|gr|gt|hn|hr|hu` +
		`|ie|il|iq|is|it|jo|kw|kz|lb|lc|li|lt|lu|lv|ly|mc|md|me|mk|mn|mr|mt|mu|ni|nl|no|om|pk|pl|ps|pt|qa|ro|rs|ru|sa|sc|sd|se` +
		`|si|sk|sm|so|st|sv|tl|tn|tr|ua|va|vg|xk|ye`
	return regexp.MustCompile(`(?:\b|(?i:iban)_)(?:[A-Z]{2}|(?i:` + countries + `))\d{2}` +
		`(?i:[A-Z0-9]{11,30}|(?:[ -][A-Z0-9]{4}){2,7}(?:[ -][A-Z0-9]{1,4})?)\b`)
})

// traceID is one of 128 bits in hexadecimal, longer than nearly all international account numbers.
var traceID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{32}$`) })

// ibanDigits is how many digits an international account number has at least.
const ibanDigits = 8

// hideIBANs leaves the last four characters of international account numbers.
func hideIBANs(s string) string {
	return iban().ReplaceAllStringFunc(s, func(match string) string {
		start := 0
		if prefix := "iban_"; len(match) > len(prefix) && strings.EqualFold(match[:len(prefix)], prefix) {
			start = len(prefix)
		}
		plain := strings.NewReplacer(" ", "", "-", "").Replace(match[start:])
		if len(onlyDigits(plain)) < ibanDigits || traceID().MatchString(plain) {
			return match
		}
		return match[:start] + "[number]" + plain[len(plain)-4:]
	})
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
