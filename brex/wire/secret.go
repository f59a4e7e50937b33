package wire

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"unique"
)

// Secret is a string that printing does not show: a card or account number, a signing secret, a
// token. Reveal returns it. It is sent and received unchanged, so encoding/json shows it. Its zero
// value is the empty string. Two are equal when their strings are, so it can be compared and be the
// key of a map. In a struct of your own an optional Secret needs the tag omitzero: omitempty leaves
// out no struct.
//
// It holds a handle and not the string, because fmt asks the unexported fields of a struct for no
// method.
type Secret struct{ h unique.Handle[string] }

// NewSecret returns a Secret of a string.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{} // equal to the zero value
	}
	return Secret{unique.Make(s)}
}

// Reveal returns the string.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.h.Value()
}

// IsZero reports whether the string is empty. encoding/json asks it for omitzero.
func (s Secret) IsZero() bool { return s == Secret{} }

// String hides the string, and shows its last four characters where there are more than eight.
func (s Secret) String() string {
	switch text := s.Reveal(); {
	case text == "":
		return ""
	case len(text) > 8:
		return "[redacted]" + text[len(text)-4:]
	default:
		return "[redacted]"
	}
}

// Format prints String for every verb, which hides the string.
func (s Secret) Format(f fmt.State, verb rune) { show(f, verb, s.String()) }

// show prints text for any verb. Types that can hold secrets print themselves by it: for a verb
// that does not fit their kind, fmt passes String and GoString by.
func show(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// LogValue returns String, which hides the string.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the string as it is; by it encoding/json and others write a Secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.Reveal()), nil }

// UnmarshalText keeps the string as it is; by it encoding/json and others read a Secret.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}

// hide implements hider.
func (s Secret) hide() any { return NewSecret(s.String()) }
