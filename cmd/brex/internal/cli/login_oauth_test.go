package cli

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// visit is a browser whose user agrees at once, where the sandbox asks nothing.
func visit(address string) error {
	go func() {
		if resp, err := http.Get(address); err == nil {
			_ = resp.Body.Close()
		}
	}()
	return nil
}

func TestLoginOfAnApplicationWithASecret(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithOAuthClient("app", "its-secret", "http://127.0.0.1/callback"))
	s := machine(t, server.URL)
	s.browser = visit
	s.env["BREX_CLIENT_SECRET"] = "its-secret"
	s.run(t, "login", "--client-id", "app", "--issuer", server.URL+brextest.IssuerPath).ok(t)
	s.run(t, "users", "list").ok(t)
	for name, text := range tree(t, s.config) {
		assert.NotContains(t, text, "its-secret", name)
	}
	delete(s.env, "BREX_CLIENT_SECRET")
	assert.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "an application that has a secret: set BREX_CLIENT_SECRET")
	line := s.run(t, "logout").fails(t, exitUsage)
	assert.Contains(t, line, "the profile default is forgotten here, but Brex could not be told: ")
	assert.Contains(t, line, "revoke it in the Brex dashboard")
	assert.Zero(t, server.OAuthStats().Revocations)
	assert.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "no token")
}

// Nor does a profile that somebody has changed send them elsewhere.
func TestChangedProfile(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithOAuthClient("c", "", "http://127.0.0.1/callback"))
	s := machine(t, server.URL)
	s.browser = visit
	s.run(t, "login", "--client-id", "c", "--issuer", server.URL+brextest.IssuerPath).ok(t)
	delete(s.env, "BREX_BASE_URL")
	file := filepath.Join(s.config, "brex", "profiles", "default.json")
	good, err := os.ReadFile(file)
	require.NoError(t, err)
	for member, says := range map[string]string{
		`"base_url": "` + server.URL:                     "the profile's address: tokens are not sent to evil.example",
		`"issuer": "` + server.URL + brextest.IssuerPath: "--issuer: tokens are not sent to evil.example",
	} {
		name, _, _ := strings.Cut(member, ":")
		changed := strings.Replace(string(good), member, name+`: "https://evil.example`, 1)
		require.NotEqual(t, string(good), changed)
		require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
		assert.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), says)
	}
}

func TestLoginWithTheBrowser(t *testing.T) {
	const id = "client_1"
	server := brextest.NewServer(t, brextest.WithOAuthClient(id, "", "http://127.0.0.1/callback"))
	now := brextest.DefaultNow
	s := machine(t, server.URL)
	s.now = func() time.Time { return now }
	s.env["BREX_CLIENT_ID"] = id
	s.ring = newKeyring()
	s.browser = visit
	login := []string{"login", "--issuer", server.URL + brextest.IssuerPath}
	r := s.run(t, login...).ok(t)
	assert.Contains(t, r.err, "Brex's page opens in your browser")
	assert.Contains(t, r.err, "signed in")
	assert.Contains(t, s.run(t, "users", "list").ok(t).out, "EMAIL")
	status := s.run(t, "auth", "status").ok(t).out
	assert.Contains(t, status, "expenses.card.readonly")
	assert.Contains(t, status, "ACCESS TOKEN EXPIRES AT")

	now = now.Add(2 * time.Hour)
	server.Advance(2 * time.Hour)
	s.run(t, "users", "list").ok(t)
	s.run(t, "users", "list").ok(t)
	assert.Equal(t, 1, server.OAuthStats().Refreshes, "renewed once, and the new login kept")

	assert.Contains(t, s.run(t, "logout").ok(t).err, "its login ended")
	assert.Positive(t, server.OAuthStats().Revocations)
	assert.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "no token: run brex login")

	server.SetOAuthConsent(brextest.OAuthConsent{Deny: true})
	assert.Equal(t, exitAuth, s.run(t, login...).code)
	server.SetOAuthConsent(brextest.OAuthConsent{})
	s.env["BREX_CLIENT_SECRET"] = "not_it"
	r = s.run(t, login...)
	assert.Equal(t, exitAuth, r.code)
	assert.Contains(t, r.err, "invalid_client")
	assert.Contains(t, r.err, "; check the client id, and its secret in BREX_CLIENT_SECRET\n")
	assert.NotContains(t, r.err, "not_it")
	delete(s.env, "BREX_CLIENT_SECRET")
	s.run(t, append(login, "--scopes", "users.readonly,companies.readonly")...).ok(t)
	now = now.Add(2 * time.Hour)
	server.Advance(2 * time.Hour)
	s.env["BREX_CLIENT_SECRET"] = "of another application"
	s.run(t, "users", "list").ok(t) // it was renewed, for which nobody had to ask
	delete(s.env, "BREX_CLIENT_SECRET")
	assert.Contains(t, s.run(t, "auth", "status").ok(t).out, "openid offline_access users.readonly companies.readonly\n")
	server.SetOAuthConsent(brextest.OAuthConsent{Scopes: []string{"openid", "offline_access", "users.readonly"}})
	assert.Contains(t, s.run(t, login...).ok(t).err, "not granted: ")
	now = now.Add(100 * 24 * time.Hour)
	server.Advance(100 * 24 * time.Hour)
	assert.Contains(t, s.run(t, "users", "list").fails(t, exitAuth), "run brex login")
}

func TestNobodySignsIn(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithOAuthClient("c", "", "http://127.0.0.1/callback"))
	s := machine(t, server.URL)
	s.patience = time.Millisecond
	r := s.run(t, "login", "--no-browser", "--client-id", "c", "--issuer", server.URL+brextest.IssuerPath)
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.err, "brex: nobody signed in within 1ms; nothing was stored\n")
	assert.Empty(t, tree(t, s.config))
}

func TestLoginWithoutABrowser(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithOAuthClient("c", "", "http://127.0.0.1/callback"))
	ctx, cancel := context.WithCancel(t.Context())
	s := machine(t, server.URL)
	s.ctx = ctx
	stderr := newPipe()
	s.stderr = stderr
	done := make(chan result, 1)
	go func() {
		done <- s.run(t, "login", "--no-browser", "--client-id", "c", "--issuer", server.URL+brextest.IssuerPath)
		_ = stderr.PipeWriter.Close()
	}()
	line := stderr.line(t)
	assert.Contains(t, line, "open this address in a browser on this machine")
	assert.Contains(t, line, server.URL+brextest.IssuerPath)
	cancel()
	assert.Equal(t, "brex: interrupted", stderr.line(t))
	assert.Equal(t, exitInterrupted, (<-done).code)
}
