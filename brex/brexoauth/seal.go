package brexoauth

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// Sealer encrypts logins for a store that keeps bytes, such as FileStore: with AESSealer, or with a
// company's own key management. It is called concurrently. Its errors are shown, so they must hold
// nothing of plain. Seal is called between Brex's response and the write of the new login, when
// that is nowhere else: it should not take long, nor need another machine where that can be helped.
type Sealer interface {
	// Seal encrypts plain, so that a change of the result is noticed by Open.
	Seal(ctx context.Context, plain []byte) (sealed []byte, err error)
	// Open returns what was sealed. It fails if it has not the key, or if sealed was changed.
	Open(ctx context.Context, sealed []byte) (plain []byte, err error)
}

// EncodeSealed returns what a Store keeps of a login: Token.Encode's output, sealed by s unless s
// is nil. The name is sealed with it. It says whose login that is where a Store keeps several, so
// that one which was put in the place of another is noticed; it is empty where a login has no name.
func EncodeSealed(ctx context.Context, s Sealer, name string, t *Token) ([]byte, error) {
	plain, err := t.Encode()
	if err != nil || s == nil {
		return plain, err
	}
	sealed, err := s.Seal(ctx, append([]byte(name+"\x00"), plain...))
	if err == nil && len(sealed) == 0 {
		err = errors.New("the Sealer returned nothing")
	}
	if err != nil {
		return nil, fmt.Errorf("brexoauth: the login cannot be sealed: %w", err)
	}
	// As JSON, so that a store can say without the key whether it is complete.
	text, err := json.Marshal(struct {
		Version int    `json:"version"`
		Sealed  []byte `json:"sealed"`
	}{formatVersion, sealed})
	return append(text, '\n'), err
}

// DecodeSealed reads what EncodeSealed returned, with the same Sealer and name. It fails with
// ErrSealed if that cannot open it, if it has another name, and also if the login is not sealed and
// s is not nil: what anybody can have written is not trusted. To seal a login from now on, load it
// without and save it with the Sealer.
func DecodeSealed(ctx context.Context, s Sealer, name string, data []byte) (*Token, error) {
	if s == nil {
		return DecodeToken(data)
	}
	saved, err := readSaved(data)
	if err != nil {
		return nil, err
	}
	if saved.Sealed == nil {
		return nil, fmt.Errorf("%w: it is not sealed", ErrSealed)
	}
	plain, err := s.Open(ctx, saved.Sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	end := bytes.LastIndexByte(plain, 0) // JSON has none
	if end < 0 || string(plain[:end]) != name {
		return nil, fmt.Errorf("%w: it is another login, which was put in the place of this one", ErrSealed)
	}
	return DecodeToken(plain[end+1:])
}

// AESKey is a key of an AESSealer.
type AESKey struct {
	ID  string      // its name, which is written in front of what it sealed; at most 255 bytes
	Key wire.Secret `json:"-"` // 32 random bytes, as brex.NewSecret(string(bytes))
}

// AESSealer is a Sealer with keys that the program has: AES-256-GCM with random nonces.
type AESSealer struct {
	first string
	keys  map[string]cipher.AEAD
}

// NewAESSealer returns a Sealer that seals with the first key and opens with all of them. To change
// the key, put the new one in front, and drop the old one when every login has been saved again,
// which each refresh does.
func NewAESSealer(keys ...AESKey) (*AESSealer, error) {
	s := &AESSealer{keys: map[string]cipher.AEAD{}}
	for _, key := range keys {
		if key.ID == "" || len(key.ID) > 255 || s.keys[key.ID] != nil {
			return nil, usage("NewAESSealer: the id %q is empty, too long or that of another key", key.ID)
		}
		if len(key.Key.Reveal()) != 32 {
			return nil, usage("NewAESSealer: key %q has %d bytes, not 32", key.ID, len(key.Key.Reveal()))
		}
		block, err := aes.NewCipher([]byte(key.Key.Reveal()))
		if err != nil {
			return nil, usage("NewAESSealer: %v", err)
		}
		if s.keys[key.ID], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, usage("NewAESSealer: %v", err)
		}
	}
	if len(keys) == 0 {
		return nil, usage("NewAESSealer: no key")
	}
	s.first = keys[0].ID
	return s, nil
}

// Seal encrypts plain with the first key.
func (s *AESSealer) Seal(_ context.Context, plain []byte) ([]byte, error) {
	front := append([]byte{byte(len(s.first))}, s.first...)
	return s.keys[s.first].Seal(front, nil, plain, front), nil
}

// Open decrypts what any of the keys sealed.
func (s *AESSealer) Open(_ context.Context, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || len(sealed) <= int(sealed[0]) {
		return nil, errors.New("it is not from an AESSealer")
	}
	end := 1 + int(sealed[0])
	id := string(sealed[1:end])
	key := s.keys[id]
	if key == nil {
		return nil, fmt.Errorf("it is sealed with key %q, and this has %s", id, s.ids())
	}
	plain, err := key.Open(nil, nil, sealed[end:], sealed[:end])
	if err != nil {
		return nil, fmt.Errorf("key %q does not open it: it is another key of that name, or the login was changed", id)
	}
	return plain, nil
}

func (s *AESSealer) ids() string {
	ids := []string{fmt.Sprintf("%q", s.first)}
	for id := range s.keys {
		if id != s.first {
			ids = append(ids, fmt.Sprintf("%q", id))
		}
	}
	return strings.Join(ids, ", ")
}
