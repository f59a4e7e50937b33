package output

import (
	"os"

	"golang.org/x/term"
)

// TerminalWidth is the number of columns of the terminal that standard output is, 0 where it is none.
func TerminalWidth() int {
	if fd := int(os.Stdout.Fd()); term.IsTerminal(fd) {
		if width, _, err := term.GetSize(fd); err == nil {
			return width
		}
	}
	return 0
}
