package brex_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// What Brex added yesterday is in the body that WithResponse keeps, whichever way a call is made.
func TestRawAccess(t *testing.T) {
	status, body := 200, ""
	client, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithRetryPolicy(brex.RetryPolicy{MaxAttempts: 1}),
		brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{"X-Brex-Trace-Id": {"trace-1"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})}))
	require.NoError(t, err)
	ctx := t.Context()
	for name, tc := range map[string]struct {
		call   func(brex.CallOption) error
		status int
		body   string
	}{
		"get": {func(o brex.CallOption) error {
			_, err := client.Users.Get(ctx, "u1", brex.UserGetParams{}, o)
			return err
		}, 200,
			`{"id":"u1","first_name":"A","last_name":"B","email":"a@example.com","brand_new":{"n":9007199254740993}}`},
		"list": {func(o brex.CallOption) error {
			_, err := brex.Collect(client.Users.All(ctx, brex.UserListParams{}, o))
			return err
		}, 200,
			`{"items":[],"brand_new":true}`},
		"dynamic": {func(o brex.CallOption) error { _, err := client.Call(ctx, "getCompany", nil, o); return err }, 200, `{"id":"c1","brand_new":true}`},
		"dynamic, all": {func(o brex.CallOption) error {
			_, err := brex.Collect(client.CallAll(ctx, "listUsers", nil, o))
			return err
		}, 200,
			`{"items":[{"a":1}],"brand_new":true}`},
		"failure": {func(o brex.CallOption) error { _, err := client.Company.Get(ctx, o); return err }, 409, `{"message":"m","brand_new":true}`},
	} {
		var r brex.Response
		status, body = tc.status, tc.body
		err := tc.call(brex.WithResponse(&r))
		require.Equal(t, tc.status >= 300, err != nil, "%s: %v", name, err)
		require.Equal(t, tc.body, string(r.Body), name)
		require.Equal(t, tc.status, r.StatusCode)
		require.Equal(t, "trace-1", r.TraceID)
		require.Equal(t, "trace-1", r.Header.Get("X-Brex-Trace-Id"))
		var added struct {
			BrandNew json.RawMessage `json:"brand_new"`
		}
		require.NoError(t, json.Unmarshal(r.Body, &added))
		require.NotEmpty(t, added.BrandNew)
	}
}
