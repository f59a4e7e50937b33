package brexoauth

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// Brex's OAuth issuers. Staging is for Brex's partners.
const (
	DefaultIssuer = "https://accounts-api.brex.com/oauth2/default"
	StagingIssuer = "https://accounts-api.staging.brexapps.com/oauth2/default"
)

// Scopes that every sign-in needs besides those of the operations. Without ScopeOfflineAccess Brex
// returns no refresh token, and the login ends after an hour.
const (
	ScopeOpenID        = "openid"
	ScopeOfflineAccess = "offline_access"
)

// Config describes an application that is registered with Brex.
type Config struct {
	ClientID     string
	ClientSecret wire.Secret `json:"-"` // brex.NewSecret makes one; empty for an application that can keep none

	RedirectURL string   // where Brex leads the customer back to; https, or http on loopback. Login and client credentials need none
	Scopes      []string // what is asked for; see ScopeOfflineAccess

	Issuer    string           // empty for DefaultIssuer; plain http is for loopback only
	Endpoints *Endpoints       // used as they are, without discovery; nil discovers
	AuthStyle oauth2.AuthStyle // how the secret is sent; by default what discovery says, or else in the Authorization header

	HTTPClient *http.Client     `json:"-"` // nil for http.DefaultClient; redirects are not followed
	Clock      func() time.Time `json:"-"` // nil for time.Now
}

// Client carries out the flows of one application. It is safe for concurrent use.
type Client struct {
	cfg      Config
	issuer   *url.URL
	http     *http.Client
	now      func() time.Time
	wait     func(context.Context, time.Duration) error
	discover chan *discovery // holds the one value: whoever has taken it may look and change
}

// New checks cfg and returns a Client. It does no I/O.
func New(cfg Config) (*Client, error) {
	if cfg.ClientID == "" {
		return nil, usage("Config.ClientID is empty")
	}
	if cfg.Issuer == "" {
		cfg.Issuer = DefaultIssuer
	}
	cfg.Issuer = strings.TrimRight(cfg.Issuer, "/")
	issuer, err := checkURL("Config.Issuer", cfg.Issuer)
	if err != nil {
		return nil, err
	}
	if issuer.RawQuery != "" {
		return nil, usage("Config.Issuer has a query")
	}
	if cfg.RedirectURL != "" {
		if _, err := checkURL("Config.RedirectURL", cfg.RedirectURL); err != nil {
			return nil, err
		}
	}
	for _, s := range cfg.Scopes {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
			return nil, usage("Config.Scopes: %q is not a scope; put one in each element", s)
		}
	}
	switch cfg.AuthStyle {
	case oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams:
	default:
		return nil, usage("Config.AuthStyle: %d is none", cfg.AuthStyle)
	}
	if cfg.Endpoints != nil {
		fixed := *cfg.Endpoints
		if err := fixed.check(); err != nil {
			return nil, err
		}
		cfg.Endpoints = &fixed
	}
	cfg.Scopes = slices.Clone(cfg.Scopes)
	c := &Client{cfg: cfg, issuer: issuer, now: cfg.Clock, wait: wait, discover: make(chan *discovery, 1)}
	c.discover <- &discovery{}
	if c.now == nil {
		c.now = time.Now
	}
	hc := http.Client{}
	if cfg.HTTPClient != nil {
		hc = *cfg.HTTPClient
	}
	// A redirect would carry the secret and the refresh token along.
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &hc
	return c, nil
}

// checkURL allows https anywhere and http on loopback.
func checkURL(what, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Fragment != "" || u.User != nil:
		return nil, usage("%s is not an address like %s", what, DefaultIssuer) // the text may hold a password: do not repeat it
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, usage("%s would send secrets unencrypted; http is for loopback only, use https", what)
	}
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// String returns the application's client id, without its secret.
func (c Config) String() string {
	return fmt.Sprintf("brexoauth.Config{ClientID: %q, Issuer: %q, Scopes: %q}", c.ClientID, c.Issuer, c.Scopes)
}

// GoString returns String.
func (c Config) GoString() string { return c.String() }

// Format prints String for every verb.
func (c Config) Format(f fmt.State, _ rune) { show(f, c.String()) }

// LogValue returns String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String returns the application's client id, without its secret.
func (c *Client) String() string {
	return fmt.Sprintf("brexoauth.Client{ClientID: %q, Issuer: %q}", c.cfg.ClientID, c.cfg.Issuer)
}

// GoString returns String.
func (c *Client) GoString() string { return c.String() }

// Format prints String for every verb.
func (c *Client) Format(f fmt.State, _ rune) { show(f, c.String()) }

// LogValue returns String.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

func show(f fmt.State, text string) { _, _ = f.Write([]byte(text)) }
