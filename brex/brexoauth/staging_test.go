package brexoauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A discovery document may name other hosts of Brex's, but those of the issuer's own environment only.
func TestEnvironmentsAreKeptApart(t *testing.T) {
	const production, staging = brexoauth.DefaultIssuer, brexoauth.StagingIssuer
	for _, tc := range []struct {
		issuer, host string
		trusted      bool
	}{
		{production, "accounts-api.brex.com", true},
		{production, "login.brex.com", true},
		{production, "login.brexapis.com", true},
		{production, "login.staging.brexapps.com", false},
		{production, "api-staging.brex.com", false},
		{production, "brex.com.evil.example", false},
		{production, "evilbrex.com", false},
		{production, "login.brex.com:8443", false},
		{staging, "accounts-api.staging.brexapps.com", true},
		{staging, "platform.Staging.brexapps.com", true},
		{staging, "accounts-api-staging.brex.com", true},
		{staging, "accounts-api.brex.com", false},
		{staging, "evilstaging.brexapps.com", false},
		{staging, "staging.brexapps.com.evil.example", false},
		{"https://issuer.example", "accounts-api.brex.com", false},
	} {
		c, err := brexoauth.New(brexoauth.Config{ClientID: "id", Issuer: tc.issuer, HTTPClient: &http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				err := json.NewEncoder(w).Encode(map[string]string{"issuer": strings.TrimSuffix(r.URL.String(), "/.well-known/openid-configuration"),
					"authorization_endpoint": "https://" + tc.host + "/a", "token_endpoint": "https://" + tc.host + "/t"})
				return w.Result(), err
			})}})
		require.NoError(t, err)
		_, err = c.Discover(t.Context())
		if tc.trusted {
			require.NoError(t, err, tc)
		} else {
			require.ErrorContains(t, err, "names an endpoint that is not the issuer's", "%v", tc)
		}
		e, err := c.Endpoints(t.Context())
		require.NoError(t, err)
		require.Equal(t, tc.trusted, strings.Contains(e.TokenURL, tc.host+"/t"), tc)
	}
}
