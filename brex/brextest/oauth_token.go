package brextest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// oauthRequest is a request to the token or revoke endpoint whose client has
// proven who it is.
type oauthRequest struct {
	client oauthClient
	form   url.Values
	now    time.Time

	disabled bool // the user who consented cannot sign in any more
}

// oauthClientOf reads the form and checks the client, which names itself in
// the Authorization header or in the form, never in both.
func (h *Handler) oauthClientOf(r *http.Request, body []byte) (oauthRequest, *oauthReply) {
	refuse := func(reply oauthReply) (oauthRequest, *oauthReply) { return oauthRequest{}, &reply }
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return refuse(oauthRefusal(http.StatusBadRequest, "invalid_request", "Content-Type is not application/x-www-form-urlencoded"))
	}
	form, err := oauthForm(string(body))
	if err != nil {
		return refuse(oauthRefusal(http.StatusBadRequest, "invalid_request", err.Error()))
	}
	id, secret := form.Get("client_id"), form.Get("client_secret")
	user, password, basic := r.BasicAuth()
	if basic {
		if secret != "" {
			return refuse(oauthRefusal(http.StatusBadRequest, "invalid_request", "the client authenticates in two ways"))
		}
		var errID, errSecret error
		id, errID = url.QueryUnescape(user)
		secret, errSecret = url.QueryUnescape(password)
		if errID != nil || errSecret != nil {
			id = ""
		}
	}
	client, known := h.oauth.clients[id]
	if !known || subtle.ConstantTimeCompare([]byte(secret), []byte(client.secret)) != 1 {
		reply := oauthRefusal(http.StatusUnauthorized, "invalid_client", "the client is unknown, or its secret is wrong")
		reply.challenge = basic
		return refuse(reply)
	}
	return oauthRequest{client: client, form: form, now: h.clock.now()}, nil
}

func (h *Handler) oauthToken(r *http.Request, body []byte) oauthReply {
	q, refused := h.oauthClientOf(r, body)
	if refused != nil {
		return *refused
	}
	q.disabled = !h.enabled(&credential{}) // asked before the lock is taken
	h.oauth.mu.Lock()
	defer h.oauth.mu.Unlock()
	switch grant := q.form.Get("grant_type"); grant {
	case "authorization_code":
		return h.oauth.exchange(q)
	case "refresh_token":
		return h.oauth.rotate(q, h.config.oauth.grace, h.config.oauth.revokeOnReuse)
	case "client_credentials":
		return h.oauth.clientCredentials(q)
	case "":
		return oauthRefusal(http.StatusBadRequest, "invalid_request", "grant_type is required")
	default:
		return oauthRefusal(http.StatusBadRequest, "unsupported_grant_type", "grant_type is not supported")
	}
}

func invalidGrant(description string) oauthReply {
	return oauthRefusal(http.StatusBadRequest, "invalid_grant", description)
}

// exchange gives tokens for a code, once. A code that comes again has been
// seen by somebody else, so what it gave is revoked.
func (o *oauthIssuer) exchange(q oauthRequest) oauthReply {
	code := o.codes[q.form.Get("code")]
	switch {
	case code == nil || code.grant.client != q.client.id || !q.now.Before(code.expires):
		return invalidGrant("the code is unknown or expired")
	case code.used:
		code.grant.revoked = true
		return invalidGrant("the code was used before")
	}
	if q.disabled {
		return invalidGrant("the user was disabled")
	}
	code.used = true // right or wrong: there is one try
	if q.form.Get("redirect_uri") != code.redirect {
		return invalidGrant("redirect_uri is not the one of the authorization")
	}
	if !challengeMet(code.challenge, q.form.Get("code_verifier")) {
		return invalidGrant("code_verifier does not fit the code_challenge")
	}
	o.stats.Exchanges++
	return o.issue(code.grant, code.grant.scopes, slices.Contains(code.grant.scopes, scopeOffline), q.now)
}

// challengeMet is PKCE with S256. A verifier without a challenge is refused
// too: somebody took the challenge out of the authorization.
func challengeMet(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// rotate exchanges a refresh token for a new pair.
func (o *oauthIssuer) rotate(q oauthRequest, grace time.Duration, revokeOnReuse bool) oauthReply {
	token := o.refresh[q.form.Get("refresh_token")]
	if token != nil && token.grant.client != q.client.id {
		token = nil
	}
	reused := token != nil && !token.spent.IsZero() && (grace == 0 || q.now.After(token.spent.Add(grace)))
	if !token.alive(q.now) || reused {
		o.stats.RefreshesRefused++
		if reused {
			o.stats.Reuses++
			token.grant.revoked = token.grant.revoked || revokeOnReuse
		}
		return invalidGrant("the refresh token is unknown, expired, revoked or already used")
	}
	if q.disabled {
		o.stats.RefreshesRefused++
		return invalidGrant("the user was disabled")
	}
	scopes := token.scopes
	if asked := scopesOf(q.form.Get("scope")); asked != nil {
		if slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(token.scopes, s) }) {
			return oauthRefusal(http.StatusBadRequest, "invalid_scope", "a scope was not granted")
		}
		scopes = asked
	}
	if token.spent.IsZero() {
		token.spent = q.now
	}
	o.stats.Refreshes++
	return o.issue(token.grant, scopes, true, q.now)
}

func (o *oauthIssuer) clientCredentials(q oauthRequest) oauthReply {
	if q.client.secret == "" {
		return oauthRefusal(http.StatusBadRequest, "unauthorized_client", "a public client has no credentials")
	}
	scopes := scopesOf(q.form.Get("scope"))
	if len(scopes) == 0 || !o.exist(scopes) {
		return oauthRefusal(http.StatusBadRequest, "invalid_scope", "scope is missing or unknown")
	}
	o.stats.ClientCredentials++
	grant := &oauthGrant{id: o.name("", q.now), client: q.client.id, scopes: scopes, machine: true}
	return o.issue(grant, scopes, false, q.now)
}

// oauthRevoke ends a token: a refresh token takes its login's access tokens with it. An unknown
// token, or another client's, gets a 200 as well.
func (h *Handler) oauthRevoke(r *http.Request, body []byte) oauthReply {
	q, refused := h.oauthClientOf(r, body)
	if refused != nil {
		return *refused
	}
	token := q.form.Get("token")
	if token == "" {
		return oauthRefusal(http.StatusBadRequest, "invalid_request", "token is required")
	}
	h.oauth.mu.Lock()
	defer h.oauth.mu.Unlock()
	if t := h.oauth.refresh[token]; t != nil && t.grant.client == q.client.id {
		t.grant.revoked = true
		h.oauth.stats.Revocations++
	}
	if t := h.oauth.access[token]; t != nil && t.grant.client == q.client.id {
		t.revoked = true
		h.oauth.stats.Revocations++
	}
	return oauthReply{answer: answer{status: http.StatusOK}}
}

// exist says whether all scopes are known.
func (o *oauthIssuer) exist(scopes []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(o.scopes, s) })
}

func join(scopes []string) string { return strings.Join(scopes, " ") }
