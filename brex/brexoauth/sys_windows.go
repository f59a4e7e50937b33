package brexoauth

import "io/fs"

const modesChecked = false // the modes that Go reports there say nothing about who may read

// planted is decided by the directory's access list there.
func planted(string, fs.FileInfo) bool { return false }
