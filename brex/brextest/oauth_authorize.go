package brextest

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// minState is the length of state that Brex asks for.
const minState = 9

// authorization is a valid request for access.
type authorization struct {
	client    oauthClient
	redirect  string
	state     string
	challenge string
	scopes    []string
}

// Authorize plays the customer without a browser: it opens the address that an
// application would send the customer to and returns the callback address that
// the browser would be led to, with the code or the error. The consent decides
// (WithOAuthConsent; Page is ignored). It fails where a browser would show an
// error instead of leading back.
func (h *Handler) Authorize(address string) (callback string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Path != IssuerPath+"/v1/authorize" {
		return "", errors.New("brextest: Authorize: this is not an authorize address of the sandbox")
	}
	a, reply := h.oauthAsked(u.RawQuery)
	if a != nil {
		h.oauth.mu.Lock()
		consent := h.oauth.consent
		h.oauth.mu.Unlock()
		reply = h.oauthDecide(a, consent)
	}
	if reply.location == "" {
		return "", fmt.Errorf("brextest: Authorize: %d %s", reply.status, reply.body)
	}
	return reply.location, nil
}

// oauthAuthorize responds to the customer's browser: it is led back at once, or shown a page that
// comes back here with the decision. The same form can be sent without a page: request (the query
// of the authorize address), decision (approve or deny), and any number of grant (a scope; none
// grants all).
func (h *Handler) oauthAuthorize(r *http.Request, body []byte) oauthReply {
	query, form := r.URL.RawQuery, url.Values(nil)
	if r.Method == http.MethodPost {
		var err error
		if form, err = url.ParseQuery(string(body)); err != nil {
			return oauthRefusal(http.StatusBadRequest, "invalid_request", "the form cannot be read")
		}
		query = form.Get("request")
	}
	a, refused := h.oauthAsked(query)
	if a == nil {
		return refused
	}
	h.oauth.mu.Lock()
	consent := h.oauth.consent
	h.oauth.mu.Unlock()
	switch {
	case form != nil:
		switch form.Get("decision") {
		case "approve":
			consent = OAuthConsent{Scopes: form["grant"]}
			if consent.Scopes == nil && form.Get("boxes") != "" {
				consent.Deny = true // the page with every box cleared
			}
		case "deny":
			consent = OAuthConsent{Deny: true}
		default:
			return oauthRefusal(http.StatusBadRequest, "invalid_request", "decision is neither approve nor deny")
		}
	case consent.Page:
		return consentPage(a, query)
	}
	return h.oauthDecide(a, consent)
}

// oauthAsked reads a request for access, or refuses it where it is invalid.
func (h *Handler) oauthAsked(query string) (*authorization, oauthReply) {
	form, err := oauthForm(query)
	if err != nil {
		return nil, oauthRefusal(http.StatusBadRequest, "invalid_request", err.Error())
	}
	client, known := h.oauth.clients[form.Get("client_id")]
	if !known {
		return nil, oauthRefusal(http.StatusBadRequest, "invalid_client", "client_id is unknown")
	}
	a := &authorization{client: client, redirect: form.Get("redirect_uri"), state: form.Get("state"),
		challenge: form.Get("code_challenge"), scopes: scopesOf(form.Get("scope"))}
	if !slices.ContainsFunc(client.redirects, func(registered string) bool { return redirectFits(registered, a.redirect) }) {
		// Never led there: it may be the attacker's.
		return nil, oauthRefusal(http.StatusBadRequest, "invalid_request", "redirect_uri is not registered for this client")
	}
	method := form.Get("code_challenge_method")
	switch {
	case form.Get("response_type") != "code":
		return nil, a.back("error", "unsupported_response_type", "error_description", "response_type is not code")
	case len(a.state) < minState:
		return nil, a.back("error", "invalid_request", "error_description", fmt.Sprintf("state has less than %d characters", minState))
	case (a.challenge != "" || method != "") && (method != "S256" || len(a.challenge) != 43):
		return nil, a.back("error", "invalid_request", "error_description", "only PKCE with S256 is supported")
	case a.challenge == "" && client.secret == "":
		return nil, a.back("error", "invalid_request", "error_description", "a client without a secret must use PKCE")
	case len(a.scopes) == 0 || !h.oauth.exist(a.scopes):
		return nil, a.back("error", "invalid_scope", "error_description", "scope is missing or unknown")
	}
	return a, oauthReply{}
}

// oauthDecide leads back with a code, or with the customer's refusal.
func (h *Handler) oauthDecide(a *authorization, consent OAuthConsent) oauthReply {
	scopes := a.scopes
	if consent.Scopes != nil {
		scopes = slices.DeleteFunc(slices.Clone(a.scopes), func(s string) bool { return !slices.Contains(consent.Scopes, s) })
	}
	switch {
	case !h.enabled(&credential{}):
		return a.back("error", "access_denied", "error_description", "the user was disabled")
	case consent.Deny || len(scopes) == 0:
		return a.back("error", "access_denied", "error_description", "the customer refused")
	}
	o := &h.oauth
	now := h.clock.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sweep(now)
	code := o.name("bxc_", now)
	o.codes[code] = &oauthCode{
		grant:    &oauthGrant{id: o.name("", now), client: a.client.id, scopes: scopes},
		redirect: a.redirect, challenge: a.challenge, expires: now.Add(codeLifetime),
	}
	o.stats.Codes++
	return a.back("code", code)
}

// back leads the browser to the application.
func (a *authorization) back(pairs ...string) oauthReply {
	u, err := url.Parse(a.redirect)
	if err != nil {
		return oauthRefusal(http.StatusBadRequest, "invalid_request", "redirect_uri is not an address")
	}
	query := u.Query()
	if a.state != "" {
		query.Set("state", a.state)
	}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = query.Encode()
	return oauthReply{answer: answer{status: http.StatusFound}, location: u.String()}
}

// redirectFits compares a redirect address with a registered one.
func redirectFits(registered, given string) bool {
	if registered == given {
		return true
	}
	r, errR := url.Parse(registered)
	g, errG := url.Parse(given)
	if errR != nil || errG != nil || r.Scheme != "http" || r.Port() != "" || !onLoopback(r.Hostname()) {
		return false
	}
	g.Host = strings.TrimSuffix(g.Host, ":"+g.Port())
	return g.String() == r.String()
}

func onLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// consentPage is a page that asks. It works without scripts.
func consentPage(a *authorization, query string) oauthReply {
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Allow access?</title></head><body>\n")
	fmt.Fprintf(&b, "<h1>Allow %s to use this company?</h1>\n", html.EscapeString(a.client.id))
	b.WriteString("<p>This is the Brex sandbox. No real data is involved.</p>\n")
	fmt.Fprintf(&b, "<form method=\"post\" action=\"%s/v1/authorize\">\n<input type=\"hidden\" name=\"request\" value=\"%s\">\n"+
		"<input type=\"hidden\" name=\"boxes\" value=\"1\">\n",
		IssuerPath, html.EscapeString(query))
	for _, s := range a.scopes {
		s = html.EscapeString(s)
		fmt.Fprintf(&b, "<p><label><input type=\"checkbox\" name=\"grant\" value=\"%s\" checked> %s</label></p>\n", s, s)
	}
	b.WriteString("<button name=\"decision\" value=\"approve\">Approve</button>\n<button name=\"decision\" value=\"deny\">Deny</button>\n")
	b.WriteString("</form></body></html>\n")
	return oauthReply{answer: answer{status: http.StatusOK, kind: "text/html; charset=utf-8", body: []byte(b.String())}}
}
