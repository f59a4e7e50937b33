package cli

import (
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

// defaultProfile is the profile that is used unless another is named.
const defaultProfile = "default"

// profile is what is known of a login besides its tokens. It holds no secret.
type profile struct {
	Name         string    `json:"name"`
	Kind         string    `json:"kind"` // kindUser or kindOAuth
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
	kindUser  = "user token"
	kindOAuth = "OAuth login"
)

var profileNames = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// profileName is the profile that the flag or the environment names, and whether one of them does.
func (a *App) profileName() (name string, named bool, err error) {
	source := "--profile"
	if name = a.flags.profile; name == "" {
		name, source = a.Getenv("BREX_PROFILE"), "BREX_PROFILE"
	}
	if name == "" {
		return defaultProfile, false, nil
	}
	if !profileNames.MatchString(name) {
		return "", false, usagef("%s %q: a profile has a name of 1 to 32 small letters, digits, - and _", source, name)
	}
	return name, true, nil
}

// configDir is where profiles are kept.
func (a *App) configDir() (string, error) {
	if a.ConfigDir == nil {
		return "", errors.New("there is no directory for profiles")
	}
	dir, err := a.ConfigDir()
	if err != nil {
		return "", fmt.Errorf("there is no directory for profiles: %w", err)
	}
	return filepath.Join(dir, "brex"), nil
}

func (a *App) profileFile(name string) (string, error) {
	dir, err := a.configDir()
	return filepath.Join(dir, "profiles", name+".json"), err
}

// loadProfile reads a profile; nil when there is none of that name.
func (a *App) loadProfile(name string) (*profile, error) {
	file, err := a.profileFile(name)
	if err != nil {
		return nil, nil // no directory, no profiles
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var p profile
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err == nil && p.Kind != kindUser && p.Kind != kindOAuth {
		err = errors.New("it is of no kind that this version knows")
	}
	if err != nil {
		return nil, fmt.Errorf("the profile %s cannot be read from %s: %w; brex login --profile %[1]s makes it anew", name, file, err)
	}
	p.Name = name
	return &p, nil
}

// saveProfile writes a profile, as a whole or not at all.
func (a *App) saveProfile(p *profile) (err error) {
	file, err := a.profileFile(p.Name)
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

func (a *App) deleteProfile(name string) error {
	file, err := a.profileFile(name)
	if err == nil {
		err = os.Remove(file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// profiles lists the names of all profiles, by the alphabet.
func (a *App) profiles() []string {
	file, err := a.profileFile("x")
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
func (a *App) touch(p *profile) {
	now := a.Now()
	if now.Sub(p.LastUsedAt) < time.Hour {
		return
	}
	p.LastUsedAt = now.UTC()
	// Another process may have signed in or out while the keyring asked for its password.
	if present, err := a.loadProfile(p.Name); err == nil && present != nil && present.CreatedAt.Equal(p.CreatedAt) {
		_ = a.saveProfile(p) // a note only; the command goes on
	}
}

// oauthClient is the application that a profile signs in with.
func (a *App) oauthClient(p *profile, scopes []string, redirect string) (*brexoauth.Client, error) {
	if p.Issuer != "" {
		if err := checkHost("--issuer", p.Issuer, issuerHosts); err != nil {
			return nil, err
		}
	}
	cfg := brexoauth.Config{ClientID: p.ClientID, Issuer: p.Issuer, Scopes: scopes, RedirectURL: redirect, Clock: a.Now}
	if p.Confidential { // else the secret is for the application of another profile
		if cfg.ClientSecret = brex.Secret(a.Getenv("BREX_CLIENT_SECRET")); cfg.ClientSecret == "" {
			return nil, usagef("the profile %s signs in with an application that has a secret: set BREX_CLIENT_SECRET", p.Name)
		}
	}
	c, err := brexoauth.New(cfg)
	if err != nil {
		return nil, oauthUsage(err)
	}
	return c, nil
}

// oauthUsage puts a wrong setting of package brexoauth into the words of the command line.
func oauthUsage(err error) error {
	if !errors.Is(err, brexoauth.ErrUsage) {
		return err
	}
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), brexoauth.ErrUsage.Error()+": "), "Login: ")
	return usageError{strings.NewReplacer("Config.ClientID", "--client-id", "Config.Issuer", "--issuer", "Config.RedirectURL", "--redirect-url",
		"Config.Scopes", "--scopes").Replace(text)}
}
