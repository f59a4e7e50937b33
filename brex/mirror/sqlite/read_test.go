package sqlite_test

import (
	"database/sql"
	"math/big"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
)

// The view has exact major units and names, and the file is its owner's alone.
func TestView(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 20, Expenses: 400}))
	client := sinktest.Client(t, server)
	path := t.TempDir() + "/brex.db"
	_, err := sinktest.Sync(t, client, func(t *testing.T) mirror.Sink {
		sink, err := sqlite.Open(path)
		require.NoError(t, err)
		return sink
	}, []string{"expenses", "users", "departments", "spend_limits"})
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	users := map[string]string{}
	for u, err := range client.Users.All(t.Context(), brex.UserListParams{}) {
		require.NoError(t, err)
		users[u.ID] = u.FirstName + " " + u.LastName
	}
	digits := map[int]bool{}
	for e, err := range client.Expenses.All(t.Context(), brex.ExpenseListParams{}) {
		require.NoError(t, err)
		var name, amount, purchased string
		row := db.QueryRowContext(t.Context(), `SELECT user_name, original_amount, purchased_at FROM expenses_view WHERE id = ?`, e.ID)
		require.NoError(t, row.Scan(&name, &amount, &purchased))
		require.Equal(t, users[e.UserID], name)
		require.Equal(t, e.OriginalAmount.Decimal().String(), amount)
		require.Equal(t, e.PurchasedAt.UTC().Format("2006-01-02T15:04:05.000000Z"), purchased)
		digits[e.OriginalAmount.Currency.Digits()] = true
	}
	require.Greater(t, len(digits), 1, "currencies with and without minor units")
	for minor, want := range map[int64]string{-5: "-0.05", 0: "0.00", 123456: "1234.56", -100: "-1.00"} {
		var got string
		_, err := db.ExecContext(t.Context(), `UPDATE expenses SET original_amount_minor = ?, original_amount_currency = 'USD'`, minor)
		require.NoError(t, err)
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT original_amount FROM expenses_view LIMIT 1`).Scan(&got))
		require.Equal(t, want, got)
		_, ok := new(big.Rat).SetString(got)
		require.True(t, ok)
	}
}

// A database of a later version is refused, and left alone.
func TestLaterVersion(t *testing.T) {
	path := t.TempDir() + "/brex.db"
	sink, err := sqlite.Open(path)
	require.NoError(t, err)
	require.NoError(t, sink.Close())
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `UPDATE _brex_schema SET version = 99`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	_, err = sqlite.Open(path)
	require.ErrorContains(t, err, "version 99")
}

// A column that an older copy lacks is added, and what is there stays.
func TestNewColumn(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 10, Expenses: brextest.None}))
	client := sinktest.Client(t, server)
	path := t.TempDir() + "/brex.db"
	place := func(t *testing.T) mirror.Sink {
		sink, err := sqlite.Open(path)
		require.NoError(t, err)
		return sink
	}
	_, err := sinktest.Sync(t, client, place, []string{"users"})
	require.NoError(t, err)
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	for _, statement := range []string{`DROP VIEW users_view`, `ALTER TABLE users DROP COLUMN email`, `ALTER TABLE users ADD COLUMN mine TEXT`, `UPDATE users SET mine = 'x'`} {
		_, err = db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	_, err = db.ExecContext(t.Context(), `UPDATE _brex_sync SET state = json_set(state, '$.rules', 'of an earlier version')`)
	require.NoError(t, err)
	report, err := sinktest.Sync(t, client, place, []string{"users"})
	require.NoError(t, err)
	require.Equal(t, mirror.Changes{Same: 10}, report.Streams[0].Changes)
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM users WHERE mine = 'x' AND email IS NOT NULL`).Scan(&n))
	require.Equal(t, 10, n)
	require.NoError(t, db.Close())
	sinktest.Equal(t, client, place, "users")
}
