package brextest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

const (
	callbackURL = "https://app.example/callback"
	verifier    = "a verifier of the application that nobody else knows"
	state       = "123456789"
)

// application is an OAuth client written by hand, so that the issuer is not only tested with ours.
type application struct {
	*sandbox
	id, secret string
}

func newApplication(t *testing.T, opts ...brextest.Option) application {
	t.Helper()
	opts = append(opts, small, brextest.WithOAuthClient("app", "secret", callbackURL, "http://127.0.0.1/back"),
		brextest.WithOAuthClient("public", "", callbackURL))
	return application{newSandbox(t, opts...), "app", "secret"}
}

func (a application) query(change ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"response_type": {"code"}, "client_id": {a.id}, "redirect_uri": {callbackURL}, "state": {state},
		"scope": {"openid offline_access users.readonly"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}
	for i := 0; i+1 < len(change); i += 2 {
		if q.Set(change[i], change[i+1]); change[i+1] == "" {
			q.Del(change[i])
		}
	}
	return q
}

func (a application) authorize(change ...string) result {
	return a.raw("GET", brextest.IssuerPath+"/v1/authorize?"+a.query(change...).Encode(), "")
}

// back is the query that a response leads the browser back with.
func (a application) back(got result) url.Values {
	a.t.Helper()
	require.Equal(a.t, 302, got.Status, "%s", got.Body)
	u, err := url.Parse(got.Header.Get("Location"))
	require.NoError(a.t, err)
	return u.Query()
}

func (a application) post(endpoint string, form url.Values) result {
	if form.Get("client_id") == "" {
		form.Set("client_id", a.id)
		form.Set("client_secret", a.secret)
	}
	return a.raw("POST", brextest.IssuerPath+"/v1/"+endpoint, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (a application) exchange(code string, change ...string) result {
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callbackURL}, "code_verifier": {verifier}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return a.post("token", form)
}

func (a application) refresh(token string, change ...string) result {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	for i := 0; i+1 < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return a.post("token", form)
}

// tokens signs in.
func (a application) tokens() (access, refresh string) {
	a.t.Helper()
	return a.pair(a.exchange(a.back(a.authorize()).Get("code")))
}

func (a application) pair(got result) (access, refresh string) {
	a.t.Helper()
	require.Equal(a.t, 200, got.Status, "%s", got.Body)
	require.Equal(a.t, "no-store", got.Header.Get("Cache-Control"))
	body := got.json(a.t)
	require.Equal(a.t, "Bearer", body["token_type"])
	require.EqualValues(a.t, 3600, body["expires_in"])
	access, _ = body["access_token"].(string)
	refresh, _ = body["refresh_token"].(string)
	return access, refresh
}

func (a application) status(access, path string) int {
	return a.raw("GET", path, "", "Authorization", "Bearer "+access).Status
}

func wantOAuthError(t *testing.T, got result, status int, code string) {
	t.Helper()
	require.Equal(t, status, got.Status, "%s", got.Body)
	require.Equal(t, code, got.json(t)["error"])
	require.NotEmpty(t, got.json(t)["error_description"])
	require.NotEmpty(t, got.Header.Get("X-Brex-Trace-Id"))
}

func TestOAuthLogin(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	back := a.back(a.authorize())
	require.Equal(t, state, back.Get("state"))
	access, refresh := a.pair(a.exchange(back.Get("code")))
	require.Equal(t, 200, a.status(access, "/v2/users"))
	require.Equal(t, 403, a.status(access, "/v1/transfers"), "that scope was not asked for")
	require.Equal(t, 401, a.status(refresh, "/v2/users"))

	a.Advance(time.Hour - time.Second)
	require.Equal(t, 200, a.status(access, "/v2/users"))
	a.Advance(time.Second)
	require.Equal(t, 401, a.status(access, "/v2/users"), "an access token lives an hour")

	access2, refresh2 := a.pair(a.refresh(refresh))
	require.NotEqual(t, refresh, refresh2)
	require.Equal(t, 200, a.status(access2, "/v2/users"))
	wantOAuthError(t, a.refresh(refresh), 400, "invalid_grant")
	require.Equal(t, 200, a.status(access2, "/v2/users"), "the login itself goes on")

	a.Advance(90*24*time.Hour - time.Second)
	_, refresh3 := a.pair(a.refresh(refresh2))
	a.Advance(90 * 24 * time.Hour)
	wantOAuthError(t, a.refresh(refresh3), 400, "invalid_grant")
	require.Equal(t, brextest.OAuthStats{Codes: 1, Exchanges: 1, Refreshes: 2, RefreshesRefused: 2, Reuses: 1}, a.OAuthStats())
}

func TestOAuthAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	for name, tc := range map[string]struct {
		change []string
		code   string
		back   bool // told to the application
	}{
		"unknown client":         {[]string{"client_id", "x"}, "invalid_client", false},
		"unregistered redirect":  {[]string{"redirect_uri", callbackURL + "/x"}, "invalid_request", false},
		"no redirect":            {[]string{"redirect_uri", ""}, "invalid_request", false},
		"loopback, another path": {[]string{"redirect_uri", "http://127.0.0.1:80/other"}, "invalid_request", false},
		"response type":          {[]string{"response_type", "token"}, "unsupported_response_type", true},
		"no state":               {[]string{"state", ""}, "invalid_request", true},
		"state of 8":             {[]string{"state", "12345678"}, "invalid_request", true},
		"plain PKCE":             {[]string{"code_challenge_method", "plain"}, "invalid_request", true},
		"PKCE without method":    {[]string{"code_challenge_method", ""}, "invalid_request", true},
		"PKCE without challenge": {[]string{"code_challenge", ""}, "invalid_request", true},
		"no scope":               {[]string{"scope", ""}, "invalid_scope", true},
		"unknown scope":          {[]string{"scope", "openid expenses:read"}, "invalid_scope", true},
		"public without PKCE":    {[]string{"client_id", "public", "code_challenge", "", "code_challenge_method", ""}, "invalid_request", true},
	} {
		t.Run(name, func(t *testing.T) {
			got := a.authorize(tc.change...)
			_, err := a.Authorize(brextest.IssuerPath + "/v1/authorize?" + a.query(tc.change...).Encode())
			if !tc.back {
				wantOAuthError(t, got, 400, tc.code)
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			back := a.back(got)
			require.Equal(t, tc.code, back.Get("error"))
			require.Empty(t, back.Get("code"))
		})
	}
	wantOAuthError(t, a.raw("GET", brextest.IssuerPath+"/v1/authorize?state=a&state=b", ""), 400, "invalid_request")
	_, err := a.Authorize("https://elsewhere.example/authorize")
	require.Error(t, err)
	require.Zero(t, a.OAuthStats().Codes)
	port := a.back(a.authorize("redirect_uri", "http://127.0.0.1:53711/back"))
	require.NotEmpty(t, port.Get("code"), "loopback takes any port")
}

func TestOAuthTokenRefuses(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	code := func(change ...string) string { return a.back(a.authorize(change...)).Get("code") }
	other := a
	other.id, other.secret = "public", ""
	_, refresh := a.tokens()
	for name, tc := range map[string]struct {
		got    func() result
		status int
		code   string
	}{
		"wrong verifier":          {func() result { return a.exchange(code(), "code_verifier", "another") }, 400, "invalid_grant"},
		"no verifier":             {func() result { return a.exchange(code(), "code_verifier", "") }, 400, "invalid_grant"},
		"verifier, no challenge":  {func() result { return a.exchange(code("code_challenge", "", "code_challenge_method", "")) }, 400, "invalid_grant"},
		"another redirect":        {func() result { return a.exchange(code(), "redirect_uri", "http://127.0.0.1/back") }, 400, "invalid_grant"},
		"unknown code":            {func() result { return a.exchange("x") }, 400, "invalid_grant"},
		"another client's code":   {func() result { return other.exchange(code()) }, 400, "invalid_grant"},
		"another client's token":  {func() result { return other.refresh(refresh) }, 400, "invalid_grant"},
		"old code":                {func() result { c := code(); a.Advance(5 * time.Minute); return a.exchange(c) }, 400, "invalid_grant"},
		"wrong secret":            {func() result { b := a; b.secret = "x"; return b.refresh(refresh) }, 401, "invalid_client"},
		"no secret":               {func() result { b := a; b.secret = ""; return b.refresh(refresh) }, 401, "invalid_client"},
		"unknown client":          {func() result { b := a; b.id = "x"; return b.refresh(refresh) }, 401, "invalid_client"},
		"more scopes":             {func() result { return a.refresh(refresh, "scope", "users.readonly cards") }, 400, "invalid_scope"},
		"no grant type":           {func() result { return a.post("token", url.Values{}) }, 400, "invalid_request"},
		"other grant type":        {func() result { return a.post("token", url.Values{"grant_type": {"password"}}) }, 400, "unsupported_grant_type"},
		"credentials, no scope":   {func() result { return a.post("token", url.Values{"grant_type": {"client_credentials"}}) }, 400, "invalid_scope"},
		"credentials of a public": {func() result { return other.post("token", url.Values{"grant_type": {"client_credentials"}}) }, 400, "unauthorized_client"},
		"twice the same": {func() result {
			return a.post("token", url.Values{"grant_type": {"refresh_token", "refresh_token"}})
		}, 400, "invalid_request"},
		"JSON": {func() result {
			return a.raw("POST", brextest.IssuerPath+"/v1/token", "{}", "Content-Type", "application/json")
		}, 400, "invalid_request"},
		"no token to revoke": {func() result { return a.post("revoke", url.Values{}) }, 400, "invalid_request"},
		"revoke by nobody": {func() result {
			return a.post("revoke", url.Values{"client_id": {"x"}, "token": {"x"}})
		}, 401, "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) { wantOAuthError(t, tc.got(), tc.status, tc.code) })
	}
	require.NotEmpty(t, code("code_challenge", "", "code_challenge_method", ""), "PKCE is not required of a client with a secret")

	got := a.raw("POST", brextest.IssuerPath+"/v1/token", "grant_type=refresh_token&client_secret=x",
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("app:secret")))
	wantOAuthError(t, got, 400, "invalid_request")
	got = a.raw("POST", brextest.IssuerPath+"/v1/token", "grant_type=refresh_token&refresh_token="+refresh,
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("app:no")))
	wantOAuthError(t, got, 401, "invalid_client")
	require.Contains(t, got.Header.Get("WWW-Authenticate"), "Basic")
	require.Equal(t, 405, a.raw("GET", brextest.IssuerPath+"/v1/token", "").Status)
	require.Equal(t, 404, a.raw("GET", brextest.IssuerPath+"/v1/nothing", "").Status)

	a.pair(a.refresh(refresh, "scope", "users.readonly")) // fewer scopes, and the token was not spent by all this
}
