package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sandboxOAuth asks for access as an application does, and returns where the customer's browser is led, or the page.
func (s served) sandboxOAuth(t *testing.T, redirect string) (back url.Values, page string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(s.Issuer + "/v1/authorize?" + url.Values{"response_type": {"code"}, "client_id": {s.Clients[0].ID}, "redirect_uri": {redirect},
		"state": {"123456789"}, "scope": {"openid offline_access users.readonly"}}.Encode())
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	if resp.StatusCode != http.StatusFound {
		return nil, string(body)
	}
	u, err := url.Parse(resp.Header.Get("Location"))
	require.NoError(t, err)
	return u.Query(), ""
}

func (s served) token(t *testing.T, form url.Values) map[string]any {
	t.Helper()
	form.Set("client_id", s.Clients[0].ID)
	form.Set("client_secret", s.Clients[0].Secret)
	resp, err := http.PostForm(s.Issuer+"/v1/token", form)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	var token map[string]any
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&token))
	return token
}

// TestSandboxCommandOAuth: what is printed is enough to log in.
func TestSandboxCommandOAuth(t *testing.T) {
	t.Parallel()
	s := serveSandbox(t, "--expenses", "0", "--redirect-uri", "https://app.example/brex/callback")
	for _, redirect := range []string{"http://127.0.0.1:5000/callback", "http://localhost:5000/callback", "https://app.example/brex/callback"} {
		back, _ := s.sandboxOAuth(t, redirect)
		require.NotEmpty(t, back.Get("code"), redirect)
		token := s.token(t, url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": {redirect}})
		s.Tokens["app"] = token["access_token"].(string)
		status, _ := s.call(t, "app", "GET", "/v2/users/me", "")
		require.Equal(t, 200, status)
		require.NotEmpty(t, s.token(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token["refresh_token"].(string)}})["access_token"])
	}
	_, page := s.sandboxOAuth(t, "https://evil.example/")
	require.Contains(t, page, "redirect_uri is not registered")
	require.NotEmpty(t, s.token(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"users.readonly"}})["access_token"])
	require.Equal(t, sandboxApp{sandboxPublicClient, "", s.Clients[0].Redirects}, s.Clients[1])
}

// TestSandboxCommandSwitches: each flag has its effect.
func TestSandboxCommandSwitches(t *testing.T) {
	t.Parallel()
	s := serveSandbox(t, "--expenses", "0", "--limits", "off", "--list-mode", "no-last-cursor", "--order", "oldest", "--zones", "strict",
		"--key-reuse", "replay", "--keys", "everywhere", "--key-retention", "0", "--bad-token", "403", "--business-account", "off", "--consent", "deny")
	get := func(path string) (int, string) { return s.call(t, "admin", "GET", path, "") }

	for range 1050 {
		status, body := get("/v2/titles?limit=1")
		require.Equal(t, 200, status, body)
	}
	_, body := get("/v2/users")
	require.NotContains(t, body, "next_cursor")
	_, body = get("/v1/transfers?limit=1000")
	var page struct {
		Items []struct {
			CreatedAt string `json:"created_at"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(body), &page))
	require.Less(t, page.Items[0].CreatedAt, page.Items[len(page.Items)-1].CreatedAt)
	status, _ := get("/v1/expenses?purchased_at_start=2026-01-01T00:00:00Z")
	require.Equal(t, 400, status)
	create := func(name string) string {
		status, body := s.call(t, "admin", "POST", "/v1/referrals", `{"referral_code":"a","applicant":{"first_name":"A","last_name":"`+name+`","email":"a@b.example"}}`)
		require.Equal(t, 200, status, body)
		return body
	}
	require.Equal(t, create("B"), create("C"))
	s.Tokens["bad"] = "nope"
	status, _ = s.call(t, "bad", "GET", "/v2/users", "")
	require.Equal(t, 403, status)
	status, _ = get("/v2/accounts/cash")
	require.Equal(t, 401, status)
	back, _ := s.sandboxOAuth(t, "http://127.0.0.1:5000/callback")
	require.Equal(t, "access_denied", back.Get("error"))

	s = serveSandbox(t, "--expenses", "0", "--consent", "page", "--key-retention", "1ms", "--list-mode", "empty-page")
	_, text := s.sandboxOAuth(t, "http://127.0.0.1:5000/callback")
	require.True(t, strings.Contains(text, "<form"), text)

	for want, args := range map[string][]string{
		"is one of on, off":                    {"--limits", "never"},
		"is one of newest, oldest":             {"--order", "random"},
		"must be a time with its unit":         {"--key-retention", "-1h"},
		"must be a whole address":              {"--redirect-uri", "callback"},
		"is one of normal, empty-page, repeat": {"--list-mode", "loop"},
	} {
		require.Contains(t, setup{}.run(t, append([]string{"sandbox"}, args...)...).fails(t, exitUsage), want)
	}
}
