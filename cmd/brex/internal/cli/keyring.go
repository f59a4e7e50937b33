package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

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

// keyringPatience is how long the keyring may take. Its owner may have to type a password; where nobody sees the question, or
// nothing asks it, the program must not wait for ever. It is less than a refresh leaves for storing its result.
const keyringPatience = 20 * time.Second

// errKeyringSilent is a keyring that does not answer.
var errKeyringSilent = fmt.Errorf("it has not answered for %v; is it waiting to be unlocked?", keyringPatience)

// errKeyringGone is a keyring that ends while it is asked.
var errKeyringGone = errors.New("it has gone away")

// errNotKept is a keyring that takes a secret and then does not have it, as when its owner turns its question down.
var errNotKept = errors.New("it does not keep what it is given")

// loginStore keeps a login in the keyring, or in a file of mode 0600 where there is no keyring or it refuses (Windows takes
// 2,560 bytes). Once there is a file, the file counts: so it is never open which of the two is the newer.
type loginStore struct {
	file     *brexoauth.FileStore
	ring     Keyring // nil for none
	account  string
	patience time.Duration
	note     func(format string, args ...any)
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
	return &loginStore{file: file, ring: a.Keyring, account: profile, patience: keyringPatience, note: a.note}, nil
}

// inFile says whether the login is in the file, which then counts.
func (s *loginStore) inFile() bool {
	_, err := os.Stat(s.file.Path())
	return err == nil
}

// where says where the login is kept.
func (s *loginStore) where() string {
	if s.ring == nil || s.inFile() {
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
	text, err := s.get(ctx)
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
	if s.ring == nil || s.inFile() {
		return s.file.Save(ctx, t)
	}
	text, err := t.Encode()
	if err != nil {
		return err
	}
	refused := s.set(ctx, string(text))
	if refused == nil {
		return nil
	}
	if err := s.file.Save(ctx, t); err != nil {
		return err
	}
	s.note("the system keyring is not used, but a file that only you can read: %v", refused)
	if !errors.Is(refused, errKeyringSilent) {
		_ = s.remove(ctx) // the file counts from now on
	}
	return nil
}

// Delete implements brexoauth.Store.
func (s *loginStore) Delete(ctx context.Context) error {
	counted := s.inFile()
	if err := s.file.Delete(ctx); err != nil || s.ring == nil {
		return err
	}
	err := s.remove(ctx)
	switch {
	case err == nil:
		return nil
	case counted: // the keyring had refused it, or was not there when it was stored, and may never be
		s.note("the system keyring cannot be asked whether it holds an older login: %v", err)
		return nil
	}
	return fmt.Errorf("the login cannot be removed from the system keyring: %w; unlock it and try again", err)
}

// Lock implements brexoauth.Store.
func (s *loginStore) Lock(ctx context.Context) (func() error, error) { return s.file.Lock(ctx) }

// get reads the secret.
func (s *loginStore) get(ctx context.Context) (string, error) {
	var text string
	if err := s.ask(ctx, func() (err error) { text, err = s.ring.Get(keyringService, s.account); return err }); err != nil {
		return "", err // text may still be written to
	}
	return text, nil
}

// set stores the secret and looks whether it is there: a refresh token that is lost here ends the login.
func (s *loginStore) set(ctx context.Context, text string) error {
	err := s.ask(ctx, func() error { return s.ring.Set(keyringService, s.account, text) })
	if err != nil {
		return err
	}
	if kept, err := s.get(ctx); err != nil || kept != text {
		return errors.Join(errNotKept, err)
	}
	return nil
}

// remove removes the secret, if there is one.
func (s *loginStore) remove(ctx context.Context) error {
	err := s.ask(ctx, func() error { return s.ring.Delete(keyringService, s.account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// ask waits for the keyring until its time is up.
func (s *loginStore) ask(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.patience, errKeyringSilent)
	defer cancel()
	return patiently(ctx, func() (err error) {
		defer func() { // go-keyring 0.2.8 panics when the bus ends while the owner is asked
			if p := recover(); p != nil {
				err = errKeyringGone
			}
		}()
		return f()
	})
}

// patiently runs what cannot be stopped, and leaves it behind when ctx ends: the program ends too, or can do without.
func patiently(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
