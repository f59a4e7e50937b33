package brex

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{ // "" for refused
		"https://api.brex.com":             "https://api.brex.com/v1/things",
		"https://api.brex.com/":            "https://api.brex.com/v1/things",
		"HTTPS://API.Brex.com":             "https://api.brex.com/v1/things",
		"https://proxy.example:8443/brex/": "https://proxy.example:8443/brex/v1/things",
		"https://proxy.example/a%2Fb//":    "https://proxy.example/a%2Fb/v1/things",
		"https://proxy.example/a b":        "https://proxy.example/a%20b/v1/things",
		"http://localhost:8080":            "http://localhost:8080/v1/things",
		"http://LOCALHOST":                 "http://localhost/v1/things",
		"http://127.0.0.1:80/x":            "http://127.0.0.1:80/x/v1/things",
		"http://127.8.9.10":                "http://127.8.9.10/v1/things",
		"http://[::1]:9":                   "http://[::1]:9/v1/things",
		"http://api.brex.com":              "",
		"http://10.0.0.1":                  "",
		"http://0.0.0.0":                   "",
		"http://localhost.evil.example":    "",
		"http://127.0.0.1.evil.example":    "",
		"http://[2001:db8::1]":             "",
		"":                                 "",
		"api.brex.com":                     "",
		"//api.brex.com":                   "",
		"https://":                         "",
		"https://:443":                     "",
		"ftp://api.brex.com":               "",
		"https://user@api.brex.com":        "",
		"https://user:pw@api.brex.com":     "",
		"https://api.brex.com?":            "",
		"https://api.brex.com?a=b":         "",
		"https://api.brex.com#":            "",
		"https://api.brex.com/#frag":       "",
		"https://api.brex.com:port":        "",
		"https://api.brex.com/\x00":        "",
		"https://[::1":                     "",
	} {
		got := ""
		client, err := New(WithToken(testToken), WithLimiter(nil), WithBaseURL(in), WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Host != r.URL.Host {
				t.Errorf("%s: host %q", in, r.Host)
			}
			got = r.URL.String()
			return reply(200, `{"id":"x"}`), nil
		})}))
		if want == "" {
			if !errors.Is(err, ErrUsage) {
				t.Errorf("%q: %v", in, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if _, err := send(t.Context(), client, opList); err != nil || got != want {
			t.Errorf("%q: sent to %s, want %s, %v", in, got, want, err)
		}
	}
}

// The host of card numbers is used on Brex's own hosts only; a sandbox or proxy gets everything.
func TestCardNumberURL(t *testing.T) {
	op := *opRead
	op.Server, op.StagingServer = "https://secure.example", "https://secure.staging.example"
	for name, tc := range map[string]struct {
		opts []Option
		want string
	}{
		"the document's": {nil, "secure.example"},
		"older host":     {[]Option{WithBaseURL("https://platform.brexapis.com")}, "secure.example"},
		"own":            {[]Option{WithCardNumberURL("https://api.brex.com")}, "api.brex.com"},
		"proxy":          {[]Option{WithBaseURL("https://proxy.example")}, "proxy.example"},
		"proxy and own":  {[]Option{WithBaseURL("https://proxy.example"), WithCardNumberURL("https://secure-2.example")}, "secure-2.example"},
		"staging":        {[]Option{WithBaseURL(StagingBaseURL)}, "secure.staging.example"},
		"older staging":  {[]Option{WithBaseURL("https://platform.staging.brexapps.com:443")}, "secure.staging.example"},
		"own on staging": {[]Option{WithCardNumberURL("https://secure-2.example"), WithBaseURL(StagingBaseURL)}, "secure-2.example"},
		"like staging":   {[]Option{WithBaseURL("https://platform.staging.brexapps.com.example")}, "platform.staging.brexapps.com.example"},
	} {
		got := ""
		client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.Host
			return reply(200, `{"id":"x"}`), nil
		}), tc.opts...)
		if _, err := send(t.Context(), client, &op); err != nil || got != tc.want {
			t.Errorf("%s: sent to %s, want %s, %v", name, got, tc.want, err)
		}
	}
	if _, err := New(WithToken(testToken), WithCardNumberURL("http://secure.example")); !errors.Is(err, ErrUsage) {
		t.Error(err)
	}
}

func TestOptionsRefuse(t *testing.T) {
	for name, opts := range map[string][]Option{
		"no token":             {},
		"nil option":           {WithToken(testToken), nil},
		"empty token":          {WithToken("")},
		"token with space":     {WithToken("a b")},
		"token with newline":   {WithToken("abc\n")},
		"token with tab":       {WithToken("\tabc")},
		"token not ASCII":      {WithToken("abcé")},
		"token with NUL":       {WithToken("a\x00b")},
		"nil source":           {WithTokenSource(nil)},
		"nil http client":      {WithToken(testToken), WithHTTPClient(nil)},
		"negative timeout":     {WithToken(testToken), WithTimeout(-1)},
		"nil logger":           {WithToken(testToken), WithLogger(nil)},
		"no application":       {WithToken(testToken), WithApplication("")},
		"application of lines": {WithToken(testToken), WithApplication("a\r\nX-Evil: b")},
		"long application":     {WithToken(testToken), WithApplication(strings.Repeat("a", 201))},
		"no response":          {WithToken(testToken), WithMaxResponse(0)},
		"negative response":    {WithToken(testToken), WithMaxResponse(-1)},
	} {
		if c, err := New(opts...); !errors.Is(err, ErrUsage) || c != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	last, err := New(WithToken("first"), WithTokenSource(tokenFunc(nil)), WithToken("last"))
	if err != nil || last.caller.cfg.fixed == nil {
		t.Error("the last of several token options does not win")
	}
}

func TestApplication(t *testing.T) {
	var agent string
	client := newTestClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		agent = r.Header.Get("User-Agent")
		return reply(200, `{"id":"x"}`), nil
	}), WithApplication("payroll/1.4"))
	if _, err := send(t.Context(), client, opRead); err != nil || !strings.HasPrefix(agent, "payroll/1.4 brex-go/"+Version+" (go1.") {
		t.Errorf("%q, %v", agent, err)
	}
}

func TestNewFromEnv(t *testing.T) {
	t.Setenv("BREX_TOKEN", "")
	if _, err := NewFromEnv(); !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), "BREX_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
	auth := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth = r.Header.Get("Authorization")
		_, _ = w.Write([]byte(`{"id":"x"}`))
	}))
	defer server.Close()
	t.Setenv("BREX_TOKEN", "from-env")
	t.Setenv("BREX_BASE_URL", server.URL)
	for want, opts := range map[string][]Option{"Bearer from-env": nil, "Bearer by-option": {WithToken("by-option")}} {
		client, err := NewFromEnv(opts...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := send(t.Context(), client, opRead); err != nil || auth != want {
			t.Errorf("sent %q, want %q, %v", auth, want, err)
		}
	}
	t.Setenv("BREX_BASE_URL", "http://api.brex.com")
	if _, err := NewFromEnv(); !errors.Is(err, ErrUsage) {
		t.Errorf("a plain-http BREX_BASE_URL: %v", err)
	}
}

// A client can be printed and logged, and does no I/O when it is made.
func TestClientString(t *testing.T) {
	client := newTestClient(t, nil)
	if client.String() != "brex.Client(api.brex.com)" {
		t.Error(client.String())
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "client", client)
	if strings.Contains(out.String(), testToken) {
		t.Error(out.String())
	}
}
