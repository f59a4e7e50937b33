package brexoauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
)

// world is an application with customers. The sandbox has one company; which customer a token is of, and so the company's id that
// Brex returns, is noted as the tokens are issued.
type world struct {
	s       *brextest.Server
	client  *brexoauth.Client
	tenants *brexoauth.Tenants[*brex.Client]

	mu       sync.Mutex
	owner    map[string]string // of a token
	stores   map[string]brexoauth.Store
	clients  map[string]int // how often one was made
	buckets  map[string]bool
	revoked  []string
	crossed  []string
	callback func(companyID string)
}

func newWorld(t *testing.T, change ...func(*brexoauth.TenantsConfig[*brex.Client])) *world {
	t.Helper()
	w := &world{s: newIssuer(t, brextest.WithOAuthRotation(0, true)), owner: map[string]string{}, stores: map[string]brexoauth.Store{},
		clients: map[string]int{}, buckets: map[string]bool{}}
	w.client = newClient(t, w.s, func(cfg *brexoauth.Config) {
		cfg.HTTPClient, cfg.Scopes = &http.Client{Transport: issued{w}}, append(scopes[:len(scopes):len(scopes)], "companies.readonly")
	})
	cfg := brexoauth.TenantsConfig[*brex.Client]{
		Client: w.client,
		Store: func(id string) (brexoauth.Store, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.stores[id] == nil {
				w.stores[id] = brexoauth.NewMemoryStore(nil)
			}
			return w.stores[id], nil
		},
		NewClient: func(tenant brexoauth.Tenant) (*brex.Client, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.clients[tenant.CompanyID]++
			w.buckets[tenant.Bucket] = true
			return brex.New(brex.WithTokenSource(tenant.Source), brex.WithBaseURL(w.s.URL), brex.WithHTTPClient(&http.Client{Transport: calls{w, tenant.CompanyID}}))
		},
		Identify: func(ctx context.Context, source *brexoauth.TokenSource) (string, error) {
			api, err := brex.New(brex.WithTokenSource(source), brex.WithBaseURL(w.s.URL), brex.WithHTTPClient(&http.Client{Transport: calls{w, ""}}))
			if err != nil {
				return "", err
			}
			company, err := api.Company.Get(ctx)
			if err != nil {
				return "", err
			}
			return company.ID, nil
		},
		OnRevoked: func(id string, err *brexoauth.SignInError) {
			w.mu.Lock()
			w.revoked = append(w.revoked, id+": "+string(err.Reason))
			w.mu.Unlock()
			if w.callback != nil {
				w.callback(id)
			}
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	w.tenants, err = brexoauth.NewTenants(cfg)
	require.NoError(t, err)
	return w
}

func (w *world) note(id string, tokens ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, token := range tokens {
		w.owner[token] = id
	}
}

func (w *world) of(token string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.owner[token]
}

// signIn is a customer's new login.
func (w *world) signIn(t *testing.T, id string) *brexoauth.Token {
	t.Helper()
	token := signIn(t, w.s, w.client)
	w.note(id, token.AccessToken.Reveal(), token.RefreshToken.Reveal())
	return token
}

// issued notes whose tokens Brex issues for a refresh token.
type issued struct{ w *world }

func (i issued) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := i.w.s.Client().Transport.RoundTrip(r)
	form, _ := url.ParseQuery(string(sent))
	if err != nil || form.Get("refresh_token") == "" {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal(body, &got) == nil {
		i.w.note(i.w.of(form.Get("refresh_token")), got.Access, got.Refresh)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// calls are those of one company's client, or of the identity check. Each must carry a token of that company.
type calls struct {
	w  *world
	id string
}

func (c calls) RoundTrip(r *http.Request) (*http.Response, error) {
	owner := c.w.of(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if c.id != "" && owner != c.id {
		c.w.mu.Lock()
		c.w.crossed = append(c.w.crossed, fmt.Sprintf("the client of %s sent a token of %q", c.id, owner))
		c.w.mu.Unlock()
	}
	resp, err := c.w.s.Client().Transport.RoundTrip(r)
	if err != nil || r.URL.Path != "/v2/company" || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	var company map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&company); err != nil {
		return nil, err
	}
	company["id"] = owner
	text, err := json.Marshal(company)
	if err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	resp.Header.Del("Content-Length")
	return resp, nil
}

func (w *world) check(t *testing.T, companies int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.crossed)
	require.Len(t, w.clients, companies)
	for id, times := range w.clients {
		require.Equal(t, 1, times, id)
		require.True(t, w.buckets[clientID+"/"+id])
	}
	require.Len(t, w.buckets, companies)
}

func TestTenantsMany(t *testing.T) {
	const customers = 200
	w := newWorld(t)
	for i := range customers {
		id := fmt.Sprint("company-", i)
		require.NoError(t, brexoauth.StoreLogin(t.Context(), w.store(t, id), w.signIn(t, id)))
	}
	heap := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range customers {
		_, err := w.tenants.Get(t.Context(), fmt.Sprint("company-", i))
		require.NoError(t, err)
	}
	made := heap()
	// Three expiries, during which each customer's client is asked for and used from several goroutines.
	for round := range 3 {
		w.s.Advance(2 * time.Hour)
		if round == 2 {
			revoked, err := w.store(t, "company-7").Load(t.Context())
			require.NoError(t, err)
			require.NoError(t, w.client.Revoke(t.Context(), revoked))
		}
		together(8, func(g int) {
			for i := range customers {
				id := fmt.Sprint("company-", (i+25*g)%customers)
				api, err := w.tenants.Get(t.Context(), id)
				if err != nil {
					t.Error(err)
					return
				}
				company, err := api.Company.Get(t.Context())
				switch {
				case round == 2 && id == "company-7":
					if !errors.Is(err, brexoauth.ErrSignIn) {
						t.Errorf("the login of %s was revoked: %v", id, err)
					}
				case err != nil || company.ID != id:
					t.Errorf("%s: %+v, %v", id, company, err)
				}
			}
		})
		want := customers * (round + 1)
		if round == 2 {
			want-- // the revoked one
		}
		require.Equal(t, want, w.s.OAuthStats().Refreshes, "one for each login that has expired")
	}
	require.NoError(t, w.tenants.Close(t.Context()))
	w.check(t, customers)
	require.Equal(t, []string{"company-7: " + string(brexoauth.ReasonRefused)}, w.revoked)
	used := heap()
	t.Logf("%d customers: %d bytes of heap each when made, %d after use (with the sandbox's growth)",
		customers, (made-before)/customers, (used-before)/customers)
	require.Less(t, (made-before)/customers, int64(32<<10))
	runtime.KeepAlive(w)
}

func (w *world) store(t *testing.T, id string) brexoauth.Store {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stores[id] == nil {
		w.stores[id] = brexoauth.NewMemoryStore(nil)
	}
	return w.stores[id]
}

func TestTenantsGet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.tenants.Get(t.Context(), "acme")
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	require.ErrorIs(t, err, brexoauth.ErrSignIn)
	w.check(t, 0)
	require.NoError(t, brexoauth.StoreLogin(t.Context(), w.store(t, "acme"), w.signIn(t, "acme")))
	got := make([]*brex.Client, 50)
	together(len(got), func(i int) {
		api, err := w.tenants.Get(t.Context(), "acme")
		if err != nil {
			t.Error(err)
		}
		got[i] = api
	})
	for _, api := range got {
		require.Same(t, got[0], api)
	}
	w.check(t, 1)
	_, err = w.tenants.Get(t.Context(), "")
	require.ErrorIs(t, err, brexoauth.ErrUsage)
	require.NotContains(t, printed(w.tenants), "refresh")
	_, err = brexoauth.NewTenants(brexoauth.TenantsConfig[int]{})
	require.ErrorIs(t, err, brexoauth.ErrUsage)
}

func TestTenantsReconnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, first, err := w.tenants.Add(t.Context(), w.signIn(t, "acme"))
	require.NoError(t, err)
	require.Equal(t, "acme", id)

	_, err = w.tenants.Reconnect(t.Context(), "acme", w.signIn(t, "other"))
	require.ErrorIs(t, err, brexoauth.ErrOtherCompany)
	require.ErrorContains(t, err, `"other"`)
	_, err = w.tenants.Get(t.Context(), "other")
	require.ErrorIs(t, err, brexoauth.ErrNoLogin, "it was not stored")
	_, err = first.Company.Get(t.Context())
	require.NoError(t, err)

	again := w.signIn(t, "acme")
	api, err := w.tenants.Reconnect(t.Context(), "acme", again)
	require.NoError(t, err)
	require.Same(t, first, api, "its limiter knows what was sent")
	_, err = api.Company.Get(t.Context())
	require.NoError(t, err)
	requests := w.s.Requests()
	require.Equal(t, "Bearer "+again.AccessToken.Reveal(), requests[len(requests)-1].Header.Get("Authorization"), "the new login serves at once")
	w.check(t, 1)

	// Nobody says whose login it is.
	lost := w.signIn(t, "acme")
	require.NoError(t, w.client.Revoke(t.Context(), lost))
	_, _, err = w.tenants.Add(t.Context(), lost)
	require.ErrorContains(t, err, "the company of the login is unknown")
	_, err = w.tenants.Reconnect(t.Context(), "", again)
	require.ErrorIs(t, err, brexoauth.ErrUsage)
	_, _, err = w.tenants.Add(t.Context(), nil)
	require.ErrorIs(t, err, brexoauth.ErrUsage)
}

func TestTenantsRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	login := w.signIn(t, "acme")
	_, api, err := w.tenants.Add(t.Context(), login)
	require.NoError(t, err)
	_, err = api.Company.Get(t.Context())
	require.NoError(t, err)
	require.NoError(t, w.tenants.Remove(t.Context(), "acme"))
	require.Equal(t, 401, status(t, w.s, "/v2/users", login.AccessToken.Reveal()), "revoked at Brex")
	_, err = w.store(t, "acme").Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	sent := len(w.s.Requests())
	_, err = api.Company.Get(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrSignIn)
	_, err = w.tenants.Get(t.Context(), "acme")
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	require.Len(t, w.s.Requests(), sent, "nothing is sent any more")
	require.NoError(t, w.tenants.Remove(t.Context(), "acme"))
	require.NoError(t, w.tenants.Remove(t.Context(), "never seen"))

	// The customer comes back, by way of this process or another.
	_, again, err := w.tenants.Add(t.Context(), w.signIn(t, "acme"))
	require.NoError(t, err)
	require.Same(t, api, again)
	require.NoError(t, w.tenants.Remove(t.Context(), "acme"))
	require.NoError(t, brexoauth.StoreLogin(t.Context(), w.store(t, "acme"), w.signIn(t, "acme")))
	again, err = w.tenants.Get(t.Context(), "acme")
	require.NoError(t, err)
	_, err = again.Company.Get(t.Context())
	require.NoError(t, err)
	w.check(t, 1)
	require.Empty(t, w.revoked, "who removes a company knows it")
}

func TestTenantsOnRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.callback = func(id string) { // may do what it likes
		if err := w.tenants.Remove(context.Background(), id); err != nil {
			t.Error(err)
		}
	}
	for round := range 2 {
		login := w.signIn(t, "acme")
		_, api, err := w.tenants.Add(t.Context(), login)
		require.NoError(t, err)
		require.NoError(t, w.client.Revoke(t.Context(), login))
		w.s.Advance(2 * time.Hour)
		together(20, func(int) {
			for range 3 {
				if _, err := api.Company.Get(t.Context()); err == nil {
					t.Error("the login was revoked")
				}
			}
		})
		require.NoError(t, w.tenants.Close(t.Context()))
		require.Len(t, w.revoked, round+1)
	}
}

// Close waits for each call of OnRevoked, also for one that takes longer than that of the next login.
func TestTenantsCloseWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slow := make(chan struct{})
	calls := 0
	w.callback = func(string) {
		w.mu.Lock()
		calls++
		first := calls == 1
		w.mu.Unlock()
		if first {
			<-slow
		}
	}
	for round := range 2 {
		login := w.signIn(t, "acme")
		_, api, err := w.tenants.Add(t.Context(), login)
		require.NoError(t, err)
		require.NoError(t, w.client.Revoke(t.Context(), login))
		w.s.Advance(2 * time.Hour)
		_, err = api.Company.Get(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrSignIn)
		require.Eventually(t, func() bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return calls == round+1
		}, time.Minute, time.Millisecond)
	}
	time.Sleep(10 * time.Millisecond) // the second returns
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.tenants.Close(ctx), context.DeadlineExceeded)
	close(slow)
	require.NoError(t, w.tenants.Close(t.Context()))
}

// A NewClient that panics leaves the others as they are.
func TestTenantsPanic(t *testing.T) {
	t.Parallel()
	broken := true
	w := newWorld(t, func(cfg *brexoauth.TenantsConfig[*brex.Client]) {
		made := cfg.NewClient
		cfg.NewClient = func(tenant brexoauth.Tenant) (*brex.Client, error) {
			if broken {
				panic("a bug")
			}
			return made(tenant)
		}
	})
	require.PanicsWithValue(t, "a bug", func() { _, _, _ = w.tenants.Add(t.Context(), w.signIn(t, "acme")) })
	broken = false
	api, err := w.tenants.Get(t.Context(), "acme")
	require.NoError(t, err)
	_, err = api.Company.Get(t.Context())
	require.NoError(t, err)
	w.check(t, 1)
}
