package profile

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
)

// logins are those of a user with these variables and no keyring.
func logins(t *testing.T, env map[string]string) (l *Logins, dir string) {
	t.Helper()
	dir = t.TempDir()
	return &Logins{ConfigDir: func() (string, error) { return dir, nil }, Getenv: func(name string) string { return env[name] },
		Now: func() time.Time { return someTime }, Note: t.Logf}, dir
}

func TestName(t *testing.T) {
	for _, tc := range []struct {
		flag, variable, want string
		named                bool
		err                  string
	}{
		{"", "", Default, false, ""},
		{"work", "other", "work", true, ""},
		{"", "other", "other", true, ""},
		{"../x", "", "", false, `--profile "../x": a profile has a name of 1 to 32 small letters, digits, - and _`},
		{"", "A", "", false, `BREX_PROFILE "A": a profile has a name of 1 to 32 small letters, digits, - and _`},
	} {
		l, _ := logins(t, map[string]string{"BREX_PROFILE": tc.variable})
		name, named, err := l.Name(tc.flag)
		if tc.err != "" {
			require.Equal(t, UsageError(tc.err), err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tc.want, name)
		require.Equal(t, tc.named, named)
	}
}

func TestProfilesAreKept(t *testing.T) {
	l, dir := logins(t, nil)
	p, err := l.Load("work")
	require.NoError(t, err)
	require.Nil(t, p)
	want := &Profile{Name: "work", Kind: KindUser, User: "a@b.example", CreatedAt: someTime, LastUsedAt: someTime}
	require.NoError(t, l.Save(want))
	require.Equal(t, []string{"work"}, l.Names())
	got, err := l.Load("work")
	require.NoError(t, err)
	require.Equal(t, want, got)
	file := filepath.Join(dir, "brex", "profiles", "work.json")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	for _, broken := range []string{`{"kind":"later"}`, `{`} {
		require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
		_, err = l.Load("work")
		require.ErrorContains(t, err, "brex login --profile work makes it anew")
	}
	require.NoError(t, l.Delete("work"))
	require.NoError(t, l.Delete("work"))
	require.Empty(t, l.Names())
}

func TestCredential(t *testing.T) {
	env := map[string]string{}
	l, _ := logins(t, env)
	_, err := l.Credential(t.Context(), "")
	require.Equal(t, ErrNoToken, err)
	_, err = l.Credential(t.Context(), "work")
	require.ErrorContains(t, err, "there is no profile work")

	require.NoError(t, l.Save(&Profile{Name: "work", Kind: KindUser, CreatedAt: someTime, LastUsedAt: someTime}))
	_, err = l.Credential(t.Context(), "work")
	require.ErrorContains(t, err, "the profile work has no token any more")
	s, err := l.Store("work")
	require.NoError(t, err)
	require.NoError(t, brexoauth.StoreLogin(t.Context(), s, someLogin))
	c, err := l.Credential(t.Context(), "work")
	require.NoError(t, err)
	require.Equal(t, "the profile work", c.Source)
	require.Equal(t, someLogin.AccessToken, c.Login.AccessToken)
	require.Nil(t, c.Close)

	env["BREX_TOKEN"] = "bxt_y"
	c, err = l.Credential(t.Context(), "work")
	require.NoError(t, err)
	require.Equal(t, "the profile work", c.Source, "the command line wins")
	c, err = l.Credential(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "BREX_TOKEN", c.Source, "the environment wins over the default")
	require.Nil(t, c.Profile)
}

// Without a directory there are no profiles, and nothing can be saved.
func TestNoDirectory(t *testing.T) {
	l := &Logins{}
	p, err := l.Load(Default)
	require.NoError(t, err)
	require.Nil(t, p)
	require.Empty(t, l.Names())
	require.ErrorContains(t, l.Save(&Profile{Name: Default}), "there is no directory for profiles")
	_, err = l.Store(Default)
	require.ErrorContains(t, err, "there is no directory for profiles")
}
