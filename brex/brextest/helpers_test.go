package brextest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/gen/documents"
)

// loadDocuments reads the normalised OpenAPI documents once.
var loadDocuments = sync.OnceValues(func() (map[string]*openapi3.T, error) {
	docs := map[string]*openapi3.T{}
	for _, api := range documents.APIs {
		raw, err := documents.FS.ReadFile(api + ".json")
		if err != nil {
			return nil, err
		}
		if docs[api], err = openapi3.NewLoader().LoadFromData(raw); err != nil {
			return nil, err
		}
		// A member that no document has must not be served: it may be one that Brex has removed.
		if err := docs[api].WalkSchemas(closed); err != nil {
			return nil, err
		}
	}
	return docs, nil
})

func closed(_ string, ref *openapi3.SchemaRef) error {
	if s := ref.Value; len(s.Properties) > 0 && s.AdditionalProperties.Schema == nil {
		s.WithoutAdditionalProperties()
	}
	return nil
}

// validate holds a response against the document that describes the operation.
func validate(doc *openapi3.T, method, path string, status int, body []byte) (documented bool, err error) {
	item := doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		return false, nil
	}
	response := item.GetOperation(method).Responses.Status(status)
	if response == nil || response.Value == nil {
		return false, nil
	}
	media := response.Value.Content.Get("application/json")
	if media == nil {
		return true, nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return true, err
	}
	return true, media.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableFormatValidation())
}

// pathOf finds the document and the path of an operation.
func pathOf(t testing.TB, operationID string) (doc *openapi3.T, method, path string) {
	t.Helper()
	docs, err := loadDocuments()
	require.NoError(t, err)
	api, method, path := brextest.Route(operationID)
	require.NotNil(t, docs[api], operationID)
	return docs[api], method, path
}

// sandbox is a handler under test: every response is held against the
// documents, so that each test is a contract test as well.
type sandbox struct {
	*brextest.Handler
	t        testing.TB
	everyRow bool // validate large pages too
	asLoaded bool // responses hold what files held: validate errors only
}

func newSandbox(t testing.TB, opts ...brextest.Option) *sandbox {
	t.Helper()
	h, err := brextest.NewHandler(append([]brextest.Option{brextest.WithStrictQuery()}, opts...)...)
	require.NoError(t, err)
	return &sandbox{Handler: h, t: t}
}

// result is a response, decoded.
type result struct {
	Status int
	Header http.Header
	Body   []byte
}

func (r result) json(t testing.TB) map[string]any {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(r.Body, &m), "%s", r.Body)
	return m
}

func (r result) items(t testing.TB) []map[string]any {
	t.Helper()
	var page struct{ Items []map[string]any }
	require.NoError(t, json.Unmarshal(r.Body, &page), "%s", r.Body)
	return page.Items
}

func (r result) cursor(t testing.TB) string {
	t.Helper()
	next, _ := r.json(t)["next_cursor"].(string)
	return next
}

// raw sends a request as it is, without a token.
func (s *sandbox) raw(method, target, body string, header ...string) result {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return result{w.Code, w.Result().Header, w.Body.Bytes()}
}

// do sends a request with the token that may do everything.
func (s *sandbox) do(method, target, body string, header ...string) result {
	s.t.Helper()
	got := s.raw(method, target, body, append([]string{"Authorization", "Bearer " + s.Token()}, header...)...)
	s.contract(got)
	return got
}

func (s *sandbox) get(target string) result { s.t.Helper(); return s.do("GET", target, "") }

// contract checks the latest response.
func (s *sandbox) contract(got result) {
	s.t.Helper()
	require.NotEmpty(s.t, got.Header.Get("X-Brex-Trace-Id"))
	op := s.LastOperation()
	if got.Status >= 300 || op == "" {
		requireBrexShaped(s.t, got)
		s.documentedError(op, got)
		return
	}
	if s.asLoaded || !s.everyRow && len(got.Body) > 40_000 {
		return // the same rows are validated elsewhere
	}
	doc, method, path := pathOf(s.t, op)
	documented, err := validate(doc, method, path, got.Status, got.Body)
	require.NoError(s.t, err, "%s: %.2000s", op, got.Body)
	require.True(s.t, documented, "%s: status %d is not documented", op, got.Status)
}

// documentedError holds an error against the document, where that says what
// errors look like: in the accounting API.
func (s *sandbox) documentedError(op string, got result) {
	s.t.Helper()
	if api, _, _ := brextest.Route(op); api != "accounting" || got.Status == http.StatusTooManyRequests || len(got.Body) == 0 {
		return
	}
	doc, method, path := pathOf(s.t, op)
	documented, err := validate(doc, method, path, got.Status, got.Body)
	require.NoError(s.t, err, "%s: %s", op, got.Body)
	if got.Status == http.StatusNotFound || got.Status == http.StatusConflict {
		require.True(s.t, documented, "%s: status %d is not documented", op, got.Status)
	}
}

// requireBrexShaped checks the body of an error.
func requireBrexShaped(t testing.TB, got result) {
	t.Helper()
	if got.Status == http.StatusUnauthorized && len(got.Body) == 0 {
		return
	}
	require.Equal(t, "application/json", got.Header.Get("Content-Type"))
	dec := json.NewDecoder(bytes.NewReader(got.Body))
	dec.DisallowUnknownFields()
	var e struct {
		Type    string          `json:"type"`
		Message string          `json:"message"`
		Code    string          `json:"code"`
		Kind    string          `json:"error_code"` // accounting's
		Details json.RawMessage `json:"details"`
	}
	require.NoError(t, dec.Decode(&e), "%s", got.Body)
	require.NotEqual(t, e.Type == "", e.Kind == "", "%s", got.Body)
	require.NotEmpty(t, e.Message)
}

// all reads a list to its end, with the given limit.
func (s *sandbox) all(path string) []map[string]any {
	s.t.Helper()
	var items []map[string]any
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	target := path
	for range 1000 {
		got := s.get(target)
		require.Equal(s.t, 200, got.Status, "%s", got.Body)
		var page struct {
			Items []map[string]any `json:"items"`
			Next  *string          `json:"next_cursor"`
		}
		require.NoError(s.t, json.Unmarshal(got.Body, &page))
		items = append(items, page.Items...)
		if page.Next == nil {
			return items
		}
		target = path + separator + "cursor=" + *page.Next
	}
	s.t.Fatalf("%s does not end", path)
	return nil
}

func ids(items []map[string]any) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i], _ = item["id"].(string)
	}
	return out
}

func wantProblem(t testing.TB, got result, status int, message string) {
	t.Helper()
	require.Equal(t, status, got.Status, "%s", got.Body)
	require.Contains(t, got.json(t)["message"], message)
}

// small is a company that is quick to read through.
var small = brextest.WithSize(brextest.Size{Expenses: 350, CardTransactions: 300})
