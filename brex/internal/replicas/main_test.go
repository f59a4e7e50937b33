//go:build databases && linux

package replicas

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/brexpg"
	"github.com/brex-go/sdk/brex/internal/servertest"
)

// long says that the shows take the time that they claim: BREX_REPLICAS=1.
var long = os.Getenv("BREX_REPLICAS") != ""

func TestMain(m *testing.M) {
	if text := os.Getenv("BREX_REPLICA"); text != "" {
		var c child
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			panic(err)
		}
		c.run()
		return
	}
	must(flag.Set("test.parallel", "16")) // side by side, on however few cores
	code := m.Run()
	servertest.Stop()
	os.Exit(code)
}

// child is a replica: this binary again, in a process of its own.
type child struct {
	Deliveries bool   // it receives webhooks, and does not send requests
	Redis      bool   // and not PostgreSQL
	Server     string // connection string, or path of a socket
	Base       string // of the sandbox
	Token      string
	Name       string
	Workers    int
	Requests   int
	Window     time.Duration
	Attempt    time.Duration
	Old, New   string    // of Redis's script, for a mutant
	Epoch      time.Time // when the scaled clock shows the true time
}

func (c child) run() {
	if c.Deliveries {
		c.receive()
		return
	}
	c.send()
}

// start starts the replica. It dies with the test.
func (c child) start(t *testing.T) *exec.Cmd {
	t.Helper()
	text, err := json.Marshal(c)
	require.NoError(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BREX_REPLICA="+string(text))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	return cmd
}

func redisClient(socket string) *redis.Client {
	return redis.NewClient(&redis.Options{Network: "unix", Addr: socket})
}

// server starts one, and returns it with what a child needs to connect.
// Where nobody restarts it, PostgreSQL's is that of all tests.
func server(t testing.TB, kind, sql string, own bool) (*servertest.Server, string) {
	t.Helper()
	switch kind {
	case "redis":
		s := servertest.Redis(t)
		return s, s.Socket()
	case "redis, appendfsync always":
		s := servertest.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
		return s, s.Socket()
	}
	var s *servertest.Server
	var dsn string
	if own {
		s = servertest.Postgres(t)
		dsn = s.Database(t)
	} else {
		dsn = servertest.Database(t)
	}
	pool, err := pgxpool.New(t.Context(), dsn)
	require.NoError(t, err)
	defer pool.Close()
	_, err = brexpg.Migrate(t.Context(), pool)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), sql)
	require.NoError(t, err)
	return s, dsn
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
