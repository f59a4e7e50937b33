package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexoauth"
)

// where is set in the other process.
const where = "BREXOAUTH_STORETEST_AT"

// Main is for TestMain. In a process that Run has started it plays the other process, with the
// store that open returns, and does not return. In any other it does nothing.
func Main(open func(at string) (brexoauth.Store, error)) {
	at, ok := os.LookupEnv(where)
	if !ok {
		return
	}
	s, err := open(at)
	say("ready", err)
	in := bufio.NewScanner(os.Stdin)
	var unlock func() error
	for in.Scan() {
		var n int
		command := in.Text()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		switch {
		case command == "try":
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			_, err = s.Lock(short)
			cancel()
		case command == "lock":
			unlock, err = s.Lock(ctx)
		case command == "unlock":
			err = unlock()
		case strings.HasPrefix(command, "save "):
			if _, err = fmt.Sscanf(command, "save %d", &n); err == nil {
				err = s.Save(ctx, login(n))
			}
		case command == "storm":
			for n := 1; err == nil; n++ {
				if err = s.Save(ctx, login(n)); err == nil {
					say(fmt.Sprint(n), nil)
				}
			}
		default:
			err = fmt.Errorf("unknown command %q", command)
		}
		cancel()
		say("done", err)
	}
	os.Exit(0)
}

func say(text string, err error) {
	if err != nil {
		text = "error: " + strings.ReplaceAll(err.Error(), "\n", " ")
	}
	fmt.Println(text)
}

// process is the other process.
type process struct {
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

func begin(t *testing.T, p Place) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), where+"="+p.At)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	other := &process{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(other.kill)
	require.Equal(t, "ready", other.line(), "the other process; does TestMain call storetest.Main?")
	return other
}

func (p *process) line() string {
	if !p.out.Scan() {
		return "(it has ended)"
	}
	return p.out.Text()
}

func (p *process) do(command string) string {
	if _, err := io.WriteString(p.in, command+"\n"); err != nil {
		return err.Error()
	}
	return p.line()
}

// kill is SIGKILL: nothing in the process runs after it.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func processExcluded(t *testing.T, p Place) {
	s, other := p.open(t), begin(t, p)
	unlock := acquire(t, s)
	require.Contains(t, other.do("try"), brexoauth.ErrLocked.Error())
	require.NoError(t, unlock())
	require.Equal(t, "done", other.do("lock"))
	refused(t, s)
	require.Equal(t, "done", other.do("save 1"))
	same(t, login(1), load(t, s))
	require.Equal(t, "done", other.do("unlock"))
	require.NoError(t, acquire(t, s)())
}

// processKilled ends the process that holds the lock: so does the lock, and what it saved stays.
func processKilled(t *testing.T, p Place) {
	s, other := p.open(t), begin(t, p)
	save(t, s, login(1))
	require.Equal(t, "done", other.do("lock"))
	require.Equal(t, "done", other.do("save 2"))
	refused(t, s)
	other.kill()
	unlock := acquire(t, s)
	same(t, login(2), load(t, s))
	require.NoError(t, unlock())
}

// processKilledSaving ends a process that saves without a pause: the login is the last one that it
// said it had saved, or the one after, and whole.
func processKilledSaving(t *testing.T, p Place) {
	s := p.open(t)
	for round := range 5 {
		other := begin(t, p)
		require.Equal(t, "done", other.do("lock"))
		require.Equal(t, "1", other.do("storm"))
		time.Sleep(time.Duration(round) * 7 * time.Millisecond)
		require.NoError(t, other.cmd.Process.Kill())
		last := 1
		for other.out.Scan() {
			_, err := fmt.Sscan(other.out.Text(), &last)
			require.NoError(t, err, other.out.Text())
		}
		unlock := acquire(t, s)
		got := load(t, s)
		require.Contains(t, []int{last, last + 1}, number(got), "%d was saved before the process was killed", last)
		same(t, login(number(got)), got)
		require.NoError(t, unlock())
	}
}
