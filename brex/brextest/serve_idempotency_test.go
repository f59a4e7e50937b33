package brextest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// TestKeyKnowsThePath: the same key and body for another object is another request. Replaying the first response would report
// something as done that never was.
func TestKeyKnowsThePath(t *testing.T) {
	t.Parallel()
	type step struct{ method, path, body string }
	for name, of := range map[string]struct {
		list string
		step step // {id} is the object's
		opts []brextest.Option
	}{
		"updateVendor": {"/v1/vendors", step{"PUT", "/v1/vendors/{id}", `{"phone":"+1 555 0100"}`}, nil},
		"lockCard": {"/v2/cards", step{"POST", "/v2/cards/{id}/lock", `{"reason":"FRAUD","description":"x"}`},
			[]brextest.Option{brextest.WithKeysEverywhere()}},
		"updateUser": {"/v2/users", step{"PUT", "/v2/users/{id}", `{"metadata":{"a":"b"}}`},
			[]brextest.Option{brextest.WithKeysEverywhere()}},
		"updateExpense": {"/v1/expenses/card", step{"PUT", "/v1/expenses/card/{id}", `{"memo":"same"}`},
			[]brextest.Option{brextest.WithKeysEverywhere()}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSandbox(t, append([]brextest.Option{small}, of.opts...)...)
			rows := ids(s.all(of.list))
			at := func(id string) string { return strings.ReplaceAll(of.step.path, "{id}", id) }
			one := s.do(of.step.method, at(rows[0]), of.step.body, key("k")...)
			require.Equal(t, 200, one.Status, "%s", one.Body)
			other := strings.TrimSuffix(at(rows[1]), "/lock")
			before := string(s.get(other).Body)
			got := s.do(of.step.method, at(rows[1]), of.step.body, key("k")...)
			require.Equal(t, 409, got.Status, "%s", got.Body)
			require.Equal(t, "IDEMPOTENCY_KEY_REUSED", got.json(t)["code"])
			require.Equal(t, before, string(s.get(other).Body), "nothing was done")
			again := s.do(of.step.method, at(rows[0]), of.step.body, key("k")...)
			require.Equal(t, string(one.Body), string(again.Body))
			require.Equal(t, 200, s.do(of.step.method, at(rows[1]), of.step.body, key("k2")...).Status)
			require.NotEqual(t, before, string(s.get(other).Body))
		})
	}
}
