//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package brexoauth

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const modesChecked = true

// planted says whether others can have put the file there: theirs, where anybody may create one. A
// file of somebody else's in a directory that is closed to others was put there by whoever owns the
// directory.
func planted(path string, info fs.FileInfo) bool {
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) == os.Geteuid() {
		return false
	}
	dir, err := os.Stat(filepath.Dir(path))
	return err != nil || dir.Mode().Perm()&0o022 != 0
}
