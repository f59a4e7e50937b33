package brexoauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault     brextest.Fault
		times     int
		grace     time.Duration
		refreshes int
		reason    brexoauth.SignInReason // "" when it works in the end
	}{
		"not accepted":                      {brextest.ResetBeforeAccept(), 2, 0, 1, ""},
		"server error":                      {brextest.Status(503, ""), 2, 0, 1, ""},
		"HTML":                              {brextest.HTML(502), 1, 0, 1, ""},
		"too many requests":                 {brextest.RetryAfter(2 * time.Second), 1, 0, 1, ""},
		"accepted, answer lost":             {brextest.ResetAfterAccept(), 1, 0, 1, brexoauth.ReasonInterrupted},
		"accepted, answer lost, with grace": {brextest.ResetAfterAccept(), 2, 30 * time.Second, 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIssuer(t, brextest.WithOAuthRotation(tc.grace, true))
			c := newClient(t, s)
			first := signIn(t, s, c)
			file := newFile(t, first)
			source := newSource(t, c, file)
			s.Advance(2 * time.Hour)
			s.FailNext(brextest.OAuthToken, tc.fault, tc.times)
			token, err := source.Token()
			require.Zero(t, s.PendingFaults())
			require.Equal(t, tc.refreshes, s.OAuthStats().Refreshes)
			if tc.reason == "" {
				require.NoError(t, err)
				require.Equal(t, 200, status(t, s, "/v2/users", token.AccessToken))
				return
			}
			for range 3 {
				var again *brexoauth.SignInError
				require.ErrorAs(t, err, &again)
				require.Equal(t, tc.reason, again.Reason)
				require.Equal(t, s.Now(), again.Began)
				_, err = source.Token()
			}
			require.Equal(t, 1, s.OAuthStats().RefreshesRefused)
			saved, err := file.Load(t.Context())
			require.NoError(t, err)
			require.Equal(t, first.RefreshToken, saved.RefreshToken, "the old login is kept")
			_, err = newSource(t, c, file).Token()
			var again *brexoauth.SignInError
			require.ErrorAs(t, err, &again)
			require.Equal(t, tc.reason, again.Reason, "another process can tell, too")
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	s := newIssuer(t)
	c := newClient(t, s)
	file := newFile(t, signIn(t, s, c))
	source := newSource(t, c, file)
	first, err := source.Token()
	require.NoError(t, err)

	// Early, the old token serves, and the issuer is not asked for every call.
	s.Advance(59*time.Minute + 30*time.Second)
	s.FailNext(brextest.OAuthToken, brextest.Status(500, "no"), 3)
	for range 5 {
		token, err := source.Token()
		require.NoError(t, err)
		require.Equal(t, first.AccessToken, token.AccessToken)
	}
	require.Zero(t, s.PendingFaults())
	require.Zero(t, s.OAuthStats().Refreshes)
	s.Advance(10 * time.Second)
	second, err := source.Token()
	require.NoError(t, err)
	require.NotEqual(t, first.AccessToken, second.AccessToken)

	// Late, it is an error that says what happened, and the login stays.
	s.Advance(2 * time.Hour)
	s.FailNext(brextest.OAuthToken, brextest.Status(500, "no"), 3)
	_, err = source.Token()
	var failed *brexoauth.IssuerError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 500, failed.StatusCode)
	require.True(t, failed.Temporary())
	require.NotErrorIs(t, err, brexoauth.ErrSignIn)
	_, err = source.Token()
	require.NoError(t, err)

	// A wait that is too long is not waited for.
	s.Advance(2 * time.Hour)
	s.FailNext(brextest.OAuthToken, brextest.RetryAfter(time.Minute), 1)
	_, err = source.Token()
	require.ErrorAs(t, err, &failed)
	require.Equal(t, time.Minute, failed.RetryAfter)
	_, err = source.Token()
	require.NoError(t, err)

	s.Advance(2 * time.Hour)
	s.Close()
	_, err = source.Token()
	require.ErrorAs(t, err, &failed)
	require.Zero(t, failed.StatusCode)
	require.True(t, failed.Temporary())
	saved, err := file.Load(t.Context())
	require.NoError(t, err)
	require.Zero(t, saved.RefreshBegan, "nothing was sent, so nothing is suspected later")
}

// How long Brex asks to wait is believed in both forms, and only as far as it makes sense.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	answer := ""
	var skew time.Duration
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", now.Add(skew).Format(http.TimeFormat))
		w.Header().Set("Retry-After", answer)
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	c, err := brexoauth.New(brexoauth.Config{ClientID: "id", ClientSecret: wire.NewSecret("s"), Clock: func() time.Time { return now },
		Endpoints: &brexoauth.Endpoints{AuthURL: server.URL, TokenURL: server.URL, RevokeURL: server.URL}})
	require.NoError(t, err)
	var waits []time.Duration
	c.SetWait(func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil })
	const quarter = time.Second / 4
	for text, want := range map[string]struct {
		after time.Duration
		waits []time.Duration
	}{
		"7":                             {7 * time.Second, []time.Duration{7 * time.Second, 7 * time.Second}},
		"Mon, 02 Nov 2026 12:00:05 GMT": {5 * time.Second, []time.Duration{5 * time.Second, 5 * time.Second}},
		"Mon, 02 Nov 2026 11:00:00 GMT": {0, []time.Duration{quarter, time.Second}},
		"Mon, 02 Nov 2026 13:00:00 GMT": {time.Hour, nil}, // too long to wait for
		"Fri, 31 Dec 2126 23:59:59 GMT": {24 * time.Hour, nil},
		"2000000000":                    {24 * time.Hour, nil},
		"soon":                          {0, []time.Duration{quarter, time.Second}},
		"-5":                            {0, []time.Duration{quarter, time.Second}},
		"99999999999999999999":          {24 * time.Hour, nil},
	} {
		answer, waits = text, nil
		source, err := c.ClientCredentials([]string{"users"})
		require.NoError(t, err)
		_, err = source.Token()
		var failed *brexoauth.IssuerError
		require.ErrorAs(t, err, &failed, text)
		require.Equal(t, want.after, failed.RetryAfter, text)
		require.Equal(t, want.waits, waits, text)
	}

	// A date is of the issuer's clock, which need not be ours.
	for _, skew = range []time.Duration{time.Hour, -time.Hour, 0} {
		answer, waits = now.Add(skew+3*time.Second).Format(http.TimeFormat), nil
		source, err := c.ClientCredentials([]string{"users"})
		require.NoError(t, err)
		_, err = source.Token()
		require.Error(t, err)
		require.Equal(t, []time.Duration{3 * time.Second, 3 * time.Second}, waits, skew)
	}
}
