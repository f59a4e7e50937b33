package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// session is what a command works with.
type session struct {
	*brex.Client
	now  func() time.Time // the sandbox has a present of its own
	cred *profile.Credential
	base string // address of the API

	progress *progress     // nil where nobody watches
	inMemory bool          // it is the sandbox inside this program
	company  *brex.Company // of the token, once it is known
	find     *finder
}

// grantedScopes are the scopes of the token, nil where they are not known.
func (s *session) grantedScopes() []string {
	if s.cred.Kind == profile.KindOAuth && s.cred.Login != nil {
		return s.cred.Login.Scopes
	}
	return nil
}

// finder finds objects by name.
func (s *session) finder() *finder {
	if s.find == nil {
		s.find = &finder{s: s}
	}
	return s.find
}

// unsent is a session that sends nothing: it makes requests to be shown, without a token.
func (a *App) unsent(more ...brex.Option) (*session, error) {
	s := &session{now: a.Now, cred: &profile.Credential{Source: "none"}, base: "http://localhost", inMemory: a.wantsSandbox()}
	var err error
	if !s.inMemory {
		if s.base, err = a.unsentBase(); err != nil {
			return nil, err
		}
	}
	s.Client, err = brex.New(slices.Concat(a.ClientOptions, []brex.Option{brex.WithToken("not-sent"), brex.WithBaseURL(s.base)}, more)...)
	return s, err
}

// unsentBase is the address that a request would go to, without a login.
func (a *App) unsentBase() (string, error) {
	if cred, base, err := a.sandboxCredential(); err != nil || cred != nil {
		return base, err
	}
	var p *profile.Profile
	if name, _, err := a.logins().Name(a.flags.profile); err == nil && a.Getenv("BREX_TOKEN") == "" {
		p, _ = a.logins().Load(name) // who has no profile has the usual address
	}
	return a.baseURL(p)
}

// wantsSandbox reports whether the flags ask for the sandbox inside this program.
func (a *App) wantsSandbox() bool {
	return a.flags.sandbox || a.flags.sandboxData != "" || a.flags.sandboxSeed.set
}

// host is where requests go, in words.
func (s *session) host() string {
	if s.inMemory {
		return "the sandbox in memory"
	}
	return hostOf(s.base)
}

// checkReadOnly reads --read-only and BREX_READ_ONLY. A value that is neither yes nor no is refused: who sets it wants to be safe.
func (a *App) checkReadOnly() error {
	given := a.Getenv("BREX_READ_ONLY")
	on, err := strconv.ParseBool(given)
	if given != "" && err != nil {
		return usagef("BREX_READ_ONLY=%q: must be 1 or 0", given)
	}
	if a.readOnly = on || a.flags.readOnly; a.readOnly {
		a.ClientOptions = append(slices.Clone(a.ClientOptions), brex.WithGuard(brex.ReadOnly))
	}
	return nil
}

// connect makes the client that the flags and the environment ask for. The token is never an argument, which would show it in
// the list of processes. more is for this command only.
func (a *App) connect(more ...brex.Option) (*session, error) {
	f := &a.flags
	opts := []brex.Option{brex.WithApplication("brex-cli/" + brex.Version), brex.WithTimeout(f.timeout.d)}
	if f.verbose {
		opts = append(opts, brex.WithLogger(slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	}
	s := &session{now: a.Now, cred: &profile.Credential{Source: "the sandbox"}, base: "http://localhost", progress: a.progress}
	if a.wantsSandbox() {
		sandbox, err := a.sandbox()
		if err != nil {
			return nil, err
		}
		s.now, s.inMemory = sandbox.Now, true
		opts = append(opts, brex.WithToken(sandbox.Token()), brex.WithBaseURL(s.base),
			brex.WithHTTPClient(&http.Client{Transport: transport{sandbox}}),
			brex.WithUploadTransport(transport{sandbox}), brex.WithLimiter(nil))
	} else {
		var err error
		var background string
		if s.cred, background, err = a.sandboxCredential(); err != nil {
			return nil, err
		}
		if s.cred == nil {
			if s.cred, err = a.logins().Credential(a.ctx, a.flags.profile); err != nil {
				return nil, err
			}
		}
		if s.cred.Close != nil {
			a.atEnd = append(a.atEnd, s.cred.Close)
		}
		if s.base = background; background == "" {
			s.base, err = a.baseURL(s.cred.Profile)
		} else if a.flags.baseURL != "" {
			err = usagef("--base-url and --profile %s exclude each other while brex sandbox start serves that profile", sandboxProfile)
		}
		if err != nil {
			return nil, err
		}
		// The token goes to hosts on the list only, so card numbers are asked for at the usual address, not at the one of
		// their own that Brex's document names.
		opts = append(opts, s.cred.Option, brex.WithBaseURL(s.base), brex.WithCardNumberURL(s.base), brex.WithGuard(s.cred.Guard))
	}
	if !f.verbose && !s.inMemory { // a log would tear the line apart, and memory is never slow
		opts = append(opts, a.progress.options(s.base)...)
	}
	logged, err := a.personLog()
	if err != nil {
		return nil, err
	}
	if s.Client, err = brex.New(slices.Concat(opts, a.ClientOptions, more, logged)...); err != nil {
		// What is wrong is a flag or a variable, not an option of the package.
		for option, name := range map[string]string{"WithToken": s.cred.Source, "WithBaseURL": a.baseURLName()} {
			if rest, ok := strings.CutPrefix(err.Error(), option+": "); ok {
				return nil, usagef("%s: %s", name, strings.TrimPrefix(rest, brex.ErrUsage.Error()+": "))
			}
		}
		return nil, err
	}
	return s, nil
}

// may asks the guard of the client about an operation ahead of its calls, for commands that do
// something else before.
func (s *session) may(ctx context.Context, op *brex.Operation) error {
	return s.cred.Guard(ctx, &brex.Prepared{Operation: op})
}

// baseURL is the address of the API: a flag's, the environment's, the profile's or the usual one.
func (a *App) baseURL(p *profile.Profile) (string, error) {
	base := a.flags.baseURL
	if base == "" {
		base = a.Getenv("BREX_BASE_URL")
	}
	if base == "" && p != nil {
		base = p.BaseURL
	}
	if base == "" {
		base = brex.DefaultBaseURL
	}
	if err := profile.CheckHost(a.baseURLName(), base); err != nil || p == nil {
		return base, err
	}
	return base, p.CheckAddress(a.baseURLName(), base)
}

// baseURLName is where the address of the API comes from.
func (a *App) baseURLName() string {
	switch {
	case a.flags.baseURL != "":
		return "--base-url"
	case a.Getenv("BREX_BASE_URL") != "":
		return "BREX_BASE_URL"
	}
	return "the profile's address"
}

// sandbox makes the Brex in memory.
func (a *App) sandbox() (*brextest.Handler, error) {
	f := &a.flags
	if f.tokenCommand != "" {
		return nil, usagef("--token-command and --sandbox exclude each other: the sandbox needs no token")
	}
	if f.baseURL != "" {
		return nil, usagef("--base-url and --sandbox exclude each other: the sandbox runs inside this program")
	}
	opts := []brextest.Option{brextest.WithRequestLog(0)}
	if f.sandboxSeed.set {
		opts = append(opts, brextest.WithSeed(f.sandboxSeed.n))
	}
	if dir := f.sandboxData; dir != "" {
		if f.sandboxSeed.set {
			return nil, usagef("--sandbox-seed and --sandbox-data exclude each other: the files say what there is")
		}
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, usagef("--sandbox-data %q: there is no such directory", dir)
		case err != nil:
			return nil, usagef("--sandbox-data: %v", err)
		case !info.IsDir():
			return nil, usagef("--sandbox-data %q: is a file; name the directory that holds expenses.json, users.json and so on", dir)
		}
		opts = append(opts, brextest.WithData(os.DirFS(dir)))
	}
	h, err := brextest.NewHandler(append(opts, a.SandboxOptions...)...)
	if err != nil {
		return nil, errors.New("--sandbox: " + strings.TrimPrefix(err.Error(), "brextest: "))
	}
	if ignored := h.Ignored(); len(ignored) > 0 {
		a.note("--sandbox-data: ignored %s: not named after a resource", strings.Join(ignored, ", "))
	}
	return h, nil
}

// transport carries requests to a handler without a network.
type transport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(r *http.Request) (_ *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = fmt.Errorf("the sandbox closed the connection: %w", io.ErrUnexpectedEOF)
		default:
			panic(p)
		}
	}()
	t.handler.ServeHTTP(w, r)
	return &http.Response{Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r}, nil
}

// recorder is the http.ResponseWriter of transport.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }
