package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// credential is where the token of a session comes from.
type credential struct {
	source  string           // in words
	kind    string           // kindUser or kindOAuth; empty for the sandbox
	profile *profile         // nil for BREX_TOKEN and the sandbox
	store   *loginStore      // likewise
	login   *brexoauth.Token // likewise
	option  brex.Option
}

// credential finds the token: BREX_TOKEN, or else the profile's. It is never read from an argument.
func (a *App) credential() (*credential, error) {
	name, named, err := a.profileName()
	if err != nil {
		return nil, err
	}
	if token := a.Getenv("BREX_TOKEN"); token != "" {
		if a.flags.profile != "" {
			a.note("BREX_TOKEN is set and wins over --profile %s", name)
		}
		return &credential{source: "BREX_TOKEN", kind: kindUser, option: brex.WithToken(token)}, nil
	}
	p, err := a.loadProfile(name)
	switch {
	case err != nil:
		return nil, err
	case p == nil && named:
		return nil, usagef("there is no profile %s; brex login --profile %[1]s makes it, brex auth list shows all", name)
	case p == nil:
		return nil, errNoToken
	}
	c := &credential{source: "the profile " + name, kind: p.Kind, profile: p}
	if c.store, err = a.loginStore(name); err != nil {
		return nil, err
	}
	c.login, err = c.store.Load(a.ctx)
	switch {
	case errors.Is(err, brexoauth.ErrNoLogin):
		return nil, usagef("the profile %s has no token any more; sign in again with brex login --profile %[1]s", name)
	case err != nil:
		return nil, fmt.Errorf("the profile %s: %w", name, err)
	}
	if p.Kind == kindUser {
		c.option = brex.WithToken(string(c.login.AccessToken))
	} else if err := a.renewing(c); err != nil {
		return nil, err
	}
	a.touch(p)
	return c, nil
}

// renewing uses an OAuth login, which is renewed when its time has come.
func (a *App) renewing(c *credential) error {
	client, err := a.oauthClient(c.profile, nil, "")
	if err != nil {
		return err
	}
	source, err := client.TokenSource(c.store)
	if err != nil {
		return err
	}
	c.option = brex.WithTokenSource(source)
	a.atEnd = append(a.atEnd, source.Close)
	return nil
}

// finish waits for what must not be cut off: a login that is being renewed.
func (a *App) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for _, f := range a.atEnd {
		if err := f(ctx); err != nil {
			a.note("%s", strings.TrimPrefix(err.Error(), "brexoauth: "))
		}
	}
	a.atEnd = nil
}

// tokenHosts are the hosts that tokens are sent to, besides this machine.
var tokenHosts = []string{"api.brex.com", "platform.brexapis.com", "api-staging.brex.com"}

// issuerHosts are those that sign-ins go to.
var issuerHosts = []string{"accounts-api.brex.com"}

// checkHost refuses an address whose host is not on the list: a token that goes astray cannot be called back.
func checkHost(flag, address string, allowed []string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil // the package that uses it says what is wrong
	}
	host := strings.ToLower(u.Hostname())
	if onThisMachine(host) {
		return nil
	}
	for _, h := range allowed {
		if host == h && (u.Port() == "" || u.Port() == "443") {
			return nil
		}
	}
	return usagef("%s: tokens are not sent to %s; they go to %s and to this machine only", flag, u.Host, strings.Join(allowed, ", "))
}

// onThisMachine reports whether a host is this machine by its name or its address.
func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}
