package brexoauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	m, err := c.Discover(t.Context())
	require.NoError(t, err)
	require.Contains(t, m.Scopes, "offline_access")
	documented := brexoauth.Endpoints{AuthURL: s.URL + "/oauth2/default/v1/authorize", TokenURL: s.URL + "/oauth2/default/v1/token",
		RevokeURL: s.URL + "/oauth2/default/v1/revoke"}
	require.Equal(t, documented, m.Endpoints)
	for range 3 {
		_, err = c.Endpoints(t.Context())
		require.NoError(t, err)
	}
	require.Len(t, s.Requests(), 2, "Discover, and once for Endpoints")
	s.Advance(25 * time.Hour)
	s.FailNext(brextest.OAuthDiscovery, brextest.HTML(502), 1)
	e, err := c.Endpoints(t.Context())
	require.NoError(t, err)
	require.Equal(t, documented, e)
	require.Len(t, s.Requests(), 3)

	for name, fault := range map[string]brextest.Fault{
		"down":           brextest.ResetBeforeAccept(),
		"404":            brextest.Status(404, "{}"),
		"redirect":       brextest.Status(302, ""),
		"no JSON":        brextest.HTML(200),
		"another issuer": brextest.Status(200, `{"issuer":"https://evil.example/oauth2/default","token_endpoint":"https://evil.example/t"}`),
		"another host": brextest.Status(200, `{"issuer":"`+s.URL+`/oauth2/default","authorization_endpoint":"`+s.URL+`/a",
			"token_endpoint":"https://evil.example/t"}`),
		"plain http": brextest.Status(200, `{"issuer":"`+s.URL+`/oauth2/default","authorization_endpoint":"`+s.URL+`/a",
			"token_endpoint":"http://accounts-api.brex.com/t"}`),
	} {
		c := newClient(t, s)
		n := 1
		if name == "down" {
			n = 2 // the transport sends a GET again by itself where the connection was used before
			c = newClient(t, s, func(cfg *brexoauth.Config) {
				cfg.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			})
		}
		s.FailNext(brextest.OAuthDiscovery, fault, n)
		_, err := c.Discover(t.Context())
		var failed *brexoauth.IssuerError
		require.ErrorAs(t, err, &failed, name)
		s.ClearFaults()
		s.FailNext(brextest.OAuthDiscovery, fault, n)
		e, err := c.Endpoints(t.Context())
		require.NoError(t, err, name)
		require.Equal(t, documented, e, name)
		s.ClearFaults()
	}
}

func TestDiscoveredAuthMethodAndRedirects(t *testing.T) {
	t.Parallel()
	var issuer string
	var forms []url.Values
	mux := http.NewServeMux()
	mux.HandleFunc("/iss/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"issuer":"` + issuer + `/","authorization_endpoint":"` + issuer + `/a","token_endpoint":"` + issuer + `/moved",
			"token_endpoint_auth_methods_supported":["client_secret_post"]}`))
	})
	mux.HandleFunc("/iss/moved", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		forms = append(forms, r.PostForm)
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { t.Error("the secret was carried elsewhere") })
	server := httptest.NewServer(mux)
	defer server.Close()
	issuer = server.URL + "/iss"
	c, err := brexoauth.New(brexoauth.Config{ClientID: "id", ClientSecret: wire.NewSecret("s"), Issuer: issuer + "/"})
	require.NoError(t, err)
	source, err := c.ClientCredentials([]string{"users"})
	require.NoError(t, err)
	_, err = source.Token()
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 307, failed.StatusCode)
	require.Len(t, forms, 1)
	require.Equal(t, "s", forms[0].Get("client_secret"))
}
