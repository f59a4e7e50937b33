package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

// stores are all implementations, which must do the same.
func stores(t *testing.T) map[string]webhook.Store {
	memory, err := webhook.NewMemoryStore(1000)
	require.NoError(t, err)
	all := map[string]webhook.Store{"memory": memory}
	for name, dialect := range map[string]webhook.Dialect{"sqlite": webhook.SQLite, "postgres": webhook.Postgres, "mysql": webhook.MySQL} {
		all[name], _ = sqlStore(t, dialect)
	}
	return all
}

func sqlStore(t *testing.T, dialect webhook.Dialect, opts ...webhook.SQLOption) (*webhook.SQLStore, *fakeDB) {
	t.Helper()
	f := &fakeDB{dollar: dialect == webhook.Postgres}
	s, err := webhook.NewSQLStore(openFake(t, f), dialect, opts...)
	require.NoError(t, err)
	require.NoError(t, s.CreateTable(t.Context()))
	require.NoError(t, s.CreateTable(t.Context()), "it may exist")
	return s, f
}

func claim(id, token string, now time.Time) webhook.Claim {
	return webhook.Claim{ID: id, Token: token, Now: now, Until: now.Add(time.Minute)}
}

func TestStores(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			begin := func(want webhook.State, c webhook.Claim) {
				t.Helper()
				got, err := s.Begin(ctx, c)
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
			a, b := claim("msg_1", "a", epoch), claim("msg_1", "b", epoch)
			begin(webhook.Claimed, a)
			begin(webhook.Busy, b)
			begin(webhook.Claimed, claim("msg_2", "b", epoch))
			begin(webhook.Claimed, claim("MSG_1", "b", epoch)) // another id
			require.NoError(t, s.Release(ctx, b), "not b's to release")
			begin(webhook.Busy, b)
			require.NoError(t, s.Release(ctx, a))
			begin(webhook.Claimed, b)
			require.ErrorIs(t, s.Done(ctx, a), webhook.ErrClaimLost)
			require.NoError(t, s.Done(ctx, b))
			begin(webhook.Handled, a)
			require.NoError(t, s.Release(ctx, b), "done is done")
			begin(webhook.Handled, a)
			require.ErrorIs(t, s.Done(ctx, b), webhook.ErrClaimLost)

			// Whoever had the claim died: at its end somebody else gets it, and the dead one, should it rise again, nothing.
			dead := claim("msg_3", "dead", epoch)
			begin(webhook.Claimed, dead)
			begin(webhook.Busy, claim("msg_3", "c", epoch.Add(time.Minute-time.Millisecond)))
			next := claim("msg_3", "d", epoch.Add(time.Minute))
			begin(webhook.Claimed, next)
			begin(webhook.Busy, claim("msg_3", "e", epoch.Add(time.Minute)))
			require.NoError(t, s.Release(ctx, dead))
			require.ErrorIs(t, s.Done(ctx, dead), webhook.ErrClaimLost)
			begin(webhook.Busy, claim("msg_3", "f", epoch.Add(time.Minute)))
			require.NoError(t, s.Done(ctx, next))
			begin(webhook.Handled, claim("msg_3", "g", epoch.Add(24*time.Hour)))
		})
	}
}

func TestStoresClaimOnce(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			_, err := s.Begin(t.Context(), claim("stale", "dead", epoch.Add(-time.Hour)))
			require.NoError(t, err)
			for _, id := range []string{"new", "stale"} {
				var claimed atomic.Int32
				var wg sync.WaitGroup
				for i := range 50 {
					wg.Go(func() {
						switch state, err := s.Begin(t.Context(), claim(id, fmt.Sprint(i), epoch)); {
						case err != nil:
							t.Error(err)
						case state == webhook.Claimed:
							claimed.Add(1)
						case state != webhook.Busy:
							t.Error(state)
						}
					})
				}
				wg.Wait()
				require.Equal(t, int32(1), claimed.Load(), id)
			}
		})
	}
}

func TestMemoryStoreIsBounded(t *testing.T) {
	s, err := webhook.NewMemoryStore(3)
	require.NoError(t, err)
	handle := func(id string) webhook.State {
		t.Helper()
		state, err := s.Begin(t.Context(), claim(id, "a", epoch))
		require.NoError(t, err)
		if state == webhook.Claimed {
			require.NoError(t, s.Done(t.Context(), claim(id, "a", epoch)))
		}
		return state
	}
	for i := range 4 {
		require.Equal(t, webhook.Claimed, handle(fmt.Sprint(i)))
	}
	require.Equal(t, webhook.Handled, handle("1"))
	require.Equal(t, webhook.Claimed, handle("0"), "the oldest is forgotten")

	for i := range 3 {
		_, err := s.Begin(t.Context(), claim(fmt.Sprint("open", i), "a", epoch))
		require.NoError(t, err)
	}
	_, err = s.Begin(t.Context(), claim("open3", "a", epoch))
	require.ErrorContains(t, err, "being handled")
	state, err := s.Begin(t.Context(), claim("open3", "a", epoch.Add(time.Hour)))
	require.NoError(t, err, "claims that ended make room")
	require.Equal(t, webhook.Claimed, state)

	_, err = webhook.NewMemoryStore(0)
	require.Error(t, err)
}

func TestSQLStorePrune(t *testing.T) {
	s, f := sqlStore(t, webhook.Postgres, webhook.WithTable("app.deliveries"))
	require.Equal(t, "app.deliveries", f.table)
	for i, now := range []time.Time{epoch.Add(-48 * time.Hour), epoch.Add(-time.Hour), epoch} {
		c := claim(fmt.Sprint(i), "a", now)
		_, err := s.Begin(t.Context(), c)
		require.NoError(t, err)
		if i != 1 {
			require.NoError(t, s.Done(t.Context(), c))
		}
	}
	n, err := s.Prune(t.Context(), epoch.Add(-24*time.Hour))
	require.NoError(t, err)
	require.Equal(t, int64(1), n)
	n, err = s.Prune(t.Context(), epoch)
	require.NoError(t, err)
	require.Equal(t, int64(1), n, "abandoned claims too")
	require.Len(t, f.rows, 1)
}

// Two processes find no row, and both insert.
func TestSQLStoreInsertRace(t *testing.T) {
	for want, during := range map[webhook.State]row{
		webhook.Busy:    {token: "other", until: epoch.Add(time.Minute).UnixMilli()},
		webhook.Handled: {token: "other", done: 1},
	} {
		s, f := sqlStore(t, webhook.SQLite)
		f.before = func(q string) {
			if strings.HasPrefix(q, "INSERT") {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.rows["msg_1"] = &during
			}
		}
		state, err := s.Begin(t.Context(), claim("msg_1", "a", epoch))
		require.NoError(t, err)
		require.Equal(t, want, state)
	}
}

func TestSQLStoreErrors(t *testing.T) {
	down := errors.New("database is down")
	s, f := sqlStore(t, webhook.MySQL)
	failing := func(verb string) func(string) error {
		return func(q string) error {
			if strings.HasPrefix(q, verb) {
				return down
			}
			return nil
		}
	}
	begin := func(id string) error {
		_, err := s.Begin(t.Context(), claim(id, "a", epoch))
		return err
	}
	require.NoError(t, begin("stale"))
	for verb, call := range map[string]func() error{
		"SELECT":            func() error { return begin("msg_1") },
		"INSERT":            func() error { return begin("msg_1") },
		"UPDATE":            func() error { return s.Done(t.Context(), claim("stale", "a", epoch)) },
		"UPDATE " + f.table: func() error { _, err := s.Begin(t.Context(), claim("stale", "b", epoch.Add(time.Hour))); return err },
		"DELETE":            func() error { return s.Release(t.Context(), claim("stale", "a", epoch)) },
		"DELETE FROM":       func() error { _, err := s.Prune(t.Context(), epoch); return err },
		"CREATE":            func() error { return s.CreateTable(t.Context()) },
	} {
		f.fail = failing(verb)
		require.ErrorIs(t, call(), down, verb)
		require.ErrorContains(t, call(), "webhook: ", verb)
	}
	_, err := webhook.NewSQLStore(nil, webhook.SQLite)
	require.Error(t, err)
	_, err = webhook.NewSQLStore(openFake(t, f), 0)
	require.Error(t, err)
	for _, name := range []string{"", "a b", "x; DROP TABLE y", "a.b.c", `"a"`, "1a", strings.Repeat("a", 64)} {
		_, err = webhook.NewSQLStore(openFake(t, f), webhook.SQLite, webhook.WithTable(name))
		require.Error(t, err, name)
	}
}

// A process that dies between the success of a callback and the note of it: the event is handled again, once the claim has ended.
func TestCrashMeansAtLeastOnce(t *testing.T) {
	clock, c := newClock(), &count{}
	s, f := sqlStore(t, webhook.SQLite)
	dying := deafStore{s}
	send := func(s webhook.Store) int {
		h, _ := newHandler(t, webhook.WithClock(clock.now), webhook.WithStore(s),
			webhook.On(func(ctx context.Context, e *webhook.TransferProcessed) error {
				clock.add(time.Second)
				return c.on(ctx, e)
			}))
		return serve(h, request(t, processed, webhook.WithID("msg_1"), webhook.WithTime(clock.now())))
	}
	require.Equal(t, 200, send(dying))
	require.Equal(t, 503, send(s), "another process cannot know")
	clock.add(webhook.DefaultTimeout + 9*time.Second - time.Millisecond)
	require.Equal(t, 503, send(s), "the claim outlasts the callback")
	clock.add(time.Millisecond)
	require.Equal(t, 200, send(s))
	require.Equal(t, clock.now().UnixMilli(), f.rows["msg_1"].until, "when it was done, not when it was begun")
	require.Equal(t, 200, send(s))
	require.Equal(t, 2, c.calls())
}

// deafStore hears no last word, as when the process dies.
type deafStore struct{ webhook.Store }

func (deafStore) Done(context.Context, webhook.Claim) error    { return nil }
func (deafStore) Release(context.Context, webhook.Claim) error { panic("not reached") }

// failingStore fails where it is told to.
type failingStore struct {
	webhook.Store
	begin, done, release error
	panics               bool
}

func (s *failingStore) Begin(ctx context.Context, c webhook.Claim) (webhook.State, error) {
	if s.begin != nil {
		return 0, s.begin
	}
	return s.Store.Begin(ctx, c)
}

func (s *failingStore) Done(context.Context, webhook.Claim) error {
	if s.panics {
		panic("store panic")
	}
	return s.done
}

func (s *failingStore) Release(context.Context, webhook.Claim) error { return s.release }

func TestHandlerWithAStoreThatFails(t *testing.T) {
	down := errors.New("database is down")
	memory, err := webhook.NewMemoryStore(10)
	require.NoError(t, err)
	s, c := &failingStore{Store: memory, begin: down}, &count{}
	h, l := newHandler(t, webhook.WithStore(s), webhook.On(c.on))
	n := 0
	send := func() int { n++; return serve(h, request(t, processed, webhook.WithID(fmt.Sprint("msg_", n)))) }
	require.Equal(t, 503, send())
	require.Zero(t, c.calls(), "what cannot be told from a repeat is not handled")
	s.begin, s.done, s.release = nil, down, down
	require.Equal(t, 200, send(), "it was handled: Brex must not send it again")
	s.panics = true
	require.Equal(t, 200, send())
	c.fail(errors.New("failed"))
	require.Equal(t, 500, send())
	require.Equal(t, 3, strings.Count(l.String(), "database is down"))
	require.Contains(t, l.String(), "store panic")
}
