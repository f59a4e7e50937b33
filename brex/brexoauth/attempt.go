package brexoauth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/url"
	"slices"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// Attempt is one attempt to sign in: where to send the customer, and what to compare the callback
// with. Keep it, on the server or encrypted, in the session of that customer until the callback
// comes, and use it once. It encodes as JSON with everything in it.
type Attempt struct {
	URL         string      // where to send the customer
	State       string      // comes back with the callback; 43 random characters, Brex asks for at least 9
	Verifier    wire.Secret // proves to Brex that the one who exchanges the code asked for it (PKCE)
	RedirectURL string      // where the customer is led back to
	Scopes      []string    // what was asked for
}

// AuthCodeURL begins a sign-in with the Config's RedirectURL and Scopes. Send the customer to the
// Attempt's URL. opts add parameters to it; state and PKCE are set by this method. It fails only
// for invalid arguments, or when ctx ends.
func (c *Client) AuthCodeURL(ctx context.Context, opts ...oauth2.AuthCodeOption) (*Attempt, error) {
	if c.cfg.RedirectURL == "" {
		return nil, usage("AuthCodeURL: Config.RedirectURL is empty")
	}
	return c.attempt(ctx, c.cfg.RedirectURL, opts...)
}

func (c *Client) attempt(ctx context.Context, redirect string, opts ...oauth2.AuthCodeOption) (*Attempt, error) {
	if len(c.cfg.Scopes) == 0 {
		return nil, usage("Config.Scopes is empty: nothing would be granted")
	}
	d, err := c.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	config := oauth2.Config{ClientID: c.cfg.ClientID, RedirectURL: redirect, Scopes: c.cfg.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: d.endpoints.AuthURL}}
	a := &Attempt{State: oauth2.GenerateVerifier(), Verifier: wire.NewSecret(oauth2.GenerateVerifier()), RedirectURL: redirect,
		Scopes: slices.Clone(c.cfg.Scopes)}
	opts = append(slices.Clone(opts), oauth2.SetAuthURLParam("state", a.State),
		oauth2.S256ChallengeOption(a.Verifier.Reveal()))
	a.URL = config.AuthCodeURL(a.State, opts...)
	return a, nil
}

// Code checks the query of a callback and returns its code. It fails with ErrState when the
// callback does not belong to this attempt, with ErrDenied when the customer refused, with an
// IssuerError when Brex did, and with ErrNoCode. Exchange calls it.
func (a *Attempt) Code(callback url.Values) (string, error) {
	if a == nil || len(a.State) < minState || a.Verifier.IsZero() {
		return "", usage("the Attempt is empty; was it lost from the session?")
	}
	state, failure, code := callback["state"], callback["error"], callback["code"]
	// The state first: what a forged callback says does not matter.
	if len(state) != 1 || subtle.ConstantTimeCompare([]byte(state[0]), []byte(a.State)) != 1 {
		return "", ErrState
	}
	switch {
	case len(failure) > 0 && failure[0] == "access_denied":
		return "", ErrDenied
	case len(failure) > 0:
		return "", &IssuerError{Op: "authorize", Code: safeCode(failure[0]), Problem: "Brex refused the authorization"}
	case len(code) != 1 || !printable(code[0]):
		return "", ErrNoCode
	}
	return code[0], nil
}

// minState is the length of state that Brex asks for.
const minState = 9

// Exchange ends a sign-in: it checks the query of the callback as Attempt.Code does and exchanges
// the code for a login. Store it with StoreLogin, and look at its MissingScopes: the customer may
// have granted a part of what was asked for. A code is good for one exchange, so it is never sent
// twice: after any failure begin a new attempt.
func (c *Client) Exchange(ctx context.Context, a *Attempt, callback url.Values) (*Token, error) {
	code, err := a.Code(callback)
	if err != nil {
		return nil, err
	}
	d, err := c.endpoints(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {a.Verifier.Reveal()}}
	if a.RedirectURL != "" {
		form.Set("redirect_uri", a.RedirectURL)
	}
	t, failed := c.request(ctx, "exchange", d, form, Token{Scopes: a.Scopes})
	if failed != nil {
		return nil, failed
	}
	return t, nil
}

// String names the scopes and nothing secret.
func (a Attempt) String() string {
	return fmt.Sprintf("brexoauth.Attempt{RedirectURL: %q, Scopes: %q}", a.RedirectURL, a.Scopes)
}

// GoString returns String.
func (a Attempt) GoString() string { return a.String() }

// Format prints String for every verb.
func (a Attempt) Format(f fmt.State, _ rune) { show(f, a.String()) }

// LogValue returns String.
func (a Attempt) LogValue() slog.Value { return slog.StringValue(a.String()) }
