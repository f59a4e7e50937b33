package brextest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// verdictTB is a test within a test: it keeps what Expect says.
type verdictTB struct {
	cleanups []func()
	errors   []string
}

func (*verdictTB) Helper()                     {}
func (*verdictTB) Logf(string, ...any)         {}
func (v *verdictTB) Cleanup(f func())          { v.cleanups = append(v.cleanups, f) }
func (v *verdictTB) Errorf(f string, a ...any) { v.errors = append(v.errors, fmt.Sprintf(f, a...)) }
func (v *verdictTB) Fatalf(f string, a ...any) {
	v.errors = append(v.errors, "fatal: "+fmt.Sprintf(f, a...))
}
func (v *verdictTB) end() string {
	for i := len(v.cleanups) - 1; i >= 0; i-- {
		v.cleanups[i]()
	}
	return strings.Join(v.errors, "\n")
}

func TestExpect(t *testing.T) {
	t.Parallel()
	vendor := func(s *sandbox, k, body string) { s.do("POST", "/v1/vendors", body, key(k)...) }
	for name, c := range map[string]struct {
		calls []brextest.Call
		do    func(*sandbox)
		want  []string // lines of the failure; none: all is well
	}{
		"as expected": {
			calls: []brextest.Call{
				{Op: "createVendor", Body: `{ "payment_accounts": null, "company_name": "A" }`, Header: http.Header{"Idempotency-Key": {"k"}}, Status: 200},
				{Op: "listUsers", Times: 2, Query: url.Values{"limit": {"1"}}},
				{Op: "getMe", Times: brextest.AnyTimes},
			},
			do: func(s *sandbox) {
				vendor(s, "k", `{"company_name":"A","payment_accounts":null}`)
				s.get("/v2/users?limit=1")
				s.get("/v2/users?limit=1&status[]=ACTIVE")
			},
		},
		"a struct as body": {
			calls: []brextest.Call{{Op: "createVendor", Body: map[string]any{"company_name": "A"}}},
			do:    func(s *sandbox) { vendor(s, "k", `{"company_name":"A"}`) },
		},
		"missing": {
			calls: []brextest.Call{{Op: "createVendor", Body: `{"company_name":"A"}`}, {Op: "listUsers", Times: brextest.AtLeastOnce}},
			do:    func(*sandbox) {},
			want: []string{`brextest: missing call: createVendor with body {"company_name":"A"}: want once, got 0`,
				"brextest: missing call: listUsers: want at least 1, got 0"},
		},
		"another body": {
			calls: []brextest.Call{{Op: "createVendor", Body: `{"company_name":"A","email":"a@a.example","payment_accounts":[]}`}},
			do:    func(s *sandbox) { vendor(s, "k", `{"company_name":"B","phone":"1","payment_accounts":[]}`) },
			want: []string{
				"  not this one: createVendor (POST /v1/vendors), status 200, body {",
				`    body.company_name: want "A", got "B"`,
				`    body.email: want "a@a.example", but it is absent`,
				`    body.phone: not expected, got "1"`,
				"brextest: unexpected call: createVendor (POST /v1/vendors), status 200",
				"  expected createVendor with body",
			},
		},
		"too often": {
			calls: []brextest.Call{{Op: "getMe"}},
			do:    func(s *sandbox) { s.get("/v2/users/me"); s.get("/v2/users/me") },
			want:  []string{"brextest: unexpected call: getMe (GET /v2/users/me), status 200", "  expected getMe only once"},
		},
		"something else": {
			calls: []brextest.Call{{Op: "getMe", Times: brextest.AnyTimes}},
			do:    func(s *sandbox) { s.raw("GET", "/nope?a=b", "") },
			want:  []string{"brextest: unexpected call: GET /nope?a=b, status 404"},
		},
		"header, path, query and status": {
			calls: []brextest.Call{{Op: "getUserById", Path: "/v2/users/a", Status: 200, Query: url.Values{"x": {"1"}},
				Header: http.Header{"Authorization": {"Bearer x"}, "X-Test": nil}}},
			do: func(s *sandbox) { s.do("GET", "/v2/users/b", "", "X-Test", "1") },
			want: []string{
				"path: want /v2/users/a, got /v2/users/b", "status: want 200, got 404", `query x: want ["1"], got []`,
				`header Authorization: want ["Bearer x"], got ["[another value]"]`, `header X-Test: want [], got ["1"]`,
			},
		},
		"a check": {
			calls: []brextest.Call{{Op: "createVendor", Body: func([]byte) error { return errors.New("no invoice number") }}},
			do:    func(s *sandbox) { vendor(s, "k", `{"company_name":"A"}`) },
			want:  []string{"    body: no invoice number"},
		},
		"no response": {
			calls: nil,
			do: func(s *sandbox) {
				s.FailNext("getMe", brextest.ResetAfterAccept(), 1)
				_, err := (&http.Client{Transport: inProcess{s}}).Get("http://localhost/v2/users/me")
				require.Error(s.t, err)
			},
			want: []string{"getMe (GET /v2/users/me), no response"},
		},
		// The first request fits both, the second only the first description.
		"the best assignment": {
			calls: []brextest.Call{{Op: "createVendor", Body: `{"company_name":"A"}`}, {Op: "createVendor", Header: http.Header{"Idempotency-Key": {"k1"}}}},
			do: func(s *sandbox) {
				vendor(s, "k1", `{"company_name":"A"}`)
				vendor(s, "k2", `{"company_name":"A"}`)
			},
		},
		"what must be before what may be": {
			calls: []brextest.Call{{Op: "getMe", Times: brextest.AnyTimes}, {Times: 2}},
			do:    func(s *sandbox) { s.get("/v2/users/me"); s.get("/v2/users/me"); s.get("/v2/users/me") },
		},
		"a long body": { // longer than the log keeps
			calls: []brextest.Call{{Op: "createVendor", Body: `{"company_name":"` + strings.Repeat("x", 40_000) + `"}`}},
			do:    func(s *sandbox) { vendor(s, "k", `{"company_name":"`+strings.Repeat("x", 40_000)+`"}`) },
		},
		"no operation": {
			calls: []brextest.Call{{Op: "CreateVendor"}},
			do:    func(*sandbox) {},
			want:  []string{`fatal: brextest: Expect: "CreateVendor" is not an operation of the Brex API`},
		},
		"no JSON": {
			calls: []brextest.Call{{Op: "createVendor", Body: "{"}},
			do:    func(*sandbox) {},
			want:  []string{"fatal: brextest: Expect: createVendor: Body is not JSON"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, small, brextest.WithRequestLog(1))
			s.raw("GET", "/v2/users", "") // before Expect: does not count
			var v verdictTB
			s.Expect(&v, c.calls...)
			c.do(s)
			got := v.end()
			if len(c.want) == 0 {
				require.Empty(t, got)
			}
			for _, want := range c.want {
				require.Contains(t, got, want)
			}
			s.raw("GET", "/nope", "")
			require.Equal(t, got, strings.Join(v.errors, "\n"), "after the test nobody listens")
		})
	}
}

func TestExpectTwice(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	var v, other verdictTB
	s.Expect(&v, brextest.Call{Op: "getMe"})
	s.Expect(&v, brextest.Call{Op: "listUsers"})
	s.Expect(&other, brextest.Call{Op: "listUsers", Times: brextest.AnyTimes})
	s.get("/v2/users")
	s.get("/v2/users/me")
	require.Empty(t, v.end(), "the descriptions add up")
	require.Contains(t, other.end(), "unexpected call: getMe", "each test has its own")
}
