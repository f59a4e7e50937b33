package profile

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// listen makes a socket on which somebody listens.
func listen(t *testing.T, name string) {
	t.Helper()
	l, err := net.Listen("unix", name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
}

// listenAs makes a socket that another user's process listens on, as far as the kernel says.
func listenAs(t *testing.T, uid uintptr, name string) {
	t.Helper()
	runtime.LockOSThread() // the identity is that of a thread
	defer runtime.UnlockOSThread()
	const same = ^uintptr(0)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, same, uid, same)
	require.Zero(t, errno)
	l, err := net.Listen("unix", name)
	_, _, errno = syscall.RawSyscall(syscall.SYS_SETRESUID, same, 0, same)
	require.Zero(t, errno)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
}

func TestSessionBus(t *testing.T) {
	dir, err := os.MkdirTemp("", "bus") // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	own, file, dead, foreign := filepath.Join(dir, "bus"), filepath.Join(dir, "file"), filepath.Join(dir, "dead"), filepath.Join(dir, "foreign")
	listen(t, own)
	listen(t, "@"+own)
	listen(t, foreign)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dead, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	for _, tc := range []struct{ address, runtime, want string }{
		{"unix:path=" + own, "", "unix:path=" + own},
		{"unix:path=" + own + ",guid=0123", "", "unix:path=" + own + ",guid=0123"},
		{"unix:abstract=" + own, "", "unix:abstract=" + own},
		{"unix:abstract=" + dead, "", ""},
		{"tcp:host=127.0.0.1,port=1;unix:path=" + dead + ";unix:path=" + own, "", "unix:path=" + own},
		{"", dir, "unix:path=" + own},
		{"autolaunch:", dir, "unix:path=" + own},
		{"autolaunch:scope=x", dir, "unix:path=" + own},
		{"autolaunch:;autolaunch:", filepath.Join(dir, "none"), ""},
		{"unix:path=" + dead, dir, ""},
		{"unix:path=" + file, dir, ""},
		{"unix:path=bus", dir, ""},
		{"unix:path=", dir, ""},
		{"unixexec:path=/bin/true", dir, ""},
		{"launchd:env=X", dir, ""},
		{"", file, ""},
	} {
		if tc.runtime != dir && tc.want == "" && busSocketOfLogin() {
			continue // this machine has one in its usual place
		}
		t.Setenv(busVariable, tc.address)
		t.Setenv("XDG_RUNTIME_DIR", tc.runtime)
		require.Equal(t, tc.want, sessionBus(), "%v", tc)
		t.Setenv("BREX_NO_KEYRING", "")
		require.Equal(t, tc.want != "", SystemKeyring() != nil, "%v", tc)
		if tc.want != "" {
			require.Equal(t, tc.want, os.Getenv(busVariable), "go-keyring asks no other")
		}
	}
	if os.Getuid() == 0 {
		require.NoError(t, os.Chown(foreign, 12345, -1))
		t.Setenv(busVariable, "unix:path="+foreign)
		require.Empty(t, sessionBus(), "the bus of another user")
		listenAs(t, 12345, "@"+foreign)
		t.Setenv(busVariable, "unix:abstract="+foreign)
		require.Empty(t, sessionBus(), "which has no file that says whose it is")
	}
}

// busSocketOfLogin reports whether the user of the test has a bus that is found without a variable.
func busSocketOfLogin() bool {
	for _, name := range []string{busVariable, "XDG_RUNTIME_DIR"} {
		defer os.Setenv(name, os.Getenv(name))
		_ = os.Unsetenv(name)
	}
	return sessionBus() != ""
}
