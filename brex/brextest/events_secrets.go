package brextest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"time"
)

// webhookSecret signs deliveries. A secret without an end is the one in use.
type webhookSecret struct {
	Value string    `json:"value"` // base64
	Until time.Time `json:"until,omitzero"`
}

// status is what Brex calls it.
func (w webhookSecret) status(now time.Time) string {
	switch {
	case w.Until.IsZero():
		return "ACTIVE"
	case now.Before(w.Until):
		return "PENDING_REVOKE"
	}
	return "REVOKED"
}

// newSecret makes the next secret: 32 bytes that depend on the seed only,
// which is right for a company that is made up, and for no other.
func (s *state) newSecret() webhookSecret {
	in := binary.BigEndian.AppendUint64([]byte("brextest webhook secret "), s.ids.seed)
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(in, uint64(len(s.secrets))))
	return webhookSecret{Value: base64.StdEncoding.EncodeToString(sum[:])}
}

// validSecrets are the secrets that sign now, the newest first.
func (s *state) validSecrets(now time.Time) []webhookSecret {
	var valid []webhookSecret
	for i := len(s.secrets) - 1; i >= 0; i-- {
		if s.secrets[i].status(now) != "REVOKED" {
			valid = append(valid, s.secrets[i])
		}
	}
	return valid
}

// secretRows is what GET /v1/webhooks/secrets returns: a bare array.
func (s *state) secretRows() []byte {
	now, dst := s.now(), []byte{'['}
	for i, secret := range s.validSecrets(now) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = object{}.set("secret", secret.Value).set("status", secret.status(now)).append(dst)
	}
	return append(dst, ']')
}

// WebhookSecrets returns the secrets that sign deliveries now, as GET
// /v1/webhooks/secrets does: the newest first, two while they are rotated.
func (h *Handler) WebhookSecrets() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var values []string
	for _, s := range h.state.validSecrets(h.state.now()) {
		values = append(values, s.Value)
	}
	return values
}

// RotateWebhookSecret makes a new signing secret, as a click in Brex's
// dashboard does. The old one stays valid for overlap, on the company's clock,
// and every delivery until then is signed with both. A rotation that is still
// under way ends: there are never three.
func (h *Handler) RotateWebhookSecret(overlap time.Duration) error {
	if overlap < 0 {
		return errors.New("brextest: RotateWebhookSecret: overlap is negative")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.state
	now := s.now()
	for i := range s.secrets {
		switch {
		case s.secrets[i].Until.IsZero():
			s.secrets[i].Until = now.Add(overlap)
		case s.secrets[i].Until.After(now):
			s.secrets[i].Until = now
		}
	}
	s.secrets = append(s.secrets, s.newSecret())
	return nil
}

// signatures is the Webhook-Signature of a delivery, one entry for each secret
// that is valid. It is written out here instead of taken from package webhook,
// so that tests of the one check the other.
func signatures(secrets []webhookSecret, id string, at time.Time, body []byte) string {
	list := ""
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(secret.Value)
		if err != nil || len(key) == 0 {
			continue // a snapshot that somebody has written by hand
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		if list != "" {
			list += " "
		}
		list += "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return list
}
