package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
)

// silentKeyring asks its owner, who never answers, until it is closed.
type silentKeyring struct{ closed chan struct{} }

func (k silentKeyring) wait() error                     { <-k.closed; return errors.New("closed") }
func (k silentKeyring) Set(_, _, _ string) error        { return k.wait() }
func (k silentKeyring) Get(_, _ string) (string, error) { return "", k.wait() }
func (k silentKeyring) Delete(_, _ string) error        { return k.wait() }

// forgetfulKeyring takes what it does not keep, as package go-keyring does when the owner turns a question down.
type forgetfulKeyring struct{ *fakeKeyring }

func (forgetfulKeyring) Set(_, _, _ string) error { return nil }

func storeWith(t *testing.T, ring Keyring, notes *[]string) *loginStore {
	t.Helper()
	dir := t.TempDir()
	app := &App{Keyring: ring, ConfigDir: func() (string, error) { return dir, nil }}
	s, err := app.loginStore("default")
	require.NoError(t, err)
	s.note = func(format string, args ...any) { *notes = append(*notes, fmt.Sprintf(format, args...)) }
	return s
}

var someLogin = &brexoauth.Token{AccessToken: "bxt_x", Obtained: brextest.DefaultNow, Expiry: brextest.DefaultNow.Add(time.Hour)}

// A keyring that waits for a password which nobody can type must not stop the program, nor cost the login.
func TestSilentKeyring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := silentKeyring{make(chan struct{})}
		defer close(ring.closed)
		var notes []string
		s := storeWith(t, ring, &notes)
		began := time.Now()
		_, err := s.Load(t.Context())
		require.ErrorIs(t, err, errKeyringSilent)
		assert.ErrorContains(t, err, "sign in again with BREX_NO_KEYRING=1")
		assert.Equal(t, keyringPatience, time.Since(began))

		require.ErrorIs(t, s.Delete(t.Context()), errKeyringSilent)
		began = time.Now()
		require.NoError(t, s.Save(t.Context(), someLogin))
		assert.Equal(t, keyringPatience, time.Since(began), "it is asked once only")
		require.Len(t, notes, 1)
		assert.Contains(t, notes[0], "the system keyring is not used, but a file that only you can read: it has not answered for 20s")
		assert.Equal(t, s.file.Path(), s.where())
		began = time.Now()
		got, err := s.Load(t.Context())
		require.NoError(t, err)
		assert.Equal(t, someLogin.AccessToken, got.AccessToken)
		assert.Zero(t, time.Since(began), "the file counts")

		require.NoError(t, s.Delete(t.Context()))
		assert.Contains(t, notes[1], "cannot be asked whether it holds an older login")
		assert.False(t, s.inFile())
	})
}

func TestForgetfulKeyring(t *testing.T) {
	var notes []string
	s := storeWith(t, forgetfulKeyring{newKeyring()}, &notes)
	require.NoError(t, s.Save(t.Context(), someLogin))
	assert.True(t, s.inFile())
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0], "it does not keep what it is given")
	_, err := s.Load(t.Context())
	require.NoError(t, err)
}

// Many machines have a session bus and nothing on it that keeps secrets.
func TestKeyringOutOfReach(t *testing.T) {
	server := brextest.NewServer(t)
	s := machine(t, server.URL)
	ring := newKeyring()
	ring.fail = errors.New("The name org.freedesktop.secrets was not provided by any .service files")
	s.ring = ring
	s.stdin = server.Token()
	assert.Contains(t, s.run(t, "logout").fails(t, exitFailure), "there is no profile default, and whether there is a login is not known: the system keyring cannot be read")
	r := s.run(t, "login", "--token").ok(t)
	assert.Contains(t, r.err, "brex: the system keyring is not used, but a file that only you can read: The name org.freedesktop.secrets")
	assert.Contains(t, r.err, "the token is kept in "+s.config)
	s.run(t, "users", "list").ok(t)
	assert.Contains(t, s.run(t, "logout").ok(t).err, "cannot be asked whether it holds an older login")
	for name, text := range tree(t, s.config) {
		assert.Empty(t, text, name)
	}
	assert.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "no token")

	// What is in the keyring stays signed in until it can be removed.
	ring.fail = nil
	s.run(t, "login", "--token").ok(t)
	require.Len(t, ring.items, 1)
	ring.fail = errors.New("locked")
	assert.Contains(t, s.run(t, "users", "list").fails(t, exitFailure), "the system keyring cannot be read: locked")
	assert.Contains(t, s.run(t, "logout").fails(t, exitFailure), "the login cannot be removed from the system keyring: locked; unlock it and try again")
	ring.fail = nil
	s.run(t, "users", "list").ok(t)
	s.run(t, "logout").ok(t)
	assert.Empty(t, ring.items)
}

// meanwhileKeyring lets something happen while it is read.
type meanwhileKeyring struct {
	*fakeKeyring
	happens func()
}

func (k *meanwhileKeyring) Get(service, account string) (string, error) {
	text, err := k.fakeKeyring.Get(service, account)
	k.happens()
	return text, err
}

// Noting that a login was used does not bring back one that another process has ended, nor an older one.
func TestSignedOutMeanwhile(t *testing.T) {
	server := brextest.NewServer(t)
	now := brextest.DefaultNow
	s := machine(t, server.URL)
	s.now = func() time.Time { return now }
	ring := &meanwhileKeyring{newKeyring(), func() {}}
	s.ring, s.stdin = ring, server.Token()
	s.run(t, "login", "--token").ok(t)
	file := filepath.Join(s.config, "brex", "profiles", "default.json")
	lastUsed := func() string {
		t.Helper()
		return objects(t, s.run(t, "auth", "list", "-o", "json").ok(t).out)[0]["last_used_at"].(string)
	}
	assert.Equal(t, "2026-11-02T12:00:00Z", lastUsed())
	now = now.Add(2 * time.Hour)
	s.run(t, "users", "list").ok(t)
	assert.Equal(t, "2026-11-02T14:00:00Z", lastUsed())

	now = now.Add(2 * time.Hour)
	ring.happens = func() { require.NoError(t, os.Remove(file)) }
	s.run(t, "users", "list").ok(t)
	assert.NoFileExists(t, file)
	newer := []byte(`{"kind":"user token","created_at":"2026-11-02T17:00:00Z","last_used_at":"2026-11-02T17:00:00Z"}`)
	ring.happens = func() {}
	s.run(t, "login", "--token").ok(t)
	now = now.Add(2 * time.Hour)
	ring.happens = func() { require.NoError(t, os.WriteFile(file, newer, 0o600)) }
	s.run(t, "users", "list").ok(t)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(newer), string(text))
}
