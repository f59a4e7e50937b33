package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// TestMain lets the test binary be the program itself, for what only a process shows: signals and broken pipes.
func TestMain(m *testing.M) {
	if os.Getenv("BREX_CLI_TEST_MAIN") == "1" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// result is what a command line gave.
type result struct {
	code     int
	out, err string
}

// setup is the surroundings of a command line.
type setup struct {
	ctx      context.Context
	env      map[string]string
	stdin    string
	input    io.Reader // in place of stdin
	person   bool      // somebody sits at a terminal
	stdout   io.Writer
	stderr   io.Writer
	sandbox  []brextest.Option
	width    int // columns of the terminal that standard output is
	errWidth int // and standard error
	now      func() time.Time
	config   string // the directory of profiles
	ring     profile.Keyring
	secret   string // typed at a prompt that does not show it
	browser  func(address string) error

	client   []brex.Option // of the client, besides the usual
	patience time.Duration // with a sign-in
}

// run runs one command line. Calls are never repeated, so that failures need no waiting.
func (s setup) run(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		Stdin: strings.NewReader(s.stdin), Stdout: &out, Stderr: &errs,
		Width:          func() int { return s.width },
		ErrWidth:       func() int { return s.errWidth },
		Terminal:       func() bool { return s.person },
		Getenv:         func(name string) string { return s.env[name] },
		Now:            func() time.Time { return brextest.DefaultNow },
		ClientOptions:  []brex.Option{brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}), brex.WithLimiter(nil)},
		SandboxOptions: append(slices.Clone(s.sandbox), brextest.WithStrictQuery()),
	}
	app.ClientOptions = append(app.ClientOptions, s.client...)
	app.Keyring, app.OpenBrowser = s.ring, s.browser
	app.ReadSecret = func(_ context.Context, prompt string) (string, error) {
		if !s.person {
			return "", profile.ErrNoTerminal
		}
		_, err := fmt.Fprintln(app.Stderr, prompt)
		return s.secret, err
	}
	app.signInPatience = s.patience
	if s.input != nil {
		app.Stdin = s.input
	}
	if s.now != nil {
		app.Now = s.now
	}
	if s.config != "" {
		app.ConfigDir = func() (string, error) { return s.config, nil }
	}
	if s.stdout != nil {
		app.Stdout = s.stdout
	}
	if s.stderr != nil {
		app.Stderr = s.stderr
	}
	ctx := s.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	code := app.Run(ctx, args)
	return result{code, out.String(), errs.String()}
}

// sandbox runs a command line with --sandbox.
func sandbox(t *testing.T, args ...string) result {
	t.Helper()
	return setup{}.run(t, append(args, "--sandbox")...)
}

// on is the surroundings of a command line that talks to a server.
func on(url, token string) setup {
	return setup{env: map[string]string{"BREX_TOKEN": token, "BREX_BASE_URL": url}}
}

// ok demands exit code 0.
func (r result) ok(t *testing.T) result {
	t.Helper()
	require.Equal(t, exitOK, r.code, "%s", r.err)
	return r
}

// fails demands an exit code and one line of explanation, which it returns.
func (r result) fails(t *testing.T, code int) string {
	t.Helper()
	require.Equal(t, code, r.code, "%s", r.err)
	require.Equal(t, 1, strings.Count(r.err, "\n"), "not one line: %q", r.err)
	require.True(t, strings.HasPrefix(r.err, "brex: "), "%q", r.err)
	return strings.TrimSuffix(r.err, "\n")
}

// lines are the lines of a text that ends with a line break.
func lines(t *testing.T, s string) []string {
	t.Helper()
	if s == "" {
		return nil
	}
	require.True(t, strings.HasSuffix(s, "\n"), "ends in the middle of a line: %q", s[max(0, len(s)-80):])
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// objects reads the output of -o json.
func objects(t *testing.T, out string) []map[string]any {
	t.Helper()
	var all []map[string]any
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&all), "%s", out)
	require.False(t, dec.More(), "more than one JSON value")
	return all
}

// records reads the output of -o csv: the rows by column.
func records(t *testing.T, out string) (header []string, rows []map[string]string) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, v := range record {
			row[all[0][i]] = v
		}
		rows = append(rows, row)
	}
	return all[0], rows
}
