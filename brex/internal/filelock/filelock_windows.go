package filelock

import (
	"errors"
	"os"
	"syscall"
)

const (
	// OpenFlags are for Unix.
	OpenFlags = 0
	// Hint says what to do about a lock that a crash has left, where one can.
	Hint = ""
)

const errSharingViolation = syscall.Errno(32)

// Try takes the lock or fails with ErrBusy: it opens the file for nobody else. The system closes it
// with the process.
func Try(path string) (unlock func() error, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return func() error { return syscall.CloseHandle(h) }, nil
}

// SyncDir does nothing: directories cannot be synced there.
func SyncDir(string) error { return nil }
