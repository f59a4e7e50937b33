package brex

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// What cannot be a token is refused before anything is sent, wherever it comes from, in words that do not show it.
func TestTokensThatCannotBeTokens(t *testing.T) {
	for token, says := range map[string]string{
		`"bxt_abc"`: "quotation marks", `'bxt_abc'`: "quotation marks", "$BREX_TOKEN": "not expanded", "${BREX_TOKEN}": "not expanded",
		"<YOUR_TOKEN_HERE>": "placeholder", "Bearer bxt_abc": "Bearer", "bxt_abc\n": "line break", "BREX_TOKEN=bxt_abc": "name of a variable",
		"bxt_abc;": "letters, digits",
	} {
		_, err := New(WithToken(token))
		require.ErrorIs(t, err, ErrUsage)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "bxt_abc")

		t.Setenv("BREX_TOKEN", token)
		_, err = NewFromEnv()
		require.ErrorIs(t, err, ErrUsage)
		require.ErrorContains(t, err, says)

		sent := 0
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { sent++; return reply(200, `{"id":"x"}`), nil }),
			WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token})))
		_, err = send(t.Context(), client, opRead)
		require.ErrorIs(t, err, ErrAuth)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "bxt_abc")
		require.Zero(t, sent)
	}
}
