package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// cards is a small API, written the way of our documents.
const cards = `openapi: 3.0.3
info: {title: Cards, version: '1'}
security: [{OAuth2: [cards]}]
paths:
  /v2/cards:
    get:
      operationId: listCards
      description: our own prose
      parameters:
        - {name: cursor, in: query, schema: {type: string}}
        - {name: 'status[]', in: query, schema: {type: array, items: {$ref: '#/components/schemas/Status'}}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Page_Card_'}}}}}
    post:
      operationId: createCard
      parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}}
components:
  schemas:
    Status: {type: string, enum: [ACTIVE, LOCKED]}
    Card:
      type: object
      required: [id]
      properties:
        id: {type: string}
        memo: {type: string, maxLength: 90}
        status: {nullable: true, allOf: [{$ref: '#/components/schemas/Status'}]}
        limit: {type: object, properties: {amount: {type: integer}, unit: {type: string, enum: [DAY]}}}
    Page_Card_: {type: object, properties: {next_cursor: {type: string}, items: {type: array, items: {$ref: '#/components/schemas/Card'}}}}
`

const cardsOverlay = `overlay: 1.1.0
info: {title: cards, version: '1'}
actions: [{target: "$.paths['/v2/cards'].post", update: {x-brex-access: money}}]
`

// newModule is a folder with one document, our own, and its overlay.
func newModule(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "openapi", "overlays"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "openapi", "cards.yaml"), []byte(cards), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, "openapi", "overlays", "cards.yaml"), []byte(cardsOverlay), 0o644))
	return root
}

// replaced is the document with parts of it replaced, in pairs.
func replaced(t *testing.T, pairs ...string) string {
	t.Helper()
	text := cards
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

// serve answers with the body as the bundle of cards.
func serve(t *testing.T, body string) string {
	t.Helper()
	return serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/bundle/cards_api.yaml" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, body)
	})
}

func serveFunc(t *testing.T, f http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return server.URL + "/bundle"
}

// specsupdate runs the command and gives its status and what it printed.
func specsupdate(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestUnchanged(t *testing.T) {
	published := replaced(t, "our own prose", "their prose", "3.0.3", "3.0.1",
		"{nullable: true, allOf: [{$ref: '#/components/schemas/Status'}]}", "{allOf: [{$ref: '#/components/schemas/Status'}, {nullable: true}]}",
		"id: {type: string}", "id: {type: string, required: ['true']}", "200': ", `200': `)
	for name, body := range map[string]string{"the same": cards, "another spelling": published} {
		t.Run(name, func(t *testing.T) {
			root, out := newModule(t), t.TempDir()
			for _, args := range [][]string{nil, {"-write"}} {
				status, stdout, stderr := specsupdate(t, append(args, "-root", root, "-out", out, "-base", serve(t, body))...)
				require.Equal(t, unchanged, status, stderr)
				require.Equal(t, "0 changes in 0 of 1 documents; what was downloaded is in "+out+"\n", stdout)
			}
			kept, err := os.ReadFile(filepath.Join(root, "openapi", "cards.yaml"))
			require.NoError(t, err)
			require.Equal(t, cards, string(kept), "a document that says the same keeps our prose")
			downloaded, err := os.ReadFile(filepath.Join(out, "cards.yaml"))
			require.NoError(t, err)
			require.Equal(t, body, string(downloaded))
		})
	}
}

func TestChanged(t *testing.T) {
	const status = "enum: [ACTIVE, LOCKED]"
	for _, test := range []struct {
		name  string
		pairs []string
		lines []string
	}{
		{"operation added", []string{"components:", "  /v2/cards/{id}:\n    get: {operationId: getCard, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {'204': {description: ''}}}\ncomponents:"},
			[]string{"operation added: GET /v2/cards/{id} (getCard)"}},
		{"operation moved", []string{"/v2/cards:", "/v3/cards:"}, []string{
			"operation removed: GET /v2/cards (listCards)", "operation removed: POST /v2/cards (createCard)",
			"operation added: GET /v3/cards (listCards)", "operation added: POST /v3/cards (createCard)",
			"note: openapi/overlays/cards.yaml needs work: cards: overlay: "}},
		{"operation without an access class", []string{"    post:", "    delete: {operationId: deleteCards, responses: {'204': {description: ''}}}\n    post:"}, []string{
			"operation added: DELETE /v2/cards (deleteCards)",
			"note: openapi/overlays/cards.yaml needs work: cards: DELETE /v2/cards (deleteCards) changes something: say what in openapi/overlays/cards.yaml"}},
		{"operationId", []string{"operationId: listCards", "operationId: listAllCards"}, []string{"GET /v2/cards: operationId listCards -> listAllCards"}},
		{"deprecated", []string{"operationId: listCards", "operationId: listCards\n      deprecated: true"}, []string{"GET /v2/cards: deprecated false -> true"}},
		{"parameter added", []string{"parameters:\n", "parameters:\n        - {name: limit, in: query, schema: {type: integer}}\n"}, []string{"GET /v2/cards: parameter limit added (integer)"}},
		{"parameter removed", []string{"        - {name: cursor, in: query, schema: {type: string}}\n", ""}, []string{"GET /v2/cards: parameter cursor removed"}},
		{"parameter changed", []string{"{name: cursor, in: query, schema: {type: string}}", "{name: cursor, in: query, required: true, schema: {type: integer}}"},
			[]string{"GET /v2/cards: parameter cursor: type string -> integer", "GET /v2/cards: parameter cursor: required false -> true"}},
		{"idempotency", []string{"in: header, schema", "in: header, required: true, schema"}, []string{"POST /v2/cards: idempotency key optional -> required"}},
		{"scopes", []string{"operationId: listCards", "operationId: listCards\n      security: [{OAuth2: [cards, cards.readonly]}]"}, []string{"GET /v2/cards: scopes +cards.readonly"}},
		{"body", []string{"requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Card'}}}}", "deprecated: false"}, []string{"POST /v2/cards: body removed"}},
		{"answer", []string{"schema: {$ref: '#/components/schemas/Page_Card_'}", "schema: {type: array, items: {$ref: '#/components/schemas/Card'}}"}, []string{"GET /v2/cards: answer: type Page_Card_ -> []Card"}},
		{"host", []string{"operationId: listCards", "operationId: listCards\n      servers: [{url: 'https://other.example'}]"}, []string{"GET /v2/cards: host none -> https://other.example"}},
		{"enum value added", []string{status, "enum: [ACTIVE, LOCKED, LOST]"}, []string{"GET /v2/cards: parameter status[]: values +LOST", "schema Status: values +LOST"}},
		{"enum value exchanged", []string{"enum: [DAY]", "enum: [WEEK]"}, []string{"schema Card.limit.unit: values +WEEK -DAY"}},
		{"schema added", []string{"    Card:\n", "    Colour: {type: object, properties: {name: {type: string}}}\n    Card:\n"}, []string{"schema added: Colour (object)"}},
		{"property added", []string{"        id: {type: string}", "        id: {type: string}\n        at: {type: string, format: date-time, nullable: true}"}, []string{"schema Card: property at added (string date-time, nullable)"}},
		{"property removed", []string{"        memo: {type: string, maxLength: 90}\n", ""}, []string{"schema Card: property memo removed"}},
		{"type", []string{"amount: {type: integer}", "amount: {type: number}"}, []string{"schema Card.limit.amount: type integer -> number"}},
		{"nullability", []string{"memo: {type: string,", "memo: {type: string, nullable: true,"}, []string{"schema Card.memo: type string -> string, nullable"}},
		{"reference", []string{"status: {nullable: true, allOf: [{$ref: '#/components/schemas/Status'}]}", "status: {type: string}"}, []string{"schema Card.status: type Status, nullable -> string"}},
		{"required", []string{"required: [id]", "required: [memo]"}, []string{"schema Card: required members +memo -id"}},
		{"limit", []string{"maxLength: 90", "maxLength: 40"}, []string{"schema Card.memo: maxLength 90 -> 40"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			root, out := newModule(t), t.TempDir()
			status, stdout, stderr := specsupdate(t, "-root", root, "-out", out, "-base", serve(t, replaced(t, test.pairs...)))
			require.Equal(t, changed, status, stderr)
			require.Empty(t, stderr)
			lines := strings.Split(strings.TrimSpace(stdout), "\n")
			require.Len(t, lines, len(test.lines)+1, stdout)
			for i, want := range test.lines {
				require.True(t, strings.HasPrefix(lines[i], "cards: "+want), "%s\nwant %s", lines[i], want)
			}
			require.Regexp(t, `^\d+ changes in 1 of 1 documents; `, lines[len(lines)-1])
			kept, err := os.ReadFile(filepath.Join(root, "openapi", "cards.yaml"))
			require.NoError(t, err)
			require.Equal(t, cards, string(kept), "nothing is written without -write")
		})
	}
}

func TestWrite(t *testing.T) {
	root, body := newModule(t), replaced(t, "enum: [DAY]", "enum: [DAY, WEEK]")
	base := serve(t, body)
	status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-base", base, "-write")
	require.Equal(t, changed, status, stderr)
	require.Contains(t, stdout, "cards: schema Card.limit.unit: values +WEEK\n")
	require.Contains(t, stdout, "wrote openapi/cards.yaml\nnext: bring openapi/SOURCES.md up to date")
	require.Contains(t, stdout, "make generate")
	written, err := os.ReadFile(filepath.Join(root, "openapi", "cards.yaml"))
	require.NoError(t, err)
	require.Equal(t, body, string(written))

	status, _, _ = specsupdate(t, "-root", root, "-out", t.TempDir(), "-base", base, "-write")
	require.Equal(t, unchanged, status, "and then there is nothing new")
}

func TestFailures(t *testing.T) {
	plain := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		text    string
	}{
		{"not found", plain(404, "no"), "/bundle/cards_api.yaml answered 404 Not Found"},
		{"server error", plain(503, cards), "answered 503 Service Unavailable"},
		{"not modified", plain(304, ""), "answered 304"},
		{"HTML", plain(200, "\n<!DOCTYPE html><html>"), "answered a web page (HTML) instead of a document"},
		{"HTML by its type", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "Text/HTML; charset=utf-8")
			_, _ = io.WriteString(w, "Just a moment")
		}, "answered a web page (HTML)"},
		{"empty", plain(200, " \n"), "answered nothing"},
		{"not YAML", plain(200, "a: [b"), "yaml"},
		{"prose", plain(200, "try again later"), "not an object"},
		{"another document", plain(200, "hello: world"), "not an OpenAPI document"},
		{"too large", func(w http.ResponseWriter, _ *http.Request) {
			chunk := make([]byte, 1<<20)
			for range maxBundle>>20 + 1 {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}, "answered more than 8 MB"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10000")
			_, _ = io.WriteString(w, cards)
		}, "unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := newModule(t)
			status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-base", serveFunc(t, test.handler), "-write")
			require.Equal(t, failed, status, stdout)
			require.Contains(t, stderr, test.text)
			require.Contains(t, stderr, "1 of 1 documents could not be compared")
			kept, err := os.ReadFile(filepath.Join(root, "openapi", "cards.yaml"))
			require.NoError(t, err)
			require.Equal(t, cards, string(kept))
		})
	}
}

// A download that does not end is given up.
func TestTimeout(t *testing.T) {
	base := serveFunc(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	status, _, stderr := specsupdate(t, "-root", newModule(t), "-out", t.TempDir(), "-base", base, "-timeout", "20ms")
	require.Equal(t, failed, status)
	require.Contains(t, stderr, "Client.Timeout exceeded")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	require.Equal(t, failed, run(ctx, []string{"-root", newModule(t), "-out", t.TempDir(), "-base", serve(t, cards)}, &out, &errs))
	require.Contains(t, errs.String(), "context canceled")
}

// One document that fails does not hide what is new in the others, but nothing is written.
func TestPartialFailure(t *testing.T) {
	root := newModule(t)
	other := filepath.Join(root, "openapi", "absent.yaml")
	require.NoError(t, os.WriteFile(other, []byte(cards), 0o644))
	status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-write",
		"-base", serve(t, replaced(t, "enum: [DAY]", "enum: [DAY, WEEK]")))
	require.Equal(t, failed, status)
	require.Contains(t, stdout, "cards: schema Card.limit.unit: values +WEEK\n")
	require.Contains(t, stderr, "absent_api.yaml answered 404")
	kept, err := os.ReadFile(filepath.Join(root, "openapi", "cards.yaml"))
	require.NoError(t, err)
	require.Equal(t, cards, string(kept))
}

func TestUsage(t *testing.T) {
	root := newModule(t)
	for _, test := range []struct {
		args   []string
		status int
		text   string
	}{
		{[]string{"-help"}, unchanged, "-write"},
		{[]string{"-nonsense"}, failed, "nonsense"},
		{[]string{"cards"}, failed, "takes no arguments"},
		{[]string{"-root", t.TempDir()}, failed, "has no openapi/*.yaml"},
		{[]string{"-root", root, "-out", filepath.Join(root, "openapi")}, failed, "use -write to replace them"},
		{[]string{"-root", root, "-out", filepath.Join(root, "openapi", "cards.yaml")}, failed, "not a directory"},
		{[]string{"-root", root, "-out", t.TempDir(), "-base", "://"}, failed, "missing protocol scheme"},
	} {
		status, _, stderr := specsupdate(t, test.args...)
		require.Equal(t, test.status, status, test.args)
		require.Contains(t, stderr, test.text)
	}
}

// Without -out the downloads go into a new folder, whose name is printed.
func TestDefaultOut(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, stdout, stderr := specsupdate(t, "-root", newModule(t), "-base", serve(t, cards))
	_, folder, ok := strings.Cut(strings.TrimSpace(stdout), "what was downloaded is in ")
	require.True(t, ok, stderr)
	require.FileExists(t, filepath.Join(folder, "cards.yaml"))
}

// Our own documents are what the command says is unchanged when Brex publishes just them.
func TestOurDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	base := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(filepath.Base(r.URL.Path), "_api.yaml") + ".yaml"
		http.ServeFile(w, r, filepath.Join(root, "openapi", name))
	})
	status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-base", base)
	require.Equal(t, unchanged, status, stdout+stderr)
	require.Contains(t, stdout, "0 changes in 0 of 10 documents")
}
