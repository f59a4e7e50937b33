package profile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// A login goes where it was made for, and to no other host or port.
func TestCheckAddress(t *testing.T) {
	for _, tc := range []struct {
		made, address string
		sent          bool
	}{
		{"", "https://api.brex.com", true},
		{"", "https://API.brex.com:443/", true},
		{"", "https://platform.brexapis.com", false},
		{"", brex.StagingBaseURL, false},
		{"", "http://127.0.0.1:8080", false},
		{"", "https://localhost", false},
		{"", "http://api.brex.com", false},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080/", true},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8081", false},
		{"http://127.0.0.1:8080", "http://127.0.0.1", false},
		{"http://127.0.0.1:8080", "http://localhost:8080", false},
		{"http://127.0.0.1:8080", "https://api.brex.com", false},
		{"http://[::1]:8080", "http://[::1]:8080", true},
		{"", "nowhere", true}, // the client says what is wrong with it
	} {
		err := (&Profile{Name: "work", BaseURL: tc.made}).CheckAddress("BREX_BASE_URL", tc.address)
		if tc.sent {
			require.NoError(t, err, tc)
			continue
		}
		require.ErrorContains(t, err, "BREX_BASE_URL: the login of the profile work was made for ", tc)
		require.IsType(t, UsageError(""), err)
	}
}

func TestStagingIsKnown(t *testing.T) {
	for _, address := range []string{brex.StagingBaseURL, "https://platform.staging.brexapps.com", "https://Platform.Staging.brexapps.com:443/"} {
		require.NoError(t, CheckHost("--base-url", address))
		issuer, err := (&Profile{BaseURL: address}).issuer()
		require.NoError(t, err)
		require.Equal(t, brexoauth.StagingIssuer, issuer, "of the same environment")
		_, err = (&Profile{BaseURL: address, Issuer: brexoauth.DefaultIssuer}).issuer()
		require.ErrorContains(t, err, "do not belong together")
		_, err = (&Profile{BaseURL: address, Issuer: brexoauth.StagingIssuer}).issuer()
		require.NoError(t, err)
	}
	require.ErrorContains(t, CheckHost("--base-url", "https://evil.staging.brexapps.com"), "they go to api.brex.com, platform.brexapis.com, "+
		"api-staging.brex.com, platform.staging.brexapps.com and to this machine only")
	require.Error(t, CheckHost("--base-url", "https://platform.staging.brexapps.com:8443"))
	require.NoError(t, checkHost("--issuer", brexoauth.StagingIssuer, issuerHosts))
	require.Error(t, checkHost("--issuer", "https://platform.staging.brexapps.com", issuerHosts))
	for _, p := range []Profile{{}, {BaseURL: "https://platform.brexapis.com"}, {BaseURL: "http://127.0.0.1:1"}} {
		issuer, err := p.issuer()
		require.NoError(t, err)
		require.Empty(t, issuer, "the usual one")
		p.Issuer = brexoauth.StagingIssuer
		_, err = p.issuer()
		require.Equal(t, p.BaseURL == "http://127.0.0.1:1", err == nil, "%v", p)
	}
}
