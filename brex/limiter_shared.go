package brex

import (
	"crypto/sha256"
	"runtime"
	"sync"
	"weak"
)

// sharedWindows holds one Window for each token and host in use in this process, for as long as a
// client holds it, so that two clients with the same token do not exceed the limit together.
var sharedWindows struct {
	mu   sync.Mutex
	held map[sharedKey]weak.Pointer[Window]
}

type sharedKey struct {
	host  string
	token [sha256.Size]byte // its hash
}

func sharedWindow(key sharedKey) *Window {
	s := &sharedWindows
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.held[key].Value(); w != nil {
		return w
	}
	w := defaultWindow()
	p := weak.Make(w)
	if s.held == nil {
		s.held = map[sharedKey]weak.Pointer[Window]{}
	}
	s.held[key] = p
	runtime.AddCleanup(w, func(key sharedKey) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.held[key] == p {
			delete(s.held, key)
		}
	}, key)
	return w
}

// share sets the limiter where no option did.
func (c *config) share() {
	switch {
	case c.limiter != nil || c.noLimiter:
	case c.fixed != nil:
		c.limiter = sharedWindow(sharedKey{limitedHost(c.baseURL), *c.fixed})
	default:
		c.limiter = defaultWindow()
	}
}
