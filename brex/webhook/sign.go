package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Sign returns one entry of a Webhook-Signature header, "v1,<base64>", as Brex signs it. It is for
// tests and for servers that stand in for Brex.
func Sign[S SigningSecret](secret S, id string, at time.Time, body []byte) (string, error) {
	key, err := decodeSecret(reveal(secret))
	if err != nil {
		return "", err
	}
	if !validID(id) {
		return "", errors.New("webhook: Sign: the id must be 1 to 255 visible ASCII characters without quotes and braces")
	}
	if at.Unix() < 0 {
		return "", errors.New("webhook: Sign: the time is before 1970")
	}
	return "v1," + sign(key, id, strconv.FormatInt(at.Unix(), 10), body), nil
}

// NewRequest returns the request that Brex would send for an event, signed with the secret. It can
// be passed to a Handler's ServeHTTP or sent by an http.Client. event is an Event of this package,
// whose event_type is set, or any value that encoding/json can encode; a []byte, json.RawMessage or
// string is the body itself. Unless options say otherwise the id is new and the time is now.
func NewRequest[S SigningSecret](ctx context.Context, url string, secret S, event any, opts ...RequestOption) (*http.Request, error) {
	body, err := encode(event)
	if err != nil {
		return nil, err
	}
	cfg := requestConfig{id: "msg_" + rand.Text(), at: time.Now(), secrets: []string{reveal(secret)}}
	for _, o := range opts {
		o(&cfg)
	}
	var signatures string
	for i, s := range cfg.secrets {
		signature, err := Sign(s, cfg.id, cfg.at, body)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			signatures += " "
		}
		signatures += signature
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("webhook: NewRequest: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(HeaderID, cfg.id)
	r.Header.Set(HeaderTimestamp, strconv.FormatInt(cfg.at.Unix(), 10))
	r.Header.Set(HeaderSignature, signatures)
	return r, nil
}

// RequestOption sets something of NewRequest.
type RequestOption func(*requestConfig)

type requestConfig struct {
	id      string
	at      time.Time
	secrets []string
}

// WithID sets the Webhook-Id. Two requests with the same id are one delivery, sent again.
func WithID(id string) RequestOption { return func(c *requestConfig) { c.id = id } }

// WithTime sets the Webhook-Timestamp.
func WithTime(t time.Time) RequestOption { return func(c *requestConfig) { c.at = t } }

// AlsoSignedWith adds a second signature, as Brex does while secrets are rotated.
func AlsoSignedWith[S SigningSecret](secret S) RequestOption {
	return func(c *requestConfig) { c.secrets = append(c.secrets, reveal(secret)) }
}

func encode(event any) ([]byte, error) {
	if e, ok := event.(Event); ok {
		event = e.payload()
	}
	switch e := event.(type) {
	case []byte:
		return e, nil
	case json.RawMessage:
		return e, nil
	case string:
		return []byte(e), nil
	case nil:
		return nil, errors.New("webhook: NewRequest: the event is nil")
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("webhook: NewRequest: %w", err)
	}
	return body, nil
}
