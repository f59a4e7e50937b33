// Package sinktest checks a sink of a mirror against the sandbox.
package sinktest

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
)

// Place opens the sink of one test, each time anew on what it kept.
type Place func(t *testing.T) mirror.Sink

// Client is a client of the sandbox. A token other than the admin's may follow.
func Client(t testing.TB, server *brextest.Server, token ...string) *brex.Client {
	t.Helper()
	client, err := brex.New(brex.WithToken(append(token, server.Token())[0]), brex.WithBaseURL(server.URL), brex.WithHTTPClient(server.Client()))
	require.NoError(t, err)
	return client
}

// Sync runs a mirror once on a freshly opened sink.
func Sync(t *testing.T, client *brex.Client, place Place, streams []string, opts ...mirror.Option) (mirror.Report, error) {
	t.Helper()
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	m, err := mirror.New(client, sink, append([]mirror.Option{mirror.WithClock(Clock(client))}, opts...)...)
	require.NoError(t, err)
	return m.Run(t.Context(), streams...)
}

// Truth is what Brex lists of a table: the objects by key, as JSON with sorted members, less what is hidden.
func Truth(t testing.TB, client *brex.Client, table *mirror.Table) map[string]string {
	t.Helper()
	parents := []string{""}
	if p := table.Parent; p != nil {
		parents = nil
		for _, parent := range mirror.Tables() {
			if parent.Name == p.Table {
				for key := range Truth(t, client, parent) {
					parents = append(parents, key)
				}
			}
		}
	}
	all := map[string]string{}
	for _, parent := range parents {
		params := map[string]any{}
		for k, v := range table.Query {
			params[k] = v
		}
		if table.List.PageLimit > 0 {
			params["limit"] = table.List.PageLimit
		}
		if parent != "" {
			params[table.Parent.Param] = parent
		}
		for _, raw := range items(t, client, table, params) {
			object := decode(t, raw)
			key := make([]string, len(table.Key))
			for i, name := range table.Key {
				c := table.Columns[slices.IndexFunc(table.Columns, func(c mirror.Column) bool { return c.Name == name })]
				key[i] = parent
				if len(c.Path) > 0 {
					key[i] = object[c.Path[0]].(string)
				}
			}
			all[strings.Join(key, "\x00")] = canonical(t, object, table)
		}
	}
	return all
}

func items(t testing.TB, client *brex.Client, table *mirror.Table, params map[string]any) (all []json.RawMessage) {
	t.Helper()
	if table.List.List == "" {
		raw, err := client.Call(context.Background(), table.List.ID, params)
		require.NoError(t, err)
		return []json.RawMessage{raw}
	}
	for page, err := range client.CallPages(context.Background(), table.List.ID, params) {
		require.NoError(t, err)
		all = append(all, page.Items...)
	}
	return all
}

func decode(t testing.TB, raw []byte) (object map[string]any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	require.NoError(t, dec.Decode(&object))
	return object
}

// canonical is an object without the members that are hidden, as JSON.
func canonical(t testing.TB, object map[string]any, table *mirror.Table) string {
	t.Helper()
	for _, h := range table.Hidden {
		without(object, strings.Split(h.Path, "."))
	}
	b, err := json.Marshal(object)
	require.NoError(t, err)
	return string(b)
}

func without(v any, path []string) {
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
			return
		}
		without(v[path[0]], path[1:])
	case []any:
		for _, e := range v {
			without(e, path)
		}
	}
}

// Copy is what a sink holds of a table and is not marked as deleted, in the form of Truth.
func Copy(t testing.TB, sink mirror.Sink, company string, table *mirror.Table) map[string]string {
	t.Helper()
	stream, err := sink.Begin(context.Background(), company, table)
	require.NoError(t, err)
	live := map[string]bool{}
	for key, err := range stream.Keys(context.Background(), 0, math.MaxInt64) {
		require.NoError(t, err)
		require.False(t, live[strings.Join(key, "\x00")], "a key twice")
		live[strings.Join(key, "\x00")] = true
	}
	all := map[string]string{}
	for stored, err := range stream.Holding(context.Background(), "") {
		require.NoError(t, err)
		if key := strings.Join(stored.Key, "\x00"); live[key] {
			all[key] = canonical(t, decode(t, stored.Raw), table)
		}
	}
	require.Len(t, all, len(live))
	return all
}

// Company is the id of the sandbox's company.
func Company(t testing.TB, client *brex.Client) string {
	t.Helper()
	company, err := client.Company.Get(context.Background())
	require.NoError(t, err)
	return company.ID
}

// Equal compares the copy of every table with what Brex lists.
func Equal(t *testing.T, client *brex.Client, place Place, streams ...string) {
	t.Helper()
	sink := place(t)
	defer func() { require.NoError(t, sink.Close()) }()
	company := Company(t, client)
	for _, table := range mirror.Tables() {
		if len(streams) == 0 || slices.Contains(streams, table.Name) {
			require.Equal(t, Truth(t, client, table), Copy(t, sink, company, table), table.Name)
		}
	}
}
