package schema

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRepeatedMember(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":2}`:               "",
		`{"a":1,"b":{"a":1}}`:         "",
		`[{"a":1},{"a":1},"a","a"]`:   "",
		`{"a":"a","b":["a","b"]}`:     "",
		`{"a":1,"a":2}`:               "a",
		`{"a":1,"\u0061":2}`:          "a",
		`{"x":[{"b":{},"b":{}}]}`:     "b",
		`{"a":{"c":[]},"b":1,"a":[]}`: "a",
		`"a"`:                         "",
	} {
		require.Equal(t, want, RepeatedMember([]byte(text)), text)
	}
}
