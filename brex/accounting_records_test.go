package brex_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

func TestAccountingErrorFrom(t *testing.T) {
	fail := func(body string) error {
		c, err := brex.New(brex.WithToken("t"), brex.WithLimiter(nil), brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 409, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})}))
		require.NoError(t, err)
		_, err = c.AccountingIntegrations.Create(context.Background(), brex.CreateAccountingIntegrationRequest{Vendor: "ACME_ERP", VendorAccountID: "va_1"})
		require.ErrorIs(t, err, brex.ErrConflict)
		return err
	}
	got, ok := brex.AccountingErrorFrom(fail(`{"error_code":"ACTIVE_INTEGRATION_EXISTS","message":"one is active","details":{"existing_integration_id":"i7"}}`))
	require.True(t, ok)
	require.Equal(t, brex.AccountingErrorCodeActiveIntegrationExists, got.ErrorCode)
	require.Equal(t, "i7", got.Details.ExistingIntegrationID)

	for _, err := range []error{fail(`{"type":"CONFLICT","message":"another form"}`), fail(`not JSON`), fail(``), errors.New("no call at all"), nil} {
		_, ok := brex.AccountingErrorFrom(err)
		require.False(t, ok, "%v", err)
	}
}
