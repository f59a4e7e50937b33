package sinktest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
)

// Shell checks what the shell of an SQL database, which prints CSV, reads from a copy: exact amounts, names and accents. place is
// the copy, name and args are the shell, to which the query is added.
func Shell(t *testing.T, place Place, name string, args ...string) {
	t.Helper()
	const memo = "Größe é ñ 日本, \"10\" €\nand more"
	server := small(t)
	client := Client(t, server)
	edit, err := json.Marshal(map[string]string{"memo": memo})
	require.NoError(t, err)
	users := map[string]string{}
	for u, err := range client.Users.All(t.Context(), brex.UserListParams{}) {
		require.NoError(t, err)
		users[u.ID] = u.FirstName + " " + u.LastName
	}
	want := map[string][]string{}
	for e, err := range client.Expenses.All(t.Context(), brex.ExpenseListParams{}) {
		require.NoError(t, err)
		require.NoError(t, server.SetRow("expenses", e.ID, edit))
		want[e.ID] = []string{e.ID, e.OriginalAmount.Decimal().String(), string(e.OriginalAmount.Currency), users[e.UserID], memo, "0"}
	}
	_, err = Sync(t, client, place, []string{"expenses", "users"})
	require.NoError(t, err)
	query := "SELECT id, original_amount, original_amount_currency, user_name, memo, (SELECT count(*) FROM expenses WHERE _deleted_at IS NOT NULL) FROM expenses_view"
	out, err := exec.CommandContext(t.Context(), name, append(args, query)...).Output()
	require.NoError(t, err, "%s", out)
	records, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	require.NoError(t, err)
	got := map[string][]string{}
	for _, r := range records {
		got[r[0]] = r
	}
	require.Len(t, records, len(want))
	require.Equal(t, want, got)
}
