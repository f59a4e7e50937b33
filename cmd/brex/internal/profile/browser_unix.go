//go:build unix

package profile

import "syscall"

// ownSession keeps a process away from the terminal.
var ownSession = &syscall.SysProcAttr{Setsid: true}
