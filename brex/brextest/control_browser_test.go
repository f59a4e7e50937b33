//go:build browser

package brextest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// These tests use the page in Debian's Chromium, by ChromeDriver and the W3C
// WebDriver protocol: make browser. They need the packages chromium and
// chromium-driver, and fail without them.

// openPage serves a sandbox and shows its page.
func openPage(t *testing.T, b *browser, opts ...brextest.Option) *brextest.Server {
	t.Helper()
	s := brextest.NewServer(t, append([]brextest.Option{small, brextest.WithControl()}, opts...)...)
	b.Open(s.URL + brextest.ControlPath)
	b.settlesOnce()
	return s
}

// TestPageInBrowser does with the page what a user does with it.
func TestPageInBrowser(t *testing.T) {
	b := startBrowser(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	defer app.Close()
	s := openPage(t, b)
	api := &sandbox{Handler: s.Handler, t: t}
	require.Equal(t, "Brex sandbox", b.Run("return document.title"))
	require.Contains(t, b.Text("#status"), "Halcyon Robotics, Inc. · seed 1")
	require.Contains(t, b.Text("#now"), "2026-11-02T12:00:00")

	// The clock.
	b.press(`[data-advance="7d"]`)
	require.Contains(t, b.Text("#now"), "2026-11-09T12:00:00")
	b.Write("#advance", "90m")
	b.press("#clock button:not([type])")
	require.Contains(t, b.Text("#now"), "2026-11-09T13:30:00")
	require.Equal(t, brextest.DefaultNow.Add(7*24*time.Hour+90*time.Minute), s.Now())
	b.Write("#advance", "yesterday")
	b.press("#clock button:not([type])")
	require.Contains(t, b.Text("#error"), `"yesterday" is not a time`)

	// Events.
	hook := fmt.Sprintf(`{"url":"%s/hook","event_types":["TRANSFER_FAILED"]}`, app.URL)
	require.Equal(t, 200, api.do("POST", "/v1/webhooks", hook, key("hook")...).Status)
	b.Write("#event-type", "TRANSFER_FAILED")
	b.press("#fire button:not([type])")
	require.Equal(t, false, b.Run("return !document.getElementById('error').hidden"), "the error is gone")
	require.Contains(t, b.Text("#events tbody tr"), "due 2026-11-09")
	b.press("#deliver")
	require.Contains(t, b.Text("#events tbody tr"), "attempt 1: 204")
	b.press("#events tbody tr button")
	b.press("#deliver")
	require.Contains(t, b.Text("#events tbody tr"), "attempt 2: 204")
	b.press("#rotate")
	require.Len(t, s.WebhookSecrets(), 2)
	require.Contains(t, b.Text("#tokens"), s.WebhookSecrets()[0])

	// Faults.
	b.Write("#fault-operation", "getMe")
	b.Write("#fault-status", "418")
	b.press("#inject button:not([type])")
	require.Equal(t, "getMe: status 418, 1 calls", b.Text("#faults li"))
	require.Equal(t, 418, api.raw("GET", "/v2/users/me", "").Status)
	b.Write("#fault-count", "0")
	b.press("#inject button:not([type])")
	require.Equal(t, "getMe: status 418, all calls", b.Text("#faults li"))
	require.Equal(t, 418, api.raw("GET", "/v2/users/me", "").Status)
	b.press("#clear-faults")
	require.Equal(t, "", b.Text("#faults"))
	require.Equal(t, 200, api.get("/v2/users/me").Status)

	// Of webhooks too.
	b.Write("#fault-operation", "webhookDelivery")
	b.Write("#fault-count", "1")
	b.Run(`document.getElementById('fault-kind').value = 'duplicate'`)
	b.press("#inject button:not([type])")
	require.Equal(t, "webhookDelivery: duplicate, 1 calls", b.Text("#faults li"))
	b.press("#fire button:not([type])")
	b.press("#deliver")
	require.Contains(t, b.Text("#events tbody tr"), "attempt 2: 204, met duplicate")

	// The state.
	b.settles(func() {
		b.Run(`const t = document.getElementById('table'); t.value = 'expenses'; t.dispatchEvent(new Event('change'))`)
	})
	require.Equal(t, "1 to 20 of 350", b.Text("#range"))
	b.press("#later")
	require.Equal(t, "21 to 40 of 350", b.Text("#range"))
	require.Contains(t, b.Text("#rows"), api.all("/v1/expenses?limit=30")[20]["id"])
	b.press("#earlier")
	expense := api.all("/v1/expenses")[200]["id"].(string)
	b.Write("#search", expense)
	b.press("#browse button:not([type])")
	require.Equal(t, "1 to 1 of 1", b.Text("#range"))
	require.Contains(t, b.Text("#requests"), "/v2/users/me")

	// Back to the start.
	b.press("#reset")
	require.Contains(t, b.Text("#now"), "2026-11-02T12:00:00")
	require.Empty(t, s.Events())
	require.Empty(t, b.complaintsExcept("status of 400"))
}

// shot writes what the page looks like into the directory SCREENSHOTS, where that is set.
func shot(t *testing.T, b *browser, name string) {
	t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct{ Data string }
	b.Do("POST", "/goog/cdp/execute", map[string]any{"cmd": "Page.captureScreenshot",
		"params": map[string]any{"captureBeyondViewport": true}}, &shot)
	raw, err := base64.StdEncoding.DecodeString(shot.Data)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o600))
}

// TestPageFits shows the page on screens of every size, in light and dark: nothing is wider than the screen, no time, status or
// amount breaks, and nothing comes from elsewhere.
func TestPageFits(t *testing.T) {
	b := startBrowser(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	defer app.Close()
	s := openPage(t, b)
	api := &sandbox{Handler: s.Handler, t: t}
	hook := fmt.Sprintf(`{"url":"%s/a-receiver-with-a-long-path-%s","event_types":["TRANSFER_FAILED"]}`, app.URL, strings.Repeat("x", 80))
	require.Equal(t, 200, api.do("POST", "/v1/webhooks", hook, key("hook")...).Status)
	_, err := s.FireEvent("TRANSFER_FAILED", nil)
	require.NoError(t, err)
	require.Equal(t, 1, s.DeliverPending())
	require.Equal(t, 200, api.get("/v1/expenses?limit=2").Status)
	require.Equal(t, 404, api.raw("GET", "/v1/"+strings.Repeat("long", 60), "").Status)
	for _, table := range []string{"transfers", "vendors", "users"} {
		b.settles(func() {
			b.Run(`const t = document.getElementById('table'); t.value = arguments[0]; t.dispatchEvent(new Event('change'))`, table)
		})
		for _, width := range []int{360, 768, 1280, 1920} {
			for _, scheme := range []string{"light", "dark"} {
				b.Do("POST", "/goog/cdp/execute", map[string]any{"cmd": "Emulation.setDeviceMetricsOverride",
					"params": map[string]any{"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false}}, nil)
				b.Do("POST", "/goog/cdp/execute", map[string]any{"cmd": "Emulation.setEmulatedMedia",
					"params": map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}}}, nil)
				name := fmt.Sprintf("%s-%d-%s", table, width, scheme)
				require.EqualValues(t, width, b.Run(`return innerWidth`))
				shot(t, b, name)
				for _, open := range []bool{false, true} {
					b.Run(`for (const d of document.querySelectorAll('details')) d.open = arguments[0]`, open)
					require.EqualValues(t, 0, b.Run(`return Math.max(0, document.documentElement.scrollWidth - innerWidth)`), "%s, open %v", name, open)
					require.Empty(t, b.Run(`return [...document.querySelectorAll('.fix')].filter((e) => e.getClientRects().length > 1).map((e) => e.textContent)`), name)
				}
				require.Empty(t, b.Run(`return [...document.querySelectorAll('button')].filter((e) => e.offsetHeight > 48).map((e) => e.textContent)`), name)
				b.Run(`for (const d of document.querySelectorAll('details')) d.open = false`)
				background := map[string]string{"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 28)"}[scheme]
				require.Equal(t, background, b.Run(`return getComputedStyle(document.body).backgroundColor`), name)
			}
		}
	}
	require.Contains(t, b.Text("#balances"), "USD")
	require.Contains(t, b.Text("#transfers"), "PROCESSED")
	require.Contains(t, b.Text("#requests"), " ms")
	require.Contains(t, b.Text("#events"), "attempt 1: 418")
	require.Empty(t, b.Run(`return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !n.startsWith(location.origin + '/_sandbox/') && !n.startsWith('data:'))`))
	require.Empty(t, b.Complaints(), "no violation of the policy, and no other error")
}

// TestPageShowsTextAsText: whatever somebody has written into the company, or
// sent in a request, runs nothing and becomes no markup.
func TestPageShowsTextAsText(t *testing.T) {
	b := startBrowser(t)
	const evil = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	s := openPage(t, b)
	api := &sandbox{Handler: s.Handler, t: t}
	body, err := json.Marshal(map[string]string{"company_name": evil})
	require.NoError(t, err)
	require.Equal(t, 200, api.do("POST", "/v1/vendors", string(body), key("k")...).Status)
	api.raw("GET", "/v1/%3Cimg%20src=x%20onerror=alert(1)%3E?a="+"%3Cscript%3Ealert(2)%3C/script%3E", "")
	_, err = s.FireEvent(`<b>TYPE</b>`, json.RawMessage(`{"event_type":"<img src=x onerror=alert(3)>"}`))
	require.NoError(t, err)
	b.settles(func() {
		b.Run(`const t = document.getElementById('table'); t.value = 'vendors'; t.dispatchEvent(new Event('change'))`)
	})
	b.Write("#search", "onerror")
	b.press("#browse button:not([type])")
	require.Equal(t, "1 to 1 of 1", b.Text("#range"))
	b.Run(`for (const d of document.querySelectorAll('details')) d.open = true`)
	require.Contains(t, b.Text("#rows"), evil[:9])
	require.Contains(t, b.Text("#events"), "<b>TYPE</b>")
	require.Contains(t, b.Text("#requests"), "<img src=x")
	require.EqualValues(t, 0, b.Run(`return document.querySelectorAll('img, b, body script').length`))
	require.Equal(t, "Brex sandbox", b.Run("return document.title"))
	require.Empty(t, b.Complaints())
}

// TestPageAgainstOtherSites: a site that the user has open cannot read the
// control API, cannot change anything through it and cannot frame its page.
func TestPageAgainstOtherSites(t *testing.T) {
	b := startBrowser(t, "--host-resolver-rules=MAP *.example 127.0.0.1")
	s := brextest.NewServer(t, small, brextest.WithControl())
	s.Advance(time.Hour)
	attacker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>attacker</title><body></body>")
	}))
	defer attacker.Close()
	_, attackerPort, err := net.SplitHostPort(strings.TrimPrefix(attacker.URL, "http://"))
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	require.NoError(t, err)

	for _, origin := range []string{attacker.URL, "http://localhost:" + attackerPort, "http://evil.example:" + attackerPort} {
		for _, host := range []string{"127.0.0.1:" + port, "localhost:" + port, "rebound.example:" + port} {
			b.Open(origin)
			got := b.Await(`const base = 'http://' + arguments[0] + '/_sandbox/';
				const attempt = async (name, run) => { try { return name + ': ' + await run(); } catch (e) { return name + ': refused'; } };
				(async () => {
					const results = [];
					results.push(await attempt('read', async () => (await fetch(base + 'tokens')).text()));
					results.push(await attempt('header', async () => (await fetch(base + 'reset', { method: 'POST', headers: { 'X-Brex-Sandbox': '1' } })).status));
					results.push(await attempt('delete', async () => (await fetch(base + 'faults', { method: 'DELETE' })).status));
					results.push(await attempt('simple', async () => (await fetch(base + 'reset', { method: 'POST', mode: 'no-cors' })).type));
					results.push(await attempt('script', () => new Promise((ok, bad) => {
						const e = document.createElement('script');
						e.onload = () => ok('loaded');
						e.onerror = bad;
						e.src = base + 'tokens';
						document.body.append(e);
					})));
					results.push(await attempt('form', () => new Promise((ok) => {
						const target = document.createElement('iframe');
						target.name = 'target';
						target.onload = () => { let seen = 'nothing'; try { seen = target.contentDocument.body.textContent || 'nothing'; } catch (e) {} ok(seen); };
						document.body.append(target);
						const form = document.createElement('form');
						form.method = 'POST';
						form.action = base + 'reset';
						form.target = 'target';
						document.body.append(form);
						form.submit();
					})));
					results.push(await attempt('frame', () => new Promise((ok) => {
						const frame = document.createElement('iframe');
						frame.onload = () => { let seen = 'nothing'; try { seen = frame.contentDocument.body.textContent || 'nothing'; } catch (e) {} ok(seen); };
						frame.src = base;
						document.body.append(frame);
					})));
					done(results.join('\n'));
				})();`, host)
			require.Equal(t, "read: refused\nheader: refused\ndelete: refused\nsimple: refused\nscript: refused\nform: nothing\nframe: nothing", got, "%s against %s", origin, host)
			require.Equal(t, brextest.DefaultNow.Add(time.Hour), s.Now(), "%s against %s", origin, host)
		}
	}

	// A name that is made to point here gets a response, and learns nothing.
	b.Open("http://rebound.example:" + port + brextest.ControlPath)
	require.Contains(t, b.Text("body"), "reached as localhost or by a loopback address only")
}
