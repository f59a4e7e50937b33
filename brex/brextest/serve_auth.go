package brextest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// credential is what a bearer token may do.
type credential struct {
	name   string
	all    bool
	role   Role // RoleAdmin when empty
	scopes []string

	machine bool // of OAuth's client credentials
}

func (c *credential) allows(op *operation) bool {
	if c.all || len(op.scopes) == 0 {
		return true
	}
	// Where an operation lists two scopes, either is enough.
	return slices.ContainsFunc(op.scopes, func(s string) bool { return slices.Contains(c.scopes, s) })
}

func (h *Handler) addToken(t tokenOption) error {
	if h.tokens[t.token] != nil {
		return fmt.Errorf("brextest: the token of WithToken is given twice")
	}
	for _, scope := range t.scopes {
		known := false
		for _, op := range h.known {
			known = known || slices.Contains(op.scopes, scope)
		}
		if !known {
			return fmt.Errorf("brextest: WithToken: %q is not a scope of the Brex API", scope)
		}
	}
	h.tokens[t.token] = &credential{name: t.token, scopes: t.scopes, role: t.role}
	return nil
}

// authorize returns the caller's credential, or the response that refuses.
func (h *Handler) authorize(r *http.Request, op *operation) (*credential, *answer) {
	header := r.Header.Get("Authorization")
	if header == "" {
		// Measured: without a token the body of the 401 is empty.
		return nil, &answer{status: http.StatusUnauthorized}
	}
	var cred *credential
	if scheme, token, _ := strings.Cut(header, " "); strings.EqualFold(scheme, "Bearer") {
		cred = h.tokens[strings.TrimSpace(token)]
		if cred == nil {
			cred = h.oauth.credential(strings.TrimSpace(token), h.clock.now())
		}
	}
	if cred == nil || !h.enabled(cred) || !h.inUse(cred) {
		p := &problem{status: h.config.badToken, kind: "UNAUTHORIZED", message: "PERMISSION_DENIED: Invalid or Revoked Token"}
		if p.status == http.StatusForbidden {
			p.kind = "FORBIDDEN"
		}
		return nil, p.refuse(op)
	}
	if !cred.allows(op) {
		return nil, (&problem{status: http.StatusForbidden, kind: "FORBIDDEN",
			message: "the token has none of the scopes " + strings.Join(op.scopes, ", ")}).refuse(op)
	}
	if p := h.refusedByRole(cred, op); p != nil {
		return nil, p.refuse(op)
	}
	return cred, nil
}

// tokenUse remembers when each user token was used last.
type tokenUse struct {
	mu   sync.Mutex
	made time.Time // when all of them were
	last map[string]time.Time
}

func (u *tokenUse) load(made time.Time, last map[string]time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.made, u.last = made, map[string]time.Time{}
	maps.Copy(u.last, last)
}

func (u *tokenUse) save() map[string]time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.last)
}

// inUse takes note of the use of a token, or says that it came too late.
func (h *Handler) inUse(cred *credential) bool {
	if cred.account() != "" {
		return true
	}
	now := h.clock.now()
	h.tokenUse.mu.Lock()
	defer h.tokenUse.mu.Unlock()
	last, used := h.tokenUse.last[cred.name]
	if !used {
		last = h.tokenUse.made
	}
	if h.config.unusedFor > 0 && now.Sub(last) >= h.config.unusedFor {
		return false
	}
	h.tokenUse.last[cred.name] = now
	return true
}

// refuse is the problem in the words of the operation's API.
func (p *problem) refuse(op *operation) *answer {
	a := p.answer()
	if op.api == "accounting" {
		a = p.accountingAnswer()
	}
	return &a
}
