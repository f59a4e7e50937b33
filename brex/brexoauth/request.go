package brexoauth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// maxResponse bounds what is read of a response, requestTimeout how long a request may take.
const (
	maxResponse    = 1 << 20
	requestTimeout = 30 * time.Second
)

// request sends a form to the token endpoint, once, and makes the login out of the response and of
// what it does not say, which is as in old. A login that comes with an error must be kept
// nevertheless: it has a new refresh token, but no access token that can be used, in which case it
// has old's.
func (c *Client) request(ctx context.Context, op string, d discovery, form url.Values, old Token) (*Token, *IssuerError) {
	// Before the response, so that the token is never believed longer than it lives, and without
	// the monotonic clock, which stands still while a machine sleeps.
	began := c.now().Round(0)
	resp, body, failed := c.post(ctx, op, d, d.endpoints.TokenURL, form)
	if failed != nil {
		return nil, failed
	}
	g := readGrant(body)
	t := old.clone()
	t.Issuer, t.ClientID = c.cfg.Issuer, c.cfg.ClientID
	if g.refresh != "" {
		t.RefreshToken = wire.NewSecret(g.refresh)
	}
	if g.refresh != "" || !g.broken {
		t.RefreshBegan = time.Time{} // otherwise the new refresh token may be what is lost
	}
	if len(g.scopes) > 0 {
		t.Scopes = g.scopes
	}
	if problem := g.problem(); problem != "" {
		failed = &IssuerError{Op: op, StatusCode: resp.StatusCode, Code: g.code, Problem: problem, TraceID: traceID(resp)}
		if g.refresh == "" {
			t = nil
		}
		return t, failed
	}
	t.AccessToken, t.Obtained, t.Expiry = wire.NewSecret(g.access), began, began.Add(g.lifetime)
	return t, nil
}

// refresh sends a refresh token once.
func (c *Client) refresh(ctx context.Context, d discovery, t *Token) (*Token, *IssuerError) {
	return c.request(ctx, "refresh", d, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {t.RefreshToken.Reveal()}}, *t)
}

// credentials sends the client's credentials once.
func (c *Client) credentials(ctx context.Context, d discovery, scopes []string) (*Token, *IssuerError) {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}
	return c.request(ctx, "client credentials", d, form, Token{Scopes: scopes})
}

// post sends a form with the client's credentials, once. The body of a 2xx may be cut off, and is
// what came of it; everything else is an error.
func (c *Client) post(ctx context.Context, op string, d discovery, address string, form url.Values) (*http.Response, []byte, *IssuerError) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	style := c.style(d)
	if style == oauth2.AuthStyleInParams {
		form.Set("client_id", c.cfg.ClientID)
		if !c.cfg.ClientSecret.IsZero() {
			form.Set("client_secret", c.cfg.ClientSecret.Reveal())
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, nil, &IssuerError{Op: op, Problem: "the endpoint's address cannot be used"}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	if style == oauth2.AuthStyleInHeader {
		r.SetBasicAuth(url.QueryEscape(c.cfg.ClientID), url.QueryEscape(c.cfg.ClientSecret.Reveal()))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, nil, noResponse(op, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return nil, nil, c.refused(op, resp, body)
	}
	return resp, body, nil
}

// refused is a response that says no.
func (c *Client) refused(op string, resp *http.Response, body []byte) *IssuerError {
	const most = 24 * time.Hour
	return &IssuerError{Op: op, StatusCode: resp.StatusCode, TraceID: traceID(resp),
		Code: readGrant(body).code, RetryAfter: min(wire.RetryAfter(resp.Header, c.now()), most)}
}

func traceID(resp *http.Response) string { return safeCode(resp.Header.Get("X-Brex-Trace-Id")) }

// safeCode lets short identifiers through, and nothing that could be a message.
func safeCode(s string) string {
	if len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("_-.", r)
	}) {
		return ""
	}
	return s
}

func printable(token string) bool {
	return token != "" && !strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Revoke ends a login at Brex: its refresh token, and then its access token. Tokens that Brex does
// not know are no error. The stored login stays; SignOut removes it as well.
func (c *Client) Revoke(ctx context.Context, t *Token) error {
	if t == nil {
		return usage("Revoke: the token is nil")
	}
	if err := c.owns(t); err != nil {
		return err
	}
	d, err := c.endpoints(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, one := range []struct {
		token wire.Secret
		hint  string
	}{{t.RefreshToken, "refresh_token"}, {t.AccessToken, "access_token"}} {
		if !one.token.IsZero() {
			errs = append(errs, c.revoke(ctx, d, one.token.Reveal(), one.hint))
		}
	}
	return errors.Join(errs...)
}

func (c *Client) revoke(ctx context.Context, d discovery, token, hint string) error {
	if _, _, failed := c.post(ctx, "revoke", d, d.endpoints.RevokeURL, url.Values{"token": {token}, "token_type_hint": {hint}}); failed != nil {
		return failed
	}
	return nil
}
