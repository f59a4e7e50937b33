package profile

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// tokenHosts are the hosts that tokens are sent to, besides this machine: production and staging,
// by the current and by the older name.
var tokenHosts = []string{hostPort(brex.DefaultBaseURL), "platform.brexapis.com:443", hostPort(brex.StagingBaseURL), "platform.staging.brexapps.com:443"}

// issuerHosts are those that sign-ins go to.
var issuerHosts = []string{hostPort(brexoauth.DefaultIssuer), hostPort(brexoauth.StagingIssuer)}

// staging reports whether an address is one of Brex's staging, and whether it is Brex's at all.
func staging(address string) (yes, brexs bool) {
	host := hostPort(address)
	if i := slices.Index(tokenHosts, host); i >= 0 {
		return i >= 2, true
	}
	i := slices.Index(issuerHosts, host)
	return i == 1, i >= 0
}

// hostPort is the host of an address in small letters with its port; empty where there is no host.
func hostPort(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	standard := map[string]string{"https": "443", "http": "80"}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), cmp.Or(u.Port(), standard[u.Scheme]))
}

// CheckAddress refuses, as a UsageError, to send the token of a login to another host or port than
// the one it was made for. source is the flag or variable that holds the address.
func (p *Profile) CheckAddress(source, address string) error {
	made, to := hostPort(cmp.Or(p.BaseURL, brex.DefaultBaseURL)), hostPort(address)
	if made == to || to == "" {
		return nil
	}
	return usagef("%s: the login of the profile %s was made for %s, and its token is not sent to %s; leave %[1]s out, or sign in there under another name with brex login --profile",
		source, p.Name, short(made), short(to))
}

// short leaves out the port that https has anyway.
func short(hostPort string) string { return strings.TrimSuffix(hostPort, ":443") }

// CheckHost refuses, as a UsageError, an address of the API whose host is neither Brex's nor this
// machine. source is the flag or variable that holds the address.
func CheckHost(source, address string) error { return checkHost(source, address, tokenHosts) }

// checkHost refuses an address whose host is not on the list: a token that goes astray cannot be
// called back.
func checkHost(source, address string, allowed []string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil // the package that uses it says what is wrong
	}
	host := strings.ToLower(u.Hostname())
	if OnThisMachine(host) {
		return nil
	}
	if slices.Contains(allowed, net.JoinHostPort(host, cmp.Or(u.Port(), "443"))) { // http is refused by the package that uses it
		return nil
	}
	names := make([]string, len(allowed))
	for i, h := range allowed {
		names[i] = short(h)
	}
	return usagef("%s: tokens are not sent to %s; they go to %s and to this machine only", source, u.Host, strings.Join(names, ", "))
}

// OnThisMachine reports whether a host is this machine by its name or its address.
func OnThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
