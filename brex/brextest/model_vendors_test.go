package brextest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

const achAccount = `{"details":{"type":"ACH","routing_number":"021000021","account_number":"123456789","account_type":"CHECKING","account_class":"BUSINESS"}}`

func key(k string) []string { return []string{"Idempotency-Key", k} }

func TestVendors(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	got := s.do("POST", "/v1/vendors", `{"company_name":"Juniper Labs","email":"ap@juniper.example","payment_accounts":[`+achAccount+`]}`, key("v1")...)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	vendor := got.json(t)
	path := "/v1/vendors/" + vendor["id"].(string)
	details := func(v map[string]any) map[string]any {
		return v["payment_accounts"].([]any)[0].(map[string]any)["details"].(map[string]any)
	}
	instrument := details(vendor)["payment_instrument_id"]
	require.NotEmpty(t, instrument)
	require.Equal(t, "123456789", details(vendor)["account_number"])
	require.Nil(t, vendor["phone"])
	require.Equal(t, vendor, s.get(path).json(t))
	require.Len(t, s.all("/v1/vendors"), 31)
	require.Equal(t, []string{vendor["id"].(string)}, ids(s.all("/v1/vendors?name=juniper")))

	changed := s.do("PUT", path, `{"email":null,"phone":"+1 415 555 0100"}`).json(t)
	require.Nil(t, changed["email"], "null removes")
	require.Equal(t, "Juniper Labs", changed["company_name"], "absent changes nothing")
	require.Equal(t, instrument, details(changed)["payment_instrument_id"])
	changed = s.do("PUT", path, `{"company_name":"Juniper","payment_accounts":[`+achAccount+`]}`).json(t)
	require.Equal(t, instrument, details(changed)["payment_instrument_id"], "the same account keeps its instrument")
	changed = s.do("PUT", path, `{"payment_accounts":[`+strings.Replace(achAccount, "123456789", "55", 1)+`]}`).json(t)
	require.NotEqual(t, instrument, details(changed)["payment_instrument_id"])

	require.Equal(t, 200, s.do("DELETE", path, "").Status)
	require.Equal(t, "VENDOR_NOT_FOUND", s.get(path).json(t)["code"])
	require.Equal(t, 404, s.do("DELETE", path, "").Status)
	require.Equal(t, 404, s.do("PUT", path, "{}").Status)
	require.Len(t, s.all("/v1/vendors?limit=4"), 30)
}

func TestVendorBodies(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	account := func(details string) string {
		return `{"company_name":"X","payment_accounts":[{"details":{` + details + `}}]}`
	}
	for _, tc := range []struct{ body, message string }{
		{`{}`, "company_name is required"},
		{`{"company_name":null}`, "company_name is invalid"},
		{`{"company_name":""}`, "company_name is invalid"},
		{`{"company_name":"Zürich AG"}`, "company_name is invalid"},
		{`{"company_name":"X","email":"nobody"}`, "email is invalid"},
		{`{"company_name":"X","beneficiary_name":"Y"}`, "beneficiary_name is not a known field"},
		{`{"company_name":"X","payment_accounts":{}}`, "payment_accounts is invalid"},
		{`{"company_name":"X","payment_accounts":[{}]}`, "payment_accounts[0].details is required"},
		{account(`"type":"PAYPAL"`), "payment_accounts[0].details.type is invalid"},
		{account(`"type":"INTERNATIONAL_WIRE"`), "payment_accounts[0].details.type is invalid"},
		{account(`"type":"ACH"`), "payment_accounts[0].details.account_class is required"},
		{account(`"type":"CHEQUE","recipient_name":"` + strings.Repeat("x", 41) + `","mailing_address":{}`), "recipient_name is invalid"},
		{account(`"type":"DOMESTIC_WIRE","routing_number":"12345678","account_number":"1","address":{}`), "routing_number is invalid"},
		{account(`"type":"ACH","routing_number":"021000021","account_number":"1","account_type":"CHECKING","account_class":"CORPORATE"`), "account_class is invalid"},
		{account(`"type":"DOMESTIC_WIRE","routing_number":"021000021","account_number":"1","address":{"town":"x"}`), "address.town is not a known field"},
	} {
		t.Run(tc.body, func(t *testing.T) {
			s := &sandbox{Handler: s.Handler, t: t}
			wantProblem(t, s.do("POST", "/v1/vendors", tc.body, key("k")...), 400, tc.message)
		})
	}
	require.Len(t, s.all("/v1/vendors"), 30, "nothing was made")
	require.Equal(t, 200, s.do("POST", "/v1/vendors", `{"company_name":"X"}`, key("k")...).Status, "a refused request does not use up its key")
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	const body = `{"company_name":"Twice","email":"a@b.example"}`
	t.Run("replay", func(t *testing.T) {
		s := newSandbox(t, small, brextest.WithToken("other", "vendors"))
		wantProblem(t, s.do("POST", "/v1/vendors", body), 400, "Idempotency-Key is required")
		first := s.do("POST", "/v1/vendors", body, key("k")...)
		require.Equal(t, string(first.Body), string(s.do("POST", "/v1/vendors", body, key("k")...).Body), "byte for byte")
		require.Equal(t, string(first.Body), string(s.do("POST", "/v1/vendors", ` { "email":"a@b.example", "company_name":"Twice" } `, key("k")...).Body),
			"the order of the members is not the request")
		require.Len(t, s.all("/v1/vendors?name=twice"), 1)

		got := s.do("POST", "/v1/vendors", `{"company_name":"Other"}`, key("k")...)
		require.Equal(t, 409, got.Status)
		require.Equal(t, "CONFLICT", got.json(t)["type"])

		require.NotEqual(t, string(first.Body), string(s.do("POST", "/v1/vendors", body, key("another")...).Body))
		mine := s.raw("POST", "/v1/vendors", body, "Authorization", "Bearer other", "Idempotency-Key", "k")
		require.Equal(t, 200, mine.Status)
		require.NotEqual(t, string(first.Body), string(mine.Body), "a key belongs to a token")
		require.Equal(t, 200, s.do("POST", "/v2/titles", `{"name":"Twice"}`, key("k")...).Status, "and to an operation")
	})
	t.Run("reuse as a switch", func(t *testing.T) {
		s := newSandbox(t, small, brextest.WithKeyReuse(brextest.ReplayFirst))
		first := s.do("POST", "/v1/vendors", body, key("k")...)
		require.Equal(t, string(first.Body), string(s.do("POST", "/v1/vendors", `{"company_name":"Other"}`, key("k")...).Body))
	})
	t.Run("retention", func(t *testing.T) {
		s := newSandbox(t, small, brextest.WithKeyRetention(time.Hour))
		first := s.do("POST", "/v1/vendors", body, key("k")...)
		s.Advance(59 * time.Minute)
		require.Equal(t, first.Body, s.do("POST", "/v1/vendors", body, key("k")...).Body)
		s.Advance(time.Minute)
		require.NotEqual(t, first.Body, s.do("POST", "/v1/vendors", body, key("k")...).Body)
	})
	t.Run("optional key", func(t *testing.T) {
		s := newSandbox(t, small)
		for range 2 {
			require.Equal(t, 200, s.do("POST", "/v2/departments", `{"name":"Robotics"}`, key("d")...).Status)
		}
		require.Len(t, s.all("/v2/departments?name=robotics"), 1)
		s.do("POST", "/v2/departments", `{"name":"Robotics"}`)
		require.Len(t, s.all("/v2/departments?name=robotics"), 2)
	})
}

// TestOneKeyOneVendor: fifty clients, one key, one vendor.
func TestOneKeyOneVendor(t *testing.T) {
	t.Parallel()
	s := brextest.NewServer(t, small)
	bodies := make([]string, 50)
	var wg sync.WaitGroup
	for i := range bodies {
		wg.Go(func() {
			r, err := http.NewRequest("POST", s.URL+"/v1/vendors", strings.NewReader(`{"company_name":"Only one"}`))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("Authorization", "Bearer "+s.Token())
			r.Header.Set("Idempotency-Key", "the same")
			bodies[i] = send(t, s.Client(), r)
		})
	}
	wg.Wait()
	for _, b := range bodies {
		require.Equal(t, bodies[0], b)
	}
	h := &sandbox{Handler: s.Handler, t: t}
	require.Len(t, h.all("/v1/vendors?name=only"), 1)
}

// TestConcurrentUse mixes everything, for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small, brextest.WithRequestLog(10))
	expense := s.get("/v1/expenses?limit=1").items(t)[0]["id"].(string)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			auth := []string{"Authorization", "Bearer " + s.Token()}
			for j := range 10 {
				s.raw("GET", "/v1/expenses?limit=5&expand[]=user", "", auth...)
				s.raw("PUT", "/v1/expenses/card/"+expense, fmt.Sprintf(`{"memo":"%d %d"}`, i, j), auth...)
				s.raw("POST", "/v1/vendors", `{"company_name":"V"}`, append(auth, "Idempotency-Key", fmt.Sprint(i, j))...)
				s.raw("GET", "/v1/vendors?name=v", "", auth...)
				s.Advance(time.Minute)
				s.FailNext("listTransfers", brextest.EmptyBody(), 1)
				s.raw("GET", "/v1/transfers", "", auth...)
				s.Requests()
			}
		})
	}
	wg.Wait()
	require.Len(t, s.Requests(), 10)
	require.Len(t, s.all("/v1/vendors"), 110)
}
