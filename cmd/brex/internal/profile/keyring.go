package profile

import (
	"cmp"
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
	Get(service, account string) (string, error) // ErrNoSecret when there is none
	Delete(service, account string) error        // likewise
}

// ErrNoSecret reports that a Keyring has no such secret.
var ErrNoSecret = keyring.ErrNotFound

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

// SystemKeyring returns the keyring of the desktop, nil where there is none: on a server without a session, above all, or with
// BREX_NO_KEYRING set. It is reached over a session bus that runs and belongs to this user, and over no other; no bus is started.
func SystemKeyring() Keyring {
	if os.Getenv("BREX_NO_KEYRING") != "" {
		return nil
	}
	switch runtime.GOOS {
	case "darwin", "windows":
		return systemKeyring{}
	}
	bus := sessionBus()
	if bus == "" || os.Setenv(busVariable, bus) != nil { // go-keyring would look elsewhere, and start one in the end
		return nil
	}
	return systemKeyring{}
}

// busVariable is where programs look for the session bus.
const busVariable = "DBUS_SESSION_BUS_ADDRESS"

// KeyringService is the name that the keyring's own programs show.
const KeyringService = "brex-cli"

// keyringPatience is how long the keyring may take. Its owner may have to type a password; where nobody sees the question, or
// nothing asks it, the program must not wait for ever. It is less than a refresh leaves for storing its result.
const keyringPatience = 20 * time.Second

// ErrKeyringSilent is the error for a keyring that does not respond.
var ErrKeyringSilent = fmt.Errorf("it has not responded for %v; is it waiting to be unlocked?", keyringPatience)

// errKeyringGone is a keyring that ends while it is asked.
var errKeyringGone = errors.New("it has gone away")

// errNotKept is a keyring that takes a secret and then does not have it, as when its owner turns its question down.
var errNotKept = errors.New("it does not keep what it is given")

// Store keeps a login in the keyring, or in a file of mode 0600 where there is no keyring or it refuses (Windows takes
// 2,560 bytes). Once there is a file, the file counts: so it is never open which of the two is the newer.
type Store struct {
	file     *brexoauth.FileStore
	ring     Keyring // nil for none
	account  string
	patience time.Duration
	note     func(format string, args ...any)
}

// Store returns the place of a profile's tokens.
func (l *Logins) Store(profile string) (*Store, error) {
	dir, err := l.dir()
	if err != nil {
		return nil, err
	}
	file, err := brexoauth.NewFileStore(filepath.Join(dir, "logins", profile+".json"))
	if err != nil {
		return nil, err
	}
	return &Store{file: file, ring: l.Keyring, account: profile, patience: cmp.Or(l.KeyringPatience, keyringPatience), note: l.Note}, nil
}

// InFile reports whether the login is in the file, which then counts.
func (s *Store) InFile() bool {
	_, err := os.Stat(s.file.Path())
	return err == nil
}

// Where says, in words, where the login is kept.
func (s *Store) Where() string {
	if s.ring == nil || s.InFile() {
		return s.file.Path()
	}
	return "the system keyring"
}

// Load implements brexoauth.Store.
func (s *Store) Load(ctx context.Context) (*brexoauth.Token, error) {
	t, err := s.file.Load(ctx)
	if !errors.Is(err, brexoauth.ErrNoLogin) || s.ring == nil {
		return t, err
	}
	text, err := s.get(ctx)
	switch {
	case errors.Is(err, ErrNoSecret):
		return s.file.Load(ctx) // somebody may just have moved it there
	case err != nil:
		return nil, fmt.Errorf("the system keyring cannot be read: %w; unlock it, or sign in again with BREX_NO_KEYRING=1", err)
	}
	return brexoauth.DecodeToken([]byte(text))
}

// Save implements brexoauth.Store.
func (s *Store) Save(ctx context.Context, t *brexoauth.Token) error {
	if s.ring == nil || s.InFile() || t == nil {
		return s.file.Save(ctx, t) // which refuses nil
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
	if !errors.Is(refused, ErrKeyringSilent) {
		_ = s.remove(ctx) // the file counts from now on
	}
	return nil
}

// Delete implements brexoauth.Store.
func (s *Store) Delete(ctx context.Context) error {
	counted := s.InFile()
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
func (s *Store) Lock(ctx context.Context) (func() error, error) { return s.file.Lock(ctx) }

// get reads the secret.
func (s *Store) get(ctx context.Context) (string, error) {
	var text string
	if err := s.ask(ctx, func() (err error) { text, err = s.ring.Get(KeyringService, s.account); return err }); err != nil {
		return "", err // text may still be written to
	}
	return text, nil
}

// set stores the secret and looks whether it is there: a refresh token that is lost here ends the login.
func (s *Store) set(ctx context.Context, text string) error {
	err := s.ask(ctx, func() error { return s.ring.Set(KeyringService, s.account, text) })
	if err != nil {
		return err
	}
	if kept, err := s.get(ctx); err != nil || kept != text {
		return errors.Join(errNotKept, err)
	}
	return nil
}

// remove removes the secret, if there is one.
func (s *Store) remove(ctx context.Context) error {
	err := s.ask(ctx, func() error { return s.ring.Delete(KeyringService, s.account) })
	if errors.Is(err, ErrNoSecret) {
		return nil
	}
	return err
}

// ask waits for the keyring until its time is up.
func (s *Store) ask(ctx context.Context, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.patience, ErrKeyringSilent)
	defer cancel()
	return Patiently(ctx, func() (err error) {
		defer func() { // go-keyring 0.2.8 panics when the bus ends while the owner is asked
			if p := recover(); p != nil {
				err = errKeyringGone
			}
		}()
		return f()
	})
}

// Patiently runs what cannot be stopped, and leaves it behind when ctx ends: the program ends too, or can do without.
func Patiently(ctx context.Context, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
