package brex_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

var update = flag.Bool("update", false, "write the golden files anew")

// wireCase calls the method of one operation, with a request that uses as much of it as goes together.
type wireCase struct {
	operation string
	call      func(context.Context, *brex.Client) (any, error)
}

// done is for methods that return nothing but an error.
func done(err error) (any, error) { return nil, err }

var wireCases = slices.Concat(accountingWire, budgetsWire, expensesWire, fieldsWire, onboardingWire, paymentsWire, teamWire, cardsWire,
	transactionsWire, travelWire, webhooksWire)

// documented holds the documents and finds the operation of a request.
var documented = sync.OnceValues(func() (map[string]routers.Router, error) {
	all := map[string]routers.Router{}
	for _, api := range documents.APIs {
		b, err := documents.FS.ReadFile(api + ".json")
		if err != nil {
			return nil, err
		}
		doc, err := openapi3.NewLoader().LoadFromData(b)
		if err != nil {
			return nil, err
		}
		for _, s := range doc.Components.Schemas { // a member that no document knows is a mistake in a request
			if v := s.Value; v.Type.Is("object") && len(v.Properties) > 0 && v.AdditionalProperties.Schema == nil {
				v.AdditionalProperties.Has = new(bool)
			}
		}
		doc.Servers = nil
		if all[api], err = legacy.NewRouter(doc); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// relative is the request as the routers want it.
func relative(req *http.Request, body []byte) *http.Request {
	local := req.Clone(context.Background())
	local.URL.Scheme, local.URL.Host, local.Host = "", "", ""
	local.Body = io.NopCloser(bytes.NewReader(body))
	return local
}

// requireDocumented holds method, path, query and body of a request against the document of the API.
func requireDocumented(t *testing.T, api string, req *http.Request, body []byte) *openapi3.Operation {
	routers, err := documented()
	require.NoError(t, err)
	local := relative(req, body)
	route, params, err := routers[api].FindRoute(local)
	require.NoError(t, err, "%s %s is in no document", req.Method, req.URL)
	err = openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: local, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true},
	})
	require.NoError(t, err, "body: %s", body)
	for name := range req.URL.Query() {
		member, _, _ := strings.Cut(name, "[g") // updated_at[gte] is declared as updated_at
		member, _, _ = strings.Cut(member, "[l")
		require.NotNil(t, route.Operation.Parameters.GetByInAndName("query", member), "query parameter %s is not declared", name)
	}
	return route.Operation
}

// recorder answers one request with a specimen of the documented answer, and keeps the request.
type recorder struct {
	t      *testing.T
	op     *wire.Operation
	shape  *specimen
	answer any // what was answered, nil for nothing
	body   []byte
	req    *http.Request
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	require.Nil(r.t, r.req, "a second request")
	r.req = req
	if req.Body != nil {
		r.body, _ = io.ReadAll(req.Body)
	}
	op := requireDocumented(r.t, r.op.API, req, r.body)
	require.Equal(r.t, r.op.GoName, op.OperationID)
	out, schema := r.respond(op)
	if schema != nil && r.shape.full {
		require.NoError(r.t, schema.VisitJSON(r.answer), "the specimen does not fit the schema")
	}
	return &http.Response{StatusCode: r.op.Status, Body: io.NopCloser(bytes.NewReader(out)), ContentLength: int64(len(out)),
		Header: http.Header{"X-Brex-Trace-Id": {"trace-1"}, "Content-Type": {"application/json"}}, Request: req}, nil
}

func (r *recorder) respond(op *openapi3.Operation) ([]byte, *openapi3.Schema) {
	response := op.Responses.Status(r.op.Status)
	require.NotNil(r.t, response, "no answer with %d is documented", r.op.Status)
	media := response.Value.Content.Get("application/json")
	if media == nil {
		return nil, nil
	}
	r.answer = r.shape.value(media.Schema, "")
	switch object, _ := r.answer.(map[string]any); {
	case r.op.EmptyResult:
		r.answer = map[string]any{}
	case r.op.ID == "setUserLimit" && !r.shape.full: // no member is required, but one proves that it is Brex's response
		object["monthly_limit"] = nil
	}
	out, err := json.Marshal(r.answer)
	require.NoError(r.t, err)
	return out, media.Schema.Value
}

// call runs a case against a specimen and checks the headers, which no document describes.
func (c wireCase) run(t *testing.T, op *wire.Operation, shape *specimen) (*recorder, any) {
	r := &recorder{t: t, op: op, shape: shape}
	client, err := brex.New(brex.WithToken("token-1"), brex.WithHTTPClient(&http.Client{Transport: r}), brex.WithLimiter(nil),
		brex.WithZonedTimes())
	require.NoError(t, err)
	result, err := c.call(context.Background(), client)
	require.NoError(t, err)
	require.NotNil(t, r.req, "nothing was sent")
	h := r.req.Header
	require.Equal(t, "Bearer token-1", h.Get("Authorization"))
	require.Equal(t, "application/json", h.Get("Accept"))
	require.True(t, strings.HasPrefix(h.Get("User-Agent"), "brex-go/"), h.Get("User-Agent"))
	writes := r.req.Method == http.MethodPost || r.req.Method == http.MethodPut
	require.Equal(t, writes, h.Get("Idempotency-Key") != "", "Idempotency-Key belongs on POST and PUT, and on nothing else")
	require.Equal(t, len(r.body) > 0, h.Get("Content-Type") == "application/json")
	require.Equal(t, op.Body != "", len(r.body) > 0)
	return r, result
}

func TestWire(t *testing.T) {
	byID := map[string]*wire.Operation{}
	for _, op := range operations.All {
		byID[op.ID] = op
	}
	for _, c := range wireCases {
		op := byID[c.operation]
		require.NotNil(t, op, "%s is no operation, or has two cases", c.operation)
		delete(byID, c.operation)
		t.Run(c.operation, func(t *testing.T) {
			t.Parallel()
			full := &specimen{full: true, widest: 1}
			r, _ := c.run(t, op, full)
			r.golden()
			for variant := range full.widest { // every form of every union
				r, result := c.run(t, op, &specimen{full: true, variant: variant})
				r.sameAs(result)
			}
			for variant := range full.widest {
				r, result := c.run(t, op, &specimen{variant: variant})
				r.sameAs(result)
			}
		})
	}
	require.Empty(t, slices.Sorted(maps.Keys(byID)), "operations without a case: go run ./scripts/newop NAME prints one")
	files, err := filepath.Glob(filepath.Join("..", "testdata", "golden", "*.json"))
	require.NoError(t, err)
	if !*update {
		require.Len(t, files, len(operations.All), "a golden file for each operation and none besides")
	}
}

// sameAs checks that decoding lost nothing of the answer, values of enums that no document lists included.
func (r *recorder) sameAs(result any) {
	if result == nil || r.answer == nil {
		return
	}
	b, err := json.Marshal(result)
	require.NoError(r.t, err)
	var again any
	require.NoError(r.t, json.Unmarshal(b, &again))
	if page, ok := r.answer.(map[string]any); ok {
		delete(page, "has_next_page") // says what next_cursor says
	}
	require.Empty(r.t, lost(r.answer, again, ""), "lost on decoding")
}

// A failure is never an empty result: a 500, and a 2xx without a body where one is documented.
func TestWireFailures(t *testing.T) {
	results := map[string]bool{}
	for _, op := range operations.All {
		results[op.ID] = op.Result != "" && op.ID != "deleteFieldValues" // of whose answer no member is documented
	}
	for _, c := range wireCases {
		for _, status := range []int{500, 200} {
			client, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}),
				brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
				})}))
			require.NoError(t, err)
			result, err := c.call(context.Background(), client)
			if status == 200 && !results[c.operation] {
				require.NoError(t, err, c.operation)
				continue
			}
			var e *brex.Error
			require.ErrorAs(t, err, &e, c.operation)
			require.Equal(t, c.operation, e.Operation)
			require.Equal(t, status, e.StatusCode)
			require.ErrorIs(t, err, map[int]error{500: brex.ErrServer, 200: brex.ErrBadResponse}[status])
			if result != nil {
				require.True(t, reflect.ValueOf(result).IsNil(), "%s gives %v with its error", c.operation, result)
			}
		}
	}
}

// golden compares the request with testdata/golden/<operationId>.json.
func (r *recorder) golden() {
	path := filepath.Join("..", "testdata", "golden", r.op.ID+".json")
	request := struct {
		Method string              `json:"method"`
		Path   string              `json:"path"`
		Query  map[string][]string `json:"query,omitempty"`
		Body   json.RawMessage     `json:"body,omitempty"`
	}{r.req.Method, r.req.URL.EscapedPath(), r.req.URL.Query(), r.body}
	got, err := json.MarshalIndent(request, "", "  ")
	require.NoError(r.t, err)
	got = append(got, '\n')
	if *update {
		require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(r.t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(r.t, err, "write it with: go test ./brex -run TestWire -update")
	require.Equal(r.t, string(want), string(got))
}
