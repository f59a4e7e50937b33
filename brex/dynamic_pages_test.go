package brex_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

// Any list can be read as raw rows, those without pages included, and gives what its typed method gives.
func TestCallPagesReadsEveryList(t *testing.T) {
	server := brextest.NewServer(t)
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()), brex.WithLimiter(nil))
	require.NoError(t, err)
	_, err = client.WebhookGroups.Create(t.Context(), brex.CreateWebhookGroupRequest{Name: "ops"})
	require.NoError(t, err)
	parents := map[string]string{}
	for _, list := range []string{"listAccounts", "listFields", "listTrips", "listWebhookGroups"} {
		rows, err := brex.Collect(client.CallAll(t.Context(), list, nil))
		require.NoError(t, err, list)
		require.NotEmpty(t, rows, list)
		var row struct {
			ID     string `json:"id"`
			BrexID string `json:"brex_id"`
		}
		require.NoError(t, json.Unmarshal(rows[0], &row))
		parents[list] = row.ID + row.BrexID
	}
	under := map[string]map[string]any{"listCashTransactions": {"id": parents["listAccounts"]}, "listCashStatements": {"id": parents["listAccounts"]},
		"listFieldValues": {"field_id": parents["listFields"]}, "listTripBookings": {"trip_id": parents["listTrips"]},
		"listWebhookGroupMembers": {"group_id": parents["listWebhookGroups"]}}
	lists := 0
	for _, op := range brex.Operations() {
		if op.List == "" || op.Access != brex.AccessRead {
			continue
		}
		lists++
		params := map[string]any{}
		for i, p := range op.PathParams {
			given := under[op.ID]
			require.NotNil(t, given, "%s needs %s", op.ID, p.Name)
			for _, v := range given {
				params[op.PathParams[i].Name] = v
			}
		}
		for page, err := range client.CallPages(t.Context(), op.ID, params) {
			require.NoError(t, err, op.ID)
			for _, row := range page.Items {
				require.Equal(t, byte('{'), row[0], op.ID)
			}
			if op.List == wire.ListArray {
				require.Empty(t, page.NextCursor)
			}
		}
	}
	require.Greater(t, lists, 25)
}

// Rows are the bytes that Brex sent, and a list is resumed after a page by its cursor.
func TestCallPagesResumes(t *testing.T) {
	server := brextest.NewServer(t)
	client, err := brex.New(brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	whole, err := brex.Collect(client.CallAll(t.Context(), "listExpenses", `{"limit":10}`))
	require.NoError(t, err)
	require.Greater(t, len(whole), 20)
	var rows []json.RawMessage
	cursor := ""
	for page, err := range client.CallPages(t.Context(), "listExpenses", `{"limit":10}`) {
		require.NoError(t, err)
		rows, cursor = append(rows, page.Items...), page.NextCursor
		if len(rows) >= 20 {
			break
		}
	}
	for page, err := range client.CallPages(t.Context(), "listExpenses", map[string]any{"limit": 10, "cursor": cursor}) {
		require.NoError(t, err)
		rows = append(rows, page.Items...)
	}
	require.Equal(t, whole, rows)
}

// What is wrong with the parameters is said by the loop, once, and nothing is sent.
func TestCallPagesRefuses(t *testing.T) {
	client, rec := dynamicClient(t)
	for want, seq := range map[string]func() ([]json.RawMessage, error){
		"is not an operation": func() ([]json.RawMessage, error) { return brex.Collect(client.CallAll(t.Context(), "listWishes", nil)) },
		"getMe is not a list": func() ([]json.RawMessage, error) { return brex.Collect(client.CallAll(t.Context(), "getMe", nil)) },
		"field_id is missing": func() ([]json.RawMessage, error) {
			return brex.Collect(client.CallAll(t.Context(), "listFieldValues", nil))
		},
		"1 to 100 items": func() ([]json.RawMessage, error) {
			return brex.Collect(client.CallAll(t.Context(), "listExpenses", `{"limit":101}`))
		},
	} {
		rows, err := seq()
		require.ErrorIs(t, err, brex.ErrUsage, want)
		require.ErrorContains(t, err, want)
		require.Empty(t, rows)
	}
	require.Empty(t, rec.paths)
}
