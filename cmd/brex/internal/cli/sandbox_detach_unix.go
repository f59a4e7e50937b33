//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// detach lets a process go on when this program and its terminal end.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
