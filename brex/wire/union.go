package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
)

// Unknown is the value of a union whose variant this version of the package does not know, or whose
// content does not have the variant's form; Err is then the reason. Raw is the value as received.
type Unknown struct {
	Type string // discriminator, empty where the union has none
	Raw  json.RawMessage
	Err  error
}

// String returns the type and the size; the content can hold account numbers.
func (u Unknown) String() string { return fmt.Sprintf("unknown %q of %d bytes", u.Type, len(u.Raw)) }

// Format prints String for every verb, which hides the content.
func (u Unknown) Format(f fmt.State, verb rune) { show(f, verb, u.String()) }

// LogValue returns String, which hides the content.
func (u Unknown) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalJSON writes what was received.
func (u Unknown) MarshalJSON() ([]byte, error) {
	if len(u.Raw) == 0 {
		return []byte("null"), nil
	}
	return u.Raw, nil
}

// Union is the common part of the generated unions: either a value that was set here or the JSON
// that was received, which is encoded again unchanged, unknown variants and unknown fields
// included.
type Union struct {
	_     [0]func() // not comparable: a pointer is not the JSON
	value any
	raw   *string // the JSON. fmt follows a pointer to bytes, and none to a string: nothing of it shows in an unexported field
}

// NewUnion returns a union that holds a variant.
func NewUnion(value any) Union { return Union{value: value} }

// received is a copy of the JSON that was received, or nil.
func (u Union) received() json.RawMessage {
	if u.raw == nil {
		return nil
	}
	return json.RawMessage(*u.raw)
}

// Raw returns the JSON of the value. The caller may keep it.
func (u Union) Raw() (json.RawMessage, error) {
	return u.MarshalJSON()
}

// IsZero reports whether nothing is set.
func (u Union) IsZero() bool { return u.value == nil && u.raw == nil }

// MarshalJSON writes the variant, or what was received.
func (u Union) MarshalJSON() ([]byte, error) {
	switch {
	case u.value != nil:
		return json.Marshal(u.value)
	case u.raw != nil:
		return u.received(), nil
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON keeps the JSON; it is decoded when a variant is asked for, so that a new variant
// never fails a page.
func (u *Union) UnmarshalJSON(b []byte) error {
	u.value = nil
	if bytes.Equal(b, []byte("null")) {
		u.raw = nil
		return nil
	}
	raw := string(b)
	u.raw = &raw
	return nil
}

// String returns only the variant, because a union can hold account numbers.
func (u Union) String() string {
	if u.value != nil {
		return fmt.Sprintf("%T", u.value)
	}
	if u.IsZero() {
		return "none"
	}
	return fmt.Sprintf("union of %d bytes", len(*u.raw))
}

// Format prints String for every verb, which hides the content.
func (u Union) Format(f fmt.State, verb rune) { show(f, verb, u.String()) }

// LogValue returns String, which hides the content.
func (u Union) LogValue() slog.Value { return slog.StringValue(u.String()) }

// hide implements hider: of a union only what String shows of it is left.
func (u Union) hide() any {
	if u.IsZero() {
		return u
	}
	return NewUnion(u.String())
}

// Variant describes one variant of a union: the members of an object that select it, and how to
// decode it.
type Variant struct {
	Match  []Match
	Decode func(json.RawMessage) (any, error)
}

// Match is a member that an object must have; with Value it must be that string, or one of Or.
type Match struct {
	Member, Value string
	Or            []string
}

// As returns the value if it is a T, and whether it is.
func As[T any](u Union, v Variant) (T, bool) {
	var zero T
	if u.value != nil {
		t, ok := u.value.(T)
		return t, ok
	}
	if !v.matches(members(u.received())) {
		return zero, false
	}
	decoded, err := v.Decode(u.received())
	if err != nil {
		return zero, false
	}
	t, ok := decoded.(T)
	return t, ok
}

// Value returns the variant as its own type, Unknown if none matches, and nil if nothing is set.
func Value(u Union, discriminator string, variants []Variant) any {
	if u.IsZero() {
		return nil
	}
	if u.value != nil {
		return u.value
	}
	m := members(u.received())
	unknown := Unknown{Raw: u.received()}
	if discriminator != "" {
		unknown.Type = str(m[discriminator])
	}
	for _, v := range variants {
		if !v.matches(m) {
			continue
		}
		decoded, err := v.Decode(u.received())
		if err == nil {
			return decoded
		}
		unknown.Err = err
	}
	return unknown
}

// Decode decodes b as a T, for Variant.Decode.
func Decode[T any](b json.RawMessage) (any, error) {
	var t T
	if err := json.Unmarshal(b, &t); err != nil {
		return nil, err
	}
	return t, nil
}

func (v Variant) matches(m map[string]json.RawMessage) bool {
	for _, match := range v.Match {
		raw, ok := m[match.Member]
		if !ok || string(raw) == "null" || match.Value != "" && !match.admits(str(raw)) {
			return false
		}
	}
	return len(v.Match) > 0
}

func (m Match) admits(value string) bool { return value == m.Value || slices.Contains(m.Or, value) }

func members(b json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(b, &m) != nil {
		return nil
	}
	return m
}

func str(b json.RawMessage) string {
	var s string
	if json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}
