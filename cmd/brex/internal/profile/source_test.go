package profile

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
)

// tokenIn makes a file for BREX_TOKEN_FILE.
func tokenIn(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	require.NoError(t, os.Chmod(name, mode))
	return name
}

func TestTokenFile(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(tokenIn(t, "bxt_file", 0o600), link))
	for _, tc := range []struct{ name, file, err string }{
		{"line break", tokenIn(t, "bxt_file\n", 0o600), ""},
		{"line break of Windows", tokenIn(t, "bxt_file\r\n", 0o400), ""},
		{"none", tokenIn(t, "bxt_file", 0o600), ""},
		{"link", link, ""},
		{"absent", "/nowhere/token", "BREX_TOKEN_FILE: there is no file /nowhere/token"},
		{"directory", t.TempDir(), "is a directory; name the file that holds the token"},
		{"empty", tokenIn(t, "\n", 0o600), "is empty"},
		{"another file", tokenIn(t, strings.Repeat("x", MaxToken+1), 0o600), "has more than 16384 bytes"},
		{"group", tokenIn(t, "bxt_file", 0o640), "has the mode 0640, so that others can read or change it; run chmod 600 "},
		{"others", tokenIn(t, "bxt_file", 0o604), "has the mode 0604"},
		{"writable", tokenIn(t, "bxt_file", 0o602), "has the mode 0602"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, _ := logins(t, map[string]string{"BREX_TOKEN_FILE": tc.file})
			c, err := l.Credential(t.Context(), "")
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				require.NotContains(t, err.Error(), "bxt_file")
				require.IsType(t, UsageError(""), err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "BREX_TOKEN_FILE", c.Source)
			text, err := readTokenFile(tc.file)
			require.NoError(t, err)
			require.Equal(t, "bxt_file", string(text))
		})
	}
	l, _ := logins(t, map[string]string{"BREX_TOKEN": "bxt_x", "BREX_TOKEN_FILE": link})
	_, err := l.Credential(t.Context(), "")
	require.Equal(t, UsageError("BREX_TOKEN and BREX_TOKEN_FILE are both set: unset one of them"), err)
}

// script makes a program that a command can name.
func script(t *testing.T, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("it takes a shell to write a program")
	}
	name := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(name, []byte("#!/bin/sh\n"+text+"\n"), 0o700))
	return name
}

func TestTokenCommand(t *testing.T) {
	for _, tc := range []struct{ name, command, want, err string }{
		{"trimmed", script(t, `printf '\n bxt_printed \n\n'`), "bxt_printed", ""},
		{"arguments", script(t, `echo "$#:$1:$2"`) + "  op://a/b \t -x", "2:op://a/b:-x", ""},
		{"no input", script(t, `cat; echo bxt_printed`), "bxt_printed", ""},
		{"leaves something behind", script(t, `sleep 5 & echo bxt_printed`), "bxt_printed", ""},
		{"fails", script(t, `echo bxt_printed; echo bxt_error >&2; exit 3`), "", "exit status 3; run the command by itself to see why"},
		{"killed", script(t, `kill -9 $$`), "", "signal: killed"},
		{"silent", script(t, `exit 0`), "", "it printed nothing"},
		{"endless", script(t, `exec cat /dev/zero`), "", "it printed more than 16384 bytes"},
		{"absent", "no-such-program-here -x", "", "--token-command: there is no program no-such-program-here"},
		{"absent path", "/nowhere/pass", "", "there is no program /nowhere/pass"},
		{"empty", "  ", "", "--token-command: is empty"},
		{"quotes", `op read "a b"`, "", `run without a shell, which the " in it needs; put the command into a script`},
		{"pipe", "pass brex|head", "", "which the | in it needs"},
		{"variable", "cat $HOME/token", "", "which the $ in it needs"},
		{"two", "a;b", "", "which the ; in it needs"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l, _ := logins(t, nil)
			got, err := l.commandToken(t.Context(), tc.command)
			if tc.err != "" {
				require.ErrorContains(t, err, tc.err)
				require.ErrorContains(t, err, "--token-command: ")
				require.NotContains(t, err.Error(), "bxt_")
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	started := filepath.Join(t.TempDir(), "pipe")
	waiting := script(t, "echo > "+started+"; exec sleep 600")
	go func() {
		for _, err := os.Stat(started); err != nil; _, err = os.Stat(started) {
			runtime.Gosched()
		}
		cancel()
	}()
	l, _ := logins(t, nil)
	_, err := l.commandToken(ctx, waiting)
	require.ErrorIs(t, err, context.Canceled)
}

// What the command line names reads, and changes nothing while a variable names a token as well.
func TestTwoTokens(t *testing.T) {
	env := map[string]string{}
	l, _ := logins(t, env)
	require.NoError(t, l.Save(&Profile{Name: "work", Kind: KindUser, CreatedAt: someTime, LastUsedAt: someTime}))
	s, err := l.Store("work")
	require.NoError(t, err)
	require.NoError(t, brexoauth.StoreLogin(t.Context(), s, someLogin))
	read, _ := brex.LookupOperation("listVendors")
	command := script(t, "echo bxt_printed")
	for _, tc := range []struct {
		name, flag, command string
		env                 map[string]string
		source, other       string
	}{
		{"token alone", "", "", map[string]string{"BREX_TOKEN": "bxt_x"}, "BREX_TOKEN", ""},
		{"file alone", "", "", map[string]string{"BREX_TOKEN_FILE": tokenIn(t, "bxt_y", 0o600)}, "BREX_TOKEN_FILE", ""},
		{"profile alone", "work", "", nil, "the profile work", ""},
		{"command alone", "", command, nil, "--token-command", ""},
		{"command over BREX_PROFILE", "", command, map[string]string{"BREX_PROFILE": "work"}, "--token-command", ""},
		{"flags over BREX_PROFILE", "work", "", map[string]string{"BREX_PROFILE": "other"}, "the profile work", ""},
		{"profile and token", "work", "", map[string]string{"BREX_TOKEN": "bxt_x"}, "the profile work", "BREX_TOKEN"},
		{"profile and file", "work", "", map[string]string{"BREX_TOKEN_FILE": "/nowhere"}, "the profile work", "BREX_TOKEN_FILE"},
		{"command and token", "", command, map[string]string{"BREX_TOKEN": "bxt_x"}, "--token-command", "BREX_TOKEN"},
		{"token and BREX_PROFILE", "", "", map[string]string{"BREX_TOKEN": "bxt_x", "BREX_PROFILE": "work"}, "BREX_TOKEN", "BREX_PROFILE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			notes := 0
			l.TokenCommand, l.Getenv = tc.command, func(name string) string { return tc.env[name] }
			l.Note = func(string, ...any) { notes++ }
			c, err := l.Credential(t.Context(), tc.flag)
			require.NoError(t, err)
			require.Equal(t, tc.source, c.Source)
			for range 2 {
				require.NoError(t, c.Guard(t.Context(), &brex.Prepared{Operation: read}))
			}
			require.Equal(t, tc.other != "", notes == 1, "said once")
			for _, op := range brex.Operations() {
				if op.Access == brex.AccessRead {
					continue
				}
				err := c.Guard(t.Context(), &brex.Prepared{Operation: op})
				if tc.other == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, op.ID+" is not sent: ")
				require.ErrorContains(t, err, "unset "+tc.other+" first")
				require.IsType(t, UsageError(""), err)
			}
		})
	}
	l.TokenCommand = command
	_, err = l.Credential(t.Context(), "work")
	require.Equal(t, UsageError("--profile and --token-command exclude each other"), err)
}
