package brextest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"time"

	"github.com/brex-go/sdk/brex/wire"
)

// maxKeys bounds the keys remembered; beyond it the oldest is forgotten.
const maxKeys = 20_000

// maxKeyLength is a guess: Brex documents none.
const maxKeyLength = 255

// keyStore remembers responses by idempotency key. Its owner holds the state's
// lock from the look-up to the keeping, which is what makes fifty concurrent
// requests with one key create one thing.
type keyStore struct {
	retention time.Duration // 0: as long as the sandbox lives
	kept      map[keyName]*keptAnswer
	order     []keyName // oldest first
}

// A key belongs to an operation and a user token or OAuth client: two programs,
// or two different calls, may use the same one.
type keyName struct{ token, operation, key string }

type keptAnswer struct {
	request [sha256.Size]byte
	answer  answer
	at      time.Time
}

// parseKey reads the Idempotency-Key, "" where the operation's document does not
// know one. The documents in gen/ leave the header out, as the table of
// operations says it.
func parseKey(r *http.Request, rule wire.Idempotency) (string, *problem) {
	key := r.Header.Get("Idempotency-Key")
	switch {
	case rule == wire.IdempotencyNone:
		return "", nil
	case key == "" && rule == wire.IdempotencyRequired:
		return "", missing("Idempotency-Key")
	case len(key) > maxKeyLength || !ascii(key):
		return "", invalid("Idempotency-Key")
	}
	return key, nil
}

// once carries out a write, at most once per idempotency key. Only success is
// remembered: a request that was refused changed nothing, so that it can be
// corrected and sent again.
func (h *Handler) once(c *call, body []byte) (answer, *problem) {
	if c.key == "" {
		return h.create(c)
	}
	name := keyName{c.token.name, c.op.id, c.key}
	request := fingerprint(c, body)
	if kept := h.keys.find(name, c.now); kept != nil {
		if kept.request == request || h.config.keyReuse == ReplayFirst {
			return kept.answer, nil
		}
		return answer{}, conflict("Idempotency-Key was used with another request", "IDEMPOTENCY_KEY_REUSED")
	}
	a, p := h.create(c)
	if p == nil {
		h.keys.keep(name, &keptAnswer{request, a, c.now})
	}
	return a, p
}

// keyRule says what an operation makes of a key.
func (h *Handler) keyRule(op *operation) wire.Idempotency {
	if h.config.keysAlways && op.key == wire.IdempotencyNone && (op.method == http.MethodPost || op.method == http.MethodPut) {
		return wire.IdempotencyOptional
	}
	return op.key
}

// fingerprint tells requests apart by path and by what the body means, not by
// its spaces or the order of its members.
func fingerprint(c *call, body []byte) [sha256.Size]byte {
	var value any
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&value) == nil {
		body = encode(value) // members sorted
	}
	return sha256.Sum256(append([]byte(c.request.URL.Path+"\n"), body...))
}

func (s *keyStore) find(name keyName, now time.Time) *keptAnswer {
	kept := s.kept[name]
	if kept == nil || s.retention > 0 && now.Sub(kept.at) >= s.retention {
		return nil
	}
	return kept
}

func (s *keyStore) keep(name keyName, a *keptAnswer) {
	if s.kept == nil {
		s.kept = map[keyName]*keptAnswer{}
	}
	if s.kept[name] == nil {
		s.order = append(s.order, name)
	}
	s.kept[name] = a
	if len(s.order) > maxKeys {
		delete(s.kept, s.order[0])
		s.order = s.order[1:]
	}
}
