package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

// sandboxPort is BREX on a telephone.
const sandboxPort = 2739

// sandboxShutdown is how long requests may take to end after Ctrl-C.
const sandboxShutdown = 2 * time.Second

const sandboxLong = `Serve a Brex in memory on this machine: every operation, uploads, OAuth and webhooks, with a page
for the browser that shows its state, moves its clock, fires events and injects faults.

It listens on 127.0.0.1 only and ends with Ctrl-C. Its clock is the real one until something moves
it, and Brex's limits apply. Webhooks go to addresses of this machine only. What Brex does not
document is a flag here: try your program with both values.

The other commands use it when BREX_BASE_URL and BREX_TOKEN name it.`

const sandboxExample = `  brex sandbox
  brex sandbox --snapshot company.json --log
  brex sandbox --port 0 --expenses 100000 --chaos 7 -o json`

// The OAuth clients of every sandbox: one with a secret, and a public one that must use PKCE.
const (
	sandboxClient       = "sandbox-app"
	sandboxClientSecret = "sandbox-secret"
	sandboxPublicClient = "sandbox-public"
)

// sandboxRedirects are where both may lead back to, on any port.
var sandboxRedirects = []string{"http://127.0.0.1/callback", "http://localhost/callback"}

// readOnlyToken is the same for every company: the sandbox serves this machine only.
const readOnlyToken = "bxt_readonly_sandbox"

// serveSandbox runs until ctx ends.
func (a *App) serveSandbox(ctx context.Context, f *sandboxFlags) error {
	h, restored, err := a.newSandbox(f)
	if err != nil {
		return err
	}
	defer h.Close()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(f.port.n)))
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("port %d is in use; choose another with --port, or --port 0 for any", f.port.n)
		}
		return err
	}
	server := &http.Server{Handler: localOnly(h), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	err = a.announce(h, f, "http://"+listener.Addr().String(), restored)
	if err == nil {
		select {
		case err = <-served:
		case <-ctx.Done():
		}
	}
	h.Close() // lets go of requests that a fault holds
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), sandboxShutdown)
	defer cancel()
	if server.Shutdown(end) != nil {
		_ = server.Close() // who is still there has had the time
	}
	if f.snapshot != "" {
		if saveErr := saveSnapshot(h, f.snapshot); saveErr != nil {
			return errors.Join(err, fmt.Errorf("--snapshot: %w", saveErr))
		}
		a.note("saved to %s", f.snapshot)
	}
	return err
}

// flagWords turns the library's words for what is wrong into the command's.
var flagWords = strings.NewReplacer("brextest: ", "", "WithSnapshot: ", "--snapshot: ", "WithData: ", "--data: ")

// newSandbox makes the sandbox that the flags ask for.
func (a *App) newSandbox(f *sandboxFlags) (h *brextest.Handler, restored bool, err error) {
	opts := []brextest.Option{
		brextest.WithClock(a.Now),
		brextest.WithBackgroundDelivery(),
		brextest.WithControl(),
		brextest.WithToken(readOnlyToken, readScopes()...),
		brextest.WithOAuthClient(sandboxClient, sandboxClientSecret, f.redirectURIs()...),
		brextest.WithOAuthClient(sandboxPublicClient, "", f.redirectURIs()...),
		brextest.WithKeyRetention(f.retention.d),
	}
	for _, c := range f.choices {
		if opt := c.option(c.at); opt != nil {
			opts = append(opts, opt)
		}
	}
	if f.log {
		opts = append(opts, brextest.WithRequestHook(a.requestLine()))
	}
	if f.chaos.set {
		opts = append(opts, brextest.WithChaos(f.chaos.n, float64(f.chaosRate)))
	}
	file, err := openSnapshot(f.snapshot)
	if err != nil {
		return nil, false, usagef("--snapshot: %v", err)
	}
	if file != nil {
		defer func() { _ = file.Close() }() // it was only read
		opts = append(opts, brextest.WithSnapshot(file))
		if f.seed.set || f.data != "" || f.expenses.set {
			a.note("--seed, --data and --expenses don't matter: %s says what there is", f.snapshot)
		}
	} else {
		company, err := f.company()
		if err != nil {
			return nil, false, err
		}
		opts = append(opts, company...)
	}
	h, err = brextest.NewHandler(append(opts, a.SandboxOptions...)...)
	if err != nil {
		return nil, false, errors.New(flagWords.Replace(err.Error()))
	}
	if ignored := h.Ignored(); len(ignored) > 0 {
		a.note("--data: ignored %s: not named after a resource", strings.Join(ignored, ", "))
	}
	return h, file != nil, nil
}

// company are the options for what is made or loaded.
func (f *sandboxFlags) company() (opts []brextest.Option, err error) {
	if f.data == "" {
		if f.seed.set {
			opts = append(opts, brextest.WithSeed(f.seed.n))
		}
		if f.expenses.set {
			size := brextest.Size{Expenses: f.expenses.n}
			if f.expenses.n == 0 {
				size.Expenses = brextest.None
			}
			opts = append(opts, brextest.WithSize(size))
		}
		return opts, nil
	}
	if f.seed.set || f.expenses.set {
		return nil, usagef("--data excludes --seed and --expenses: the files say what there is")
	}
	info, err := os.Stat(f.data)
	switch {
	case err != nil:
		return nil, usagef("--data: %v", err)
	case !info.IsDir():
		return nil, usagef("--data %q: is a file; name the directory that holds expenses.json, users.json and so on", f.data)
	}
	return []brextest.Option{brextest.WithData(os.DirFS(f.data))}, nil
}

// openSnapshot opens a snapshot, nil when there is none yet.
func openSnapshot(path string) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		// Better now than after a day's work.
		if _, err := os.Stat(filepath.Dir(path)); err != nil {
			return nil, err
		}
		return nil, nil
	}
	return file, err
}

// saveSnapshot replaces the file as a whole: who ends the program halfway still
// has the old one. It holds tokens and signing secrets, if only made-up ones.
func saveSnapshot(h *brextest.Handler, path string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".brex-snapshot-*") // readable by its owner only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if err = h.Snapshot(file); err != nil {
		_ = file.Close()
		return err
	}
	if err = file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// requestLine prints a line for each request.
func (a *App) requestLine() func(brextest.Request) {
	var mu sync.Mutex // standard error is shared with notes
	return func(r brextest.Request) {
		status := "closed"
		if r.Status != 0 {
			status = strconv.Itoa(r.Status)
		}
		line := fmt.Sprintf("%s %s %s %s", status, r.Method, r.Path, r.OperationID)
		mu.Lock()
		defer mu.Unlock()
		_, _ = fmt.Fprintln(a.Stderr, strings.TrimSpace(output.Clean(line))) // there is nowhere to report its failure
	}
}

// readScopes are the scopes that read and cannot write.
func readScopes() []string {
	var scopes []string
	for _, op := range operations.All {
		for _, scope := range op.Scopes {
			if op.Method == http.MethodGet && (strings.HasSuffix(scope, ".readonly") || strings.HasSuffix(scope, ".read")) {
				scopes = append(scopes, scope)
			}
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}
