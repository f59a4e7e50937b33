package brexoauth

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Endpoints are the addresses of an issuer.
type Endpoints struct {
	AuthURL   string // the customer's browser is sent here
	TokenURL  string // codes, refresh tokens and client credentials are exchanged here
	RevokeURL string
}

func (e Endpoints) check() error {
	for _, f := range []struct{ name, url string }{{"AuthURL", e.AuthURL}, {"TokenURL", e.TokenURL}, {"RevokeURL", e.RevokeURL}} {
		if _, err := checkURL("Endpoints."+f.name, f.url); err != nil {
			return err
		}
	}
	return nil
}

// How long discovery may take, and how long what came of it is believed.
const (
	discoveryTimeout = 5 * time.Second
	discoveryMaxAge  = 24 * time.Hour
	discoveryRetry   = time.Minute // after a failure
)

type discovery struct {
	endpoints Endpoints
	styles    []string // how the token endpoint wants the secret
	until     time.Time
}

// Endpoints returns the issuer's endpoints: those of the Config, or those of the discovery
// document, which is read once a day. Where it cannot be read, or names addresses that are not the
// issuer's, they are the documented ones, below the issuer. The only errors are those of ctx.
func (c *Client) Endpoints(ctx context.Context) (Endpoints, error) {
	d, err := c.endpoints(ctx)
	return d.endpoints, err
}

func (c *Client) endpoints(ctx context.Context) (discovery, error) {
	if c.cfg.Endpoints != nil {
		return discovery{endpoints: *c.cfg.Endpoints}, nil
	}
	var d *discovery
	select {
	case d = <-c.discover:
	case <-ctx.Done():
		return discovery{}, ctx.Err()
	}
	defer func() { c.discover <- d }()
	now := c.now()
	if now.Before(d.until) {
		return *d, nil
	}
	found, err := c.Discover(ctx)
	switch {
	case err == nil:
		*d = discovery{found.Endpoints, found.AuthMethods, now.Add(discoveryMaxAge)}
	case ctx.Err() != nil:
		return discovery{}, ctx.Err()
	case d.until.IsZero():
		*d = discovery{c.documented(), nil, now.Add(discoveryRetry)}
	default:
		d.until = now.Add(discoveryRetry) // what was found before is still the best there is
	}
	return *d, nil
}

// documented are the endpoints that Brex documents.
func (c *Client) documented() Endpoints {
	return Endpoints{c.cfg.Issuer + "/v1/authorize", c.cfg.Issuer + "/v1/token", c.cfg.Issuer + "/v1/revoke"}
}

// Metadata is an issuer's description of itself.
type Metadata struct {
	Endpoints
	Scopes      []string // scopes_supported
	AuthMethods []string // token_endpoint_auth_methods_supported
}

// Discover reads the issuer's discovery document. The flows do so by themselves, and continue
// without it; this is for a program that shows its content, or why it cannot be used.
func (c *Client) Discover(ctx context.Context) (*Metadata, error) {
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.cfg.Issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return nil, usage("the issuer's address cannot be used")
	}
	r.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, noResponse("discover", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
	if err != nil {
		return nil, noResponse("discover", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, c.refused("discover", resp, body)
	}
	var doc struct {
		Issuer  string   `json:"issuer"`
		Auth    string   `json:"authorization_endpoint"`
		Token   string   `json:"token_endpoint"`
		Revoke  string   `json:"revocation_endpoint"`
		Scopes  []string `json:"scopes_supported"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	bad := func(why string) (*Metadata, error) {
		return nil, &IssuerError{Op: "discover", StatusCode: resp.StatusCode, Problem: why, TraceID: traceID(resp)}
	}
	if json.Unmarshal(body, &doc) != nil {
		return bad("the discovery document is not a JSON object")
	}
	if strings.TrimRight(doc.Issuer, "/") != c.cfg.Issuer {
		return bad("the discovery document is another issuer's")
	}
	m := &Metadata{Endpoints{doc.Auth, doc.Token, doc.Revoke}, doc.Scopes, doc.Methods}
	if m.RevokeURL == "" {
		m.RevokeURL = c.documented().RevokeURL
	}
	for _, address := range []string{m.AuthURL, m.TokenURL, m.RevokeURL} {
		u, err := checkURL("endpoint", address)
		if err != nil || !c.trusts(u) {
			return bad("the discovery document names an endpoint that is not the issuer's")
		}
	}
	return m, nil
}

// trusts says whether secrets may be sent to an address that the discovery document names: the
// issuer's own scheme and host, or another host of the same environment when the issuer is Brex.
func (c *Client) trusts(u *url.URL) bool {
	if u.Scheme != c.issuer.Scheme {
		return false
	}
	of := environment(u.Hostname())
	return strings.EqualFold(u.Host, c.issuer.Host) || u.Port() == "" && of != "" && of == environment(c.issuer.Hostname())
}

// environment names Brex's environment that a host is of, or is "".
func environment(host string) string {
	host = "." + strings.ToLower(host)
	switch {
	case strings.HasSuffix(host, ".staging.brexapps.com"), strings.HasSuffix(host, "-staging.brex.com"):
		return "staging"
	case strings.HasSuffix(host, ".brex.com"), strings.HasSuffix(host, ".brexapis.com"):
		return "production"
	}
	return ""
}

// style says how the secret is sent. It is never found out by trying, which would send a refresh
// token twice.
func (c *Client) style(d discovery) oauth2.AuthStyle {
	switch {
	case c.cfg.ClientSecret.IsZero():
		return oauth2.AuthStyleInParams
	case c.cfg.AuthStyle != oauth2.AuthStyleAutoDetect:
		return c.cfg.AuthStyle
	case slices.Contains(d.styles, "client_secret_post") && !slices.Contains(d.styles, "client_secret_basic"):
		return oauth2.AuthStyleInParams
	}
	return oauth2.AuthStyleInHeader
}
