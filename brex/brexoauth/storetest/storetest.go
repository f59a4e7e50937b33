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
	"sync"
	"sync/atomic"
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
		{"NoLogin", noLogin}, {"Saved", saved}, {"Copies", copies}, {"Whole", whole}, {"Lock", lock}, {"Unlock", unlockTwice},
		{"Ended", ended}, {"Printed", hidden},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, place(t)) })
	}
	for _, check := range []struct {
		name string
		run  func(*testing.T, Place)
	}{{"ProcessExcluded", processExcluded}, {"ProcessKilled", processKilled}, {"ProcessKilledSaving", processKilledSaving}} {
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
	t := &brexoauth.Token{AccessToken: wire.NewSecret(fmt.Sprintf("s3cret-access-%d", n)), Obtained: at, Expiry: at.Add(time.Hour),
		RefreshToken: wire.NewSecret(fmt.Sprintf("s3cret-refresh-%d", n)), Issuer: brexoauth.DefaultIssuer, ClientID: "app"}
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
	return unlock
}

// refused asserts that the lock is held by another.
func refused(t *testing.T, s brexoauth.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Lock(ctx)
	require.ErrorIs(t, err, brexoauth.ErrLocked)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the error says why the context ended")
}

func noLogin(t *testing.T, p Place) {
	s := p.open(t)
	_, err := s.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	unlock := acquire(t, s)
	require.NoError(t, s.Delete(t.Context()), "of nothing")
	require.Error(t, s.Save(t.Context(), nil))
	_, err = s.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	require.NoError(t, s.Save(t.Context(), login(1)))
	require.NoError(t, s.Delete(t.Context()))
	require.NoError(t, unlock())
	for _, s := range []brexoauth.Store{s, p.open(t)} {
		_, err = s.Load(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	}
}

func saved(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	for n := range 6 {
		save(t, s, login(n))
		same(t, login(n), load(t, s))
		same(t, login(n), load(t, other))
	}
}

func copies(t *testing.T, p Place) {
	s := p.open(t)
	mine := login(1)
	save(t, s, mine)
	mine.Scopes[0], mine.ClientID = "changed", "changed"
	got := load(t, s)
	same(t, login(1), got)
	got.Scopes[0], got.ClientID = "changed", "changed"
	same(t, login(1), load(t, s))
}

// whole loads without the lock while another saves.
func whole(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	save(t, s, login(0))
	unlock := acquire(t, s)
	var wg sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		wg.Go(func() {
			for last := 0; !done.Load(); {
				got, err := other.Load(t.Context())
				if err != nil || number(got) < last {
					t.Errorf("Load while another saves: %v after %d, %v", got, last, err)
					return
				}
				last = number(got)
				if have, err := got.Encode(); err != nil || !bytes.Equal(have, encoded(last)) {
					t.Errorf("login %d is not whole, %v", last, err)
					return
				}
			}
		})
	}
	for n := 1; n <= 40; n++ {
		if err := s.Save(t.Context(), login(n)); err != nil {
			t.Error(err)
			break
		}
	}
	done.Store(true)
	wg.Wait()
	require.NoError(t, unlock())
}

func encoded(n int) []byte {
	text, _ := login(n).Encode() // these can be encoded
	return text
}

func lock(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	unlock := acquire(t, s)
	refused(t, s)
	refused(t, other)
	require.NoError(t, unlock())

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var inside, times atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		s := []brexoauth.Store{s, other}[i%2]
		wg.Go(func() {
			unlock, err := s.Lock(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) != 1 {
				t.Error("two are inside")
			}
			time.Sleep(time.Millisecond)
			times.Add(1)
			inside.Add(-1)
			if err := unlock(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 20, times.Load())
}

// unlockTwice calls unlock once more while another holds the lock, whom that must not let go.
func unlockTwice(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	unlock := acquire(t, s)
	require.NoError(t, unlock())
	unlockOther := acquire(t, other)
	_ = unlock()
	refused(t, s)
	require.NoError(t, unlockOther())
	require.NoError(t, acquire(t, s)())
}

// ended asks for the lock with a context that has ended, and lets one end while it waits.
func ended(t *testing.T, p Place) {
	s := p.open(t)
	save(t, s, login(1))
	unlock := acquire(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- brexoauth.StoreLogin(ctx, s, login(2)) }()
	cancel()
	err := <-done
	require.ErrorIs(t, err, brexoauth.ErrLocked)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, printed(err), marked)
	same(t, login(1), load(t, s))
	require.NoError(t, unlock())
	save(t, s, login(3))
}

func hidden(t *testing.T, p Place) {
	s := p.open(t)
	save(t, s, login(1))
	load(t, s)
	unlock := acquire(t, s)
	require.NotContains(t, printed(s), marked)
	require.NotContains(t, printed(struct{ f any }{s}), marked, "in an unexported field")
	require.NoError(t, unlock())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Save(ctx, login(2)); err != nil { // a store may save nevertheless
		require.NotContains(t, printed(err), marked)
	}
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

// readable returns the mark if a text holds it in base 16, or as the numbers of its bytes.
func readable(text string) string {
	numbers := strings.Trim(fmt.Sprint([]byte(marked)), "[]")
	if strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", marked)) || strings.Contains(text, numbers) {
		return marked
	}
	return ""
}
