package brextest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
)

// eventful is the snapshot of a small company to which something of everything has happened.
func eventful(t *testing.T) map[string]any {
	t.Helper()
	var r receiver
	tiny := brextest.WithSize(brextest.Size{Users: 2, Cards: 2, Expenses: 3, CardTransactions: 2, CashTransactions: 2, Vendors: 2, Transfers: 2})
	s := subscribed(t, &r, hookURL, append(transferEvents, "USER_UPDATED"), tiny, brextest.WithOAuthClient("app", "secret", callbackURL), brextest.WithLimits(brextest.Limits{}))
	card := s.all("/v2/cards")[0]["id"].(string)
	e, err := s.Purchase(card, 100, "Shop")
	require.NoError(t, err)
	link := s.do("POST", "/v1/expenses/card/"+e+"/receipt_upload", `{"receipt_name":"a.pdf"}`).json(t)
	s.put(link["uri"].(string), "%PDF", "Content-Type", "application/pdf")
	s.do("POST", "/v1/expenses/card/receipt_match", `{"receipt_name":"a.pdf"}`)
	me := s.get("/v2/users/me").json(t)["id"].(string)
	s.do("PUT", "/v2/users/"+me+"/limit", `{"monthly_limit":{"amount":5,"currency":"USD"}}`)
	s.do("PUT", "/v2/users/"+me, `{"metadata":{"a":"b"}}`)
	_, err = s.FireEvent("TRANSFER_PROCESSED", nil)
	require.NoError(t, err)
	s.Advance(50 * time.Hour)
	_, err = s.FireEvent("USER_UPDATED", nil)
	require.NoError(t, err)
	a := application{s, "app", "secret"}
	a.tokens()
	var doc map[string]any
	dec := json.NewDecoder(strings.NewReader(snapshotOf(t, s)))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&doc))
	return doc
}

// TestSnapshotDamaged puts null in the place of every value of a snapshot, one after the other. Such a file is refused or works; it
// never panics, then or later.
func TestSnapshotDamaged(t *testing.T) {
	t.Parallel()
	doc := eventful(t)
	tried := 0
	try := func(path string) {
		if tried++; testing.Short() && tried%20 != 0 {
			return
		}
		raw, err := json.Marshal(doc)
		require.NoError(t, err)
		require.NotPanics(t, func() {
			h, err := brextest.NewHandler(brextest.WithSnapshot(bytes.NewReader(raw)))
			if err != nil {
				require.ErrorContains(t, err, "WithSnapshot: ", path)
				return
			}
			s := &sandbox{Handler: h, t: t, asLoaded: true}
			for _, target := range everything {
				require.Less(t, s.raw("GET", target, "", "Authorization", "Bearer "+s.Token()).Status, 500, "%s: %s", path, target)
			}
			h.Advance(24 * time.Hour)
			require.NoError(t, h.Snapshot(&bytes.Buffer{}), path)
		}, path)
	}
	var damage func(v any, path string, set func(any))
	damage = func(v any, path string, set func(any)) {
		set(nil)
		try(path)
		set(v)
		switch v := v.(type) {
		case map[string]any:
			for k, member := range v {
				damage(member, path+"."+k, func(bad any) { v[k] = bad })
			}
		case []any:
			for i, item := range v[:min(len(v), 3)] {
				damage(item, fmt.Sprintf("%s[%d]", path, i), func(bad any) { v[i] = bad })
			}
		}
	}
	for k, member := range doc {
		damage(member, k, func(bad any) { doc[k] = bad })
	}
	require.Greater(t, tried, 300)
}

func TestSnapshotWithNothingInPlaceOfSomething(t *testing.T) {
	t.Parallel()
	for member, c := range map[string]struct {
		value any
		want  string
	}{
		"uploads": {m{"x": nil}, "the upload x is damaged"},
		"Uploads": {m{"x": m{}}, "the upload x is damaged"},
		"UPLOADS": {m{"x": m{"id": "y"}}, "the upload x is damaged"},
		"events":  {[]any{nil}, "event 0 is damaged"},
		"Events":  {[]any{m{"id": "msg_1", "type": "T"}, m{}}, "event 1 is damaged"},
	} {
		doc := eventful(t)
		delete(doc, strings.ToLower(member))
		doc[member] = c.value
		raw, err := json.Marshal(doc)
		require.NoError(t, err)
		_, err = brextest.NewHandler(brextest.WithSnapshot(bytes.NewReader(raw)))
		require.ErrorContains(t, err, c.want, member)
		require.ErrorContains(t, err, "WithSnapshot: ")
	}
}
