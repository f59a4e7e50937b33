package profile

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/wire"
)

// silentKeyring asks its owner, who never answers, until it is closed.
type silentKeyring struct{ closed chan struct{} }

func (k silentKeyring) wait() error                     { <-k.closed; return errors.New("closed") }
func (k silentKeyring) Set(_, _, _ string) error        { return k.wait() }
func (k silentKeyring) Get(_, _ string) (string, error) { return "", k.wait() }
func (k silentKeyring) Delete(_, _ string) error        { return k.wait() }

// forgetfulKeyring takes what it does not keep, as package go-keyring does when the owner turns a question down.
type forgetfulKeyring struct{}

func (forgetfulKeyring) Set(_, _, _ string) error        { return nil }
func (forgetfulKeyring) Get(_, _ string) (string, error) { return "", ErrNoSecret }
func (forgetfulKeyring) Delete(_, _ string) error        { return ErrNoSecret }

func storeWith(t *testing.T, ring Keyring, notes *[]string) *Store {
	t.Helper()
	dir := t.TempDir()
	l := &Logins{Keyring: ring, ConfigDir: func() (string, error) { return dir, nil },
		Note: func(format string, args ...any) { *notes = append(*notes, fmt.Sprintf(format, args...)) }}
	s, err := l.Store(Default)
	require.NoError(t, err)
	return s
}

var (
	someTime  = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	someLogin = &brexoauth.Token{AccessToken: wire.NewSecret("bxt_x"), Obtained: someTime, Expiry: someTime.Add(time.Hour)}
)

// memoryKeyring keeps secrets in this process.
type memoryKeyring struct{ secrets sync.Map }

func (k *memoryKeyring) Set(_, account, secret string) error {
	k.secrets.Store(account, secret)
	return nil
}

func (k *memoryKeyring) Get(_, account string) (string, error) {
	if secret, ok := k.secrets.Load(account); ok {
		return secret.(string), nil
	}
	return "", ErrNoSecret
}

func (k *memoryKeyring) Delete(_, account string) error {
	if _, ok := k.secrets.LoadAndDelete(account); !ok {
		return ErrNoSecret
	}
	return nil
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		var notes []string
		s := storeWith(t, &memoryKeyring{}, &notes)
		return storetest.Place{Open: func() (brexoauth.Store, error) { return s, nil }}
	})
}

// A keyring that waits for a password which nobody can type must not stop the program, nor cost the login.
func TestSilentKeyring(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ring := silentKeyring{make(chan struct{})}
		defer close(ring.closed)
		var notes []string
		s := storeWith(t, ring, &notes)
		began := time.Now()
		_, err := s.Load(t.Context())
		require.ErrorIs(t, err, ErrKeyringSilent)
		assert.ErrorContains(t, err, "sign in again with BREX_NO_KEYRING=1")
		assert.Equal(t, keyringPatience, time.Since(began))

		require.ErrorIs(t, s.Delete(t.Context()), ErrKeyringSilent)
		began = time.Now()
		require.NoError(t, s.Save(t.Context(), someLogin))
		assert.Equal(t, keyringPatience, time.Since(began), "it is asked once only")
		require.Len(t, notes, 1)
		assert.Contains(t, notes[0], "the system keyring is not used, but a file that only you can read: it has not responded for 20s")
		assert.Equal(t, s.file.Path(), s.Where())
		began = time.Now()
		got, err := s.Load(t.Context())
		require.NoError(t, err)
		assert.Equal(t, someLogin.AccessToken, got.AccessToken)
		assert.Zero(t, time.Since(began), "the file counts")

		require.NoError(t, s.Delete(t.Context()))
		assert.Contains(t, notes[1], "cannot be asked whether it holds an older login")
		assert.False(t, s.InFile())
	})
}

func TestForgetfulKeyring(t *testing.T) {
	var notes []string
	s := storeWith(t, forgetfulKeyring{}, &notes)
	require.NoError(t, s.Save(t.Context(), someLogin))
	assert.True(t, s.InFile())
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0], "it does not keep what it is given")
	_, err := s.Load(t.Context())
	require.NoError(t, err)
}
