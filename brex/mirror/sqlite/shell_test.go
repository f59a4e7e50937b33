//go:build databases

package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/sqlite"
)

// The sqlite3 shell reads what this package wrote. Needs Debian's package sqlite3.
func TestShell(t *testing.T) {
	path := t.TempDir() + "/brex.db"
	sinktest.Shell(t, func(t *testing.T) mirror.Sink {
		sink, err := sqlite.Open(path)
		require.NoError(t, err)
		return sink
	}, "sqlite3", "-csv", path)
}
