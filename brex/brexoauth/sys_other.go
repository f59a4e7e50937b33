//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package brexoauth

import (
	"errors"
	"io/fs"
	"os"
)

const (
	openFlags    = 0
	modesChecked = true
	lockHint     = " (if no other process runs, a crash has left it: delete it)"
)

// planted is not known on all of these systems.
func planted(string, fs.FileInfo) bool { return false }

// tryLock takes the lock or fails with errBusy. The lock is a file that exists, so a crash leaves
// it behind.
func tryLock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, errBusy
	}
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(path)) }, nil
}

// syncDir does nothing: not all of these systems can.
func syncDir(string) error { return nil }
