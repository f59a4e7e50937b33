package brexoauth

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
)

// Store keeps one login. All methods are called concurrently.
//
// Save and Delete are called with the lock held, Load also without. Save must not return before the
// login would survive a crash: a refresh token that it loses cannot be recovered. Another
// implementation stores the output of Token.Encode, keeps it secret and is tried by package
// storetest. What is passed to Save and returned by Load is the caller's: a store keeps a copy.
type Store interface {
	// Load returns the login. It fails with ErrNoLogin if there is none.
	Load(ctx context.Context) (*Token, error)
	// Save replaces the login, durably and as a whole: after a crash there is either the old one or
	// the new one.
	Save(ctx context.Context, t *Token) error
	// Delete removes the login. When there is none it does nothing.
	Delete(ctx context.Context) error
	// Lock waits until nobody else holds the lock, in this process or another, or until ctx ends
	// (ErrLocked, and ctx's error). The lock must end with the process that holds it. unlock may be
	// called more than once.
	Lock(ctx context.Context) (unlock func() error, err error)
}

// Fenced is a Store whose lock can be lost by a process that still runs, such as one that ends with
// a connection. A TokenSource saves by SaveIf where the store has it, so that a response that comes
// after the lock was lost never takes the place of a newer login.
type Fenced interface {
	Store
	// SaveIf is Save if the stored login has the tokens of old (Token.SameTokens), or those of t
	// already. Otherwise, and where there is none, it fails with ErrFenced and changes nothing.
	SaveIf(ctx context.Context, old, t *Token) error
}

// saveIf saves t where old was loaded.
func saveIf(ctx context.Context, store Store, old, t *Token) error {
	if fenced, ok := store.(Fenced); ok {
		return fenced.SaveIf(ctx, old, t)
	}
	return store.Save(ctx, t)
}

// MemoryStore is a Store that ends with the process: for tests, and for logins that are kept
// elsewhere. A refresh token that was exchanged is then good for nothing anywhere else.
type MemoryStore struct {
	lock chan struct{}

	mu    sync.Mutex
	token *Token
}

// NewMemoryStore returns a store with a login in it, or without one when t is nil.
func NewMemoryStore(t *Token) *MemoryStore {
	return &MemoryStore{lock: make(chan struct{}, 1), token: t.clone()}
}

// Load returns a copy of the login.
func (m *MemoryStore) Load(context.Context) (*Token, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.token == nil {
		return nil, ErrNoLogin
	}
	return m.token.clone(), nil
}

// Save keeps a copy of the login.
func (m *MemoryStore) Save(_ context.Context, t *Token) error {
	if t == nil {
		return usage("Save: the login is nil")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token = t.clone()
	return nil
}

// Delete forgets the login.
func (m *MemoryStore) Delete(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.token = nil
	return nil
}

// Lock keeps others of this process out.
func (m *MemoryStore) Lock(ctx context.Context) (func() error, error) {
	select {
	case m.lock <- struct{}{}:
		return sync.OnceValue(func() error { <-m.lock; return nil }), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrLocked, ctx.Err())
	}
}

// String returns a description without a token.
func (m *MemoryStore) String() string { return "brexoauth.MemoryStore{}" }

// GoString returns String.
func (m *MemoryStore) GoString() string { return m.String() }

// Format prints String for every verb.
func (m *MemoryStore) Format(f fmt.State, _ rune) { show(f, m.String()) }

// LogValue returns String.
func (m *MemoryStore) LogValue() slog.Value { return slog.StringValue(m.String()) }
