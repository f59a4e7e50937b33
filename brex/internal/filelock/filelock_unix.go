//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package filelock

import (
	"errors"
	"os"
	"syscall"
)

const (
	// OpenFlags keep an open from following links and from waiting for the other end of a pipe.
	OpenFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
	// Hint says what to do about a lock that a crash has left, where one can.
	Hint = ""
)

// Lock is a lock whose file stays open between its uses. It is not safe for concurrent use.
type Lock struct {
	Path string

	file *os.File
	fd   int // of file: each call of Fd would change its mode
	held bool
}

// Try takes the lock or fails with ErrBusy. The kernel ends it with the process. The file is never
// removed by this package: somebody could be about to lock it. One that a person has removed is made
// anew, so that all processes lock the same file.
func (l *Lock) Try() error {
	if l.held {
		return ErrBusy
	}
	for {
		if err := l.open(); err != nil {
			return err
		}
		err := retry(func() error { return syscall.Flock(l.fd, syscall.LOCK_EX|syscall.LOCK_NB) })
		if errors.Is(err, syscall.EWOULDBLOCK) && l.there() {
			return ErrBusy
		}
		if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
			return &os.PathError{Op: "flock", Path: l.Path, Err: err}
		}
		if l.there() {
			l.held = true
			return nil
		}
		_ = l.Close() // ends the lock of the removed file
	}
}

func (l *Lock) open() (err error) {
	if l.file != nil {
		return nil
	}
	if l.file, err = os.OpenFile(l.Path, os.O_RDWR|os.O_CREATE|OpenFlags, 0o600); err == nil {
		l.fd = int(l.file.Fd())
	}
	return err
}

// there reports whether the file still has a name.
func (l *Lock) there() bool {
	var s syscall.Stat_t
	return retry(func() error { return syscall.Fstat(l.fd, &s) }) == nil && s.Nlink > 0
}

func retry(call func() error) error {
	for {
		if err := call(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// Unlock gives up the lock.
func (l *Lock) Unlock() error {
	l.held = false
	return retry(func() error { return syscall.Flock(l.fd, syscall.LOCK_UN) })
}

// Close gives up the lock and closes the file. Try opens it again. It does not leave the unlocking to
// close(2): a child that is just being started has the descriptor until its exec, and the lock with it.
func (l *Lock) Close() error {
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.Unlock(), l.file.Close())
	l.file = nil
	return err
}

// Try takes the lock for one use, or fails with ErrBusy.
func Try(path string) (unlock func() error, err error) {
	l := &Lock{Path: path}
	if err := l.Try(); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l.Close, nil
}

// SyncDir makes a rename, or a new file's name, last. Some file systems cannot, and need not.
func SyncDir(path string) error {
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
