package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/brex-go/sdk/brex/brextest"
)

// typist sits at a terminal at which the program runs as a process of its own.
type typist struct {
	t    *testing.T
	side *os.File // what the typist sees and types
	cmd  *exec.Cmd
}

// atTerminal runs the program at a new terminal. Standard error goes to stderr, nil for the terminal.
func atTerminal(t *testing.T, url, config string, stderr *os.File, args ...string) *typist {
	t.Helper()
	side, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(side.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(side.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)

	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = []string{"BREX_CLI_TEST_MAIN=1", "BREX_NO_KEYRING=1", "BREX_BASE_URL=" + url, "XDG_CONFIG_HOME=" + config, "HOME=" + config}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	if stderr != nil {
		cmd.Stderr = stderr
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, cmd.Start())
	require.NoError(t, terminal.Close())
	ty := &typist{t, side, cmd}
	t.Cleanup(func() { _ = side.Close() })
	return ty
}

// hidden waits until the terminal does not show what is typed.
func (ty *typist) hidden() {
	ty.t.Helper()
	ctx, cancel := context.WithTimeout(ty.t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		state, err := unix.IoctlGetTermios(int(ty.side.Fd()), unix.TCGETS)
		require.NoError(ty.t, err)
		if state.Lflag&unix.ECHO == 0 {
			return
		}
		runtime.Gosched()
	}
	ty.t.Fatal("what is typed is shown")
}

// types types, and reads the screen until the program has ended.
func (ty *typist) types(text string) (screen string, code int) {
	ty.t.Helper()
	_, err := io.WriteString(ty.side, text)
	require.NoError(ty.t, err)
	var seen bytes.Buffer
	_, _ = io.Copy(&seen, ty.side) // the terminal ends with an error
	_ = ty.cmd.Wait()              // the code says how
	return seen.String(), ty.cmd.ProcessState.ExitCode()
}

// A token that is typed is not shown, wherever the other streams go.
func TestTypedTokenIsNotShown(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	config := t.TempDir()
	login := []string{"login", "--token"}
	ty := atTerminal(t, server.URL, config, nil, login...)
	ty.hidden()
	screen, code := ty.types(server.Token() + "\n")
	assert.Equal(t, exitOK, code, screen)
	assert.Contains(t, screen, "user token (it is not shown): \r\nbrex: signed in as ")
	assert.NotContains(t, screen, server.Token())

	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer log.Close()
	ty = atTerminal(t, server.URL, config, log, login...)
	ty.hidden()
	screen, code = ty.types(server.Token() + "\n")
	text, err := os.ReadFile(log.Name())
	require.NoError(t, err)
	assert.Equal(t, exitOK, code, "%s %s", screen, text)
	assert.NotContains(t, screen+string(text), server.Token())
	assert.Contains(t, string(text), "signed in as ")
}

// Ctrl-C at the prompt leaves a terminal that shows what is typed.
func TestPromptInterrupted(t *testing.T) {
	config := t.TempDir()
	ty := atTerminal(t, "http://127.0.0.1:1", config, nil, "login", "--token")
	ty.hidden()
	other, err := unix.IoctlGetInt(int(ty.side.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	kept, err := os.OpenFile("/dev/pts/"+strconv.Itoa(other), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	_, err = io.WriteString(ty.side, "bxt_half\x03")
	require.NoError(t, err)
	_ = ty.cmd.Wait() // the code says how
	assert.Equal(t, exitInterrupted, ty.cmd.ProcessState.ExitCode())
	state, err := unix.IoctlGetTermios(int(kept.Fd()), unix.TCGETS)
	require.NoError(t, err)
	assert.NotZero(t, state.Lflag&unix.ECHO)
	require.NoError(t, kept.Close())
	screen, _ := ty.types("")
	assert.Contains(t, screen, "brex: interrupted")
	assert.NotContains(t, screen, "bxt_half")
	assert.Empty(t, tree(t, config))
}
