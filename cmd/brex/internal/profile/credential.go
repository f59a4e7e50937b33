package profile

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// Credential is where the token of a client comes from.
type Credential struct {
	Source  string           // in words
	Kind    string           // KindUser or KindOAuth; empty for the sandbox
	Profile *Profile         // nil for BREX_TOKEN and the sandbox
	Store   *Store           // likewise
	Login   *brexoauth.Token // as it was when it was found; nil likewise
	Option  brex.Option      // gives the token to a client

	// Close waits for what must not be cut off, a login that is being renewed; nil where nothing is.
	Close func(context.Context) error
}

// ErrNoToken reports that neither BREX_TOKEN nor a profile holds a token.
var ErrNoToken = UsageError("no token: run brex login, or set BREX_TOKEN to a user token (Brex dashboard, under Developer), or add --sandbox to try it on made-up data")

// Credential finds the token: that of BREX_TOKEN, or else that of the profile that flag, the environment or Default names. It is
// never read from an argument. A profile that is not there or has no token is a UsageError.
func (l *Logins) Credential(ctx context.Context, flag string) (*Credential, error) {
	name, named, err := l.Name(flag)
	if err != nil {
		return nil, err
	}
	if token := l.Getenv("BREX_TOKEN"); token != "" {
		if flag != "" {
			l.Note("BREX_TOKEN is set and wins over --profile %s", name)
		}
		return &Credential{Source: "BREX_TOKEN", Kind: KindUser, Option: brex.WithToken(token)}, nil
	}
	p, err := l.Load(name)
	switch {
	case err != nil:
		return nil, err
	case p == nil && named:
		return nil, usagef("there is no profile %s; brex login --profile %[1]s makes it, brex auth list shows all", name)
	case p == nil:
		return nil, ErrNoToken
	}
	c := &Credential{Source: "the profile " + name, Kind: p.Kind, Profile: p}
	if c.Store, err = l.Store(name); err != nil {
		return nil, err
	}
	c.Login, err = c.Store.Load(ctx)
	switch {
	case errors.Is(err, brexoauth.ErrNoLogin):
		return nil, usagef("the profile %s has no token any more; sign in again with brex login --profile %[1]s", name)
	case err != nil:
		return nil, fmt.Errorf("the profile %s: %w", name, err)
	}
	if p.Kind == KindUser {
		c.Option = brex.WithToken(string(c.Login.AccessToken))
	} else if err := l.renewing(c); err != nil {
		return nil, err
	}
	l.touch(p)
	return c, nil
}

// renewing uses an OAuth login, which is renewed when its time has come.
func (l *Logins) renewing(c *Credential) error {
	client, err := l.Application(c.Profile, nil, "")
	if err != nil {
		return err
	}
	source, err := client.TokenSource(c.Store)
	if err != nil {
		return err
	}
	c.Option = brex.WithTokenSource(source)
	c.Close = source.Close
	return nil
}

// tokenHosts are the hosts that tokens are sent to, besides this machine.
var tokenHosts = []string{"api.brex.com", "platform.brexapis.com", "api-staging.brex.com"}

// issuerHosts are those that sign-ins go to.
var issuerHosts = []string{"accounts-api.brex.com"}

// CheckHost refuses, as a UsageError, an address of the API whose host is neither Brex's nor this machine. source is the flag or
// variable that holds the address.
func CheckHost(source, address string) error { return checkHost(source, address, tokenHosts) }

// checkHost refuses an address whose host is not on the list: a token that goes astray cannot be called back.
func checkHost(source, address string, allowed []string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil // the package that uses it says what is wrong
	}
	host := strings.ToLower(u.Hostname())
	if OnThisMachine(host) {
		return nil
	}
	for _, h := range allowed {
		if host == h && (u.Port() == "" || u.Port() == "443") {
			return nil
		}
	}
	return usagef("%s: tokens are not sent to %s; they go to %s and to this machine only", source, u.Host, strings.Join(allowed, ", "))
}

// OnThisMachine reports whether a host is this machine by its name or its address.
func OnThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
