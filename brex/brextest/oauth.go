package brextest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// IssuerPath is where the sandbox's OAuth issuer lives, below its base URL.
const IssuerPath = "/oauth2/default"

// What the issuer's tokens are worth, on the company's clock. The first two are
// Brex's; how long a code is good is a guess.
const (
	AccessTokenLifetime  = time.Hour
	RefreshTokenLifetime = 90 * 24 * time.Hour
	codeLifetime         = 5 * time.Minute
)

// Names of the issuer's endpoints for Handler.FailNext and
// Request.OperationID.
const (
	OAuthDiscovery = "oauthDiscovery"
	OAuthAuthorize = "oauthAuthorize"
	OAuthToken     = "oauthToken"
	OAuthRevoke    = "oauthRevoke"
)

type oauthConfig struct {
	clients       []oauthClient
	consent       OAuthConsent
	grace         time.Duration
	revokeOnReuse bool
}

type oauthClient struct {
	id, secret string // without a secret a public client, which must use PKCE
	redirects  []string
}

// WithOAuthClient registers an OAuth client with the issuer at IssuerPath. One
// without a secret is public: it must use PKCE and cannot use client
// credentials. A redirect address is compared as a whole; only one on loopback
// that is registered without a port takes any port.
func WithOAuthClient(id, secret string, redirectURIs ...string) Option {
	return func(c *config) error {
		if id == "" {
			return errors.New("WithOAuthClient: the id is empty")
		}
		if slices.ContainsFunc(c.oauth.clients, func(known oauthClient) bool { return known.id == id }) {
			return fmt.Errorf("WithOAuthClient: %q is registered twice", id)
		}
		for _, uri := range redirectURIs {
			if u, err := url.Parse(uri); err != nil || u.Scheme == "" || u.Host == "" || u.Fragment != "" {
				return fmt.Errorf("WithOAuthClient: %q is not a redirect address", uri)
			}
		}
		c.oauth.clients = append(c.oauth.clients, oauthClient{id, secret, append([]string(nil), redirectURIs...)})
		return nil
	}
}

// OAuthConsent is how the customer behaves when an application asks for
// access. The zero value approves everything at once.
type OAuthConsent struct {
	Page   bool     // show a page with a box for each scope and two buttons, instead of deciding at once
	Deny   bool     // refuse
	Scopes []string // grant only these, of those asked for; nil grants all
}

// WithOAuthConsent sets whether the customer consents, and to what; by default to everything.
func WithOAuthConsent(consent OAuthConsent) Option {
	return func(c *config) error {
		consent.Scopes = slices.Clone(consent.Scopes)
		c.oauth.consent = consent
		return nil
	}
}

// WithOAuthRotation says what becomes of a refresh token that was exchanged for a new one; Brex
// documents only that it is. For grace it is still taken, as some issuers allow for responses that
// were lost; by default not at all. With revokeOnReuse, one that comes later ends the login with
// all its tokens, because somebody has stolen it; by default it is merely refused.
func WithOAuthRotation(grace time.Duration, revokeOnReuse bool) Option {
	return func(c *config) error {
		if grace < 0 {
			return errors.New("WithOAuthRotation: the grace is negative")
		}
		c.oauth.grace, c.oauth.revokeOnReuse = grace, revokeOnReuse
		return nil
	}
}

// OAuthStats counts what the issuer did.
type OAuthStats struct {
	Codes             int // authorizations approved
	Exchanges         int // codes exchanged for tokens
	Refreshes         int // refresh tokens exchanged for new ones
	RefreshesRefused  int // unknown, expired, revoked or already exchanged
	Reuses            int // of the refused, those already exchanged before
	ClientCredentials int // tokens issued for client credentials
	Revocations       int // tokens revoked by their client
}

// OAuthStats returns the counts so far.
func (h *Handler) OAuthStats() OAuthStats {
	h.oauth.mu.Lock()
	defer h.oauth.mu.Unlock()
	return h.oauth.stats
}

// SetOAuthConsent changes whether the customer consents from now on, and to what.
func (h *Handler) SetOAuthConsent(consent OAuthConsent) {
	h.oauth.mu.Lock()
	defer h.oauth.mu.Unlock()
	consent.Scopes = slices.Clone(consent.Scopes)
	h.oauth.consent = consent
}

// RevokeOAuth ends every login at the issuer, as a customer does who removes
// the application in Brex.
func (h *Handler) RevokeOAuth() {
	h.oauth.mu.Lock()
	defer h.oauth.mu.Unlock()
	for _, issued := range []map[string]*oauthToken{h.oauth.access, h.oauth.refresh} {
		for _, t := range issued {
			t.grant.revoked = true
		}
	}
}

// oauthReply is a response with the headers that only the issuer sends.
type oauthReply struct {
	answer
	location  string
	challenge bool // WWW-Authenticate: Basic
}

// routeOAuth adds the issuer to the routes.
func (h *Handler) routeOAuth() {
	h.oauth.init(h)
	for _, e := range []struct {
		id, path string
		methods  []string
		serve    func(*http.Request, []byte) oauthReply
	}{
		{OAuthDiscovery, "/.well-known/openid-configuration", []string{"GET"}, h.oauthDiscovery},
		{OAuthAuthorize, "/v1/authorize", []string{"GET", "POST"}, h.oauthAuthorize},
		{OAuthToken, "/v1/token", []string{"POST"}, h.oauthToken},
		{OAuthRevoke, "/v1/revoke", []string{"POST"}, h.oauthRevoke},
	} {
		op := &operation{id: e.id, path: IssuerPath + e.path}
		h.known[e.id] = op
		methods := map[string]*operation{}
		for _, m := range e.methods {
			methods[m] = op
		}
		h.mux.HandleFunc(op.path, func(w http.ResponseWriter, r *http.Request) { h.serveOAuth(w, r, methods, e.serve) })
	}
}

// serveOAuth is serve for the issuer: the same faults and the same log, but no
// bearer token and no JSON bodies.
func (h *Handler) serveOAuth(w http.ResponseWriter, r *http.Request, methods map[string]*operation,
	serve func(*http.Request, []byte) oauthReply) {
	op := methods[r.Method]
	if op == nil {
		h.serve(w, r, methods) // responds with 405
		return
	}
	seq := h.served.Add(1)
	body, tooLong := readBody(r)
	entry := h.newRequest(r, op, body)
	var reply oauthReply
	reply.answer = h.faults.take(&entry, op).meet(h, w, r, op, entry, func() answer {
		reply = oauthRefusal(http.StatusRequestEntityTooLarge, "invalid_request", "the body is too large")
		if !tooLong {
			reply = serve(r, body)
		}
		return reply.answer
	})
	entry.Status = reply.status
	h.requests.add(entry)
	w.Header().Set("Cache-Control", "no-store")
	if reply.location != "" {
		w.Header().Set("Location", reply.location)
	}
	if reply.challenge {
		w.Header().Set("WWW-Authenticate", `Basic realm="brex"`)
	}
	write(w, reply.answer, identity{h.config.seed}.id("", h.clock.now().UnixMilli(), seq))
}

// oauthDiscovery returns the issuer's description, with the addresses under which the caller
// reached it.
func (h *Handler) oauthDiscovery(r *http.Request, _ []byte) oauthReply {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	issuer := scheme + "://" + r.Host + IssuerPath
	return oauthJSON(http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"authorization_endpoint":                issuer + "/v1/authorize",
		"token_endpoint":                        issuer + "/v1/token",
		"revocation_endpoint":                   issuer + "/v1/revoke",
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token", "client_credentials"},
		"code_challenge_methods_supported":      []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic", "client_secret_post", "none"},
		"scopes_supported":                      h.oauth.scopes,
	})
}

func oauthJSON(status int, body any) oauthReply {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps and strings only
	}
	return oauthReply{answer: answer{status: status, body: raw}}
}

// oauthRefusal is an error in the words of RFC 6749, which are not Brex's.
func oauthRefusal(status int, code, description string) oauthReply {
	return oauthJSON(status, map[string]string{"error": code, "error_description": description})
}

// oauthForm reads parameters that may each come once.
func oauthForm(raw string) (url.Values, error) {
	form, err := url.ParseQuery(raw)
	if err != nil {
		return nil, errors.New("the parameters cannot be read")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, fmt.Errorf("%s is given more than once", name)
		}
	}
	return form, nil
}

// scopesOf splits a scope parameter, each scope once.
func scopesOf(text string) []string {
	var scopes []string
	for _, s := range strings.Fields(text) {
		if !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}
