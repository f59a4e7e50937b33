package wire

import (
	"errors"
	"net/http"
	"net/url"
)

// NoConnection is a failure to reach the server through a proxy. The proxy's own words
// ("Forbidden", "Unauthorized") would otherwise read as the server's.
type NoConnection struct {
	Proxy string // host and port
	Err   error
}

// Error names the proxy, without its user.
func (n *NoConnection) Error() string {
	return "the proxy " + n.Proxy + " made no connection: " + n.Err.Error()
}

// Unwrap returns the cause.
func (n *NoConnection) Unwrap() error { return n.Err }

// ProxyOf is the proxy that rt sends req through, or nil. Of transports other than http.Transport
// it is not known.
func ProxyOf(rt http.RoundTripper, req *http.Request) *url.URL {
	if rt == nil {
		rt = http.DefaultTransport
	}
	t, ok := rt.(*http.Transport)
	if !ok || t.Proxy == nil {
		return nil
	}
	proxy, err := t.Proxy(req)
	if err != nil {
		return nil
	}
	return proxy
}

// ThroughProxy is err, naming the proxy where there is one; for requests that got no connection.
func ThroughProxy(rt http.RoundTripper, req *http.Request, err error) error {
	proxy := ProxyOf(rt, req)
	if proxy == nil {
		return err
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) && wrapped.Err != nil {
		err = wrapped.Err // the address is the server's
	}
	return &NoConnection{proxy.Host, err}
}
