package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
)

// Nullable is a field of an update that is left alone, cleared or set. Its zero value leaves the
// field alone: it is not sent at all (the field carries the omitzero tag). Null clears the field by
// sending null; Set sends a value, also an empty one. It is comparable when T is.
type Nullable[T any] struct {
	value T
	state nullState
}

type nullState uint8

const (
	absent nullState = iota
	null
	set
)

// Set returns a field that is sent with the value, even if that is zero.
func Set[T any](value T) Nullable[T] { return Nullable[T]{value: value, state: set} }

// Null returns a field that is sent as null.
func Null[T any]() Nullable[T] { return Nullable[T]{state: null} }

// IsZero reports whether the field is left alone. encoding/json asks it for omitzero.
func (n Nullable[T]) IsZero() bool { return n.state == absent }

// IsNull reports whether the field is sent as null.
func (n Nullable[T]) IsNull() bool { return n.state == null }

// Get returns the value, and whether there is one.
func (n Nullable[T]) Get() (T, bool) { return n.value, n.state == set }

// String returns what would be sent: "absent", "null" or the value.
func (n Nullable[T]) String() string {
	switch n.state {
	case absent:
		return "absent"
	case null:
		return "null"
	default:
		return fmt.Sprint(n.value)
	}
}

// Format prints String for any verb, because %#v would show the value of a Secret.
func (n Nullable[T]) Format(f fmt.State, verb rune) { show(f, verb, n.String()) }

// LogValue returns what would be sent, without its secrets.
func (n Nullable[T]) LogValue() slog.Value {
	if n.state != set {
		return slog.StringValue(n.String())
	}
	return logged(reflect.ValueOf(&n.value).Elem())
}

// hide implements hider.
func (n Nullable[T]) hide() any {
	reflect.ValueOf(&n.value).Elem().Set(hidden(reflect.ValueOf(&n.value).Elem()))
	return n
}

// MarshalJSON writes null or the value. A Nullable that is absent must be left out by omitzero, and
// is written as null where the tag is missing.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.state != set {
		return []byte("null"), nil
	}
	return json.Marshal(n.value)
}

// UnmarshalJSON reads null or a value.
func (n *Nullable[T]) UnmarshalJSON(b []byte) error {
	var zero T
	n.value = zero
	n.state = absent
	if bytes.Equal(b, []byte("null")) {
		n.state = null
		return nil
	}
	if err := json.Unmarshal(b, &n.value); err != nil {
		return err
	}
	n.state = set
	return nil
}
