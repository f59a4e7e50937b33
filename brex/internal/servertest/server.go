//go:build databases && linux

// Package servertest starts Debian's PostgreSQL and Redis for tests, on sockets, and throws them away after.
package servertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Server is a database server of the tests. It listens on a socket in Dir and nowhere else.
type Server struct {
	Dir string // where its data and its socket are; the name is short, a socket's path has room for 107 bytes

	command []string // how to start it
	ready   string   // what it prints when it can be used
	who     *syscall.Credential
	process *exec.Cmd
}

var running struct {
	mu      sync.Mutex
	servers []*Server
}

// newServer makes the folder of a server. As root, which PostgreSQL refuses to run as, it belongs to nobody.
func newServer() (*Server, error) {
	dir, err := os.MkdirTemp("", "brexdb")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir}
	running.mu.Lock()
	running.servers = append(running.servers, s)
	running.mu.Unlock()
	if os.Geteuid() != 0 {
		return s, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(nobody.Gid, 10, 32)
	s.who = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return s, errors.Join(err1, err2, os.Chown(dir, int(uid), int(gid)))
}

func (s *Server) prepare(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Credential: s.who, Pdeathsig: syscall.SIGKILL}
	return cmd
}

// start waits until the server says that it is ready.
func (s *Server) start() error {
	s.process = s.prepare(s.command[0], s.command[1:]...)
	said, end, err := os.Pipe()
	if err != nil {
		return err
	}
	s.process.Stdout, s.process.Stderr = end, end
	err = s.process.Start()
	_ = end.Close()
	if err != nil {
		return err
	}
	var lines strings.Builder
	for scan := bufio.NewScanner(said); scan.Scan(); {
		if strings.Contains(scan.Text(), s.ready) {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return nil
		}
		lines.WriteString(scan.Text() + "\n")
	}
	return errors.Join(fmt.Errorf("%s ended\n%s", filepath.Base(s.command[0]), lines.String()), s.process.Wait())
}

// Start starts a server that was stopped or killed, with its data.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	err := s.start()
	for range 200 { // what a killed server leaves behind ends by itself
		if err == nil || !strings.Contains(err.Error(), "is still in use") {
			break
		}
		time.Sleep(50 * time.Millisecond)
		err = s.start()
	}
	require.NoError(t, err)
}

// Stop stops the server in its own time: what it was told is on disk.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends the server as a failure of the machine's power would, less what its system had not yet written.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

func (s *Server) end(sig syscall.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(sig)
	_ = s.process.Wait()
	s.process = nil
}

// Stop ends all servers and removes what they kept; for TestMain.
func Stop() {
	running.mu.Lock()
	defer running.mu.Unlock()
	for _, s := range running.servers {
		s.Kill()
		_ = os.RemoveAll(s.Dir)
	}
	running.servers = nil
}
