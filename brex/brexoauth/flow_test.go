package brexoauth_test

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*brexoauth.Config){
		"secret in the header": func(*brexoauth.Config) {},
		"secret in the form":   func(c *brexoauth.Config) { c.AuthStyle = oauth2.AuthStyleInParams },
		"public":               func(c *brexoauth.Config) { c.ClientID, c.ClientSecret = "public", wire.Secret{} },
		"fixed endpoints": func(c *brexoauth.Config) {
			c.Endpoints = &brexoauth.Endpoints{AuthURL: c.Issuer + "/v1/authorize", TokenURL: c.Issuer + "/v1/token", RevokeURL: c.Issuer + "/v1/revoke"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIssuer(t)
			c := newClient(t, s, change)
			a, err := c.AuthCodeURL(t.Context())
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(a.State), 9)
			again, err := c.AuthCodeURL(t.Context())
			require.NoError(t, err)
			require.NotEqual(t, a.State, again.State)
			require.NotEqual(t, a.Verifier, again.Verifier)

			token, err := c.Exchange(t.Context(), a, callback(t, s, a))
			require.NoError(t, err)
			require.Equal(t, scopes, token.Scopes)
			require.Empty(t, token.MissingScopes(scopes...))
			require.Equal(t, s.Now().Add(time.Hour), token.Expiry)
			require.NotEmpty(t, token.RefreshToken)
			require.Empty(t, token.OAuth2().RefreshToken)
			require.Equal(t, 200, status(t, s, "/v2/users", token.AccessToken.Reveal()))
			require.Equal(t, 403, status(t, s, "/v1/transfers", token.AccessToken.Reveal()))

			require.NoError(t, c.Revoke(t.Context(), token))
			require.Equal(t, 401, status(t, s, "/v2/users", token.AccessToken.Reveal()))
			require.NoError(t, c.Revoke(t.Context(), token), "once more is no error")
		})
	}
}

func TestCallbackRefused(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		query url.Values
		want  error
	}{
		"denied":              {url.Values{"state": {a.State}, "error": {"access_denied"}}, brexoauth.ErrDenied},
		"denied, not by us":   {url.Values{"state": {"123456789"}, "error": {"access_denied"}}, brexoauth.ErrState},
		"wrong state":         {url.Values{"state": {a.State + "x"}, "code": {"c"}}, brexoauth.ErrState},
		"shorter state":       {url.Values{"state": {a.State[:10]}, "code": {"c"}}, brexoauth.ErrState},
		"no state":            {url.Values{"code": {"c"}}, brexoauth.ErrState},
		"two states":          {url.Values{"state": {a.State, "x"}, "code": {"c"}}, brexoauth.ErrState},
		"no code":             {url.Values{"state": {a.State}}, brexoauth.ErrNoCode},
		"empty code":          {url.Values{"state": {a.State}, "code": {""}}, brexoauth.ErrNoCode},
		"two codes":           {url.Values{"state": {a.State}, "code": {"a", "b"}}, brexoauth.ErrNoCode},
		"code with a newline": {url.Values{"state": {a.State}, "code": {"a\nb"}}, brexoauth.ErrNoCode},
	} {
		_, err := c.Exchange(t.Context(), a, tc.query)
		assert.ErrorIs(t, err, tc.want, name)
	}
	_, err = c.Exchange(t.Context(), a, url.Values{"state": {a.State}, "error": {"invalid_scope"}})
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "invalid_scope", failed.Code)
	for _, empty := range []*brexoauth.Attempt{nil, {}, {State: "12345678", Verifier: wire.NewSecret("v")}} {
		_, err = c.Exchange(t.Context(), empty, url.Values{"state": {""}, "code": {"c"}})
		require.ErrorIs(t, err, brexoauth.ErrUsage)
	}
	require.Zero(t, s.OAuthStats().Exchanges)
}

func TestDeniedAtBrex(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthConsent(brextest.OAuthConsent{Deny: true}))
	c := newClient(t, s)
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	_, err = c.Exchange(t.Context(), a, callback(t, s, a))
	require.ErrorIs(t, err, brexoauth.ErrDenied)
}

func TestPartialScopes(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthConsent(brextest.OAuthConsent{Scopes: []string{"openid", "users.readonly"}}))
	c := newClient(t, s)
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	token, err := c.Exchange(t.Context(), a, callback(t, s, a))
	require.NoError(t, err)
	require.Equal(t, []string{"offline_access", "cards.readonly"}, token.MissingScopes(a.Scopes...))
	require.Empty(t, token.RefreshToken, "without offline_access there is none")
	require.Equal(t, 403, status(t, s, "/v2/cards", token.AccessToken.Reveal()))

	store := brexoauth.NewMemoryStore(token)
	source := newSource(t, c, store)
	s.Advance(time.Hour)
	_, err = source.Token()
	var again *brexoauth.SignInError
	require.ErrorAs(t, err, &again)
	require.Equal(t, brexoauth.ReasonNoRefreshToken, again.Reason)
}

func TestPKCEMismatch(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	back := callback(t, s, a)
	// The code of one customer's attempt in another's session.
	b, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	back.Set("state", b.State)
	_, err = c.Exchange(t.Context(), b, back)
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "invalid_grant", failed.Code)
	require.NotErrorIs(t, err, brexoauth.ErrSignIn)
}

func TestExchangeIsSentOnce(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	back := callback(t, s, a)
	s.ResetRequests()
	s.FailNext(brextest.OAuthToken, brextest.ResetAfterAccept(), 1)
	_, err = c.Exchange(t.Context(), a, back)
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Zero(t, failed.StatusCode)
	require.True(t, failed.Temporary())
	require.Len(t, s.Requests(), 1)
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s, func(c *brexoauth.Config) { c.RedirectURL, c.Scopes = "", nil })
	const scope = "https://onboarding.brexapis.com/referrals"
	source, err := c.ClientCredentials([]string{scope})
	require.NoError(t, err)
	seen := make([]string, 50)
	together(50, func(i int) {
		if token, err := source.Token(); assert.NoError(t, err) {
			seen[i] = token.AccessToken
		}
	})
	for _, token := range seen {
		require.Equal(t, seen[0], token)
	}
	require.Equal(t, 1, s.OAuthStats().ClientCredentials)
	login, err := source.Login(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{scope}, login.Scopes)
	require.Empty(t, login.AccessToken)

	s.Advance(59*time.Minute + time.Second)
	s.FailNext(brextest.OAuthToken, brextest.ResetAfterAccept(), 1) // harmless: nothing rotates
	token, err := source.Token()
	require.NoError(t, err)
	require.NotEqual(t, seen[0], token.AccessToken)
	require.NoError(t, source.Close(t.Context()))

	for _, bad := range []func() (*brexoauth.TokenSource, error){
		func() (*brexoauth.TokenSource, error) { return c.ClientCredentials(nil) },
		func() (*brexoauth.TokenSource, error) {
			return newClient(t, s, func(c *brexoauth.Config) { c.ClientSecret = wire.NewSecret("") }).ClientCredentials([]string{scope})
		},
		func() (*brexoauth.TokenSource, error) { return c.TokenSource(nil) },
		func() (*brexoauth.TokenSource, error) { return c.TokenSource(brexoauth.NewMemoryStore(nil), nil) },
		func() (*brexoauth.TokenSource, error) {
			return c.TokenSource(brexoauth.NewMemoryStore(nil), brexoauth.WithMargin(-1))
		},
	} {
		_, err := bad()
		require.ErrorIs(t, err, brexoauth.ErrUsage)
	}
	source, err = newClient(t, s, func(c *brexoauth.Config) { c.ClientSecret = wire.NewSecret("wrong") }).ClientCredentials([]string{scope})
	require.NoError(t, err)
	_, err = source.Token()
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "invalid_client", failed.Code)
	require.False(t, failed.Temporary())
	require.NotEmpty(t, failed.TraceID)
}

func TestNewValidates(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]brexoauth.Config{
		"no client":         {},
		"plain http":        {ClientID: "a", Issuer: "http://accounts-api.brex.com/oauth2/default"},
		"no address":        {ClientID: "a", Issuer: "accounts-api.brex.com"},
		"user in address":   {ClientID: "a", Issuer: "https://me:secret@accounts-api.brex.com"},
		"query":             {ClientID: "a", Issuer: "https://accounts-api.brex.com/?a=b"},
		"plain redirect":    {ClientID: "a", RedirectURL: "http://app.example/callback"},
		"two scopes in one": {ClientID: "a", Scopes: []string{"users cards"}},
		"auth style":        {ClientID: "a", AuthStyle: 9},
		"endpoints":         {ClientID: "a", Endpoints: &brexoauth.Endpoints{AuthURL: "https://a.example"}},
	} {
		_, err := brexoauth.New(cfg)
		require.ErrorIs(t, err, brexoauth.ErrUsage, name)
		require.NotContains(t, err.Error(), "secret@", name)
	}
	c, err := brexoauth.New(brexoauth.Config{ClientID: "a", Endpoints: &brexoauth.Endpoints{AuthURL: "https://a.example", TokenURL: "https://t.example", RevokeURL: "https://r.example"}})
	require.NoError(t, err)
	_, err = c.AuthCodeURL(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrUsage, "no redirect")
	_, err = c.Login(t.Context(), nil)
	require.ErrorIs(t, err, brexoauth.ErrUsage)
	require.ErrorIs(t, c.Revoke(t.Context(), nil), brexoauth.ErrUsage)
	require.ErrorIs(t, c.SignOut(t.Context(), nil), brexoauth.ErrUsage)
	require.ErrorIs(t, brexoauth.StoreLogin(t.Context(), nil, nil), brexoauth.ErrUsage)
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	token := signIn(t, s, c)
	store := newFile(t, token)
	other := newClient(t, s, func(c *brexoauth.Config) { c.ClientID, c.ClientSecret = "public", wire.Secret{} })
	require.ErrorIs(t, other.SignOut(t.Context(), store), brexoauth.ErrOtherLogin)
	_, err := newSource(t, other, store).Token()
	require.ErrorIs(t, err, brexoauth.ErrOtherLogin)
	require.ErrorIs(t, other.Revoke(t.Context(), token), brexoauth.ErrOtherLogin)

	require.NoError(t, c.SignOut(t.Context(), store))
	require.Equal(t, 401, status(t, s, "/v2/users", token.AccessToken.Reveal()))
	_, err = store.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	require.NoError(t, c.SignOut(t.Context(), store))
	_, err = newSource(t, c, store).Token()
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	require.ErrorIs(t, err, brexoauth.ErrSignIn)

	// Brex cannot be told: the login is gone here all the same, and the error says what remains.
	require.NoError(t, brexoauth.StoreLogin(t.Context(), store, signIn(t, s, c)))
	s.FailNext(brextest.OAuthRevoke, brextest.Status(503, ""), 2)
	err = c.SignOut(t.Context(), store)
	var failed *brexoauth.IssuerError
	require.True(t, errors.As(err, &failed), "%v", err)
	require.ErrorContains(t, err, "not revoked")
	_, err = store.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
}

func FuzzCallback(f *testing.F) {
	a := &brexoauth.Attempt{State: "a-state-of-some-length", Verifier: wire.NewSecret("v")}
	f.Add("state=a-state-of-some-length&code=c")
	f.Add("state=a-state-of-some-length&error=access_denied")
	f.Add("state=x&code=c&code=d")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		code, err := a.Code(values)
		if (err == nil) != (code != "") {
			t.Fatalf("code %q with error %v", code, err)
		}
		if err == nil && (values.Get("state") != a.State || values.Get("code") != code || values.Has("error")) {
			t.Fatalf("%q was accepted", query)
		}
	})
}
