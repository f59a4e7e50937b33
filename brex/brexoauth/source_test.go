package brexoauth_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
)

func TestGoroutinesRefreshOnce(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	first := signIn(t, s, newClient(t, s))
	file := newFile(t, first)
	s.Advance(2 * time.Hour)
	sources := make([]*brexoauth.TokenSource, 3) // as three parts of a program that do not know of each other
	for i := range sources {
		sources[i] = newSource(t, newClient(t, s), file)
	}
	seen := make([]string, 50)
	together(50, func(i int) {
		if token, err := sources[i%3].Token(); assert.NoError(t, err) {
			seen[i] = token.AccessToken
		}
	})
	for _, token := range seen {
		require.Equal(t, seen[0], token)
	}
	require.NotEqual(t, first.AccessToken.Reveal(), seen[0])
	require.Equal(t, 200, status(t, s, "/v2/users", seen[0]))
	stats := s.OAuthStats()
	require.Equal(t, 1, stats.Refreshes)
	require.Zero(t, stats.RefreshesRefused)
	saved, err := file.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, seen[0], saved.AccessToken.Reveal())
	require.NotEqual(t, first.RefreshToken, saved.RefreshToken)
	require.Zero(t, saved.RefreshBegan)
	require.Equal(t, scopes, saved.Scopes)
}

// A year of hourly jobs: every refresh token is used once, and none after its 90 days.
func TestLongLife(t *testing.T) {
	t.Parallel()
	s := newIssuer(t, brextest.WithOAuthRotation(0, true))
	c := newClient(t, s)
	store := brexoauth.NewMemoryStore(signIn(t, s, c))
	source := newSource(t, c, store)
	for range 100 {
		s.Advance(89 * 24 * time.Hour)
		token, err := source.Token()
		require.NoError(t, err)
		require.Equal(t, 200, status(t, s, "/v2/users", token.AccessToken))
	}
	require.Zero(t, s.OAuthStats().RefreshesRefused)
	s.Advance(91 * 24 * time.Hour)
	for range 3 {
		_, err := source.Token()
		var again *brexoauth.SignInError
		require.ErrorAs(t, err, &again)
		require.Equal(t, brexoauth.ReasonRefused, again.Reason)
		require.ErrorContains(t, err, "sign in again")
	}
	require.Equal(t, 1, s.OAuthStats().RefreshesRefused, "a refused token is not sent again")

	// Another process finds the refusal, not a suspicion left behind by the first one.
	_, err := newSource(t, c, store).Token()
	var again *brexoauth.SignInError
	require.ErrorAs(t, err, &again)
	require.Equal(t, brexoauth.ReasonRefused, again.Reason)

	require.NoError(t, brexoauth.StoreLogin(t.Context(), store, signIn(t, s, c)))
	_, err = source.Token()
	require.NoError(t, err, "signed in again, the same source goes on")
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	source := newSource(t, c, newFile(t, signIn(t, s, c)))
	token, err := source.Token()
	require.NoError(t, err)
	s.RevokeOAuth()
	require.Equal(t, 401, status(t, s, "/v2/users", token.AccessToken))
	require.False(t, source.Reject(token.AccessToken), "a fresh token is not believed to be bad: 401 has other causes")
	require.False(t, source.Reject("another"))
	s.Advance(6 * time.Minute)
	require.True(t, source.Reject(token.AccessToken))
	_, err = source.Token()
	require.ErrorIs(t, err, brexoauth.ErrSignIn)
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "invalid_grant", failed.Code)
}

func TestRejectTakesAnother(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	file := newFile(t, signIn(t, s, c))
	a, b := newSource(t, c, file), newSource(t, c, file)
	first, err := a.Token()
	require.NoError(t, err)
	_, err = b.Token()
	require.NoError(t, err)
	s.Advance(6 * time.Minute)
	require.True(t, a.Reject(first.AccessToken))
	second, err := a.Token()
	require.NoError(t, err)
	require.NotEqual(t, first.AccessToken, second.AccessToken)
	require.True(t, b.Reject(first.AccessToken))
	third, err := b.Token()
	require.NoError(t, err)
	require.Equal(t, second.AccessToken, third.AccessToken, "what a has fetched is good for b")
	require.Equal(t, 1, s.OAuthStats().Refreshes)
}

// gate is a transport whose requests to the token endpoint wait.
type gate struct {
	http.RoundTripper
	arrived, open chan struct{}
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		g.arrived <- struct{}{}
		<-g.open
	}
	return g.RoundTripper.RoundTrip(r)
}

// A caller who gives up does not end the refresh: its answer would be lost.
func TestContextEndsTheWaitNotTheRefresh(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	plain := newClient(t, s)
	file := newFile(t, signIn(t, s, plain))
	s.Advance(2 * time.Hour)
	g := &gate{s.Client().Transport, make(chan struct{}, 1), make(chan struct{})}
	c := newClient(t, s, func(c *brexoauth.Config) { c.HTTPClient = &http.Client{Transport: g} })
	source := newSource(t, c, file)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { _, err := source.TokenContext(ctx); result <- err }()
	<-g.arrived
	cancel()
	require.ErrorIs(t, <-result, context.Canceled)
	_, err := source.TokenContext(ctx)
	require.ErrorIs(t, err, context.Canceled)

	// Meanwhile the store is locked for everybody else.
	blocked, cancelLock := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelLock()
	_, err = file.Lock(blocked)
	require.ErrorIs(t, err, brexoauth.ErrLocked)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, source.Close(blocked), context.DeadlineExceeded)

	close(g.open)
	require.NoError(t, source.Close(t.Context()))
	require.Equal(t, 1, s.OAuthStats().Refreshes)
	saved, err := file.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, s.Now(), saved.Obtained.UTC(), "the answer was kept")
	token, err := newSource(t, plain, file).Token()
	require.NoError(t, err)
	require.Equal(t, saved.AccessToken.Reveal(), token.AccessToken)
	require.Equal(t, 1, s.OAuthStats().Refreshes)
}

// brokenStore fails to save from a certain call on.
type brokenStore struct {
	*brexoauth.MemoryStore
	mu    sync.Mutex
	saves int // that work
	tries int
}

var errDisk = errors.New("no space left on device")

func (b *brokenStore) Save(ctx context.Context, t *brexoauth.Token) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tries++
	if b.saves--; b.saves < 0 {
		return errDisk
	}
	return b.MemoryStore.Save(ctx, t)
}

func (b *brokenStore) repair(saves int) { b.mu.Lock(); defer b.mu.Unlock(); b.saves = saves }

func TestNothingIsSpentOnAFullDisk(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	store := &brokenStore{MemoryStore: brexoauth.NewMemoryStore(signIn(t, s, c))}
	s.Advance(2 * time.Hour)
	source := newSource(t, c, store)
	_, err := source.Token()
	require.ErrorIs(t, err, brexoauth.ErrNotSaved)
	require.ErrorIs(t, err, errDisk)
	require.Zero(t, s.OAuthStats().Refreshes)
	store.repair(2)
	_, err = source.Token()
	require.NoError(t, err)
}

func TestNewLoginThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	first := signIn(t, s, c)
	store := &brokenStore{MemoryStore: brexoauth.NewMemoryStore(first), saves: 1} // the disk fills up in between
	s.Advance(2 * time.Hour)
	source := newSource(t, c, store)
	for i := range 3 {
		token, err := source.Token()
		require.ErrorIs(t, err, brexoauth.ErrNotSaved)
		require.Nil(t, token, "nothing is handed out that is not saved")
		require.Equal(t, 1+3*(i+1), store.tries)
	}
	require.Error(t, source.Close(t.Context()))
	require.Equal(t, 1, s.OAuthStats().Refreshes, "nor is anything sent again")
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := store.Lock(short)
	require.ErrorIs(t, err, brexoauth.ErrLocked, "others must not spend the old one")

	store.repair(1)
	require.NoError(t, source.Close(t.Context()))
	unlock, err := store.Lock(t.Context())
	require.NoError(t, err)
	require.NoError(t, unlock())
	token, err := source.Token()
	require.NoError(t, err)
	require.Equal(t, 200, status(t, s, "/v2/users", token.AccessToken))
	require.Equal(t, 1, s.OAuthStats().Refreshes)
}

// looseStore has a lock that keeps nobody out, as on some network file systems.
type looseStore struct{ *brexoauth.MemoryStore }

func (looseStore) Lock(context.Context) (func() error, error) {
	return func() error { return nil }, nil
}

// Two refresh with the same token. The one that is refused takes what the other got, and does not write over it.
func TestLostRaceReadsTheWinnersToken(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	plain := newClient(t, s)
	store := looseStore{brexoauth.NewMemoryStore(signIn(t, s, plain))}
	s.Advance(2 * time.Hour)
	g := &gate{s.Client().Transport, make(chan struct{}, 1), make(chan struct{})}
	late := newSource(t, newClient(t, s, func(c *brexoauth.Config) { c.HTTPClient = &http.Client{Transport: g} }), store)
	result := make(chan string)
	go func() {
		token, err := late.Token()
		assert.NoError(t, err)
		result <- token.AccessToken
	}()
	<-g.arrived
	winner, err := newSource(t, plain, store).Token()
	require.NoError(t, err)
	close(g.open)
	require.Equal(t, winner.AccessToken, <-result)
	require.Equal(t, 1, s.OAuthStats().RefreshesRefused)
	saved, err := store.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, winner.AccessToken, saved.AccessToken.Reveal())
	s.Advance(2 * time.Hour)
	_, err = late.Token()
	require.NoError(t, err, "the login lives on")
}
