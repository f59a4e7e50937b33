package brexoauth_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brexoauth/storetest"
	"github.com/brex-go/sdk/brex/wire"
)

func sample() *brexoauth.Token {
	at := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	return &brexoauth.Token{AccessToken: wire.NewSecret("access-1"), RefreshToken: wire.NewSecret("refresh-1"), Obtained: at, Expiry: at.Add(time.Hour),
		Scopes: []string{"openid"}, Issuer: brexoauth.DefaultIssuer, ClientID: "app"}
}

// openFile opens the store of another process.
func openFile(at string) (brexoauth.Store, error) {
	if path, ok := strings.CutPrefix(at, "sealed:"); ok {
		sealer, err := brexoauth.NewAESSealer(key("k1"))
		if err != nil {
			return nil, err
		}
		return brexoauth.NewFileStore(path, brexoauth.WithSealer(sealer))
	}
	return brexoauth.NewFileStore(at)
}

func TestFileStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Place {
		at := filepath.Join(t.TempDir(), "a", "b", "login.json")
		return storetest.Place{At: at, Open: func() (brexoauth.Store, error) { return openFile(at) }}
	})
	_, err := brexoauth.NewFileStore("")
	require.ErrorIs(t, err, brexoauth.ErrUsage)
}

func TestMemoryStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Place {
		store := brexoauth.NewMemoryStore(nil)
		return storetest.Place{Open: func() (brexoauth.Store, error) { return store, nil }}
	})
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing there")
	}
	store := newFile(t, sample())
	info, err := os.Stat(store.Path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	info, err = os.Stat(filepath.Dir(store.Path()))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o601} {
		require.NoError(t, os.Chmod(store.Path(), mode))
		_, err = store.Load(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrInsecure, "%o", mode)
		require.ErrorContains(t, err, store.Path())
		require.ErrorContains(t, err, "chmod 600")
	}
	require.NoError(t, os.Chmod(store.Path(), 0o400))
	_, err = store.Load(t.Context())
	require.NoError(t, err)

	// A new sign-in makes it private again, whatever was there.
	require.NoError(t, os.Chmod(store.Path(), 0o666))
	require.NoError(t, os.WriteFile(store.Path()+".new", []byte("planted"), 0o666))
	require.NoError(t, brexoauth.StoreLogin(t.Context(), store, sample()))
	info, err = os.Stat(store.Path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// Where anybody may put a file, one of somebody else's is no login: it would make the program act for whoever put it there.
func TestFileOfSomebodyElse(t *testing.T) {
	t.Parallel()
	store := newFile(t, sample())
	dir := filepath.Dir(store.Path())
	require.NoError(t, os.Chmod(dir, 0o777))
	_, err := store.Load(t.Context())
	require.NoError(t, err, "it is ours")
	if os.Geteuid() != 0 {
		return // only root can give a file away
	}
	require.NoError(t, os.Chown(store.Path(), 65534, 65534))
	_, err = store.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrInsecure)
	require.ErrorContains(t, err, store.Path())
	require.NoError(t, os.Chmod(dir, 0o755))
	_, err = store.Load(t.Context())
	require.NoError(t, err, "nobody but root can have put it there")
}

// A new login that is complete and could not be renamed may be the only copy: trying again does not remove it.
func TestSaveAgainKeepsTheCopy(t *testing.T) {
	t.Parallel()
	store, err := brexoauth.NewFileStore(filepath.Join(t.TempDir(), "login.json"))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(store.Path(), "in the way"), 0o700))
	require.Error(t, store.Save(t.Context(), sample()))
	copied := filepath.Join(t.TempDir(), "another name of it")
	require.NoError(t, os.Link(store.Path()+".new", copied))
	require.Error(t, store.Save(t.Context(), sample()))
	first, err := os.Stat(copied)
	require.NoError(t, err)
	second, err := os.Stat(store.Path() + ".new")
	require.NoError(t, err)
	require.True(t, os.SameFile(first, second))

	require.NoError(t, os.RemoveAll(store.Path()))
	require.NoError(t, store.Save(t.Context(), sample()))
	got, err := store.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, sample(), got)
}

func TestFileThatIsNone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	store := newFile(t, sample())
	link, err := brexoauth.NewFileStore(filepath.Join(t.TempDir(), "link.json"))
	require.NoError(t, err)
	require.NoError(t, os.Symlink(store.Path(), link.Path()))
	_, err = link.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrInsecure)
	dir, err := brexoauth.NewFileStore(t.TempDir())
	require.NoError(t, err)
	_, err = dir.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrInsecure)
	require.Error(t, dir.Save(t.Context(), sample()))
	below, err := brexoauth.NewFileStore(filepath.Join(store.Path(), "login.json"))
	require.NoError(t, err)
	_, err = below.Lock(t.Context())
	require.ErrorContains(t, err, store.Path())
	require.Error(t, below.Save(t.Context(), sample()))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = store.Load(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, store.Save(ctx, sample()), context.Canceled)
	require.ErrorIs(t, store.Delete(ctx), context.Canceled)
}

func TestCorruptFile(t *testing.T) {
	t.Parallel()
	good, err := sample().Encode()
	require.NoError(t, err)
	text := string(good)
	for name, tc := range map[string]struct{ text, want string }{
		"empty":           {"", "empty"},
		"zeros":           {strings.Repeat("\x00", len(text)), "not a complete JSON"},
		"cut off":         {text[:len(text)/2], "not a complete JSON"},
		"two":             {text + text, "follows"},
		"not an object":   {`"access-1"`, "not a complete JSON"},
		"wrong type":      {strings.Replace(text, `"access-1"`, `12345`, 1), "not a complete JSON"},
		"wrong time":      {strings.Replace(text, `"2026-11-02T12:00:00Z"`, `"refresh-1"`, 1), "not a complete JSON"},
		"no version":      {strings.Replace(text, `"version"`, `"v"`, 1), "no format version"},
		"later version":   {strings.Replace(text, `"version": 1`, `"version": 2`, 1), "newer"},
		"no access token": {strings.Replace(text, `access-1`, ``, 1), "an access token is missing"},
		"token with line": {strings.Replace(text, `access-1`, `access-1\n`, 1), "an access token is missing"},
		"no expiry":       {strings.Replace(text, `"expiry"`, `"e"`, 1), "times"},
	} {
		store := newFile(t, sample())
		require.NoError(t, os.WriteFile(store.Path(), []byte(tc.text), 0o600))
		_, err := store.Load(t.Context())
		require.ErrorIs(t, err, brexoauth.ErrCorrupt, name)
		require.ErrorContains(t, err, store.Path(), name)
		require.ErrorContains(t, err, "delete the file and sign in again", name)
		require.ErrorContains(t, err, tc.want, name)
		require.NotContains(t, err.Error(), "access-1", name)
		require.NotContains(t, err.Error(), "refresh-1", name)
	}
	store := newFile(t, sample())
	require.NoError(t, os.Truncate(store.Path(), 2<<20))
	_, err = store.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrCorrupt)

	_, err = (&brexoauth.Token{}).Encode()
	require.ErrorIs(t, err, brexoauth.ErrUsage)
}

// What a crash left beside the file is finished when it is complete, and removed when it is not.
func TestRecovery(t *testing.T) {
	t.Parallel()
	next := sample()
	next.AccessToken = wire.NewSecret("access-2")
	complete, err := next.Encode()
	require.NoError(t, err)
	later := strings.Replace(string(complete), `"version": 1`, `"version": 2`, 1)
	for name, tc := range map[string]struct {
		left string
		mode os.FileMode
		want string
	}{
		"complete":        {string(complete), 0o600, "access-2"},
		"cut off":         {string(complete[:len(complete)-3]), 0o600, "access-1"},
		"empty":           {"", 0o600, "access-1"},
		"open to others":  {string(complete), 0o644, "access-1"},
		"a later version": {later, 0o600, ""},
	} {
		store := newFile(t, sample())
		require.NoError(t, os.WriteFile(store.Path()+".new", []byte(tc.left), tc.mode))
		unlock, err := store.Lock(t.Context())
		require.NoError(t, err, name)
		require.NoError(t, unlock())
		_, err = os.Stat(store.Path() + ".new")
		require.ErrorIs(t, err, os.ErrNotExist, name)
		got, err := store.Load(t.Context())
		if tc.want == "" {
			require.ErrorContains(t, err, "later version", name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, tc.want, got.AccessToken.Reveal(), name)
	}
	// Signed out is signed out.
	store := newFile(t, sample())
	require.NoError(t, os.WriteFile(store.Path()+".new", complete, 0o600))
	require.NoError(t, store.Delete(t.Context()))
	unlock, err := store.Lock(t.Context())
	require.NoError(t, err)
	require.NoError(t, unlock())
	_, err = store.Load(t.Context())
	require.ErrorIs(t, err, brexoauth.ErrNoLogin)
}

func FuzzDecodeToken(f *testing.F) {
	good, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := brexoauth.DecodeToken(data)
		if errors.Is(err, brexoauth.ErrSealed) {
			return
		}
		if err != nil {
			require.ErrorIs(t, err, brexoauth.ErrCorrupt)
			return
		}
		text, err := token.Encode()
		if err != nil {
			return // a year that JSON cannot write
		}
		again, err := brexoauth.DecodeToken(text)
		require.NoError(t, err)
		require.Equal(t, token.AccessToken, again.AccessToken)
		require.Equal(t, token.RefreshToken, again.RefreshToken)
		require.True(t, token.Expiry.Equal(again.Expiry))
	})
}
