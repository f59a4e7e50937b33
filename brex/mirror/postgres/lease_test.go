//go:build databases && linux

package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/internal/servertest"
	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/mirror/internal/sinktest"
	"github.com/brex-go/sdk/brex/mirror/postgres"
)

// leased are the streams of the tests, some read for each row of another.
var leased = []string{"expenses", "users", "departments", "vendors", "cards", "card_transactions", "cash_accounts", "cash_transactions"}

// A process with this variable is a replica: it reads the streams three times, and says when it has which.
func init() {
	if url := os.Getenv("BREX_LEASE_URL"); url != "" {
		err := replica(url, os.Getenv("BREX_LEASE_TOKEN"), os.Getenv("BREX_LEASE_DSN"), os.Getenv("BREX_LEASE_NAME"))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func replica(url, token, dsn, name string) error {
	client, err := brex.New(brex.WithToken(token), brex.WithBaseURL(url))
	if err != nil {
		return err
	}
	sink, err := postgres.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	defer sink.Close()
	m, err := mirror.New(client, sink, mirror.WithFullEvery(0), mirror.WithObserver(func(e mirror.Event) {
		if errors.Is(e.Err, mirror.ErrConcurrent) {
			e.Kind = "busy"
		}
		fmt.Println(name, e.Kind, e.Stream)
	}))
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := m.Run(context.Background(), leased...); err != nil && !errors.Is(err, mirror.ErrConcurrent) {
			return err
		}
	}
	return nil
}

// Two processes that copy the same company at once read no stream at the same time, and the copy is the company. Without the lock
// the same test sees both in one stream.
func TestReplicasMirror(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Users: 30, Cards: 10, Expenses: 250, CardTransactions: 150,
		CashTransactions: 60, Vendors: 30}), brextest.WithRequestLog(0))
	server.AddRule(brextest.Rule{Operation: "*", Method: "GET", Fault: brextest.Latency(150 * time.Millisecond)})
	dsn := servertest.Database(t)
	_, busy, both := twoReplicas(t, server, dsn)
	require.Empty(t, both)
	require.Positive(t, busy, "they never met")
	server.ClearFaults()
	sinktest.Equal(t, sinktest.Client(t, server), placeOf(dsn), leased...)

	server.AddRule(brextest.Rule{Operation: "*", Method: "GET", Fault: brextest.Latency(150 * time.Millisecond)})
	dsn = servertest.Database(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), `CREATE FUNCTION pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'`)
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	_, _, both = twoReplicas(t, server, dsn+" search_path=public,pg_catalog")
	require.NotEmpty(t, both, "without the lock")
}

// twoReplicas runs two processes, and says how often a stream was read, or found to be read already, and which ones both read at once.
func twoReplicas(t *testing.T, server *brextest.Server, dsn string) (read, busy int, both []string) {
	t.Helper()
	out, in, err := os.Pipe()
	require.NoError(t, err)
	var all []*exec.Cmd
	for _, name := range []string{"one", "two"} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "BREX_LEASE_URL="+server.URL, "BREX_LEASE_TOKEN="+server.Token(), "BREX_LEASE_DSN="+dsn, "BREX_LEASE_NAME="+name)
		cmd.Stdout, cmd.Stderr = in, os.Stderr
		require.NoError(t, cmd.Start())
		all = append(all, cmd)
	}
	require.NoError(t, in.Close())
	has := map[string]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		words := strings.Fields(lines.Text())
		require.Len(t, words, 3, lines.Text())
		name, kind, stream := words[0], words[1], words[2]
		switch mirror.EventKind(kind) {
		case mirror.EventBegin:
			if has[stream] != "" && has[stream] != name {
				both = append(both, stream)
			}
			has[stream] = name
		case mirror.EventDone, mirror.EventFailed:
			read++
			delete(has, stream)
		case "busy":
			busy++
		}
	}
	for _, cmd := range all {
		require.NoError(t, cmd.Wait())
	}
	t.Logf("%d readings, %d that met another one", read, busy)
	return read, busy, both
}

// A run that loses the connection by which it has a stream commits no more of it, and the next run goes on.
func TestLeaseLost(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithSize(brextest.Size{Expenses: 2500}))
	client, dsn := sinktest.Client(t, server), servertest.Database(t)
	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer admin.Close(context.Background())
	sink, err := postgres.Open(t.Context(), dsn)
	require.NoError(t, err)
	defer sink.Close()
	lose := true
	m, err := mirror.New(client, sink, mirror.WithObserver(func(e mirror.Event) {
		if e.Stream != "expenses" || e.Kind != mirror.EventPage || !lose {
			return
		}
		lose = false
		_, err := admin.Exec(context.Background(), `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'`)
		require.NoError(t, err)
	}))
	require.NoError(t, err)
	_, err = m.Run(t.Context(), "expenses")
	require.Error(t, err)
	require.NotErrorIs(t, err, mirror.ErrConcurrent)
	_, err = m.Run(t.Context(), "expenses")
	require.NoError(t, err, "with the same sink")
	sinktest.Equal(t, client, placeOf(dsn), "expenses")
	var n int
	require.NoError(t, admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`).Scan(&n))
	require.Zero(t, n, "everything is given back")
}
