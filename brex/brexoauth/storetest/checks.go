package storetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
)

func noLogin(t *testing.T, p Place) {
	s := p.open(t)
	_, err := s.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	unlock := acquire(t, s)
	require.NoError(t, s.Delete(t.Context()), "of nothing")
	require.Error(t, s.Save(t.Context(), nil))
	_, err = s.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	require.NoError(t, s.Save(t.Context(), login(1)))
	require.NoError(t, s.Delete(t.Context()))
	require.NoError(t, unlock())
	for _, s := range []brexoauth.Store{s, p.open(t)} {
		_, err = s.Load(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	}
}

func saved(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	for n := range 6 {
		save(t, s, login(n))
		same(t, login(n), load(t, s))
		same(t, login(n), load(t, other))
	}
}

func copies(t *testing.T, p Place) {
	s := p.open(t)
	mine := login(1)
	save(t, s, mine)
	mine.Scopes[0], mine.ClientID = "changed", "changed"
	got := load(t, s)
	same(t, login(1), got)
	got.Scopes[0], got.ClientID = "changed", "changed"
	same(t, login(1), load(t, s))
}

// whole loads without the lock while another saves.
func whole(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	save(t, s, login(0))
	unlock := acquire(t, s)
	var wg sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		wg.Go(func() {
			for last := 0; !done.Load(); {
				got, err := other.Load(t.Context())
				if err != nil || number(got) < last {
					t.Errorf("Load while another saves: %v after %d, %v", got, last, err)
					return
				}
				last = number(got)
				if have, err := got.Encode(); err != nil || !bytes.Equal(have, encoded(last)) {
					t.Errorf("login %d is not whole, %v", last, err)
					return
				}
			}
		})
	}
	for n := 1; n <= 40; n++ {
		if err := s.Save(t.Context(), login(n)); err != nil {
			t.Error(err)
			break
		}
	}
	done.Store(true)
	wg.Wait()
	require.NoError(t, unlock())
}

func encoded(n int) []byte {
	text, _ := login(n).Encode() // these can be encoded
	return text
}

func lock(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	unlock := acquire(t, s)
	refused(t, s)
	refused(t, other)
	require.NoError(t, unlock())

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var inside, times atomic.Int32
	var wg sync.WaitGroup
	for i := range 20 {
		s := []brexoauth.Store{s, other}[i%2]
		wg.Go(func() {
			unlock, err := s.Lock(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) != 1 {
				t.Error("two are inside")
			}
			time.Sleep(time.Millisecond)
			times.Add(1)
			inside.Add(-1)
			if err := unlock(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 20, times.Load())
}

// unlockTwice calls unlock once more while another holds the lock, whom that must not let go.
func unlockTwice(t *testing.T, p Place) {
	s, other := p.open(t), p.open(t)
	unlock := acquire(t, s)
	require.NoError(t, unlock())
	unlockOther := acquire(t, other)
	_ = unlock()
	refused(t, s)
	require.NoError(t, unlockOther())
	require.NoError(t, acquire(t, s)())
}

// ended asks for the lock with a context that has ended, and lets one end while it waits.
func ended(t *testing.T, p Place) {
	s := p.open(t)
	save(t, s, login(1))
	unlock := acquire(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- brexoauth.StoreLogin(ctx, s, login(2)) }()
	cancel()
	err := <-done
	require.ErrorIs(t, err, brexoauth.ErrLocked)
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, printed(err), marked)
	same(t, login(1), load(t, s))
	require.NoError(t, unlock())
	save(t, s, login(3))
}

func hidden(t *testing.T, p Place) {
	s := p.open(t)
	save(t, s, login(1))
	load(t, s)
	unlock := acquire(t, s)
	require.NotContains(t, printed(s), marked)
	require.NotContains(t, printed(struct{ f any }{s}), marked, "in an unexported field")
	require.NoError(t, unlock())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Save(ctx, login(2)); err != nil { // a store may save nevertheless
		require.NotContains(t, printed(err), marked)
	}
}

// fence is for a store that is brexoauth.Fenced.
func fence(t *testing.T, p Place) {
	s, ok := p.open(t).(brexoauth.Fenced)
	if !ok {
		t.Skip("the store has no SaveIf")
	}
	require.ErrorIs(t, s.SaveIf(t.Context(), login(1), login(3)), brexoauth.ErrFenced, "nothing is stored")
	_, err := s.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
	save(t, s, login(1))
	require.Error(t, s.SaveIf(t.Context(), login(1), nil))
	began := login(1)
	began.RefreshBegan = began.Expiry
	for _, held := range []bool{true, false} {
		unlock := func() error { return nil }
		if held {
			unlock = acquire(t, s)
		}
		require.NoError(t, s.SaveIf(t.Context(), login(1), began))
		same(t, began, load(t, s))
		require.NoError(t, s.SaveIf(t.Context(), login(1), login(3)), "the note makes no difference")
		require.NoError(t, s.SaveIf(t.Context(), login(1), login(3)), "repeated")
		same(t, login(3), load(t, s))
		err := s.SaveIf(t.Context(), login(1), login(5))
		require.ErrorIs(t, err, brexoauth.ErrFenced)
		require.NotContains(t, printed(err), marked)
		same(t, login(3), load(t, p.open(t)))
		require.NoError(t, s.SaveIf(t.Context(), login(3), login(1)))
		require.NoError(t, unlock())
	}
	var saved atomic.Int32
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			if err := s.SaveIf(t.Context(), login(1), login(10+n)); err == nil {
				saved.Add(1)
			} else if !errors.Is(err, brexoauth.ErrFenced) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, saved.Load(), "of those that come late at once, one saves")
}
