package wire

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
)

// Secret is a string that printing does not show: a card or account number, a signing secret. It is
// sent and received unchanged, so encoding it as JSON shows it, and so does string(s).
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

// Format prints String for every verb, which hides the text.
func (s Secret) Format(f fmt.State, verb rune) { show(f, verb, s.String()) }

// show prints text for any verb. Types that can hold secrets print themselves by it: for a verb
// that does not fit their kind, fmt passes String and GoString by.
func show(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}

// LogValue returns String, which hides the text.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
