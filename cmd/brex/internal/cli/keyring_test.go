package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

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
