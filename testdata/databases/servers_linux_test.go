package databases

import (
	"bufio"
	"database/sql"
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

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/webhook"
)

func init() {
	kinds["postgres"] = func(t *testing.T) database {
		dir, err := postgres()
		require.NoError(t, err, "PostgreSQL is needed: Debian's package postgresql")
		name := create(t, "pgx", "host="+dir+" user=tests database=postgres")
		return database{dialect: webhook.Postgres, schema: "public", driver: "pgx", dsn: "host=" + dir + " user=tests database=" + name}
	}
	kinds["postgres, serializable"] = func(t *testing.T) database {
		d := kinds["postgres"](t)
		d.dsn, d.serializable = d.dsn+" default_transaction_isolation=serializable", true
		return d
	}
	kinds["mariadb"] = func(t *testing.T) database {
		dir, err := mariadb()
		require.NoError(t, err, "MariaDB is needed: Debian's package mariadb-server-core and mariadb-client-core")
		address := "root@unix(" + filepath.Join(dir, "s") + ")/"
		name := create(t, "mysql", address)
		return database{dialect: webhook.MySQL, schema: name, driver: "mysql", dsn: address + name}
	}
	kinds["mariadb, found rows"] = func(t *testing.T) database {
		d := kinds["mariadb"](t)
		d.dsn += "?clientFoundRows=true&interpolateParams=true" // rows count as changed that were only found
		return d
	}
}

var databases int

// create makes a new database on a server.
func create(t *testing.T, driver, dsn string) string {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	databases++
	name := fmt.Sprint("tests", databases)
	_, err = db.ExecContext(t.Context(), "CREATE DATABASE "+name)
	require.NoError(t, err)
	return name
}

// postgres starts a server that can be reached through a socket in the directory it returns. Both servers are started once and
// listen nowhere else.
var postgres = sync.OnceValues(func() (string, error) {
	bin := "" // Debian keeps the programs out of the PATH
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin"); err == nil && len(found) > 0 {
		bin = found[len(found)-1] + "/"
	}
	dir, err := directory()
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	if err := run(bin+"initdb", "--pgdata", data, "--username", "tests", "--auth", "trust", "--no-sync", "--locale", "C.UTF-8"); err != nil {
		return "", err
	}
	return dir, start("ready to accept connections", syscall.SIGQUIT, bin+"postgres", "-D", data, "-k", dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300")
})

var mariadb = sync.OnceValues(func() (string, error) {
	dir, err := directory()
	if err != nil {
		return "", err
	}
	data := "--datadir=" + filepath.Join(dir, "data")
	if err := run("mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db",
		"--innodb-log-file-size=8M", "--innodb-flush-method=nosync"); err != nil {
		return "", err
	}
	return dir, start("ready for connections", syscall.SIGKILL, "mariadbd", "--no-defaults", data, "--tmpdir="+dir,
		"--socket="+filepath.Join(dir, "s"), "--skip-networking", "--max-connections=300",
		"--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M", "--innodb-flush-method=nosync")
})

// account is whom the servers run as: PostgreSQL refuses to run as root.
func account() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(nobody.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

var (
	directories []string
	servers     []*exec.Cmd
)

// directory makes a short-named one that belongs to the servers' account: a socket's path has room for 107 bytes.
func directory() (string, error) {
	dir, err := os.MkdirTemp("", "brexdb")
	if err != nil {
		return "", err
	}
	directories = append(directories, dir)
	who, err := account()
	if err != nil || who == nil {
		return dir, err
	}
	return dir, os.Chown(dir, int(who.Uid), int(who.Gid))
}

func command(name string, args ...string) (*exec.Cmd, error) {
	who, err := account()
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	return cmd, err
}

func run(name string, args ...string) error {
	cmd, err := command(name, args...)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// start starts a server and waits until it says that it is ready.
func start(ready string, end syscall.Signal, name string, args ...string) error {
	cmd, err := command(name, args...)
	if err != nil {
		return err
	}
	cmd.SysProcAttr.Pdeathsig = end // should the tests die
	said, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	servers = append(servers, cmd)
	var lines strings.Builder
	for s := bufio.NewScanner(said); s.Scan(); {
		if strings.Contains(s.Text(), ready) {
			go func() { _, _ = io.Copy(io.Discard, said) }()
			return nil
		}
		lines.WriteString(s.Text() + "\n")
	}
	return fmt.Errorf("%s ended: %v\n%s", name, cmd.Wait(), lines.String())
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, s := range servers {
		_ = s.Process.Signal(s.SysProcAttr.Pdeathsig)
		_ = s.Wait()
	}
	for _, dir := range directories {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}
