package brexoauth_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/brextest"
)

// lostLock is a store whose lock keeps nobody out: it was lost.
type lostLock struct{ *brexoauth.MemoryStore }

func (lostLock) Lock(context.Context) (func() error, error) { return func() error { return nil }, nil }

// fence is the simplest Fenced. failing lets a SaveIf report a failure after it has saved.
type fence struct {
	brexoauth.Store
	mu      *sync.Mutex
	failing *int
}

func fenced(s brexoauth.Store) fence { return fence{s, &sync.Mutex{}, new(int)} }

func (f fence) SaveIf(ctx context.Context, old, t *brexoauth.Token) error {
	if t == nil {
		return brexoauth.ErrUsage
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	have, err := f.Load(ctx)
	if errors.Is(err, brexoauth.ErrNoLogin) || err == nil && !have.SameTokens(old) && !have.SameTokens(t) {
		return brexoauth.ErrFenced
	}
	if err != nil {
		return err
	}
	if err := f.Save(ctx, t); err != nil || *f.failing == 0 {
		return err
	}
	*f.failing--
	return errors.New("the connection broke")
}

func TestFencedStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Place {
		store := fenced(brexoauth.NewMemoryStore(nil))
		return storetest.Place{Open: func() (brexoauth.Store, error) { return store, nil }}
	})
}

// meanwhile does something once, between Brex's response to a refresh and its arrival.
type meanwhile struct {
	next  http.RoundTripper
	after func()
	once  sync.Once
}

func (m *meanwhile) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/token") {
		return m.next.RoundTrip(r)
	}
	resp, err := m.next.RoundTrip(r)
	m.once.Do(m.after)
	return resp, err
}

func TestFence(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meanwhile func(t *testing.T, store brexoauth.Store, stored, newer *brexoauth.Token)
		fenced    string // what is stored in the end, with the fence
		without   string // and without it
	}{
		"another signed in": {func(t *testing.T, store brexoauth.Store, _, newer *brexoauth.Token) {
			require.NoError(t, brexoauth.StoreLogin(t.Context(), store, newer))
		}, "newer", "late"},
		"another signed out": {func(t *testing.T, store brexoauth.Store, _, _ *brexoauth.Token) {
			require.NoError(t, store.Delete(t.Context()))
		}, "none", "late"},
		"another began to refresh": {func(t *testing.T, store brexoauth.Store, stored, _ *brexoauth.Token) {
			stored.RefreshBegan = stored.Expiry
			require.NoError(t, brexoauth.StoreLogin(t.Context(), store, stored))
		}, "late", "late"},
		"nobody": {func(*testing.T, brexoauth.Store, *brexoauth.Token, *brexoauth.Token) {}, "late", "late"},
	} {
		for _, with := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", fenced", false: ", not fenced"}[with], func(t *testing.T) {
				t.Parallel()
				s := newIssuer(t, brextest.WithOAuthRotation(0, true))
				c := newClient(t, s)
				stored, newer := signIn(t, s, c), signIn(t, s, c)
				s.Advance(2 * time.Hour) // newer has run out, too, and is good for a refresh
				var store brexoauth.Store = lostLock{brexoauth.NewMemoryStore(stored)}
				if with {
					f := fenced(store)
					*f.failing = 1 // the first write, which is noticed before anything is spent
					store = f
				}
				hook := &meanwhile{next: s.Client().Transport, after: func() { tc.meanwhile(t, store, stored, newer) }}
				source := newSource(t, newClient(t, s, func(cfg *brexoauth.Config) { cfg.HTTPClient = &http.Client{Transport: hook} }), store)
				if with {
					_, err := source.Token()
					require.ErrorIs(t, err, brexoauth.ErrNotSaved)
					require.Zero(t, s.OAuthStats().Refreshes)
					*store.(fence).failing = 0
				}
				got, err := source.Token()
				require.Equal(t, 1, s.OAuthStats().Refreshes)

				have, loadErr := store.Load(t.Context())
				if with && tc.fenced == "none" {
					require.ErrorIs(t, loadErr, brexoauth.ErrNoLogin)
					require.ErrorIs(t, err, brexoauth.ErrSignIn)
					return
				}
				require.NoError(t, loadErr)
				want := map[bool]string{true: tc.fenced, false: tc.without}[with]
				require.Equal(t, want == "newer", have.SameTokens(newer))
				require.False(t, have.SameTokens(stored))
				if want == "newer" {
					require.ErrorIs(t, err, brexoauth.ErrFenced, "it has run out, and the next call renews it")
					got, err = source.Token()
				}
				require.NoError(t, err)
				require.Equal(t, 200, status(t, s, "/v2/users", got.AccessToken))
			})
		}
	}
}

// A save that worked and reports that it failed is repeated, which does not count as somebody else's.
func TestFenceSavedTwice(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthRotation(0, true))
	stored := signIn(t, s, newClient(t, s))
	s.Advance(2 * time.Hour)
	store := fenced(lostLock{brexoauth.NewMemoryStore(stored)})
	hook := &meanwhile{next: s.Client().Transport, after: func() { *store.failing = 2 }}
	source := newSource(t, newClient(t, s, func(cfg *brexoauth.Config) { cfg.HTTPClient = &http.Client{Transport: hook} }), store)
	_, err := source.Token()
	require.NoError(t, err)
	require.Zero(t, *store.failing)
	require.Equal(t, 1, s.OAuthStats().Refreshes)
}

// What lost its lock before it sent anything sends nothing.
func TestFenceBeforeTheRequest(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthRotation(0, true))
	c := newClient(t, s)
	stored := signIn(t, s, c)
	s.Advance(2 * time.Hour)
	newer := signIn(t, s, c)
	store := lateLoad{fenced(lostLock{brexoauth.NewMemoryStore(newer)}), stored, new(int)}
	got, err := newSource(t, c, store).Token()
	require.NoError(t, err)
	require.Equal(t, newer.AccessToken.Reveal(), got.AccessToken)
	require.Zero(t, s.OAuthStats().Refreshes)
}

// lateLoad is a store whose first two loads saw what was stored before.
type lateLoad struct {
	fence
	before *brexoauth.Token
	loads  *int
}

func (l lateLoad) Load(ctx context.Context) (*brexoauth.Token, error) {
	if *l.loads++; *l.loads <= 2 {
		return l.before, nil
	}
	return l.fence.Load(ctx)
}
