package brexoauth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/wire"
)

// key is one of the tests, made of its id.
func key(id string) brexoauth.AESKey {
	return brexoauth.AESKey{ID: id, Key: wire.NewSecret(strings.Repeat(id, 32)[:32])}
}

func sealerOf(t testing.TB, ids ...string) *brexoauth.AESSealer {
	t.Helper()
	var keys []brexoauth.AESKey
	for _, id := range ids {
		keys = append(keys, key(id))
	}
	s, err := brexoauth.NewAESSealer(keys...)
	require.NoError(t, err)
	return s
}

func TestSealedFileStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Place {
		at := "sealed:" + filepath.Join(t.TempDir(), "login.json")
		return storetest.Place{At: at, Open: func() (brexoauth.Store, error) { return openFile(at) }}
	})
}

// sealed is a file store with a login that was sealed, and how to open it with other keys.
func sealed(t *testing.T, ids ...string) (path string, with func(ids ...string) *brexoauth.FileStore) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "login.json")
	with = func(ids ...string) *brexoauth.FileStore {
		var opts []brexoauth.FileOption
		if len(ids) > 0 {
			opts = append(opts, brexoauth.WithSealer(sealerOf(t, ids...)))
		}
		store, err := brexoauth.NewFileStore(path, opts...)
		require.NoError(t, err)
		return store
	}
	require.NoError(t, brexoauth.StoreLogin(t.Context(), with(ids...), sample()))
	return path, with
}

func TestSealedBytesHoldNoToken(t *testing.T) {
	t.Parallel()
	path, _ := sealed(t, "k1")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var form struct{ Sealed []byte }
	require.NoError(t, json.Unmarshal(data, &form))
	require.True(t, bytes.HasPrefix(form.Sealed, []byte("\x02k1")), "the key's id is in front")
	for _, bytes := range []string{string(data), string(form.Sealed)} {
		for _, secret := range []string{"access-1", "refresh-1", "access", "openid", brexoauth.DefaultIssuer} {
			require.NotContains(t, bytes, secret)
		}
	}
	plain, err := os.ReadFile(newFile(t, sample()).Path())
	require.NoError(t, err)
	require.Contains(t, string(plain), "refresh-1", "the search finds what is there")
}

// What cannot be opened is never taken for no login, nor thrown away.
func TestSealedWithAnotherKey(t *testing.T) {
	t.Parallel()
	path, with := sealed(t, "k1")
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	forged, err := brexoauth.NewAESSealer(brexoauth.AESKey{ID: "k1", Key: key("other").Key})
	require.NoError(t, err)
	sameName, err := brexoauth.NewFileStore(path, brexoauth.WithSealer(forged))
	require.NoError(t, err)
	for want, store := range map[string]*brexoauth.FileStore{
		`sealed with key "k1", and this has "k2", "k3"`: with("k2", "k3"),
		"another key of that name":                      sameName,
		"there is no Sealer here":                       with(),
	} {
		_, err := store.Load(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrSealed)
		require.NotErrorIs(t, err, brexoauth.ErrNoLogin)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
		require.NotContains(t, err.Error(), "delete")
		_, err = newSource(t, newClient(t, newIssuer(t)), store).Token()
		require.ErrorIs(t, err, brexoauth.ErrSealed)
		require.NotErrorIs(t, err, brexoauth.ErrSignIn)
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)

	// Old keys open, and the next save is with the new one.
	got, err := with("k2", "k1").Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, sample(), got)
	require.NoError(t, with("k2", "k1").Save(t.Context(), got))
	_, err = with("k2").Load(t.Context())
	require.NoError(t, err)
}

func TestSealedRefusesAPlainLogin(t *testing.T) {
	t.Parallel()
	path, with := sealed(t)
	_, err := with("k1").Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrSealed)
	require.ErrorContains(t, err, "not sealed")

	// A login that was changed is one that somebody else has written.
	require.NoError(t, with("k1").Save(t.Context(), sample()))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var form struct {
		Version int    `json:"version"`
		Sealed  []byte `json:"sealed"`
	}
	require.NoError(t, json.Unmarshal(data, &form))
	for i := range form.Sealed {
		form.Sealed[i] ^= 1
		text, err := json.Marshal(form)
		require.NoError(t, err)
		_, err = brexoauth.DecodeSealed(t.Context(), sealerOf(t, "k1", "j1"), "", text)
		require.ErrorIs(t, err, brexoauth.ErrSealed, "byte %d", i)
		form.Sealed[i] ^= 1
	}
	form.Sealed = []byte{}
	text, err := json.Marshal(form)
	require.NoError(t, err)
	_, err = brexoauth.DecodeSealed(t.Context(), sealerOf(t, "k1"), "", text)
	require.ErrorIs(t, err, brexoauth.ErrSealed)
}

// The login of one customer in the place of another's is not opened.
func TestSealedWithItsName(t *testing.T) {
	t.Parallel()
	s := sealerOf(t, "k1")
	for _, name := range []string{"", "acme", "acme\x00", "\x00", "ac\xff"} {
		text, err := brexoauth.EncodeSealed(t.Context(), s, name, sample())
		require.NoError(t, err)
		got, err := brexoauth.DecodeSealed(t.Context(), s, name, text)
		require.NoError(t, err)
		require.Equal(t, sample(), got)
		for _, other := range []string{"other", "acm", name + "\x00", name + "x"} {
			_, err := brexoauth.DecodeSealed(t.Context(), s, other, text)
			require.ErrorIs(t, err, brexoauth.ErrSealed)
			require.ErrorContains(t, err, "another login")
		}
	}
}

// A new file that a crash left is finished without the key, as it is known to be complete, and removed when it is not.
func TestSealedRecovery(t *testing.T) {
	t.Parallel()
	next := sample()
	next.AccessToken = wire.NewSecret("access-2")
	text, err := brexoauth.EncodeSealed(t.Context(), sealerOf(t, "k1"), "", next)
	require.NoError(t, err)
	for left, want := range map[string]string{string(text): "access-2", string(text[:len(text)-4]): "access-1"} {
		path, with := sealed(t, "k1")
		require.NoError(t, os.WriteFile(path+".new", []byte(left), 0o600))
		unlock, err := with("k2").Lock(t.Context())
		require.NoError(t, err)
		require.NoError(t, unlock())
		got, err := with("k1").Load(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got.AccessToken.Reveal())
	}
}

// failingSealer is a key management that cannot be reached.
type failingSealer struct{ brexoauth.Sealer }

func (failingSealer) Seal(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("no route")
}

func TestSealerFails(t *testing.T) {
	t.Parallel()
	path, with := sealed(t, "k1")
	store, err := brexoauth.NewFileStore(path, brexoauth.WithSealer(failingSealer{sealerOf(t, "k1")}))
	require.NoError(t, err)
	require.ErrorContains(t, store.Save(t.Context(), sample()), "cannot be sealed: no route")
	_, err = with("k1").Load(t.Context())
	require.NoError(t, err)

	for _, keys := range [][]brexoauth.AESKey{nil, {key("a"), key("a")}, {{ID: "a"}}, {{ID: "a", Key: wire.NewSecret("short")}},
		{{Key: key("a").Key}}, {{ID: strings.Repeat("x", 256), Key: key("a").Key}}} {
		_, err := brexoauth.NewAESSealer(keys...)
		require.ErrorIs(t, err, brexoauth.ErrUsage)
	}
	_, err = brexoauth.NewFileStore(path, brexoauth.WithSealer(nil))
	require.ErrorIs(t, err, brexoauth.ErrUsage)
	for _, v := range []any{sealerOf(t, "k1"), *sealerOf(t, "k1"), key("k1"), store, []any{key("k1")}} {
		require.NotContains(t, printed(v), "k1k1k1k1")
	}
}
