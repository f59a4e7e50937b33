package wire

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// Integer is a whole number that the document declares as a number, so that 1.0 and 1e3 are as
// valid as 1. It is exact, and encoded without point or exponent.
type Integer int64

// UnmarshalJSON reads a whole number, or a string that holds one; null changes nothing. A number
// with a fraction, or beyond an int64, is a *json.UnmarshalTypeError.
func (n *Integer) UnmarshalJSON(b []byte) error {
	if whole, err := strconv.ParseInt(string(b), 10, 64); err == nil {
		*n = Integer(whole)
		return nil
	}
	if string(b) == "null" {
		return nil
	}
	s := string(b)
	if len(s) > 1 && s[0] == '"' {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	const most = 64 // characters; and an exponent of two digits, because big.Rat writes out what an exponent only names
	_, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	if len(s) <= most && len(strings.TrimLeft(exponent, "+-")) <= 2 && strings.Trim(s, "0123456789+-.eE") == "" {
		if r, ok := new(big.Rat).SetString(s); ok && r.IsInt() && r.Num().IsInt64() {
			*n = Integer(r.Num().Int64())
			return nil
		}
	}
	kind := "number"
	switch b[0] {
	case '"':
		kind = "string"
	case 't', 'f':
		kind = "bool"
	case '{':
		kind = "object"
	case '[':
		kind = "array"
	}
	return &json.UnmarshalTypeError{Value: kind, Type: reflect.TypeFor[Integer]()}
}
