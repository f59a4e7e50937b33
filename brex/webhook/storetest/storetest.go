// Package storetest tests implementations of webhook.Store.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) func() webhook.Store {
//			database := newDatabase(t)
//			return func() webhook.Store { return newStore(database) }
//		})
//	}
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/brex-go/sdk/brex/webhook"
)

// Run checks that a store does what webhook.Store promises. open makes an empty one, and returns a
// function that opens it as another process would; a store that no other process can open is
// returned each time.
func Run(t *testing.T, open func(t *testing.T) func() webhook.Store) {
	t.Helper()
	run(t, false, open)
}

// RunStrict is Run for a store that may fail, rather than wait, where claims of a delivery meet.
func RunStrict(t *testing.T, open func(t *testing.T) func() webhook.Store) {
	t.Helper()
	run(t, true, open)
}

func run(t *testing.T, strict bool, open func(t *testing.T) func() webhook.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*suite)
	}{
		{"States", (*suite).states},
		{"ClaimsEnd", (*suite).claimsEnd},
		{"OneOfManyWins", (*suite).oneOfManyWins},
		{"ClaimsComeAndGo", (*suite).claimsComeAndGo},
		{"IDs", (*suite).ids},
		{"ContextEnds", (*suite).contextEnds},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(&suite{T: t, strict: strict, open: open(t)}) })
	}
}

// suite is one test, with its store.
type suite struct {
	*testing.T
	strict bool
	open   func() webhook.Store
}

// now is not the time of any clock: a store goes by that of the claim.
var now = time.Unix(1_780_000_000, 0)

func claim(id, token string, at time.Time) webhook.Claim {
	return webhook.Claim{ID: id, Token: token, Now: at, Until: at.Add(time.Minute),
		KeepUntil: at.Add(5 * time.Minute)}
}

func (s *suite) begin(store webhook.Store, c webhook.Claim, want webhook.State) {
	s.Helper()
	got, err := store.Begin(s.Context(), c)
	if err != nil || got != want {
		s.Fatalf("Begin of %.20q by %.10q: state %d, %v, want state %d", c.ID, c.Token, got, err, want)
	}
}

func (s *suite) done(store webhook.Store, c webhook.Claim) {
	s.Helper()
	if err := store.Done(s.Context(), c); err != nil {
		s.Fatalf("Done of %.20q by %.10q: %v", c.ID, c.Token, err)
	}
}

func (s *suite) lost(store webhook.Store, c webhook.Claim) {
	s.Helper()
	if err := store.Done(s.Context(), c); !errors.Is(err, webhook.ErrClaimLost) {
		s.Fatalf("Done of %.20q by %.10q, who has no claim: %v, want ErrClaimLost", c.ID, c.Token, err)
	}
}

func (s *suite) release(store webhook.Store, c webhook.Claim) {
	s.Helper()
	if err := store.Release(s.Context(), c); err != nil {
		s.Fatalf("Release of %.20q by %.10q: %v", c.ID, c.Token, err)
	}
}

func (s *suite) states() {
	here, there := s.open(), s.open()
	a, b := claim("msg_1", "a", now), claim("msg_1", "b", now)
	s.begin(here, a, webhook.Claimed)
	s.begin(there, b, webhook.Busy)
	s.begin(there, claim("msg_2", "b", now), webhook.Claimed)

	// Who does not hold the claim can neither end it nor give it up, not even one whose token is
	// the same except for case.
	for _, stranger := range []webhook.Claim{b, claim("msg_1", "A", now)} {
		s.release(there, stranger)
		s.lost(there, stranger)
		s.begin(there, b, webhook.Busy)
	}
	s.release(here, a)
	s.begin(there, b, webhook.Claimed)
	s.lost(here, a)
	s.done(there, b)
	s.begin(here, a, webhook.Handled)
	s.release(there, b) // done is done
	s.lost(there, b)
	s.begin(here, claim("msg_1", "c", b.KeepUntil), webhook.Handled) // and later, as the store likes
	s.lost(here, claim("msg_3", "a", now))                           // nobody has ever claimed it
	s.release(here, claim("msg_3", "a", now))
	s.begin(there, claim("msg_3", "b", now), webhook.Claimed)
}

// Whoever had the claim died: at its end another gets it, and the dead one, should it rise again,
// nothing. Times are kept to the millisecond.
func (s *suite) claimsEnd() {
	dead := claim("msg_1", "dead", now)
	s.begin(s.open(), dead, webhook.Claimed)
	next := s.open() // the next process
	end := now.Add(time.Minute)
	s.begin(next, claim("msg_1", "early", end.Add(-time.Millisecond)), webhook.Busy)
	s.begin(next, claim("msg_1", "back", now.Add(-time.Hour)), webhook.Busy)
	heir := claim("msg_1", "next", end)
	s.begin(next, heir, webhook.Claimed)
	s.begin(next, claim("msg_1", "late", end), webhook.Busy)
	s.release(next, dead)
	s.lost(next, dead)
	s.begin(next, claim("msg_1", "late", end), webhook.Busy)
	s.done(next, heir)
	s.begin(s.open(), claim("msg_1", "later", heir.KeepUntil), webhook.Handled)
}

func (s *suite) oneOfManyWins() {
	stores := []webhook.Store{s.open(), s.open(), s.open(), s.open()}
	for round := range 5 {
		id := fmt.Sprint("msg_", round)
		_, _ = s.winner(stores, id, now)
		// The winner died, and all find its claim stale.
		later := now.Add(time.Minute)
		c, store := s.winner(stores, id, later)
		s.release(store, c)
		// Released: as if nobody had had it.
		c, store = s.winner(stores, id, later)
		s.done(store, c)
		for _, store := range stores {
			s.begin(store, claim(id, "more", later), webhook.Handled)
		}
	}
}

// winner lets 50 goroutines claim the same delivery, and returns the one claim that won.
func (s *suite) winner(stores []webhook.Store, id string, at time.Time) (webhook.Claim, webhook.Store) {
	s.Helper()
	var mu sync.Mutex
	var won []webhook.Claim
	var its webhook.Store
	together(50, func(i int) {
		c, store := claim(id, rand.Text(), at), stores[i%len(stores)]
		switch state, err := store.Begin(s.Context(), c); {
		case err != nil:
			s.Error(err)
		case state == webhook.Claimed:
			mu.Lock()
			defer mu.Unlock()
			won, its = append(won, c), store
		case state != webhook.Busy:
			s.Error("state", state)
		}
	})
	if len(won) != 1 {
		s.Fatalf("%d of 50 claims won, want exactly one", len(won))
	}
	return won[0], its
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

// Of claims that come and go in 50 goroutines, never are two of a delivery in force.
func (s *suite) claimsComeAndGo() {
	stores := []webhook.Store{s.open(), s.open(), s.open(), s.open()}
	var inside, handled [8]atomic.Int32
	together(50, func(i int) {
		store := stores[i%len(stores)]
		for round := range inside {
			c := claim(fmt.Sprint("msg_", round), rand.Text(), now)
			state, err := store.Begin(s.Context(), c)
			if err != nil && !s.strict {
				s.Error(err)
			}
			if err != nil || state != webhook.Claimed {
				continue
			}
			if inside[round].Add(1) != 1 {
				s.Error("two are inside")
			}
			inside[round].Add(-1)
			end := store.Release
			if round%2 == 1 {
				handled[round].Add(1)
				end = store.Done
			}
			if err := end(s.Context(), c); err != nil {
				s.Error(err)
			}
		}
	})
	for round := range handled {
		if n := handled[round].Load(); n != int32(round%2) {
			s.Errorf("delivery %d was handled %d times", round, n)
		}
	}
}

func (s *suite) ids() {
	visible := ""
	for c := byte('!'); c < 0x7f; c++ {
		if !strings.ContainsRune(`"{}`, rune(c)) {
			visible += string(rune(c))
		}
	}
	long := strings.Repeat("m", 254)
	store := s.open()
	for _, id := range []string{"m", "msg_1", "MSG_1", "Msg_1", visible, long + "1", long + "2", long,
		"';--", "msg\\", "%", "_"} {
		c := claim(id, "a", now)
		s.begin(store, c, webhook.Claimed)
		s.begin(store, claim(id, "b", now), webhook.Busy)
		s.done(store, c)
		s.begin(store, c, webhook.Handled)
	}
	// The longest token that a claim may have.
	c := claim("token", strings.Repeat("T", 64), now)
	s.begin(store, c, webhook.Claimed)
	s.done(store, c)
}

// A context that is over is an error, and changes nothing; a store in memory need not look at it.
func (s *suite) contextEnds() {
	store := s.open()
	c := claim("msg_1", "a", now)
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	state, err := store.Begin(ctx, c)
	if err == nil {
		if state != webhook.Claimed {
			s.Errorf("state %d of a delivery that nobody claimed", state)
		}
		if err := store.Done(ctx, c); errors.Is(err, webhook.ErrClaimLost) {
			s.Errorf("Done with a context that is over: %v", err)
		} else if err != nil {
			s.done(store, c)
		}
		return
	}
	if state != 0 {
		s.Errorf("state %d with the error %v", state, err)
	}
	if !errors.Is(err, context.Canceled) {
		s.Errorf("with a context that is over: %v", err)
	}
	s.begin(store, c, webhook.Claimed)
	if err := store.Done(ctx, c); err == nil || errors.Is(err, webhook.ErrClaimLost) {
		s.Errorf("Done with a context that is over: %v", err)
	}
	s.done(store, c)
}
