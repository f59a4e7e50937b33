//go:build browser

package cli

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/scripts/webdriver"
)

// These tests sign in with the program in Debian's Chromium: make browser.

const approve, deny = `button[value="approve"]`, `button[value="deny"]`

// opener is a program that is started in place of a browser and hands on the address.
type opener struct {
	script string
	calls  *os.File // a line for each
}

func newOpener(t *testing.T, name string) *opener {
	t.Helper()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "calls")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	calls, err := os.OpenFile(fifo, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = calls.Close() })
	script := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\necho \"$@\" >'"+fifo+"'\n"), 0o700))
	return &opener{script, calls}
}

// call is what the next call was given.
func (o *opener) call(t *testing.T) string {
	t.Helper()
	require.NoError(t, o.calls.SetReadDeadline(time.Now().Add(time.Minute)), "else it is never called")
	line, err := bufio.NewReader(o.calls).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSuffix(line, "\n")
}

// listens says whether anybody is at the address that a sign-in leads back to.
func listens(t *testing.T, address string) bool {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	back, err := url.Parse(u.Query().Get("redirect_uri"))
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", back.Hostname())
	conn, err := net.Dial("tcp", back.Host)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

func TestBrowserLogin(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery(), brextest.WithOAuthClient("cli", "", "http://127.0.0.1/callback"),
		brextest.WithOAuthConsent(brextest.OAuthConsent{Page: true}))
	browser := webdriver.Start(t)
	desktop, named := newOpener(t, "xdg-open"), newOpener(t, "my-browser")
	brex := buildProgram(t, "BREX_BASE_URL="+server.URL, "BREX_CLIENT_ID=cli", "BREX_NO_KEYRING=1",
		"PATH="+filepath.Dir(desktop.script)+":"+os.Getenv("PATH"))
	login := []string{"login", "--issuer", server.URL + brextest.IssuerPath}
	noted := func(r *running) (address string) {
		t.Helper()
		_, address, found := strings.Cut(r.line(t), ": http")
		require.True(t, found, "%q", r.said)
		return "http" + address
	}

	// The desktop's browser. Consent leads back to the program, which then works.
	r := brex.start(t, "", login...)
	address := desktop.call(t)
	require.Equal(t, address, noted(r), "for who has to open it by hand")
	require.Contains(t, r.said[0], "Brex's page opens in your browser")
	browser.Open(address)
	require.Equal(t, "Allow cli to use this company?", browser.Text("h1"))
	require.True(t, listens(t, address))
	browser.Follow(approve)
	require.Equal(t, "You are signed in. You can close this window and go back to the program.", browser.Text("body"))
	back, err := url.Parse(browser.Run("return location.href").(string))
	require.NoError(t, err)
	signedIn := r.wait().ok(t)
	require.Contains(t, signedIn.err, "signed in as maya.park@halcyon.example of Halcyon Robotics, Inc.; the token is kept in "+brex.home)
	require.NotEmpty(t, back.Query().Get("code"))
	require.NotContains(t, signedIn.err, back.Query().Get("code"))
	require.Empty(t, signedIn.out)
	require.False(t, listens(t, address))
	resp, err := http.Get(back.String())
	require.Error(t, err, "the code is good for one program only, which has ended")
	require.Nil(t, resp)
	status := brex.run(t, "auth", "status", "-o", "json").ok(t).out
	for _, want := range []string{"maya.park@halcyon.example", `"kind": "OAuth login"`, `"expenses.card.readonly"`, `"access_token_expires_at"`} {
		require.Contains(t, status, want)
	}
	require.Contains(t, brex.run(t, "users", "list", "--limit", "1").ok(t).out, "maya.park@halcyon.example")
	stored := tree(t, brex.home)
	require.Len(t, stored, 3, "login, lock and profile")

	// A second login, with a browser of the user's choice, as another profile, and with less than was asked for.
	brex.env = append(brex.env, "BROWSER=/nonexistent/browser:"+named.script+" --new-window")
	r = brex.start(t, "", append(login, "--profile", "work")...)
	opened := strings.Fields(named.call(t))
	require.Equal(t, []string{"--new-window", noted(r)}, opened)
	browser.Open(opened[1])
	browser.Click(`input[value="vendors.readonly"]`)
	browser.Follow(approve)
	require.Contains(t, r.wait().ok(t).err, "not granted: vendors.readonly; what needs them will be refused")
	brex.run(t, "vendors", "list", "--profile", "work").fails(t, exitAuth)
	brex.run(t, "users", "list", "--profile", "work").ok(t)
	brex.run(t, "vendors", "list").ok(t)
	require.Len(t, lines(t, brex.run(t, "auth", "list").ok(t).out), 3)
	brex.run(t, "logout", "--profile", "work").ok(t)
	brex.run(t, "users", "list", "--profile", "work").fails(t, exitUsage)
	require.Subset(t, tree(t, brex.home), stored, "the other login is as it was")

	// By hand. A page of another sign-in changes nothing.
	r = brex.start(t, "", append(login, "--no-browser", "--profile", "by-hand")...)
	address = noted(r)
	require.Contains(t, r.said[0], "open this address in a browser on this machine")
	u, err := url.Parse(address)
	require.NoError(t, err)
	browser.Open(u.Query().Get("redirect_uri") + "?code=bxc_forged&state=bxs_forged")
	require.Contains(t, browser.Text("body"), "This is not the sign-in that was begun.")
	browser.Open(address)
	browser.Follow(approve)
	require.Contains(t, browser.Text("body"), "You are signed in.")
	require.Contains(t, r.wait().ok(t).err, "as the profile by-hand")
	stored = tree(t, brex.home)

	// Denied.
	r = brex.start(t, "", append(login, "--profile", "denied")...)
	browser.Open(strings.Fields(named.call(t))[1])
	browser.Follow(deny)
	require.Equal(t, "Access was denied. You can close this window.", browser.Text("body"))
	denied := r.wait()
	assert.Equal(t, exitAuth, denied.code)
	require.Contains(t, denied.err, "access was denied")
	require.Equal(t, stored, tree(t, brex.home))

	// Closed without an answer, and given up.
	r = brex.start(t, "", append(login, "--profile", "closed")...)
	address = strings.Fields(named.call(t))[1]
	browser.Open(address)
	browser.Close()
	require.NoError(t, r.cmd.Process.Signal(os.Interrupt))
	interrupted := r.wait()
	assert.Equal(t, exitInterrupted, interrupted.code)
	require.Contains(t, interrupted.err, "brex: interrupted")
	require.Equal(t, stored, tree(t, brex.home))
	require.False(t, listens(t, address))
}
