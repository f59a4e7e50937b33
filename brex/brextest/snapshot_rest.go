package brextest

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// check refuses a snapshot with nothing in the place of something.
func (s *snapshot) check() error {
	for _, id := range sortedKeys(s.Uploads) {
		if up := s.Uploads[id]; up == nil || up.ID != id {
			return fmt.Errorf("the upload %s is damaged", printable(id))
		}
	}
	for i, e := range s.Events {
		if e == nil || e.ID == "" || e.Type == "" {
			return fmt.Errorf("event %d is damaged", i)
		}
	}
	return nil
}

// savedKey is an idempotency key with the response that it replays.
type savedKey struct {
	Token     string    `json:"token"`
	Operation string    `json:"operation"`
	Key       string    `json:"key"`
	Request   string    `json:"request"` // its fingerprint
	Status    int       `json:"status"`
	Body      string    `json:"body"`
	At        time.Time `json:"at"`
}

func (s *keyStore) save() []savedKey {
	var keys []savedKey
	for _, name := range s.order {
		if kept := s.kept[name]; kept != nil {
			keys = append(keys, savedKey{name.token, name.operation, name.key, hex.EncodeToString(kept.request[:]),
				kept.answer.status, string(kept.answer.body), kept.at})
		}
	}
	return keys
}

func (s *keyStore) load(keys []savedKey) {
	s.kept, s.order = nil, nil
	for _, k := range keys {
		kept := &keptAnswer{answer: answer{status: k.Status, body: []byte(k.Body)}, at: k.At}
		request, err := hex.DecodeString(k.Request)
		if err != nil || len(request) != len(kept.request) {
			continue // edited by hand: the key is forgotten
		}
		copy(kept.request[:], request)
		s.keep(keyName{k.Token, k.Operation, k.Key}, kept)
	}
}

// savedWindow is what counts against one limit of one client.
type savedWindow struct {
	Client string      `json:"client"`
	Limit  limited     `json:"limit"`
	Times  []time.Time `json:"times"`
}

func (l *limiter) save() []savedWindow {
	l.mu.Lock()
	defer l.mu.Unlock()
	var windows []savedWindow
	for name, w := range l.windows {
		windows = append(windows, savedWindow{name.client, name.what, slices.Clone(w.times)})
	}
	slices.SortFunc(windows, func(a, b savedWindow) int {
		return strings.Compare(a.Client+"\n"+string(a.Limit), b.Client+"\n"+string(b.Limit))
	})
	return windows
}

func (l *limiter) load(windows []savedWindow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.windows = nil
	for _, w := range windows {
		slices.SortFunc(w.Times, time.Time.Compare)
		l.window(w.Client, w.Limit).times = w.Times
	}
}

// savedOAuth are the logins at the issuer. Codes that were not exchanged yet
// are left out: they live for minutes.
type savedOAuth struct {
	Grants  map[string]savedGrant      `json:"grants,omitempty"`
	Access  map[string]savedOAuthToken `json:"access,omitempty"`
	Refresh map[string]savedOAuthToken `json:"refresh,omitempty"`
	Issued  uint64                     `json:"issued"`
}

type savedGrant struct {
	Client  string   `json:"client"`
	Scopes  []string `json:"scopes,omitempty"`
	Revoked bool     `json:"revoked,omitempty"`
	Machine bool     `json:"machine,omitempty"`
}

type savedOAuthToken struct {
	Grant   string    `json:"grant"`
	Scopes  []string  `json:"scopes,omitempty"`
	Expires time.Time `json:"expires"`
	Spent   time.Time `json:"spent,omitzero"`
	Revoked bool      `json:"revoked,omitempty"`
}

func (o *oauthIssuer) save() savedOAuth {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := savedOAuth{Grants: map[string]savedGrant{}, Issued: o.issued}
	tokens := func(issued map[string]*oauthToken) map[string]savedOAuthToken {
		saved := map[string]savedOAuthToken{}
		for token, t := range issued {
			g := t.grant
			s.Grants[g.id] = savedGrant{g.client, g.scopes, g.revoked, g.machine}
			saved[token] = savedOAuthToken{g.id, t.scopes, t.expires, t.spent, t.revoked}
		}
		return saved
	}
	s.Access, s.Refresh = tokens(o.access), tokens(o.refresh)
	return s
}

func (o *oauthIssuer) load(s savedOAuth) {
	o.mu.Lock()
	defer o.mu.Unlock()
	grants := map[string]*oauthGrant{}
	for id, g := range s.Grants {
		grants[id] = &oauthGrant{id: id, client: g.Client, scopes: g.Scopes, revoked: g.Revoked, machine: g.Machine}
	}
	tokens := func(saved map[string]savedOAuthToken) map[string]*oauthToken {
		issued := map[string]*oauthToken{}
		for token, t := range saved {
			if g := grants[t.Grant]; g != nil {
				issued[token] = &oauthToken{grant: g, scopes: t.Scopes, expires: t.Expires, spent: t.Spent, revoked: t.Revoked}
			}
		}
		return issued
	}
	o.access, o.refresh, o.issued = tokens(s.Access), tokens(s.Refresh), s.Issued
}
