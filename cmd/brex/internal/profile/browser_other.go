//go:build !unix

package profile

import "syscall"

// ownSession keeps a process away from the terminal, where the system has such a thing.
var ownSession *syscall.SysProcAttr
