package brexoauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/oauth2"

	"github.com/brex-go/sdk/brex/wire"
)

// Token is a login: the result of a sign-in, which a Store keeps. Printing it shows no token.
// Encoding it as JSON fails; Encode returns the form to store.
type Token struct {
	AccessToken  wire.Secret
	RefreshToken wire.Secret // empty without ScopeOfflineAccess, and for client credentials

	Obtained time.Time // when the access token was asked for, on the Client's clock
	Expiry   time.Time // when it runs out
	Scopes   []string  // what was granted, which can be less than was asked for: see MissingScopes

	Issuer   string // who issued it
	ClientID string // and for which application

	// RefreshBegan is set in a Store while a refresh is under way. When it is found set, that
	// refresh was cut off.
	RefreshBegan time.Time
}

// MissingScopes returns the wanted scopes that were not granted. The customer can grant only a
// part, and the operations that need another scope respond with 403.
func (t *Token) MissingScopes(wanted ...string) []string {
	var missing []string
	for _, s := range wanted {
		if !slices.Contains(t.Scopes, s) && !slices.Contains(missing, s) {
			missing = append(missing, s)
		}
	}
	return missing
}

// OAuth2 returns the access token in the form of golang.org/x/oauth2. The refresh token is left
// out, so that nothing can spend it behind the Store's back.
func (t *Token) OAuth2() *oauth2.Token {
	return &oauth2.Token{AccessToken: t.AccessToken.Reveal(), TokenType: "Bearer", Expiry: t.Expiry}
}

// SameTokens reports whether both logins have the same access token and the same refresh token, of
// the same issuer for the same application. A note that a refresh has begun makes no difference.
func (t *Token) SameTokens(other *Token) bool {
	if t == nil || other == nil {
		return t == other
	}
	return t.AccessToken == other.AccessToken && t.RefreshToken == other.RefreshToken && t.Issuer == other.Issuer && t.ClientID == other.ClientID
}

func (t *Token) clone() *Token {
	if t == nil {
		return nil
	}
	c := *t
	c.Scopes = slices.Clone(t.Scopes)
	return &c
}

// formatVersion is the version of the saved form. A later one is refused rather than misread.
const formatVersion = 1

type savedToken struct {
	Version      int        `json:"version"`
	Issuer       string     `json:"issuer"`
	ClientID     string     `json:"client_id"`
	AccessToken  string     `json:"access_token"`
	RefreshToken string     `json:"refresh_token,omitempty"`
	Obtained     time.Time  `json:"obtained"`
	Expiry       time.Time  `json:"expiry"`
	Scopes       []string   `json:"scopes"`
	RefreshBegan *time.Time `json:"refresh_began,omitempty"`
	Sealed       []byte     `json:"sealed,omitempty"` // all the others but the version, see EncodeSealed
}

// Encode returns the login as versioned JSON with the tokens readable: for a Store, which must keep
// it secret.
func (t *Token) Encode() ([]byte, error) {
	if t.AccessToken.IsZero() {
		return nil, usage("Encode: the login has no access token")
	}
	s := savedToken{Version: formatVersion, Issuer: t.Issuer, ClientID: t.ClientID, AccessToken: t.AccessToken.Reveal(),
		RefreshToken: t.RefreshToken.Reveal(), Obtained: t.Obtained.UTC(), Expiry: t.Expiry.UTC(), Scopes: t.Scopes}
	if !t.RefreshBegan.IsZero() {
		began := t.RefreshBegan.UTC()
		s.RefreshBegan = &began
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, usage("Encode: the login has a time that cannot be written")
	}
	return append(text, '\n'), nil
}

// errLater is why a login of a later version of this package cannot be read.
var errLater = fmt.Errorf("%w: it is of a later version than this program knows; use a newer program", ErrCorrupt)

// DecodeToken reads what Encode wrote. Anything else is ErrCorrupt, or ErrSealed if it is sealed, in
// words that hold nothing of data.
func DecodeToken(data []byte) (*Token, error) {
	s, err := readSaved(data)
	switch {
	case err != nil:
		return nil, err
	case s.Sealed != nil:
		return nil, fmt.Errorf("%w: it is sealed, and there is no Sealer here", ErrSealed)
	case !printable(s.AccessToken):
		return nil, corrupt("an access token is missing or has characters that no token has")
	case s.Obtained.IsZero() || !s.Expiry.After(s.Obtained):
		return nil, corrupt("the times make no sense")
	}
	t := &Token{AccessToken: wire.NewSecret(s.AccessToken), RefreshToken: wire.NewSecret(s.RefreshToken), Obtained: s.Obtained,
		Expiry: s.Expiry, Scopes: s.Scopes, Issuer: s.Issuer, ClientID: s.ClientID}
	if s.RefreshBegan != nil {
		t.RefreshBegan = *s.RefreshBegan
	}
	return t, nil
}

// readSaved reads the form, complete and of a version that is known.
func readSaved(data []byte) (s savedToken, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return s, corrupt("it is empty")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&s); err != nil { // the error's text could repeat a part of a token
		return s, corrupt("it is not a complete JSON object of the right form")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return s, corrupt("something follows the JSON object")
	}
	switch {
	case s.Version > formatVersion:
		return s, errLater
	case s.Version < 1:
		return s, corrupt("it has no format version")
	}
	return s, nil
}

func corrupt(why string) error { return fmt.Errorf("%w: %s", ErrCorrupt, why) }

// String returns what the login is for, without its tokens.
func (t Token) String() string {
	kept := "no refresh token"
	if !t.RefreshToken.IsZero() {
		kept = "refresh token kept"
	}
	return fmt.Sprintf("brexoauth.Token{ClientID: %q, Expiry: %s, Scopes: %q, %s}",
		t.ClientID, t.Expiry.UTC().Format(time.RFC3339), t.Scopes, kept)
}

// GoString returns String.
func (t Token) GoString() string { return t.String() }

// Format prints String for every verb.
func (t Token) Format(f fmt.State, _ rune) { show(f, t.String()) }

// LogValue returns String.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON always fails: JSON that shows the tokens must be asked for, with Encode, and JSON
// that hides them would lose the login.
func (t Token) MarshalJSON() ([]byte, error) {
	return nil, usage("a Token is not encoded as JSON by accident; use Encode")
}

// UnmarshalJSON always fails: use DecodeToken.
func (t *Token) UnmarshalJSON([]byte) error {
	return usage("a Token is not decoded from JSON by accident; use DecodeToken")
}
