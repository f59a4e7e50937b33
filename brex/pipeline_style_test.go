package brex_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oapi-codegen/runtime"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/documents"
	"github.com/brex-go/sdk/gen/operations"
)

// awkward has what a query or a path must escape, and what it need not.
const awkward = `a b+c&d=e;f%2F/g?h#i[j]"é😀~_.-!*'(),:@$`

// TestParametersAsOAPICodegenWritesThem compares how every parameter of every operation is sent with a second implementation:
// runtime.StyleParamWithOptions, told the style that the document gives the parameter.
func TestParametersAsOAPICodegenWritesThem(t *testing.T) {
	documented := map[string]*openapi3.T{}
	for _, api := range documents.APIs {
		text, err := documents.FS.ReadFile(api + ".json")
		require.NoError(t, err)
		documented[api], err = openapi3.NewLoader().LoadFromData(text)
		require.NoError(t, err)
	}
	var sent *url.URL
	client, err := brex.New(brex.WithToken("bxt_x"), brex.WithoutValidation(), brex.WithZonedTimes(), brex.WithLimiter(nil),
		brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}),
		brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = r.URL
			return nil, errors.New("nothing is sent")
		})}))
	require.NoError(t, err)

	compared := map[string]int{} // by place and type
	for _, op := range operations.All {
		doc := documented[op.API].Paths.Find(op.Path).GetOperation(op.Method)
		params, path := map[string]any{}, op.Path
		for _, p := range op.PathParams {
			params[p.Name] = awkward
			path = strings.Replace(path, "{"+p.Name+"}", styled(t, doc, p, awkward), 1)
			compared["path "+p.Type]++
		}
		var query []string
		for _, p := range op.Query {
			value := sample(t, p)
			params[p.Name] = value
			query = append(query, strings.Split(styled(t, doc, p, value), "&")...)
			compared["query "+p.Type]++
		}
		sent = nil
		_, err := client.Call(t.Context(), op.ID, params)
		require.NotNil(t, sent, "%s: %v", op.ID, err)
		require.True(t, strings.HasSuffix(sent.EscapedPath(), path), "%s: %s does not end with %s", op.ID, sent.EscapedPath(), path)
		var got []string
		if sent.RawQuery != "" {
			got = strings.Split(sent.RawQuery, "&")
		}
		slices.Sort(got)
		slices.Sort(query)
		require.Equal(t, query, got, op.ID)
	}
	for _, kind := range []string{"path string", "query string", "query integer", "query boolean", "query date-time", "query []string", "query object"} {
		require.Positive(t, compared[kind], "%s in %v", kind, compared)
	}
}

// styled is a parameter as runtime writes it in the style of the document.
func styled(t *testing.T, doc *openapi3.Operation, p wire.Param, value any) string {
	t.Helper()
	in, location := openapi3.ParameterInQuery, runtime.ParamLocationQuery
	if doc.Parameters.GetByInAndName(in, p.Name) == nil {
		in, location = openapi3.ParameterInPath, runtime.ParamLocationPath
	}
	documented := doc.Parameters.GetByInAndName(in, p.Name)
	require.NotNil(t, documented, p.Name)
	style, err := documented.SerializationMethod()
	require.NoError(t, err)
	text, err := runtime.StyleParamWithOptions(style.Style, style.Explode, p.Name, value, runtime.StyleParamOptions{ParamLocation: location})
	require.NoError(t, err)
	if style.Style == openapi3.SerializationDeepObject { // whose brackets alone runtime does not escape; the name is the same
		text = strings.NewReplacer("[", "%5B", "]", "%5D").Replace(text)
	}
	return text
}

// sample is a value of a parameter's type.
func sample(t *testing.T, p wire.Param) any {
	t.Helper()
	switch p.Type {
	case "string":
		return awkward
	case "integer":
		return 7
	case "boolean":
		return true
	case "date-time":
		return time.Date(2026, 11, 2, 12, 30, 0, 5e8, time.UTC)
	case "[]string":
		return []string{awkward, "B", "A"}
	case "object":
		return map[string]string{"gt": awkward, "lte": "2026-11-02"}
	}
	require.Fail(t, "no sample", "%s %s", p.Name, p.Type)
	return nil
}
