package profile

import (
	"context"
	"errors"
	"fmt"
	"sync"

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

	used, other string    // two places that name a token; see Guard
	said        sync.Once // which of the two is used
	note        func(format string, args ...any)
}

// ErrNoToken reports that neither BREX_TOKEN nor a profile holds a token.
var ErrNoToken = UsageError("no token: run brex login, or set BREX_TOKEN to a user token (Brex dashboard, under Developer), or add --sandbox to try it on made-up data")

// Credential finds the token: that of TokenCommand or of the profile that flag names, or else of
// BREX_TOKEN or BREX_TOKEN_FILE, or else of the profile that the environment or Default names. It
// is never read from an argument. A profile that does not exist or has no token is a UsageError.
func (l *Logins) Credential(ctx context.Context, flag string) (*Credential, error) {
	if flag != "" && l.TokenCommand != "" {
		return nil, usagef("--profile and --token-command exclude each other")
	}
	variable, err := l.Variable()
	if err != nil {
		return nil, err
	}
	c := &Credential{Kind: KindUser, note: l.Note}
	c.used, c.other = l.conflict(flag, variable)
	token := ""
	switch {
	case l.TokenCommand != "":
		c.Source = "--token-command"
		token, err = l.commandToken(ctx, l.TokenCommand)
	case flag == "" && variable != "":
		c.Source = variable
		token, err = l.variableToken(ctx, variable)
	default:
		if err := l.stored(ctx, c, flag); err != nil {
			return nil, err
		}
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	c.Option = brex.WithToken(token)
	return c, nil
}

// Local returns the login of a sandbox on this machine, which flag or the environment names as a
// profile is named. As with any profile, a variable that is set too makes Guard refuse what is not a
// read.
func (l *Logins) Local(source string, token brex.Option, flag string) (*Credential, error) {
	variable, err := l.Variable()
	if err != nil {
		return nil, err
	}
	c := &Credential{Source: source, Option: token, note: l.Note}
	c.used, c.other = l.conflict(flag, variable)
	return c, nil
}

// stored finds the token of a profile.
func (l *Logins) stored(ctx context.Context, c *Credential, flag string) error {
	name, named, err := l.Name(flag)
	if err != nil {
		return err
	}
	p, err := l.Load(name)
	switch {
	case err != nil:
		return err
	case p == nil && named:
		return usagef("there is no profile %s; brex login --profile %[1]s makes it, brex auth list shows all", name)
	case p == nil:
		return ErrNoToken
	}
	c.Source, c.Kind, c.Profile = "the profile "+name, p.Kind, p
	if c.Store, err = l.Store(name); err != nil {
		return err
	}
	c.Login, err = c.Store.Load(ctx)
	switch {
	case errors.Is(err, brexoauth.ErrNoLogin):
		return noLogin(c.Store, name)
	case err != nil:
		return fmt.Errorf("the profile %s: %w", name, err)
	}
	if p.Kind == KindUser {
		c.Option = brex.WithToken(c.Login.AccessToken.Reveal())
	} else if err := l.renewing(c); err != nil {
		return err
	}
	l.touch(p)
	return nil
}

// noLogin is a UsageError that says no more than is known: a keyring that cannot be reached may
// hold the login.
func noLogin(store *Store, name string) error {
	if store.ring == nil {
		return usagef("the profile %s has no token any more in its file, and there is no system keyring here that may have one; sign in again with brex login --profile %[1]s", name)
	}
	return usagef("the profile %s has no token any more; sign in again with brex login --profile %[1]s", name)
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
