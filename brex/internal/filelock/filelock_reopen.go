//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package filelock

// Lock is a lock for several uses, one after the other. Here the open file is the lock.
type Lock struct {
	Path   string
	unlock func() error
}

// Try takes the lock or fails with ErrBusy.
func (l *Lock) Try() (err error) {
	if l.unlock != nil {
		return ErrBusy
	}
	l.unlock, err = Try(l.Path)
	return err
}

// Unlock gives up the lock.
func (l *Lock) Unlock() error {
	if l.unlock == nil {
		return nil
	}
	unlock := l.unlock
	l.unlock = nil
	return unlock()
}

// Close gives up the lock.
func (l *Lock) Close() error { return l.Unlock() }
