package wire_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestInteger(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "7": 7, "-7": -7, "1.0": 1, "-1.000": -1, "1e3": 1000, "1.5e1": 15, "1E+2": 100, "1200e-2": 12, "0.0": 0, "-0": 0, "null": 5,
		`"7"`: 7, `"1.0"`: 1, `" 7 "`: 7, "9007199254740993": 1<<53 + 1, "9007199254740993.0": 1<<53 + 1,
		"9223372036854775807": math.MaxInt64, "9223372036854775807.0": math.MaxInt64, "-9223372036854775808": math.MinInt64,
	} {
		got := struct{ N wire.Integer }{5}
		require.NoError(t, json.Unmarshal([]byte(`{"N":`+in+`}`), &got), in)
		require.Equal(t, wire.Integer(want), got.N, in)
		text, err := json.Marshal(got.N)
		require.NoError(t, err)
		require.Equal(t, big.NewInt(want).String(), string(text))
	}
	for in, kind := range map[string]string{
		"1.5": "number", "9223372036854775808": "number", "9223372036854775808.0": "number", "1e100": "number", "1e999999999": "number",
		"1e-1": "number", `"x"`: "string", `""`: "string", `"1/2"`: "string", `"0x10"`: "string", `"1_0"`: "string", `"Inf"`: "string",
		"true": "bool", "{}": "object", "[]": "array", `"\u0031"`: "string",
	} {
		got := struct {
			N wire.Integer `json:"count"`
		}{5}
		err := json.Unmarshal([]byte(`{"count":`+in+`}`), &got)
		var wrong *json.UnmarshalTypeError
		require.ErrorAs(t, err, &wrong, in)
		require.Equal(t, kind, wrong.Value, in)
		place, found := wire.Unreadable([]byte(`{"count":`+in+`}`), &got) // from Go 1.27 on, the error does not have the member's name
		require.True(t, found, in)
		require.Equal(t, "count", place.String(), in)
		require.Equal(t, wire.Integer(5), got.N, in)
	}
}

// What is read is exactly what is written in the JSON.
func FuzzInteger(f *testing.F) {
	for _, seed := range []string{"1", "1.0", "1e3", `"7"`, "null", "9223372036854775807.0", "1e99", `"`, "-"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var n wire.Integer
		if !json.Valid(b) || json.Unmarshal(b, &n) != nil || string(b) == "null" || b[0] == '"' {
			return
		}
		var number json.Number
		require.NoError(t, json.Unmarshal(b, &number))
		exact, ok := new(big.Rat).SetString(number.String())
		if ok { // null between spaces leaves number empty
			require.Zero(t, exact.Cmp(new(big.Rat).SetInt64(int64(n))), "%s is read as %d", b, n)
		}
	})
}
