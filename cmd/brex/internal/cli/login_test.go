package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// fakeKeyring is a keyring in memory; with full set, it takes nothing.
type fakeKeyring struct {
	mu    sync.Mutex
	items map[string]string
	full  bool
	fail  error
}

func newKeyring() *fakeKeyring { return &fakeKeyring{items: map[string]string{}} }

func (k *fakeKeyring) Set(service, account, secret string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.full {
		return errors.New("data passed to Set was too big")
	}
	if k.fail == nil {
		k.items[service+"/"+account] = secret
	}
	return k.fail
}

func (k *fakeKeyring) Get(service, account string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	secret, ok := k.items[service+"/"+account]
	if k.fail == nil && !ok {
		return "", profile.ErrNoSecret
	}
	return secret, k.fail
}

func (k *fakeKeyring) Delete(service, account string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		return k.fail
	}
	if _, ok := k.items[service+"/"+account]; !ok {
		return profile.ErrNoSecret
	}
	delete(k.items, service+"/"+account)
	return nil
}

// machine is the surroundings of somebody's machine that talks to a server.
func machine(t *testing.T, url string) setup {
	t.Helper()
	return setup{env: map[string]string{"BREX_BASE_URL": url}, config: t.TempDir()}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		if d.IsDir() {
			assert.True(t, path == dir || info.Mode().Perm()&0o077 == 0, "%s is open to others", path)
			return nil
		}
		assert.Equal(t, fs.FileMode(0o600), info.Mode(), "%s", path)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		files[strings.TrimPrefix(path, dir+"/")] = string(text)
		return nil
	}))
	return files
}

func TestLoginWithAToken(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	token := server.Token()
	for _, where := range []string{"file", "keyring", "a full keyring"} {
		t.Run(where, func(t *testing.T) {
			s := machine(t, server.URL)
			ring := newKeyring()
			if where != "file" {
				ring.full = where != "keyring"
				s.ring = ring
			}
			s.stdin = token + "\n"
			r := s.run(t, "login", "--token").ok(t)
			assert.Contains(t, r.err, "signed in as ")
			assert.NotContains(t, r.err+r.out, token)
			kept := ""
			for name, text := range tree(t, s.config) {
				if strings.Contains(text, token) {
					kept = name
				}
			}
			if where == "keyring" {
				assert.Empty(t, kept, "no token in a file")
				assert.Contains(t, r.err, "the system keyring")
				assert.Len(t, ring.items, 1)
			} else {
				assert.Equal(t, "brex/logins/default.json", kept)
				assert.Empty(t, ring.items)
			}

			delete(s.env, "BREX_BASE_URL") // the profile remembers whose token it is
			assert.Contains(t, s.run(t, "whoami").ok(t).out, "@")
			status := s.run(t, "auth", "status").ok(t).out
			for _, want := range []string{"SOURCE                   the profile default", "user token", "not told by Brex; see brex doctor",
				"30 days", server.URL, "@"} {
				assert.Contains(t, status, want)
			}
			assert.Contains(t, s.run(t, "auth", "list").ok(t).out, "default  user token")

			assert.Contains(t, s.run(t, "logout").ok(t).err, "stays valid until it is revoked")
			assert.Empty(t, ring.items)
			for name, text := range tree(t, s.config) {
				assert.NotContains(t, text, token, name)
			}
			assert.Contains(t, s.run(t, "whoami").fails(t, exitUsage), "no token: run brex login")
			assert.Contains(t, s.run(t, "logout").fails(t, exitUsage), "there is no login in the profile default")
			assert.Contains(t, s.run(t, "auth", "list").ok(t).err, "no logins are stored")
		})
	}
}

func TestProfiles(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken("bxt_second", "users.readonly", "companies.readonly"))
	s := machine(t, server.URL)
	s.person, s.secret = true, server.Token()
	r := s.run(t, "login", "--token").ok(t)
	assert.Contains(t, r.err, "user token (it is not shown): \n")
	s.secret = "bxt_second"
	s.run(t, "login", "--token", "--profile", "work").ok(t)
	assert.Len(t, lines(t, s.run(t, "auth", "list").ok(t).out), 3)

	s.run(t, "users", "list").ok(t)
	s.run(t, "vendors", "list").ok(t)
	s.run(t, "users", "list", "--profile", "work").ok(t)
	s.run(t, "vendors", "list", "--profile", "work").fails(t, exitAuth)
	s.env["BREX_PROFILE"] = "work"
	s.run(t, "vendors", "list").fails(t, exitAuth)
	s.run(t, "vendors", "list", "--profile", "default").ok(t)
	s.env["BREX_TOKEN"] = server.Token()
	s.run(t, "vendors", "list").ok(t)
	assert.Contains(t, s.run(t, "users", "list", "--profile", "work").ok(t).err, "the token is that of --profile work, not of BREX_TOKEN, which is set too")
	assert.Contains(t, s.run(t, "auth", "status").ok(t).out, "BREX_TOKEN")
	delete(s.env, "BREX_TOKEN")
	assert.Contains(t, s.run(t, "users", "list", "--profile", "nope").fails(t, exitUsage), "there is no profile nope")
	for _, name := range []string{"../x", "A", "a b", strings.Repeat("x", 33)} {
		assert.Contains(t, s.run(t, "users", "list", "--profile", name).fails(t, exitUsage), "a profile has a name of")
	}
}

func TestLoginRefuses(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithToken("bxt_blind", "vendors.readonly"))
	s := machine(t, server.URL)
	s.patience = time.Second // should one not be refused
	for stdin, says := range map[string]string{"": "no token was given", "  \n": "no token was given"} {
		s.stdin = stdin
		assert.Contains(t, s.run(t, "login", "--token").fails(t, exitUsage), says)
	}
	s.stdin = "bxt_wrong\nline"
	for _, noCheck := range []string{"--no-check", "--no-check=false"} {
		line := s.run(t, "login", "--token", noCheck).fails(t, exitUsage)
		assert.Contains(t, line, "the token cannot be used: the token holds white space")
		assert.NotContains(t, line, "bxt_wrong")
		assert.NotContains(t, line, "--no-check", "which would not help")
	}
	for _, args := range [][]string{{"login", "--token", "bxt_argument"}, {"login", "--token=bxt_argument"}, {"login", "bxt_argument"}} {
		line := s.run(t, args...).fails(t, exitUsage)
		assert.Contains(t, line, "takes no token as an argument")
		assert.NotContains(t, line, "bxt_argument", "it is in enough places already")
	}
	s.stdin = strings.Repeat("x", maxToken+1)
	assert.Contains(t, s.run(t, "login", "--token").fails(t, exitUsage), "has more than 16384 characters")
	s.stdin = "bxt_wrong"
	assert.Contains(t, s.run(t, "login", "--token").fails(t, exitAuth), "nothing was stored, --no-check stores it all the same")
	assert.Contains(t, s.run(t, "auth", "list").ok(t).err, "no logins are stored")
	s.run(t, "login", "--token", "--no-check").ok(t)
	assert.Len(t, lines(t, s.run(t, "auth", "list").ok(t).out), 2)
	assert.Contains(t, s.run(t, "login", "--sandbox").fails(t, exitUsage), "the sandbox needs no login")
	assert.Contains(t, s.run(t, "login").fails(t, exitUsage), "needs the client id of an application")
	assert.Contains(t, s.run(t, "login", "--client-id", "x", "--issuer", "https://evil.example").fails(t, exitUsage), "--issuer: tokens are not sent to evil.example")
	for args, says := range map[string]string{
		"--redirect-url http://evil.example/cb":  "--redirect-url would send secrets unencrypted",
		"--redirect-url https://evil.example/cb": "--redirect-url is not on loopback",
		"--scopes a b":                           `--scopes: "a b" is not a scope`,
		"--scopes ":                              `--scopes "": holds an empty value`,
		"--issuer https://u:p@x.example":         "--issuer is not an address like",
	} {
		flag, value, _ := strings.Cut(args, " ")
		assert.Contains(t, s.run(t, "login", "--client-id", "x", flag, value).fails(t, exitUsage), says)
	}
	locked := newKeyring()
	locked.fail = errors.New("locked")
	s.ring = locked
	s.config = t.TempDir()
	s.run(t, "login", "--token", "--no-check").ok(t) // it goes into a file then
	broken := filepath.Join(s.config, "brex", "profiles", "default.json")
	require.NoError(t, os.WriteFile(broken, []byte("{"), 0o600))
	assert.Contains(t, s.run(t, "whoami").fails(t, exitFailure), "cannot be read from")
	assert.Contains(t, s.run(t, "auth", "list").ok(t).err, "cannot be read from")
	assert.Contains(t, s.run(t, "logout").err, "locked")
}

// What is left when files are deleted by hand can be deleted by the program, which does not say more than it knows.
func TestHalfAProfile(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	s := machine(t, server.URL)
	s.stdin = server.Token()
	for file, says := range map[string]string{
		"logins/default.json":   "stays valid until it is revoked",
		"profiles/default.json": "what it was is not known: revoke it in the Brex dashboard",
	} {
		s.run(t, "login", "--token").ok(t)
		require.NoError(t, os.Remove(filepath.Join(s.config, "brex", file)))
		s.run(t, "users", "list").fails(t, exitUsage)
		assert.Contains(t, s.run(t, "logout").ok(t).err, says)
		for name, text := range tree(t, s.config) {
			assert.Empty(t, text, name)
		}
	}
	s.config = filepath.Join(s.config, "file")
	require.NoError(t, os.WriteFile(s.config, nil, 0o600))
	assert.Contains(t, s.run(t, "login", "--token").fails(t, exitFailure), "the login cannot be stored: mkdir ")
}

// Tokens go to Brex and to this machine, and nowhere else.
func TestTokensStayOnTheList(t *testing.T) {
	for address, allowed := range map[string]bool{
		"https://api.brex.com": true, "https://API.brex.com:443": true, "https://platform.brexapis.com/": true, "https://api-staging.brex.com": true,
		"https://platform.staging.brexapps.com": true, "https://accounts-api.staging.brexapps.com": false,
		"http://127.0.0.1:8080": true, "http://localhost:1": true, "http://[::1]:9": true,
		"https://api.brex.com.evil.example": false, "https://evil.example": false, "https://brex.com": false, "https://api.brex.com:8443": false,
		"https://evil.example/api.brex.com": false, "https://127.0.0.1.evil.example": false, "https://10.0.0.1": false, "https://0.0.0.0": false,
	} {
		err := profile.CheckHost("--base-url", address)
		assert.Equal(t, allowed, err == nil, "%s: %v", address, err)
		if !allowed {
			s := setup{env: map[string]string{"BREX_TOKEN": "bxt_x"}}
			assert.Contains(t, s.run(t, "users", "list", "--base-url", address).fails(t, exitUsage), "--base-url: tokens are not sent to ")
			s.env["BREX_BASE_URL"] = address
			assert.Contains(t, s.run(t, "users", "list").fails(t, exitUsage), "BREX_BASE_URL: tokens are not sent to ")
		}
	}
}

type hosts []string

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Host)
	return nil, errors.New("nothing is sent")
}

// Even the one operation that Brex's document gives a host of its own is asked for at the usual one.
func TestCardNumbersStayOnTheList(t *testing.T) {
	var asked hosts
	app := &App{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Now: func() time.Time { return brextest.DefaultNow },
		Getenv:        func(name string) string { return map[string]string{"BREX_TOKEN": "bxt_x"}[name] },
		Terminal:      func() bool { return false },
		ClientOptions: []brex.Option{brex.WithHTTPClient(&http.Client{Transport: &asked}), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1})}}
	assert.Equal(t, exitFailure, app.Run(t.Context(), []string{"call", "getCardNumber", "--params", `{"id":"card_1"}`, "--yes"}))
	assert.Equal(t, hosts{"api.brex.com"}, asked)
}

// A pipe that never ends must not keep the program from ending.
func TestLoginInterruptedAtStandardInput(t *testing.T) {
	s := machine(t, "http://127.0.0.1:1")
	in, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	s.ctx, s.input = ctx, readSignal{in, cancel}
	assert.Contains(t, s.run(t, "login", "--token").fails(t, exitInterrupted), "interrupted")
	assert.Empty(t, tree(t, s.config))
}

// readSignal calls a function when it is read from.
type readSignal struct {
	io.Reader
	f func()
}

func (r readSignal) Read(p []byte) (int, error) { r.f(); return r.Reader.Read(p) }
