package wire

import (
	"fmt"
	"log/slog"
)

// Secret is a text that printing does not show: a card or account number, a signing secret. It is sent and received as it
// is, so encoding it as JSON shows it, and so does string(s).
type Secret string

// String hides the text, and shows its last four characters where there are more than eight.
func (s Secret) String() string {
	switch {
	case s == "":
		return ""
	case len(s) > 8:
		return "[redacted]" + string(s[len(s)-4:])
	default:
		return "[redacted]"
	}
}

// GoString hides the text like String.
func (s Secret) GoString() string { return s.String() }

// Format hides the text like String, whatever the verb.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", s.String())
		return
	}
	_, _ = f.Write([]byte(s.String()))
}

// LogValue hides the text like String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
