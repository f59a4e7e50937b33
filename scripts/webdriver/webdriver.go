// Package webdriver lets tests use Debian's Chromium, by ChromeDriver and the W3C WebDriver protocol.
package webdriver

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Browser is one WebDriver session. Its methods end the test when something fails.
type Browser struct {
	t       testing.TB
	session string // its URL
}

// Start starts a Chromium that ends with the test. Without the Debian packages chromium and chromium-driver the test fails.
func Start(t testing.TB, arguments ...string) *Browser {
	t.Helper()
	for _, program := range []string{"chromedriver", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v; install the Debian packages chromium and chromium-driver", err)
		}
	}
	driver := exec.Command("chromedriver", "--port=0")
	out, err := driver.StdoutPipe()
	require.NoError(t, err)
	driver.Stderr = os.Stderr
	require.NoError(t, driver.Start())
	t.Cleanup(func() {
		_ = driver.Process.Kill()
		_ = driver.Wait() // it was killed
	})
	var port string
	lines := bufio.NewScanner(out)
	for started := regexp.MustCompile(`started successfully on port (\d+)`); port == "" && lines.Scan(); {
		if m := started.FindStringSubmatch(lines.Text()); m != nil {
			port = m[1]
		}
	}
	require.NotEmpty(t, port, "chromedriver did not start")
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process

	b := &Browser{t: t, session: "http://127.0.0.1:" + port + "/session"}
	arguments = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--window-size=1200,1600", "--user-data-dir=" + t.TempDir()}, arguments...)
	var session struct{ SessionID string }
	b.Do("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:chromeOptions": map[string]any{"args": arguments},
		"goog:loggingPrefs":  map[string]any{"browser": "ALL"},
		"timeouts":           map[string]any{"script": 20_000, "pageLoad": 20_000, "implicit": 20_000}, // the last for elements to come
	}}}, &session)
	b.session += "/" + session.SessionID
	t.Cleanup(func() { b.Do("DELETE", "", nil, nil) })
	return b
}

// Do sends a command of the session.
func (b *Browser) Do(method, path string, in, out any) {
	b.t.Helper()
	status, value := b.send(method, path, in)
	require.Equal(b.t, http.StatusOK, status, "%s %s: %.600s", method, path, value)
	if out != nil {
		require.NoError(b.t, json.Unmarshal(value, out))
	}
}

func (b *Browser) send(method, path string, in any) (status int, value json.RawMessage) {
	b.t.Helper()
	body := []byte("{}")
	if in != nil {
		var err error
		body, err = json.Marshal(in)
		require.NoError(b.t, err)
	}
	r, err := http.NewRequest(method, b.session+path, bytes.NewReader(body))
	require.NoError(b.t, err)
	if method != "POST" {
		r.Body, r.ContentLength = http.NoBody, 0
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	answer := struct{ Value json.RawMessage }{}
	require.NoError(b.t, json.NewDecoder(resp.Body).Decode(&answer))
	return resp.StatusCode, answer.Value
}

// Open goes to an address and waits until its page is loaded.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.Do("POST", "/url", map[string]any{"url": url}, nil)
}

// Close closes the window, as a user does.
func (b *Browser) Close() {
	b.t.Helper()
	b.Do("DELETE", "/window", nil, nil)
}

// Run runs a script in the page and returns what it returns.
func (b *Browser) Run(script string, args ...any) (value any) {
	b.t.Helper()
	b.Do("POST", "/execute/sync", map[string]any{"script": script, "args": append([]any{}, args...)}, &value)
	return value
}

// Await runs a script that calls done with its result.
func (b *Browser) Await(script string, args ...any) (value any) {
	b.t.Helper()
	b.Do("POST", "/execute/async", map[string]any{"script": "const done = arguments[arguments.length - 1];\n" + script, "args": append([]any{}, args...)}, &value)
	return value
}

func (b *Browser) element(selector string) string {
	b.t.Helper()
	var found map[string]string
	b.Do("POST", "/element", map[string]any{"using": "css selector", "value": selector}, &found)
	for _, id := range found {
		return "/element/" + id
	}
	b.t.Fatalf("no %s", selector)
	return ""
}

// Click presses a button as a user does.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.Do("POST", b.element(selector)+"/click", nil, nil)
}

// Follow presses what leads to another page, and waits until this one is gone.
func (b *Browser) Follow(selector string) {
	b.t.Helper()
	page := b.element("html")
	b.Click(selector)
	for b.t.Context().Err() == nil {
		if status, _ := b.send("GET", page+"/name", nil); status != http.StatusOK {
			return
		}
	}
}

// Write replaces what is in a field.
func (b *Browser) Write(selector, text string) {
	b.t.Helper()
	field := b.element(selector)
	b.Do("POST", field+"/clear", nil, nil)
	b.Do("POST", field+"/value", map[string]any{"text": text}, nil)
}

// Text is what the user sees.
func (b *Browser) Text(selector string) (text string) {
	b.t.Helper()
	b.Do("GET", b.element(selector)+"/text", nil, &text)
	return text
}

// Complaints are the errors and warnings in the browser's console since the last call.
func (b *Browser) Complaints() (list []string) {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.Do("POST", "/se/log", map[string]any{"type": "browser"}, &entries)
	for _, e := range entries {
		if e.Level == "SEVERE" || e.Level == "WARNING" {
			list = append(list, e.Message)
		}
	}
	return list
}
