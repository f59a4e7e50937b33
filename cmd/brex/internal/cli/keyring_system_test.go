//go:build keyring

package cli

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// These tests keep logins in GNOME's keyring, on a bus of their own: make keyring. They need the Debian packages dbus-daemon
// and gnome-keyring, and fail without them.

var loginToken = []string{"login", "--token"}

func TestSystemKeyringKeepsLogins(t *testing.T) {
	large := "bxt_" + strings.Repeat("0123456789abcdef", (maxToken-4)/16)
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken(large, "users.readonly", "companies.readonly"))
	token := server.Token()
	d := bus(t)
	end := d.keyring()
	brex := d.brex(server.URL)
	r := brex.start(t, token+"\n", loginToken...).wait().ok(t)
	assert.Contains(t, r.err, "the token is kept in the system keyring, as the profile default")
	unlocked, _ := d.items("default")
	assert.Len(t, unlocked, 1)
	d.keptIn(token)

	for range 2 {
		assert.Contains(t, brex.run(t, "auth", "status").ok(t).out, "KEPT IN                  the system keyring")
		assert.Contains(t, brex.run(t, "users", "list").ok(t).out, "maya.park@halcyon.example")
		end() // as when the user logs out of the desktop, and in again
		end = d.keyring()
	}

	// What a person can paste, it takes.
	brex.start(t, large, append(loginToken, "--profile", "large")...).wait().ok(t)
	unlocked, _ = d.items("large")
	assert.Len(t, unlocked, 1)
	brex.run(t, "users", "list", "--profile", "large").ok(t)
	d.keptIn(large)

	brex.run(t, "logout").ok(t)
	unlocked, locked := d.items("default")
	assert.Empty(t, append(unlocked, locked...))
	assert.Contains(t, brex.run(t, "users", "list").fails(t, exitUsage), "no token")
	brex.run(t, "users", "list", "--profile", "large").ok(t)
	end()
}

func TestSystemKeyringLocked(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	d := bus(t)
	end := d.keyring()
	brex := d.brex(server.URL)
	brex.start(t, server.Token(), loginToken...).wait().ok(t)
	d.lock()

	// Nobody can be asked for the password.
	assert.Contains(t, brex.run(t, "users", "list").fails(t, exitFailure), "the system keyring cannot be read")
	assert.Contains(t, brex.run(t, "logout").fails(t, exitFailure), "the login cannot be removed from the system keyring")
	_, locked := d.items("default")
	assert.Len(t, locked, 1)

	// A login goes into a file then, which counts also when the keyring has an older one.
	for _, name := range []string{"default", "other"} {
		named := []string{"--profile", name}
		r := brex.start(t, server.Token(), append(loginToken, named...)...).wait().ok(t)
		file := filepath.Join(d.home, "brex", "logins", name+".json")
		assert.Contains(t, r.err, "brex: the system keyring is not used, but a file that only you can read: ")
		assert.Contains(t, r.err, "the token is kept in "+file)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode())
		brex.run(t, append(named, "users", "list")...).ok(t)
	}
	assert.Contains(t, brex.run(t, "logout", "--profile", "other").ok(t).err, "cannot be asked whether it holds an older login")
	d.keptIn(server.Token(), "brex/logins/default.json")

	end()
	end = d.keyring()
	brex.run(t, "users", "list").ok(t)
	brex.run(t, "logout").ok(t)
	unlocked, locked := d.items("default")
	assert.Empty(t, append(unlocked, locked...), "the older one is removed, too")
	d.keptIn(server.Token())
	end()
}

func TestSystemKeyringAbsent(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	d := bus(t)
	brex := d.brex(server.URL)
	r := brex.start(t, server.Token(), loginToken...).wait().ok(t)
	assert.Contains(t, r.err, "brex: the system keyring is not used, but a file that only you can read: The name org.freedesktop.secrets was not provided")
	brex.run(t, "users", "list").ok(t)
	brex.run(t, "logout").ok(t)
	assert.Contains(t, brex.run(t, "logout").fails(t, exitFailure), "there is no profile default")
	d.keptIn(server.Token())
}

// A question that nobody answers keeps nobody waiting.
func TestSystemKeyringSilent(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	d := bus(t)
	d.keyring()
	brex := d.brex(server.URL)
	brex.start(t, server.Token(), loginToken...).wait().ok(t)
	p := d.prompter()
	d.lock()

	r := brex.start(t, "", "users", "list")
	<-p.asked
	require.NoError(t, r.cmd.Process.Signal(os.Interrupt))
	assert.Equal(t, exitInterrupted, r.wait().code)

	t.Setenv("DBUS_SESSION_BUS_ADDRESS", d.address) // for this process
	var notes []string
	logins := &profile.Logins{ConfigDir: func() (string, error) { return t.TempDir(), nil }, Keyring: profile.SystemKeyring(), KeyringPatience: 100 * time.Millisecond,
		Note: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }}
	s, err := logins.Store(profile.Default)
	require.NoError(t, err)
	someLogin := &brexoauth.Token{AccessToken: wire.NewSecret("bxt_x"), Obtained: brextest.DefaultNow, Expiry: brextest.DefaultNow.Add(time.Hour)}
	_, err = s.Load(t.Context())
	require.ErrorIs(t, err, profile.ErrKeyringSilent)
	require.NoError(t, s.Save(t.Context(), someLogin))
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0], "is it waiting to be unlocked?")
	got, err := s.Load(t.Context())
	require.NoError(t, err)
	assert.Equal(t, someLogin.AccessToken, got.AccessToken)
}

func TestSystemKeyringGoesAway(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	d := bus(t)
	d.keyring()
	brex := d.brex(server.URL)
	brex.start(t, server.Token(), loginToken...).wait().ok(t)
	p := d.prompter()
	d.lock()
	r := brex.start(t, "", "users", "list")
	<-p.asked
	close(d.over)
	assert.Contains(t, r.wait().fails(t, exitFailure), "the system keyring cannot be read: it has gone away")
}

// An OAuth login is renewed in the keyring.
func TestSystemKeyringRenews(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithOAuthClient("cli", "", "http://127.0.0.1/callback"))
	d := bus(t)
	d.keyring()
	brex := d.brex(server.URL)
	r := brex.start(t, "", "login", "--no-browser", "--client-id", "cli", "--issuer", server.URL+brextest.IssuerPath)
	_, address, _ := strings.Cut(r.line(t), ": http")
	resp, err := http.Get("http" + address) // the customer agrees at once
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Contains(t, r.wait().ok(t).err, "kept in the system keyring")
	d.expire("default")
	for range 2 {
		brex.run(t, "users", "list").ok(t)
		assert.Equal(t, 1, server.OAuthStats().Refreshes, "renewed once, and the new login kept")
	}
	d.expire("default")
	var together []*running
	for range 5 {
		together = append(together, brex.start(t, "", "users", "list"))
	}
	for _, r := range together {
		r.wait().ok(t)
	}
	assert.Equal(t, 2, server.OAuthStats().Refreshes, "once for all, with the refresh token of the first renewal")
	assert.Len(t, tree(t, filepath.Join(d.home, "brex")), 2, "the lock and the profile")
	brex.run(t, "logout").ok(t)
	assert.Positive(t, server.OAuthStats().Revocations)
}
