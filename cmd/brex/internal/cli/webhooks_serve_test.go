package cli

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
)

const signing = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ="

// listening runs brex webhooks serve until the test ends or end is called, and gives its address.
type listening struct {
	address string
	stdout  *pipe
	stderr  *pipe
	end     func() result
}

// pipe is a stream that is read line by line while it is written.
type pipe struct {
	*io.PipeReader
	*io.PipeWriter
	lines chan string
}

func newPipe() *pipe {
	r, w := io.Pipe()
	p := &pipe{r, w, make(chan string, 100)}
	go func() {
		defer close(p.lines)
		var text []byte
		b := make([]byte, 1)
		for {
			if _, err := r.Read(b); err != nil {
				return
			}
			if b[0] == '\n' {
				p.lines <- string(text)
				text = nil
				continue
			}
			text = append(text, b[0])
		}
	}()
	return p
}

func (p *pipe) Write(b []byte) (int, error) { return p.PipeWriter.Write(b) }

func (p *pipe) line(t *testing.T) string {
	t.Helper()
	select {
	case line := <-p.lines:
		return line
	case <-t.Context().Done():
		return ""
	}
}

func serving(t *testing.T, s setup, args ...string) *listening {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &listening{stdout: newPipe(), stderr: newPipe()}
	s.ctx, s.stderr = ctx, l.stderr
	if s.stdout == nil {
		s.stdout = l.stdout
	}
	done := make(chan result, 1)
	go func() {
		done <- s.run(t, append([]string{"webhooks", "serve", "--port", "0"}, args...)...)
		_, _ = l.stdout.PipeWriter.Close(), l.stderr.PipeWriter.Close()
	}()
	l.end = sync.OnceValue(func() result { cancel(); return <-done })
	t.Cleanup(func() { l.end() })
	line := l.stderr.line(t)
	require.Contains(t, line, "brex: listening on http://127.0.0.1:")
	l.address, _, _ = strings.Cut(strings.TrimPrefix(line, "brex: listening on "), ";")
	return l
}

var withSecret = setup{env: map[string]string{secretVariable: signing}}

func TestServeAndTriggerEveryType(t *testing.T) {
	l := serving(t, withSecret)
	for kind := range samples {
		r := withSecret.run(t, "webhooks", "trigger", string(kind), "--to", l.address).ok(t)
		assert.Contains(t, r.out, "200 OK")
		line := l.stdout.line(t)
		assert.Contains(t, line, "  "+string(kind)+"  msg_")
	}
	assert.Equal(t, exitOK, l.end().code)
	assert.Equal(t, "brex: stopped after 8 events", l.stderr.line(t))
}

func TestServeSavesAndForwards(t *testing.T) {
	type seen struct {
		header http.Header
		body   string
	}
	got := make(chan seen, 10)
	status := http.StatusOK
	next := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- seen{r.Header, string(body)}
		w.WriteHeader(status)
	}))
	t.Cleanup(next.Close)
	dir := filepath.Join(t.TempDir(), "events")
	l := serving(t, withSecret, "--forward-to", next.URL+"/brex", "--save", dir, "-o", "jsonl")

	r := withSecret.run(t, "webhooks", "trigger", "TRANSFER_PROCESSED", "--to", l.address, "--id", "../../evil id", "-o", "json")
	if r.code != exitOK { // such an id is not one: then it never gets to a file name
		require.Contains(t, r.err, "id")
		r = withSecret.run(t, "webhooks", "trigger", "TRANSFER_PROCESSED", "--to", l.address, "--id", "../../evil", "-o", "json").ok(t)
	}
	var sent triggered
	require.NoError(t, json.Unmarshal([]byte(r.out), &sent))
	forwarded := <-got
	assert.JSONEq(t, string(sent.Body), forwarded.body)
	require.NoError(t, webhook.Verify([]byte(forwarded.body), forwarded.header, []string{signing}, webhook.WithClock(func() time.Time { return brextest.DefaultNow })), "byte for byte")

	var event received
	require.NoError(t, json.Unmarshal([]byte(l.stdout.line(t)), &event))
	assert.Equal(t, http.StatusOK, event.ForwardStatus)
	assert.Equal(t, "TRANSFER_PROCESSED", event.Type)
	saved, err := os.ReadFile(filepath.Join(dir, event.SavedAs))
	require.NoError(t, err)
	assert.Equal(t, forwarded.body, string(saved))
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	info, err := files[0].Info()
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode())

	// The same delivery again changes nothing; one that cannot be forwarded is asked for again.
	withSecret.run(t, "webhooks", "trigger", "TRANSFER_PROCESSED", "--to", l.address, "--id", sent.ID).ok(t)
	status = http.StatusTeapot
	r = withSecret.run(t, "webhooks", "trigger", "USER_UPDATED", "--to", l.address, "--id", "msg_1")
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.err, "the receiver responded with 500")
	assert.Contains(t, l.stderr.line(t), "webhook failed (webhook id msg_1) (event type USER_UPDATED): --forward-to responded with 418")
	assert.Len(t, got, 1)
	require.NoError(t, json.Unmarshal([]byte(l.stdout.line(t)), &event))
	assert.Equal(t, http.StatusTeapot, event.ForwardStatus)
	status = http.StatusOK
	withSecret.run(t, "webhooks", "trigger", "USER_UPDATED", "--to", l.address, "--id", "msg_1").ok(t)
	assert.Contains(t, l.stdout.line(t), `"forward_status":200`)
	next.Close()
	withSecret.run(t, "webhooks", "trigger", "USER_UPDATED", "--to", l.address)
	line := l.stderr.line(t)
	assert.Contains(t, line, "the event cannot be forwarded")
	assert.NotContains(t, line, "/brex", "an address can hold a key")
}

// What the sender and its proxies tell each other is no business of the next receiver.
func TestServeForwardsOnlyTheEventsHeaders(t *testing.T) {
	got := make(chan http.Header, 1)
	next := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
	t.Cleanup(next.Close)
	l := serving(t, withSecret, "--forward-to", next.URL)
	r, err := webhook.NewRequest(t.Context(), l.address, signing, &webhook.UserUpdated{UserID: "cuuser_1"},
		webhook.WithTime(brextest.DefaultNow), webhook.AlsoSignedWith("b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="))
	require.NoError(t, err)
	private := []string{"Cookie", "Authorization", "Proxy-Authorization", "Proxy-Connection", "Keep-Alive", "Te", "Upgrade",
		"X-Forwarded-For", "Forwarded", "X-Api-Key", "X-Named", "X-Brex-Sandbox", "Referer"}
	for _, name := range private {
		r.Header.Set(name, "trailers")
	}
	r.Header.Set("Connection", "X-Named")
	r.Header.Set("X-Brex-Trace-Id", "trace")
	sent := r.Header.Clone()
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	l.stdout.line(t)
	forwarded := <-got
	for _, name := range append(private, "Connection") {
		require.Empty(t, forwarded.Values(name), name)
	}
	for _, name := range []string{webhook.HeaderID, webhook.HeaderTimestamp, webhook.HeaderSignature, "Content-Type", "X-Brex-Trace-Id"} {
		require.Equal(t, sent.Values(name), forwarded.Values(name), name)
	}
}

func TestServeRefuses(t *testing.T) {
	l := serving(t, withSecret)
	other := setup{env: map[string]string{"OTHER": "b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItMTI="}}
	r := other.run(t, "webhooks", "trigger", "USER_UPDATED", "--to", l.address, "--secret-env", "OTHER")
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.err, "responded with 401: Brex would send the event again; does it have the same signing secret")
	assert.Contains(t, l.stderr.line(t), "webhook refused (webhook id msg_")
	resp, err := http.Post(l.address, "application/json", strings.NewReader(`{"event_type":"USER_UPDATED"}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	assert.Contains(t, l.stderr.line(t), "missing header")
	rotating := setup{env: map[string]string{secretVariable: other.env["OTHER"] + ", " + signing}}
	rotating.run(t, "webhooks", "trigger", "USER_UPDATED", "--to", l.address).ok(t)
	l.end()
	assert.Equal(t, "brex: stopped after 1 event", l.stderr.line(t))
}

// The sandbox's secret depends on its seed only, so that two processes agree.
func TestServeWithTheSandbox(t *testing.T) {
	l := serving(t, setup{}, "--sandbox")
	assert.Contains(t, sandbox(t, "webhooks", "trigger", "user-updated", "--to", l.address).ok(t).out, "200 OK")
	assert.Contains(t, l.stdout.line(t), "USER_UPDATED")
}

func TestServeFollowsARotation(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	api := on(server.URL, server.Token())
	var late atomic.Int64
	api.now = func() time.Time { return brextest.DefaultNow.Add(time.Duration(late.Load())) }
	l := serving(t, api)
	trigger := []string{"webhooks", "trigger", "USER_UPDATED", "--to", l.address}
	api.run(t, trigger...).ok(t)
	assert.Contains(t, l.stdout.line(t), "USER_UPDATED")
	require.NoError(t, server.RotateWebhookSecret(0))
	late.Store(int64(2 * webhook.DefaultRefreshInterval)) // secrets are asked for once a minute at most
	api.run(t, trigger...).ok(t)
	assert.Contains(t, l.stdout.line(t), "USER_UPDATED")
}

func TestServeOutputGone(t *testing.T) {
	s := withSecret
	s.stdout = fullDisk{syscall.ENOSPC}
	l := serving(t, s)
	withSecret.run(t, "webhooks", "trigger", "USER_UPDATED", "--to", l.address)
	for !strings.Contains(l.stderr.line(t), "no space left on device") {
		if t.Context().Err() != nil {
			break
		}
	}
	assert.Equal(t, exitFailure, l.end().code)
}

// TestPayAndBeTold does what a user does with two terminals: brex sandbox, webhooks create, a transfer, and the clock moved a day and
// a month on the sandbox's page. brex webhooks serve, on the real clock, accepts each delivery.
func TestPayAndBeTold(t *testing.T) {
	s := serveSandbox(t, "--expenses", "0", "--limits", "off")
	api := on(s.BaseURL, s.Tokens["admin"])
	api.now = time.Now
	advance := func(by string) {
		t.Helper()
		status, body := s.call(t, "", "POST", "/_sandbox/clock", `{"advance":"`+by+`"}`)
		require.Equal(t, http.StatusOK, status, body)
	}
	advance("1440h") // what the seed has under way, so that nothing else is told
	l := serving(t, api, "-o", "jsonl")
	api.run(t, "webhooks", "create", "--url", l.address, "--event-types", "transfer-processed", "--idempotency-key", "hook").ok(t)

	idOf := func(r result) string {
		var one struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(r.ok(t).out), &one))
		return one.ID
	}
	account := idOf(api.run(t, "call", "getPrimaryAccount"))
	var instrument string
	for _, v := range objects(t, api.run(t, "vendors", "list", "-o", "json").ok(t).out) {
		for _, a := range v["payment_accounts"].([]any) {
			if d := a.(map[string]any)["details"].(map[string]any); d["type"] == "DOMESTIC_WIRE" {
				instrument = d["payment_instrument_id"].(string)
			}
		}
	}
	require.NotEmpty(t, instrument)
	company := idOf(api.run(t, "call", "getCompany"))
	for _, passes := range []string{"24h", "720h"} {
		id := idOf(api.run(t, "call", "createTransfer", "--yes", "--company", company, "--idempotency-key", passes, "--params",
			`{"counterparty":{"type":"VENDOR","payment_instrument_id":"`+instrument+`"},"amount":{"amount":700,"currency":"USD"},`+
				`"description":"Invoice","external_memo":"INV-1","originating_account":{"type":"BREX_CASH","id":"`+account+`"}}`))
		advance("72h") // it is paid on the next business day
		advance(passes)
		var event received
		require.NoError(t, json.Unmarshal([]byte(l.stdout.line(t)), &event))
		require.Equal(t, "TRANSFER_PROCESSED", event.Type)
		require.Contains(t, string(event.Body), id)
		require.WithinDuration(t, time.Now(), event.At, time.Minute)
	}
	l.end()
	require.Equal(t, "brex: stopped after 2 events", l.stderr.line(t), "and refused none")
}
