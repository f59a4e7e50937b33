//go:build databases && linux

// Package pgtest starts Debian's PostgreSQL for tests.
package pgtest

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
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

var databases atomic.Int32

// Database makes a database on the server of the tests, and returns the connection string.
func Database(t testing.TB) string {
	t.Helper()
	dir, err := server()
	require.NoError(t, err, "PostgreSQL is needed: Debian's package postgresql")
	conn, err := pgx.Connect(t.Context(), "host="+dir+" user=tests database=postgres")
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	name := fmt.Sprint("mirror", databases.Add(1))
	_, err = conn.Exec(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return "host=" + dir + " user=tests database=" + name
}

var (
	process *exec.Cmd
	folder  string
)

// server starts PostgreSQL once, on a socket in the folder it returns. It refuses to run as root.
var server = sync.OnceValues(func() (string, error) {
	bin := "" // Debian keeps the programs out of the PATH
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin"); err == nil && len(found) > 0 {
		bin = found[len(found)-1] + "/"
	}
	var err error
	if folder, err = os.MkdirTemp("", "brexdb"); err != nil {
		return "", err
	}
	var who *syscall.Credential
	if os.Geteuid() == 0 {
		nobody, err := user.Lookup("nobody")
		if err != nil {
			return "", err
		}
		uid, err1 := strconv.ParseUint(nobody.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(nobody.Gid, 10, 32)
		if err := errors.Join(err1, err2, os.Chown(folder, int(uid), int(gid))); err != nil {
			return "", err
		}
		who = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(folder, "data")
	initdb := exec.Command(bin+"initdb", "--pgdata", data, "--username", "tests", "--auth", "trust", "--no-sync", "--locale", "C.UTF-8")
	initdb.Dir, initdb.SysProcAttr = "/", &syscall.SysProcAttr{Credential: who}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	process = exec.Command(bin+"postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300")
	process.Dir, process.SysProcAttr = "/", &syscall.SysProcAttr{Credential: who, Pdeathsig: syscall.SIGQUIT}
	said, err := process.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := process.Start(); err != nil {
		return "", err
	}
	var lines strings.Builder
	for s := bufio.NewScanner(said); s.Scan(); {
		if strings.Contains(s.Text(), "ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return folder, nil
		}
		lines.WriteString(s.Text() + "\n")
	}
	return "", fmt.Errorf("postgres ended: %v\n%s", process.Wait(), lines.String())
})

// Stop ends the server, if there is one.
func Stop() {
	if process != nil {
		_ = process.Process.Signal(syscall.SIGQUIT)
		_ = process.Wait()
	}
	_ = os.RemoveAll(folder)
}
