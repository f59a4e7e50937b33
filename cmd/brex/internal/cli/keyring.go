package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/zalando/go-keyring"

	"github.com/brex-go/sdk/brex/brexoauth"
)

// Keyring keeps secrets: the system's, or one of a test.
type Keyring interface {
	Set(service, account, secret string) error
	Get(service, account string) (string, error) // keyring.ErrNotFound when there is none
	Delete(service, account string) error        // likewise
}

// systemKeyring is the keyring of the desktop: Keychain, Credential Manager, or the Secret Service of GNOME and KDE. Package
// go-keyring reaches all three without cgo.
type systemKeyring struct{}

func (systemKeyring) Set(service, account, secret string) error {
	return keyring.Set(service, account, secret)
}
func (systemKeyring) Get(service, account string) (string, error) {
	return keyring.Get(service, account)
}
func (systemKeyring) Delete(service, account string) error { return keyring.Delete(service, account) }

// findKeyring is the system's keyring, nil where there is none: on a server without a session, above all.
func findKeyring() Keyring {
	if os.Getenv("BREX_NO_KEYRING") != "" {
		return nil
	}
	switch runtime.GOOS {
	case "darwin", "windows":
		return systemKeyring{}
	}
	// Without a session bus, asking would start one that nobody unlocks.
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return systemKeyring{}
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "bus")); err == nil {
			return systemKeyring{}
		}
	}
	return nil
}

// keyringService is the name that the keyring's own programs show.
const keyringService = "brex-cli"

// loginStore keeps a login in the keyring, or in a file of mode 0600 where there is no keyring or it refuses (Windows takes
// 2,560 bytes). Once there is a file, the file counts: so it is never open which of the two is the newer.
type loginStore struct {
	file    *brexoauth.FileStore
	ring    Keyring // nil for none
	account string
}

func (a *App) loginStore(profile string) (*loginStore, error) {
	dir, err := a.configDir()
	if err != nil {
		return nil, err
	}
	file, err := brexoauth.NewFileStore(filepath.Join(dir, "logins", profile+".json"))
	if err != nil {
		return nil, err
	}
	return &loginStore{file: file, ring: a.Keyring, account: profile}, nil
}

// where says where the login is kept.
func (s *loginStore) where() string {
	if _, err := os.Stat(s.file.Path()); err == nil || s.ring == nil {
		return s.file.Path()
	}
	return "the system keyring"
}

// Load implements brexoauth.Store.
func (s *loginStore) Load(ctx context.Context) (*brexoauth.Token, error) {
	t, err := s.file.Load(ctx)
	if !errors.Is(err, brexoauth.ErrNoLogin) || s.ring == nil {
		return t, err
	}
	var text string
	err = patiently(ctx, func() (err error) { text, err = s.ring.Get(keyringService, s.account); return err })
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return s.file.Load(ctx) // somebody may just have moved it there
	case err != nil:
		return nil, fmt.Errorf("the system keyring cannot be read: %w; unlock it, or sign in again with BREX_NO_KEYRING=1", err)
	}
	return brexoauth.DecodeToken([]byte(text))
}

// Save implements brexoauth.Store.
func (s *loginStore) Save(ctx context.Context, t *brexoauth.Token) error {
	_, err := os.Stat(s.file.Path())
	if s.ring == nil || err == nil {
		return s.file.Save(ctx, t)
	}
	text, err := t.Encode()
	if err != nil {
		return err
	}
	if patiently(ctx, func() error { return s.ring.Set(keyringService, s.account, string(text)) }) == nil {
		return nil
	}
	if err := s.file.Save(ctx, t); err != nil {
		return err
	}
	_ = s.ring.Delete(keyringService, s.account) // the file counts from now on
	return nil
}

// Delete implements brexoauth.Store.
func (s *loginStore) Delete(ctx context.Context) error {
	var err error
	if s.ring != nil {
		err = patiently(ctx, func() error { return s.ring.Delete(keyringService, s.account) })
		if errors.Is(err, keyring.ErrNotFound) {
			err = nil
		}
	}
	return errors.Join(s.file.Delete(ctx), err)
}

// Lock implements brexoauth.Store.
func (s *loginStore) Lock(ctx context.Context) (func() error, error) { return s.file.Lock(ctx) }

// patiently waits for a keyring, which may ask its owner for a password, until ctx ends.
func patiently(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
