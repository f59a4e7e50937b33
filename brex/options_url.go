package brex

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// Hosts of the Brex API.
const (
	DefaultBaseURL = "https://api.brex.com"
	currentHost    = "api.brex.com"
	legacyHost     = "platform.brexapis.com" // the older name, still served
)

// base is the address an operation is sent to.
func (c *config) base(op *wire.Operation) *url.URL {
	if op.Server == "" || limitedHost(c.baseURL) != currentHost {
		return c.baseURL
	}
	if c.cardNumber != nil {
		return c.cardNumber
	}
	if u, err := checkBase(op.Server); err == nil {
		return u
	}
	return c.baseURL
}

// limitedHost is the host whose limit counts: both names of Brex's are one.
func limitedHost(base *url.URL) string {
	switch base.Host {
	case currentHost, currentHost + ":443", legacyHost, legacyHost + ":443":
		return currentHost
	}
	return base.Host
}

func checkBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	switch {
	case strings.Contains(base, "@") || err == nil && u.User != nil: // the text may hold a password: do not repeat it
		return nil, usageError("a base URL has no user")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, usageError("%q is not a URL like https://api.brex.com", base)
	case strings.ContainsAny(base, "?#"):
		return nil, usageError("%q is not a base URL: it has a query or a fragment", base)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, usageError("%q would send the token unencrypted; http is for loopback only, use https", base)
	}
	u.Host = strings.ToLower(u.Host)
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
