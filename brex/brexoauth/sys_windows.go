package brexoauth

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const (
	openFlags    = 0
	modesChecked = false // the modes that Go reports there say nothing about who may read
	lockHint     = ""
)

const errSharingViolation = syscall.Errno(32)

// planted is decided by the directory's access list there.
func planted(string, fs.FileInfo) bool { return false }

// tryLock takes the lock or fails with errBusy: it opens the file for nobody else. The system
// closes it with the process.
func tryLock(path string) (unlock func() error, err error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS,
		syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, errBusy
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return func() error { return syscall.CloseHandle(h) }, nil
}

// syncDir does nothing: directories cannot be synced there.
func syncDir(string) error { return nil }
