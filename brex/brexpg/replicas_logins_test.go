//go:build databases && linux

package brexpg_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/wire"
)

// long is whether the replicas' tests take their time: make replicas.
func long() bool { return os.Getenv("BREX_REPLICAS") != "" }

const replicaEnv = "BREXPG_TEST_REPLICA"

// replica is another process that uses the customer's login. For each line, which is the time, it asks for a token in four
// goroutines and says what it got. At its crash point it says so and waits to be killed.
func replica() {
	if os.Getenv(replicaEnv) == "" {
		return
	}
	fail := func(err error) {
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	part := strings.Split(os.Getenv(replicaEnv), "|")
	crash := func(point string) {
		if point == part[2] {
			fmt.Println("at " + point)
			select {}
		}
	}
	var now atomic.Pointer[time.Time]
	client, err := brexoauth.New(brexoauth.Config{ClientID: "app", ClientSecret: wire.NewSecret("app secret"), Issuer: part[1],
		Clock: func() time.Time { return *now.Load() }, HTTPClient: &http.Client{Transport: crashingTransport{crash}}})
	fail(err)
	pool, err := pgxpool.New(context.Background(), part[0])
	fail(err)
	store, err := brexpg.NewLoginStore(pool, "customer")
	fail(err)
	source, err := client.TokenSource(&crashingStore{LoginStore: store, crash: crash})
	fail(err)
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		at, err := time.Parse(time.RFC3339Nano, in.Text())
		fail(err)
		now.Store(&at)
		var mu sync.Mutex
		var wg sync.WaitGroup
		var got []string
		for range 4 {
			wg.Go(func() {
				token, err := source.Token()
				result := fmt.Sprintf("error %v", err)
				var again *brexoauth.SignInError
				switch {
				case err == nil:
					result = "token " + digest(token.AccessToken)
				case errors.As(err, &again):
					result = "sign in: " + string(again.Reason)
				}
				mu.Lock()
				defer mu.Unlock()
				if !slices.Contains(got, result) {
					got = append(got, result)
				}
			})
		}
		wg.Wait()
		fmt.Println(strings.ReplaceAll(strings.Join(got, "; "), "\n", " "))
	}
	os.Exit(0)
}

func digest(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

type crashingTransport struct{ crash func(string) }

func (c crashingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/token") {
		return http.DefaultTransport.RoundTrip(r)
	}
	c.crash("request")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		body, readErr := io.ReadAll(resp.Body)
		resp.Body, err = io.NopCloser(strings.NewReader(string(body))), readErr
	}
	c.crash("response")
	return resp, err
}

// crashingStore stops before and after each of the two saves of a refresh: the note that it begins, and the new login.
type crashingStore struct {
	*brexpg.LoginStore
	crash func(string)
	saves int
}

func (c *crashingStore) SaveIf(ctx context.Context, old, t *brexoauth.Token) error {
	before, after := "note", "noted"
	if c.saves++; c.saves%2 == 0 {
		before, after = "save", "saved"
	}
	c.crash(before)
	err := c.LoginStore.SaveIf(ctx, old, t)
	c.crash(after)
	return err
}

// process is a replica as seen from the test.
type process struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

// fleet is an issuer, a database with a login, and how to start what shares it.
type fleet struct {
	*brextest.Server
	store *brexpg.LoginStore
	dsn   string
}

func newFleet(t *testing.T, opts ...brextest.Option) *fleet {
	t.Helper()
	none := brextest.Size{Users: 1, Expenses: brextest.None, CardTransactions: brextest.None, Cards: brextest.None,
		CashTransactions: brextest.None, Vendors: brextest.None, Statements: brextest.None}
	s := brextest.NewServer(t, append(opts, brextest.WithSize(none), brextest.WithOAuthClient("app", "app secret", "https://app.example/callback"))...)
	client, err := brexoauth.New(brexoauth.Config{ClientID: "app", ClientSecret: wire.NewSecret("app secret"), Issuer: s.URL + brextest.IssuerPath,
		RedirectURL: "https://app.example/callback", Scopes: []string{brexoauth.ScopeOpenID, brexoauth.ScopeOfflineAccess, "users.readonly"}, Clock: s.Now})
	require.NoError(t, err)
	attempt, err := client.AuthCodeURL(t.Context())
	require.NoError(t, err)
	back, err := s.Authorize(attempt.URL)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, back, nil)
	require.NoError(t, err)
	token, err := client.Exchange(t.Context(), attempt, r.URL.Query())
	require.NoError(t, err)
	f := &fleet{Server: s, dsn: servertest.Database(t)}
	f.store = store(t, migrated(t, f.dsn), "customer")
	require.NoError(t, brexoauth.StoreLogin(t.Context(), f.store, token))
	return f
}

func (f *fleet) start(t *testing.T, crash string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), replicaEnv+"="+f.dsn+"|"+f.URL+brextest.IssuerPath+"|"+crash)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	p := &process{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(p.kill)
	require.Equal(t, "ready", p.line())
	return p
}

func (p *process) line() string {
	if !p.out.Scan() {
		return "(it has ended)"
	}
	return p.out.Text()
}

// kill is SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (f *fleet) ask(p *process) { _, _ = io.WriteString(p.in, f.Now().Format(time.RFC3339Nano)+"\n") }

// expect asserts that the stored login works, and what the replica says of it.
func (f *fleet) expect(t *testing.T, said string) {
	t.Helper()
	saved, err := f.store.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, "token "+digest(saved.AccessToken.Reveal()), said)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+"/v2/users", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+saved.AccessToken.Reveal())
	resp, err := f.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)
}

// Eight processes share a login, and an issuer that ends it when a refresh token is sent twice: as many refreshes as expiries.
func TestReplicasRefreshOnce(t *testing.T) {
	expiries := 100
	if long() {
		expiries = 1000
	}
	f := newFleet(t, brextest.WithOAuthRotation(0, true))
	var all []*process
	for range 8 {
		all = append(all, f.start(t, ""))
	}
	began := time.Now()
	for n := range expiries {
		f.Advance(2 * time.Hour)
		for _, p := range all {
			f.ask(p)
		}
		for _, p := range all {
			f.expect(t, p.line())
		}
		require.Equal(t, n+1, f.OAuthStats().Refreshes)
	}
	stats := f.OAuthStats()
	require.Zero(t, stats.RefreshesRefused+stats.Reuses)
	t.Logf("%d expiries in 8 processes: %d refreshes, %v for one", expiries, stats.Refreshes, time.Since(began)/time.Duration(expiries))
}

// A process is killed at every step of a refresh, and another one goes on. What is lost is the response that only the dead process had.
func TestReplicasKilled(t *testing.T) {
	for point, lost := range map[string]bool{"note": false, "noted": false, "request": false, "response": true, "save": true, "saved": false} {
		t.Run(point, func(t *testing.T) {
			for _, grace := range []time.Duration{0, 30 * time.Second} {
				f := newFleet(t, brextest.WithOAuthRotation(grace, true))
				f.Advance(2 * time.Hour)
				p := f.start(t, point)
				f.ask(p)
				require.Equal(t, "at "+point, p.line())
				p.kill()
				next := f.start(t, "")
				f.ask(next)
				said := next.line()
				if lost && grace == 0 {
					require.Equal(t, "sign in: "+string(brexoauth.ReasonInterrupted), said)
					continue
				}
				f.expect(t, said)
				want := 1
				if lost {
					want = 2 // the issuer took the old token once more
				}
				require.Equal(t, want, f.OAuthStats().Refreshes)
				require.Zero(t, f.OAuthStats().RefreshesRefused)
			}
		})
	}
}

// Processes are killed at random while all refresh. Where the issuer takes an old token for some seconds more, no login is lost.
func TestReplicasKilledAtRandom(t *testing.T) {
	expiries := 30
	if long() {
		expiries = 500
	}
	f := newFleet(t, brextest.WithOAuthRotation(30*time.Second, true))
	var all []*process
	for range 8 {
		all = append(all, f.start(t, ""))
	}
	for range expiries {
		f.Advance(2 * time.Hour)
		for _, p := range all {
			f.ask(p)
		}
		victim := rand.IntN(len(all))
		time.Sleep(rand.N(8 * time.Millisecond))
		all[victim].kill()
		for i, p := range all {
			if i != victim {
				f.expect(t, p.line())
			}
		}
		all[victim] = f.start(t, "")
	}
	stats := f.OAuthStats()
	require.Zero(t, stats.RefreshesRefused)
	require.GreaterOrEqual(t, stats.Refreshes, expiries)
	t.Logf("%d kills: %d refreshes for %d expiries", expiries, stats.Refreshes, expiries)
}
