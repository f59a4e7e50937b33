package webhook_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/brex/webhook/storetest"
)

func claim(id, token string, now time.Time) webhook.Claim {
	return webhook.Claim{ID: id, Token: token, Now: now, Until: now.Add(time.Minute)}
}

func newMemory(t *testing.T, most int) *webhook.MemoryStore {
	t.Helper()
	s, err := webhook.NewMemoryStore(most)
	require.NoError(t, err)
	return s
}

func TestMemoryStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() webhook.Store {
		s := newMemory(t, 1000)
		return func() webhook.Store { return s }
	})
}

func TestMemoryStoreIsBounded(t *testing.T) {
	s := newMemory(t, 3)
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
	_, err := s.Begin(t.Context(), claim("open3", "a", epoch))
	require.ErrorContains(t, err, "being handled")
	state, err := s.Begin(t.Context(), claim("open3", "a", epoch.Add(time.Hour)))
	require.NoError(t, err, "claims that ended make room")
	require.Equal(t, webhook.Claimed, state)

	_, err = webhook.NewMemoryStore(0)
	require.Error(t, err)
}

// A flood of signed events does not push out an id that could still be replayed; once it cannot, the count is the bound again.
func TestMemoryStoreOutlivesTheTolerance(t *testing.T) {
	clock, c := newClock(), &count{}
	h, _ := newHandler(t, webhook.WithClock(clock.now), webhook.WithStore(newMemory(t, 3)), webhook.On(c.on),
		webhook.WithTolerance(time.Minute))
	send := func(id string, sent time.Time) {
		t.Helper()
		require.Equal(t, 200, serve(h, request(t, processed, webhook.WithID(id), webhook.WithTime(sent))))
	}
	flood := func(name string) {
		t.Helper()
		for i := range 50 {
			send(fmt.Sprint(name, i), clock.now())
		}
	}
	send("msg", epoch)
	send("ahead", epoch.Add(time.Minute)) // Brex's clock, a minute ahead: good for two
	flood("a")
	require.Equal(t, 52, c.calls())
	clock.add(time.Minute)
	flood("b")
	send("msg", epoch) // on the last second of its tolerance
	require.Equal(t, 102, c.calls(), "a replay is not handled again")
	send("msg", clock.now()) // and sent again by Brex, which makes it good for another minute
	clock.add(time.Minute)
	flood("c")
	send("msg", epoch.Add(time.Minute))
	send("ahead", epoch.Add(time.Minute))
	require.Equal(t, 152, c.calls())
	clock.add(time.Minute + time.Second)
	flood("d")
	send("a49", clock.now())
	require.Equal(t, 203, c.calls(), "what cannot be replayed any more is bounded by count")
}

// What is wrong is told before a database is asked. What it does with one is tested in module testdata/databases.
func TestNewSQLStoreErrors(t *testing.T) {
	db := sql.OpenDB(nowhere{})
	defer func() { require.NoError(t, db.Close()) }()
	_, err := webhook.NewSQLStore(nil, webhook.SQLite)
	require.ErrorContains(t, err, "the database is nil")
	for _, dialect := range []webhook.Dialect{0, webhook.MySQL + 1} {
		_, err = webhook.NewSQLStore(db, dialect)
		require.ErrorContains(t, err, "no dialect")
	}
	_, err = webhook.NewSQLStore(db, webhook.SQLite, nil)
	require.ErrorContains(t, err, "an option is nil")
	for _, name := range []string{"", "a b", "x; DROP TABLE y", "a.b.c", `"a"`, "1a", strings.Repeat("a", 64)} {
		_, err = webhook.NewSQLStore(db, webhook.SQLite, webhook.WithTable(name))
		require.ErrorContains(t, err, "not a plain name", name)
	}
	s, err := webhook.NewSQLStore(db, webhook.Postgres, webhook.WithTable("app.deliveries"))
	require.NoError(t, err)
	require.Contains(t, s.Schema(), "app.deliveries")
	_, err = s.Begin(t.Context(), claim("msg_1", "a", epoch))
	require.ErrorIs(t, err, errNowhere)
}

// nowhere is a database that cannot be reached.
type nowhere struct{}

var errNowhere = errors.New("connection refused")

func (nowhere) Connect(context.Context) (driver.Conn, error) { return nil, errNowhere }
func (nowhere) Driver() driver.Driver                        { return nil }

// A process that dies between the success of a callback and the note of it: the event is handled again, once the claim has ended.
func TestCrashMeansAtLeastOnce(t *testing.T) {
	clock, c := newClock(), &count{}
	s := &notingStore{Store: newMemory(t, 10)}
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
	require.Equal(t, clock.now(), s.done, "when it was done, not when it was begun")
	require.Equal(t, 200, send(s))
	require.Equal(t, 2, c.calls())
}

// deafStore hears no last word, as when the process dies.
type deafStore struct{ webhook.Store }

func (deafStore) Done(context.Context, webhook.Claim) error    { return nil }
func (deafStore) Release(context.Context, webhook.Claim) error { panic("not reached") }

// notingStore notes when the last delivery was done.
type notingStore struct {
	webhook.Store
	done time.Time
}

func (s *notingStore) Done(ctx context.Context, c webhook.Claim) error {
	s.done = c.Now
	return s.Store.Done(ctx, c)
}

// failingStore fails where it is told to.
type failingStore struct {
	webhook.Store
	begin, done, release error
	panics               bool // in Done
	beginPanics          bool
}

func (s *failingStore) Begin(ctx context.Context, c webhook.Claim) (webhook.State, error) {
	if s.beginPanics {
		panic("store panic before")
	}
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
	s, c := &failingStore{Store: newMemory(t, 10), begin: down}, &count{}
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
	require.Contains(t, l.String(), "store panicked: store panic")

	s.beginPanics = true
	w := record(h, request(t, processed, webhook.WithID("msg_6")))
	require.Equal(t, 503, w.Code, "Brex is to send it again")
	require.NotEmpty(t, w.Header().Get("Retry-After"))
	require.Contains(t, l.String(), "store panic before")
	s.beginPanics, s.panics, s.done = false, false, nil
	c.fail(nil)
	require.Equal(t, 200, serve(h, request(t, processed, webhook.WithID("msg_6"))))
}
