package brexmcp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/agent"
)

// served is a server over HTTP with the token of the agent payer and of the approver cfo.
type served struct {
	*fixture
	*httptest.Server
	tokens     *Tokens
	payer, cfo string
}

func serve(t *testing.T) *served {
	t.Helper()
	s := &served{fixture: newFixture(t, true), tokens: OpenTokens(filepath.Join(t.TempDir(), "state", "tokens.json"))}
	var err error
	s.payer, err = s.tokens.Add(KindAgent, "payer")
	require.NoError(t, err)
	s.cfo, err = s.tokens.Add(KindApprover, "cfo")
	require.NoError(t, err)
	h, err := NewHandler(s.guard, HTTPOptions{Tokens: s.tokens, Hosts: []string{"brex.internal"}, User: "server"})
	require.NoError(t, err)
	s.Server = httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// bearer adds a token to requests.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

func (s *served) connect(ctx context.Context, token string) (*mcp.ClientSession, error) {
	return mcp.NewClient(&mcp.Implementation{Name: "host", Version: "1"}, nil).Connect(ctx,
		&mcp.StreamableClientTransport{Endpoint: s.URL + "/mcp", HTTPClient: &http.Client{Transport: bearer(token)}, MaxRetries: -1}, nil)
}

// post sends a request with headers as they are given, and returns the status.
func (s *served) post(t *testing.T, method, path, body string, header map[string]string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if host := header["Host"]; host != "" {
		r.Host = host
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

func TestHTTPNeedsTheTokenOfAnAgent(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`
	with := func(extra ...string) map[string]string {
		h := map[string]string{"Authorization": "Bearer " + s.payer, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
		for i := 0; i < len(extra); i += 2 {
			h[extra[i]] = extra[i+1]
		}
		return h
	}
	host, err := url.Parse(s.URL)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"a token of the agent":    {with(), 200},
		"no token":                {with("Authorization", ""), 401},
		"an unknown token":        {with("Authorization", "Bearer brexmcp_x"), 401},
		"the hash of the token":   {with("Authorization", "Bearer "+hashOf(s.payer)), 401},
		"an approver's token":     {with("Authorization", "Bearer "+s.cfo), 401},
		"another scheme":          {with("Authorization", "Basic "+s.payer), 401},
		"a name of the server":    {with("Host", "brex.internal:2740"), 200},
		"localhost":               {with("Host", "localhost:"+host.Port()), 200},
		"IPv6":                    {with("Host", "[::1]:2740"), 200},
		"another Host":            {with("Host", "evil.example"), 403},
		"a Host like ours":        {with("Host", "localhost.evil.example"), 403},
		"an Origin like the Host": {with("Origin", s.URL), 200},
		"another Origin":          {with("Origin", "https://evil.example"), 403},
		"no origin at all":        {with("Origin", "null"), 403},
		"a page of another site":  {with("Sec-Fetch-Site", "cross-site"), 403},
	} {
		require.Equal(t, c.want, s.post(t, "POST", "/mcp", list, c.header), name)
	}
	require.Equal(t, 403, s.post(t, "GET", "/mcp", "", with("Origin", "https://evil.example")))
	require.Equal(t, 403, s.post(t, "GET", "/approvals", "", map[string]string{"Host": "evil.example"}))

	refused := 0
	for _, r := range s.records(t) {
		require.NotContains(t, r.Say, "brexmcp_")
		if r.Kind == agent.KindRefused && r.Rule == "token" {
			refused++
		}
	}
	require.Equal(t, 3, refused)

	require.NoError(t, s.tokens.Revoke(KindAgent, "payer"))
	require.Equal(t, 401, s.post(t, "POST", "/mcp", list, with()), "a revoked token")
}

// visitor is a person with a browser.
type visitor struct {
	t *testing.T
	s *served
	*http.Client
}

func (s *served) visitor(t *testing.T) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return visitor{t, s, &http.Client{Jar: jar}}
}

func (v visitor) send(path string, form url.Values) (int, string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), "GET", v.s.URL+path, nil)
	if form != nil {
		r, err = http.NewRequestWithContext(v.t.Context(), "POST", v.s.URL+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.s.URL)
	}
	require.NoError(v.t, err)
	resp, err := v.Do(r)
	require.NoError(v.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(v.t, err)
	if path == "/approvals" {
		require.Contains(v.t, resp.Header.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(v.t, "no-store", resp.Header.Get("Cache-Control"))
	}
	return resp.StatusCode, string(body)
}

func inputOf(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, m, page)
	return m[1]
}

func TestAPersonApprovesOnThePage(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c, err := s.connect(t.Context(), s.payer)
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	pay := map[string]any{"operation": "createTransfer", "params": s.transfer(60_000, "INV-4711"), "reason": `<script>alert("approved")</script>`}
	text, failed := use(t, c, "brex_money", pay)
	require.True(t, failed)
	id := regexp.MustCompile(`r-[a-z0-9]{10}`).FindString(text)
	require.NotEmpty(t, id, text)
	require.Zero(t, s.wire.Load())

	v := s.visitor(t)
	status, page := v.send("/approvals", nil)
	require.Equal(t, 200, status)
	require.NotContains(t, page, id, "shown to nobody who is not logged in")
	for _, token := range []string{"", "x", s.payer} {
		status, page = v.send("/approvals/login", url.Values{"token": {token}})
		require.Equal(t, 403, status, page)
	}
	status, _ = v.send("/approvals/decide", url.Values{"id": {id}, "decision": {"approve"}})
	require.Equal(t, 403, status, "without a login")

	status, page = v.send("/approvals/login", url.Values{"token": {s.cfo}})
	require.Equal(t, 200, status)
	require.Contains(t, page, id)
	require.Contains(t, page, "600.00 USD")
	require.Contains(t, page, "INV-4711")
	require.NotContains(t, page, "<script", "text of the agent is text")
	require.NotContains(t, page, s.cfo)
	require.NotRegexp(t, `(src|href|action)="(https?:)?//`, page, "nothing from elsewhere")
	decide := url.Values{"id": {id}, "decision": {"approve"}, "form": {inputOf(t, page, "form")}}
	status, page = v.send("/approvals/decide", url.Values{"id": {id}, "form": decide["form"]})
	require.Equal(t, 409, status)
	require.Contains(t, page, "choose approve or refuse")

	stranger := s.visitor(t) // a page of another site has no form value, and no cookie of this one
	status, _ = stranger.send("/approvals/decide", decide)
	require.Equal(t, 403, status)
	status, _ = v.send("/approvals/decide", url.Values{"id": {id}, "decision": {"approve"}, "form": {"guess"}})
	require.Equal(t, 403, status)
	for _, cookie := range v.Jar.Cookies(&url.URL{Scheme: "http", Host: strings.TrimPrefix(s.URL, "http://"), Path: "/approvals"}) {
		require.Equal(t, 403, s.post(t, "POST", "/approvals/decide", decide.Encode(), map[string]string{"Cookie": cookie.Name + "=" + cookie.Value,
			"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}))
	}
	intern, err := s.tokens.Add(KindApprover, "intern")
	require.NoError(t, err)
	other := s.visitor(t) // who has a token, and is not one of the approvers
	_, page = other.send("/approvals/login", url.Values{"token": {intern}})
	require.Contains(t, page, "Nothing waits for you")
	require.NotContains(t, page, id)
	a, err := s.guard.Ledger().Approval(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, agent.Waiting, a.State)

	status, page = v.send("/approvals/decide", decide)
	require.Equal(t, 200, status, page)
	require.Contains(t, page, "Approved, and not sent yet")
	require.Zero(t, s.wire.Load())
	text, failed = use(t, c, "brex_money", pay)
	require.False(t, failed, text)
	require.EqualValues(t, 1, s.wire.Load())
	text, failed = use(t, c, "brex_pending", map[string]any{"id": id})
	require.False(t, failed)
	require.Contains(t, text, "was sent, outcome done")
	status, page = v.send("/approvals/decide", decide)
	require.Equal(t, 409, status, "decided once")
	require.Contains(t, page, "Nothing was decided")

	require.NoError(t, s.tokens.Revoke(KindApprover, "cfo"))
	_, page = v.send("/approvals", nil)
	require.Contains(t, page, "Log in", "a revoked token ends the login")
	by := ""
	for _, r := range s.records(t) {
		if r.Kind == agent.KindApproval {
			by += fmt.Sprintf("%s %s %s %s", r.By, r.From, r.User, r.Verdict)
		}
	}
	require.Equal(t, "cfo page server allow", by)
}

// What an agent on the server's own account asked for is not approved on the page: it could have
// made itself the token.
func TestThePageRefusesTheAgentsOwnUser(t *testing.T) {
	t.Parallel()
	s := serve(t)
	session, err := s.guard.As("payer", agent.SessionOptions{Via: "stdio", User: "server"})
	require.NoError(t, err)
	_, err = session.Money(t.Context(), "createTransfer", marshal(t, s.transfer(60_000, "INV-4711")), "x")
	var pending *agent.PendingError
	require.ErrorAs(t, err, &pending)
	v := s.visitor(t)
	_, page := v.send("/approvals/login", url.Values{"token": {s.cfo}})
	status, page := v.send("/approvals/decide", url.Values{"id": {pending.Approval.ID}, "decision": {"approve"}, "form": {inputOf(t, page, "form")}})
	require.Equal(t, 409, status)
	require.Contains(t, page, "could be the agent itself")
	status, page = v.send("/approvals/decide", url.Values{"id": {pending.Approval.ID}, "decision": {"refuse"}, "form": {inputOf(t, page, "form")}})
	require.Equal(t, 200, status)
	require.Contains(t, page, "Nothing waits for you")
}

func TestTokens(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tokens.json")
	tokens := OpenTokens(path)
	first, err := tokens.Add(KindAgent, "a")
	require.NoError(t, err)
	_, err = tokens.Add(KindAgent, "a")
	require.ErrorIs(t, err, ErrToken, "one each")
	for _, name := range []string{"", "../a", "a b", "a\n"} {
		_, err = tokens.Add(KindAgent, name)
		require.ErrorIs(t, err, ErrToken, "%q", name)
	}
	_, err = tokens.Find(KindApprover, first)
	require.ErrorIs(t, err, ErrToken)
	name, err := OpenTokens(path).Find(KindAgent, first)
	require.NoError(t, err)
	require.Equal(t, "a", name)
	all, err := tokens.List()
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprint(all), first)
	require.ErrorIs(t, tokens.Revoke(KindAgent, "b"), ErrToken)
	require.NoError(t, tokens.Revoke(KindAgent, "a"))
	_, err = tokens.Find(KindAgent, first)
	require.ErrorIs(t, err, ErrToken)
}
