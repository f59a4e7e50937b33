package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// errNotConfirmed is an answer other than yes.
var errNotConfirmed = errors.New("not confirmed; nothing was sent")

// confirm asks before something that a slip must not do. Without a terminal there is nobody to ask.
func (a *App) confirm(ctx context.Context, what string) error {
	if a.Terminal == nil || !a.Terminal() {
		return usagef("%s; add --yes to go on", what)
	}
	_, _ = fmt.Fprintf(a.Stderr, "brex: %s. Go on? [y/N] ", output.Clean(what))
	answer, err := a.readLine(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(a.Stderr) // what follows begins a line
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errNotConfirmed
}

// readLine reads a line from standard input, or gives up when ctx ends.
func (a *App) readLine(ctx context.Context) (string, error) {
	type result struct {
		line string
		err  error
	}
	done := make(chan result, 1)
	go func() { // it stays behind when ctx ends first: a read from a terminal cannot be stopped, and the program ends
		line, err := bufio.NewReader(a.Stdin).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// terminal reports whether standard input and standard error are a terminal, so that a question is seen and can be answered.
func terminal() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
}

// errNoTerminal says that standard input is no terminal.
var errNoTerminal = errors.New("standard input is no terminal")

// readSecret reads a line from the terminal without showing it, wherever standard error goes. When ctx ends, the terminal shows
// again what is typed.
func readSecret(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", errNoTerminal
	}
	_, _ = fmt.Fprint(os.Stderr, prompt) // there is nowhere to report its failure
	defer func() { _, _ = fmt.Fprintln(os.Stderr) }()
	var line []byte
	err = patiently(ctx, func() (err error) { line, err = term.ReadPassword(fd); return err })
	if ctx.Err() != nil {
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
	return string(line), err
}
