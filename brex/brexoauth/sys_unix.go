//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package brexoauth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	openFlags    = syscall.O_NOFOLLOW | syscall.O_NONBLOCK // no links, and no waiting for the other end of a pipe
	modesChecked = true
	lockHint     = ""
)

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

// tryLock takes the lock or fails with errBusy. The kernel ends it with the process. The file is
// never removed: somebody could be about to lock it.
func tryLock(path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|openFlags, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errBusy
		}
		return nil, &os.PathError{Op: "flock", Path: path, Err: err}
	}
	return f.Close, nil
}

// syncDir makes a rename last. Some file systems cannot, and need not.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
