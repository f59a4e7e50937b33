//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package filelock

import (
	"errors"
	"io/fs"
	"os"
)

const (
	// OpenFlags are for Unix.
	OpenFlags = 0
	// Hint says what to do about a lock that a crash has left, where one can.
	Hint = " (if no other process runs, a crash has left it: delete it)"
)

// Try takes the lock or fails with ErrBusy. The lock is a file that exists, so a crash leaves it
// behind.
func Try(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	return func() error { return errors.Join(f.Close(), os.Remove(path)) }, nil
}

// SyncDir does nothing: not all of these systems can.
func SyncDir(string) error { return nil }
