package profile

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"
)

// Interactive reports whether standard input and standard error are a terminal, so that the user can see a question and respond.
func Interactive() bool {
	return term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
}

// ErrNoTerminal reports that standard input is not a terminal.
var ErrNoTerminal = errors.New("standard input is not a terminal")

// ReadSecret reads a line from the terminal without showing it, wherever standard error goes. When ctx ends, the terminal shows
// again what is typed. Without a terminal it fails with ErrNoTerminal.
func ReadSecret(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", ErrNoTerminal
	}
	_, _ = fmt.Fprint(os.Stderr, prompt) // there is nowhere to report its failure
	defer func() { _, _ = fmt.Fprintln(os.Stderr) }()
	var line []byte
	err = Patiently(ctx, func() (err error) { line, err = term.ReadPassword(fd); return err })
	if ctx.Err() != nil {
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
	return string(line), err
}
