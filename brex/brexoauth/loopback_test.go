package brexoauth_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
)

// browser opens an address as a customer's browser would and returns the last page.
func browser(ctx context.Context, address string) (int, string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, "", err
	}
	hc := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := hc.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for name, redirect := range map[string]string{"default": "", "any port": "http://127.0.0.1:0/callback", "by name": "http://localhost/back?x=1"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIssuer(t)
			c := newClient(t, s, func(c *brexoauth.Config) { c.RedirectURL = redirect })
			pages := make(chan string, 1)
			token, err := c.Login(t.Context(), func(ctx context.Context, address string) error {
				code, page, err := browser(context.WithoutCancel(ctx), address)
				assert.Equal(t, 200, code)
				pages <- page
				return err
			})
			require.NoError(t, err)
			require.Contains(t, <-pages, "You are signed in")
			require.Equal(t, 200, status(t, s, "/v2/users", token.AccessToken.Reveal()))
		})
	}
}

func TestLoginDenied(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthConsent(brextest.OAuthConsent{Deny: true}))
	c := newClient(t, s, func(c *brexoauth.Config) { c.RedirectURL = "" })
	pages := make(chan string, 1)
	_, err := c.Login(t.Context(), func(ctx context.Context, address string) error {
		_, page, err := browser(context.WithoutCancel(ctx), address)
		pages <- page
		return err
	})
	require.ErrorIs(t, err, brexoauth.ErrDenied)
	require.Contains(t, <-pages, "denied")
}

func TestLoginIgnoresStrangers(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s, func(c *brexoauth.Config) { c.RedirectURL = "" })
	token, err := c.Login(t.Context(), func(ctx context.Context, address string) error {
		ctx = context.WithoutCancel(ctx)
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		callback := u.Query().Get("redirect_uri")
		host, _, err := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(callback, "http://"), "/callback"))
		if err != nil || host != "127.0.0.1" {
			return errors.Join(err, errors.New("not on loopback: "+callback))
		}
		// A page of another site whose name was made to lead here. Even with the right state nothing comes of it.
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, callback+"?code=stolen&state="+u.Query().Get("state"), nil)
		if err != nil {
			return err
		}
		_, port, _ := net.SplitHostPort(r.URL.Host)
		for _, host := range []string{"evil.example:" + port, "evil.example", "127.0.0.1", "localhost:" + port} {
			r.Host = host
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			assert.NoError(t, resp.Body.Close())
			assert.Equal(t, 404, resp.StatusCode, host)
		}
		for _, tc := range []struct {
			address string
			status  int
		}{
			{callback + "?state=123456789&code=stolen", 400},
			{callback, 400},
			{strings.TrimSuffix(callback, "callback") + "favicon.ico", 404},
			{address, 200},
		} {
			got, page, err := browser(ctx, tc.address)
			if err != nil {
				return err
			}
			assert.Equal(t, tc.status, got, tc.address)
			assert.NotContains(t, page, "stolen")
		}
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, token.RefreshToken)
	require.Equal(t, 1, s.OAuthStats().Exchanges)
}

func TestLoginGivesUp(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s, func(c *brexoauth.Config) { c.RedirectURL = "" })
	ctx, cancel := context.WithCancel(t.Context())
	_, err := c.Login(ctx, func(context.Context, string) error { cancel(); return nil })
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, brexoauth.ErrState)

	ctx, cancel = context.WithCancel(t.Context())
	_, err = c.Login(ctx, func(ctx context.Context, address string) error {
		defer cancel()
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		_, _, err = browser(ctx, u.Query().Get("redirect_uri")+"?code=x&state=999999999")
		return err
	})
	require.ErrorIs(t, err, brexoauth.ErrState, "what came is told in the end")

	noBrowser := errors.New("no browser")
	_, err = c.Login(t.Context(), func(context.Context, string) error { return noBrowser })
	require.ErrorIs(t, err, noBrowser)

	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	for _, redirect := range []string{"https://app.example/callback", "http://" + taken.Addr().String() + "/callback"} {
		c := newClient(t, s, func(c *brexoauth.Config) { c.RedirectURL = redirect })
		_, err = c.Login(t.Context(), func(context.Context, string) error { return nil })
		require.Error(t, err)
	}
}
