package webhook

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// BrexSenders returns the addresses that deliveries come from, as Brex's page "Webhooks" lists
// them.
func BrexSenders() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("44.228.126.217/32"),
		netip.MustParsePrefix("50.112.21.217/32"),
		netip.MustParsePrefix("52.24.126.164/32"),
		netip.MustParsePrefix("54.148.139.208/32"),
		netip.MustParsePrefix("2600:1f24:64:8000::/52"),
	}
}

// OnlyFromBrex responds with 403 to deliveries from any address that is not among BrexSenders. The
// signature proves where a delivery comes from; the list only keeps others from using the server's
// time, and must be updated when Brex changes its addresses.
//
// Behind proxies every connection comes from the nearest one. X-Forwarded-For, which anyone can
// send, is believed only as far as trusted proxies wrote it: from the right, up to the first
// address that is not a trusted proxy's.
func OnlyFromBrex(trustedProxies ...netip.Prefix) HandlerOption {
	return OnlyFrom(BrexSenders(), trustedProxies...)
}

// OnlyFrom is OnlyFromBrex with another list of senders.
func OnlyFrom(senders []netip.Prefix, trustedProxies ...netip.Prefix) HandlerOption {
	senders, trustedProxies = slices.Clone(senders), slices.Clone(trustedProxies)
	return handlerOption(func(c *handlerConfig) error {
		if len(senders) == 0 {
			return errors.New("webhook: OnlyFrom: no sender is allowed")
		}
		for _, p := range append(slices.Clone(senders), trustedProxies...) {
			if !p.IsValid() {
				return errors.New("webhook: OnlyFrom: an address range is not valid")
			}
		}
		c.allowed = func(r *http.Request) bool {
			from, ok := sender(r, trustedProxies)
			return ok && contains(senders, from)
		}
		return nil
	})
}

// sender is the address a request comes from, seen through the trusted proxies.
func sender(r *http.Request, trusted []netip.Prefix) (netip.Addr, bool) {
	from, ok := parseAddr(r.RemoteAddr)
	if !ok || !contains(trusted, from) {
		return from, ok
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		// What cannot be read is not skipped: what stands left of it was not written by a trusted
		// proxy.
		if from, ok = parseAddr(strings.TrimSpace(hop)); !ok || !contains(trusted, from) {
			return from, ok
		}
	}
	return from, ok
}

// parseAddr reads an address with or without a port.
func parseAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = ap.Addr()
	}
	return a.Unmap().WithZone(""), true
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}
