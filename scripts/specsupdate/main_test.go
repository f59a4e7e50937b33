package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/scripts/internal/prep"
)

// cards is a small API, written the way of our documents.
//
//go:embed testdata/cards.yaml
var cards string

const cardsOverlay = `overlay: 1.1.0
info: {title: cards, version: '1'}
actions:
  - {target: "$.paths['/v2/cards'].post", update: {x-brex-access: money}}
  - {target: "$.paths['/v2/cards/{id}'].put", update: {x-brex-access: money}}
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

// specsupdate runs the command, without what needs a whole module, and gives its status and what it printed.
func specsupdate(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	status = run(t.Context(), append([]string{"-compile=false"}, args...), &out, &errs)
	return status, out.String(), errs.String()
}

func TestUnchanged(t *testing.T) {
	published := replaced(t, "our own prose", "their prose", "3.0.3", "3.0.1",
		"{nullable: true, allOf: [{$ref: '#/components/schemas/Status'}]}", "{allOf: [{$ref: '#/components/schemas/Status'}, {nullable: true}]}",
		"        id: {type: string}", "        id: {type: string, required: ['true']}", "200': ", `200': `)
	for name, body := range map[string]string{"the same": cards, "another spelling": published} {
		t.Run(name, func(t *testing.T) {
			root, out := newModule(t), t.TempDir()
			for _, args := range [][]string{nil, {"-write"}} {
				status, stdout, stderr := specsupdate(t, append(args, "-root", root, "-out", out, "-base", serve(t, body))...)
				require.Equal(t, unchanged, status, stderr)
				want := "0 changes in 0 of 1 documents; what was read is in " + out + "\nclass: none\n"
				if name != "the same" {
					want = "cards: prose only: prose differs in 1 places; -prose lists them\n1 changes in 0 of 1 documents; what was read is in " + out + "\nclass: prose only\n"
				}
				require.Equal(t, want, stdout)
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

// pair is a change planted into the document, and what is said of it.
type pair struct {
	Name    string
	Replace []string
	Lines   []string
	Note    string
	Oasdiff string // see testdata/oasdiff
}

//go:embed testdata/pairs.yaml
var pairsText []byte

func pairs(t *testing.T) []pair {
	t.Helper()
	var all []pair
	dec := yaml.NewDecoder(bytes.NewReader(pairsText))
	dec.KnownFields(true)
	require.NoError(t, dec.Decode(&all))
	require.GreaterOrEqual(t, len(all), 60)
	return all
}

func TestChanged(t *testing.T) {
	classOf := map[string]class{"prose only": prose, "addition": addition, "breaks the wire": breaksWire, "breaks callers": callers}
	statusOf := map[class]int{none: unchanged, prose: unchanged, addition: additions, breaksWire: breaking, callers: breaking}
	names := map[string]bool{}
	for _, test := range pairs(t) {
		require.False(t, names[test.Name], "%s is there twice", test.Name)
		names[test.Name] = true
		t.Run(test.Name, func(t *testing.T) {
			root, out := newModule(t), t.TempDir()
			file := filepath.Join(t.TempDir(), "cards_api.yaml")
			require.NoError(t, os.WriteFile(file, []byte(replaced(t, test.Replace...)), 0o644))
			status, stdout, stderr := specsupdate(t, "-root", root, "-out", out, "-dir", file)
			require.Empty(t, stderr)
			var lines, notes []string
			worst := none
			for line := range strings.Lines(stdout) {
				line, isChange := strings.CutPrefix(strings.TrimSpace(line), "cards: ")
				if note, isNote := strings.CutPrefix(line, "note: "); isNote {
					notes = append(notes, note)
				} else if isChange {
					lines = append(lines, line)
					label, _, _ := strings.Cut(line, ": ")
					require.Contains(t, classOf, label)
					worst = max(worst, classOf[label])
				}
			}
			require.Equal(t, test.Lines, lines)
			require.Equal(t, statusOf[worst], status)
			require.True(t, strings.HasSuffix(stdout, "\nclass: "+worst.String()+"\n"), stdout)
			if test.Note != "" {
				require.Contains(t, strings.Join(notes, "\n"), test.Note)
			}
			kept, err := os.ReadFile(filepath.Join(root, "openapi", "cards.yaml"))
			require.NoError(t, err)
			require.Equal(t, cards, string(kept), "nothing is written without -write")
		})
	}
}

// Back and forth, nothing that changes goes unsaid, and a change that adds one way takes something away the other.
func TestChangedBack(t *testing.T) {
	for _, test := range pairs(t) {
		t.Run(test.Name, func(t *testing.T) {
			changed, err := prep.Normalise("cards", []byte(replaced(t, test.Replace...)))
			require.NoError(t, err)
			ours, err := prep.Normalise("cards", []byte(cards))
			require.NoError(t, err)
			require.NotEmpty(t, differences(changed, ours))
		})
	}
}

// A folder may hold some of the documents, under either name, and one that is new.
func TestFolder(t *testing.T) {
	root, dir := newModule(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "openapi", "other.yaml"), []byte(cards), 0o644))
	for _, name := range []string{"cards_api.yaml", "rewards.json", "readme.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(replaced(t, "enum: [DAY]", "enum: [DAY, WEEK]")), 0o644))
	}
	status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-dir", dir)
	require.Equal(t, additions, status, stderr)
	require.Contains(t, stdout, "cards: addition: schema Card.limit.unit: values +WEEK\n")
	require.Contains(t, stdout, "note: not compared: other, which was not there\n")
	require.Contains(t, stdout, "note: openapi/ has no document of rewards, which "+filepath.Join(dir, "rewards.json")+" describes\n")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "cards.yml"), []byte(cards), 0o644))
	status, _, stderr = specsupdate(t, "-root", root, "-out", t.TempDir(), "-dir", dir)
	require.Equal(t, failed, status)
	require.Contains(t, stderr, "are both the document of cards: keep one")
}

func TestForms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cards.yaml")
	body := replaced(t, "enum: [DAY]", "enum: [DAY, WEEK_1]", "        memo: {type: string, maxLength: 90}\n", "", "our own", "their own", "  /v2/cards/{id}:", "  /v3/cards/{id}:")
	require.NoError(t, os.WriteFile(file, []byte(body), 0o644))
	root := newModule(t)

	status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-dir", file, "-o", "json")
	require.Equal(t, breaking, status, stderr)
	var r struct {
		Class     string
		Documents []struct {
			API      string
			Reworded int
			Notes    []string
			Changes  []struct{ Class, Text string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	require.Equal(t, "breaking for callers of the SDK", r.Class)
	require.Equal(t, "cards", r.Documents[0].API)
	require.Equal(t, 1, r.Documents[0].Reworded)
	require.Len(t, r.Documents[0].Changes, 4)
	require.Equal(t, "addition", r.Documents[0].Changes[1].Class)
	require.Equal(t, "schema Card.limit.unit: values +WEEK_1", r.Documents[0].Changes[1].Text)

	status, stdout, stderr = specsupdate(t, "-root", root, "-out", t.TempDir(), "-dir", file, "-o", "markdown")
	require.Equal(t, breaking, status, stderr)
	require.Equal(t, `Brex's documents: breaking for callers of the SDK.

### Breaking for callers of the SDK

- cards: PUT /v2/cards/{id}: operation moved to PUT /v3/cards/{id} (updateCard)
- cards: schema Card: property memo removed

### Addition

- cards: schema Card.limit.unit: values +WEEK\_1

### To be done

- cards: openapi/overlays/cards.yaml: action 2 has no target any more: the document has no $.paths\['/v2/cards/{id}'\].put; mend or delete it
- cards: PUT /v3/cards/{id} (updateCard) has no class: say x-brex-access write, money or sensitive in openapi/overlays/cards.yaml
`, stdout)

	_, stdout, _ = specsupdate(t, "-root", root, "-out", t.TempDir(), "-dir", file, "-prose")
	require.Contains(t, stdout, "cards: prose only: GET /v2/cards: description is worded otherwise\n")
}

func TestWrite(t *testing.T) {
	root, body := newModule(t), replaced(t, "enum: [DAY]", "enum: [DAY, WEEK]")
	base := serve(t, body)
	status, stdout, stderr := specsupdate(t, "-root", root, "-out", t.TempDir(), "-base", base, "-write")
	require.Equal(t, additions, status, stderr)
	require.Contains(t, stdout, "cards: addition: schema Card.limit.unit: values +WEEK\n")
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
	require.Contains(t, stdout, "cards: addition: schema Card.limit.unit: values +WEEK\n")
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
		{[]string{"-root", root, "-o", "html"}, failed, "it prints text, json or markdown"},
		{[]string{"-root", root, "-dir", "absent"}, failed, "no such file"},
		{[]string{"-root", root, "-dir", t.TempDir()}, failed, "no document of an API that is in openapi/"},
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
	_, folder, ok := strings.Cut(strings.TrimSpace(stdout), "what was read is in ")
	require.True(t, ok, stderr)
	folder, _, _ = strings.Cut(folder, "\n")
	require.FileExists(t, filepath.Join(folder, "cards.yaml"))
}

// Our own documents are what the command says is unchanged when Brex publishes just them.
func TestOurDocuments(t *testing.T) {
	root := filepath.Join("..", "..")
	base := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimSuffix(filepath.Base(r.URL.Path), "_api.yaml") + ".yaml"
		http.ServeFile(w, r, filepath.Join(root, "openapi", name))
	})
	for _, from := range [][]string{{"-base", base}, {"-dir", filepath.Join(root, "openapi")}} {
		status, stdout, stderr := specsupdate(t, append(from, "-root", root, "-out", t.TempDir())...)
		require.Equal(t, unchanged, status, stdout+stderr)
		require.Contains(t, stdout, "0 changes in 0 of 10 documents")
		require.True(t, strings.HasSuffix(stdout, "\nclass: none\n"))
	}
}
