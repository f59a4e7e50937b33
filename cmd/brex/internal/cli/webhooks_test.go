package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
)

func TestWebhookSubscriptions(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	s := on(server.URL, server.Token())
	assert.Contains(t, s.run(t, "webhooks", "list").ok(t).err, "nothing found")
	made := s.run(t, "webhooks", "create", "--url", "https://example.com/a", "--event-types", "user-updated, TRANSFER_FAILED", "--idempotency-key", "k1").ok(t).out
	assert.Contains(t, made, "USER_UPDATED TRANSFER_FAILED")
	all := objects(t, s.run(t, "webhooks", "list", "-o", "json").ok(t).out)
	require.Len(t, all, 1)
	id := all[0]["id"].(string)

	paused := s.run(t, "webhooks", "update", id, "--status", "inactive", "-o", "json").ok(t).out
	for _, kept := range []string{"https://example.com/a", "USER_UPDATED", "INACTIVE"} {
		assert.Contains(t, paused, kept)
	}
	changed := s.run(t, "webhooks", "update", id, "--url", "https://example.com/b", "--event-types", "TRANSFER_PROCESSED").ok(t).out
	assert.Contains(t, changed, "https://example.com/b")
	assert.Contains(t, changed, "INACTIVE")
	assert.NotContains(t, changed, "USER_UPDATED")
	sent := len(server.Requests())
	assert.Contains(t, s.run(t, "webhooks", "update", id, "--status", "active", "--dry-run").ok(t).out, `"status": "ACTIVE"`)
	assert.Contains(t, s.run(t, "webhooks", "update", id, "--status", "active", "-o", "curl").ok(t).out, "curl --fail-with-body --globoff --path-as-is -X PUT")
	assert.Contains(t, s.run(t, "webhooks", "delete", id, "--dry-run").ok(t).out, "DELETE /v1/webhooks/"+id)
	assert.Contains(t, s.run(t, "webhooks", "delete", id, "--read-only").fails(t, exitAuth), "read only")
	assert.Contains(t, s.run(t, "webhooks", "delete", id, "--company", "cuacc_of_another").fails(t, exitUsage), "nothing was sent")
	for _, r := range server.Requests()[sent:] {
		assert.Equal(t, "GET", r.Method, "nothing was changed")
	}
	s.run(t, "webhooks", "delete", id).ok(t)
	s.run(t, "webhooks", "update", id, "--status", "active").fails(t, exitNotFound)

	for args, says := range map[string]string{
		"create":                           "needs --url",
		"create --url https://example.com": "needs --event-types",
		"create --url https://example.com --event-types ,":      "holds an empty value",
		"create --url example.com --event-types x":              "--url: must be an address like https://example.com/brex",
		"create --url http://example.com --event-types x":       "--url: must be",
		"create --url https:///x --event-types x":               "--url: must be",
		"update x --url ftp://example.com":                      "--url: must be",
		"create --url http://localhost.example --event-types x": "--url: must be",
		"update x":                 "needs --url, --event-types or --status",
		"update x --status broken": "is one of active, inactive",
		"delete":                   "needs an id; brex webhooks list prints ids",
		"update x --url https://example.com --event-types USER_UPDATED,": "holds an empty value",
	} {
		assert.Contains(t, s.run(t, append([]string{"webhooks"}, strings.Fields(args)...)...).fails(t, exitUsage), says)
	}
	broken := answering(t, `{"id":"w","url":"https://example.com","event_types":["USER_UPDATED"],"status":"ERROR"}`)
	assert.Contains(t, broken.run(t, "webhooks", "update", "w", "--url", "https://x.example").fails(t, exitUsage), "add --status active")
}

func TestWebhookSecrets(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	value := server.WebhookSecrets()[0]
	for _, format := range []string{"table", "json", "jsonl", "csv"} {
		r := on(server.URL, server.Token()).run(t, "webhooks", "secrets", "-o", format).ok(t)
		assert.NotContains(t, r.out, value)
		assert.Contains(t, r.out, "ACTIVE")
		assert.Contains(t, on(server.URL, server.Token()).run(t, "webhooks", "secrets", "--show-secrets", "-o", format).ok(t).out, value)
	}
}

// What trigger sends is what package webhook reads, with every member that Brex documents as required.
func TestSamples(t *testing.T) {
	require.Len(t, samples, 8)
	doc, err := loadDocument("webhooks")
	require.NoError(t, err)
	for kind, sample := range samples {
		now := brextest.DefaultNow
		req, err := webhook.NewRequest(t.Context(), "http://localhost", signing, sample(now), webhook.WithTime(now))
		require.NoError(t, err)
		body, err := io.ReadAll(req.Body)
		require.NoError(t, err)
		event, err := webhook.Parse(body)
		require.NoError(t, err)
		assert.IsType(t, sample(now), event)
		assert.Equal(t, kind, event.Type())
		assert.Contains(t, eventTypes(), string(kind))
		assert.NotContains(t, string(body), `:""}`)
	}
	assert.Len(t, eventTypes(), 20)
	assert.NotNil(t, doc)
}

func TestWrongWebhookCommandLines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, test := range []struct {
		env  map[string]string
		args string
		says string
	}{
		{nil, "serve", "no signing secret: set BREX_WEBHOOK_SECRET, or BREX_TOKEN to ask Brex for it, or add --sandbox"},
		{nil, "trigger USER_UPDATED --to http://localhost", "no signing secret"},
		{withSecret.env, "serve -o csv", "prints lines or jsonl, not csv"},
		{withSecret.env, "serve --port 70000", "must be a whole number from 0 to 65535"},
		{withSecret.env, "serve --listen 203.0.113.1 --port 0", "--listen and --port: "},
		{withSecret.env, "serve --forward-to localhost:3000", "--forward-to: must be an address like"},
		{withSecret.env, "serve --save " + file, "--save: "},
		{map[string]string{secretVariable: "short"}, "serve", "BREX_WEBHOOK_SECRET: unusable signing secret"},
		{map[string]string{secretVariable: "c2hvcnQ="}, "trigger USER_UPDATED --to http://localhost", "BREX_WEBHOOK_SECRET: unusable signing secret"},
		{withSecret.env, "trigger", "takes one event type: ACCOUNTING"},
		{withSecret.env, "trigger USER_UPDATED", "needs --to"},
		{withSecret.env, "trigger USER_UPDATED --to x", "--to: must be an address"},
		{withSecret.env, "trigger USER_UPDATED --to http://localhost --secret-env NOPE", "--secret-env: NOPE is not set"},
		{withSecret.env, "trigger USER_UPDATED --to http://localhost --data []", "--data: must be one JSON object"},
		{withSecret.env, `trigger USER_UPDATED --to http://localhost --data {"event_type":"X"}`, "--data: its event_type is not USER_UPDATED"},
		{withSecret.env, "trigger EMBEDDED_CARD_UPDATED --to http://localhost", "has a payload that Brex does not publish; --data makes one; there are samples of ACCOUNTING"},
		{withSecret.env, "trigger TRANSACTION_CREATED --to http://localhost", "is not an event type that Brex documents; there are samples of ACCOUNTING"},
	} {
		r := setup{env: test.env}.run(t, append([]string{"webhooks"}, strings.Fields(test.args)...)...)
		assert.Contains(t, r.fails(t, exitUsage), test.says, test.args)
		assert.Empty(t, r.out)
	}
}

// --data changes members of a sample, and makes what has no sample. The signature is of what was sent.
func TestTriggerWithData(t *testing.T) {
	var header http.Header
	var body []byte
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer receiver.Close()
	for _, test := range []struct{ kind, data, want string }{
		{"transfer-failed", `{"transfer_id":"dptx_1","added":[1.50]}`, `{"event_type":"TRANSFER_FAILED","transfer_id":"dptx_1","added":[1.50],` +
			`"payment_type":"DOMESTIC_WIRE","company_id":"` + sampleCompany + `"}`},
		{"EMBEDDED_CARD_UPDATED", `{"card_id":"card_1"}`, `{"event_type":"EMBEDDED_CARD_UPDATED","card_id":"card_1"}`},
	} {
		withSecret.run(t, "webhooks", "trigger", test.kind, "--to", receiver.URL, "--data", test.data).ok(t)
		require.JSONEq(t, test.want, string(body))
		require.NoError(t, webhook.Verify(body, header, []string{signing}, webhook.WithClock(func() time.Time { return brextest.DefaultNow })))
	}
}

func TestFileNames(t *testing.T) {
	for _, hostile := range []string{"", "..", "../x", "a/b", `a\b`, "a\x00b", strings.Repeat("x", 300), "CON:", "é"} {
		name := fileName(hostile)
		assert.Regexp(t, `^[A-Za-z0-9_-]*$`, name)
		assert.LessOrEqual(t, len(name), 80)
	}
	assert.Equal(t, "msg_A-1", fileName("msg_A-1"))
	assert.NotEqual(t, fileName("a/b"), fileName("a:b"))
}
