package brexoauth_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
)

func TestClockSkew(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	var mu sync.Mutex
	var skew time.Duration
	c := newClient(t, s, func(c *brexoauth.Config) {
		c.Clock = func() time.Time { mu.Lock(); defer mu.Unlock(); return s.Now().Add(skew) }
	})
	set := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); skew = d }
	source := newSource(t, c, brexoauth.NewMemoryStore(signIn(t, s, c)))
	refreshes := func() int {
		t.Helper()
		token, err := source.Token()
		require.NoError(t, err)
		require.Equal(t, 200, status(t, s, "/v2/users", token.AccessToken), "what is handed out is good")
		return s.OAuthStats().Refreshes
	}
	require.Equal(t, 0, refreshes())
	s.Advance(59*time.Minute - time.Second)
	require.Equal(t, 0, refreshes(), "a second before the margin")
	s.Advance(time.Second)
	require.Equal(t, 1, refreshes(), "at the margin")
	set(45 * time.Second)
	require.Equal(t, 1, refreshes(), "a clock a little ahead")
	set(-45 * time.Second)
	require.Equal(t, 1, refreshes(), "a clock a little behind")
	s.Advance(time.Hour - 15*time.Second)
	require.Equal(t, 2, refreshes(), "and in time nevertheless")
	set(-5 * time.Hour)
	require.Equal(t, 3, refreshes(), "a clock that was set back: nobody knows when the token ends")
	require.Equal(t, 3, refreshes(), "once")
	set(5 * time.Hour)
	require.Equal(t, 4, refreshes(), "a clock that was set forward")
	for range 200 {
		s.Advance(7 * time.Minute)
		refreshes()
	}
}

func TestMargin(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	store := brexoauth.NewMemoryStore(signIn(t, s, c))
	for _, tc := range []struct {
		margin, after time.Duration
		refreshed     bool
	}{
		{0, 59*time.Minute + 59*time.Second, false},
		{10 * time.Minute, 49 * time.Minute, false},
		{10 * time.Minute, 50 * time.Minute, true},
		{24 * time.Hour, 29 * time.Minute, false}, // never more than half the life
		{24 * time.Hour, 30 * time.Minute, true},
	} {
		token := signIn(t, s, c)
		require.NoError(t, store.Save(t.Context(), token))
		s.Advance(tc.after)
		got, err := newSource(t, c, store, brexoauth.WithMargin(tc.margin)).Token()
		require.NoError(t, err)
		require.Equal(t, tc.refreshed, got.AccessToken != token.AccessToken.Reveal(), "%v after %v", tc.margin, tc.after)
	}
}

// A machine that slept has a monotonic clock that stood still, and a token that ran out meanwhile: wall times are compared.
func TestTimesAreOfTheWallClock(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s, func(c *brexoauth.Config) { c.Clock = nil })
	token := signIn(t, s, c)
	require.NotContains(t, token.Obtained.String()+token.Expiry.String(), "m=")
	require.Contains(t, time.Now().String(), "m=", "or this test proves nothing")
}
