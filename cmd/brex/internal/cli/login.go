package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// listScopes are what a login asks for unless told otherwise: to read what the list commands show.
func listScopes() []string {
	scopes, err := brex.RequiredScopes("listExpenses", "listPrimaryCardTransactions", "listCashTransactions", "listCardAccounts",
		"listAccounts", "listUsers", "listCardsByUserId", "listVendors", "listTransfers", "getCompany")
	if err != nil {
		panic("cli: " + err.Error()) // an operation is misspelt: a slip in this program
	}
	return scopes
}

// login is the command that signs in.
type login struct {
	token, noBrowser, noCheck  bool
	clientID, issuer, redirect string
	scopes                     []string
}

func (a *App) login() *cobra.Command {
	var l login
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in, and keep the login for later commands",
		Long: `Sign in, and keep the login under the name of a profile, so that later commands need no BREX_TOKEN.

With --token, a user token is read from the terminal without showing it, or from standard input; make
one in the Brex dashboard, under Developer. Without, the browser, or the one that BROWSER names, opens
Brex's page, which takes an application that is registered with Brex: give its client id with
--client-id or BREX_CLIENT_ID, and its secret, if it has one, in BREX_CLIENT_SECRET.

Tokens are kept in the system keyring, or where there is none, or it does not respond, or
BREX_NO_KEYRING is set, in a file that only you can read. On Linux the keyring is reached over your own
session bus, where one runs; none is started. A token is only ever sent to the host and port that it
was stored for: Brex's, or this machine's with --base-url.`,
		Example: `  brex login --token
  brex login --token --profile work < token.txt
  brex login --client-id 0oa1b2c3d4 --no-browser`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 { // most likely the token, which must not be shown once more
				return errTokenArgument
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(cmd.Context(), a) },
	}
	f := cmd.Flags()
	f.Var(&tokenSwitch{&l.token}, "token", "read a user token from the terminal or standard input, rather than opening the browser")
	f.Lookup("token").NoOptDefVal = "true"
	f.BoolVar(&l.noBrowser, "no-browser", false, "print the address of Brex's page instead of opening it; it must be opened on this machine")
	f.BoolVar(&l.noCheck, "no-check", false, "store the login without asking Brex whose it is")
	f.StringVar(&l.clientID, "client-id", "", "client `id` of your application (default BREX_CLIENT_ID)")
	f.Var(&listValue[string]{into: &l.scopes, kind: "scope"}, "scopes", "scopes to ask for besides openid and offline_access, in place of those that the list commands need; see brex actions")
	f.StringVar(&l.redirect, "redirect-url", "", "`address` on this machine that is registered for your application (default http://127.0.0.1/callback, any port)")
	f.StringVar(&l.issuer, "issuer", "", "`address` of the issuer (default Brex's)")
	return cmd
}

// errTokenArgument refuses a token as an argument without repeating it.
var errTokenArgument = usageError{"brex login takes no token as an argument, where the list of processes and the shell's history show it: " +
	"type it at the prompt of brex login --token, or give it on standard input; if this was one, revoke it in the Brex dashboard, under Developer"}

// tokenSwitch is --token, which takes no value.
type tokenSwitch struct{ on *bool }

func (v *tokenSwitch) String() string { return "" }
func (v *tokenSwitch) Type() string   { return "bool" } // which help shows no value for
func (v *tokenSwitch) Set(s string) (err error) {
	if *v.on, err = strconv.ParseBool(s); err != nil {
		return errTokenArgument
	}
	return nil
}

func (l *login) run(ctx context.Context, a *App) error {
	f := &a.flags
	if f.sandbox || f.sandboxData != "" || f.sandboxSeed.set {
		return usagef("the sandbox needs no login")
	}
	if f.tokenCommand != "" {
		return usagef("--token-command needs no login; to keep the token that it prints: COMMAND | brex login --token")
	}
	variable, err := a.logins().Variable()
	if err != nil {
		return err
	}
	name, _, err := a.logins().Name(a.flags.profile)
	if err != nil {
		return err
	}
	base, err := a.baseURL(nil)
	if err != nil {
		return err
	}
	p := &profile.Profile{Name: name, Kind: profile.KindUser, CreatedAt: a.Now().UTC(), LastUsedAt: a.Now().UTC()}
	if base != brex.DefaultBaseURL {
		p.BaseURL = base
	}
	store, err := a.logins().Store(name)
	if err != nil {
		return err
	}
	if l.token {
		err = l.withToken(ctx, a, p, store)
	} else {
		err = l.withBrowser(ctx, a, p, store)
	}
	if err != nil {
		return err
	}
	if variable != "" {
		a.note("%s is set: unset it to use this login; until then only --profile %s uses it, and for reads only", variable, name)
	}
	return nil
}

// withToken stores a user token that Brex takes.
func (l *login) withToken(ctx context.Context, a *App, p *profile.Profile, store *profile.Store) error {
	token, err := a.readToken(ctx)
	if err != nil {
		return err
	}
	if _, err := brex.New(brex.WithToken(token)); err != nil { // its form, which --no-check does not leave out
		return usagef("the token cannot be used: %s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), "WithToken: "), brex.ErrUsage.Error()+": "))
	}
	if !l.noCheck {
		if err := a.identify(ctx, p, brex.WithToken(token)); err != nil {
			return fmt.Errorf("%w; nothing was stored, --no-check stores it all the same", err)
		}
	}
	now := a.Now().UTC()
	// A user token ends when it is not used for long, not at a time that is known; the form asks for one.
	err = a.keep(ctx, p, store, &brexoauth.Token{AccessToken: brex.NewSecret(token), Obtained: now, Expiry: now.AddDate(100, 0, 0)})
	if err != nil {
		return err
	}
	a.signedIn(p, store)
	return nil
}

// readToken reads a token from the terminal, without showing it, or from standard input.
func (a *App) readToken(ctx context.Context) (string, error) {
	text, err := a.ReadSecret(ctx, "brex: user token (it is not shown): ")
	if errors.Is(err, profile.ErrNoTerminal) {
		text, err = a.readInput(ctx)
	}
	text = strings.TrimSpace(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("the token cannot be read: %w", err)
	case text == "":
		return "", usagef("no token was given; type it at the prompt, or: brex login --token < FILE")
	case len(text) > maxToken:
		return "", usagef("the token cannot be used: it has more than %d characters", maxToken)
	}
	return text, nil
}

const maxToken = profile.MaxToken

// readInput reads standard input, or gives up when ctx ends.
func (a *App) readInput(ctx context.Context) (string, error) {
	var all []byte
	err := profile.Patiently(ctx, func() (err error) {
		all, err = io.ReadAll(io.LimitReader(a.Stdin, maxToken+1<<10))
		return err
	})
	if err != nil {
		return "", err // all may still be written to
	}
	return string(all), nil
}

// withBrowser signs in with Brex's page.
func (l *login) withBrowser(ctx context.Context, a *App, p *profile.Profile, store *profile.Store) error {
	p.Kind, p.ClientID, p.Issuer = profile.KindOAuth, l.clientID, l.issuer
	if p.ClientID == "" {
		p.ClientID = a.Getenv("BREX_CLIENT_ID")
	}
	if p.ClientID == "" {
		return usagef("signing in with the browser needs the client id of an application registered with Brex: set --client-id or BREX_CLIENT_ID; or use brex login --token with a user token")
	}
	p.Confidential = a.Getenv("BREX_CLIENT_SECRET") != ""
	scopes := l.scopes
	if len(scopes) == 0 {
		scopes = listScopes()
	}
	for _, needed := range []string{brexoauth.ScopeOfflineAccess, brexoauth.ScopeOpenID} { // without them the login ends after an hour
		if !slices.Contains(scopes, needed) {
			scopes = append([]string{needed}, scopes...)
		}
	}
	client, err := a.logins().Application(p, scopes, l.redirect)
	if err != nil {
		return err
	}
	patience := a.signInPatience
	if patience == 0 {
		patience = 10 * time.Minute
	}
	within, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("nobody signed in within %v; nothing was stored", patience))
	defer cancel()
	var telling sync.Mutex
	over := false // Login does not wait for the function that it calls
	token, err := client.Login(within, func(_ context.Context, address string) error {
		telling.Lock()
		defer telling.Unlock()
		if over {
			return nil
		}
		if !l.noBrowser && a.OpenBrowser != nil && a.OpenBrowser(address) == nil {
			a.note("Brex's page opens in your browser; Ctrl-C gives up. Should it not open: %s", address)
			return nil
		}
		a.note("open this address in a browser on this machine; Ctrl-C gives up: %s", address)
		return nil
	})
	telling.Lock()
	over = true
	telling.Unlock()
	switch {
	case err != nil && ctx.Err() == nil && within.Err() != nil:
		return context.Cause(within)
	case err != nil:
		return profile.OAuthError(err)
	}
	if missing := token.MissingScopes(scopes...); len(missing) > 0 {
		a.note("not granted: %s; what needs them will be refused", strings.Join(missing, ", "))
	}
	if err := a.keep(ctx, p, store, token); err != nil {
		return err
	}
	if !l.noCheck {
		switch err := a.identify(ctx, p, brex.WithToken(token.AccessToken.Reveal())); {
		case err != nil: // it is stored; a scope that was not granted is no failure
			a.note("whose login it is, is not known: %v", err)
		default:
			if err := a.logins().Save(p); err != nil {
				return notSaved(err)
			}
		}
	}
	a.signedIn(p, store)
	return nil
}

// keep stores a login: the tokens first, since they may be had only once.
func (a *App) keep(ctx context.Context, p *profile.Profile, store *profile.Store, token *brexoauth.Token) error {
	switch err := brexoauth.StoreLogin(ctx, store, token); {
	case errors.Is(err, brexoauth.ErrNotSaved):
		return err
	case err != nil:
		return fmt.Errorf("the login cannot be stored: %w", err)
	}
	if err := a.logins().Save(p); err != nil {
		return notSaved(err)
	}
	return nil
}

func notSaved(err error) error { return fmt.Errorf("the profile cannot be saved: %w", err) }

// signedIn says whose login is kept, and where.
func (a *App) signedIn(p *profile.Profile, store *profile.Store) {
	who := ""
	if p.User != "" {
		who = " as " + p.User
	}
	if p.Company != "" {
		who += " of " + p.Company
	}
	a.note("signed in%s; the token is kept in %s, as the profile %s", who, store.Where(), p.Name)
}

// identify asks Brex whose token it is. One refusal can be a scope or a role; two are taken for a token that does not work.
func (a *App) identify(ctx context.Context, p *profile.Profile, token brex.Option) error {
	opts := []brex.Option{token, brex.WithTimeout(a.flags.timeout.d), brex.WithApplication("brex-cli/" + brex.Version)}
	if p.BaseURL != "" {
		opts = append(opts, brex.WithBaseURL(p.BaseURL))
	}
	client, err := brex.New(append(opts, a.ClientOptions...)...)
	if err != nil {
		return err
	}
	user, userErr := client.Users.Me(ctx, brex.UserMeParams{})
	if userErr == nil {
		p.User = user.Email
	} else if !refusedCall(userErr) {
		return userErr
	}
	company, companyErr := client.Company.Get(ctx)
	if companyErr == nil {
		p.Company = company.LegalName
	} else if !refusedCall(companyErr) || userErr != nil {
		return companyErr
	}
	return nil
}

func refusedCall(err error) bool {
	return errors.Is(err, brex.ErrUnauthorized) || errors.Is(err, brex.ErrForbidden)
}
