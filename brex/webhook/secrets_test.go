package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/webhooks"
)

// api is Brex, which hands out secrets.
type api struct {
	mu      sync.Mutex
	secrets []wire.Secret
	err     error
	fetches int
}

func (a *api) fetch(context.Context) ([]wire.Secret, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fetches++
	return a.secrets, a.err
}

func (a *api) set(err error, secrets ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.err, a.secrets = err, nil
	for _, s := range secrets {
		a.secrets = append(a.secrets, wire.NewSecret(s))
	}
}

func (a *api) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fetches
}

func cached(t testing.TB, a *api, opts ...webhook.CacheOption) *webhook.SecretCache {
	t.Helper()
	cache, err := webhook.NewSecretCache(a.fetch, opts...)
	require.NoError(t, err)
	return cache
}

func TestRotationLosesNothing(t *testing.T) {
	a, clock, c := &api{}, newClock(), &count{}
	a.set(nil, secretA)
	h, _ := newHandlerWith(t, cached(t, a, webhook.WithClock(clock.now)), webhook.WithClock(clock.now), webhook.On(c.on))
	send := func(secret string, also ...string) int {
		opts := []webhook.RequestOption{webhook.WithTime(clock.now())}
		for _, s := range also {
			opts = append(opts, webhook.AlsoSignedWith(s))
		}
		return serve(h, requestSigned(t, secret, processed, opts...))
	}
	require.Equal(t, 200, send(secretA))
	require.Equal(t, 200, send(secretA))
	require.Equal(t, 1, a.count(), "fetched once, with the first delivery")

	// Rotation: Brex answers two and signs with both, then drops the old one.
	a.set(nil, secretB, secretA)
	clock.add(10 * time.Minute)
	require.Equal(t, 200, send(secretB, secretA))
	require.Equal(t, 1, a.count(), "the old one still fits")
	require.Equal(t, 200, send(secretB), "an unknown one makes it ask")
	require.Equal(t, 2, a.count())
	require.Equal(t, 200, send(secretA))

	a.set(nil, secretB)
	clock.add(webhook.DefaultMaxAge + time.Second)
	require.Equal(t, 200, send(secretB))
	require.Equal(t, 3, a.count(), "too old to be believed")
	require.Equal(t, 401, send(secretA), "a withdrawn secret ends with the maximum age")
	require.Equal(t, 6, c.calls())
}

func TestForgedTrafficDoesNotBurnTheLimit(t *testing.T) {
	a, clock := &api{}, newClock()
	a.set(nil, secretA)
	h, _ := newHandlerWith(t, cached(t, a, webhook.WithClock(clock.now)), webhook.WithClock(clock.now), webhook.On((&count{}).on))
	for range 3 {
		for range 100 {
			require.Equal(t, 401, serve(h, requestSigned(t, secretC, processed, webhook.WithTime(clock.now()))))
		}
		clock.add(time.Minute)
	}
	require.Equal(t, 4, a.count(), "the first secrets, and one fetch in each minute")
	// What is not even dated or signed asks for nothing.
	clock.add(time.Hour)
	require.Equal(t, 401, serve(h, requestSigned(t, secretC, processed, webhook.WithTime(epoch))))
	require.Equal(t, 4, a.count())

	// A clock that is set back does not stop it.
	clock.add(-24 * time.Hour)
	require.Equal(t, 401, serve(h, requestSigned(t, secretC, processed, webhook.WithTime(clock.now()))))
	require.Equal(t, 5, a.count())
}

// Secrets that were just fetched, at the start or because of their age, can have been replaced since.
func TestRotationRightAfterAFetch(t *testing.T) {
	a, clock := &api{}, newClock()
	a.set(nil, secretA)
	h, _ := newHandlerWith(t, cached(t, a, webhook.WithClock(clock.now)), webhook.WithClock(clock.now), webhook.On((&count{}).on))
	send := func(secret string) int {
		return serve(h, requestSigned(t, secret, processed, webhook.WithTime(clock.now())))
	}
	require.Equal(t, 200, send(secretA))
	a.set(nil, secretB)
	require.Equal(t, 200, send(secretB))
	require.Equal(t, 2, a.count())
	a.set(nil, secretC)
	require.Equal(t, 401, send(secretC), "one fetch a minute")
	clock.add(time.Minute)
	require.Equal(t, 200, send(secretC))

	clock.add(webhook.DefaultMaxAge + time.Second)
	require.Equal(t, 200, send(secretC), "fetched for its age")
	a.set(nil, secretA)
	require.Equal(t, 200, send(secretA))
	require.Equal(t, 5, a.count())
}

func TestRefreshThatFails(t *testing.T) {
	a, clock := &api{}, newClock()
	a.set(nil, secretA)
	h, l := newHandlerWith(t, cached(t, a, webhook.WithClock(clock.now)), webhook.WithClock(clock.now), webhook.On((&count{}).on))
	send := func(secret string) int {
		return serve(h, requestSigned(t, secret, processed, webhook.WithTime(clock.now())))
	}
	require.Equal(t, 200, send(secretA))
	for name, set := range map[string]func(){
		"error":         func() { a.set(errors.New("brex: 500"), secretB) },
		"empty answer":  func() { a.set(nil) },
		"empty secret":  func() { a.set(nil, "") },
		"not base64":    func() { a.set(nil, "***", "") },
		"secret, error": func() { a.set(context.DeadlineExceeded, secretC) },
	} {
		set()
		clock.add(time.Minute)
		before := a.count()
		// It may have been signed with a new secret: Brex shall send it again, and is not told that it is wrong.
		require.Equal(t, 503, send(secretB), name)
		require.Equal(t, 503, send(secretB), name)
		require.Equal(t, before+1, a.count(), name)
		require.Equal(t, 200, send(secretA), name)
	}
	require.Contains(t, l.String(), "brex: 500")
	clock.add(2 * time.Hour)
	before := a.count()
	require.Equal(t, 200, send(secretA), "too old, but better than none")
	require.Equal(t, 503, send(secretB))
	require.Equal(t, before+1, a.count(), "what failed for one reason is not tried at once for another")
	a.set(nil, "", secretB, "***")
	clock.add(time.Minute)
	require.Equal(t, 200, send(secretB), "the usable ones of an answer are used")
	require.Equal(t, 401, send(secretA))
}

func TestNoSecretsYet(t *testing.T) {
	a, clock := &api{}, newClock()
	a.set(errors.New("brex: 503"))
	cache := cached(t, a, webhook.WithClock(clock.now))
	h, _ := newHandlerWith(t, cache, webhook.WithClock(clock.now), webhook.On((&count{}).on))
	send := func() int { return serve(h, request(t, processed, webhook.WithTime(clock.now()))) }
	for range 10 {
		require.Equal(t, 503, send())
	}
	require.Equal(t, 1, a.count())
	a.set(nil, secretA)
	require.Equal(t, 503, send())
	clock.add(10 * time.Second)
	require.Equal(t, 200, send())
	require.Equal(t, 2, a.count())
	require.Equal(t, "webhook.SecretCache webhook.SecretCache", fmt.Sprintf("%v %#v", cache, cache))
}

func TestOneFetchForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan []string)
		fetches := 0
		cache, err := webhook.NewSecretCache(func(ctx context.Context) ([]string, error) {
			fetches++
			select {
			case s := <-answer:
				return s, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		})
		require.NoError(t, err)

		// The caller that began it goes away; the others are served.
		gone, cancel := context.WithCancel(t.Context())
		errs := make(chan error, 20)
		go func() {
			_, err := cache.Current(gone)
			errs <- err
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-errs, context.Canceled)
		got := make(chan *webhook.Verifier, 20)
		for range 20 {
			go func() {
				v, err := cache.Current(t.Context())
				got <- v
				errs <- err
			}()
		}
		synctest.Wait()
		answer <- []string{secretA}
		first := <-got
		for range 19 {
			require.Same(t, first, <-got)
		}
		for range 20 {
			require.NoError(t, <-errs)
		}
		require.Equal(t, 1, fetches)

		// Of many that find the secrets stale, the first fetches, and who comes later gets what it found.
		time.Sleep(time.Minute) // of the test's own time
		for range 20 {
			go func() {
				v, err := cache.Refresh(t.Context(), first)
				got <- v
				errs <- err
			}()
		}
		synctest.Wait()
		answer <- []string{secretB}
		for range 20 {
			require.NotSame(t, first, <-got)
			require.NoError(t, <-errs)
		}
		second, err := cache.Refresh(t.Context(), first)
		require.NoError(t, err)
		require.NotSame(t, first, second)
		require.Equal(t, 2, fetches)

		// Also much later, who still holds the stale ones gets what was found.
		time.Sleep(time.Minute)
		later, err := cache.Refresh(t.Context(), first)
		require.NoError(t, err)
		require.Same(t, second, later)

		// An API that hangs is given up, and the secrets stay.
		time.Sleep(time.Minute)
		kept, err := cache.Refresh(t.Context(), second)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Same(t, second, kept)
	})
}

func TestFetchThatPanics(t *testing.T) {
	clock := newClock()
	how := func() ([]string, error) { panic("boom") }
	cache, err := webhook.NewSecretCache(func(context.Context) ([]string, error) { return how() }, webhook.WithClock(clock.now),
		webhook.WithRefreshInterval(time.Second))
	require.NoError(t, err)
	_, err = cache.Current(t.Context())
	require.ErrorContains(t, err, "boom")
	how = func() ([]string, error) { return []string{secretA}, nil }
	clock.add(time.Second)
	_, err = cache.Current(t.Context())
	require.NoError(t, err)
}

func TestCacheOptionErrors(t *testing.T) {
	_, err := webhook.NewSecretCache[string](nil)
	require.Error(t, err)
	for _, o := range []webhook.CacheOption{nil, webhook.WithClock(nil), webhook.WithMaxAge(0), webhook.WithRefreshInterval(-1)} {
		_, err := webhook.NewSecretCache((&api{}).fetch, o)
		require.Error(t, err)
	}
	cached(t, &api{}, webhook.WithMaxAge(time.Minute))
}

func TestUsableSecrets(t *testing.T) {
	require.Equal(t, []wire.Secret{wire.NewSecret("a"), wire.NewSecret("b"), wire.NewSecret("d")}, webhook.UsableSecrets([]webhooks.WebhookSecret{
		{Secret: wire.NewSecret("a"), Status: webhooks.WebhookSecretStatusActive}, {Secret: wire.NewSecret("b"), Status: webhooks.WebhookSecretStatusPendingRevoke},
		{Secret: wire.NewSecret("c"), Status: webhooks.WebhookSecretStatusRevoked}, {Secret: wire.NewSecret("d"), Status: "NEW"}}))
	require.Empty(t, webhook.UsableSecrets(nil))
}

// A SecretSource of one's own that misbehaves puts deliveries off, and never lets one in.
type noSource struct{}

func (noSource) Current(context.Context) (*webhook.Verifier, error) { return nil, nil }
func (noSource) Refresh(context.Context, *webhook.Verifier) (*webhook.Verifier, error) {
	return nil, nil
}

func TestSourceWithoutSecrets(t *testing.T) {
	h, _ := newHandlerWith(t, noSource{}, webhook.On((&count{}).on))
	require.Equal(t, 503, serve(h, request(t, processed)))
}

// The generated client fits, with whatever carries out its calls.
type caller struct{ answer []webhooks.WebhookSecret }

func (c caller) Call(_ context.Context, req *wire.Request, out any) error {
	if req.Op.ID != "listWebhookSecrets" {
		return errors.New(req.Op.ID)
	}
	*out.(*[]webhooks.WebhookSecret) = c.answer
	return nil
}

func TestSecretsFromTheGeneratedClient(t *testing.T) {
	client := webhooks.NewClient(caller{[]webhooks.WebhookSecret{
		{Secret: wire.NewSecret(secretB), Status: webhooks.WebhookSecretStatusRevoked},
		{Secret: wire.NewSecret(secretA), Status: webhooks.WebhookSecretStatusActive}}})
	cache, err := webhook.NewSecretCache(func(ctx context.Context) ([]wire.Secret, error) {
		list, err := client.ListWebhookSecrets(ctx)
		return webhook.UsableSecrets(list), err
	})
	require.NoError(t, err)
	h, _ := newHandlerWith(t, cache, webhook.On((&count{}).on))
	require.Equal(t, 200, serve(h, request(t, processed)))
	require.Equal(t, 401, serve(h, requestSigned(t, secretB, processed)), "revoked")
}
