package webhook

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Claim is one attempt to handle a delivery.
type Claim struct {
	ID    string    // Webhook-Id, at most 255 visible ASCII characters
	Token string    // identifies this attempt among others for the same id; at most 64 letters and digits
	Now   time.Time // when the Store is asked
	Until time.Time // when the claim ends by itself, because whoever made it must have died

	// KeepUntil is how long the delivery, recorded and sent again as it is, would pass
	// verification. A Store must not forget before then that it was handled.
	KeepUntil time.Time
}

// State is what a Store knows of a delivery.
type State int

// States that Begin returns.
const (
	Claimed State = iota + 1 // it was not handled: the caller has the claim now
	Busy                     // another claim is in force
	Handled                  // it was handled
)

// ErrClaimLost is the error for a claim that ended before its attempt did, so that another attempt
// may have begun.
var ErrClaimLost = errors.New("webhook: the claim ran out while the event was handled")

// Store remembers which deliveries were handled, so that one that Brex sends twice is handled once.
// An id is first claimed, then noted as done, or released when handling failed. A claim that is
// neither ends by itself at its time: a crash delays an event, and never loses it. Implementations
// are safe for concurrent use, and Begin is atomic: of several callers one gets Claimed.
type Store interface {
	// Begin claims the id, unless it was handled or another claim is in force.
	Begin(ctx context.Context, c Claim) (State, error)
	// Done notes that the id was handled. It fails with ErrClaimLost if the claim is no longer the
	// caller's.
	Done(ctx context.Context, c Claim) error
	// Release gives the claim up. It does nothing when the claim is not the caller's any more.
	Release(ctx context.Context, c Claim) error
}

// DefaultMemory is how many handled deliveries a Handler remembers, at least, when it is given no
// Store.
const DefaultMemory = 10_000

// MemoryStore is a Store in memory, for programs of one process that may handle an event again
// after a restart.
type MemoryStore struct {
	most int

	mu      sync.Mutex
	claims  map[string]Claim
	handled map[string]*list.Element
	order   list.List // the claims that were handled, the one seen longest ago first
}

// NewMemoryStore returns a MemoryStore that remembers the latest handled deliveries, most of them,
// and beyond that number those that could still be replayed (Claim.KeepUntil): a burst of events
// within the tolerance makes it grow for that time. It bounds the claims in force too: beyond that
// number Begin fails.
func NewMemoryStore(most int) (*MemoryStore, error) {
	if most < 1 {
		return nil, fmt.Errorf("webhook: NewMemoryStore: %d is not above zero", most)
	}
	return &MemoryStore{most: most, claims: map[string]Claim{}, handled: map[string]*list.Element{}}, nil
}

// Begin claims the id.
func (s *MemoryStore) Begin(_ context.Context, c Claim) (State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if done, ok := s.handled[c.ID]; ok {
		done.Value = c // sent again, with a later time that could be replayed as well
		s.order.MoveToBack(done)
		return Handled, nil
	}
	held, ok := s.claims[c.ID]
	if ok && c.Now.Before(held.Until) {
		return Busy, nil
	}
	if !ok && len(s.claims) >= s.most {
		for id, held := range s.claims {
			if !c.Now.Before(held.Until) {
				delete(s.claims, id)
			}
		}
		if len(s.claims) >= s.most {
			return 0, fmt.Errorf("webhook: %d deliveries are being handled already", len(s.claims))
		}
	}
	s.claims[c.ID] = c
	return Claimed, nil
}

// Done notes that the id was handled.
func (s *MemoryStore) Done(_ context.Context, c Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.claims[c.ID]; !ok || held.Token != c.Token {
		return ErrClaimLost
	}
	delete(s.claims, c.ID)
	s.handled[c.ID] = s.order.PushBack(c)
	for oldest := s.order.Front(); s.order.Len() > s.most; oldest = s.order.Front() {
		done := oldest.Value.(Claim)
		if !done.KeepUntil.Before(c.Now) {
			break
		}
		s.order.Remove(oldest)
		delete(s.handled, done.ID)
	}
	return nil
}

// Release gives the claim up.
func (s *MemoryStore) Release(_ context.Context, c Claim) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, ok := s.claims[c.ID]; ok && held.Token == c.Token {
		delete(s.claims, c.ID)
	}
	return nil
}
