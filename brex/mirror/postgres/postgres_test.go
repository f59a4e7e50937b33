//go:build databases && linux

package postgres_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/postgres"
)

// placeOf is the copy in a database.
func placeOf(dsn string) sinktest.Place {
	return func(t *testing.T) mirror.Sink {
		sink, err := postgres.Open(t.Context(), dsn)
		require.NoError(t, err)
		return sink
	}
}

func TestSink(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) sinktest.Place { return placeOf(servertest.Database(t)) })
}

// psql reads what this package wrote.
func TestShell(t *testing.T) {
	dsn := servertest.Database(t)
	sinktest.Shell(t, placeOf(dsn), "psql", strings.Replace(dsn, "database=", "dbname=", 1), "--csv", "--tuples-only", "--command")
}

// An unusable connection string is refused without showing it: it may hold a password.
func TestOpenErrors(t *testing.T) {
	_, err := postgres.Open(t.Context(), "postgres://user:hunter2@host:port/x")
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
}

func TestMain(m *testing.M) {
	code := m.Run()
	servertest.Stop()
	os.Exit(code)
}
