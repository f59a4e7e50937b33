package brex_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

func TestRequiredScopes(t *testing.T) {
	for _, tc := range []struct {
		operations, want string
	}{
		{"", ""},
		{"receiptUpload listWebhookSubscriptions", ""}, // none documented
		{"listUsers team/get_v2_users_by_id listExpenses createTransfer getCompany", "companies.readonly expenses.card.readonly transfers users.readonly"},
		{"listUsers updateUser", "users"}, // the write scope serves the read too
		{"updateUser listUsers", "users"},
		{"listTransfers", "transfers.readonly"},
		{"createIncomingTransfer listTransfers", "incoming_transfers"},
		{"createTransfer listTransfers", "transfers transfers.readonly"}, // transfers is not documented for the list
		{"listFieldValues", "field_values.read"},
		{"deleteFieldValues listFieldValues listFields", "field_values.read fields.write"},
		{"getCardNumber emailCardNumber", "cards.pan"},
		{"listReferrals", "https://onboarding.brexapis.com/referrals"},
	} {
		got, err := brex.RequiredScopes(strings.Fields(tc.operations)...)
		require.NoError(t, err)
		require.Equal(t, strings.Fields(tc.want), append([]string{}, got...), tc.operations)
	}
	_, err := brex.RequiredScopes("listUsers", "listUser")
	require.ErrorIs(t, err, brex.ErrUsage)
	require.ErrorContains(t, err, `"listUser" is not an operation`)
}

// Whatever the operations: each is covered, and no scope can be left out.
func TestRequiredScopesOfManyOperations(t *testing.T) {
	all := brex.Operations()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var names []string
		var need [][]string
		for range 1 + rnd.IntN(12) {
			op := all[rnd.IntN(len(all))]
			names = append(names, op.ID)
			if len(op.Scopes) > 0 {
				need = append(need, op.Scopes)
			}
		}
		got, err := brex.RequiredScopes(names...)
		require.NoError(t, err)
		covered := func(by []string) bool {
			return !slices.ContainsFunc(need, func(any []string) bool {
				return !slices.ContainsFunc(any, func(s string) bool { return slices.Contains(by, s) })
			})
		}
		require.True(t, covered(got), "%v: %v", names, got)
		for i := range got {
			require.False(t, covered(slices.Delete(slices.Clone(got), i, i+1)), "%v: %v, of which %s is not needed", names, got, got[i])
		}
	}
}

// Brex answers 401 and 403 for missing scopes, roles and features alike.
func TestErrorsOfAccessSayWhatWouldDo(t *testing.T) {
	for status, more := range map[int]string{403: "", 401: "; the token may also be expired or revoked, or the feature not be enabled for the account"} {
		client, err := brex.New(brex.WithToken("t"), brex.WithHTTPClient(&http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
		})}))
		require.NoError(t, err)
		for operation, hint := range map[string]string{
			"getMe":                    "the token needs the scope users or users.readonly, and its user a role that may do this",
			"listCardAccounts":         "the token needs the scope accounts.card.readonly, and its user a role that may do this",
			"listWebhookSubscriptions": "Brex documents no scope for this, but the token's user needs a role that may do this",
		} {
			_, err := client.Call(t.Context(), operation, nil)
			require.True(t, strings.HasSuffix(err.Error(), "; "+hint+more), "%v", err)
		}
	}
}
