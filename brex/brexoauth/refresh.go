package brexoauth

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// login renews a stored login. A flight uses it at a time, or Close: mu keeps the two apart.
type login struct {
	client *Client
	store  Store
	usable func(*Token) bool

	mu      sync.Mutex
	dead    *Token // a login that ended
	deadErr *SignInError
	// A login that could not be saved, the one it was made of, and the lock that is held until it is.
	pending, spent *Token
	unlock         func() error
}

// crashPoint is where the tests kill the process. data is what is about to be written to f.
var crashPoint = func(point string, f *os.File, data []byte) {}

// obtain returns the stored login, renewed where it must be. The order of its steps is explained in
// the package doc.
func (l *login) obtain(ctx context.Context) (*Token, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending != nil {
		return l.keep(ctx)
	}
	// Without the lock first: mostly another process has renewed the login, or nobody needs to.
	if t, err := l.load(ctx); err != nil || l.usable(t) {
		return t, err
	}
	d, err := l.client.endpoints(ctx) // discovery, before anything is locked
	if err != nil {
		return nil, err
	}
	unlock, err := l.store.Lock(ctx)
	if err != nil {
		t, _ := l.load(context.WithoutCancel(ctx))
		return t, err
	}
	l.unlock = unlock
	defer l.release()
	t, err := l.load(ctx)
	if err != nil || l.usable(t) {
		return t, err
	}
	if t.RefreshToken.IsZero() {
		l.dead, l.deadErr = t, &SignInError{Reason: ReasonNoRefreshToken}
		return nil, l.deadErr
	}
	began := t.clone()
	if began.RefreshBegan.IsZero() {
		began.RefreshBegan = l.client.now()
	}
	switch err := saveIf(ctx, l.store, t, began); {
	case errors.Is(err, ErrFenced):
		return l.newer(ctx, err)
	case err != nil:
		return t, notSaved(err)
	}
	crashPoint("request", nil, nil)
	fresh, uncertain, failed := l.client.repeat(ctx, func() (*Token, *IssuerError) {
		return l.client.refresh(ctx, d, began)
	})
	crashPoint("answer", nil, nil)
	if fresh != nil {
		l.pending, l.spent = fresh, began
		if t, err = l.keep(ctx); err == nil && failed != nil {
			err = failed
		}
		return t, err
	}
	if other, err := l.load(ctx); err == nil && other.RefreshToken != t.RefreshToken {
		// The store's lock has not kept somebody else out, who was faster. That login serves, and
		// must not be written over.
		return other, failed
	}
	if !uncertain && t.RefreshBegan.IsZero() {
		// Nothing was exchanged, so there is nothing to remember. If this fails, a later error says
		// too much, no more.
		_ = saveIf(ctx, l.store, began, t)
	}
	if failed.Code == "invalid_grant" {
		l.dead, l.deadErr = t, &SignInError{Reason: ReasonRefused, Err: failed}
		if uncertain || !t.RefreshBegan.IsZero() {
			l.deadErr.Reason, l.deadErr.Began = ReasonInterrupted, began.RefreshBegan
		}
		return nil, l.deadErr
	}
	return t, failed
}

// load reads the login and says why it is none for us.
func (l *login) load(ctx context.Context) (*Token, error) {
	t, err := l.store.Load(ctx)
	if errors.Is(err, ErrNoLogin) {
		return nil, &SignInError{Reason: ReasonNoLogin}
	}
	if err != nil {
		return nil, err
	}
	if err := l.client.owns(t); err != nil {
		return nil, err
	}
	if l.dead != nil && t.SameTokens(l.dead) && !l.usable(t) {
		return nil, l.deadErr
	}
	return t, nil
}

// newer returns the login that somebody else has saved since the lock was lost. It fails if that is
// of no use yet.
func (l *login) newer(ctx context.Context, fenced error) (*Token, error) {
	t, err := l.load(ctx)
	if err == nil && !l.usable(t) {
		err = notSaved(fenced)
	}
	return t, err
}

// owns refuses a login whose tokens were meant for somebody else.
func (c *Client) owns(t *Token) error {
	if t.Issuer != c.cfg.Issuer || t.ClientID != c.cfg.ClientID {
		return fmt.Errorf("%w: it is for client %q at %q, and this is %q at %q", ErrOtherLogin,
			t.ClientID, t.Issuer, c.cfg.ClientID, c.cfg.Issuer)
	}
	return nil
}

// keep saves the pending login. Until that has worked its access token is not handed out, and no
// other process may send the old refresh token.
func (l *login) keep(ctx context.Context) (*Token, error) {
	// The time for the requests may be over; saving is not less needed then.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTimeout)
	defer cancel()
	var err error
	for try := range attempts {
		if try > 0 {
			if l.client.wait(ctx, backoff(try)) != nil {
				break
			}
		}
		switch err = saveIf(ctx, l.store, l.spent, l.pending); {
		case err == nil:
			crashPoint("saved", nil, nil)
			t := l.pending
			l.pending, l.dead, l.deadErr = nil, nil, nil
			l.release()
			return t, nil
		case errors.Is(err, ErrFenced):
			l.pending = nil // theirs is the newer one, or the customer has signed out
			l.release()
			return l.newer(ctx, err)
		}
	}
	return nil, notSaved(err)
}

// release gives the lock back, unless a login waits to be saved.
func (l *login) release() {
	if l.pending == nil && l.unlock != nil {
		_ = l.unlock() // the lock ends with its file in any case
		l.unlock = nil
	}
}

func (l *login) flush(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil {
		return nil
	}
	_, err := l.keep(ctx)
	return err
}

func notSaved(err error) error { return fmt.Errorf("%w: %w", ErrNotSaved, err) }

// attempts is how often a request or a save is tried in one flight; longestWait is how long Brex
// may ask to wait.
const (
	attempts    = 3
	longestWait = 10 * time.Second
)

// backoff is short: an issuer that takes an exchanged refresh token once more does so for seconds
// only.
func backoff(try int) time.Duration { return time.Second / 4 << (2 * (try - 1)) }

// repeat sends until there is a response, and never again after a 2xx, which means that what was
// sent is spent. uncertain says that an attempt may have had an effect that we do not know. t can
// come with an error, see request.
func (c *Client) repeat(ctx context.Context, send func() (*Token, *IssuerError)) (t *Token, uncertain bool, failed *IssuerError) {
	for try := 1; ; try++ {
		t, failed = send()
		if failed == nil || t != nil {
			return t, uncertain, failed
		}
		uncertain = uncertain || failed.Code != "invalid_grant" && failed.uncertain()
		pause := max(backoff(try), failed.RetryAfter)
		if !failed.Temporary() || failed.Code == "invalid_grant" || try == attempts || pause > longestWait || c.wait(ctx, pause) != nil {
			return nil, uncertain, failed
		}
	}
}

// StoreLogin saves a login after a sign-in, with the store locked, so that a refresh under way
// elsewhere does not write over it. A TokenSource that has a good access token goes on with that
// one until it runs out: make a new one where the new scopes, or the new account, matter at once.
func StoreLogin(ctx context.Context, store Store, t *Token) (err error) {
	if store == nil || t == nil {
		return usage("StoreLogin: the store or the login is nil")
	}
	unlock, err := store.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := store.Save(ctx, t); err != nil {
		return notSaved(err)
	}
	return nil
}

// SignOut revokes the stored login at Brex and deletes it. It is deleted even when Brex cannot be
// told; the error then says so. With no login stored it does nothing.
func (c *Client) SignOut(ctx context.Context, store Store) (err error) {
	if store == nil {
		return usage("SignOut: the store is nil")
	}
	unlock, err := store.Lock(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	t, err := store.Load(ctx)
	switch {
	case errors.Is(err, ErrNoLogin):
		return nil
	case err == nil:
		err = c.Revoke(ctx, t)
		if errors.Is(err, ErrOtherLogin) {
			return err // another application's login is not ours to delete
		}
	}
	if err != nil {
		err = fmt.Errorf("brexoauth: the login was not revoked at Brex, where it stays good until it expires: %w", err)
	}
	return errors.Join(err, store.Delete(ctx))
}
