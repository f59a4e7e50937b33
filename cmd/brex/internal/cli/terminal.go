package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
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
	var line string
	err := profile.Patiently(ctx, func() (err error) {
		if line, err = bufio.NewReader(a.Stdin).ReadString('\n'); errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
	if err != nil {
		return "", err // line may still be written to
	}
	return line, nil
}
