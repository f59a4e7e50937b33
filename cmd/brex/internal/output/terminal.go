package output

import (
	"os"

	"golang.org/x/term"
)

// TerminalWidth is the number of columns of the terminal that standard output is, 0 where it is none.
func TerminalWidth() int { return widthOf(os.Stdout) }

// ErrTerminalWidth is the same for standard error.
func ErrTerminalWidth() int { return widthOf(os.Stderr) }

func widthOf(f *os.File) int {
	if fd := int(f.Fd()); term.IsTerminal(fd) {
		if width, _, err := term.GetSize(fd); err == nil {
			return width
		}
	}
	return 0
}
