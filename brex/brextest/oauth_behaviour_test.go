package brextest_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func TestOAuthCodeIsUsedOnce(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	code := a.back(a.authorize()).Get("code")
	access, refresh := a.pair(a.exchange(code))
	wantOAuthError(t, a.exchange(code), 400, "invalid_grant")
	require.Equal(t, 401, a.status(access, "/v2/users"), "somebody else has the code: what it gave is revoked")
	wantOAuthError(t, a.refresh(refresh), 400, "invalid_grant")
}

func TestOAuthRotationSwitches(t *testing.T) {
	t.Parallel()
	a := newApplication(t, brextest.WithOAuthRotation(30*time.Second, true))
	_, refresh := a.tokens()
	a.pair(a.refresh(refresh))
	a.Advance(30 * time.Second)
	access, last := a.pair(a.refresh(refresh))
	a.Advance(time.Second)
	wantOAuthError(t, a.refresh(refresh), 400, "invalid_grant")
	require.Equal(t, 401, a.status(access, "/v2/users"), "reuse ends the login")
	wantOAuthError(t, a.refresh(last), 400, "invalid_grant")
	require.Equal(t, 2, a.OAuthStats().Refreshes)
}

func TestOAuthRevoke(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	access, refresh := a.tokens()
	other := a
	other.id, other.secret = "public", ""
	for _, token := range []string{access, refresh, "unknown"} {
		require.Equal(t, 200, other.post("revoke", url.Values{"token": {token}}).Status)
	}
	require.Equal(t, 200, a.status(access, "/v2/users"), "not another client's to revoke")
	require.Equal(t, 200, a.post("revoke", url.Values{"token": {access}}).Status)
	require.Equal(t, 401, a.status(access, "/v2/users"))
	access, refresh = a.pair(a.refresh(refresh))
	require.Equal(t, 200, a.post("revoke", url.Values{"token": {refresh}}).Status)
	require.Equal(t, 401, a.status(access, "/v2/users"), "the login is over")
	wantOAuthError(t, a.refresh(refresh), 400, "invalid_grant")
	require.Equal(t, 2, a.OAuthStats().Revocations)

	access, refresh = a.tokens()
	a.RevokeOAuth()
	require.Equal(t, 401, a.status(access, "/v2/users"))
	wantOAuthError(t, a.refresh(refresh), 400, "invalid_grant")
}

func TestOAuthConsent(t *testing.T) {
	t.Parallel()
	a := newApplication(t, brextest.WithOAuthConsent(brextest.OAuthConsent{Scopes: []string{"openid", "users.readonly", "cards"}}))
	access, refresh := a.tokens()
	require.Empty(t, refresh, "offline_access was not granted")
	require.Equal(t, 200, a.status(access, "/v2/users"))
	require.Equal(t, 403, a.status(access, "/v2/cards"), "granted is at most what was asked for")
	a.SetOAuthConsent(brextest.OAuthConsent{Deny: true})
	require.Equal(t, "access_denied", a.back(a.authorize()).Get("error"))

	a.SetOAuthConsent(brextest.OAuthConsent{Page: true})
	got := a.authorize("state", `"><script>alert(1)</script>`)
	require.Equal(t, 200, got.Status)
	require.Contains(t, got.Header.Get("Content-Type"), "text/html")
	page := string(got.Body)
	require.NotContains(t, page, "<script")
	for _, part := range []string{"offline_access", `value="approve"`, `value="deny"`, `name="request"`} {
		require.Contains(t, page, part)
	}
	decide := func(form url.Values) result {
		form.Set("request", a.query().Encode())
		return a.raw("POST", brextest.IssuerPath+"/v1/authorize", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
	}
	require.Equal(t, "access_denied", a.back(decide(url.Values{"decision": {"deny"}})).Get("error"))
	require.Equal(t, "access_denied", a.back(decide(url.Values{"decision": {"approve"}, "boxes": {"1"}})).Get("error"), "every box cleared")
	_, refresh = a.pair(a.exchange(a.back(decide(url.Values{"decision": {"approve"}})).Get("code")))
	require.NotEmpty(t, refresh, "sent by hand, without boxes")
	got = a.exchange(a.back(decide(url.Values{"decision": {"approve"}, "boxes": {"1"}, "grant": {"openid"}})).Get("code"))
	require.Equal(t, "openid", got.json(t)["scope"])
	wantOAuthError(t, decide(url.Values{}), 400, "invalid_request")
	wantOAuthError(t, a.raw("POST", brextest.IssuerPath+"/v1/authorize", "%", "Content-Type", "application/x-www-form-urlencoded"), 400, "invalid_request")
}

func TestOAuthClientCredentials(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	access, refresh := a.pair(a.post("token", url.Values{"grant_type": {"client_credentials"}, "scope": {"users.readonly"}}))
	require.Empty(t, refresh)
	require.Equal(t, 200, a.status(access, "/v2/users"))
	a.Advance(time.Hour)
	require.Equal(t, 401, a.status(access, "/v2/users"))
}

// An idempotency key belongs to the login, not to the access token: a call repeated after a refresh does its work once.
func TestOAuthKeySurvivesRefresh(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	_, refresh := a.pair(a.exchange(a.back(a.authorize("scope", "openid offline_access vendors")).Get("code")))
	var created []any
	for range 2 {
		var access string
		access, refresh = a.pair(a.refresh(refresh))
		got := a.raw("POST", "/v1/vendors", `{"company_name": "Acme Paper"}`, "Authorization", "Bearer "+access, "Idempotency-Key", "k-1",
			"Content-Type", "application/json")
		require.Equal(t, 200, got.Status, "%s", got.Body)
		created = append(created, got.json(t)["id"])
	}
	require.Equal(t, created[0], created[1])
}

func TestOAuthDiscoveryAndFaults(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	got := a.raw("GET", "https://sandbox.example"+brextest.IssuerPath+"/.well-known/openid-configuration", "")
	require.Equal(t, 200, got.Status)
	for name, want := range map[string]string{"issuer": "", "authorization_endpoint": "/v1/authorize", "token_endpoint": "/v1/token", "revocation_endpoint": "/v1/revoke"} {
		require.Equal(t, "https://sandbox.example/oauth2/default"+want, got.json(t)[name])
	}
	_, refresh := a.tokens()
	a.FailNext(brextest.OAuthToken, brextest.ResetBeforeAccept(), 1)
	require.Panics(t, func() { a.refresh(refresh) })
	a.FailNext(brextest.OAuthToken, brextest.EmptyBody(), 1)
	require.Empty(t, a.refresh(refresh).Body)
	require.Equal(t, 1, a.OAuthStats().Refreshes, "carried out, and the response is lost")
	a.FailNext(brextest.OAuthToken, brextest.ResetAfterAccept(), 1)
	require.Panics(t, func() { a.refresh(refresh) })
	require.Equal(t, 1, a.OAuthStats().Reuses)
	a.FailNext(brextest.OAuthDiscovery, brextest.HTML(503), 1)
	require.Equal(t, 503, a.raw("GET", brextest.IssuerPath+"/.well-known/openid-configuration", "").Status)
	log := a.Requests()
	require.Equal(t, brextest.OAuthDiscovery, log[len(log)-1].OperationID)
	require.Equal(t, 413, a.raw("POST", brextest.IssuerPath+"/v1/token", strings.Repeat("x", 5<<20)).Status)
}

func TestOAuthForgetsWhatHasRunOut(t *testing.T) {
	t.Parallel()
	a := newApplication(t)
	_, refresh := a.tokens()
	for range 1200 {
		a.Advance(89 * 24 * time.Hour)
		_, refresh = a.pair(a.refresh(refresh))
	}
	require.Less(t, a.OAuthTokens(), 1100)
}

func TestOAuthOptionsValidate(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]brextest.Option{
		"no id":          {brextest.WithOAuthClient("", "s")},
		"same id":        {brextest.WithOAuthClient("a", "s"), brextest.WithOAuthClient("a", "t")},
		"no address":     {brextest.WithOAuthClient("a", "s", "callback")},
		"fragment":       {brextest.WithOAuthClient("a", "s", "https://a.example/#x")},
		"negative grace": {brextest.WithOAuthRotation(-1, false)},
	} {
		_, err := brextest.NewHandler(opts...)
		require.ErrorContains(t, err, "brextest: WithOAuth", name)
	}
}
