package brextest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

func TestBearer(t *testing.T) {
	t.Parallel()
	s := newSandbox(t,
		brextest.WithToken("reader", "users.readonly"),
		brextest.WithToken("writer", "users", "transfers"),
		brextest.WithToken("nothing"))
	for _, tc := range []struct {
		name, header, method, path, body string
		status                           int
		kind                             string
	}{
		{"no token", "", "GET", "/v2/users", "", 401, ""},
		{"unknown token", "Bearer nope", "GET", "/v2/users", "", 401, "UNAUTHORIZED"},
		{"another scheme", "Basic reader", "GET", "/v2/users", "", 401, "UNAUTHORIZED"},
		{"no scheme", "reader", "GET", "/v2/users", "", 401, "UNAUTHORIZED"},
		{"scheme in lower case", "bearer reader", "GET", "/v2/users", "", 200, ""},
		{"either scope is enough, readonly", "Bearer reader", "GET", "/v2/users", "", 200, ""},
		{"either scope is enough, write", "Bearer writer", "GET", "/v2/users", "", 200, ""},
		{"readonly does not write", "Bearer reader", "POST", "/v2/users", "{}", 403, "FORBIDDEN"},
		{"transfers does not list them", "Bearer writer", "GET", "/v1/transfers", "", 403, "FORBIDDEN"},
		{"another resource", "Bearer reader", "GET", "/v1/expenses", "", 403, "FORBIDDEN"},
		{"no scope at all", "Bearer nothing", "GET", "/v2/users/me", "", 403, "FORBIDDEN"},
		{"no scope needed", "Bearer nothing", "GET", "/v1/webhooks", "", 200, ""},
		{"refused before the body is looked at", "Bearer nope", "POST", "/v1/vendors", "{", 401, "UNAUTHORIZED"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var header []string
			if tc.header != "" {
				header = []string{"Authorization", tc.header}
			}
			got := s.raw(tc.method, tc.path, tc.body, header...)
			require.Equal(t, tc.status, got.Status, "%s", got.Body)
			require.NotEmpty(t, got.Header.Get("X-Brex-Trace-Id"))
			if tc.name == "no token" {
				require.Empty(t, got.Body)
			}
			if tc.kind != "" {
				require.Equal(t, tc.kind, got.json(t)["type"])
			}
		})
	}
}

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts []brextest.Option
		want string
	}{
		"nil option":         {[]brextest.Option{nil}, "an option is nil"},
		"wrong scope":        {[]brextest.Option{brextest.WithToken("x", "expenses:read")}, `"expenses:read" is not a scope`},
		"empty token":        {[]brextest.Option{brextest.WithToken(" ")}, "the token is empty"},
		"token with a space": {[]brextest.Option{brextest.WithToken("a b")}, "the token is empty, or has spaces"},
		"token twice":        {[]brextest.Option{brextest.WithToken("a"), brextest.WithToken("a")}, "given twice"},
		"no data":            {[]brextest.Option{brextest.WithData(nil)}, "WithData: no file system"},
		"no clock":           {[]brextest.Option{brextest.WithClock(nil)}, "WithClock: no function"},
		"negative size":      {[]brextest.Option{brextest.WithSize(brextest.Size{Users: -2})}, "Users is -2"},
		"enormous size":      {[]brextest.Option{brextest.WithSize(brextest.Size{Expenses: 1 << 40})}, "Expenses is"},
		"cards, no users":    {[]brextest.Option{brextest.WithSize(brextest.Size{Users: brextest.None, Cards: 3})}, "Cards need at least one of Users"},
		"list mode":          {[]brextest.Option{brextest.WithListMode(9)}, "9 is not a list mode"},
		"key reuse":          {[]brextest.Option{brextest.WithKeyReuse(-1)}, "WithKeyReuse"},
		"retention":          {[]brextest.Option{brextest.WithKeyRetention(-1)}, "WithKeyRetention: negative"},
		"log":                {[]brextest.Option{brextest.WithRequestLog(-1)}, "WithRequestLog"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := brextest.NewHandler(tc.opts...)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "brextest: ")
		})
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]brextest.Size{
		"empty":    {Users: brextest.None, CashAccounts: brextest.None, Vendors: brextest.None, Departments: brextest.None, Locations: brextest.None, Titles: brextest.None, Budgets: brextest.None},
		"one each": {Users: 1, Cards: 1, Expenses: 1, CardTransactions: 1, CashAccounts: 1, CashTransactions: 1, Vendors: 1, Transfers: 1, Departments: 1, Locations: 1, Titles: 1, Statements: 1, LinkedAccounts: 1, Budgets: 1},
		"no cards": {Cards: brextest.None, Expenses: 200},
		"bare":     {Departments: brextest.None, Locations: brextest.None, Titles: brextest.None, Budgets: brextest.None, Vendors: brextest.None, Expenses: 250},
		"wide":     {Expenses: 300, CardTransactions: 500, Users: 130, Cards: 400, Vendors: 75, Departments: 30, Locations: 20, Titles: 40, Budgets: 30, Transfers: 300, CashAccounts: 6},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSandbox(t, brextest.WithSize(size))
			for _, path := range []string{"/v1/expenses?expand[]=user&expand[]=payment&expand[]=budget", "/v2/users", "/v2/cards", "/v1/vendors", "/v1/transfers",
				"/v2/transactions/card/primary", "/v2/departments", "/v2/locations", "/v2/titles"} {
				got := ids(s.all(path))
				seen := map[string]bool{}
				for _, id := range got {
					require.False(t, seen[id], "%s twice in %s", id, path)
					seen[id] = true
				}
			}
			require.Equal(t, 200, s.get("/v2/users/me").Status)
			require.Equal(t, 200, s.get("/v2/accounts/card").Status)
			require.Equal(t, 200, s.get("/v2/accounts/cash").Status)
		})
	}
}
