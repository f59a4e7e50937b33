package brextest_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// TestBodyMistakes: what is wrong with a body is said where it is wrong, with
// what would be right.
func TestBodyMistakes(t *testing.T) {
	t.Parallel()
	h := newSandbox(t, small)
	limit := func(amount string) string { return `{"monthly_limit":{"amount":` + amount + `,"currency":"USD"}}` }
	transfer := func(counterparty string) string {
		return `{"counterparty":` + counterparty + `,"amount":{"amount":1},"description":"d","external_memo":"m","originating_account":{"type":"BREX_CASH","id":"a"}}`
	}
	const integers = "monthly_limit.amount is invalid: want a whole number in digits"
	for _, c := range []struct{ operation, body, want string }{
		{"setUserLimit", limit("700"), ""},
		{"setUserLimit", limit("100000000000000"), ""},
		{"setUserLimit", limit("-0"), ""},
		{"setUserLimit", `{"monthly_limit":null}`, ""},
		{"setUserLimit", `{"monthly_limit":{"amount":1,"currency":null}}`, ""},
		// A double of 53 bits takes all of these for whole numbers.
		{"setUserLimit", limit("100.0"), integers},
		{"setUserLimit", limit("1e2"), integers},
		{"setUserLimit", limit("1E+2"), integers},
		{"setUserLimit", limit("99999999999999.999999999"), integers},
		{"setUserLimit", limit("0.5"), "monthly_limit.amount is invalid: value must be an integer"},
		{"setUserLimit", limit("100000000000001"), "monthly_limit.amount is invalid: number must be at most 1e+14"},
		{"setUserLimit", limit("9007199254740993"), "monthly_limit.amount is invalid: number must be at most 1e+14"},
		{"setUserLimit", limit("99999999999999999999"), "monthly_limit.amount is invalid: number must be at most 1e+14"},
		{"setUserLimit", limit("1e999"), "monthly_limit.amount is invalid: the number is out of range"},
		{"setUserLimit", limit("-1"), "monthly_limit.amount is invalid: number must be at least 0"},
		{"setUserLimit", limit(`"700"`), "monthly_limit.amount is invalid: value must be an integer"},
		{"setUserLimit", limit("true"), "monthly_limit.amount is invalid: value must be an integer"},
		{"setUserLimit", `{"monthly_limit":{"amount":1,"currency":"USDX"}}`, "monthly_limit.currency is invalid: maximum string length is 3"},
		{"setUserLimit", `{"monthly_limit":7}`, "monthly_limit is invalid: value must be an object"},
		{"setUserLimit", `{"monthly_limit":{"amount":1,"amount":2}}`, "monthly_limit.amount is given twice"},
		{"setUserLimit", `{"monthly_limit":null,"monthly_limi\u0074":null}`, "monthly_limit is given twice"},
		{"setUserLimit", `{"monthly_limit":{"amount":1,"unit":"cents"}}`, "monthly_limit.unit is not a known field"},
		{"createVendor", `{}`, "company_name is required"},

		{"updateSpendLimit", `{"authorization_settings":{"limit_buffer_percentage":12.5}}`, ""},
		{"updateSpendLimit", `{"authorization_settings":{"limit_buffer_percentage":50.0}}`, ""}, // not a count
		{"updateSpendLimit", `{"authorization_settings":{"limit_buffer_percentage":100.5}}`,
			"authorization_settings.limit_buffer_percentage is invalid: number must be at most 100"},

		{"createTransfer", transfer(`{"type":"VENDOR","payment_instrument_id":"x"}`), ""},
		{"createTransfer", transfer(`{"type":"VENDOR"}`), "counterparty.payment_instrument_id is required"},
		{"createTransfer", transfer(`{"type":"VENDOR","payment_instrument_id":"x","id":"y"}`), "counterparty.id is not a known field"},
		{"createTransfer", transfer(`{"type":"FRIEND"}`), "counterparty.type is invalid: want BOOK_TRANSFER or VENDOR"},
		{"createTransfer", transfer(`{"type":7}`), "counterparty.type is invalid: want BOOK_TRANSFER or VENDOR"},
		{"createTransfer", transfer(`{}`), "counterparty.type is required"},
		{"createTransfer", transfer(`"VENDOR"`), "counterparty is invalid: it fits none of its forms, or more than one"},
		{"createTransfer", transfer(`null`), "counterparty is invalid: it fits none of its forms, or more than one"},

		{"createVendor", `{"company_name":""}`, "company_name is invalid: minimum string length is 1"},
		{"createVendor", `{"company_name":null}`, "company_name is invalid: it cannot be null"},
		{"createVendor", `{"company_name":"x","email":"nobody"}`, "email is invalid: want an address like ap@vendor.example"},
		{"createVendor", `{"company_name":"x","email":"Nobody <n@x.example>"}`, "email is invalid: want an address like ap@vendor.example"},
		{"createVendor", `{"company_name":"x","payment_accounts":[` + achAccount + `,` + strings.Replace(achAccount, `"routing_number":"`, `"routing_number":"1`, 1) + `]}`,
			"payment_accounts[1].details.routing_number is invalid: want nine digits"},

		// A union without a discriminator: what the one form misses that knows all members.
		{"updateFieldValues", `{"items":[{"brex_id":"a","data":{"value":"v"}},{"value_id":"b","data":{"value":null}}]}`, ""},
		{"updateFieldValues", `{"items":[{"brex_id":"a","data":{}},{"value_id":"b","data":{"value":7}}]}`, "items[1].data.value is invalid: value must be a string"},
		{"updateFieldValues", `{"items":[{"remote_id":"a"}]}`, "items[0].data is required"},
		{"updateFieldValues", `{"items":[{"remote_id":"a","value":"v"}]}`, "items[0].value is not a known field"},
		{"updateFieldValues", `{"items":[{"data":{}}]}`, "items[0] is invalid: it fits none of its forms, or more than one"},
		{"updateFieldValues", `{"items":[{"brex_id":"a","value_id":"b","data":{}}]}`, "items[0] is invalid: it fits none of its forms, or more than one"},
		{"updateFieldValues", `{"items":[]}`, "items is invalid: minimum number of items is 1"},

		{"updateUser", `{"metadata":{"3":"x"}}`, ""},
		{"updateUser", `{"metadata":{"3":["x"]}}`, "metadata.3 is invalid: value must be a string"},
		{"updateUser", `{"metadata":{"clé":"x"}}`, "metadata.cl? is invalid"},
		{"updateUser", `{"metadata":{"k":"\u00e9"}}`, "metadata.k is invalid"},
		{"updateUser", `{"status":"GONE"}`, `status is invalid: value is not one of the allowed values ["ACTIVE","DISABLED"]`},
		{"createBudget", `{"start_date":"2026-02-30"}`, "start_date is invalid: want a date like 2026-01-31"},
	} {
		err := h.CheckBody(c.operation, []byte(c.body))
		if c.want == "" {
			require.NoError(t, err, "%s", c.body)
			continue
		}
		require.EqualError(t, err, c.want, "%s", c.body)
	}
}

// TestFirstMistakeIsTheSame: of many mistakes one is named, always the same.
func TestFirstMistakeIsTheSame(t *testing.T) {
	t.Parallel()
	h := newSandbox(t, small)
	for body, want := range map[string]string{
		`{"z":1,"y":2,"payment_accounts":[{"details":{"type":"ACH","q":1,"p":2}},{}],"phone":7,"email":8,"x":3}`: "email is invalid: value must be a string",
		`{"z":1,"y":2,"company_name":"x","x":3}`: "x is not a known field",
	} {
		for range 200 {
			require.EqualError(t, h.CheckBody("createVendor", []byte(body)), want)
		}
	}
}

// TestBodyThatIsNone: what is no JSON object does not reach a schema.
func TestBodyThatIsNone(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	deep := strings.Repeat(`{"metadata":`, 9_000) + "1" + strings.Repeat("}", 9_000)
	for _, c := range []struct {
		body   string
		status int
		want   string
	}{
		{"", 400, "body is required"},
		{" ", 400, "body is invalid"},
		{"null", 400, "body is invalid"},
		{`[{"company_name":"x"}]`, 400, "body is invalid"},
		{`"x"`, 400, "body is invalid"},
		{`{"company_name":"x"}{}`, 400, "body is invalid"},
		{`{"company_name":"x"`, 400, "body is invalid"},
		{`{"company_name":"x",}`, 400, "body is invalid"},
		{`{company_name:"x"}`, 400, "body is invalid"},
		{"{\"company_name\":\"\xff\"}", 400, "body is invalid"},
		{"{\"company_name\":NaN}", 400, "body is invalid"},
		{"\xef\xbb\xbf{}", 400, "body is invalid"},
		{deep, 400, "metadata is not a known field"},
		{strings.Repeat(`{"metadata":`, 200_000), 400, "body is invalid"},
		{strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000), 400, "body is invalid"},
		{`{"company_name":"` + strings.Repeat("x", 10<<20) + `"}`, 413, "body is too large"},
	} {
		wantProblem(t, s.do("POST", "/v1/vendors", c.body, "Idempotency-Key", "k"), c.status, c.want)
	}
	require.Equal(t, 200, s.do("POST", "/v1/vendors", `{"company_name":"x"}`, "Idempotency-Key", "k").Status, "nothing of this was kept")
	// As in kin-openapi's own order, the parameters come before the body.
	wantProblem(t, s.do("POST", "/v1/vendors", `{"company_name":7}`), 400, "Idempotency-Key is required")
	wantProblem(t, s.do("POST", "/v1/vendors?x=1", `{"company_name":7}`), 400, "query parameter is not supported: x")
	wantProblem(t, s.do("POST", "/v1/vendors", `{"company_name":7}`, "Idempotency-Key", "k"), 400, "company_name is invalid")
}

// FuzzBody: whatever the body, the verdict is short, in one line and the same
// each time, and what is taken is what the document takes.
func FuzzBody(f *testing.F) {
	h, err := brextest.NewHandler(small)
	require.NoError(f, err)
	docs, err := loadDocuments()
	require.NoError(f, err)
	c := &caller{Rand: rand.New(rand.NewPCG(7, 8)), known: map[string][]string{}}
	bodies := map[string]*openapi3.Schema{}
	for _, id := range brextest.Operations() {
		api, method, path := brextest.Route(id)
		op := docs[api].Paths.Value(path).GetOperation(method)
		if op.RequestBody == nil {
			continue
		}
		bodies[id] = op.RequestBody.Value.Content.Get("application/json").Schema.Value
		_, body := c.request(op, path)
		f.Add(id, []byte(body))
		f.Add(id, []byte(strings.Replace(body, ":", `:{"a":[1e2,"é",{"b":-0.5,"b":1e999}],"c":`, 1)))
	}
	f.Fuzz(func(t *testing.T, id string, body []byte) {
		s := bodies[id]
		if s == nil {
			return
		}
		err := h.CheckBody(id, body)
		if err == nil {
			var v any
			require.NoError(t, json.Unmarshal(body, &v))
			require.NoError(t, s.VisitJSON(v), "taken: %s", body)
			return
		}
		require.Less(t, len(err.Error()), 1000)
		require.NotContains(t, err.Error(), "\n")
		require.EqualError(t, h.CheckBody(id, body), err.Error())
	})
}
