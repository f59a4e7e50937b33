package brexoauth

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// TenantsConfig describes an application with many customers. C is the type of their API clients,
// such as *brex.Client.
type TenantsConfig[C any] struct {
	Client *Client // of the application

	// Store returns where a company's login is kept. It does no I/O. It may be called more than once
	// for a company, and then returns a store of the same login.
	Store func(companyID string) (Store, error)
	// NewClient makes a company's API client. It does no I/O, and calls no method of the Tenants. It
	// is called once for each company.
	NewClient func(tenant Tenant) (C, error)
	// Identify asks Brex of which company a login is (operation getCompany). source has that login,
	// which is not stored yet.
	Identify func(ctx context.Context, source *TokenSource) (companyID string, err error)
	// OnRevoked, unless it is nil, is called when a company's login has ended and the customer has to
	// sign in again: once for each login that ended, in a goroutine of its own. It may call the
	// methods of the Tenants except Close, which waits for it. Each process that uses the login finds
	// out for itself.
	OnRevoked func(companyID string, err *SignInError)

	SourceOptions []SourceOption // of every TokenSource
}

// Tenant is a company whose API client is made.
type Tenant struct {
	CompanyID string
	Source    *TokenSource // of its access tokens
	// Bucket is the application and the company, as Brex counts requests: the name of a limiter that
	// several machines share. A limiter of this process needs no name, since there is one client.
	Bucket string
}

// Tenants keeps one API client for each company: so also one TokenSource, and one limiter. A client
// that was made is kept as long as the Tenants, since its limiter must not forget what it has sent,
// and goes on with the new login after the customer has signed in again. It is safe for concurrent
// use.
type Tenants[C any] struct {
	cfg TenantsConfig[C]

	mu   sync.Mutex
	made map[string]*tenant[C]
}

type tenant[C any] struct {
	store  Store
	source *TokenSource
	client C
	// Under the lock of Tenants:
	removed  bool          // by Remove, and no login was found since
	ended    *SignInError  // the last that was reported
	reported chan struct{} // is closed when all calls of OnRevoked have returned
}

// NewTenants checks cfg. It does no I/O.
func NewTenants[C any](cfg TenantsConfig[C]) (*Tenants[C], error) {
	if cfg.Client == nil || cfg.Store == nil || cfg.NewClient == nil || cfg.Identify == nil {
		return nil, usage("NewTenants: Client, Store, NewClient or Identify is nil")
	}
	return &Tenants[C]{cfg: cfg, made: map[string]*tenant[C]{}}, nil
}

// Get returns a company's client. Without a stored login it fails with a SignInError (errors.Is
// ErrNoLogin), and otherwise with the errors of the Store. It looks into the Store when the client is
// made and after a Remove; that a login has ended since then is the error of the client's calls.
func (t *Tenants[C]) Get(ctx context.Context, companyID string) (client C, err error) {
	if one, removed := t.find(companyID); one != nil && !removed {
		return one.client, nil
	}
	store, err := t.store(companyID)
	if err != nil {
		return client, err
	}
	if _, err := store.Load(ctx); errors.Is(err, ErrNoLogin) {
		return client, &SignInError{Reason: ReasonNoLogin}
	} else if err != nil {
		return client, err
	}
	one, err := t.make(companyID, store)
	if err != nil {
		return client, err
	}
	return one.client, nil
}

// Add stores the login of a company that has signed in, for the first time or again, and returns
// the company's id and its client. Brex is asked which company it is.
func (t *Tenants[C]) Add(ctx context.Context, login *Token) (companyID string, client C, err error) {
	return t.add(ctx, "", login)
}

// Reconnect is Add for a company that is known. It fails with ErrOtherCompany, and stores nothing,
// if the login is another company's: the customer may have signed in to a second account.
func (t *Tenants[C]) Reconnect(ctx context.Context, companyID string, login *Token) (client C, err error) {
	if companyID == "" {
		return client, usage("Reconnect: the company id is empty")
	}
	_, client, err = t.add(ctx, companyID, login)
	return client, err
}

func (t *Tenants[C]) add(ctx context.Context, want string, login *Token) (companyID string, client C, err error) {
	if login == nil {
		return "", client, usage("Tenants: the login is nil")
	}
	first := NewMemoryStore(login)
	source, err := t.cfg.Client.TokenSource(first, t.cfg.SourceOptions...)
	if err != nil {
		return "", client, err
	}
	companyID, err = t.cfg.Identify(ctx, source)
	if err := errors.Join(err, source.Close(ctx)); err != nil {
		return "", client, fmt.Errorf("brexoauth: the company of the login is unknown: %w", err)
	}
	if companyID == "" || want != "" && companyID != want {
		return "", client, fmt.Errorf("%w: it is of %q", ErrOtherCompany, companyID)
	}
	if login, err = first.Load(ctx); err != nil { // as it is after a refresh, if there was one
		return "", client, err
	}
	store, err := t.store(companyID)
	if err != nil {
		return "", client, err
	}
	if one, _ := t.find(companyID); one != nil {
		if err := one.source.Close(ctx); err != nil { // a login that waits to be saved has the lock
			return "", client, err
		}
		store = one.store
	}
	if err := StoreLogin(ctx, store, login); err != nil {
		return "", client, err
	}
	one, err := t.make(companyID, store)
	if err != nil {
		return "", client, err
	}
	return companyID, one.client, one.source.reload(ctx)
}

// Remove ends a company's login: it is revoked at Brex and deleted from the store, and the company's
// client fails from then on with a SignInError. The client of another process does so when the
// access token that it has, which Brex refuses by then, has run out. The login is deleted even when
// Brex cannot be told; the error then says so.
func (t *Tenants[C]) Remove(ctx context.Context, companyID string) error {
	one, _ := t.find(companyID)
	if one == nil {
		store, err := t.store(companyID)
		if err != nil {
			return err
		}
		return t.cfg.Client.SignOut(ctx, store)
	}
	// A login that waits to be saved has the lock.
	if err := one.source.Close(ctx); err != nil {
		return err
	}
	err := t.cfg.Client.SignOut(ctx, one.store)
	t.mu.Lock()
	one.removed = true // if it is still stored, Get finds it
	t.mu.Unlock()
	return errors.Join(err, one.source.reload(ctx))
}

// Close waits for refreshes under way and for calls of OnRevoked, and saves logins that could not
// be saved before. Call it before the program exits.
func (t *Tenants[C]) Close(ctx context.Context) error {
	t.mu.Lock()
	made := slices.Collect(maps.Values(t.made))
	t.mu.Unlock()
	var errs []error
	for _, one := range made {
		errs = append(errs, one.source.Close(ctx))
		t.mu.Lock()
		reported := one.reported
		t.mu.Unlock()
		if reported == nil {
			continue
		}
		select {
		case <-reported:
		case <-ctx.Done():
			errs = append(errs, ctx.Err())
		}
	}
	return errors.Join(errs...)
}

// find returns a company whose client was made, or nil.
func (t *Tenants[C]) find(companyID string) (one *tenant[C], removed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one = t.made[companyID]
	return one, one != nil && one.removed
}

func (t *Tenants[C]) store(companyID string) (Store, error) {
	if companyID == "" {
		return nil, usage("Tenants: the company id is empty")
	}
	store, err := t.cfg.Store(companyID)
	if err == nil && store == nil {
		err = usage("Tenants: Store returned nil")
	}
	return store, err
}

// make returns the one client of a company. There is a login for it, or there will be.
func (t *Tenants[C]) make(companyID string, store Store) (*tenant[C], error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.made[companyID]; one != nil {
		one.removed = false
		return one, nil
	}
	source, err := t.cfg.Client.TokenSource(store, t.cfg.SourceOptions...)
	if err != nil {
		return nil, err
	}
	one := &tenant[C]{store: store, source: source}
	source.onEnd = func(err *SignInError) { t.report(companyID, one, err) }
	bucket := t.cfg.Client.cfg.ClientID + "/" + companyID
	if one.client, err = t.cfg.NewClient(Tenant{CompanyID: companyID, Source: source, Bucket: bucket}); err != nil {
		return nil, err
	}
	t.made[companyID] = one
	return one, nil
}

// report calls OnRevoked, once for each login: its TokenSource returns the same error again.
func (t *Tenants[C]) report(companyID string, one *tenant[C], err *SignInError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cfg.OnRevoked == nil || err.Reason == ReasonNoLogin || one.ended == err {
		return
	}
	before, reported := one.reported, make(chan struct{})
	one.ended, one.reported = err, reported
	go func() {
		defer close(reported)
		t.cfg.OnRevoked(companyID, err)
		if before != nil {
			<-before
		}
	}()
}
