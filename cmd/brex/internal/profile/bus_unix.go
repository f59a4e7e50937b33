//go:build unix

package profile

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sessionBus returns the address of the session bus, empty when none runs that belongs to this
// user. It starts none: a bus without a desktop has no keyring that anybody unlocks.
func sessionBus() string {
	addresses := strings.Split(os.Getenv(busVariable), ";")
	// Where the variable says nothing, or autolaunch:, the bus of the login session is known by its place.
	dirs := []string{os.Getenv("XDG_RUNTIME_DIR"), filepath.Join("/run/user", strconv.Itoa(os.Getuid()))}
	if addresses[0] == "" || strings.HasPrefix(addresses[0], "autolaunch:") {
		addresses = nil
		for _, dir := range dirs {
			if filepath.IsAbs(dir) {
				addresses = append(addresses, "unix:path="+filepath.Join(dir, "bus"))
			}
		}
	}
	for _, address := range addresses {
		if socket := busSocket(address); socket != "" && ownSocket(socket) {
			return address
		}
	}
	return ""
}

// busSocket returns the name of the socket in an address of D-Bus; empty for another kind of
// address, such as tcp: or autolaunch:, of which it cannot be said whose it is.
func busSocket(address string) string {
	keys, ok := strings.CutPrefix(address, "unix:")
	if !ok {
		return ""
	}
	for pair := range strings.SplitSeq(keys, ",") {
		switch key, name, _ := strings.Cut(pair, "="); { // not unescaped, as godbus reads it
		case key == "path" && filepath.IsAbs(name):
			return name
		case key == "abstract" && name != "":
			return "@" + name
		}
	}
	return ""
}

// ownSocket reports whether a socket is this user's and somebody listens there.
func ownSocket(name string) bool {
	if !strings.HasPrefix(name, "@") {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Type() != os.ModeSocket {
			return false
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Getuid() {
			return false
		}
	}
	conn, err := net.DialTimeout("unix", name, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	return ownPeer(conn.(*net.UnixConn))
}
