//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package brexoauth

import "io/fs"

const modesChecked = true

// planted is not known on all of these systems.
func planted(string, fs.FileInfo) bool { return false }
