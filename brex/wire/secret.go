package wire

import "log/slog"

// Secret is a text that printing does not show: a card or account number, a signing secret. It is sent and received as it
// is; string(s) shows it.
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

// LogValue hides the text like String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
