package brextest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// Rows of the company are edited, added and removed through the control API, as others do at Brex while a client reads.
func TestControlRows(t *testing.T) {
	t.Parallel()
	server := brextest.NewServer(t, brextest.WithControl())
	do := func(method, path, body string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		req.Header.Set("X-Brex-Sandbox", "1")
		req.Header.Set("Authorization", "Bearer "+server.Token())
		res, err := server.Client().Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(text)
	}
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	_, text := do("GET", "/v1/expenses?limit=2", "")
	require.NoError(t, json.Unmarshal([]byte(text), &page))
	id, other := page.Items[0].ID, page.Items[1].ID

	server.Advance(time.Hour)
	status, text := do("PUT", brextest.ControlPath+"state/expenses/"+id, `{"memo":"Ünusual"}`)
	require.Equal(t, 200, status, text)
	_, text = do("GET", "/v1/expenses/"+id, "")
	require.Contains(t, text, `"memo":"Ünusual"`)
	require.Contains(t, text, `"updated_at":"`+brextest.DefaultNow.Add(time.Hour).Format("2006-01-02T15:04:05"))

	status, text = do("DELETE", brextest.ControlPath+"state/expenses/"+other, "")
	require.Equal(t, 200, status, text)
	status, _ = do("GET", "/v1/expenses/"+other, "")
	require.Equal(t, 404, status)

	status, text = do("PUT", brextest.ControlPath+"state/vendors/vendor_new", `{"company_name":"New","payment_accounts":[]}`)
	require.Equal(t, 200, status, text)
	_, text = do("GET", "/v1/vendors/vendor_new", "")
	require.Contains(t, text, `"company_name":"New"`)

	for _, bad := range [][3]string{
		{"PUT", "nothing/x", "{}"}, {"DELETE", "nothing/x", ""}, {"DELETE", "vendors/x", ""},
	} {
		status, text = do(bad[0], brextest.ControlPath+"state/"+bad[1], bad[2])
		require.Equal(t, 404, status, text)
	}
	status, text = do("PUT", brextest.ControlPath+"state/vendors/x", `[]`)
	require.Equal(t, 400, status, text)
	require.Contains(t, text, "not a JSON object")
	status, text = do("PUT", brextest.ControlPath+"state/vendors/x", `{"id":"y"}`)
	require.Equal(t, 400, status, text)
	require.Contains(t, text, "id is the id and cannot change")
}
