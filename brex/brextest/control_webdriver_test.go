//go:build browser

package brextest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// browser is one WebDriver session.
type browser struct {
	t       *testing.T
	session string // its URL
}

func startBrowser(t *testing.T, arguments ...string) *browser {
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

	b := &browser{t: t, session: "http://127.0.0.1:" + port + "/session"}
	arguments = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--window-size=1200,1600", "--user-data-dir=" + t.TempDir()}, arguments...)
	var session struct{ SessionID string }
	b.do("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:chromeOptions": map[string]any{"args": arguments},
		"goog:loggingPrefs":  map[string]any{"browser": "ALL"},
		"timeouts":           map[string]any{"script": 20_000, "pageLoad": 20_000},
	}}}, &session)
	b.session += "/" + session.SessionID
	t.Cleanup(func() { b.do("DELETE", "", nil, nil) })
	return b
}

// do sends one WebDriver command.
func (b *browser) do(method, path string, in, out any) {
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
	require.Equal(b.t, 200, resp.StatusCode, "%s %s: %.600s", method, path, answer.Value)
	if out != nil {
		require.NoError(b.t, json.Unmarshal(answer.Value, out))
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.do("POST", "/url", map[string]any{"url": url}, nil)
}

// run runs a script in the page and returns what it returns.
func (b *browser) run(script string, args ...any) (value any) {
	b.t.Helper()
	b.do("POST", "/execute/sync", map[string]any{"script": script, "args": append([]any{}, args...)}, &value)
	return value
}

// await runs a script that calls done with its result.
func (b *browser) await(script string, args ...any) (value any) {
	b.t.Helper()
	b.do("POST", "/execute/async", map[string]any{"script": "const done = arguments[arguments.length - 1];\n" + script, "args": append([]any{}, args...)}, &value)
	return value
}

func (b *browser) element(selector string) string {
	b.t.Helper()
	var found map[string]string
	b.do("POST", "/element", map[string]any{"using": "css selector", "value": selector}, &found)
	for _, id := range found {
		return id
	}
	b.t.Fatalf("no %s", selector)
	return ""
}

// click presses a button as a user does, and waits until the page has shown
// what became of it.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.settles(func() { b.do("POST", "/element/"+b.element(selector)+"/click", nil, nil) })
}

func (b *browser) settles(act func()) {
	b.t.Helper()
	seen := b.run(`return Number(document.body.dataset.updates || 0)`)
	act()
	b.await(`const seen = arguments[0];
		const look = () => { if (Number(document.body.dataset.updates || 0) > seen) done(true); };
		new MutationObserver(look).observe(document.body, { attributes: true });
		look();`, seen)
}

func (b *browser) write(selector, text string) {
	b.t.Helper()
	id := b.element(selector)
	b.do("POST", "/element/"+id+"/clear", nil, nil)
	b.do("POST", "/element/"+id+"/value", map[string]any{"text": text}, nil)
}

// text is what the user sees.
func (b *browser) text(selector string) string {
	b.t.Helper()
	var text string
	b.do("GET", "/element/"+b.element(selector)+"/text", nil, &text)
	return text
}

// complaints are the errors in the browser's console.
func (b *browser) complaints() (list []string) {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.do("POST", "/se/log", map[string]any{"type": "browser"}, &entries)
	for _, e := range entries {
		if e.Level == "SEVERE" || e.Level == "WARNING" {
			list = append(list, e.Message)
		}
	}
	return list
}

// complaintsExcept leaves out what a test has provoked.
func (b *browser) complaintsExcept(text string) (list []string) {
	b.t.Helper()
	for _, c := range b.complaints() {
		if !strings.Contains(c, text) {
			list = append(list, c)
		}
	}
	return list
}

func (b *browser) settlesOnce() {
	b.t.Helper()
	b.await(`const look = () => { if (document.body.dataset.updates) done(true); };
		new MutationObserver(look).observe(document.body, { attributes: true });
		look();`)
}
