//go:build unix

package filelock

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Locks that stay open exclude each other as those of one use do, and find the new file when the
// one they have open was removed.
func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	one, two := &Lock{Path: path}, &Lock{Path: path}
	for range 2 {
		require.NoError(t, one.Try())
		require.ErrorIs(t, one.Try(), ErrBusy)
		require.ErrorIs(t, two.Try(), ErrBusy)
		_, err := Try(path)
		require.ErrorIs(t, err, ErrBusy)
		require.NoError(t, one.Unlock())
		require.NoError(t, two.Try())
		require.ErrorIs(t, one.Try(), ErrBusy)
		require.NoError(t, two.Unlock())

		require.NoError(t, os.Remove(path))
	}
	require.NoError(t, one.Close())
	unlock, err := Try(path)
	require.NoError(t, err)
	require.ErrorIs(t, one.Try(), ErrBusy)
	require.NoError(t, unlock())
	require.NoError(t, one.Try())
	require.NoError(t, one.Close())
	require.NoError(t, two.Close())
}

// A child has a copy of each descriptor from its fork to its exec, and one that another goroutine
// starts must not keep a lock that was given up.
func TestCloseWithACopyOfTheDescriptor(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	l := &Lock{Path: path}
	require.NoError(t, l.Try())
	fd, err := syscall.Dup(l.fd)
	require.NoError(t, err)
	defer func() { require.NoError(t, syscall.Close(fd)) }()
	require.NoError(t, l.Close())
	unlock, err := Try(path)
	require.NoError(t, err)
	require.NoError(t, unlock())
}
