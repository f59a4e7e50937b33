package sinktest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/memory"
)

// rows reads a copy back, where the sink can: all rows as they were made of what Brex sent, in the order of their time.
func rows(t *testing.T, place Place) {
	sink := place(t)
	_, can := sink.(mirror.Reader)
	require.NoError(t, sink.Close())
	if !can {
		t.Skip("this sink cannot be read back")
	}
	server := small(t)
	client := Client(t, server)
	twin := memory.New()
	now := brextest.DefaultNow
	both := func() {
		clock := mirror.WithClock(func() time.Time { return now })
		for _, p := range []Place{place, func(*testing.T) mirror.Sink { return twin }} {
			_, err := Sync(t, client, p, nil, clock, mirror.WithFullEvery(0))
			require.NoError(t, err)
		}
	}
	both()
	first := now
	now = now.Add(time.Hour)
	var id string
	for id = range Truth(t, client, table(t, "vendors")) {
		break
	}
	require.NoError(t, server.RemoveRow("vendors", id))
	for id = range Truth(t, client, table(t, "users")) {
		break
	}
	require.NoError(t, server.SetRow("users", id, json.RawMessage(`{"last_name":"Changed"}`)))
	both()
	company := Company(t, client)
	sink = place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	for _, since := range []time.Time{{}, first, first.Add(time.Second)} {
		for _, of := range mirror.Tables() {
			want := copied(t, twin, company, of, since)
			require.Equal(t, want, copied(t, sink.(mirror.Reader), company, of, since), of.Name)
			switch {
			case !since.After(first):
				require.NotEmpty(t, want, of.Name)
			case of.Name == "users" || of.Name == "vendors":
				require.Len(t, want, 1)
			}
		}
	}
}

// copied are the rows of a table by key.
func copied(t *testing.T, r mirror.Reader, company string, of *mirror.Table, since time.Time) map[string]mirror.Copied {
	t.Helper()
	all := map[string]mirror.Copied{}
	var last time.Time
	for c, err := range r.Rows(t.Context(), company, of, since) {
		require.NoError(t, err)
		require.False(t, c.At().Before(last), "not in the order of time")
		last = c.At()
		c.Synced, c.Changed, c.Deleted, c.Version = c.Synced.UTC(), c.Changed.UTC(), c.Deleted.UTC(), c.Version.UTC()
		all[strings.Join(c.Key, " ")] = c
	}
	return all
}
