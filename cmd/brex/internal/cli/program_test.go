//go:build browser || keyring

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// built is the program as its users have it, on a machine of its own: a home, a path and the environment.
type built struct {
	exe, home string
	env       []string
}

// buildProgram builds the program. env is added to what its environment has.
func buildProgram(t *testing.T, env ...string) *built {
	t.Helper()
	b := &built{exe: filepath.Join(t.TempDir(), "brex"), home: t.TempDir()}
	out, err := exec.Command("go", "build", "-o", b.exe, "github.com/brex-go/sdk/cmd/brex").CombinedOutput()
	require.NoError(t, err, "%s", out)
	b.env = append([]string{"HOME=" + b.home, "XDG_CONFIG_HOME=" + b.home, "PATH=" + os.Getenv("PATH")}, env...)
	return b
}

// running is one process of the program.
type running struct {
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr *pipe
	said   []string // on standard error
}

// start starts the program.
func (b *built) start(t *testing.T, stdin string, args ...string) *running {
	t.Helper()
	r := &running{cmd: exec.CommandContext(t.Context(), b.exe, args...), stderr: newPipe()}
	r.cmd.Env, r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = b.env, strings.NewReader(stdin), &r.stdout, r.stderr
	require.NoError(t, r.cmd.Start())
	return r
}

// line is the next line on standard error.
func (r *running) line(t *testing.T) string {
	t.Helper()
	line := r.stderr.line(t)
	r.said = append(r.said, line)
	return line
}

// wait waits for the end.
func (r *running) wait() result {
	_ = r.cmd.Wait() // the code says how
	_ = r.stderr.PipeWriter.Close()
	for line := range r.stderr.lines {
		r.said = append(r.said, line)
	}
	return result{r.cmd.ProcessState.ExitCode(), r.stdout.String(), strings.Join(r.said, "\n") + "\n"}
}

// run runs the program to its end.
func (b *built) run(t *testing.T, args ...string) result {
	t.Helper()
	return b.start(t, "", args...).wait()
}
