package brextest_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// FuzzHandler sends anything at all: the response is Brex-shaped or valid, never
// a panic and never a 500.
func FuzzHandler(f *testing.F) {
	h, err := brextest.NewHandler(brextest.WithSize(brextest.Size{Users: 3, Cards: 3, Expenses: 20, CardTransactions: 20,
		CashTransactions: 10, Vendors: 8, Transfers: 4}), brextest.WithRequestLog(1))
	require.NoError(f, err)
	s := &sandbox{Handler: h, t: f, everyRow: true}
	for _, seed := range [][4]string{
		{"GET", "/v1/expenses", "limit=3&expand[]=user", ""},
		{"GET", "/v1/expenses", "cursor=eyJsaW1pdCI6Miwib2Zmc2V0IjoyfQ==", ""},
		{"GET", "/v1/expenses/%2e%2e", "", ""},
		{"GET", "/v2/users", "email[]=a&status[]=ACTIVE", ""},
		{"GET", "/v2/transactions/card/primary", "posted_at_start=2026-01-01T00:00:00", ""},
		{"PUT", "/v1/expenses/card/" + ids(s.all("/v1/expenses"))[0], "", `{"memo":"x"}`},
		{"POST", "/v1/vendors", "", `{"company_name":"x","payment_accounts":[` + achAccount + `]}`},
		{"POST", "/v1/transfers", "", bankOf(s).pay(bankOf(s).ach, 5, "")},
		{"POST", "/v2/cards", "", `{"owner":{"type":"USER","user_id":"` + ids(s.all("/v2/users"))[0] + `"},"card_name":"x","card_type":"VIRTUAL","limit_type":"USER"}`},
		{"POST", "/v2/users/" + ids(s.all("/v2/users"))[0] + "/limit", "", `{"monthly_limit":{"amount":1}}`},
		{"DELETE", "/v1/vendors/x", "", ""},
		{"CONNECT", "x", "%", "\xff"},
		{"", "//", "a=b;c", "[[[["},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	// One good request of every operation, to be made worse.
	docs, err := loadDocuments()
	require.NoError(f, err)
	c := &caller{Rand: rand.New(rand.NewPCG(5, 6)), known: map[string][]string{}}
	for _, id := range brextest.Operations() {
		api, method, path := brextest.Route(id)
		target, body := c.request(docs[api].Paths.Value(path).GetOperation(method), path)
		path, query, _ := strings.Cut(target, "?")
		f.Add(method, path, query, body)
	}
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		u := &url.URL{Path: path, RawQuery: query}
		if p, err := url.PathUnescape(path); err == nil {
			u.Path, u.RawPath = p, path
		}
		r := &http.Request{Method: method, URL: u, Header: http.Header{
			"Authorization":   {"Bearer " + h.Token()},
			"Idempotency-Key": {body},
		}, Body: io.NopCloser(strings.NewReader(body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "x"}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := result{w.Code, w.Result().Header, w.Body.Bytes()}
		if got.Status == 500 || got.Status < 200 || got.Status > 501 {
			t.Fatalf("status %d: %s", got.Status, got.Body)
		}
		for _, other := range []string{brextest.UploadPath, brextest.IssuerPath} {
			if strings.HasPrefix(u.Path, other) {
				return // hosts that speak otherwise
			}
		}
		(&sandbox{Handler: h, t: t, everyRow: true}).contract(got)
	})
}

// TestTheValidatorCanFail: otherwise every contract test here would be worth
// nothing.
func TestTheValidatorCanFail(t *testing.T) {
	t.Parallel()
	for op, body := range map[string]string{
		"listExpenses":     `{"items":[{"id":"x"}]}`,
		"getExpense":       `{"id":"x","updated_at":"yesterday"}`,
		"listUsers":        `{"items":{}}`,
		"getTransfersById": `{"id":"x","amount":{"amount":1},"payment_type":"ACH","status":"DONE","originating_account":{"type":"BREX_CASH","id":"a"}}`,
		"getVendorById":    `{"id":"x","payment_accounts":[{"details":{"type":"ACH"}}]}`,
		"listCardAccounts": `{"items":[]}`,
		"getCardById":      `{}`,
	} {
		doc, method, path := pathOf(t, op)
		documented, err := validate(doc, method, path, 200, []byte(body))
		require.True(t, documented, op)
		require.Error(t, err, op)
	}
}
