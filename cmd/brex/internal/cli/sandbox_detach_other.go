//go:build !unix

package cli

import "os/exec"

// detach does nothing: a process goes on by itself here.
func detach(*exec.Cmd) {}
