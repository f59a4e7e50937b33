package wire

import (
	"strings"
	"unicode"
)

// secretMembers are the JSON members that hold secrets, in lower case without underscores.
var secretMembers = map[string]bool{
	"accountnumber": true, "iban": true, "cvv": true, "pan": true, "cardnumber": true, "number": true, "secret": true,
	"bankaccountnumber": true, "swiftaccountnumber": true, "documentnumber": true,
	"uri":          true, // of an upload: whoever has it can put a file there
	"downloaduris": true, // of a receipt: whoever has one can read it
	"accesstoken":  true, "refreshtoken": true, "clientsecret": true,
}

// IsSecretMember reports whether a JSON member of this name holds a secret.
func IsSecretMember(name string) bool {
	return secretMembers[strings.ToLower(strings.ReplaceAll(name, "_", ""))]
}

// IsUnsafeRune reports whether a terminal could act on a character, or whether it makes a string
// look like another one: control characters, and those that reorder others or cannot be seen.
func IsUnsafeRune(r rune) bool {
	switch {
	case unicode.IsControl(r):
		return true
	case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector), r == '\u2800': // a blank pattern of Braille
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) // which are signs before a number
}
