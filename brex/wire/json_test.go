package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestJSON(t *testing.T) {
	type holder struct {
		V wire.JSON `json:"v,omitempty"`
	}
	for in, want := range map[string]string{
		`{"v":12345678901234567890.10}`: `12345678901234567890.10`,
		`{"v":{"a":[1,null]}}`:          `{"a":[1,null]}`,
		`{"v":"x"}`:                     `"x"`,
		`{"v":false}`:                   `false`,
		`{"v":null}`:                    ``,
		`{}`:                            ``,
	} {
		var h holder
		require.NoError(t, json.Unmarshal([]byte(in), &h), in)
		require.Equal(t, want, h.V.String())
		again, err := json.Marshal(h)
		require.NoError(t, err)
		if want == "" {
			in = `{}`
		}
		require.Equal(t, in, string(again))
	}
	var h holder
	body := []byte(`{"v":"before"}`)
	require.NoError(t, json.Unmarshal(body, &h))
	copy(body, `{"v":"XXXXXX"}`)
	require.Equal(t, `"before"`, h.V.String(), "it owns its bytes")
}
