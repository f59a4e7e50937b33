package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// served is a sandbox that a command line serves, until stop.
type served struct {
	sandboxAddress
	text string // what was printed before, without -o json
	stop func() result
}

// syncBuffer takes what several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// serveSandbox starts the command and waits until it says where it is.
func serveSandbox(t *testing.T, args ...string) served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	var errs syncBuffer
	app := &App{Stdout: w, Stderr: &errs, Getenv: func(string) string { return "" }, Now: time.Now}
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, append([]string{"sandbox", "--port", "0", "-o", "json"}, args...))
		_ = w.Close() // a pipe's Close does not fail
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	require.NoError(t, err, "%s", errs.String())
	s := served{text: line}
	require.NoError(t, json.Unmarshal([]byte(line), &s.sandboxAddress))
	once := sync.OnceValue(func() result {
		cancel()
		return result{code: <-ended, err: errs.String()}
	})
	s.stop = once
	t.Cleanup(func() { once() })
	return s
}

// call sends a request with a token of the sandbox.
func (s served) call(t *testing.T, role, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.BaseURL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+s.Tokens[role])
	r.Header.Set("X-Brex-Sandbox", "1")
	r.Header.Set("Idempotency-Key", "key")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(answer)
}

func TestSandboxCommand(t *testing.T) {
	t.Parallel()
	s := serveSandbox(t, "--log", "--expenses", "20")
	host, _, err := net.SplitHostPort(strings.TrimPrefix(s.BaseURL, "http://"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", host)

	status, body := s.call(t, "admin", "GET", "/v1/expenses", "")
	require.Equal(t, 200, status)
	require.Equal(t, 20, strings.Count(body, `"expense_type"`))
	for role, want := range map[string][]int{"admin": {200, 200}, "employee": {200, 403}, "read_only": {200, 403}} {
		status, _ := s.call(t, role, "GET", "/v2/users/me", "")
		require.Equal(t, want[0], status, role)
		status, _ = s.call(t, role, "POST", "/v2/departments", `{"name":"`+role+`"}`)
		require.Equal(t, want[1], status, role)
	}
	status, body = s.call(t, "", "GET", "/_sandbox/status", "")
	require.Equal(t, 200, status)
	require.Contains(t, body, `"background":true`)
	resp, err := http.Get(s.Page)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode)

	// A name that somebody has pointed here.
	r, err := http.NewRequest("GET", s.BaseURL+"/v2/users/me", nil)
	require.NoError(t, err)
	r.Host = "evil.example"
	r.Header.Set("Authorization", "Bearer "+s.Tokens["admin"])
	resp, err = http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusMisdirectedRequest, resp.StatusCode)

	// The other commands.
	out := on(s.BaseURL, s.Tokens["admin"]).run(t, "expenses", "list", "--limit", "2", "-o", "json").ok(t)
	require.Len(t, objects(t, out.out), 2)

	// Brex's limits are on.
	for status != http.StatusTooManyRequests {
		status, _ = s.call(t, "admin", "GET", "/v2/company", "")
	}

	end := s.stop()
	require.Equal(t, exitOK, end.code, "%s", end.err)
	require.Contains(t, end.err, "200 GET /v2/users/me getMe\n")
	require.NotContains(t, end.err, "bxt_")
	_, err = http.Get(s.Page)
	require.Error(t, err)
}

func TestSandboxCommandSnapshot(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "company.json")
	s := serveSandbox(t, "--snapshot", file, "--seed", "5")
	status, body := s.call(t, "admin", "POST", "/v2/departments", `{"name":"Kept"}`)
	require.Equal(t, 200, status)
	admin := s.Tokens["admin"]
	require.Contains(t, s.stop().err, "saved to "+file)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	s = serveSandbox(t, "--snapshot", file, "--seed", "6")
	require.Equal(t, admin, s.Tokens["admin"], "the seed of the snapshot")
	var department struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(body), &department))
	status, again := s.call(t, "admin", "GET", "/v2/departments/"+department.ID, "")
	require.Equal(t, 200, status)
	require.Equal(t, body, again)
	require.Contains(t, s.stop().err, "--seed, --data and --expenses don't matter")
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left behind")
}

func TestSandboxCommandChaosAndHang(t *testing.T) {
	t.Parallel()
	s := serveSandbox(t, "--chaos", "3", "--chaos-rate", "0.5", "--expenses", "0")
	failed := 0
	for range 40 {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.BaseURL+"/v2/company", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+s.Tokens["admin"])
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			failed++
			continue
		}
		if resp.StatusCode != 200 {
			failed++
		}
		require.NoError(t, resp.Body.Close())
	}
	require.NotZero(t, failed)

	// A request that hangs does not keep the program from ending.
	status, _ := s.call(t, "", "DELETE", "/_sandbox/faults", "")
	require.Equal(t, 200, status)
	status, _ = s.call(t, "", "POST", "/_sandbox/faults", `{"fault":"hang"}`)
	require.Equal(t, 200, status)
	done := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		r, err := http.NewRequest("GET", s.BaseURL+"/v2/company", nil)
		if err == nil {
			close(started)
			_, err = http.DefaultClient.Do(r)
		}
		done <- err
	}()
	<-started
	require.Equal(t, exitOK, s.stop().code)
	require.Error(t, <-done)
}

func TestSandboxCommandText(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	s := setup{ctx: ctx, stdout: writerFunc(func(p []byte) (int, error) {
		cancel() // once it is printed
		return out.Write(p)
	})}
	require.Equal(t, exitOK, s.run(t, "sandbox", "--port", "0").code)
	text := out.String()
	for _, want := range []string{"http://127.0.0.1:", "/_sandbox/", "/oauth2/default", "bxt_sandbox_", "bxt_employee_", readOnlyToken, "curl -H 'Authorization: Bearer bxt_", "export BREX_BASE_URL=http://127.0.0.1:"} {
		require.Contains(t, text, want)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestSandboxCommandMistakes(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = busy.Close() }()
	_, port, err := net.SplitHostPort(busy.Addr().String())
	require.NoError(t, err)
	broken := filepath.Join(t.TempDir(), "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"format":"brextest snapshot","version":99}`), 0o600))
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitUsage, "must be a whole number from 0 to 65535", []string{"--port", "70000"}},
		{exitUsage, "0 to 5000000", []string{"--expenses", "-1"}},
		{exitUsage, "is one of seconds, date, none", []string{"--retry-after", "minutes"}},
		{exitUsage, "between 0 and 1", []string{"--chaos-rate", "2"}},
		{exitUsage, "no such file or directory", []string{"--data", "/nowhere"}},
		{exitUsage, "is a file", []string{"--data", broken}},
		{exitUsage, "--data excludes", []string{"--data", t.TempDir(), "--seed", "1"}},
		{exitUsage, "no such file or directory", []string{"--snapshot", "/nowhere/x.json"}},
		{exitFailure, "--snapshot: version 99", []string{"--snapshot", broken}},
		{exitFailure, "port " + port + " is in use", []string{"--port", port}},
		{exitUsage, "unknown command \"sandbox now\"; there are: approve, clock", []string{"now"}},
	} {
		require.Contains(t, setup{}.run(t, append([]string{"sandbox"}, c.args...)...).fails(t, c.code), c.want, fmt.Sprint(c.args))
	}
}

// TestSaveSnapshotIsWhole: a file that cannot be written leaves the old one.
func TestSaveSnapshotIsWhole(t *testing.T) {
	t.Parallel()
	h, err := brextest.NewHandler()
	require.NoError(t, err)
	require.Error(t, saveSnapshot(h, filepath.Join(t.TempDir(), "missing", "x.json")))
	dir := t.TempDir()
	require.Error(t, saveSnapshot(h, dir), "a directory cannot be replaced")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), ".brex-snapshot-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
