package brextest

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Scopes that belong to no operation. Without offline_access there is no
// refresh token.
const (
	scopeOpenID  = "openid"
	scopeOffline = "offline_access"
)

// oauthIssuer is what the issuer remembers: logins, and the tokens that were
// issued for each.
type oauthIssuer struct {
	ids     identity
	clients map[string]oauthClient
	scopes  []string // all that exist, sorted

	mu      sync.Mutex
	consent OAuthConsent
	codes   map[string]*oauthCode
	access  map[string]*oauthToken
	refresh map[string]*oauthToken
	issued  uint64
	sweepAt int
	stats   OAuthStats
}

// oauthGrant is one login: everything issued for one consent.
type oauthGrant struct {
	id, client string
	scopes     []string
	revoked    bool
	machine    bool // for client credentials: nobody consented
}

type oauthCode struct {
	grant     *oauthGrant
	redirect  string
	challenge string
	expires   time.Time
	used      bool
}

type oauthToken struct {
	grant   *oauthGrant
	scopes  []string
	expires time.Time
	spent   time.Time // refresh tokens: when it was exchanged for the next
	revoked bool
}

func (t *oauthToken) alive(now time.Time) bool {
	return t != nil && !t.revoked && !t.grant.revoked && now.Before(t.expires)
}

func (o *oauthIssuer) init(h *Handler) {
	o.ids = identity{h.config.seed}
	o.consent = h.config.oauth.consent
	o.clients = map[string]oauthClient{}
	for _, c := range h.config.oauth.clients {
		o.clients[c.id] = c
	}
	known := map[string]bool{scopeOpenID: true, scopeOffline: true, "profile": true, "email": true}
	for _, op := range h.known {
		for _, s := range op.scopes {
			known[s] = true
		}
	}
	o.scopes = slices.Sorted(maps.Keys(known))
	o.codes = map[string]*oauthCode{}
	o.access = map[string]*oauthToken{}
	o.refresh = map[string]*oauthToken{}
	o.sweepAt = 1000
}

// name makes the next code, token or login. Like everything here it depends
// on the seed and on what came before, so it is not a secret.
func (o *oauthIssuer) name(prefix string, now time.Time) string {
	o.issued++
	return o.ids.id(prefix, now.UnixMilli(), o.issued)
}

// credential is what an access token may do; nil when it is unknown, expired
// or revoked. Its name is the client's, so that limits, the webhook endpoint and
// idempotency keys are too, whatever token or login they come with.
func (o *oauthIssuer) credential(token string, now time.Time) *credential {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.access[token]
	if !t.alive(now) {
		return nil
	}
	return &credential{name: "oauth " + t.grant.client, scopes: t.scopes, machine: t.grant.machine}
}

// issue makes an access token and, with refresh, the next refresh token.
func (o *oauthIssuer) issue(g *oauthGrant, scopes []string, refresh bool, now time.Time) oauthReply {
	o.sweep(now)
	access := o.name("bxa_", now)
	o.access[access] = &oauthToken{grant: g, scopes: scopes, expires: now.Add(AccessTokenLifetime)}
	body := map[string]any{
		"token_type":   "Bearer",
		"access_token": access,
		"expires_in":   int(AccessTokenLifetime / time.Second),
		"scope":        join(scopes),
	}
	if refresh {
		token := o.name("bxr_", now)
		o.refresh[token] = &oauthToken{grant: g, scopes: g.scopes, expires: now.Add(RefreshTokenLifetime)}
		body["refresh_token"] = token
	}
	return oauthJSON(200, body)
}

// sweep forgets what has run out, so that a sandbox can run for weeks.
func (o *oauthIssuer) sweep(now time.Time) {
	if len(o.codes)+len(o.access)+len(o.refresh) < o.sweepAt {
		return
	}
	maps.DeleteFunc(o.codes, func(_ string, c *oauthCode) bool { return !now.Before(c.expires) })
	over := func(_ string, t *oauthToken) bool { return !now.Before(t.expires) }
	maps.DeleteFunc(o.access, over)
	maps.DeleteFunc(o.refresh, over)
	o.sweepAt = max(1000, 2*(len(o.codes)+len(o.access)+len(o.refresh)))
}
