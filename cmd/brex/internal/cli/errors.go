package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/agent"
	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/payout"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// Exit codes; exitMeanings says what they mean.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitAuth        = 3
	exitNotFound    = 4
	exitPartly      = 5
	exitDecision    = 6
	exitInterrupted = 130
)

// exitMeanings is the one table of exit codes, which the help shows.
var exitMeanings = []struct {
	code  int
	means string
}{
	{exitOK, "done"},
	{exitFailure, "failed: the call, or what had to be done with its response"},
	{exitUsage, "wrong command line, or no token"},
	{exitAuth, "not allowed: by the token, its scopes, the role of its user, or --read-only"},
	{exitNotFound, "no such object"},
	{exitPartly, "partly done: some of many rows, files or streams, and not the others"},
	{exitDecision, "a person must decide, such as whether a payment whose outcome is unknown is repeated"},
	{exitInterrupted, "interrupted by Ctrl-C or SIGTERM"},
}

// exitTable is exitMeanings as the help has it.
func exitTable() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, m := range exitMeanings {
		fmt.Fprintf(&b, "  %-4d %s\n", m.code, m.means)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// usageError is a mistake on the command line. Its text says what to write instead.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// outputError is a failure to write to standard output.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// incompleteError is what ended a list after some rows were printed.
type incompleteError struct {
	error
	rows int
}

func (e incompleteError) Unwrap() error { return e.error }
func (e incompleteError) Error() string { return e.error.Error() + e.extent() }
func (e incompleteError) extent() string {
	return "; the list is incomplete, it has " + countRows(e.rows)
}

// withoutPackages leaves out the names of packages that errors begin with.
var withoutPackages = strings.NewReplacer("brexoauth: ", "", "brexmcp: ", "", "agent: ", "")

// report is the only place where errors become exit codes and words: one line on standard error.
func (a *App) report(ctx context.Context, err error) int {
	code, advice := classify(ctx, err)
	if code == exitOK {
		return code
	}
	text := withoutPackages.Replace(strings.TrimPrefix(err.Error(), "brex: ")) // which says nothing to who runs a program
	var login profile.UsageError
	if errors.Is(err, brex.ErrGuard) && errors.As(err, &login) {
		text = login.Error() // the guard is this program's own
	}
	if code == exitInterrupted {
		text = "interrupted"
		if part := (incompleteError{}); errors.As(err, &part) {
			text += part.extent()
		}
	}
	a.note("%s%s%s", text, effect(err, text), advice)
	return code
}

// effect says what may have happened all the same, and the key to repeat it with, where the text does not.
func effect(err error, text string) string {
	var e *brex.Error
	if !errors.As(err, &e) || e.Method == "GET" || e.Method == "" {
		return ""
	}
	switch e.Outcome() {
	case brex.OutcomeUnknown:
		if e.IdempotencyKey != "" && !strings.Contains(text, e.IdempotencyKey) {
			return fmt.Sprintf("; %s may have taken effect; it was sent with --idempotency-key %s", e.Operation, e.IdempotencyKey)
		}
		if !strings.Contains(text, "may have taken effect") {
			return fmt.Sprintf("; %s may have taken effect", e.Operation)
		}
	case brex.OutcomeDone:
		if !strings.Contains(text, "has taken effect") {
			return fmt.Sprintf("; %s has taken effect: do not repeat it", e.Operation)
		}
	}
	return ""
}

// mayHaveHappened reports whether a request may have taken effect all the same.
func mayHaveHappened(err error) bool {
	var e *brex.Error
	return errors.As(err, &e) && (e.Outcome() == brex.OutcomeUnknown || e.Outcome() == brex.OutcomeDone)
}

// classify gives the exit code of an error, and what to try where the error does not say.
func classify(ctx context.Context, err error) (code int, advice string) {
	var usage usageError
	var login profile.UsageError
	var out outputError
	var partial syncError
	var unwell doctorError
	var sent *brex.Error
	var issuer *brexoauth.IssuerError
	switch {
	case err == nil:
		return exitOK, ""
	case errors.As(err, &unwell):
		return unwell.code, ""
	case errors.As(err, &out):
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
			return exitOK, "" // the reader, like head, has what it wanted
		}
		return exitFailure, ""
	case errors.Is(err, payout.ErrHalted), errors.Is(err, payout.ErrDecision), errors.Is(err, payout.ErrNotApproved),
		errors.Is(err, agent.ErrApproval), errors.As(err, new(openError)):
		return exitDecision, ""
	case ctx.Err() != nil:
		return exitInterrupted, ""
	case errors.As(err, &partial):
		return partial.code, ""
	case errors.As(err, &usage), errors.As(err, &login), errors.Is(err, brex.ErrUsage):
		return exitUsage, ""
	case errors.As(err, new(partlyError)):
		return exitPartly, ""
	case errors.As(err, new(noObjectError)):
		return exitNotFound, ""
	case errors.Is(err, brex.ErrGuard):
		return exitAuth, ""
	case errors.As(err, &sent) && sent.Outcome() == brex.OutcomeUnknown && isMoneyOperation(sent.Operation):
		return exitDecision, "; look whether it is there before you repeat it"
	case errors.Is(err, brexoauth.ErrSignIn):
		return exitAuth, "; run brex login"
	case errors.Is(err, brexoauth.ErrDenied):
		return exitAuth, ""
	case errors.As(err, &issuer) && issuer.Code == "invalid_client":
		return exitAuth, "; check the client id, and its secret in BREX_CLIENT_SECRET"
	case errors.Is(err, brex.ErrUnauthorized):
		return exitAuth, "; brex doctor looks closer"
	case errors.Is(err, brex.ErrForbidden), errors.Is(err, brex.ErrAuth):
		return exitAuth, ""
	case errors.Is(err, brex.ErrInvalid):
		return exitFailure, valueAdvice(err)
	case errors.Is(err, brex.ErrNotFound):
		return exitNotFound, "; check the id"
	case errors.Is(err, brex.ErrRateLimited):
		return exitFailure, "; wait a minute and try again"
	case errors.Is(err, brex.ErrServer):
		return exitFailure, "; try again later"
	case errors.Is(err, brex.ErrNoResponse):
		return exitFailure, "; check the network, --base-url and --timeout"
	}
	return exitFailure, ""
}

// note writes one line to standard error. Text from outside cannot break the line or reach the terminal.
func (a *App) note(format string, args ...any) {
	_, _ = fmt.Fprintln(a.Stderr, "brex: "+output.Clean(fmt.Sprintf(format, args...))) // there is nowhere to report its failure
}
