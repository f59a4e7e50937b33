package sinktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
)

// Secrets never reach the sink, wherever Brex puts them; of account numbers the end does.
func secrets(t *testing.T, place Place) {
	server := small(t)
	const secret, account = "planted-secret-4111111111111111", "9988776655443322"
	client, err := brex.New(brex.WithToken(server.Token()), brex.WithBaseURL(server.URL), brex.WithHTTPClient(&http.Client{Transport: planter{secret, account}}))
	require.NoError(t, err)
	report, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	ends := 0
	for _, table := range mirror.Tables() {
		s, err := sink.Begin(t.Context(), report.Company, table)
		require.NoError(t, err)
		for _, text := range []string{secret, account} {
			for stored, err := range s.Holding(t.Context(), text) {
				require.NoError(t, err)
				require.Fail(t, "a secret is kept", "%s %v: %s", table.Name, stored.Key, stored.Raw)
			}
		}
		for _, err := range s.Holding(t.Context(), "*3322") {
			require.NoError(t, err)
			ends++
		}
	}
	require.Positive(t, ends)
}

// Two runs on one copy do not mix.
func concurrent(t *testing.T, place Place) {
	server := small(t)
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	company := Company(t, Client(t, server))
	departments := table(t, "departments")
	one, err := sink.Begin(t.Context(), company, departments)
	require.NoError(t, err)
	if second, err := sink.Begin(t.Context(), company, departments); err == nil {
		state := mirror.State{Company: company, Stream: "departments", Revision: 1}
		_, err1 := one.Commit(t.Context(), mirror.Batch{State: state})
		_, err2 := second.Commit(t.Context(), mirror.Batch{State: state})
		require.ErrorIs(t, errors.Join(err1, err2), mirror.ErrConcurrent)
	}
}

// A row that a webhook named is read first, and once.
func touched(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, []string{"vendors"})
	require.NoError(t, err)
	var id string
	for id = range Truth(t, client, table(t, "vendors")) {
		require.NoError(t, server.SetRow("vendors", id, json.RawMessage(`{"phone":"+1 555 0199"}`)))
		break
	}
	sink := place(t)
	m, err := mirror.New(client, sink)
	require.NoError(t, err)
	for event, want := range map[string]bool{`{"event_type":"USER_UPDATED","company_id":"another","user_id":"u"}`: true,
		`{"event_type":"TRANSFER_FAILED","transfer_id":"t"}`: true, `{"event_type":"NEW"}`: false} {
		touched, err := m.TouchEvent(t.Context(), []byte(event))
		require.NoError(t, err)
		require.Equal(t, want, touched, event)
	}
	_, err = m.TouchEvent(t.Context(), []byte(`[]`))
	require.Error(t, err)
	for _, key := range []string{id, "vendor_unknown"} {
		require.NoError(t, m.Touch(t.Context(), Company(t, client), "vendors", key))
	}
	require.Error(t, m.Touch(t.Context(), Company(t, client), "cash_transactions", id))
	require.NoError(t, sink.Close())
	server.AddRule(brextest.Rule{Operation: "listVendors", Fault: brextest.Status(422, ""), Skip: 1}) // the first is the look at what the token may read
	report, err := Sync(t, client, place, []string{"vendors"})
	require.Error(t, err)
	require.Equal(t, 1, stream(t, report, "vendors").Changed)
	server.ClearFaults()
	Equal(t, client, place, "vendors")
	report, err = Sync(t, client, place, []string{"vendors"})
	require.NoError(t, err)
	require.Equal(t, mirror.Changes{Same: 30}, stream(t, report, "vendors").Changes)
}

// Columns that are excluded or hashed are so in _raw too, and rows that were there before change with the next run.
func rules(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, []string{"users", "expenses"})
	require.NoError(t, err)
	key := []byte("0123456789abcdef")
	_, err = Sync(t, client, place, []string{"users", "expenses"}, mirror.WithHash(key, "users.email"), mirror.WithExclude("expenses.memo", "users.last_name"))
	require.NoError(t, err)
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	for _, object := range Copy(t, sink, Company(t, client), table(t, "users")) {
		require.NotContains(t, object, "@")
		require.NotContains(t, object, "last_name")
		require.Regexp(t, `"email":"[0-9a-f]{64}"`, object)
	}
	for _, object := range Copy(t, sink, Company(t, client), table(t, "expenses")) {
		require.NotContains(t, object, `"memo"`)
	}
	for _, bad := range [][]mirror.Option{
		{mirror.WithExclude("users.id")}, {mirror.WithHash(key, "users.id")}, {mirror.WithExclude("users.nothing")}, {mirror.WithExclude("users")},
		{mirror.WithHash([]byte("short"), "users.email")},
	} {
		_, err := mirror.New(client, sink, bad...)
		require.Error(t, err, fmt.Sprint(bad))
	}
}

// A user who is forgotten is nowhere in the copy, also after another run.
func forgotten(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, nil)
	require.NoError(t, err)
	var user string
	for id, object := range Truth(t, client, table(t, "users")) {
		if strings.Contains(object, `"status":"ACTIVE"`) && id > user {
			user = id
		}
	}
	sink := place(t)
	m, err := mirror.New(client, sink)
	require.NoError(t, err)
	report, err := m.Forget(t.Context(), user)
	require.NoError(t, err)
	require.Equal(t, 1, report.Removed["users"])
	require.NoError(t, sink.Close())
	mentioned := func() (n int) {
		sink := place(t)
		defer func() { require.NoError(t, sink.Close()) }()
		for _, table := range mirror.Tables() {
			s, err := sink.Begin(t.Context(), report.Company, table)
			require.NoError(t, err)
			for _, err := range s.Holding(t.Context(), user) {
				require.NoError(t, err)
				n++
			}
		}
		return n
	}
	require.Zero(t, mentioned())
	_, err = Sync(t, client, place, nil, mirror.WithFullEvery(0))
	require.NoError(t, err)
	require.Zero(t, mentioned())
	_, err = Sync(t, client, place, nil)
	require.NoError(t, err)
}

// Rows older than what is kept are not copied, and are removed when they grow older.
func kept(t *testing.T, place Place) {
	server := small(t)
	client := Client(t, server)
	_, err := Sync(t, client, place, []string{"expenses"})
	require.NoError(t, err)
	_, err = Sync(t, client, place, []string{"expenses"}, mirror.WithKeep(3), mirror.WithFullEvery(0))
	require.NoError(t, err)
	oldest := brextest.DefaultNow.AddDate(0, -3, 0).Format(time.RFC3339)
	want := Truth(t, client, table(t, "expenses"))
	for id, object := range want {
		if decode(t, []byte(object))["purchased_at"].(string) < oldest {
			delete(want, id)
		}
	}
	require.NotEmpty(t, want)
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	require.Equal(t, want, Copy(t, sink, Company(t, client), table(t, "expenses")))
}
