package brex_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// TestIntegrationKeepsItsID: Brex's examples say id where the document says integration_id. An integration that was made must not
// come back without its name, nor as a failure.
func TestIntegrationKeepsItsID(t *testing.T) {
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	client, err := brex.New(brex.WithToken("bxt_test"), brex.WithBaseURL(server.URL))
	require.NoError(t, err)
	request := brex.CreateAccountingIntegrationRequest{Vendor: "XERO", VendorAccountID: "1"}
	const rest = `"vendor":"XERO","vendor_account_id":"1","status":"ACTIVE","created_at":"2026-11-02T12:00:00Z"}`
	for given, want := range map[string]string{
		`{"id":"integ_1",`:                          "integ_1",
		`{"integration_id":"integ_2",`:              "integ_2",
		`{"id":"other","integration_id":"integ_3",`: "integ_3",
		`{"id":"integ_4","integration_id":null,`:    "integ_4",
		`{"integration_id":"integ_5","id":{"x":1},`: "integ_5",
	} {
		body = given + rest
		made, err := client.AccountingIntegrations.Create(t.Context(), request)
		require.NoError(t, err, given)
		require.Equal(t, want, made.IntegrationID, given)
		for _, change := range []func() (*brex.AccountingIntegration, error){
			func() (*brex.AccountingIntegration, error) {
				return client.AccountingIntegrations.Disconnect(t.Context(), "x")
			},
			func() (*brex.AccountingIntegration, error) {
				return client.AccountingIntegrations.Reactivate(t.Context(), "x")
			},
		} {
			changed, err := change()
			require.NoError(t, err)
			require.Equal(t, want, changed.IntegrationID)
		}
		raw, err := client.Call(t.Context(), "createIntegration", request)
		require.NoError(t, err)
		require.JSONEq(t, body, string(raw), "as Brex sent it")
	}
	for _, given := range []string{"{", `{"id":7,`, `{"id":"",`, `{"ids":"integ_1",`} {
		body = given + rest
		_, err := client.AccountingIntegrations.Create(t.Context(), request)
		require.ErrorContains(t, err, "integration_id", given)
	}
}
