package brexoauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

// answering is an issuer whose token endpoint answers once with what is given to it, and refuses every refresh token that it has seen
// before. now is its clients' clock.
type answering struct {
	now      time.Time
	answer   http.HandlerFunc
	requests int
	client   *brexoauth.Client
	store    *brexoauth.FileStore
	source   *brexoauth.TokenSource
}

func newAnswering(t *testing.T, answer http.HandlerFunc) *answering {
	a := &answering{now: time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC), answer: answer}
	spent := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.requests++
		token := r.PostFormValue("refresh_token")
		if spent[token] {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_grant"}`))
			return
		}
		spent[token] = true
		a.answer(w, r)
	}))
	t.Cleanup(server.Close)
	var err error
	a.client, err = brexoauth.New(brexoauth.Config{ClientID: "id", ClientSecret: wire.NewSecret("s"), RedirectURL: redirect, Scopes: []string{"openid"},
		Clock: func() time.Time { return a.now }, Endpoints: &brexoauth.Endpoints{AuthURL: server.URL, TokenURL: server.URL, RevokeURL: server.URL}})
	require.NoError(t, err)
	a.client.SetWait(func(context.Context, time.Duration) error { return nil })
	a.store = newFile(t, &brexoauth.Token{AccessToken: wire.NewSecret("at1"), RefreshToken: wire.NewSecret("rt1"), Obtained: a.now.Add(-2 * time.Hour),
		Expiry: a.now.Add(-time.Hour), Scopes: []string{"openid", "users"}, Issuer: brexoauth.DefaultIssuer, ClientID: "id"})
	a.source = newSource(t, a.client, a.store)
	return a
}

func (a *answering) kept(t *testing.T) *brexoauth.Token {
	t.Helper()
	kept, err := a.store.Load(t.Context())
	require.NoError(t, err)
	return kept
}

func body(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(text))
	}
}

// Whatever one member of the response looks like, the others count, and the new refresh token is what is kept.
func TestOddMemberDoesNotEndTheLogin(t *testing.T) {
	t.Parallel()
	old := []string{"openid", "users"}
	const hour = time.Hour
	for name, tc := range map[string]struct {
		member   string
		lifetime time.Duration
		scopes   []string
	}{
		"seconds":               {`"expires_in":1800`, hour / 2, old},
		"seconds as a string":   {`"expires_in":"1800"`, hour / 2, old},
		"string with a space":   {`"expires_in":"1800 "`, hour / 2, old},
		"decimal":               {`"expires_in":1800.0`, hour / 2, old},
		"fraction":              {`"expires_in":1799.5`, hour/2 - time.Second/2, old},
		"exponent":              {`"expires_in":18e2`, hour / 2, old},
		"empty":                 {`"expires_in":""`, hour, old},
		"null":                  {`"expires_in":null`, hour, old},
		"false":                 {`"expires_in":false`, hour, old},
		"zero":                  {`"expires_in":0`, hour, old},
		"negative":              {`"expires_in":-1`, hour, old},
		"ISO 8601":              {`"expires_in":"PT1H"`, hour, old},
		"a date":                {`"expires_in":"2026-11-02T13:00:00Z"`, hour, old},
		"beyond any sense":      {`"expires_in":1e300`, hour, old},
		"beyond a number":       {`"expires_in":1e999`, hour, old},
		"infinite":              {`"expires_in":"Inf"`, hour, old},
		"NaN, which no JSON is": {`"expires_in":NaN`, hour, old},
		"a list":                {`"expires_in":[1800]`, hour, old},
		"an object":             {`"expires_in":{"seconds":1800}`, hour, old},
		"scopes":                {`"scope":"openid  cards"`, hour, []string{"openid", "cards"}},
		"scopes as a list":      {`"scope":["openid","cards"]`, hour, []string{"openid", "cards"}},
		"empty scope":           {`"scope":""`, hour, old},
		"no scopes":             {`"scope":null`, hour, old},
		"scopes as a number":    {`"scope":1`, hour, old},
		"type in small letters": {`"token_type":"bearer"`, hour, old},
		"type with a space":     {`"token_type":"Bearer "`, hour, old},
		"no type":               {`"token_type":null`, hour, old},
		"type as a list":        {`"token_type":["Bearer"]`, hour, old},
		"error that is none":    {`"error":null`, hour, old},
		"id token":              {`"id_token":{"a":1}`, hour, old},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, order := range []string{`{"access_token":"at2","refresh_token":"rt2",` + tc.member + `}`,
				`{` + tc.member + `,"refresh_token":"rt2","access_token":"at2"}`} {
				a := newAnswering(t, body(order))
				token, err := a.source.Token()
				require.NoError(t, err)
				require.Equal(t, "at2", token.AccessToken)
				kept := a.kept(t)
				require.Equal(t, "rt2", kept.RefreshToken.Reveal())
				require.Equal(t, tc.lifetime, kept.Expiry.Sub(kept.Obtained))
				require.Equal(t, tc.scopes, kept.Scopes)
				require.Zero(t, kept.RefreshBegan)
				require.Equal(t, 1, a.requests)
			}
		})
	}
}

// The refresh token is found in a response of any content type, and with any characters.
func TestOddRefreshTokens(t *testing.T) {
	t.Parallel()
	for response, want := range map[string]string{
		`{"access_token":"at2","refresh_token":"r t\"2"}`:           `r t"2`,
		`{"access_token":"at2","refresh_token":"rt2\n"}`:            "rt2\n",
		`{"access_token":"at2","refresh_token":"rté"}`:              "rté",
		`{"access_token":"at2","refresh_token":""}`:                 "rt1", // not another one, so the old one stays
		`{"access_token":"at2","refresh_token":null}`:               "rt1",
		`{"access_token":"at2"}`:                                    "rt1",
		`access_token=at2&refresh_token=rt%202&expires_in=x`:        "rt 2",
		`{"access_token":"at2","refresh_token":"rt2","expires_in":`: "rt2",
		`{"access_token" : "at2", "refresh_token" : "r\"2", "expi`:  `r"2`,
		"\ufeff" + `{"access_token":"at2","refresh_token":"rt2"}`:   "rt2",
		`[{"access_token":"at2","refresh_token":"rt2"}]`:            "rt2",
	} {
		a := newAnswering(t, body(response))
		token, err := a.source.Token()
		require.NoError(t, err, response)
		require.Equal(t, "at2", token.AccessToken, response)
		require.Equal(t, want, a.kept(t).RefreshToken.Reveal(), response)
		require.Zero(t, a.kept(t).RefreshBegan, response)
		require.Equal(t, 1, a.requests, response)

		// What was kept is what is sent next.
		sent := ""
		a.answer = func(w http.ResponseWriter, r *http.Request) {
			sent = r.PostFormValue("refresh_token")
			body(`{"access_token":"at3","refresh_token":"rt3"}`)(w, r)
		}
		a.now = a.now.Add(2 * time.Hour)
		if want != "rt1" { // which this issuer has seen
			_, err = a.source.Token()
			require.NoError(t, err, response)
			require.Equal(t, want, sent, response)
		}
	}
}

// An access token that cannot be used is an error, but the new refresh token that came with it is kept, and gets the next one.
func TestRefreshTokenIsKeptWithoutAnAccessToken(t *testing.T) {
	t.Parallel()
	for response, says := range map[string]string{
		`{"refresh_token":"rt2"}`:                                             "no access token",
		`{"refresh_token":"rt2","access_token":""}`:                           "no access token",
		`{"refresh_token":"rt2","access_token":null}`:                         "no access token",
		`{"refresh_token":"rt2","access_token":17}`:                           "no access token",
		`{"refresh_token":"rt2","access_token":{"value":"at2"}}`:              "no access token",
		`{"refresh_token":"rt2","access_token":"at 2"}`:                       "white space",
		`{"refresh_token":"rt2","access_token":"at2\r\nX: y"}`:                "white space",
		`{"refresh_token":"rt2","access_token":"\"at2\""}`:                    "quotation marks",
		`{"refresh_token":"rt2","access_token":"at2","token_type":"mac"}`:     "no bearer token",
		`{"refresh_token":"rt2","access_token":"at2","error":"server_error"}`: "server_error: the response is an error's",
		`{"refresh_token":"rt2","access_to`:                                   "no access token",
	} {
		a := newAnswering(t, body(response))
		_, err := a.source.Token()
		var failed *brexoauth.IssuerError
		require.ErrorAs(t, err, &failed, response)
		require.ErrorContains(t, err, says, response)
		require.NotContains(t, err.Error(), "at2", response)
		require.False(t, failed.Temporary(), response)
		require.Equal(t, 1, a.requests, response)
		require.Equal(t, "rt2", a.kept(t).RefreshToken.Reveal(), response)
		require.Zero(t, a.kept(t).RefreshBegan, response)

		a.answer = body(`{"access_token":"at3","refresh_token":"rt3"}`)
		token, err := a.source.Token()
		require.NoError(t, err, response)
		require.Equal(t, "at3", token.AccessToken, response)
	}
}

// A 2xx means that the refresh token is spent, whatever else it says: the call does not send it again. While the old access token
// lives nothing is sent at all; afterwards a call tries once, and the error says what has most likely happened.
func TestNothingIsSentAgainAfterA2xx(t *testing.T) {
	t.Parallel()
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{"access_tok`))
	}
	empty := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	for name, answer := range map[string]http.HandlerFunc{
		"empty": empty(200), "created": empty(201), "no content": empty(204), "cut off": cut, "null": body("null"), "list": body("[]"),
		"empty object": body("{}"), "OK": body("OK"), "a gateway's": body(`{"status":"ok"}`), "page": body("<html>sign in</html>"),
		"too large": body(strings.Repeat(" ", 2<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAnswering(t, answer)
			began := a.now
			_, err := a.source.Token()
			var failed *brexoauth.IssuerError
			require.ErrorAs(t, err, &failed)
			require.ErrorContains(t, err, "no access token")
			require.False(t, failed.Temporary())
			require.Equal(t, 1, a.requests)
			require.Equal(t, "rt1", a.kept(t).RefreshToken.Reveal(), "there is no other")

			a.now = a.now.Add(time.Minute)
			_, err = a.source.Token()
			var again *brexoauth.SignInError
			require.ErrorAs(t, err, &again)
			require.Equal(t, brexoauth.ReasonInterrupted, again.Reason)
			require.Equal(t, began, again.Began)
			require.Equal(t, 2, a.requests)

			early := newAnswering(t, answer)
			early.now = early.now.Add(-time.Hour - 30*time.Second) // the access token has half a minute left
			for range 3 {
				token, err := early.source.Token()
				require.NoError(t, err)
				require.Equal(t, "at1", token.AccessToken)
				early.now = early.now.Add(14 * time.Second)
				require.Equal(t, 1, early.requests)
			}
		})
	}
}

// Half a response that has the access token and lost the refresh token serves as long as it can, and what follows is explained.
func TestHalfAResponse(t *testing.T) {
	t.Parallel()
	a := newAnswering(t, body(`{"access_token":"at2","refresh_tok`))
	began := a.now
	token, err := a.source.Token()
	require.NoError(t, err)
	require.Equal(t, "at2", token.AccessToken)
	require.Equal(t, began, a.kept(t).RefreshBegan)
	a.now = a.now.Add(2 * time.Hour)
	_, err = a.source.Token()
	var again *brexoauth.SignInError
	require.ErrorAs(t, err, &again)
	require.Equal(t, brexoauth.ReasonInterrupted, again.Reason)
	require.Equal(t, began, again.Began)
}

// A refusal is one whatever its content type.
func TestInvalidGrantInAnyForm(t *testing.T) {
	t.Parallel()
	for response, contentType := range map[string]string{
		`{"error":"invalid_grant"}`:                       "application/json",
		`{"error":"invalid_grant" }`:                      "text/plain",
		`{"error":"invalid_grant","error_description":1}`: "text/html; charset=utf-8",
		` {"error":"invalid_grant"}`:                      "",
		`error=invalid_grant&error_description=x`:         "application/x-www-form-urlencoded",
		`error=invalid_grant`:                             "application/json",
		`{"error":"invalid_grant","error_descr`:           "application/json",
	} {
		for _, status := range []int{400, 401, 200} {
			a := newAnswering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{contentType}
				w.WriteHeader(status)
				_, _ = w.Write([]byte(response))
			})
			_, err := a.source.Token()
			var again *brexoauth.SignInError
			require.ErrorAs(t, err, &again, response)
			require.Equal(t, brexoauth.ReasonRefused, again.Reason, response)
			_, err = a.source.Token()
			require.ErrorIs(t, err, brexoauth.ErrSignIn)
			require.Equal(t, 1, a.requests, response)
		}
	}
}

// The sandbox's own responses, cut in half.
func TestTruncatedBySandbox(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	source := newSource(t, c, newFile(t, signIn(t, s, c)))
	s.Advance(2 * time.Hour)
	s.FailNext(brextest.OAuthToken, brextest.TruncatedJSON(), 3)
	s.ResetRequests()
	_, err := source.Token()
	require.Equal(t, 1, s.OAuthStats().Refreshes)
	require.Zero(t, s.OAuthStats().RefreshesRefused)
	if err != nil {
		require.NotErrorIs(t, err, brexoauth.ErrSignIn)
	}
}

// The other flows read the same response.
func TestOddResponsesOfTheOtherFlows(t *testing.T) {
	t.Parallel()
	a := newAnswering(t, body(`{"access_token":"at2","refresh_token":"rt2","expires_in":"soon","scope":["openid"]}`))
	attempt, err := a.client.AuthCodeURL(t.Context())
	require.NoError(t, err)
	token, err := a.client.Exchange(t.Context(), attempt, map[string][]string{"state": {attempt.State}, "code": {"code"}})
	require.NoError(t, err)
	require.Equal(t, "rt2", token.RefreshToken.Reveal())
	require.Equal(t, brexoauth.DefaultLifetime, token.Expiry.Sub(token.Obtained))

	b := newAnswering(t, body(`{"access_token":"at2","expires_in":"1800"}`))
	source, err := b.client.ClientCredentials([]string{"users"})
	require.NoError(t, err)
	login, err := source.Login(t.Context())
	require.NoError(t, err)
	require.Equal(t, 30*time.Minute, login.Expiry.Sub(login.Obtained))
	require.Equal(t, []string{"users"}, login.Scopes)
}
