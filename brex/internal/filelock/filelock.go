// Package filelock locks files between processes and makes directory entries durable.
package filelock

import "errors"

// ErrBusy says that another has the lock.
var ErrBusy = errors.New("locked")
