package brextest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// TestResponsesAreDocumented walks every read of the sandbox, with every
// expansion, over a few companies: do and all hold each response against the
// documents.
func TestResponsesAreDocumented(t *testing.T) {
	t.Parallel()
	const everything = "expand[]=location&expand[]=department&expand[]=merchant&expand[]=receipts.download_uris&expand[]=user" +
		"&expand[]=budget&expand[]=payment&expand[]=spending_entity&expand[]=policy&load_custom_fields=true"
	for _, seed := range []uint64{1, 77} {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newSandbox(t, brextest.WithSeed(seed), brextest.WithSize(brextest.Size{Expenses: 250, CardTransactions: 200}))
			s.everyRow = true
			expenses := s.all("/v1/expenses?" + everything)
			require.Len(t, expenses, 250)
			require.NotEmpty(t, s.all("/v1/expenses/card?limit=99"))
			for _, id := range ids(expenses[:20]) {
				s.get("/v1/expenses/" + id + "?" + everything)
				s.get("/v1/expenses/" + id)
				s.get("/v1/expenses/card/" + id)
			}
			require.Len(t, s.all("/v2/transactions/card/primary"), 200)
			for _, path := range []string{"/v2/users", "/v2/cards", "/v2/departments", "/v2/locations", "/v2/titles", "/v2/legal_entities",
				"/v1/vendors", "/v1/transfers"} {
				for _, id := range ids(s.all(path)) {
					require.Equal(t, 200, s.get(path+"/"+id).Status)
				}
			}
			for _, path := range []string{"/v2/users/me?load_custom_fields=true", "/v2/company", "/v2/accounts/card",
				"/v2/accounts/cash/primary", "/v1/linked_accounts"} {
				require.Equal(t, 200, s.get(path).Status, path)
			}
			require.Len(t, s.all("/v2/accounts/card/primary/statements"), 12)
			for _, id := range ids(s.all("/v2/accounts/cash")) {
				require.Equal(t, 200, s.get("/v2/accounts/cash/"+id).Status)
				require.NotEmpty(t, s.all("/v2/transactions/cash/"+id))
				require.Len(t, s.all("/v2/accounts/cash/"+id+"/statements?limit=5"), 12)
			}
		})
	}
}

// TestEverythingIsASCII: Brex takes nothing else.
func TestEverythingIsASCII(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	for _, path := range []string{"/v1/expenses?expand[]=merchant&expand[]=user", "/v1/vendors", "/v2/users", "/v1/transfers"} {
		body := string(s.get(path).Body)
		require.NotEmpty(t, body)
		if i := strings.IndexFunc(body, func(r rune) bool { return r < 0x20 || r > 0x7e }); i >= 0 {
			t.Errorf("%s: %q", path, body[max(0, i-20):i+1])
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := newSandbox(t)
	for _, path := range []string{"/", "/v2/accounts", "/v2/transactions/cash", "/v1/expenses/", "/v1//expenses", "/v1/./expenses",
		"/v1/expenses/../expenses", "/favicon.ico", "/v9/users"} {
		got := s.get(path)
		require.Equal(t, 404, got.Status, path)
		require.Equal(t, "NOT_FOUND", got.json(t)["type"], path)
	}
	got := s.do("DELETE", "/v1/expenses", "")
	require.Equal(t, 405, got.Status)
	require.Equal(t, "GET", got.Header.Get("Allow"))
	require.Equal(t, "GET, PUT, DELETE", s.do("POST", "/v1/vendors/x", "").Header.Get("Allow"))
}

// TestDeterminism: the same seed is the same company, byte for byte, and
// another seed is another one.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	walk := func(seed uint64) string {
		s := newSandbox(t, brextest.WithSeed(seed))
		var all strings.Builder
		for _, path := range []string{"/v1/expenses?expand[]=user", "/v2/users", "/v2/cards", "/v1/vendors", "/v1/transfers",
			"/v2/transactions/card/primary", "/v2/accounts/cash"} {
			all.Write(s.get(path).Body)
		}
		got := s.do("POST", "/v1/vendors", `{"company_name":"New"}`, "Idempotency-Key", "k")
		all.Write(got.Body)
		all.WriteString(got.Header.Get("X-Brex-Trace-Id") + s.Token())
		return all.String()
	}
	require.Equal(t, walk(1), walk(1))
	require.NotEqual(t, walk(1), walk(2))
}
