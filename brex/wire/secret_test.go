package wire_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

const pan = "4111111111112222"

var verbs = []string{"%v", "%s", "%+v", "%#v", "%d", "%x", "%X", "%o", "%c", "%U", "%10s", "%t", "%e", "%p"}

func TestSecret(t *testing.T) {
	for in, want := range map[string]string{"": "", "1234": "[redacted]", "12345678": "[redacted]", "123456789": "[redacted]6789", pan: "[redacted]2222"} {
		s := wire.NewSecret(in)
		for _, verb := range verbs[:len(verbs)-1] { // %p asks no method, and shows an address
			require.Equal(t, want, fmt.Sprintf(verb, s), "%s of %d characters", verb, len(in))
		}
		require.Equal(t, `"`+want+`"`, fmt.Sprintf("%q", s))
		require.Equal(t, want, s.LogValue().String())
		require.Equal(t, in == "", s.IsZero())
		require.Equal(t, in, s.Reveal())
		require.True(t, s == wire.NewSecret(strings.Clone(in)) && s != wire.NewSecret(in+"x"), "compared like the string")
		require.True(t, (s == wire.Secret{}) == (in == ""))
	}
}

// It is sent and received as it is, alone, in a struct and as the key of a map.
func TestSecretJSON(t *testing.T) {
	type object struct {
		Required wire.Secret                `json:"required"`
		Optional wire.Secret                `json:"optional,omitzero"`
		List     []wire.Secret              `json:"list,omitempty"`
		Keys     map[wire.Secret]bool       `json:"keys,omitempty"`
		Change   wire.Nullable[wire.Secret] `json:"change,omitzero"`
	}
	for want, o := range map[string]object{
		`{"required":""}`: {},
		`{"required":"\u003ca\u003e \"é\"","optional":"` + pan + `","list":["1",""],"keys":{"k":true},"change":"` + pan + `"}`: {wire.NewSecret(`<a> "é"`), wire.NewSecret(pan),
			[]wire.Secret{wire.NewSecret("1"), {}}, map[wire.Secret]bool{wire.NewSecret("k"): true}, wire.Set(wire.NewSecret(pan))},
	} {
		text, err := json.Marshal(o)
		require.NoError(t, err)
		require.Equal(t, want, string(text))
		var back object
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, o, back)
	}
	var o object
	require.NoError(t, json.Unmarshal([]byte(`{"required":null}`), &o))
	require.True(t, o.Required.IsZero())
	for _, bad := range []string{`{"required":` + pan + `}`, `{"required":{"h":"` + pan + `"}}`, `{"required":["` + pan + `"]}`} {
		err := json.Unmarshal([]byte(bad), &o)
		var kind *json.UnmarshalTypeError
		require.ErrorAs(t, err, &kind)
		require.Equal(t, "required", kind.Field)
	}
}

// printed is what fmt's verbs and slog's handlers make of a value.
func printed(v any) string {
	var b bytes.Buffer
	for _, verb := range append([]string{"%q"}, verbs...) {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	fmt.Fprintln(&b, v)
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("m", "v", v, slog.Group("g", "v", v))
	}
	return b.String()
}

// requireHidden fails when text holds the secret, as a string or as fmt writes the bytes of one.
func requireHidden(t *testing.T, text, secret, name string) {
	t.Helper()
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
		require.NotContains(t, text, form, name)
	}
}

// fmt asks an unexported field for no method, so what is secret must not lie open there.
func TestNothingInUnexportedFields(t *testing.T) {
	var union wire.Union
	require.NoError(t, json.Unmarshal([]byte(`{"type":"ACH","account_number":"`+pan+`"}`), &union))
	type details struct {
		Number wire.Secret `json:"number"`
	}
	secret := wire.NewSecret(pan)
	for name, v := range map[string]any{
		"secret":       struct{ f wire.Secret }{secret},
		"pointer":      &struct{ f wire.Secret }{secret},
		"list":         struct{ f []wire.Secret }{[]wire.Secret{secret}},
		"map":          struct{ f map[wire.Secret]wire.Secret }{map[wire.Secret]wire.Secret{secret: secret}},
		"interface":    struct{ f any }{secret},
		"nullable":     struct{ f wire.Nullable[wire.Secret] }{wire.Set(secret)},
		"struct":       struct{ f details }{details{secret}},
		"page":         struct{ f wire.Page[details] }{wire.Page[details]{Items: []details{{secret}}}},
		"received":     struct{ f wire.Union }{union},
		"made":         struct{ f wire.Union }{wire.NewUnion(details{secret})},
		"deeply":       struct{ f struct{ g []any } }{struct{ g []any }{[]any{union, secret, details{secret}}}},
		"itself":       secret,
		"union itself": union,
	} {
		requireHidden(t, printed(v), pan, name)
	}
}

type held struct {
	ID       string                     `json:"id"`
	Number   wire.Secret                `json:"number,omitzero"`
	Links    []wire.Secret              `json:"links,omitempty"`
	Parts    []held                     `json:"parts,omitempty"`
	One      *held                      `json:"one,omitempty"`
	ByName   map[string]held            `json:"by_name,omitempty"`
	Any      any                        `json:"any,omitempty"`
	Account  wire.Union                 `json:"account,omitzero"`
	Accounts []wire.Union               `json:"accounts,omitempty"`
	Change   wire.Nullable[wire.Secret] `json:"change,omitzero"`
	Changes  []wire.Nullable[held]      `json:"changes,omitempty"`
	At       wire.Time                  `json:"at,omitzero"`
	Raw      wire.JSON                  `json:"raw,omitempty"`
	unseen   wire.Secret
}

func (h held) LogValue() slog.Value { return wire.LogValue(h) }

// What is logged is an object with the members that are set, readable but for the secrets.
func TestLogValue(t *testing.T) {
	secret := wire.NewSecret(pan)
	var union wire.Union
	require.NoError(t, json.Unmarshal([]byte(`{"type":"ACH","account_number":"`+pan+`"}`), &union))
	at, err := wire.ParseTime("2026-11-01T12:00:00Z")
	require.NoError(t, err)
	part := held{ID: "part", Number: secret}
	for want, v := range map[string]any{
		`{"id":"a","number":"[redacted]2222","links":["[redacted]2222","[redacted]"],"at":"2026-11-01T12:00:00Z","raw":{"n":1.10}}`: held{ID: "a", Number: secret,
			Links: []wire.Secret{secret, wire.NewSecret("8char456")}, At: at, Raw: wire.JSON(`{"n":1.10}`), unseen: secret},
		`{"parts":[{"id":"part","number":"[redacted]2222"}],"one":{"id":"part","number":"[redacted]2222"},"by_name":{"x":{"id":"part","number":"[redacted]2222"}},"any":{"id":"part","number":"[redacted]2222"}}`: &held{
			Parts: []held{part}, One: &part, ByName: map[string]held{"x": part}, Any: part},
		`{"account":"union of 50 bytes","accounts":["union of 50 bytes"],"change":"[redacted]2222","changes":[{"id":"part","number":"[redacted]2222"},null]}`: held{
			Account: union, Accounts: []wire.Union{union}, Change: wire.Set(secret), Changes: []wire.Nullable[held]{wire.Set(part), wire.Null[held]()}},
		`{"items":[{"id":"part","number":"[redacted]2222"}],"next_cursor":"c"}`: wire.Page[held]{Items: []held{part}, NextCursor: "c"},
		`{"items":["a"]}`:    wire.Page[string]{Items: []string{"a"}},
		`"null"`:             wire.Null[held](),
		`7`:                  wire.Set(7),
		`["[redacted]2222"]`: wire.Set([]wire.Secret{secret}),
	} {
		var b bytes.Buffer
		slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "v", v)
		var record struct{ V json.RawMessage }
		require.NoError(t, json.Unmarshal(b.Bytes(), &record))
		require.Equal(t, want, string(record.V))
		requireHidden(t, printed(v), pan, want)
	}
	require.Equal(t, pan, part.Number.Reveal(), "logging changes nothing")
	require.Equal(t, part, *(&held{One: &part}).One)
}
