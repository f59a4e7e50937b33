//go:build databases && linux

package servertest

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

var databases atomic.Int32

// Database makes a database on the server that all tests of a package share, and returns the connection string. That server is fast
// and forgets what a failure of power meets.
func Database(t testing.TB) string {
	t.Helper()
	s, err := shared()
	require.NoError(t, err, "PostgreSQL is needed: Debian's package postgresql")
	return s.Database(t)
}

var shared = sync.OnceValues(func() (*Server, error) { return postgres("fsync=off") })

// Postgres starts a PostgreSQL of its own, which can be stopped, killed and started again.
func Postgres(t testing.TB) *Server {
	t.Helper()
	s, err := postgres("fsync=on")
	require.NoError(t, err, "PostgreSQL is needed: Debian's package postgresql")
	return s
}

func postgres(settings ...string) (*Server, error) {
	bin := "" // Debian keeps the programs out of the PATH
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin"); err == nil && len(found) > 0 {
		bin = found[len(found)-1] + "/"
	}
	s, err := newServer()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.Dir, "data")
	initdb := s.prepare(bin+"initdb", "--pgdata", data, "--username", "tests", "--auth", "trust", "--no-sync", "--locale", "C.UTF-8")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	s.ready = "ready to accept connections"
	s.command = []string{bin + "postgres", "-D", data, "-k", s.Dir, "-c", "listen_addresses=", "-c", "max_connections=300"}
	for _, setting := range settings {
		s.command = append(s.command, "-c", setting)
	}
	return s, s.start()
}

// Database makes a database on the server, and returns the connection string.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), "host="+s.Dir+" user=tests database=postgres")
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	name := fmt.Sprint("tests", databases.Add(1))
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return "host=" + s.Dir + " user=tests database=" + name
}
