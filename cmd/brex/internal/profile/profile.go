// Package profile keeps the logins of the program brex: profiles, which hold no secret, their tokens in the system keyring or in
// a file, the token that a command uses, and what signing in needs of the desktop: a browser and a prompt. It is the only
// package that reaches the keyring.
package profile

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// Default is the profile that is used unless another is named.
const Default = "default"

// Profile is what is known of a login besides its tokens. It holds no secret.
type Profile struct {
	Name         string    `json:"name"`
	Kind         string    `json:"kind"` // KindUser or KindOAuth
	BaseURL      string    `json:"base_url,omitempty"`
	Issuer       string    `json:"issuer,omitempty"`
	ClientID     string    `json:"client_id,omitempty"`
	Confidential bool      `json:"confidential,omitempty"` // the application has a secret, which BREX_CLIENT_SECRET must hold
	User         string    `json:"user,omitempty"`
	Company      string    `json:"company,omitempty"`
	CreatedAt    time.Time `json:"created_at"`
	LastUsedAt   time.Time `json:"last_used_at"`
}

// Kinds of logins.
const (
	KindUser  = "user token"
	KindOAuth = "OAuth login"
)

var profileNames = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// Logins are the logins of a user, and the surroundings of the program that uses them.
type Logins struct {
	ConfigDir func() (string, error) // the directory of the user's settings, as os.UserConfigDir; nil for none
	Keyring   Keyring                // nil for none
	Getenv    func(string) string
	Now       func() time.Time
	Note      func(format string, args ...any) // reports to the user what is not a failure

	TokenCommand    string        // --token-command: what to run for a token; empty for nothing
	KeyringPatience time.Duration // longest wait for the keyring; 0 for 20 seconds
}

// UsageError is a mistake on the command line or in the environment. Its text says what to write instead.
type UsageError string

func (e UsageError) Error() string { return string(e) }

func usagef(format string, args ...any) error { return UsageError(fmt.Sprintf(format, args...)) }

// Name returns the name of the profile that the flag --profile or BREX_PROFILE names, and whether one of them does; Default
// otherwise. A name of another form is a UsageError.
func (l *Logins) Name(flag string) (name string, named bool, err error) {
	source := "--profile"
	if name = flag; name == "" {
		name, source = l.Getenv("BREX_PROFILE"), "BREX_PROFILE"
	}
	if name == "" {
		return Default, false, nil
	}
	if !profileNames.MatchString(name) {
		return "", false, usagef("%s %q: a profile has a name of 1 to 32 small letters, digits, - and _", source, name)
	}
	return name, true, nil
}

// dir is where profiles are kept.
func (l *Logins) dir() (string, error) {
	if l.ConfigDir == nil {
		return "", errors.New("there is no directory for profiles")
	}
	dir, err := l.ConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no directory for profiles: %w", err)
	}
	return filepath.Join(dir, "brex"), nil
}

func (l *Logins) file(name string) (string, error) {
	dir, err := l.dir()
	return filepath.Join(dir, "profiles", name+".json"), err
}

// Load reads a profile; nil when there is none of that name.
func (l *Logins) Load(name string) (*Profile, error) {
	file, err := l.file(name)
	if err != nil {
		return nil, nil // no directory, no profiles
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var p Profile
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil && p.Kind != KindUser && p.Kind != KindOAuth {
		err = errors.New("it is of no kind that this version knows")
	}
	if err != nil {
		return nil, fmt.Errorf("the profile %s cannot be read from %s: %w; brex login --profile %[1]s makes it anew", name, file, err)
	}
	p.Name = name
	return &p, nil
}

// Save writes a profile, as a whole or not at all.
func (l *Logins) Save(p *Profile) (err error) {
	file, err := l.file(p.Name)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(file), ".part-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name()) // the failure that counts is the first
		}
	}()
	if _, err = part.Write(append(text, '\n')); err == nil {
		err = part.Sync()
	}
	if closeErr := part.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}

// Delete removes a profile, if there is one; its tokens are the matter of Store.
func (l *Logins) Delete(name string) error {
	file, err := l.file(name)
	if err == nil {
		err = os.Remove(file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Names lists the names of all profiles, by the alphabet.
func (l *Logins) Names() []string {
	file, err := l.file("x")
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir(filepath.Dir(file)) // no directory, no profiles
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && profileNames.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// touch notes that a profile was used, once an hour: Brex ends what is not used for long.
func (l *Logins) touch(p *Profile) {
	now := l.Now()
	if now.Sub(p.LastUsedAt) < time.Hour {
		return
	}
	p.LastUsedAt = now.UTC()
	// Another process may have signed in or out while the keyring asked for its password.
	if present, err := l.Load(p.Name); err == nil && present != nil && present.CreatedAt.Equal(p.CreatedAt) {
		_ = l.Save(p) // a note only; the command goes on
	}
}

// Application returns the OAuth application that a profile signs in with. Its secret, if it has one, is in
// BREX_CLIENT_SECRET. Wrong settings are a UsageError.
func (l *Logins) Application(p *Profile, scopes []string, redirect string) (*brexoauth.Client, error) {
	if p.Issuer != "" {
		if err := checkHost("--issuer", p.Issuer, issuerHosts); err != nil {
			return nil, err
		}
	}
	issuer, err := p.issuer()
	if err != nil {
		return nil, err
	}
	cfg := brexoauth.Config{ClientID: p.ClientID, Issuer: issuer, Scopes: scopes, RedirectURL: redirect, Clock: l.Now}
	if p.Confidential { // else the secret is for the application of another profile
		if cfg.ClientSecret = brex.NewSecret(l.Getenv("BREX_CLIENT_SECRET")); cfg.ClientSecret.IsZero() {
			return nil, usagef("the profile %s signs in with an application that has a secret: set BREX_CLIENT_SECRET", p.Name)
		}
	}
	c, err := brexoauth.New(cfg)
	if err != nil {
		return nil, OAuthError(err)
	}
	return c, nil
}

// issuer is the issuer of a profile: the one it names, or else that of the environment of its API.
func (p *Profile) issuer() (string, error) {
	api, brexs := staging(p.BaseURL)
	if p.Issuer == "" {
		if api {
			return brexoauth.StagingIssuer, nil
		}
		return "", nil
	}
	if issuer, own := staging(p.Issuer); own && (brexs || p.BaseURL == "") && issuer != api {
		return "", usagef("--issuer: %s and %s do not belong together: one is Brex's staging, the other is not", p.Issuer, cmp.Or(p.BaseURL, brex.DefaultBaseURL))
	}
	return p.Issuer, nil
}

// OAuthError puts a wrong setting of package brexoauth into the words of the command line, as a UsageError; other errors stay
// as they are.
func OAuthError(err error) error {
	if !errors.Is(err, brexoauth.ErrUsage) {
		return err
	}
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), brexoauth.ErrUsage.Error()+": "), "Login: ")
	return UsageError(strings.NewReplacer("Config.ClientID", "--client-id", "Config.Issuer", "--issuer", "Config.RedirectURL", "--redirect-url",
		"Config.Scopes", "--scopes").Replace(text))
}
