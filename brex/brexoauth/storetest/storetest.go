// Package storetest checks that a [brexoauth.Store] keeps its contract.
//
//	func TestMain(m *testing.M) {
//		storetest.Main(func(at string) (brexoauth.Store, error) { return mystore.Open(at) })
//		os.Exit(m.Run())
//	}
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) storetest.Place {
//			at := t.TempDir()
//			return storetest.Place{At: at, Open: func() (brexoauth.Store, error) { return mystore.Open(at) }}
//		})
//	}
//
// A process can be killed here, a machine cannot: whether a login survives a loss of power is for
// the implementation's own tests.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/wire"
)

// Place is where one login is kept, empty at first.
type Place struct {
	// Open opens a store of the place. All stores of a place share its login and its lock.
	Open func() (brexoauth.Store, error)
	// At is what Main's open needs to find the place from another process: a path or a connection
	// string. It is empty for a store that ends with its process; other processes are not tried then.
	At string
}

// patience is for what must happen. Nothing waits that long unless the store is broken.
var patience = time.Minute

// Run runs the checks as subtests, each in a place of its own.
func Run(t *testing.T, place func(t *testing.T) Place) {
	for _, check := range []struct {
		name string
		run  func(*testing.T, Place)
	}{
		{"NoLogin", noLogin}, {"Saved", saved}, {"Copies", copies}, {"Whole", whole}, {"Lock", lock},
		{"Unlock", unlockTwice}, {"Ended", ended}, {"Printed", hidden}, {"Fence", fence},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, place(t)) })
	}
	for _, check := range []struct {
		name string
		run  func(*testing.T, Place)
	}{
		{"ProcessExcluded", processExcluded}, {"ProcessKilled", processKilled},
		{"ProcessKilledSaving", processKilledSaving},
	} {
		t.Run(check.name, func(t *testing.T) {
			p := place(t)
			if p.At == "" {
				t.Skip("the store ends with its process")
			}
			check.run(t, p)
		})
	}
}

func (p Place) open(t *testing.T) brexoauth.Store {
	t.Helper()
	s, err := p.Open()
	require.NoError(t, err)
	return s
}

// login is the nth login of the tests. Its tokens are found by marked.
func login(n int) *brexoauth.Token {
	at := time.Date(2026, 11, 2, 12, 0, 0, n, time.UTC)
	t := &brexoauth.Token{AccessToken: wire.NewSecret(fmt.Sprintf("s3cret-access-%d", n)),
		RefreshToken: wire.NewSecret(fmt.Sprintf("s3cret-refresh-%d", n)),
		Obtained:     at, Expiry: at.Add(time.Hour), Issuer: brexoauth.DefaultIssuer, ClientID: "app"}
	if n%2 == 0 {
		t.RefreshBegan = at
	}
	for i := range 50 * (n % 3) { // logins of several lengths, so that a mixture of two is noticed
		t.Scopes = append(t.Scopes, fmt.Sprintf("scope-%d.%d", n, i))
	}
	return t
}

const marked = "s3cret-"

func number(t *brexoauth.Token) (n int) {
	_, _ = fmt.Sscanf(t.AccessToken.Reveal(), marked+"access-%d", &n)
	return n
}

// same compares logins by all that is kept of them.
func same(t *testing.T, want, got *brexoauth.Token) {
	t.Helper()
	require.NotNil(t, got)
	wanted, err := want.Encode()
	require.NoError(t, err)
	have, err := got.Encode()
	require.NoError(t, err, "the login that was loaded is not whole")
	require.Equal(t, string(wanted), string(have))
}

func save(t *testing.T, s brexoauth.Store, login *brexoauth.Token) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, brexoauth.StoreLogin(ctx, s, login))
}

func load(t *testing.T, s brexoauth.Store) *brexoauth.Token {
	t.Helper()
	got, err := s.Load(t.Context())
	require.NoError(t, err)
	return got
}

func acquire(t *testing.T, s brexoauth.Store) (unlock func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	unlock, err := s.Lock(ctx)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unlock() }) // so that a test that fails can end
	return unlock
}

// refused asserts that the lock is held by another.
func refused(t *testing.T, s brexoauth.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	unlock, err := s.Lock(ctx)
	if err == nil {
		_ = unlock() // so that the test can end
	}
	require.ErrorIs(t, err, brexoauth.ErrLocked)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the error says why the context ended")
}

// printed is what fmt, log/slog and encoding/json print of v, and of every error that v wraps.
func printed(v any) string {
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		fmt.Fprintf(&b, verb+"\n", v)
		fmt.Fprintf(&b, verb+"\n", []any{v})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(h).Info("m", "v", v)
	}
	if text, err := json.Marshal(v); err == nil {
		b.Write(text)
	}
	text := b.String() + readable(b.String()+fmt.Sprintf("%x", v))
	if err, ok := v.(error); ok {
		if inner := errors.Unwrap(err); inner != nil {
			text += printed(inner)
		}
	}
	return text
}

// readable returns the mark if a string holds it in base 16, or as the numbers of its bytes.
func readable(text string) string {
	numbers := strings.Trim(fmt.Sprint([]byte(marked)), "[]")
	if strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", marked)) || strings.Contains(text, numbers) {
		return marked
	}
	return ""
}
