package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
)

func TestTokenProblem(t *testing.T) {
	for _, token := range []string{"bxt_abc", "a", "eyJh.eyJz.-_", "abc=", "abc==", "A1-._~+/"} {
		require.Empty(t, wire.TokenProblem(token), token)
	}
	for token, want := range map[string]string{
		"":                          "empty",
		"=":                         "begins with =",
		"=bxt_abc":                  "begins with =",
		"bxt_abc\n":                 "line break",
		"bxt_abc\r\n":               "line break",
		"bxt_\x00abc":               "control character",
		"\tbxt_abc":                 "control character",
		"bxt_abc\x7f":               "control character",
		"\ufeffbxt_abc":             "not ASCII",
		"“bxt_abc”":                 "not ASCII",
		"bxt_abc\u00a0":             "not ASCII",
		"bxt_\xffabc":               "not ASCII",
		`"bxt_abc"`:                 "quotation marks",
		`'bxt_abc'`:                 "quotation marks",
		"`bxt_abc`":                 "quotation marks",
		`"$BREX_TOKEN"`:             "quotation marks",
		"bxt_abc'":                  "quotation marks",
		"$BREX_TOKEN":               "not expanded",
		"${BREX_TOKEN}":             "not expanded",
		"$(cat token)":              "not expanded",
		"%BREX_TOKEN%":              "not expanded",
		"{{BREX_TOKEN}}":            "not expanded",
		"${{ secrets.BREX_TOKEN }}": "not expanded",
		"<YOUR_TOKEN_HERE>":         "placeholder",
		"[token]":                   "placeholder",
		"Bearer bxt_abc":            "Bearer",
		"bearer bxt_abc":            "Bearer",
		"bxt abc":                   "white space",
		" bxt_abc":                  "white space",
		"bxt_abc ":                  "white space",
		"BREX_TOKEN=bxt_abc":        "before its end",
		"bxt=_abc=":                 "before its end",
		"op://vault/brex":           "letters, digits",
		"bxt_abc,bxt_def":           "letters, digits",
		"***":                       "letters, digits",
		`bxt\abc`:                   "letters, digits",
	} {
		got := wire.TokenProblem(token)
		require.Contains(t, got, want, "%q", token)
		for _, part := range []string{"bxt", "abc", "YOUR_TOKEN", "vault"} {
			require.NotContains(t, got, part, "%q is shown", token)
		}
	}
}

// Nothing that passes could be anything but a token on the line of a header.
func FuzzTokenProblem(f *testing.F) {
	for _, seed := range []string{"bxt_abc", "a=", `"a"`, "a\r\nX: y", "Bearer a", "ä"} {
		f.Add(seed)
	}
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/"
	f.Fuzz(func(t *testing.T, token string) {
		body := strings.TrimRight(token, "=")
		require.Equal(t, body != "" && strings.Trim(body, allowed) == "" && !strings.ContainsFunc(body, func(r rune) bool {
			return !strings.ContainsRune(allowed, r)
		}), wire.TokenProblem(token) == "", "%q", token)
	})
}
