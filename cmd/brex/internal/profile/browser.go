package profile

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// OpenBrowser shows an address in the browser that BROWSER names, or else in the desktop's.
func OpenBrowser(address string) error {
	var failed []error
	for _, command := range browsers(runtime.GOOS, os.Getenv("BROWSER"), address) {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.SysProcAttr = ownSession // Ctrl-C in the terminal, and its end, are not for the browser
		err := cmd.Start()
		if err == nil {
			go func() { _ = cmd.Wait() }() // some openers wait for the browser to end; whether they could open it is not told in time
			return nil
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// browsers are the commands to try, one after the other. BROWSER is a list like PATH, of commands in which %s, or else the end,
// is where the address goes; Windows does not know it.
func browsers(goos, variable, address string) (commands [][]string) {
	if goos == "windows" {
		return [][]string{{"rundll32", "url.dll,FileProtocolHandler", address}}
	}
	for _, one := range strings.Split(variable, ":") {
		words := strings.Fields(one)
		if len(words) == 0 {
			continue
		}
		if !strings.Contains(one, "%s") {
			words = append(words, "%s")
		}
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "%s", address)
		}
		commands = append(commands, words)
	}
	if goos == "darwin" {
		return append(commands, []string{"open", address})
	}
	return append(commands, []string{"xdg-open", address})
}
