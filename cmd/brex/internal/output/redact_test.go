package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestRedact(t *testing.T) {
	for raw, want := range map[string]string{
		`{}`:                                           `{}`,
		`{"a":1.10,"b":["account_number","x"]}`:        `{"a":1.10,"b":["account_number","x"]}`,
		`{"account_number":"123456789"}`:               `{"account_number":"[redacted]6789"}`,
		`{"account_number":"12"}`:                      `{"account_number":"[redacted]"}`,
		`{"account_number":""}`:                        `{"account_number":""}`,
		`{"x":{"y":[{"IBAN" : "DE123456789"}]},"z":1}`: `{"x":{"y":[{"IBAN" : "[redacted]6789"}]},"z":1}`,
		`{"accountNumber":"123456789","cvv":"123"}`:    `{"accountNumber":"[redacted]6789","cvv":"[redacted]"}`,
		`{"secret":{"value":"123456789"},"n":"x"}`:     `{"secret":{"value":"[redacted]6789"},"n":"x"}`,
		`{"cvv":{"a":{"b":["x"]},"c":"y"},"n":"x"}`:    `{"cvv":{"a":{"b":["[redacted]"]},"c":"[redacted]"},"n":"x"}`,
		`{"account\u005fnumber":"12\u0033456789"}`:     `{"account\u005fnumber":"[redacted]6789"}`,
		`{"card_number":4111111111111111,"number":3}`:  `{"card_number":"[redacted]","number":3}`,
		`{"account_number":["123456789"],"a":"b"}`:     `{"account_number":["[redacted]6789"],"a":"b"}`,
		`{"receipts":[{"download_uris":["https://a/b?sig=c"]},{"download_uris":null}],"a":"b"}`: `{"receipts":[{"download_uris":["[redacted]ig=c"]},{"download_uris":null}],"a":"b"}`,
	} {
		assert.Equal(t, want, string(redact([]byte(raw))))
	}
}

// Whatever the object, redaction leaves valid JSON, in which the same is hidden as in a decoded value.
func FuzzRedact(f *testing.F) {
	f.Add([]byte(`{"account_number":"123456789","a":[1,{"b":null}]}`))
	f.Add([]byte(`[[],{"cvv":"1"}]`))
	f.Add([]byte(`{"a\\\"":"\\","c\u0076v":"1","b" : "\"cvv\":"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b bytes.Buffer
		if json.Compact(&b, raw) != nil {
			t.Skip()
		}
		require.Equal(t, slowly(t, raw, wire.IsSecretMember, false), slowly(t, redact(raw), never, false))
		out := cleanJSON(redact(b.Bytes()))
		require.True(t, json.Valid(out), "%s became %s", b.Bytes(), out)
		require.True(t, plainASCII(out) || string(cleanJSON(out)) == string(out))
	})
}

func never(string) bool { return false }

// slowly decodes JSON into names and values, in order, those under a secret member hidden.
func slowly(t *testing.T, raw []byte, isSecret func(string) bool, secret bool) (all []any) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	token, err := dec.Token()
	require.NoError(t, err)
	all = append(all, token)
	switch v := token.(type) {
	case string:
		if secret {
			text, err := json.Marshal(wire.NewSecret(v).String()) // which can end in half a character
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &all[0]))
		}
	case json.Number:
		if secret && len(v) >= 8 {
			all[0] = "[redacted]"
		}
	case json.Delim:
		for dec.More() {
			under := secret
			if v == '{' {
				name, err := dec.Token()
				require.NoError(t, err)
				all = append(all, name)
				under = under || isSecret(name.(string))
			}
			var value json.RawMessage
			require.NoError(t, dec.Decode(&value))
			all = append(all, slowly(t, value, isSecret, under)...)
		}
	}
	return all
}

// Every member that the SDK takes for a secret must be one here too.
func TestSecretMembers(t *testing.T) {
	files, err := os.ReadDir("../../../../gen")
	require.NoError(t, err)
	found := 0
	for _, dir := range files {
		source, err := os.ReadFile(fmt.Sprintf("../../../../gen/%s/%[1]s.gen.go", dir.Name()))
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(source), "\n") {
			if _, tag, ok := strings.Cut(line, "wire.Secret `json:\""); ok {
				name := strings.FieldsFunc(tag, func(r rune) bool { return r == '"' || r == ',' })[0]
				assert.True(t, wire.IsSecretMember(name), "%s", name)
				found++
			}
		}
	}
	assert.Positive(t, found)
}
