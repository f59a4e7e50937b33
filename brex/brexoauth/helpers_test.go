package brexoauth_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

const (
	clientID     = "app"
	clientSecret = "app secret+%/" // must survive being put into a header or a form
	redirect     = "https://app.example/callback"
)

var scopes = []string{brexoauth.ScopeOpenID, brexoauth.ScopeOfflineAccess, "users.readonly", "cards.readonly"}

// small is a company that is made at once.
var small = brextest.WithSize(brextest.Size{Users: 3, Expenses: brextest.None, CardTransactions: brextest.None, Cards: 3,
	CashTransactions: brextest.None, Vendors: brextest.None, Statements: brextest.None})

func newIssuer(t testing.TB, opts ...brextest.Option) *brextest.Server {
	t.Helper()
	return brextest.NewServer(t, append([]brextest.Option{small, brextest.WithStrictQuery(),
		brextest.WithOAuthClient(clientID, clientSecret, redirect, "http://127.0.0.1/callback", "http://localhost/back?x=1"),
		brextest.WithOAuthClient("public", "", redirect)}, opts...)...)
}

// newClient makes a client of the issuer that does not really wait between attempts.
func newClient(t testing.TB, s *brextest.Server, change ...func(*brexoauth.Config)) *brexoauth.Client {
	t.Helper()
	cfg := brexoauth.Config{ClientID: clientID, ClientSecret: wire.NewSecret(clientSecret), RedirectURL: redirect, Scopes: scopes,
		Issuer: s.URL + brextest.IssuerPath, HTTPClient: s.Client(), Clock: s.Now}
	for _, f := range change {
		f(&cfg)
	}
	c, err := brexoauth.New(cfg)
	require.NoError(t, err)
	c.SetWait(func(ctx context.Context, _ time.Duration) error { return ctx.Err() })
	return c
}

// callback sends the customer to the attempt's address and returns what the application is called back with.
func callback(t testing.TB, s *brextest.Server, a *brexoauth.Attempt) url.Values {
	t.Helper()
	back, err := s.Authorize(a.URL)
	require.NoError(t, err)
	u, err := url.Parse(back)
	require.NoError(t, err)
	return u.Query()
}

func signIn(t testing.TB, s *brextest.Server, c *brexoauth.Client) *brexoauth.Token {
	t.Helper()
	a, err := c.AuthCodeURL(t.Context())
	require.NoError(t, err)
	token, err := c.Exchange(t.Context(), a, callback(t, s, a))
	require.NoError(t, err)
	return token
}

// newFile makes a file store with a login in it.
func newFile(t testing.TB, token *brexoauth.Token) *brexoauth.FileStore {
	t.Helper()
	store, err := brexoauth.NewFileStore(filepath.Join(t.TempDir(), "made", "login.json"))
	require.NoError(t, err)
	require.NoError(t, brexoauth.StoreLogin(t.Context(), store, token))
	return store
}

func newSource(t testing.TB, c *brexoauth.Client, store brexoauth.Store, opts ...brexoauth.SourceOption) *brexoauth.TokenSource {
	t.Helper()
	source, err := c.TokenSource(store, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = source.Close(context.Background()) })
	return source
}

// status is what the API answers to an access token.
func status(t testing.TB, s *brextest.Server, path, token string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// together runs f in n goroutines that start at once.
func together(n int, f func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func TestMain(m *testing.M) {
	if os.Getenv("BREXOAUTH_TEST_CHILD") != "" {
		child()
		return
	}
	storetest.Main(openFile)
	os.Exit(m.Run())
}
