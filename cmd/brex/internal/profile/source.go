package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex"
)

// Variables that hold a token, or name the file that does.
const (
	tokenVariable     = "BREX_TOKEN"
	tokenFileVariable = "BREX_TOKEN_FILE"
)

// MaxToken is the size in bytes that no token exceeds: what is longer is another file.
const MaxToken = 16 << 10

// Variable returns the name of the environment variable that a token comes from, empty when none is
// set. Two of them are a UsageError: which company is meant cannot be told.
func (l *Logins) Variable() (string, error) {
	switch token, file := l.Getenv(tokenVariable), l.Getenv(tokenFileVariable); {
	case token != "" && file != "":
		return "", usagef("%s and %s are both set: unset one of them", tokenVariable, tokenFileVariable)
	case token != "":
		return tokenVariable, nil
	case file != "":
		return tokenFileVariable, nil
	}
	return "", nil
}

// conflict describes two places that name a token, the one that is used first; empty for less than
// two. What the command line names is used, since a variable may have been set long ago for
// something else, but nothing is changed on that guess.
func (l *Logins) conflict(flag, variable string) (used, other string) {
	switch {
	case variable == "":
		return "", ""
	case l.TokenCommand != "":
		return "--token-command", variable
	case flag != "":
		return "--profile " + flag, variable
	case l.Getenv("BREX_PROFILE") != "":
		return variable, "BREX_PROFILE"
	}
	return "", ""
}

// Guard refuses what is not a read, as a UsageError, while a second place names a token of perhaps
// another company. The first read says which of the two is used.
func (c *Credential) Guard(ctx context.Context, p *brex.Prepared) error {
	switch {
	case c.other == "":
		return nil
	case brex.ReadOnly(ctx, p) != nil:
		return usagef("%s is not sent: %s and %s are both given and may belong to different companies; unset %[3]s first", p.Operation.ID, c.used, c.other)
	}
	c.said.Do(func() {
		c.note("the token is that of %s, not of %s, which is set too; only reads are sent until %[2]s is unset", c.used, c.other)
	})
	return nil
}

// variableToken reads the token that a variable holds, or the file that it names.
func (l *Logins) variableToken(ctx context.Context, variable string) (string, error) {
	value := l.Getenv(variable)
	if variable == tokenVariable {
		return value, nil
	}
	var text []byte
	err := Patiently(ctx, func() (err error) { text, err = readTokenFile(value); return err }) // a pipe may have no writer
	if err != nil {
		return "", err // text may still be written to
	}
	return string(text), nil
}

// readTokenFile reads a file that nobody else may read, without the line break at its end. Links
// are followed: systems that hand secrets to a process use them.
func readTokenFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, usagef("%s: there is no file %s", tokenFileVariable, name)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", tokenFileVariable, err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", tokenFileVariable, err)
	case info.IsDir():
		return nil, usagef("%s: %s is a directory; name the file that holds the token", tokenFileVariable, name)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, usagef("%s: %s has the mode %#o, so that others can read or change it; run chmod 600 %[2]s, and if others may have read it, revoke the token in the Brex dashboard",
			tokenFileVariable, name, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(f, MaxToken+3)) // a token and its line break
	if err != nil {
		return nil, fmt.Errorf("%s: %w", tokenFileVariable, err)
	}
	token := strings.TrimRight(string(text), "\r\n")
	switch {
	case token == "":
		return nil, usagef("%s: %s is empty", tokenFileVariable, name)
	case len(token) > MaxToken:
		return nil, usagef("%s: %s has more than %d bytes; name the file that holds the token alone", tokenFileVariable, name, MaxToken)
	}
	return []byte(token), nil
}

// commandPatience is how long a command may take to print a token. It may have to ask for a
// password.
const commandPatience = time.Minute

// shellSigns are characters that mean something to a shell only.
const shellSigns = "'\"`$|&;<>()*"

// commandWords splits a command at white space. No shell reads it, so that what only a shell
// understands is refused rather than passed on as it stands.
func commandWords(command string) ([]string, error) {
	if i := strings.IndexAny(command, shellSigns); i >= 0 {
		return nil, usagef("--token-command: it is split at spaces and run without a shell, which the %c in it needs; put the command into a script and name that", command[i])
	}
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, usagef("--token-command: is empty; name a program that prints a token")
	}
	return words, nil
}

// commandToken runs a command and returns what it prints, without the white space around it.
// Neither its output nor its errors are shown, since both may hold the token.
func (l *Logins) commandToken(ctx context.Context, command string) (string, error) {
	words, err := commandWords(command)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, commandPatience, fmt.Errorf("it has not ended within %v", commandPatience))
	defer cancel()
	var out tokenBuffer
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second // for what it leaves behind with its output
	err = cmd.Run()
	token := strings.TrimSpace(out.text.String())
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return "", usagef("--token-command: there is no program %s", words[0])
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case out.over:
		err = fmt.Errorf("it printed more than %d bytes, which is not a token", MaxToken)
	case err == nil || errors.Is(err, exec.ErrWaitDelay): // it has ended well
		if err = nil; token == "" {
			err = errors.New("it printed nothing")
		}
	}
	if err != nil {
		return "", fmt.Errorf("--token-command: no token from %s: %w; run the command by itself to see why", words[0], err)
	}
	return token, nil
}

// tokenBuffer keeps as much as a token can have.
type tokenBuffer struct {
	text bytes.Buffer
	over bool // there was more
}

func (b *tokenBuffer) Write(p []byte) (int, error) {
	if b.text.Len()+len(p) > MaxToken {
		b.over = true
		return 0, io.ErrShortBuffer
	}
	return b.text.Write(p)
}
