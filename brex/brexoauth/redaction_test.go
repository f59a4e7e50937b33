package brexoauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

// printed is everything that Go's usual ways of printing make of a value.
func printed(v any) string {
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", v)
		fmt.Fprintf(&b, verb+"\n", []any{v})
		fmt.Fprintf(&b, verb+"\n", struct{ V any }{v})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("m", "v", v, "list", []any{v})
	}
	if text, err := json.Marshal(v); err == nil {
		b.Write(text)
	}
	return b.String()
}

func TestNothingPrintsSecrets(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	cfg := brexoauth.Config{ClientID: clientID, ClientSecret: wire.NewSecret("client-secret-0123"), RedirectURL: redirect, Scopes: scopes, Issuer: s.URL + brextest.IssuerPath}
	c := newClient(t, s)
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	token, err := c.Exchange(t.Context(), a, callback(t, s, a))
	require.NoError(t, err)
	source := newSource(t, c, brexoauth.NewMemoryStore(token))
	_, err = source.Token()
	require.NoError(t, err)
	login, err := source.Login(t.Context())
	require.NoError(t, err)
	secrets := []string{"client-secret", clientSecret, "app secret", token.AccessToken.Reveal(), token.RefreshToken.Reveal(), a.Verifier.Reveal(), a.State}
	for _, half := range []string{token.AccessToken.Reveal(), token.RefreshToken.Reveal()} {
		secrets = append(secrets, half[len(half)-12:], fmt.Sprintf("%x", half))
	}
	for name, v := range map[string]any{"config": cfg, "config pointer": &cfg, "client": c, "token": *token, "token pointer": token,
		"memory store": brexoauth.NewMemoryStore(token), "file store": newFile(t, token), "source": source, "login": login} {
		text := printed(v)
		for _, secret := range secrets {
			require.NotContains(t, text, secret, name)
		}
	}
	// An Attempt must be kept in a session, so JSON shows it on purpose.
	for _, v := range []any{a, *a} {
		for _, secret := range secrets {
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %s %q", v, v, v, v, v), secret)
		}
	}
	text, err := json.Marshal(a)
	require.NoError(t, err)
	var back brexoauth.Attempt
	require.NoError(t, json.Unmarshal(text, &back))
	require.True(t, back.Verifier == a.Verifier && back.State == a.State)

	_, err = json.Marshal(token)
	require.ErrorContains(t, err, "use Encode")
	require.Error(t, json.Unmarshal([]byte("{}"), token))
	require.NotContains(t, fmt.Sprintf("%+v", login), "refresh token kept")
}

// An issuer, or a proxy before it, that repeats what it was sent.
func TestErrorsHoldNoBody(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	token := signIn(t, s, c)
	secret := token.RefreshToken.Reveal()
	for _, fault := range []brextest.Fault{
		brextest.Status(400, `{"error":"invalid_request","error_description":"`+secret+`","error_uri":"`+secret+`"}`),
		brextest.Status(400, `{"error":"`+secret+` is bad"}`),
		brextest.Status(400, `{"error":"invalid_grant","error_description":"`+secret+`"}`),
		brextest.Status(403, secret),
		brextest.Status(200, `{"error":"invalid_client","access_token":"`+secret+`"}`),
		brextest.Status(200, secret),
		brextest.Status(200, `{"access_token":"`+secret+` ","expires_in":"`+secret+`"}`),
		brextest.Status(200, `{"refresh_token":"`+secret+`"`),
		brextest.Status(200, `{"access_token":"a\n`+secret+`"}`),
		brextest.Status(200, `{"access_token":"a","token_type":"`+secret+`"}`),
		brextest.Status(500, `<p>`+secret+`</p>`),
	} {
		s.ClearFaults()
		for range 3 {
			s.FailNext(brextest.OAuthToken, fault, 1)
		}
		store := brexoauth.NewMemoryStore(token)
		source := newSource(t, c, store)
		s.Advance(2 * time.Hour)
		_, err := source.Token()
		require.Error(t, err)
		for e := err; e != nil; e = errors.Unwrap(e) {
			require.NotContains(t, printed(e), secret)
		}
		s.ClearFaults()
	}
	s.FailNext(brextest.OAuthRevoke, brextest.Status(400, `{"error":"`+strings.Repeat("x", 100)+`"}`), 2)
	err := c.Revoke(t.Context(), token)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "xxx")
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	_, err = c.Exchange(t.Context(), a, url.Values{"state": {a.State}, "error": {"<script>" + secret}})
	require.Error(t, err)
	require.NotContains(t, printed(err), secret)
}

// net/http puts a Location that it cannot read into its error.
func TestSenselessRedirectIsNotShown(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://%zz/?code=s3cr3t")
		w.WriteHeader(http.StatusFound)
	}))
	defer server.Close()
	c, err := brexoauth.New(brexoauth.Config{ClientID: clientID, Issuer: server.URL})
	require.NoError(t, err)
	_, err = c.Discover(t.Context())
	require.ErrorContains(t, err, "a redirect to an invalid address")
	require.NotContains(t, printed(err), "s3cr3t")
}

// fmt asks the unexported fields of a struct for no method.
func TestNothingInUnexportedFields(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	token := signIn(t, s, c)
	source := newSource(t, c, brexoauth.NewMemoryStore(token))
	for range 2 { // the second waits until the goroutine of the first has let go of the source, which is read below
		_, err := source.Token()
		require.NoError(t, err)
	}
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	cfg := brexoauth.Config{ClientID: clientID, ClientSecret: wire.NewSecret(clientSecret)}
	for name, v := range map[string]any{
		"token":          struct{ f brexoauth.Token }{*token},
		"token pointer":  struct{ f *brexoauth.Token }{token},
		"client":         struct{ f brexoauth.Client }{*c},
		"client pointer": &struct{ f *brexoauth.Client }{c},
		"config":         struct{ f brexoauth.Config }{cfg},
		"source":         struct{ f any }{source},
		"store":          struct{ f any }{brexoauth.NewMemoryStore(token)},
	} {
		text := printed(v)
		for _, secret := range []string{clientSecret, token.AccessToken.Reveal(), token.RefreshToken.Reveal(), a.Verifier.Reveal()} {
			require.NotContains(t, text, secret, name)
			require.NotContains(t, text, fmt.Sprintf("%x", secret), name)
			require.NotContains(t, text, strings.Trim(fmt.Sprint([]byte(secret)), "[]"), name)
		}
	}
}
