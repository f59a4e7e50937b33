package brexoauth

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/brex-go/sdk/brex/wire"
)

// maxAnswer bounds what is read of an answer, requestTimeout how long a request may take.
const (
	maxAnswer      = 1 << 20
	requestTimeout = 30 * time.Second
)

// DefaultLifetime is how long an access token is taken to live where the answer does not say.
const DefaultLifetime = time.Hour

// request sends one request for a token through x/oauth2 and turns its answer into ours. scopes are the ones granted
// if the answer does not say.
func (c *Client) request(
	ctx context.Context, op string, scopes []string, send func(context.Context) (*oauth2.Token, error),
) (*Token, *IssuerError) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	// Before the answer, so that the token is never believed longer than it lives, and without the monotonic clock, which stands
	// still while a machine sleeps.
	began := c.now().Round(0)
	got, err := send(ctx)
	if err != nil {
		return nil, c.issuerError(op, err)
	}
	unusable := func(why string) (*Token, *IssuerError) {
		return nil, &IssuerError{Op: op, StatusCode: http.StatusOK, Problem: why}
	}
	if !printable(got.AccessToken) || got.RefreshToken != "" && !printable(got.RefreshToken) {
		return unusable("the answer holds a token with characters that no token has")
	}
	if got.Type() != "Bearer" {
		return unusable("the answer holds no bearer token")
	}
	lifetime := time.Duration(got.ExpiresIn) * time.Second
	if lifetime <= 0 {
		lifetime = DefaultLifetime
	}
	if granted, ok := got.Extra("scope").(string); ok {
		scopes = strings.Fields(granted)
	}
	return &Token{
		AccessToken: wire.Secret(got.AccessToken), RefreshToken: wire.Secret(got.RefreshToken),
		Obtained: began, Expiry: began.Add(lifetime), Scopes: scopes, Issuer: c.cfg.Issuer, ClientID: c.cfg.ClientID,
	}, nil
}

// refresh sends a refresh token once.
func (c *Client) refresh(ctx context.Context, config *oauth2.Config, t *Token) (*Token, *IssuerError) {
	return c.request(ctx, "refresh", t.Scopes, func(ctx context.Context) (*oauth2.Token, error) {
		return config.TokenSource(ctx, &oauth2.Token{RefreshToken: string(t.RefreshToken)}).Token()
	})
}

// credentials sends the client's credentials once.
func (c *Client) credentials(ctx context.Context, config *oauth2.Config, scopes []string) (*Token, *IssuerError) {
	cc := clientcredentials.Config{ClientID: config.ClientID, ClientSecret: config.ClientSecret, TokenURL: config.Endpoint.TokenURL,
		Scopes: scopes, AuthStyle: config.Endpoint.AuthStyle}
	return c.request(ctx, "client credentials", scopes, cc.Token)
}

// issuerError takes what is safe to show out of an error of x/oauth2, whose texts hold the answer's body.
func (c *Client) issuerError(op string, err error) *IssuerError {
	var answered *oauth2.RetrieveError
	var transport *url.Error
	switch {
	case errors.As(err, &answered) && answered.Response != nil:
		e := c.refused(op, answered.Response, nil)
		e.Code = safeCode(answered.ErrorCode)
		return e
	case errors.As(err, &transport):
		return noAnswer(op, err)
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return noAnswer(op, err)
	}
	return &IssuerError{Op: op, StatusCode: http.StatusOK, Problem: "the answer holds no token"}
}

// refused is an answer that says no.
func (c *Client) refused(op string, resp *http.Response, body []byte) *IssuerError {
	var said struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(body, &said)
	return &IssuerError{Op: op, StatusCode: resp.StatusCode, Code: safeCode(said.Error), TraceID: traceID(resp),
		RetryAfter: c.retryAfter(resp.Header.Get("Retry-After"))}
}

// retryAfter reads seconds or a date. What it cannot read is no wait.
func (c *Client) retryAfter(text string) time.Duration {
	const most = 24 * time.Hour
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(n)*time.Second, most)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(c.now()), 0), most)
	}
	return 0
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

// Revoke ends a login at Brex: its refresh token, and then its access token. Tokens that Brex does not know are no
// error. What is stored stays stored; SignOut removes it as well.
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
		if one.token != "" {
			errs = append(errs, c.revoke(ctx, d, string(one.token), one.hint))
		}
	}
	return errors.Join(errs...)
}

func (c *Client) revoke(ctx context.Context, d discovery, token, hint string) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	form := url.Values{"token": {token}, "token_type_hint": {hint}}
	style := c.style(d)
	if style == oauth2.AuthStyleInParams {
		form.Set("client_id", c.cfg.ClientID)
		if c.cfg.ClientSecret != "" {
			form.Set("client_secret", string(c.cfg.ClientSecret))
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.endpoints.RevokeURL, strings.NewReader(form.Encode()))
	if err != nil {
		return usage("the revoke endpoint's address cannot be used")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if style == oauth2.AuthStyleInHeader {
		r.SetBasicAuth(url.QueryEscape(c.cfg.ClientID), url.QueryEscape(string(c.cfg.ClientSecret)))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return noAnswer("revoke", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return c.refused("revoke", resp, body)
	}
	return nil
}
