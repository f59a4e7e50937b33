package brex

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// Base URLs of the Brex API. Staging is for Brex's partners; it refuses the tokens of customers.
const (
	DefaultBaseURL = "https://api.brex.com"
	StagingBaseURL = "https://api-staging.brex.com"
)

// The hosts of the API by their current and their older names. Both are served.
const (
	currentHost      = "api.brex.com"
	legacyHost       = "platform.brexapis.com"
	stagingHost      = "api-staging.brex.com"
	stagingOlderHost = "platform.staging.brexapps.com"
)

// base is the address an operation is sent to. The host of its own that the document gives an
// operation is that of the base URL's environment, so that a staging token never reaches
// production; behind a proxy only WithCardNumberURL can name it.
func (c *config) base(op *wire.Operation) *url.URL {
	own := ""
	switch {
	case op.Server == "":
	case c.cardNumber != nil:
		return c.cardNumber
	case limitedHost(c.baseURL) == currentHost:
		own = op.Server
	case limitedHost(c.baseURL) == stagingHost:
		own = op.StagingServer
	}
	if own != "" {
		if u, err := checkBase(own); err == nil {
			return u
		}
	}
	return c.baseURL
}

// limitedHost is the host whose limit counts: the two names of an environment are one.
func limitedHost(base *url.URL) string {
	switch host := strings.TrimSuffix(base.Host, ":443"); host {
	case currentHost, legacyHost:
		return currentHost
	case stagingHost, stagingOlderHost:
		return stagingHost
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
