package cli

import (
	"net/http"
	"net/url"
	"strings"
)

// proxyFor names the proxy that requests to an address pass through, as the environment asks for
// it; empty for none. It holds neither the user nor the password of the proxy.
func proxyFor(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "" // the client has refused it
	}
	switch proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); {
	case err != nil: // whose text may hold a password
		return "the address of the proxy in the environment, which cannot be read"
	case proxy != nil:
		return "the proxy " + proxy.Host // as the errors of calls name it
	}
	return ""
}

// throughProxy names the proxy where nothing came from Brex: the proxy itself may have refused the
// connection.
func throughProxy(c check, proxy string) check {
	if proxy != "" && (c.State == stateUnreachable || c.Area == "host") && !strings.Contains(c.Detail, proxy) {
		if c.Detail != "" {
			c.Detail += "; "
		}
		c.Detail += "through " + proxy
	}
	return c
}
