package cli

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/brex-go/sdk/brex/brextest"
)

// sandboxAddress is what the command prints.
type sandboxAddress struct {
	BaseURL   string            `json:"base_url"`
	UploadURL string            `json:"upload_url"` // files go to the same place, below /uploads
	Issuer    string            `json:"oauth_issuer"`
	Page      string            `json:"page"`
	Tokens    map[string]string `json:"tokens"` // by role
	Clients   []sandboxApp      `json:"oauth_clients"`
}

// sandboxApp is an OAuth client of the sandbox.
type sandboxApp struct {
	ID        string   `json:"client_id"`
	Secret    string   `json:"client_secret,omitempty"` // a public one has none
	Redirects []string `json:"redirect_uris"`           // those without a port take any
}

// announce says where the sandbox is and how to call it.
func (a *App) announce(h *brextest.Handler, f *sandboxFlags, base string, restored bool) error {
	s := sandboxAddress{
		BaseURL: base, UploadURL: base + brextest.UploadPath, Issuer: base + brextest.IssuerPath, Page: base + brextest.ControlPath,
		Tokens: map[string]string{
			"admin":     h.TokenFor(brextest.RoleAdmin),
			"employee":  h.TokenFor(brextest.RoleEmployee),
			"read_only": readOnlyToken,
		},
		Clients: []sandboxApp{
			{sandboxClient, sandboxClientSecret, f.redirectURIs()},
			{sandboxPublicClient, "", f.redirectURIs()},
		},
	}
	if a.flags.output.Raw() {
		raw, err := json.Marshal(s)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(stdout{a.Stdout}, "%s\n", raw)
		return err
	}
	state := "a new company"
	if restored {
		state = "continued from the snapshot"
	}
	_, err := fmt.Fprintf(stdout{a.Stdout}, `Brex sandbox, %s. Ctrl-C ends it.

  API            %s
  Uploads        %s
  OAuth issuer   %s
  Page           %s

  Admin token      %s
  Employee token   %s
  Read-only token  %s

  OAuth client     %s, secret %s; or %s, without one but with PKCE
  Leads back to    %s; one without a port takes any

Try it:
  curl -H 'Authorization: Bearer %s' %s/v2/users/me

With the other commands:
  export BREX_BASE_URL=%s BREX_TOKEN=%s
`, state, s.BaseURL, s.UploadURL, s.Issuer, s.Page, s.Tokens["admin"], s.Tokens["employee"], s.Tokens["read_only"],
		sandboxClient, sandboxClientSecret, sandboxPublicClient, strings.Join(f.redirectURIs(), ", "),
		s.Tokens["admin"], s.BaseURL, s.BaseURL, s.Tokens["admin"])
	return err
}

// localOnly refuses what reaches the sandbox by a name that somebody has pointed at this machine: the tokens of a made-up company
// can be guessed, and a page in a browser could use them that way.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			http.Error(w, "the sandbox is reached as localhost or 127.0.0.1 only", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
