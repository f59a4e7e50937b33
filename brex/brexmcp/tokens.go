package brexmcp

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/brex-go/sdk/brex/internal/filelock"
)

// Kind is whom a token is for.
type Kind string

// The kinds of tokens. One of an agent cannot approve, and one of an approver cannot call tools.
const (
	KindAgent    Kind = "agent"
	KindApprover Kind = "approver"
)

// Token is what is kept of a token: not the token.
type Token struct {
	Name    string    `json:"name"` // of the agent or the approver, as the policy has it
	Kind    Kind      `json:"kind"`
	SHA256  string    `json:"sha256"` // of the token, in hex
	Created time.Time `json:"created"`
}

// Tokens are the tokens that the server over HTTP accepts: a file with their hashes, which is read
// again for each request, so that a token that was revoked ends at once.
type Tokens struct{ path string }

// ErrToken is the error of a token that is not known, or of a name that has one already or none.
var ErrToken = errors.New("brexmcp: token")

var errUnknown = fmt.Errorf("%w: it is not known", ErrToken)

// OpenTokens returns the tokens of a file, which need not exist.
func OpenTokens(path string) *Tokens { return &Tokens{path} }

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

// Add makes a token and returns it: it is not kept, and cannot be shown again.
func (t *Tokens) Add(kind Kind, name string) (token string, err error) {
	if !tokenName.MatchString(name) {
		return "", fmt.Errorf("%w: a name has letters, digits and ._@- only", ErrToken)
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	token = "brexmcp_" + base64.RawURLEncoding.EncodeToString(secret)
	return token, t.change(func(all []Token) ([]Token, error) {
		if slices.ContainsFunc(all, func(k Token) bool { return k.Kind == kind && k.Name == name }) {
			return nil, fmt.Errorf("%w: the %s %s has one; revoke it first", ErrToken, kind, name)
		}
		return append(all, Token{name, kind, hashOf(token), time.Now().UTC().Truncate(time.Second)}), nil
	})
}

// Revoke ends the token of a name.
func (t *Tokens) Revoke(kind Kind, name string) error {
	return t.change(func(all []Token) ([]Token, error) {
		left := slices.DeleteFunc(slices.Clone(all), func(k Token) bool { return k.Kind == kind && k.Name == name })
		if len(left) == len(all) {
			return nil, fmt.Errorf("%w: there is none of the %s %s", ErrToken, kind, name)
		}
		return left, nil
	})
}

// List returns what is kept of the tokens.
func (t *Tokens) List() (all []Token, err error) {
	data, err := os.ReadFile(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the file of tokens cannot be read: %w", ErrToken, err)
	}
	return all, nil
}

// Find returns the name that a token is of. Each hash is compared in constant time.
func (t *Tokens) Find(kind Kind, token string) (string, error) {
	all, err := t.List()
	if err != nil {
		return "", err
	}
	name, hash := "", []byte(hashOf(token))
	for _, k := range all {
		if subtle.ConstantTimeCompare(hash, []byte(k.SHA256)) == 1 && k.Kind == kind {
			name = k.Name
		}
	}
	if name == "" {
		return "", errUnknown
	}
	return name, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// change replaces the file by what f makes of it, while no other process does.
func (t *Tokens) change(f func([]Token) ([]Token, error)) (err error) {
	if err := os.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return err
	}
	unlock, err := filelock.Try(t.path + ".lock")
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrToken, t.path, err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	all, err := t.List()
	if err != nil {
		return err
	}
	if all, err = f(all); err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	next := t.path + ".new"
	if err := os.WriteFile(next, b.Bytes(), 0o600); err != nil {
		return err
	}
	return errors.Join(os.Rename(next, t.path), filelock.SyncDir(filepath.Dir(t.path)))
}
