package brex

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"weak"
)

// One Window and one set of quotas for each token and host in use in this process, so that two clients with the same token do
// not exceed the limits together.
var (
	sharedWindows sharedBy[Window]
	sharedQuotas  sharedBy[quotas]
)

type sharedKey struct {
	host  string
	token [sha256.Size]byte // its hash
}

// sharedBy holds one T for each key, for as long as a client holds it.
type sharedBy[T any] struct {
	mu   sync.Mutex
	held map[sharedKey]weak.Pointer[T]
}

func (s *sharedBy[T]) get(key sharedKey, fresh func() *T) *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.held[key].Value(); v != nil {
		return v
	}
	v := fresh()
	p := weak.Make(v)
	if s.held == nil {
		s.held = map[sharedKey]weak.Pointer[T]{}
	}
	s.held[key] = p
	runtime.AddCleanup(v, func(key sharedKey) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.held[key] == p {
			delete(s.held, key)
		}
	}, key)
	return v
}

// share sets the limiter and the quotas where no option did.
func (c *config) share() {
	window, given := c.limiter.(*Window)
	if c.fixed != nil {
		key := sharedKey{limitedHost(c.baseURL), *c.fixed}
		c.quotas = sharedQuotas.get(key, newQuotas)
		if c.limiter == nil && !c.noLimiter {
			c.limiter = sharedWindows.get(key, defaultWindow)
		}
	} else {
		c.quotas = newQuotas()
		if given {
			c.quotas = window.daily()
		}
		if c.limiter == nil && !c.noLimiter {
			c.limiter = defaultWindow()
		}
	}
	if c.noQuotas {
		c.quotas = nil
	}
}

// daily are the quotas of clients with a token source that share the Window.
func (w *Window) daily() *quotas {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.quotas == nil {
		w.quotas = newQuotas()
	}
	return w.quotas
}
