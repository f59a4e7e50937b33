// Package cli is the program brex: commands, output and exit codes. All it takes from outside is in App, so that tests run
// whole commands in their own process.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/itchyny/gojq"
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// App is the program with its surroundings.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Width          func() int  // columns of the terminal that standard output is; 0 or nil where it is none
	ErrWidth       func() int  // columns of the terminal that standard error is; 0 or nil where it is none
	Terminal       func() bool // reports whether a person can be asked; nil for never

	ReadSecret  func(ctx context.Context, prompt string) (string, error) // reads a line without showing it, or fails with profile.ErrNoTerminal
	OpenBrowser func(address string) error                               // nil for none
	ConfigDir   func() (string, error)                                   // where profiles are kept; nil for nowhere
	Keyring     profile.Keyring                                          // nil for none

	// ClientOptions and SandboxOptions are added to what the flags ask for; tests set them.
	ClientOptions  []brex.Option
	SandboxOptions []brextest.Option

	signInPatience time.Duration // how long a sign-in with the browser may take; 0 for ten minutes

	flags      globals
	progress   *progress                     // nil where nobody watches
	forgets    bool                          // what is changed is in the sandbox in memory
	query      *gojq.Code                    // --jq, nil for none
	agentsOnly bool                          // requests are an agent's, and its guard writes the log
	readOnly   bool                          // refuse everything that changes something, from --read-only or BREX_READ_ONLY
	reserved   map[string]bool               // names of flags that all commands have
	helpErr    error                         // why help could not be given
	ctx        context.Context               // of the command line that runs
	atEnd      []func(context.Context) error // what must be done before the program ends
}

// globals are the flags that every command has.
type globals struct {
	sandbox     bool
	sandboxData string
	sandboxSeed seedValue
	output      output.Format
	baseURL     string
	timeout     timeoutValue
	verbose     bool
	showSecrets bool
	rawCSV      bool
	excelCSV    bool
	profile     string
	readOnly    bool
	curl        bool
	columns     []string
	sort        string
	jq          string

	tokenCommand string
}

// Main runs the program with the process's arguments, streams and signals, and returns its exit code.
func Main() int {
	// Without this, Go ends the process by SIGPIPE when the reader of standard output has gone. See report.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C kills at once, but what comes with the first does not: timeout(1) signals a program and then its group, and a
	// list would end in the middle of a row. Nor may the last moments be open to it, so nothing else calls stop.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	app := &App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now, Terminal: profile.Interactive, Width: output.TerminalWidth, ErrWidth: output.ErrTerminalWidth,
		ReadSecret: profile.ReadSecret, OpenBrowser: profile.OpenBrowser, ConfigDir: os.UserConfigDir, Keyring: profile.SystemKeyring()}
	return app.Run(ctx, os.Args[1:])
}

// Commands is the tree of commands with all their flags, for those who describe it.
func Commands() *cobra.Command { return (&App{Getenv: os.Getenv, Now: time.Now}).root(nil) }

// Run runs one command line and returns the exit code. When ctx ends, what was printed up to then is complete.
func (a *App) Run(ctx context.Context, args []string) int {
	a.watch()
	root := a.root(args)
	root.SetArgs(append([]string{}, args...)) // never nil: cobra would take os.Args
	root.SetOut(stdout{a.Stdout})
	root.SetErr(a.Stderr)
	a.ctx = ctx
	err := root.ExecuteContext(ctx)
	a.finish(ctx)
	a.progress.end()
	if err == nil {
		err = a.helpErr
	}
	if err == nil && a.forgets {
		a.note("what --sandbox changes is in memory, and gone when the command ends; brex sandbox start makes one that remembers")
	}
	return a.report(ctx, err)
}

// watch shows the progress of long work to who sits at a terminal that can show a line which changes.
func (a *App) watch() {
	if a.ErrWidth == nil || a.Getenv("TERM") == "dumb" {
		return
	}
	p := newProgress(a.Stderr, a.ErrWidth())
	if p == nil {
		return
	}
	a.progress, a.Stderr = p, p.above(a.Stderr, &p.asked)
	if a.Width != nil && a.Width() > 0 {
		a.Stdout = p.above(a.Stdout, &p.inRow)
	}
}

// stdout marks the errors of standard output, so that a broken pipe is told from a broken connection.
type stdout struct{ w io.Writer }

func (s stdout) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = outputError{err}
	}
	return n, err
}

// logins are the logins of the user.
func (a *App) logins() *profile.Logins {
	return &profile.Logins{ConfigDir: a.ConfigDir, Keyring: a.Keyring, Getenv: a.Getenv, Now: a.Now, Note: a.note, TokenCommand: a.flags.tokenCommand}
}

// finish waits for what must not be cut off: a login that is being renewed.
func (a *App) finish(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for _, f := range a.atEnd {
		if err := f(ctx); err != nil {
			a.note("%s", strings.TrimPrefix(err.Error(), "brexoauth: "))
		}
	}
	a.atEnd = nil
}
