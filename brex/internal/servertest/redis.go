//go:build databases && linux

package servertest

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Redis starts a Redis of its own with the settings, such as "--appendonly", "yes". Without any it keeps nothing on disk.
func Redis(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := newServer()
	require.NoError(t, err)
	s.ready = "eady to accept connections" // "now ready", or since 7.2 "Ready"
	s.command = append([]string{"redis-server", "--port", "0", "--unixsocket", s.Socket(), "--unixsocketperm", "777", "--dir", s.Dir, "--save", ""}, settings...)
	require.NoError(t, s.start(), "Redis is needed: Debian's package redis-server")
	return s
}

// Socket is the path of Redis's socket.
func (s *Server) Socket() string { return filepath.Join(s.Dir, "s") }
